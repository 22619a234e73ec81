//! Exit code 7: files that came from outside.

super::codes_without_example! { 7;
    INPUT_UNREADABLE = 1, "an input file cannot be read",
        "The file does not exist, may not be read, or is a folder, a pipe or a device. Input is read from regular files and, where `-` is taken, from standard input.",
        "Check the path. Save the output of another command in a file first.";
    INPUT_TOO_LARGE = 2, "an input file is too large",
        "The file is larger than anything of its kind can be. It was not read further.",
        "Check that it is the right file.";
    METHOD = 3, "no such wrap method",
        "The method is not one that the provider takes for keys of this type, in byok's spelling or the provider's.",
        "`byok providers show PROVIDER` lists the methods.";
    ALGORITHM = 4, "no such algorithm",
        "The provider imports keys of this type under other algorithm names.",
        "`byok providers show PROVIDER` lists the algorithms; without --algorithm the first one is used.";
    WRAPPING_KEY = 5, "not a usable wrapping key",
        "The file holds no public RSA key, several keys, a damaged one, or one that is too weak. What byok recognised stands in the error.",
        "Save the provider's answer as it is, and pass that file.";
    OTHER_ANSWER = 6, "another answer of the provider",
        "The file is an answer of the provider, and not the one that holds the wrapping key: an error message, or the answer to another request.",
        "Repeat the request to the provider and look at what it answers.";
    CONTRADICTION = 7, "the provider's answer contradicts the command",
        "The answer names another target, mount or method than the command line. A wrapping key for one place must not be used for another.",
        "Ask the provider again for the target that you mean, or correct the option.";
    EXPIRED = 8, "the provider's answer has expired",
        "The provider gives out wrapping keys for a limited time and would refuse the bundle.",
        "Ask the provider for a new wrapping key.";
    DOES_NOT_FIT = 9, "the key does not fit into the method",
        "RSAES-OAEP holds at most the modulus less twice the hash and two bytes (RFC 8017 section 7.1.1). The key is longer.",
        "Take a rsa-aes method, which holds keys of any length, or a larger wrapping key.";
    PIN_DIFFERS = 10, "the wrapping key is not the pinned one",
        "The SHA-256 of the key in the file is not the one in --wrapping-key-sha256. Either the pin is out of date, or somebody has exchanged the key.",
        "Compare the fingerprint with the provider's, over another channel, before anything else.";
    TRUST_FILE = 11, "the trust file is not usable",
        "The file is neither PEM public keys nor a trust document, or names a key that cannot check evidence.",
        "Pass the signer.pem that was handed over when the registry was made.";
    NO_EVIDENCE = 12, "nothing to verify",
        "The folder is neither a bundle, a registry, a log nor a key version's folder.",
        "Pass the bundle's or the registry's own folder, or a manifest file.";
    ANSWER_RULE = 13, "the provider's answer breaks a rule of the provider",
        "A member of the answer, or the option that stands for it, is not what the provider demands of a wrapping key. The error names the member and the rule.",
        "Make the wrapping key as the provider documents it (`byok providers show PROVIDER` has the link), and save the answer anew.";
    NOT_READY = 14, "the provider does not accept imports under this key now",
        "The answer is of the right kind, and its state says that an import would be refused.",
        "Ask the provider again, or for a new wrapping key.";
}
