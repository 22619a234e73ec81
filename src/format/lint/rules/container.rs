//! F8xx: encrypted and signed containers: encrypted PKCS#8, PKCS#12, certificates.

super::rules! {
    WEAK_ENCRYPTION = 801, Warning, "old encryption",
        "The key is encrypted with a scheme or a cipher of the last century: PBES1, the PKCS#12 schemes, legacy PEM, DES, Triple DES or RC2.",
        "Such files fall to guessed passphrases at the speed of the hash, some to brute force. Systems in FIPS mode refuse to open them.",
        "`byok convert FILE --to pkcs12 --out NEW` for a PKCS#12 file, or `--to encrypted-pkcs8`, writes AES-256 with 600,000 rounds of PBKDF2. If others could read the file, the key needs replacing, not the encryption.",
        "openssl rsa -aes128 -traditional -in key.pem   writes DEK-Info: AES-128-CBC";
    FEW_ROUNDS = 802, Note, "few rounds between passphrase and key",
        "The passphrase is stretched with fewer than 100,000 rounds.",
        "Each round makes every guess at the passphrase dearer. OpenSSL's 2,048 rounds are from a time of slower machines; today 600,000 rounds of PBKDF2 with SHA-256 are usual.",
        "`byok convert FILE --to encrypted-pkcs8 --out NEW`, or `--to pkcs12` for a PKCS#12 file, writes 600,000 rounds, with the same passphrase if you like.",
        "openssl pkcs8 -topk8 -v2 aes-256-cbc -in key.pem   takes 2,048 rounds";
    NO_MAC = 803, Warning, "a PKCS#12 file that nothing authenticates",
        "The file has no MAC. What it says cannot be told from what somebody changed in it, and a wrong passphrase not from damage.",
        "Whoever can write the file can exchange its certificates, and some readers refuse it.",
        "`byok convert FILE --to pkcs12 --out NEW` adds a MAC. Compare the fingerprint of the key first: `byok inspect FILE`.",
        "openssl pkcs12 -export -nomac -inkey key.pem -nocerts -out key.p12";
    UNENCRYPTED_KEY = 804, Warning, "an unencrypted key in a PKCS#12 file",
        "A key in the file is not encrypted: everybody who can read the file has it, passphrase or not. The passphrase only protects the MAC.",
        "People take a PKCS#12 file with a passphrase for safe to send.",
        "`byok convert FILE --to pkcs12 --out NEW` encrypts it. If others could read the file, replace the key.",
        "openssl pkcs12 -export -keypbe NONE -inkey key.pem -nocerts -out key.p12";
    NOT_OPENED = 805, Error, "a file that byok does not open",
        "The passphrase derivation costs more than byok spends on a file, or takes an algorithm that byok does not have.",
        "Numbers like these are found in files that are to tie up the machine that opens them.",
        "Encrypt the key anew where it came from, for example with `openssl pkcs8 -topk8 -iter 600000`.",
        "openssl pkcs8 -topk8 -iter 50000000 -in key.pem";
}
