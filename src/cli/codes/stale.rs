//! Exit code 7: a provider's answer from before a rotation.

super::codes! { 7;
    OTHER_VERSION = 96, "the provider still shows another version",
        "The answer names the version, or the material, that was recorded of another version of this key, or of another key that went into the same key there. Nothing was recorded.",
        "The answer is from before the rotation, or the new version has arrived and is not used yet: new material of a symmetric AWS key, for example, waits for rotate-key-on-demand. Or two keys were sent to one key of the provider, and only the other arrived.",
        "Run `import.sh` of the new version to its end, save the provider's answer again, and repeat the command.",
        "byok confirm-import payments/kek@2 --provider openbao --evidence key.json\nerror: the answer shows version 1 there, which is payments/kek@1, and not payments/kek@2 [E0796]";
    UNTOLD_VERSION = 97, "the answer may be about another version",
        "Another version of this key was wrapped for the same key of the provider and never seen there. What the answer shows may be that one: it is older than this version's wrap, or nothing in it tells the two apart. Nothing was recorded.",
        "No answer shows which symmetric key it is about. Told apart versions are by the provider's own time of the import, by their number where all of them can be there, by the import job (Google), and by the description beside the material (AWS).",
        "Confirm the other version first, with an answer that is about it, and import this one after it. Where the other one never went there: with OpenBao `import.sh --after VERSION` adds this one as a further version, with Google a new import job tells it apart, with AWS the answer to `list-key-rotations` as further evidence; elsewhere `byok revoke` takes the other version out of use first.",
        "byok confirm-import spare/kek@2 --provider openbao --evidence later.json\nerror: the answer does not tell spare/kek@2 from spare/kek@1, which was wrapped for the same key and never seen there [E0797]";
}
