//! F7xx: files that `check` cannot, or cannot fully, look into.

super::rules! {
    UNREADABLE = 701, Error, "a file that cannot be read",
        "The file does not exist, may not be read, is a folder, a pipe or a device, or is larger than any key file.",
        "Nothing is known about it.",
        "Check the path and its permissions.",
        "byok check missing.pem";
    MALFORMED = 702, Error, "a damaged structure",
        "The file begins like a key file, and breaks off or contradicts its own structure.",
        "No reader gets a key out of it, or each gets another one.",
        "Copy the file again from where it came; binary files must be copied as such.",
        "head -c 100 key.der > cut.der";
    AMBIGUOUS = 703, Warning, "more than one way to read the file",
        "The bytes can be several things, and nothing in them says which. All of them were looked at.",
        "Whoever reads them another way has another key.",
        "Say what it is with --from, and keep keys in forms that name themselves, such as PEM.",
        "64 hexadecimal digits are the text of 32 bytes, and 64 bytes";
    NOT_OPENED = 704, Warning, "an encrypted key that was not opened",
        "Without the passphrase only the outside of the file was looked at.",
        "What is wrong with the key itself is not known.",
        "Repeat it with --passphrase-source.",
        "byok check key.p12";
    NO_KEY = 705, Error, "no key in the file",
        "The file is something else, or nothing that byok knows.",
        "There is nothing that could be imported.",
        "`byok inspect FILE` says what it is; name the file with the key.",
        "byok check README.md";
    WRONG_PASSPHRASE = 706, Error, "an encrypted key that does not open",
        "The passphrase is wrong, or the file is damaged. Where the file is authenticated, byok can say which.",
        "Nothing is known about the key.",
        "Check the passphrase, and whether a newline or another keyboard is in it.",
        "byok check key.p12";
    UNKNOWN_KIND = 707, Warning, "a kind of key that byok does not judge",
        "The key is of an algorithm whose numbers byok does not know. Only the form of the file was looked at.",
        "That there is no other finding says nothing about this key.",
        "None: byok imports AES, HMAC, RSA, EC and Ed25519 keys.",
        "a DSA, X448 or ML-KEM key";
    STRANGE_CERTIFICATE = 708, Warning, "nothing public in the file belongs to the key",
        "The file holds a private key, and certificates or public keys beside it, and none of them is of that key.",
        "The file was put together from two sources: a server that is given it does not start, or shows a certificate that it cannot use.",
        "Compare the fingerprints: `byok inspect FILE` shows them.",
        "cat new.key old.crt > server.pem";
    WRAPPED = 709, Warning, "a wrapped key",
        "The key is encrypted under another key, so that only its length shows.",
        "What is wrong with the key inside is found out by whoever unwraps it.",
        "`byok inspect FILE` says which sizes of keys it can hold.",
        "EncryptedKeyMaterial.bin";
    SEVERAL_KEYS = 710, Note, "several private keys",
        "The file holds more than one private or symmetric key. Each was looked at.",
        "An import takes one key, and refuses a file with several until one of them is named. Other tools take the first without a word.",
        "Name one with --part, for `byok import` and `byok convert`; the places in the findings are those of the file.",
        "cat one.pem two.pem > keys.pem";
    NOT_LOOKED_AT = 711, Warning, "a part that was not looked at",
        "Beside a key the file holds something that byok does not read, or more RSA keys than byok does the arithmetic for in one file.",
        "That there is no other finding says nothing about this part.",
        "Put the part into a file of its own; `byok inspect` says what it is.",
        "a DSA key after an RSA key";
}
