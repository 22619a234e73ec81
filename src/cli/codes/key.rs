//! Exit code 4: keys, versions, states and types.

super::codes_without_example! { 4;
    NO_SUCH_KEY = 1, "no such key version",
        "The registry has no key, or no version of the key, with this name.",
        "`byok list` shows every key version.";
    OBJECT_MISSING = 2, "the token has no such object",
        "The registry knows the key version, and the token has no object with its id, class and type.",
        "Check --token: another token may be meant. If the object is lost, the registry's manifests still say what it was.";
    OBJECT_DOUBLED = 3, "several objects where one is expected",
        "Objects are found by id, class and type, and labels are unique. Another match means that something else wrote to the token. byok does not guess which one is meant.",
        "Compare the objects that the error lists, and remove the foreign one with the vendor's tool.";
    EXISTS = 4, "the key exists already",
        "The registry has a key of this name. generate makes the first version only.",
        "Choose another name. `byok show NAME` shows what is there.";
    TYPE_NOT_TAKEN = 5, "the provider does not take this type",
        "The provider imports no keys of this type and purpose.",
        "The hint lists what it takes. `byok providers show PROVIDER` has the whole table, with its source and date.";
    STATE = 6, "the state does not allow it",
        "A key version goes through the states of NIST SP 800-57. It can be wrapped in pre-activation and while it is active.",
        "`byok show NAME@N` shows the state and how it came about.";
    CUSTODY_CHANGED = 7, "the token says something else about the key than before",
        "An attribute of the key object differs from the last manifest. byok changed nothing; something else did, or the token did not tell the truth once.",
        "Find out who changed the object. Until then the key version is not wrapped.";
    CHANGED_MEANWHILE = 8, "the key version changed in the meantime",
        "Another command changed it between the check and the lock.",
        "Look at the new state with `byok show`, then repeat the command.";
}
