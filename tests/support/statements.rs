//! Statements to start from. Tests change what they are about.

use byok::key::check_value::{CheckValue, CheckValueMethod};
use byok::key::custody::Custody;
use byok::key::exposure::Exposure;
use byok::key::state::State;
use byok::manifest::digest::sha256_hex;
use byok::manifest::statement::{
    CustodyRecord, Dates, FileRecord, KeyVersionPredicate, LogRef, Origin, SignerRecord, Statement, Tool, WrapRecord,
    WrappingKeyRecord,
};

/// An AES key in pre-activation, revision 1, bound by its descriptor.
pub(crate) fn predicate(name: &str) -> KeyVersionPredicate {
    KeyVersionPredicate {
        manifest_id: "01936f4e-7d2a-7c3b-8a4d-0123456789ab".into(),
        revision: 1,
        previous_manifest: None,
        key_name: name.into(),
        key_version: 1,
        logical_key_id: "01936f4e-7d2a-7c3b-8a4d-0123456789ac".into(),
        owner: Some("team-payments".into()),
        attributes: [("tier".to_owned(), "gold".to_owned())].into(),
        key_type: "aes-256".into(),
        purpose: "encrypt".into(),
        public: None,
        check: Some(CheckValue { kcv: "9b1acd".into(), kcv_method: CheckValueMethod::EcbZeroFromToken }),
        fingerprint: None,
        descriptor: None,
        state: State::PreActivation,
        state_changed_at: time(),
        state_reason: None,
        dates: Dates::of_birth(time()),
        origin: Origin { kind: "generated".into(), adopted: false, import: None },
        custody: custody(name),
        exposure_ever: Exposure::None,
        wraps: Vec::new(),
        placements: Vec::new(),
        rotation: None,
        rollback: None,
        rewrapped: Vec::new(),
        destruction: None,
        absence: None,
        break_glass: None,
        authorization: None,
        signer: SignerRecord {
            spki_sha256: sha256_hex(b"signer"),
            key_label: "byok-signer".into(),
            token_serial: "5b1c2a90d1f34e07".into(),
            token_label: "demo".into(),
        },
        tool: Tool { name: "byok".into(), version: "0.1.0".into() },
        log_ref: LogRef { origin: "byok/0f9e".into(), seq: 1, entry_sha256: sha256_hex(b"entry") },
    }
}

/// The second revision: wrapped for a provider as these files.
pub(crate) fn wrapped(first: &Statement, first_sha256: &str, files: Vec<FileRecord>) -> KeyVersionPredicate {
    let mut next = first.predicate.clone();
    next.revision = 2;
    next.previous_manifest = Some(first_sha256.to_owned());
    next.wraps = vec![WrapRecord {
        target_id: None,
        provider: "openbao".into(),
        target: Some("payments".into()),
        mount: None,
        method: "rsa-aes-sha256".into(),
        algorithm: Some("aes256-gcm96".into()),
        plan: "token-kek".into(),
        exposure: Exposure::None,
        content_assurance: "probe".into(),
        content_proof: Vec::new(),
        wrapping_key: WrappingKeyRecord {
            spki_sha256: sha256_hex(b"wrapping key"),
            bits: 4096,
            authenticated_by: "pinned".into(),
            resource: None,
        },
        profile_sha256: sha256_hex(b"profile"),
        files,
        expires_at: None,
        valid_to: None,
    }];
    next
}

/// A file with this content.
pub(crate) fn file(name: &str, content: &[u8]) -> FileRecord {
    FileRecord { name: name.into(), sha256: sha256_hex(content), size: content.len() as u64 }
}

fn time() -> jiff::Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

fn custody(name: &str) -> CustodyRecord {
    CustodyRecord {
        manufacturer: "SoftHSM project".into(),
        model: "SoftHSM v2".into(),
        token_serial: "5b1c2a90d1f34e07".into(),
        token_label: "demo".into(),
        firmware: "2.6".into(),
        module_sha256: sha256_hex(b"module"),
        profile_sha256: sha256_hex(b"profile"),
        object_id: sha256_hex(name.as_bytes())[..32].to_owned(),
        attrs: Custody { local: Some(true), sensitive: Some(true), extractable: Some(true), ..Custody::default() },
        read_at: time(),
        assurance: "module-reported".into(),
    }
}
