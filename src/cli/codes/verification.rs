//! Exit code 8: verification.

super::codes_without_example! { 8;
    VERIFICATION_FAILED = 1, "verification failed",
        "At least one item does not verify: a signature, a hash, a chain or a bundle's file is not what it should be. The lines on standard output say which and what differs.",
        "Treat the item as altered. Compare it with another copy; ask for it again over another channel.";
    MANIFEST = 2, "a manifest of the registry does not verify",
        "A manifest is not signed by this registry's signer, or does not fit its place: another key version, another revision, another history.",
        "Compare it with a copy. byok does not work with a key version whose evidence does not verify.";
    LOG = 3, "the audit log does not verify",
        "The log was changed, cut short or exchanged: its lines are not those that the last checkpoint signs, or do not follow from each other.",
        "Compare it with a copy or with a checkpoint that was kept elsewhere. byok appends nothing to a log that does not verify.";
}
