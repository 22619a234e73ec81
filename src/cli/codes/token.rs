//! Exit code 5: the token and its module.

super::codes! { 5;
    MODULE_UNUSABLE = 1, "the module cannot be loaded",
        "The file does not exist, is not a shared library, or is not a PKCS#11 module.",
        "Check --module or the module in byok.yaml. `pkcs11-tool --module PATH -L` loads it independently.";
}
