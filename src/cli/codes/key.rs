//! Exit code 4: keys, versions, states and types.

super::codes! { 4;
    NO_SUCH_KEY = 1, "no such key version",
        "The registry has no key, or no version of the key, with this name.",
        "`byok list` shows every key version.";
}
