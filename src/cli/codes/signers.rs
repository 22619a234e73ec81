//! Exit code 7: files of OpenSSH that are not what they should be.

super::codes! { 7;
    ALLOWED_SIGNERS = 86, "the allowed signers cannot be used",
        "The file is not one that OpenSSH and byok read alike (ssh-keygen(1), ALLOWED SIGNERS): an option that is not known, a pattern where a person's name belongs, a time without Z, a key that does not approve, or a key twice under one name. The error names line and column.",
        "Whoever this file names can approve. What could mean two things, or another thing on another host, must not stand in it.",
        "Correct the line. People are named exactly, times end with Z, keys are Ed25519, ECDSA or FIDO keys.",
        "byok policy adopt --policy policy.yaml --allowed-signers signers\nerror: line 1, column 1 of the allowed signers: '*' makes it a pattern; an approver is one person, by name [E0786]";
    SIGNATURE = 87, "the file is no SSH signature that can count",
        "The file is not what `ssh-keygen -Y sign` writes, or was made with a key or hash that does not approve: RSA, DSA, a certificate, SHA-1. Nothing was stored.",
        "Every signature is parsed strictly before anything in it is believed.",
        "Sign with `ssh-keygen -Y sign -n NAMESPACE -f KEY FILE`; `byok approve` shows the namespace.",
        "byok approve plan.json --signature notes.txt --as bob\nerror: notes.txt is no SSH signature that can count: not one block between \"-----BEGIN SSH SIGNATURE-----\" and \"-----END SSH SIGNATURE-----\" [E0787]";
    KEY_FILE = 88, "the file holds no key that can approve",
        "The file behind --key is no SSH key, is one of a type that does not approve (RSA, DSA, a certificate), or is a private key whose public half byok cannot see and that has no .pub file beside it. Nothing was signed.",
        "byok looks at the public half first, so that nobody is asked for a passphrase or a touch that would be in vain.",
        "Make a key with `ssh-keygen -t ed25519`. For a key in an agent or a token, name its .pub file.",
        "byok approve plan.json --key rsa.pub --yes\nerror: rsa.pub holds no key that can approve: keys of type ssh-rsa do not approve: take an Ed25519, ECDSA or FIDO key [E0788]";
    NOT_APPROVED = 89, "this is nothing that people approve",
        "The file is none of the documents that byok has approved: a plan, or the statement of a new evidence signer.",
        "A signature in byok's namespaces means that a person agrees to an action. It must not be had for other files.",
        "Pass the file that `byok plan` wrote.",
        "byok approve bundle.json --key id_ed25519 --yes\nerror: bundle.json is nothing that people approve [E0789]";
}
