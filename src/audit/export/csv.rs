//! CSV (RFC 4180) that is safe to open in a spreadsheet: no cell is a formula, none holds a control character.

use std::io::{self, Write};

use crate::audit::record::{Entry, Outcome, Phase};
use crate::format::escape::acts;
use crate::manifest::digest::Sha256Bytes;

/// The first line.
pub const HEADER: &str = "seq,entry_sha256,ts,id,event,phase,outcome,actor,host,key_name,key_version,\
                          manifest_sha256,error_code,tool_version,detail\r\n";

/// Writes one entry as one record.
///
/// # Errors
/// What the writer answers.
pub fn write(out: &mut dyn Write, hash: &Sha256Bytes, entry: &Entry) -> io::Result<()> {
    let key = entry.key.as_ref();
    let detail = if entry.detail.is_empty() { String::new() } else { serde_json::to_string(&entry.detail)? };
    let cells = [
        entry.seq.to_string(),
        hex::encode(hash),
        entry.ts.to_string(),
        text(&entry.id),
        text(&entry.event),
        phase(entry.phase).to_owned(),
        entry.outcome.map_or("", outcome).to_owned(),
        text(&entry.actor.id),
        text(entry.actor.host.as_deref().unwrap_or_default()),
        text(key.map_or("", |key| &key.name)),
        key.map(|key| key.version.to_string()).unwrap_or_default(),
        text(key.and_then(|key| key.manifest_sha256.as_deref()).unwrap_or_default()),
        text(entry.error.as_ref().map_or("", |error| &error.code)),
        text(&entry.tool.version),
        text(&detail),
    ];
    out.write_all(cells.join(",").as_bytes())?;
    out.write_all(b"\r\n")
}

/// A cell of text: quoted, quotes doubled (RFC 4180 section 2.7); characters that control, hide or reorder as `\u{..}`; and an apostrophe
/// in front of what a spreadsheet would take for a formula.
fn text(value: &str) -> String {
    if value.is_empty() {
        return String::new();
    }
    let mut cell = String::from("\"");
    if value.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}']) {
        cell.push('\'');
    }
    for character in value.chars() {
        match character {
            '"' => cell.push_str("\"\""),
            _ if acts(character) => cell.extend(character.escape_unicode()),
            _ => cell.push(character),
        }
    }
    cell.push('"');
    cell
}

fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Intent => "intent",
        Phase::Result => "result",
        Phase::Note => "note",
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Success => "success",
        Outcome::Failure => "failure",
        Outcome::Unknown => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::record::tests::entry;

    #[test]
    fn no_cell_is_a_formula_or_moves_the_cursor() {
        for (value, cell) in [
            ("plain", "\"plain\""),
            ("", ""),
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("@x", "\"'@x\""),
            ("\tx", "\"'\\u{9}x\""),
            ("\rx", "\"'\\u{d}x\""),
            ("a\r\nb,c", "\"a\\u{d}\\u{a}b,c\""),
            ("\u{202e}gpj.exe", "\"\\u{202e}gpj.exe\""),
            ("\u{1b}[31m", "\"\\u{1b}[31m\""),
        ] {
            assert_eq!(text(value), cell, "{value:?}");
        }
    }

    #[test]
    fn a_record_has_as_many_cells_as_the_header() {
        let mut entry = entry();
        entry.actor.id = "=cmd".into();
        let mut out = Vec::new();
        write(&mut out, &[0; 32], &entry).unwrap();
        let record = String::from_utf8(out).unwrap();
        let expected = format!(
            "0,{},2026-11-22T10:00:00Z,\"{}\",\"key.generate\",intent,,\"'=cmd\",\"host-1\",\"payments/kek\",1,,,\
             \"0.1.0\",\"{{\"\"objectId\"\":\"\"00ff\"\",\"\"note\"\":\"\"a\\nb\"\"}}\"\r\n",
            "0".repeat(64),
            entry.id
        );
        assert_eq!(record, expected);
        assert_eq!(HEADER.matches(',').count(), 14);
    }
}
