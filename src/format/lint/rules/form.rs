//! F1xx: the form of the file, whatever the key.

super::rules! {
    TRAILING_BYTES = 101, Error, "bytes after the end",
        "The file goes on after the last byte of its outermost structure.",
        "Some readers ignore the rest, others refuse the file: two systems may see two different files. It is often a newline that an editor or a shell added to a binary file.",
        "Write the file again without the rest; `byok convert` does that.",
        "printf '\\n' >> key.der   adds such a byte";
}
