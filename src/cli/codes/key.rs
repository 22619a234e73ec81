//! Exit code 4: keys, versions, states and types.

super::codes! { 4;
    NO_SUCH_KEY = 1, "no such key version",
        "The registry has no key, or no version of the key, with this name.",
        "`byok list` shows every key version.";
    OBJECT_MISSING = 2, "the token has no such object",
        "The registry knows the key version, and the token has no object with its id, class and type.",
        "Check --token: another token may be meant. If the object is lost, the registry's manifests still say what it was.";
    OBJECT_DOUBLED = 3, "several objects where one is expected",
        "Objects are found by id, class and type. More than one match means that something else wrote to the token. byok does not guess which one is meant.",
        "Compare the objects that the error lists, and remove the foreign one with the vendor's tool.";
}
