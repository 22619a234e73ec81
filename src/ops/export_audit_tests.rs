use std::convert::Infallible;

use super::*;
use crate::audit::record::tests::entry;
use crate::manifest::digest::sha256_hex;

/// A log with an entry every minute from 10:00.
fn log(count: u64) -> Vec<Vec<u8>> {
    let mut chain = Chain::new();
    let write = |seq: u64| {
        let ts = format!("2026-11-22T10:{seq:02}:00Z").parse().unwrap();
        let line = Entry { seq, ts, prev: chain.prev_hex(), ..entry() }.to_line().unwrap();
        chain.advance(&line);
        line
    };
    (0..count).map(write).collect()
}

fn export(lines: &[Vec<u8>], format: Format, range: Range) -> Result<(Exported, String), ExportError> {
    let mut out = Vec::new();
    let exported = export_audit(lines.iter().cloned().map(Ok::<_, Infallible>), format, range, &mut out)?;
    Ok((exported, String::from_utf8(out).unwrap()))
}

#[test]
fn every_line_has_its_coordinates() {
    let lines = log(3);
    let (exported, jsonl) = export(&lines, Format::Jsonl, Range::default()).unwrap();
    assert_eq!(exported, Exported { read: 3, written: 3 });
    for (seq, (out, line)) in jsonl.lines().zip(&lines).enumerate() {
        let hash = sha256_hex(line);
        let line = String::from_utf8(line.clone()).unwrap();
        assert_eq!(out, format!(r#"{{"seq":{seq},"entrySha256":"{hash}","entry":{line}}}"#));
    }
    let (_, csv) = export(&lines, Format::Csv, Range::default()).unwrap();
    assert_eq!(csv.split("\r\n").count(), 5);
    assert!(csv.split("\r\n").nth(2).unwrap().starts_with(&format!("1,{},", sha256_hex(&lines[1]))));
}

#[test]
fn a_range_includes_its_start_and_excludes_its_end() {
    let range = Range {
        since: Some("2026-11-22T10:01:00Z".parse().unwrap()),
        until: Some("2026-11-22T10:03:00Z".parse().unwrap()),
    };
    let (exported, jsonl) = export(&log(5), Format::Jsonl, range).unwrap();
    assert_eq!(exported, Exported { read: 5, written: 2 });
    assert!(jsonl.starts_with(r#"{"seq":1,"#));
}

#[test]
fn a_changed_log_is_not_exported_as_if_it_were_whole() {
    let lines = log(4);
    let missing = [&lines[..1], &lines[2..]].concat();
    assert!(matches!(export(&missing, Format::Csv, Range::default()), Err(ExportError::Chain(_))));
    let mut torn = lines.clone();
    torn[2].truncate(20);
    assert!(matches!(export(&torn, Format::Csv, Range::default()), Err(ExportError::Entry { seq: 2, .. })));
}

#[test]
fn a_full_disk_is_an_error() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let lines = log(1).into_iter().map(Ok::<_, Infallible>);
    let error = export_audit(lines, Format::Jsonl, Range::default(), &mut Full).unwrap_err();
    assert!(matches!(error, ExportError::Write(_)));
}
