//! Key files of cryptography-vectors, good and bad, through the reader: `tests/vectors/published-files.txt` says of each what
//! must come of it.

#![expect(clippy::panic, reason = "helpers of tests fail by panicking")]

#[path = "support/vectors.rs"]
mod vectors;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use byok::format::lint::{self, Severity};
use byok::format::locked::{Budget, OpenError};
use byok::format::material::Material;
use byok::format::reader::{Assumption, Content, Part, read};
use secrecy::SecretString;

/// What was looked at: every file of these folders is in the table, and no other.
const FOLDERS: [&str; 13] = [
    "asymmetric/DER_Serialization",
    "asymmetric/EC",
    "asymmetric/Ed25519",
    "asymmetric/Ed448",
    "asymmetric/OpenSSH",
    "asymmetric/PEM_Serialization",
    "asymmetric/PKCS8",
    "asymmetric/Traditional_OpenSSL_Serialization",
    "asymmetric/X25519",
    "asymmetric/X448",
    "asymmetric/public/PKCS1",
    "pkcs12",
    "pkcs12/ca",
];

/// Vectors, scripts and a README between the key files.
const NO_KEY_FILES: [&str; 2] = ["input", "txt"];

#[test]
fn every_published_file_comes_out_as_the_table_says() {
    let table =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/published-files.txt")).unwrap();
    let mut expected: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
    for line in table.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let [name, passphrase, outcome] = line.split(" | ").map(str::trim).collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        assert_eq!(expected.insert(name, (passphrase, outcome)), None, "{name} stands twice");
    }
    let (mut differences, mut seen) = (String::new(), 0);
    for folder in FOLDERS {
        for entry in fs::read_dir(vectors::folder().join(folder)).unwrap().map(|entry| entry.unwrap().path()) {
            let ending = entry.extension().unwrap_or_default().to_string_lossy().into_owned();
            if entry.is_dir() || NO_KEY_FILES.contains(&ending.as_str()) {
                continue;
            }
            let name = format!("{folder}/{}", entry.file_name().unwrap().to_string_lossy());
            let (passphrase, outcome) = expected.get(name.as_str()).copied().unwrap_or(("-", "not in the table"));
            let found = outcome_of(&fs::read(&entry).unwrap(), passphrase);
            if found != outcome {
                let _ = writeln!(differences, "{name} | {passphrase} | {found}\n    the table says: {outcome}");
            }
            seen += 1;
        }
    }
    assert!(differences.is_empty(), "\n{differences}");
    assert_eq!((seen, expected.len()), (214, 214));
}

/// What the reader and the passphrase make of a file, in words of this test.
fn outcome_of(bytes: &[u8], passphrase: &str) -> String {
    match read(bytes, &Assumption::default()) {
        Err(_) => "refused: E0715".to_owned(),
        Ok(recognition) => {
            let readings = recognition.readings.iter().map(|reading| parts(&reading.parts, passphrase));
            readings.collect::<Vec<_>>().join(" or ")
        }
    }
}

fn parts(parts: &[Part], passphrase: &str) -> String {
    parts.iter().map(|part| part_of(part, passphrase)).collect::<Vec<_>>().join(" + ")
}

fn part_of(part: &Part, passphrase: &str) -> String {
    match &part.content {
        Content::Key(material) => material_of(material),
        Content::Certificate(certificate) => format!("certificate {}", certificate.key.description()),
        Content::Request(request) => format!("request {}", request.key.description()),
        Content::Named { .. } => "named".to_owned(),
        Content::Wrapped(_) | Content::Transfer(_) => "wrapped".to_owned(),
        Content::Locked(locked) => {
            let phrase = |text: &str| SecretString::from(text.replace('-', ""));
            let opened = locked.open(&phrase(passphrase), &mut Budget::new());
            let wrong = locked.open(&phrase(&format!("not {passphrase}")), &mut Budget::new());
            assert!(wrong.is_err() || locked.is_open() || locked.protection.is_empty(), "opened by a wrong passphrase");
            match opened {
                Ok(inside) => format!("locked: {}", parts(&inside, passphrase)),
                Err(OpenError::WrongPassphrase | OpenError::WrongOrDamaged) => "locked: wrong passphrase".to_owned(),
                Err(OpenError::Damaged(_)) => "locked: damaged".to_owned(),
                Err(OpenError::TooExpensive(_)) => "locked: too expensive".to_owned(),
                Err(OpenError::Unsupported(_)) => "locked: unsupported".to_owned(),
            }
        }
    }
}

/// The key, and what is so wrong with it that it is not taken.
fn material_of(material: &Material) -> String {
    let name = match material {
        Material::Private(key) => format!("private {}", key.description()),
        Material::Public(key) => format!("public {}", key.description()),
        Material::Secret(key) => format!("secret {}", key.value.len()),
    };
    let errors = lint::of_key(material).into_iter().filter(|finding| finding.rule.severity == Severity::Error);
    errors.fold(name, |text, finding| format!("{text} {}", finding.rule))
}
