//! Signed documents and the log.

use std::sync::LazyLock;

use byok::approval::plan::Plan;
use byok::audit::checkpoint::Checkpoint;
use byok::audit::record::{Entry, EntryView};
use byok::format::bundle::Bundle;
use byok::format::escape::acts;
use byok::hsm::profile::Profile;
use byok::manifest::dsse::{Payload, Signed, from_json_payload, to_json_payload};
use byok::manifest::hint::said;
use byok::manifest::statement::Statement;
use byok::manifest::trust::Trust;
use byok::manifest::verifying_key::VerifyingKey;
use jiff::Timestamp;

use crate::assert_printable;

/// The key that signed the seeds of `dsse` and `checkpoint`.
const KEY: &[u8] = include_bytes!("../seeds/spki/ed25519.der");

static TRUST: LazyLock<Trust> = LazyLock::new(|| Trust::from_spki(KEY).expect("a key"));
static VERIFYING: LazyLock<VerifyingKey> = LazyLock::new(|| VerifyingKey::from_spki(KEY).expect("a key"));

/// `bundle.json`.
pub fn bundle(input: &[u8]) {
    match Bundle::parse(input) {
        Ok(bundle) => {
            assert!(bundle.files.iter().all(|file| !file.name.contains('/') && !file.name.starts_with('.')));
            assert_eq!(Bundle::parse(&bundle.to_json()), Ok(bundle));
        }
        Err(error) => assert_printable(&error),
    }
}

/// An envelope that verifies holds what was signed once: nobody can make another without the key.
pub fn dsse(input: &[u8]) {
    if let Ok(signed) = Signed::<Checkpoint>::verify(input, &TRUST) {
        assert_eq!(signed.value().size, 7);
        assert!(Signed::<Checkpoint>::verify(&signed.to_json(), &TRUST).is_ok());
    }
    assert!(Signed::<Statement>::verify(input, &TRUST).is_err());
    // What nobody verified is a hint at most, and never a panic.
    let _ = said(input);
}

/// The predicate of a manifest.
pub fn statement(input: &[u8]) {
    let Ok(statement) = from_json_payload::<Statement>(input) else { return };
    let again = to_json_payload(&statement).expect("JSON");
    assert_eq!(from_json_payload::<Statement>(&again).ok(), Some(statement));
}

/// A line of the log.
pub fn log_line(input: &[u8]) {
    if EntryView::parse(input).is_err() {
        return;
    }
    let Ok(entry) = Entry::parse(input) else { return };
    let line = entry.to_line().expect("a line");
    assert_eq!(Entry::parse(&line).and_then(|entry| entry.to_line()).ok(), Some(line));
}

/// A checkpoint's body has one spelling; a signed note is the seed's.
pub fn checkpoint(input: &[u8]) {
    if let Ok(checkpoint) = Checkpoint::parse(input) {
        assert_eq!(checkpoint.body().map(String::into_bytes).ok().as_deref(), Some(input));
    }
    let Ok(note) = std::str::from_utf8(input) else { return };
    if let Ok((checkpoint, true)) = Checkpoint::from_note(note, &VERIFYING) {
        assert_eq!(checkpoint.size, 7);
    }
}

/// PEM keys or trust.yaml.
pub fn trust(input: &[u8]) {
    if let Ok(trust) = Trust::parse(input, Timestamp::UNIX_EPOCH) {
        assert!((1..=trust.keys().count()).contains(&trust.threshold()));
    }
}

/// A plan has one spelling, and nothing in it acts on a terminal.
pub fn plan(input: &[u8]) {
    match Plan::parse(input) {
        Ok(plan) => {
            assert_eq!(plan.to_bytes().expect("bytes"), input);
            assert!(!String::from_utf8_lossy(input).chars().any(|c| c != '\n' && acts(c)));
        }
        Err(error) => assert_printable(&error),
    }
}

/// The cached token profile.
pub fn token_profile(input: &[u8]) {
    let Ok(profile) = Profile::from_payload(input) else { return };
    let again = profile.to_payload().expect("JSON");
    assert_eq!(Profile::from_payload(&again).ok(), Some(profile));
}
