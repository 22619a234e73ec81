//! F1xx: the form of the file, whatever the key.

super::rules! {
    TRAILING_BYTES = 101, Error, "bytes after the end",
        "The file goes on after the last byte of its outermost structure.",
        "Some readers ignore the rest, others refuse the file: two systems may see two different files. It is often a newline that an editor or a shell added to a binary file.",
        "Write the file again without the rest; `byok convert` does that.",
        "printf '\\n' >> key.der   adds such a byte";
    NON_CANONICAL_DER = 102, Warning, "non-canonical DER",
        "The file is BER: lengths, integers or strings are written in a way that DER does not allow, though what they mean is clear.",
        "Strict readers refuse it, and most clouds are strict. A signature or a fingerprint over such a file fits no other copy of the key.",
        "Write it again as DER; `byok convert` does that.",
        "30 80 02 01 01 00 00   has an indefinite length; DER is 30 03 02 01 01";
    MIXED_LINE_ENDS = 103, Warning, "mixed line ends",
        "Some lines of the text end with CRLF, others with LF or CR.",
        "Readers that go by one kind of line end see other lines, and a copy through a tool that changes line ends has another hash. It is the trace of editing by hand.",
        "Convert the line ends: `sed -i 's/\\r$//' FILE`.",
        "cat windows.pem unix.pem > both.pem";
    BYTE_ORDER_MARK = 104, Warning, "a byte-order mark",
        "The text begins with EF BB BF, which Windows editors put before UTF-8.",
        "Many readers, OpenSSL among them, do not find the first line behind it.",
        "Save it without the mark: `sed -i '1s/^\\xEF\\xBB\\xBF//' FILE`.",
        "printf '\\357\\273\\277' | cat - key.pem > marked.pem";
    UTF16 = 105, Error, "UTF-16 text",
        "The text is UTF-16, as PowerShell's `>` and some Windows editors write it.",
        "Providers and most tools read bytes or UTF-8 and find nothing in it; base64 of such a text decodes to something else.",
        "Save it as UTF-8: `iconv -f UTF-16 -t UTF-8 FILE > NEW`.",
        "type key.pem > copy.pem   in PowerShell 5";
    LABEL = 106, Warning, "a PEM label that does not fit",
        "The line `-----BEGIN ...-----` names another structure than the one that the block holds.",
        "Readers that go by the label refuse the block or take it for something else. It is the trace of a label that was changed by hand.",
        "Write it again; `byok convert` puts the right label.",
        "-----BEGIN PRIVATE KEY-----   around PKCS#1, which is RSA PRIVATE KEY";
    EXPLICIT_CURVE = 107, Warning, "a curve that is spelled out",
        "The EC key does not name its curve but lists its numbers. They are those of a curve that has a name, so the key was read.",
        "Providers and most libraries refuse such keys, and numbers that only resemble a curve have been used to forge signatures (CVE-2020-0601).",
        "Write it again with the name of the curve; `byok convert` does that.",
        "openssl ecparam -name prime256v1 -genkey -param_enc explicit";
    NESTED_TEXT = 108, Warning, "more than one layer of text",
        "The content is encoded more than once: base64 around PEM, hex around base64 and the like.",
        "A reader takes off the layers that it expects and no more. An import that takes off one layer too few stores text in place of the key.",
        "Decode it as often as the importer does not; `byok convert` writes any single layer.",
        "base64 key.pem > key.b64";
    JWK_SPELLING = 109, Warning, "a JWK member that is not base64url",
        "A member of the JWK has padding, the other base64 alphabet, or leading zero bytes, which RFC 7518 section 2 forbids.",
        "Strict libraries refuse the key, and its thumbprint differs from one tool to the next.",
        "Write it again; `byok convert --to jwk` does that.",
        "\"e\": \"AQAB==\"";
    EXPIRED = 110, Warning, "an expired certificate",
        "The end of the certificate's validity has passed.",
        "The key in it still works, but whoever checks certificates refuses it, and a wrapping key in such a certificate is an old one.",
        "Get the present certificate from where this one came.",
        "openssl x509 -in certificate.pem -noout -enddate";
    NOT_YET_VALID = 111, Warning, "a certificate that is not valid yet",
        "The start of the certificate's validity lies ahead.",
        "Whoever checks certificates refuses it until then. Often a clock is wrong: the one here, or the one where it was made.",
        "Check the clock of this host, then wait or get another certificate.",
        "openssl x509 -in certificate.pem -noout -startdate";
    COMPRESSED_POINT = 112, Warning, "a compressed EC point",
        "The public point is given by one coordinate and a sign. It was computed in full.",
        "Most providers take uncompressed points only.",
        "Write it again; `byok convert` writes the full point.",
        "openssl ec -in key.pem -conv_form compressed";
}
