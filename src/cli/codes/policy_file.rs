//! Exit code 7: policy documents.

super::codes! { 7;
    REFUSED = 80, "the policy has mistakes",
        "The file is not a policy that byok reads: not YAML, an unknown or doubled field, a value that its field cannot have, approvals that nobody can give, or a rule that never decides.",
        "A rule that is misspelled is a rule that does not hold. So nothing of such a file is used.",
        "Each mistake stands in the output with line, column, key path and a caret. docs/policy.md lists every field.",
        "byok policy check policy.yaml\nerror: policy.yaml has 1 mistake [E0780]";
    NO_STATEMENT = 81, "not a statement of a new evidence signer",
        "The file is not a statement as `byok signer replace --out` writes it: another document, an unknown member, a key that signs no evidence, or another spelling of the same values.",
        "People sign the statement's exact bytes, so it has one form.",
        "Use the file that was written, without an editor in between.",
        "byok signer replace --statement note\nerror: not a byok.signer-replacement/v1 document as byok writes it: not the expected JSON: expected struct Replacement at line 1 column 4 [E0781]";
}
