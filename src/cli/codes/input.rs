//! Exit code 7: files that came from outside.

super::codes! { 7;
    INPUT_UNREADABLE = 1, "an input file cannot be read",
        "The file does not exist, may not be read, or is a folder, a pipe or a device. Input is read from regular files and, where `-` is taken, from standard input.",
        "A pipe or a device could keep byok waiting for ever, or never end.",
        "Check the path. Save the output of another command in a file first.",
        "byok verify bundle --trust missing.pem\nerror: missing.pem cannot be read [E0701]";
    INPUT_TOO_LARGE = 2, "an input file is too large",
        "The file is larger than anything of its kind can be. It was not read further.",
        "A key, or a provider's answer, has a few kilobytes. A larger file is another one, or an attempt to use up this host's memory.",
        "Check that it is the right file.",
        "byok wrap-for-import payments/kek --out out --provider generic --wrapping-key big.json\nerror: big.json is larger than 1048576 bytes [E0702]";
    METHOD = 3, "no such wrap method",
        "The method is not one that the provider takes for keys of this type, in byok's spelling or the provider's.",
        "The provider could not open what another method wrapped, and would say so only at the import.",
        "`byok providers show PROVIDER` lists the methods.",
        "byok wrap-for-import payments/kek --provider aws-kms --wrapping-key params.json --method RSA_AES_KEY_WRAP_SHA_256 --out out\nerror: aws-kms does not take RSA_AES_KEY_WRAP_SHA_256 for aes-256 keys; it takes RSAES_OAEP_SHA_1, RSAES_OAEP_SHA_256 [E0703]";
    ALGORITHM = 4, "no such algorithm",
        "The provider imports keys of this type under other algorithm names.",
        "The algorithm says what the provider will use the key for. It is fixed by the import.",
        "`byok providers show PROVIDER` lists the algorithms; without --algorithm the first one is used.",
        "byok wrap-for-import payments/kek --out out --provider openbao --wrapping-key answer.json --target kek --algorithm rsa-2048\nerror: aes-256 keys cannot be imported as \"rsa-2048\"; known: aes256-gcm96, chacha20-poly1305, xchacha20-poly1305 [E0704]";
    WRAPPING_KEY = 5, "not a usable wrapping key",
        "The file holds no public RSA key, several keys, a damaged one, or one that is too weak. What byok recognised stands in the error.",
        "Whoever has the private half of the wrapping key gets your key. It must be one key, whole, and not easy to break.",
        "Save the provider's answer as it is, and pass that file.",
        "byok wrap-for-import payments/kek --out out --provider generic --wrapping-key ec.pem\nerror: the key is EC P-256; wrapping takes an RSA key (rsaEncryption) [E0705]";
    OTHER_ANSWER = 6, "another answer of the provider",
        "The file is an answer of the provider, and not the one that holds the wrapping key: an error message, or the answer to another request.",
        "Some other answers hold an RSA key too, and an import under that key would fail.",
        "Repeat the request to the provider and look at what it answers.",
        "byok wrap-for-import payments/kek --provider aws-kms --wrapping-key public-key.json --method RSAES_OAEP_SHA_1 --out out\nerror: the file is another answer of the provider: it is from get-public-key; such a key is not for imports [E0706]";
    CONTRADICTION = 7, "the provider's answer contradicts the command",
        "The answer names another target, mount, job or method than the command line.",
        "A wrapping key for one place must not be used for another: the key would end up where nobody wants it, or the import would fail.",
        "Ask the provider again for the target that you mean, or correct the option.",
        "byok wrap-for-import payments/kek --provider google-cloud-kms --wrapping-key job.json --target kek --method RSA_OAEP_4096_SHA256 --out out\nerror: the provider's answer is for RSA_OAEP_4096_SHA1_AES_256, not for RSA_OAEP_4096_SHA256 [E0707]";
    EXPIRED = 8, "the provider's answer has expired",
        "The provider gives out wrapping keys for a limited time, and this time is over.",
        "The provider would refuse the bundle.",
        "Ask the provider for a new wrapping key.",
        "byok wrap-for-import payments/kek --provider aws-kms --wrapping-key params.json --method RSAES_OAEP_SHA_1 --out out\nerror: the provider's answer expired at 2026-11-20T08:00:00.5Z [E0708]";
    DOES_NOT_FIT = 9, "the key does not fit into the method",
        "RSAES-OAEP holds at most the modulus less twice the hash and two bytes (RFC 8017 section 7.1.1). The key is longer.",
        "No receiver could be given the key in this way; it must not be cut or split.",
        "Take a rsa-aes method, which holds keys of any length, or a larger wrapping key.",
        "byok wrap-for-import web/rsa --out out --provider generic --wrapping-key wrapping-key.pem --method rsa-oaep-sha256\nerror: rsa-2048 has up to 1222 bytes and OAEP with sha256 under a 2048-bit key holds 190 [E0709]";
    PIN_DIFFERS = 10, "the wrapping key is not the pinned one",
        "The SHA-256 of the key in the file is not the one in --wrapping-key-sha256.",
        "Either the pin is out of date, or somebody has exchanged the key and would be able to open the bundle.",
        "Compare the fingerprint with the provider's, over another channel, before anything else.",
        "byok wrap-for-import payments/kek --out out --provider generic --wrapping-key wrapping-key.pem --wrapping-key-sha256 0000000000000000000000000000000000000000000000000000000000000001\nerror: the wrapping key has SHA-256 a3c1d7be54b04a9c1c0e0ef0b39ba2a1d5d2c1f3b2e94f5a6c7d8e9f00112233; the pin says 0000000000000000000000000000000000000000000000000000000000000001 [E0710]";
    TRUST_FILE = 11, "the trust file is not usable",
        "The file is neither PEM public keys nor a trust document, or names a key that cannot check evidence.",
        "What is verified is worth as much as the key that it is verified against.",
        "Pass the signer.pem that was handed over when the registry was made.",
        "byok verify bundle --trust weak.pem\nerror: signer 1 of the trust file [E0711]\ncause: a key type that does not sign evidence; known: EC P-256, EC P-384, Ed25519, RSA of 2048 to 8192 bits";
    NO_EVIDENCE = 12, "nothing to verify",
        "The folder is neither a bundle, a registry, a log nor a key version's folder.",
        "An empty verification that ends with success would look like a passed one.",
        "Pass the bundle's or the registry's own folder, or a manifest file.",
        "byok verify nothing --trust signer.pem\nerror: nothing holds no evidence [E0712]";
    ANSWER_RULE = 13, "the provider's answer breaks a rule of the provider",
        "A member of the answer, or the option that stands for it, is not what the provider demands of a wrapping key. The error names the member and the rule.",
        "The answer may be changed, or be for another use; the provider would refuse an import under such a key, or the key would go to somebody else.",
        "Make the wrapping key as the provider documents it (`byok providers show PROVIDER` has the link), and save the answer anew.",
        "byok wrap-for-import web/tls --out out --target tls --provider azure-key-vault --wrapping-key kek.json\nerror: key.kty is RSA, a key in software; a KEK is RSA-HSM [E0713]";
    NOT_READY = 14, "the provider does not accept imports under this key now",
        "The answer is of the right kind, and its state says that an import would be refused.",
        "The bundle would be made for nothing, and every bundle is one more place where the key is, wrapped.",
        "Ask the provider again, or for a new wrapping key.",
        "byok wrap-for-import web/tls --out out --target tls --provider azure-key-vault --wrapping-key kek.json\nerror: the KEK is disabled [E0714]";
}
