use std::io::Write;
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;

use secrecy::ExposeSecret;

use super::*;
use crate::cli::env::Terminals;
use crate::cli::failure::Failure;
use crate::cli::harden::Hardening;

fn env() -> Env {
    Env {
        now: Box::new(|| jiff::Timestamp::UNIX_EPOCH),
        var: Box::new(|name| (name == "PIN").then(|| "1234".into())),
        terminals: Terminals::default(),
        directory: "/".into(),
        elapsed: Box::new(|| std::time::Duration::ZERO),
        runtime_directory: "/".into(),
        uid: rustix::process::geteuid().as_raw(),
        host: "host".to_owned(),
        hardening: Hardening::default(),
    }
}

fn text(source: &PinSource) -> Result<String, PinError> {
    source.check(&env())?;
    match source.read(&env(), "PIN")? {
        Pin::Secret(pin) => Ok(pin.expose_secret().to_owned()),
        Pin::Pinpad => Ok("pinpad".to_owned()),
    }
}

fn file(content: &[u8], mode: u32) -> (tempfile::TempDir, PinSource) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pin");
    std::fs::write(&path, content).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
    (folder, PinSource::File(path))
}

#[test]
fn sources_have_one_spelling() {
    for spelling in ["env:PIN", "file:/a:b", "fd:3", "prompt", "pinpad"] {
        assert_eq!(spelling.parse::<PinSource>().unwrap().to_string(), spelling);
    }
    for bad in ["1234", "env:", "file:", "fd:", "fd:-1", "fd:x", "prompt:", "pinpad:1", "env:A=B", ""] {
        assert_eq!(bad.parse::<PinSource>(), Err(UnknownSource), "{bad}");
    }
}

#[test]
fn one_line_end_is_not_part_of_the_pin() {
    for (content, pin) in [(&b"1234"[..], "1234"), (b"1234\n", "1234"), (b"12\r\n", "12"), (b" 1\n\n", " 1\n")] {
        let (_folder, source) = file(content, 0o600);
        assert_eq!(text(&source).unwrap(), pin);
    }
}

#[test]
fn files_without_a_pin_are_refused() {
    let long = vec![b'1'; MAX_PIN_BYTES + 1];
    for content in [&b""[..], b"\n", b"\xff", &long] {
        let (_folder, source) = file(content, 0o600);
        assert_eq!(Failure::from(text(&source).unwrap_err()).exit(), 2);
    }
    let (_folder, source) = file(&long[1..], 0o400);
    assert_eq!(text(&source).unwrap().len(), MAX_PIN_BYTES);
}

#[test]
fn a_file_that_others_can_reach_is_refused_before_it_is_read() {
    for mode in [0o640, 0o604, 0o620, 0o610, 0o644] {
        let (_folder, source) = file(b"1234", mode);
        assert!(matches!(source.check(&env()), Err(PinError::Exposed { mode: found, .. }) if found == mode));
        assert!(matches!(source.read(&env(), "PIN"), Err(PinError::Exposed { .. })));
    }
}

#[test]
fn only_a_regular_file_holds_a_pin() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("fifo");
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, FileType::Fifo, Mode::RUSR, 0).unwrap();
    assert!(matches!(PinSource::File(fifo).check(&env()), Err(PinError::NotRegular(_))));
    assert!(matches!(PinSource::File(folder.path().join("none")).check(&env()), Err(PinError::Io { .. })));
}

#[test]
fn a_descriptor_is_read_and_stays_open() {
    let (reader, mut writer) = io::pipe().unwrap();
    writer.write_all(b"1234\n").unwrap();
    drop(writer);
    let source = PinSource::Fd(u32::try_from(reader.as_raw_fd()).unwrap());
    assert_eq!(text(&source).unwrap(), "1234");
    assert!(rustix::fs::fstat(&reader).is_ok());
    assert!(matches!(PinSource::Fd(99_999).check(&env()), Err(PinError::Io { .. })));
}

#[test]
fn the_environment_and_the_missing_terminal() {
    assert_eq!(text(&PinSource::Env("PIN".to_owned())).unwrap(), "1234");
    assert!(matches!(text(&PinSource::Env("NONE".to_owned())), Err(PinError::NotSet(_))));
    assert!(matches!(text(&PinSource::Prompt), Err(PinError::NoTerminal)));
    assert_eq!(text(&PinSource::Pinpad).unwrap(), "pinpad");
}
