//! Exit code 1.

super::codes! { 1;
    UNEXPECTED = 1, "unexpected error",
        "byok met something that it has no rule for. Nothing was released that is not in the log.",
        "An error without a rule is a gap in byok, or in what it stands on: the operating system, or the module.",
        "Run `byok recover` and repeat the command. If it happens again, report it with the cause lines.",
        "byok generate payments/kek --type aes-256\nerror: the operating system gave no random bytes [E0101]";
}
