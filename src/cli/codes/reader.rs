//! Exit code 7: files that cannot be recognised or read.

super::codes! { 7;
    MALFORMED = 15, "a file that cannot be read",
        "The file begins like a known format and then breaks off or contradicts it. The error says where.",
        "A damaged key file must not be repaired by guessing: what comes out may be another key.",
        "Save the file again from where it came. `byok inspect FILE` shows how far it can be read.",
        "head -c 100 key.der > broken.der && byok inspect broken.der";
    NO_KEY = 16, "the file gives no single key",
        "The command takes one key, and the file holds none, or several, or its bytes can be read in more than one way.",
        "byok does not choose for you: the wrong choice would import or convert another key than the one that you mean.",
        "`byok inspect FILE` shows what is in the file; `--part N` chooses one.",
        "byok convert bundle.pem --part 2 --to pkcs8 --out key.pem";
    OTHER_FORM = 17, "the file is not what --from says",
        "The file cannot be read as the form that --from names.",
        "An explicit form is never overruled: the file would be read as something that you did not mean.",
        "Leave --from out, and `byok inspect FILE` says what the file is.",
        "byok inspect key.pem --from hex";
}
