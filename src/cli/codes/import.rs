//! Exit code 7: key files that are not imported.

super::codes! { 7;
    OTHER_TYPE = 60, "the key is of another type",
        "--type, or what the file says of itself, names another type than the key has.",
        "One of the two is a mistake: another file than the one that was meant, a newline after raw bytes, or hexadecimal text instead of them.",
        "Check the file with `byok inspect`, then name the right type, or none for a private key.",
        "byok import web/old tls-key.pem --type rsa-3072\nerror: the key is no rsa-3072: it is ec-p256 [E0760]";
    BROKEN_KEY = 61, "the key is broken",
        "The numbers of the private key make no key or contradict each other, the key can be guessed, or bytes that should be a key are text or another thing. The causes are what `byok check` finds.",
        "A token may take such a key all the same. What it signs does not verify, and an RSA key whose numbers disagree can give its primes away with one signature.",
        "`byok explain` with the code at the end of a cause tells what to do. A key that is damaged needs an unharmed copy; one that can be guessed must be replaced.",
        "byok import web/old broken.der\nerror: the key is broken [E0761]\ncause: coefficient: the CRT numbers do not fit: it is not the inverse of q modulo p [F313]";
    NOT_PRIVATE = 62, "a public key alone",
        "The file holds a public key, a certificate or a request, and not the private key that belongs to it.",
        "There is nothing in it that had to be kept, and nothing that a token could sign or decrypt with.",
        "Name the file with the private key; it often lies beside the certificate and ends in .key.",
        "byok import web/old wrapping-key.pem --part 1\nerror: the file holds a public key (RSA-2048), and no private key [E0762]";
    NOT_KEPT = 63, "a kind of key that byok does not keep",
        "byok keeps AES keys, HMAC keys as long as their hash, RSA keys of 2048, 3072 and 4096 bits, EC keys on P-256, P-384, P-521 and secp256k1, and Ed25519.",
        "No provider imports other kinds, and evidence about a key that leads nowhere would be of no use.",
        "Make a new key of one of these kinds with `byok generate`.",
        "byok import web/old agreement.pem\nerror: byok keeps no keys of this kind: X25519 [E0763]";
    NOT_UNWRAPPED = 64, "the wrapped key was not unwrapped",
        "The bytes are not as long as a key that was wrapped so, or the token refused to unwrap them.",
        "Most often they were wrapped for another key, by another method, or with another hash. The token does not say which.",
        "Compare the SHA-256 of the public half that the sender used with `byok show`, and the method with what the sender typed. Not every token takes every hash; `byok hsm probe` shows that.",
        "byok import payments/sent cut.bin --type aes-256 --unwrapping-key ceremony/kek --method rsa-oaep-sha1\nerror: 100 bytes are no key of this type that was wrapped by rsa-oaep-sha1 for ceremony/kek@1 [E0764]";
    FILE_FORM = 65, "the key file is not in order",
        "The key can be read, and something about the file is wrong: bytes after its end, or text in UTF-16. The causes are what `byok check` finds.",
        "Two readers may see two keys in such a file. A token that pads keys leaves zeros after them, and a provider may refuse what was wrapped so.",
        "Write the key anew with `byok convert`, which says what it found, compare the fingerprint with what you expect, and import the new file.",
        "byok import web/old trailing.der\nerror: trailing.der is not in order [E0765]\ncause: byte 48: bytes after the end: 1 byte follows the 48 of the structure [F101]";
}
