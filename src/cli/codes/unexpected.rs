//! Exit code 1.

super::codes_without_example! { 1;
    UNEXPECTED = 1, "unexpected error",
        "byok met something that it has no rule for. Nothing was released that is not in the log.",
        "Run `byok recover` and repeat the command. If it happens again, report it with the cause lines.";
}
