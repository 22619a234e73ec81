//! Key files behind a passphrase.

use std::sync::OnceLock;

use byok::format::locked::{self, Budget, Locked, OpenError};
use byok::format::reader::MAXIMUM;

use crate::assert_printable;

/// What opens the seeds.
const PASSPHRASE: &str = "secret";

/// Encrypted PKCS#8, a PEM block with headers, or PKCS#12: the first byte says which.
pub fn locked(input: &[u8]) {
    let Some((kind, bytes)) = input.split_first() else { return };
    if bytes.len() > MAXIMUM {
        return;
    }
    let read = match kind {
        b'8' => locked::encrypted_pkcs8(bytes),
        b'h' => {
            let mut lines = bytes.splitn(2, |byte| *byte == b'\n');
            let header = String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
            locked::legacy_pem("RSA PRIVATE KEY", &header, lines.next().unwrap_or_default())
        }
        _ => locked::pkcs12(bytes),
    };
    match read {
        Ok(found) => open(&found),
        Err(error) => assert_printable(&error),
    }
}

/// What can be said beforehand holds: what is too dear is so with any passphrase.
fn open(found: &Locked) {
    static SECRET: OnceLock<secrecy::SecretString> = OnceLock::new();
    for finding in found.findings("") {
        assert_printable(&finding.detail);
    }
    found.protection.iter().for_each(assert_printable);
    // Within the limits a derivation may still take a second: the fuzzer has better things to do.
    if !found.protection.iter().map(|protection| &protection.kdf).chain(found.mac.iter().map(|mac| &mac.kdf)).all(cheap)
    {
        return;
    }
    let outcome = found.open(SECRET.get_or_init(|| PASSPHRASE.into()), &mut Budget::new());
    if let Err(error @ (OpenError::TooExpensive(_) | OpenError::Unsupported(_))) = found.affordable() {
        assert_eq!(outcome.as_ref().err(), Some(&error));
    }
    match outcome {
        Ok(parts) => assert!(parts.iter().all(|part| part.place.len() < 20)),
        Err(error) => {
            assert_printable(&error);
            assert!(error != OpenError::WrongPassphrase || found.authenticated());
        }
    }
}

fn cheap(kdf: &locked::Kdf) -> bool {
    match kdf {
        locked::Kdf::Pbkdf1 { rounds, .. }
        | locked::Kdf::Pbkdf2 { rounds, .. }
        | locked::Kdf::Pkcs12 { rounds, .. } => *rounds < 5000 || *rounds > 2_000_000,
        locked::Kdf::Scrypt { cost, .. } => *cost < 1 << 10 || *cost > 1 << 30,
        locked::Kdf::BytesToKey | locked::Kdf::Other(_) => true,
    }
}
