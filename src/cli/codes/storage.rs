//! Exit code 9: the registry and files.

super::codes_without_example! { 9;
    OUTPUT_FAILED = 1, "output cannot be written",
        "A file or standard output took no more data: a full disk, a read-only file system, missing rights.",
        "Make room or choose another place, then repeat the command.";
    REGISTRY_IO = 2, "the registry cannot be read or written",
        "The operating system refused a read or a write: a full disk, a read-only file system, missing rights. What was not completed is not in the log as a success.",
        "Remove the cause, run `byok recover`, and repeat the command.";
    NO_REGISTRY = 3, "there is no registry",
        "The folder holds no registry.json.",
        "Name the registry with --registry or in byok.yaml, or make one with `byok init`.";
    INSECURE = 4, "others can change the registry",
        "The registry or one of its folders belongs to somebody else, or others can write it, or a link stands where a file should. Evidence that others can change shows nothing.",
        "Make it yours and take the rights of others away. If others could write it, verify it against a checkpoint that was kept elsewhere.";
    MALFORMED = 5, "the registry holds something that does not belong there",
        "A file is damaged, or has a name that byok does not give.",
        "Restore the file from a copy, or remove what something else put there.";
    LOCKED = 6, "another process holds the lock",
        "One byok works with a registry, and with a token, at a time. The error names the process.",
        "Wait for it. --lock-timeout sets how long byok waits by itself; --no-wait fails at once.";
    UNFINISHED = 7, "an interrupted run is unfinished",
        "An earlier run was cut short, and what it left is not cleared up.",
        "`byok recover` finishes or undoes it, and says which.";
}
