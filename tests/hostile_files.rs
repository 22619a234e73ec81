//! Files that are made to hurt whoever reads them: refused in little time and memory, with exit code 7.

#![cfg(test)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// What a refusal may take; a debug build on a busy machine is some ten times slower than what ships.
const TIME: Duration = Duration::from_secs(10);
/// What a refusal may take beside the program itself and the libraries of the system, in KiB.
const MEMORY: u64 = 64 * 1024;
/// The address space of the libraries and stacks, in KiB.
const LIBRARIES: u64 = 48 * 1024;

/// Runs `byok inspect` on a path with a bounded address space.
fn inspect(folder: &Path, file: &str) -> Output {
    let program = env!("CARGO_BIN_EXE_byok");
    let own = fs::metadata(program).unwrap().len() / 1024;
    let limit = own.saturating_add(MEMORY).saturating_add(LIBRARIES);
    let script = format!("ulimit -v {limit}; exec \"$0\" inspect -- \"$1\"");
    let began = Instant::now();
    let output =
        Command::new("sh").args(["-c", &script, program, file]).current_dir(folder).env_clear().output().unwrap();
    assert!(began.elapsed() < TIME, "{file}: {:?}", began.elapsed());
    output
}

fn refused(folder: &Path, file: &str, wanted: &str) {
    let output = inspect(folder, file);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(7), "{file}: {said}");
    assert!(said.contains(&format!("[{wanted}]")), "{file}: {said}");
    assert!(output.stdout.is_empty(), "{file}");
    assert!(!said.contains('\u{1b}'), "{file}: {said:?}");
}

fn folder_with(files: &[(&str, Vec<u8>)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

#[test]
fn files_that_are_no_files() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Command::new("mkfifo").arg(folder.path().join("fifo")).status().unwrap().success());
    for file in ["fifo", "/dev/zero", "/dev/null", ".", "missing", "a\u{1b}[2Jb"] {
        refused(folder.path(), file, "E0701");
    }
    fs::File::create(folder.path().join("big")).unwrap().set_len(50_000_000).unwrap();
    refused(folder.path(), "big", "E0702");
}

#[test]
fn structures_that_never_end() {
    let block = "-----BEGIN X-----\nAAAA\n-----END X-----\n";
    let deep = |open: &str, close: &str, count: usize| (open.repeat(count) + &close.repeat(count)).into_bytes();
    let definite = (0..32).fold(vec![0_u8; 900_000], |inner, _| {
        let length = u32::try_from(inner.len()).unwrap().to_be_bytes();
        [&[0x30, 0x84], &length[..], &inner].concat()
    });
    let layers = (0..8).fold(b"0123456789abcdef".to_vec(), |inner, _| hex::encode(&inner).into_bytes());
    let keys = format!("[{}]", vec![r#"{"kty":"oct","k":"AAAA"}"#; 20_000].join(","));
    let folder = folder_with(&[
        ("blocks.pem", block.repeat(10_000).into_bytes()),
        ("begins.pem", "-----BEGIN ".repeat(90_000).into_bytes()),
        ("arrays.json", deep("[", "]", 400_000)),
        ("objects.json", deep("{\"a\":", "}", 100_000)),
        ("indefinite.der", [0x30, 0x80].repeat(500_000)),
        ("definite.der", definite),
        ("layers.hex", layers),
        ("keys.json", keys.into_bytes()),
        ("values.json", format!("[{}0]", "{\"\":1},".repeat(130_000)).into_bytes()),
        ("pieces.der", [&[0x30, 0x80, 2, 1, 0, 0x24, 0x80][..], &[4, 0].repeat(500_000)].concat()),
    ]);
    for (file, code) in [
        ("blocks.pem", "E0702"),
        ("begins.pem", "E0702"),
        ("arrays.json", "E0715"),
        ("objects.json", "E0715"),
        ("indefinite.der", "E0715"),
        ("definite.der", "E0715"),
        ("layers.hex", "E0702"),
        ("keys.json", "E0702"),
        ("values.json", "E0702"),
        ("pieces.der", "E0715"),
    ] {
        refused(folder.path(), file, code);
    }
}

/// What is only useless is named, and costs no more.
#[test]
fn a_million_bytes_of_nothing() {
    let folder = folder_with(&[
        ("zeros", vec![0; 1 << 20]),
        ("letters", vec![b'A'; 1 << 20]),
        ("lines", b"\r\n-".repeat(300_000)),
    ]);
    for file in ["zeros", "letters", "lines"] {
        let output = inspect(folder.path(), file);
        assert_eq!(output.status.code(), Some(0), "{file}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
