//! Findings about key files.

use byok::format::lint::{Finding, Severity, of_key};
use byok::format::material::{Material, PrivateKey};
use byok::format::pkcs8::{encode, public_half};
use byok::format::reader::{self, Assumption, Content};
use byok::ops::check::{Question, check};
use byok::provider::PROVIDERS;

use crate::assert_printable;

/// Every finding can be shown and shows no secret; a private key without an error can be encoded, and makes its public
/// half.
pub fn lint(input: &[u8]) {
    let Ok(recognition) = reader::read(input, &Assumption::default()) else { return };
    for part in recognition.readings.iter().flat_map(|reading| &reading.parts) {
        let Content::Key(key) = &part.content else { continue };
        let findings = of_key(key);
        assert_eq!(findings, of_key(key));
        findings.iter().for_each(assert_shown);
        match key {
            Material::Private(private) => holds_together(private, &findings),
            Material::Secret(secret) => assert_secret(&secret.value, &findings),
            Material::Public(_) => {}
        }
    }
    for provider in PROVIDERS.iter().copied().map(Some).chain([None]) {
        let now = jiff::Timestamp::UNIX_EPOCH;
        let report = check(input, &Question { provider, typed: None, from: None, passphrase: None, now });
        report.findings.iter().for_each(assert_shown);
        assert_printable(&report.what);
    }
}

fn assert_shown(finding: &Finding) {
    assert_printable(&finding.place);
    assert_printable(&finding.detail);
}

fn holds_together(key: &PrivateKey, findings: &[Finding]) {
    let whole = match key {
        PrivateKey::Rsa(key) => key.factors.is_some(),
        PrivateKey::Ec(_) | PrivateKey::Ed25519(_) => true,
        PrivateKey::Other(_) => false,
    };
    if whole && findings.iter().all(|finding| finding.rule.severity < Severity::Error) {
        encode(key).expect("a key without an error is encoded");
        public_half(key).expect("a key without an error has a public half");
    }
}

fn assert_secret(secret: &[u8], findings: &[Finding]) {
    let Some(start) = secret.get(..4) else { return };
    let hex: String = start.iter().map(|byte| format!("{byte:02x}")).collect();
    for Finding { detail, place, .. } in findings {
        assert!(!detail.contains(&hex) && !place.contains(&hex), "{detail}");
    }
}
