//! The pages of a process that is done with a key: neither the key nor a passphrase is in them.
//!
//! The process stands still where it writes its last words to a pipe that is full.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{PipeReader, Write as _, pipe};
use std::os::unix::fs::FileExt as _;
use std::process::{Child, Stdio};

use super::place::{PASSPHRASE, Place};

/// What a pipe holds (pipe(7)).
const PIPE: usize = 65536;
/// A piece of this length is found by chance about never: 2^64 against the 2^27 bytes of a process.
const PIECE: usize = 8;
const WRONG: &str = "qWz7!unheard~of^51";

#[derive(Clone, Copy)]
enum At {
    Stdout = 1,
    Stderr = 2,
}

/// A process that waits for somebody to read what it says.
struct Waiting {
    child: Child,
    _reader: PipeReader,
}

impl Waiting {
    fn start(place: &Place, words: &[&str], at: At) -> Self {
        let (reader, mut writer) = pipe().unwrap();
        writer.write_all(&vec![b'.'; PIPE]).unwrap();
        let mut command = place.command(env!("CARGO_BIN_EXE_byok"));
        command.env_clear().stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).args(words);
        match at {
            At::Stdout => command.stdout(writer),
            At::Stderr => command.stderr(writer),
        };
        let child = command.spawn().unwrap();
        let mut waiting = Self { child, _reader: reader };
        let call = format!("1 0x{} ", at as u8);
        while !fs::read_to_string(format!("/proc/{}/syscall", waiting.child.id())).unwrap().starts_with(&call) {
            assert!(waiting.child.try_wait().unwrap().is_none(), "{words:?}: it ended early");
            std::thread::yield_now();
        }
        waiting
    }

    /// Every page that the process can write.
    fn pages(&self) -> Vec<u8> {
        let maps = fs::read_to_string(format!("/proc/{}/maps", self.child.id())).unwrap();
        let memory = File::open(format!("/proc/{}/mem", self.child.id())).unwrap();
        let mut pages = Vec::new();
        for line in maps.lines().filter(|line| line.split(' ').nth(1).is_some_and(|mode| mode.starts_with("rw"))) {
            let (start, end) = line.split(' ').next().unwrap().split_once('-').unwrap();
            let [start, end] = [start, end].map(|address| u64::from_str_radix(address, 16).unwrap());
            let mut region = vec![0; usize::try_from(end.saturating_sub(start)).unwrap()];
            if memory.read_exact_at(&mut region, start).is_ok() {
                pages.extend(region);
            }
        }
        pages
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Whether a piece of the secret is there, as it stands or backwards, as numbers lie in memory.
fn found(pages: &[u8], secret: &[u8]) -> bool {
    let backwards: Vec<u8> = secret.iter().rev().copied().collect();
    let pieces: HashSet<&[u8]> = secret.windows(PIECE).chain(backwards.windows(PIECE)).collect();
    let mut begins = vec![false; 1 << 16];
    for piece in &pieces {
        begins[usize::from(u16::from_be_bytes([piece[0], piece[1]]))] = true;
    }
    pages
        .windows(PIECE)
        .any(|place| begins[usize::from(u16::from_be_bytes([place[0], place[1]]))] && pieces.contains(place))
}

/// What is secret in `key.pem`, by name.
fn secrets(place: &Place, spec: &str) -> Vec<(&'static str, Vec<u8>)> {
    let der = place.der("key.pem");
    let scalar = |at: usize, length: usize| der[at..at.saturating_add(length)].to_vec();
    match spec {
        "ed25519" => vec![("seed", scalar(16, 32))],
        "ec-p256" => vec![("scalar", scalar(36, 32))],
        _ => {
            let text = String::from_utf8(place.openssl("pkey -in key.pem -noout -text")).unwrap();
            let number = |name: &str| {
                let lines = text.lines().skip_while(|line| !line.starts_with(name)).skip(1);
                let hex: String = lines.take_while(|line| line.starts_with("    ")).map(str::trim).collect();
                hex::decode(hex.replace(':', "")).unwrap().into_iter().skip_while(|byte| *byte == 0).collect()
            };
            vec![("d", number("privateExponent")), ("p", number("prime1")), ("q", number("prime2"))]
        }
    }
}

#[test]
fn neither_key_nor_passphrase_stays_after_convert() {
    for spec in ["ed25519", "ec-p256", "rsa-2048"] {
        let place = Place::with_pair(spec);
        let secrets = secrets(&place, spec);
        let source = "file:pass";
        place.openssl(&format!("pkcs12 -export -in key.pem -nocerts -passout pass:{PASSPHRASE} -out key.p12"));
        for (from, to) in [
            ("key.p12", "encrypted-pkcs8"),
            ("key.p12", "pkcs12"),
            ("key.p12", "pkcs8"),
            ("key.pem", "jwk"),
            ("key.pem", "hex"),
        ] {
            let mut words = vec!["convert", from, "--to", to, "--out", "out", "--drop-attributes"];
            if from == "key.p12" {
                words.extend(["--passphrase-source", source]);
            }
            if to == "pkcs8" {
                words.push("--unencrypted");
            }
            let pages = Waiting::start(&place, &words, At::Stdout).pages();
            for (name, secret) in &secrets {
                assert!(!found(&pages, secret), "{spec} {from} {to}: {name}");
            }
            assert!(!found(&pages, PASSPHRASE.as_bytes()), "{spec} {from} {to}: the passphrase");
            place.remove("out");
        }
    }
}

/// The search finds a key that is there: on its way out.
#[test]
fn a_key_that_is_being_written_is_found() {
    let place = Place::with_pair("ed25519");
    let words = ["convert", "key.pem", "--to", "raw", "--stdout", "--allow-exposure", "plaintext"];
    let pages = Waiting::start(&place, &words, At::Stdout).pages();
    assert!(found(&pages, &secrets(&place, "ed25519")[0].1));
}

#[test]
fn nothing_stays_of_a_refused_pkcs12() {
    let place = Place::with_pair("rsa-2048");
    let secrets = secrets(&place, "rsa-2048");
    place.openssl(&format!("pkcs12 -export -in key.pem -nocerts -passout pass:{PASSPHRASE} -out key.p12"));
    place
        .openssl(&format!("pkcs12 -export -in key.pem -nocerts -keypbe NONE -passout pass:{PASSPHRASE} -out open.p12"));
    place.write("wrong", WRONG);
    fs::set_permissions(place.path("wrong"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    for (file, source, reason) in [
        ("key.p12", "file:wrong", "the passphrase is wrong"),
        // Without encryption the key was in memory with the file, whatever the passphrase.
        ("open.p12", "file:wrong", "the passphrase is wrong"),
        // The passphrase is right, and the conversion is refused: PKCS#1 has no passphrase.
        ("key.p12", "file:pass", "the passphrase is right"),
    ] {
        let words = ["convert", file, "--to", "pkcs1", "--out", "out", "--passphrase-source", source];
        let pages = Waiting::start(&place, &words, At::Stderr).pages();
        for (name, secret) in &secrets {
            assert!(!found(&pages, secret), "{file}, {reason}: {name}");
        }
        assert!(!found(&pages, WRONG.as_bytes()) && !found(&pages, PASSPHRASE.as_bytes()), "{file}, {reason}");
        assert!(!place.path("out").exists());
    }
}
