//! Exit code 8: verification.

super::codes! { 8;
    VERIFICATION_FAILED = 1, "verification failed",
        "At least one item does not verify: a signature, a hash, a chain or a bundle's file is not what it should be. The lines on standard output say which and what differs.",
        "What does not verify was changed after it was signed, or was signed by somebody else. It shows nothing any more.",
        "Treat the item as altered. Compare it with another copy; ask for it again over another channel.",
        "byok verify bundle --trust wrapping-key.pem\nerror: 1 of 1 do not verify [E0801]";
    MANIFEST = 2, "a manifest of the registry does not verify",
        "A manifest is not signed by this registry's signer, or does not fit its place: another key version, another revision, another history.",
        "The manifest says what the key is and where it went. byok does not work with a key version whose evidence does not verify.",
        "Compare it with a copy of the registry, and put the right file back.",
        "byok show payments/mac\nerror: the manifest /home/ann/registry/keys/payments/mac@1/manifest-0001.dsse.json does not verify: it is about payments/kek@1 [E0802]";
    LOG = 3, "the audit log does not verify",
        "The log was changed, cut short or exchanged: its lines are not those that the last checkpoint signs, or do not follow from each other.",
        "A line after a forged one would make the forgery part of the evidence, so byok appends nothing to such a log.",
        "Compare it with a copy or with a checkpoint that was kept elsewhere.",
        "byok generate web/api --type aes-256\nerror: the audit log does not verify: it has 9 entries and the last checkpoint signs 10 [E0803]";
}
