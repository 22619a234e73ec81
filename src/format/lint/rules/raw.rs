//! F2xx: symmetric keys, whose bytes have no structure that could be wrong.

super::rules! {
    RAW_NEWLINE = 201, Error, "a newline after the key",
        "The bytes are one or two more than a key has, and the last of them are a line feed, or a carriage return and a line feed. An editor, `echo` or a shell put them there.",
        "A provider refuses a key of 33 bytes, or takes the newline for a part of it: then it is another key than the one that you keep.",
        "Cut the newline off: `head -c 32 key.bin > key` for a key of 32 bytes. Write binary files with `printf` or `openssl rand -out`, never with `echo`.",
        "openssl rand 32 > key.bin; echo >> key.bin   makes 33 bytes";
    RAW_HEX = 202, Error, "hexadecimal digits in place of a key",
        "All bytes are hexadecimal digits, so this is the text of a key and not the key. The text of 32 bytes has 64 digits.",
        "Taken as it is, the text is either refused for its length or becomes a key with half the strength that its length promises.",
        "Turn the digits into bytes: `byok convert FILE --from hex --to raw --out key.bin`.",
        "openssl rand -hex 32 > key.hex   has 64 digits and a newline";
    RAW_BASE64 = 203, Error, "base64 text in place of a key",
        "All bytes are base64 characters and as many as a key needs, so this is the text of a key and not the key. The text of 32 bytes has 44 characters.",
        "Taken as it is, the text is either refused for its length or becomes another key than the one that was meant.",
        "Turn the text into bytes: `byok convert FILE --from base64 --to raw --out key.bin`.",
        "openssl rand -base64 32 > key.b64   has 44 characters and a newline";
    RAW_UTF16 = 204, Error, "UTF-16 text in place of a key",
        "The bytes begin with a byte order mark, or every second one is zero: a Windows shell wrote text where bytes were meant.",
        "PowerShell's `>` writes text as UTF-16. Half of such a key is known to everybody.",
        "Write the bytes with a tool that does not change them; in PowerShell `[IO.File]::WriteAllBytes`.",
        "PS> $key > key.bin   writes FF FE first and a zero after each character";
    RAW_ZERO = 205, Error, "all bytes are zero",
        "The key is nothing but zeros.",
        "It is the first key that anybody tries. Buffers that nobody filled and dry runs look like this.",
        "Make a new key: `byok generate NAME --type aes-256`, or `openssl rand -out key.bin 32`.",
        "head -c 32 /dev/zero > key.bin";
    RAW_REPEATED = 206, Error, "the bytes repeat",
        "The key is one byte, or one short run of bytes, over and over.",
        "It is only as strong as what is repeated, and shows that no random generator made it.",
        "Make a new key: `byok generate NAME --type aes-256`, or `openssl rand -out key.bin 32`.",
        "the bytes 41 42 41 42 41 42, and so on";
    RAW_COUNTING = 207, Error, "the bytes count up or down",
        "Each byte is the one before plus the same number: a test vector, not a secret.",
        "Keys of this kind stand in standards and tutorials, so everybody knows them.",
        "Make a new key: `byok generate NAME --type aes-256`, or `openssl rand -out key.bin 32`.",
        "000102030405060708090a0b0c0d0e0f is the example key of FIPS 197";
    RAW_TEXT = 208, Warning, "nothing but printable characters",
        "Every byte of the key is a printable ASCII character. Random bytes look like this once in ten million at 16 bytes, and practically never at 32.",
        "A passphrase is no key: people choose from far fewer texts than there are keys of that length.",
        "Make a random key; if a passphrase must be the source, derive the key with a function that is made for it, such as Argon2 or PBKDF2.",
        "printf 'correct horse battery staple 123' > key.bin   has 32 bytes";
    RAW_SIZE = 209, Error, "a size that no key has",
        "AES keys have 16, 24 or 32 bytes; HMAC keys as many as their hash: 20, 28, 32, 48 or 64. These bytes are of another number.",
        "No provider takes such a key, and often it shows that bytes were lost or added on the way.",
        "Compare the file with the one it was copied from; make a key with `openssl rand -out key.bin 32`.",
        "31 bytes: a leading zero was dropped";
    STATED_SIZE = 210, Error, "the key is not as long as it says",
        "The file names an algorithm, and its key has another length than that algorithm's.",
        "Whoever goes by the name and whoever goes by the length use two different algorithms.",
        "Correct the name of the algorithm, or take the right key.",
        "{\"kty\":\"oct\",\"alg\":\"A256GCM\",\"k\":\"...\"} with 16 bytes in k";
}
