//! Exit code 7: a provider's answer from before a rotation.

super::codes! { 7;
    OTHER_VERSION = 96, "the provider still shows another version",
        "The answer names the version, or the material, that was recorded of another version of this key, or of another key that went into the same key there. Nothing was recorded.",
        "The answer is from before the rotation, or the new version has arrived and is not used yet: new material of a symmetric AWS key, for example, waits for rotate-key-on-demand. Or two keys were sent to one key of the provider, and only the other arrived.",
        "Run `import.sh` of the new version to its end, save the provider's answer again, and repeat the command.",
        "byok confirm-import payments/kek@2 --provider openbao --evidence key.json\nerror: the answer shows version 1 there, which is payments/kek@1, and not payments/kek@2 [E0796]";
}
