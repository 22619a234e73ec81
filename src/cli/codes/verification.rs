//! Exit code 8: verification.

super::codes! { 8;
    VERIFICATION_FAILED = 1, "verification failed",
        "At least one item does not verify: a signature, a hash, a chain or a bundle's file is not what it should be. The lines on standard output say which and what differs.",
        "Treat the item as altered. Compare it with another copy; ask for it again over another channel.";
}
