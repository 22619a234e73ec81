//! JSON, one object a line: `{"seq":N,"entrySha256":"HEX","entry":LINE}`.
//!
//! `LINE` is the log's line byte for byte, so that whoever has the export can compute its hash again, and with all
//! lines from the first on the Merkle root too.

use std::io::{self, Write};

use crate::manifest::digest::{Sha256Bytes, parse_sha256};

/// Writes one entry.
///
/// # Errors
/// What the writer answers.
pub fn write(out: &mut dyn Write, seq: u64, hash: &Sha256Bytes, line: &[u8]) -> io::Result<()> {
    write!(out, "{{\"seq\":{seq},\"entrySha256\":\"{}\",\"entry\":", hex::encode(hash))?;
    out.write_all(line)?;
    out.write_all(b"}\n")
}

/// Splits an exported line, without its line feed, into number, hash and the log's line. `None` for any other form.
#[must_use]
pub fn split(exported: &[u8]) -> Option<(u64, Sha256Bytes, &[u8])> {
    let rest = exported.strip_prefix(b"{\"seq\":")?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, rest) = rest.split_at_checked(digits)?;
    let seq: u64 = str::from_utf8(number).ok()?.parse().ok()?;
    let (hash, rest) = rest.strip_prefix(b",\"entrySha256\":\"")?.split_at_checked(64)?;
    let line = rest.strip_prefix(b"\",\"entry\":")?.strip_suffix(b"}")?;
    let one_spelling = seq.to_string().as_bytes() == number;
    one_spelling.then_some((seq, parse_sha256(str::from_utf8(hash).ok()?)?, line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::digest::sha256;

    #[test]
    fn the_line_is_kept_byte_for_byte() {
        let line = br#"{"seq":7, "x":"\u00e9}"}"#;
        let mut out = Vec::new();
        write(&mut out, 7, &sha256(line), line).unwrap();
        assert!(serde_json::from_slice::<serde_json::Value>(&out).is_ok());
        let exported = out.strip_suffix(b"\n").unwrap();
        assert_eq!(split(exported), Some((7, sha256(line), line.as_slice())));
    }

    #[test]
    fn other_forms_are_refused() {
        let hash = "0".repeat(64);
        for bad in [
            String::new(),
            format!(r#"{{"seq":07,"entrySha256":"{hash}","entry":{{}}}}"#),
            format!(r#"{{"seq":+7,"entrySha256":"{hash}","entry":{{}}}}"#),
            format!(r#"{{"seq": 7,"entrySha256":"{hash}","entry":{{}}}}"#),
            format!(r#"{{"seq":7,"entrySha256":"{}","entry":{{}}}}"#, "0".repeat(63)),
            format!(r#"{{"seq":7,"entrySha256":"{hash}","entry":{{}}}} "#),
        ] {
            assert_eq!(split(bad.as_bytes()), None, "{bad}");
        }
    }
}
