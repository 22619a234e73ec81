//! F5xx: what a provider takes.

super::rules! {
    TYPE_NOT_TAKEN = 501, Error, "a type of key that the provider does not take",
        "The provider has no import for keys of this type.",
        "The import would fail after the key was wrapped, and often with a message that says something else.",
        "`byok providers show PROVIDER` lists what it takes; `byok check FILE` without --provider tells who takes this key.",
        "an Ed25519 key for Azure Key Vault";
    SIZE_NOT_TAKEN = 502, Error, "a size or curve that the provider does not take",
        "The provider takes keys of this type, and not of this size or on this curve.",
        "The import would fail after the key was wrapped.",
        "Make a key of a size that it takes; `byok providers show PROVIDER` lists them.",
        "a key on P-521 for Google Cloud KMS";
    CONTAINER = 503, Note, "a container that the provider's import does not take",
        "Providers take a pair as PKCS#8 in DER, not encrypted, and a symmetric key as its bytes. This file holds the key in another form.",
        "Wrapped as it stands, the file is refused, or, if it is long enough, taken for a key. byok itself puts every key into the right form before it wraps it.",
        "Nothing when byok wraps the key. For other tools: `byok convert FILE --to pkcs8 --out key.der`, or `--to raw` for a symmetric key.",
        "-----BEGIN EC PRIVATE KEY-----   is SEC 1";
    EXPONENT_NOT_DOCUMENTED = 504, Warning, "a public exponent that the provider may refuse",
        "The public exponent is not 65537.",
        "No provider documents that it takes RSA keys with another exponent, and HSMs often have 65537 built in. byok has not tried it.",
        "Make a key with the exponent 65537, or try the import with a key that is not in use.",
        "openssl genrsa -3 3072";
    PUBLIC_ALONE = 505, Error, "a public key alone",
        "The file holds a public key, and nothing secret. An import needs the private half.",
        "Public keys and certificates lie around more often than the keys that they belong to, and have similar names.",
        "Name the file with the private key. Its public half has the same fingerprint: `byok inspect FILE`.",
        "server.crt in place of server.key";
    TYPE_DIFFERS = 506, Error, "another type than --type says",
        "The key in the file is not of the type that was named.",
        "The provider's key was probably made for the named type, and refuses this one.",
        "Correct --type, or take the right file; `byok inspect FILE` says what this one holds.",
        "--type rsa-3072 and a key of 2048 bits";
}
