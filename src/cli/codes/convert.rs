//! Exit code 7: locked files that do not open, and conversions that are refused.

super::codes! { 7;
    WRONG_PASSPHRASE = 30, "the passphrase does not open the file",
        "What the passphrase gives does not decrypt to a key. A PKCS#12 file with a MAC tells a wrong passphrase from everything else but a deliberate change; other files authenticate nothing, and damage looks the same.",
        "byok never tries a passphrase twice, and never goes on with half of a file.",
        "Check the passphrase and its source: a file or descriptor holds the passphrase and at most one newline after it.",
        "byok convert key.p12 --to pkcs8 --out key.pem --passphrase-source env:P12";
    LOCKED_DAMAGED = 31, "an encrypted file that is damaged",
        "The structure around the encrypted key is broken, or its MAC matches and what it covers cannot be read.",
        "The passphrase is not the reason, so another one does not help.",
        "Take another copy of the file, or export the key anew. `byok inspect FILE` shows what can be read without the passphrase.",
        "head -c 900 key.p12 > cut.p12 && byok inspect cut.p12";
    TOO_EXPENSIVE = 32, "an encrypted file that costs too much to open",
        "The derivations of the file together take more than 2,000,000 rounds, or scrypt more than 32 MiB or four times the work of that.",
        "Such numbers stand in files that are to tie up whoever opens them. byok checks them before it begins.",
        "Encrypt the key anew where it came from, with a million rounds at most.",
        "openssl pkcs8 -topk8 -iter 50000000 -in key.pem -out slow.pem";
    LOCK_UNKNOWN = 33, "an encryption that byok does not open",
        "The file is encrypted with an algorithm that byok does not have. The error names it.",
        "What byok opens is listed in README.md; a guess at an unknown algorithm opens nothing.",
        "Decrypt the file with the program that made it, and encrypt it with AES: `openssl pkcs8 -topk8 -v2 aes-256-cbc`.",
        "openssl pkcs8 -topk8 -v1 PBE-SHA1-RC4-128 -in key.pem -out old.pem";
    LOSS = 34, "the new form cannot hold all of the file",
        "Beside the key the file has a name, attributes or certificates that the new form has no place for.",
        "A certificate or a name that is gone is missed when the key is needed.",
        "Choose a form that holds it: pkcs12 holds names and certificates, PEM certificates, jwk a name. `--drop-attributes` leaves it out.",
        "byok convert key.p12 --to pkcs8 --encoding der --out key.der --drop-attributes";
    NO_FORM = 35, "the key has no such form",
        "PKCS#1 is for RSA keys, SEC 1 for EC keys, PKCS#8 for pairs, raw for symmetric keys and single numbers. Only PKCS#8 and PKCS#12 have a passphrase. JSON and bare bytes have no PEM.",
        "A form that is bent to hold another key is read by nobody else, or read as something else.",
        "`--to pkcs8` holds every pair, `--to jwk` every key, `--to pkcs12` and `--to encrypted-pkcs8` keep a passphrase.",
        "byok convert ed25519.pem --to pkcs1 --out key.pem";
    BROKEN_KEY = 36, "the key is broken",
        "The numbers of the key contradict each other, or are of a kind that no key may have. The causes name what is wrong.",
        "A broken key that is written anew looks whole, until an import or a signature fails.",
        "`byok check FILE` lists everything that is wrong. Take the key from its origin again, or make a new one.",
        "byok check key.pem";
    NOT_OPENED = 45, "the wrapped key does not open",
        "The key, the method and the wrapped bytes do not belong together, or the bytes were changed or cut short. byok does not say which check failed.",
        "Whoever learns which check of a decryption failed, and may ask often enough, can decrypt without the key (RFC 8017 section 7.1.2).",
        "Check that the private key belongs to the wrapping key, and that --from is the method with its hash. `byok inspect` shows what the bytes can be by their length.",
        "byok convert blob --from rsa-aes-sha1 --unwrapping-key file:private.pem --to raw --out key.bin --allow-exposure plaintext\nerror: the wrapped key does not open [E0745]";
    UNWRAPPING_KEY = 46, "a key that opens no wrapped keys",
        "--unwrapping-key names no RSA private key of 2048 to 8192 bits, a broken one, or a key version in the token whose purpose is neither encrypt nor wrap.",
        "Only the private half of the RSA key that wrapped it opens a wrapped key, and a key in the token does what its purpose says and nothing else.",
        "Name the private half of the wrapping key: `file:PATH`, or `token:NAME` for an RSA key of purpose encrypt or wrap.",
        "byok convert blob --from rsa-aes-sha1 --unwrapping-key file:tls.pem --to raw --out key.bin --allow-exposure plaintext\nerror: tls.pem: it holds no RSA private key, and nothing else opens a wrapped key [E0746]";
}
