//! Exit code 9: the registry and files.

super::codes! { 9;
    OUTPUT_FAILED = 1, "output cannot be written",
        "A file or standard output took no more data: a full disk, a read-only file system, missing rights.",
        "Half an output can look like a whole one. byok says that it is not.",
        "Make room or choose another place, then repeat the command.",
        "byok list > /dev/full\nerror: standard output cannot be written [E0901]";
    REGISTRY_IO = 2, "the registry cannot be read or written",
        "The operating system refused a read or a write: a full disk, a read-only file system, missing rights. What was not completed is not in the log as a success.",
        "No blob is released before its log entry is on the disk, so nothing goes on without the registry.",
        "Remove the cause, run `byok recover`, and repeat the command.",
        "byok export-audit --format csv\nerror: the log could not be read at entry 0 [E0902]";
    NO_REGISTRY = 3, "there is no registry",
        "The folder holds no registry.json.",
        "A registry that is made by mistake, in the wrong folder, would split the history of the keys in two.",
        "Name the registry with --registry or in byok.yaml, or make one with `byok init`.",
        "byok list --registry nowhere\nerror: there is no registry at /home/ann/nowhere [E0903]";
    INSECURE = 4, "others can change the registry",
        "The registry or one of its folders belongs to somebody else, or others can write it, or a link stands where a file should.",
        "Evidence that others can change shows nothing.",
        "Make it yours and take the rights of others away. If others could write it, verify it against a checkpoint that was kept elsewhere.",
        "byok list\nerror: /home/ann/registry/keys can be written by others [E0904]";
    MALFORMED = 5, "the registry holds something that does not belong there",
        "A file is damaged, or has a name that byok does not give.",
        "Something else writes to the registry, or the disk fails. Either way the rest is in doubt too.",
        "Restore the file from a copy, or remove what something else put there.",
        "byok list\nerror: /home/ann/registry/keys/payments/mac@1/notes.txt does not belong in a registry [E0905]";
    LOCKED = 6, "another process holds the lock",
        "One byok works with a registry, and with a token, at a time. The error names the process.",
        "Two commands at once could both take the newest version of a key for theirs, and break the chain of the log.",
        "Wait for it. --lock-timeout sets how long byok waits by itself; --no-wait fails at once.",
        "byok generate web/api --type aes-256 --no-wait\nerror: the registry is locked by another process [E0906]";
    UNFINISHED = 7, "an interrupted run is unfinished",
        "An earlier run was cut short, and what it left is not cleared up.",
        "The token may hold a key that nothing describes, or a folder files that no log entry releases.",
        "`byok recover` finishes or undoes it, and says which.",
        "byok generate web/other --type aes-256\nerror: an interrupted run is unfinished: key.generate web/half@1 [E0907]";
}
