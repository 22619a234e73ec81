//! Exit code 9: the registry and files.

super::codes! { 9;
    OUTPUT_FAILED = 1, "output cannot be written",
        "A file or standard output took no more data: a full disk, a read-only file system, missing rights.",
        "Make room or choose another place, then repeat the command.";
}
