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
        "Nothing when byok wraps the key. For other tools: `byok convert FILE --to pkcs8 --encoding der --out key.der`, or `--to raw` for a symmetric key.",
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
    NO_TRANSFER = 507, Error, "a wrapped key that is not in a transfer blob",
        "Azure takes a wrapped key in its key transfer blob, a JSON document with the kid of the KEK. This file holds the wrapped bytes alone, or their base64.",
        "Azure refuses the upload, and its message does not say that JSON was expected.",
        "Make the bundle with `byok wrap-for-import`, or put the bytes as base64url into `ciphertext` of the document in the example.",
        "{\"schema_version\":\"1.0.0\",\"header\":{\"kid\":\"URL of the KEK\",\"alg\":\"dir\",\"enc\":\"CKM_RSA_AES_KEY_WRAP\"},\"ciphertext\":\"...\"}";
    TRANSFER_HEADER = 508, Error, "a transfer blob with another header",
        "A key transfer blob has the schema_version 1.0.0, the alg dir and the enc CKM_RSA_AES_KEY_WRAP. The detail says what differs.",
        "Azure refuses it.",
        "Make the bundle again with `byok wrap-for-import`, or correct the member.",
        "\"enc\": \"RSA-OAEP\"";
    TRANSFER_KID = 509, Error, "a transfer blob that does not name its KEK",
        "The header's kid must be the URL of the KEK with its version, in the vault or HSM that takes the key.",
        "Azure unwraps with exactly the key that the kid names, and refuses a blob without one.",
        "`az keyvault key show --name KEK --query key.kid` prints the kid whole, with --vault-name or --hsm-name before it.",
        "\"kid\": \"https://contoso.vault.azure.net/keys/kek\"   has no version";
    TRANSFER_BASE64 = 510, Error, "a transfer blob in the other base64",
        "The ciphertext must be base64url without padding (RFC 7515 section 2). This one has +, / or =.",
        "Azure decodes base64url, and refuses the rest.",
        "Write - for +, _ for / and leave the = out: `basenc --base64url -w0`, then `tr -d =`.",
        "openssl base64 -A -in wrapped.bin";
    TRANSFER_LENGTH = 511, Error, "a transfer blob of an impossible length",
        "The ciphertext is an AES key under RSA, as long as the modulus of the KEK, and behind it the key under AES-KWP, a multiple of 8 bytes. No KEK and no key make this length.",
        "Something was cut off, encoded twice, or wrapped by another method. Azure refuses it.",
        "Wrap the key again with CKM_RSA_AES_KEY_WRAP; `byok wrap-for-import` does that for Azure.",
        "300 bytes: 256 for RSA-2048 leave 44";
}
