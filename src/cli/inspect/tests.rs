//! No output holds a secret: no eight bytes of one in a row, as they are, in hex or in base64.

use std::collections::HashSet;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::cli::failure::Failure;
use crate::cli::output::ascii_json;
use crate::format::material::{Material, PrivateKey};
use crate::format::reader::{Content, Part};

/// How many bytes in a row give a secret away.
const WINDOW: usize = 8;

/// Everything that `inspect` would print, for people and as JSON, errors included.
fn printed(bytes: &[u8], assumption: Assumption) -> String {
    match reader::read(bytes, &assumption) {
        Ok(found) => {
            let report = inspect(bytes, &found.readings, None, Timestamp::UNIX_EPOCH).unwrap();
            format!("{}{}{found:?}", text::render("file", &report), ascii_json(&report).unwrap())
        }
        Err(error) => {
            let failure = Failure::from(error.clone());
            format!("{}{}{error:?}", failure.render(false), ascii_json(&failure.document()).unwrap())
        }
    }
}

/// The spellings in which eight bytes could be printed. Base64 depends on where they stand in what is encoded.
fn spellings(window: &[u8]) -> Vec<Vec<u8>> {
    let mut spellings = vec![window.to_vec(), hex::encode(window).into_bytes(), hex::encode_upper(window).into_bytes()];
    // The characters that only the window decides, behind none, one or two other bytes.
    for (before, start, end) in [(0, 0, 10), (1, 2, 12), (2, 3, 13)] {
        let bytes = [&vec![0; before][..], window].concat();
        for encoded in [STANDARD.encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes)] {
            spellings.push(encoded.as_bytes()[start..end].to_vec());
        }
    }
    spellings
}

fn assert_silent(secret: &[u8], output: &str) {
    // Bytes of one kind are in many a table.
    let telling = secret.windows(WINDOW).filter(|window| window.iter().any(|byte| *byte != window[0]));
    let spellings: HashSet<Vec<u8>> = telling.flat_map(spellings).collect();
    for length in [WINDOW, 10, 16] {
        let found = output.as_bytes().windows(length).find(|part| spellings.contains(*part));
        assert_eq!(found, None, "{output}");
    }
}

fn secrets(parts: &[Part]) -> Vec<Vec<u8>> {
    parts.iter().flat_map(|part| if let Content::Key(key) = &part.content { of_key(key) } else { Vec::new() }).collect()
}

fn of_key(key: &Material) -> Vec<Vec<u8>> {
    match key {
        Material::Private(PrivateKey::Rsa(key)) => {
            let factors = key
                .factors
                .iter()
                .flat_map(|factors| factors.primes.iter().chain(&factors.exponents).chain([&factors.coefficient]));
            factors.chain([&key.private_exponent]).map(|number| number.to_vec()).collect()
        }
        Material::Private(PrivateKey::Ec(key)) => vec![key.scalar.to_vec()],
        Material::Private(PrivateKey::Ed25519(key)) => vec![key.seed.to_vec()],
        Material::Secret(key) => vec![key.value.to_vec()],
        Material::Private(PrivateKey::Other(_)) | Material::Public(_) => Vec::new(),
    }
}

/// Key files of every form, and the secrets in them.
fn files() -> Vec<(Vec<u8>, Vec<Vec<u8>>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/reader");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let Ok(found) = reader::read(&bytes, &Assumption::default()) else { continue };
        let secrets: Vec<Vec<u8>> = found.readings.iter().flat_map(|reading| secrets(&reading.parts)).collect();
        if !secrets.is_empty() {
            files.push((bytes, secrets));
        }
    }
    assert!(files.len() > 30, "{}", files.len());
    files
}

#[test]
fn no_secret_of_a_valid_file_is_printed() {
    for (bytes, secrets) in files() {
        for from in [None, Some(Source::Raw), Some(Source::Hex), Some(Source::Der)] {
            let output = printed(&bytes, Assumption { from, spec: None });
            for secret in &secrets {
                assert_silent(secret, &output);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Cut, changed, and in other encodings.
    #[test]
    fn no_secret_of_a_damaged_file_is_printed(which in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(),
        byte in any::<u8>(), wrap in 0..4)
    {
        thread_local!(static FILES: Vec<(Vec<u8>, Vec<Vec<u8>>)> = files());
        FILES.with(|files| {
            let (bytes, secrets) = which.get(files);
            let mut bytes = bytes.clone();
            let at = at.index(bytes.len());
            match wrap {
                0 => bytes.truncate(at),
                1 => bytes = STANDARD.encode(&bytes).into_bytes(),
                2 => bytes = hex::encode(&bytes).into_bytes(),
                _ => {}
            }
            let at = at.min(bytes.len().saturating_sub(1));
            bytes.get_mut(at).into_iter().for_each(|place| *place = byte);
            let output = printed(&bytes, Assumption::default());
            for secret in secrets {
                assert_silent(secret, &output);
            }
        });
    }

    /// Whatever bytes there are, they may be a key.
    #[test]
    fn no_random_bytes_are_printed(secret in prop::collection::vec(any::<u8>(), 1..80), form in 0..6) {
        let bytes = match form {
            0 => secret.clone(),
            1 => STANDARD.encode(&secret).into_bytes(),
            2 => hex::encode(&secret).into_bytes(),
            3 => format!(r#"{{"kty":"oct","k":"{}"}}"#, URL_SAFE_NO_PAD.encode(&secret)).into_bytes(),
            4 => [b"-----BEGIN PRIVATE KEY-----\n", STANDARD.encode(&secret).as_bytes(), b"\n-----END PRIVATE KEY-----"].concat(),
            _ => [&[0x30, u8::try_from(secret.len()).unwrap()], &secret[..]].concat(),
        };
        for from in [None, Some(Source::Raw), Some(Source::Wrapped)] {
            assert_silent(&secret, &printed(&bytes, Assumption { from, spec: None }));
        }
    }

    /// Text that a person might take for a key.
    #[test]
    fn no_passphrase_is_printed(secret in "[a-zA-Z0-9 ,:{}\\[\\]\"'!/+=_-]{8,60}") {
        assert_silent(secret.as_bytes(), &printed(secret.as_bytes(), Assumption::default()));
    }
}
