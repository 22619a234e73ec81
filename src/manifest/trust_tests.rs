use super::*;
use crate::manifest::signer::{EvidenceSigner as _, Scheme};
use crate::soft_signer::SoftSigner;

const MESSAGE: &[u8] = b"message";

fn now() -> Timestamp {
    "2026-11-22T00:00:00Z".parse().unwrap()
}

fn signer() -> SoftSigner {
    SoftSigner::new(Scheme::Ed25519)
}

fn row(name: &str, signer: &SoftSigner, more: &str) -> String {
    let spki = signer.pem().trim_end().replace('\n', "\n      ");
    format!("  - name: {name}\n    role: evidence\n    spki: |\n      {spki}\n{more}")
}

fn yaml(threshold: usize, rows: &[String]) -> String {
    format!("schema: {SCHEMA}\nthreshold: {threshold}\nsigners:\n{}", rows.concat())
}

fn parse(text: &str) -> Result<Trust, TrustError> {
    Trust::parse(text.as_bytes(), now())
}

/// Signs with each signer, under the keyid given, and asks `trust`.
fn ask(trust: &Trust, signed_by: &[(&SoftSigner, &str)], at: Option<&str>) -> Result<usize, Shortfall> {
    let signatures: Vec<_> = signed_by.iter().map(|(s, id)| (*id, s.sign(MESSAGE).unwrap())).collect();
    let verified = trust.verified(MESSAGE, signatures.iter().map(|(id, sig)| (*id, sig.as_slice())))?;
    Ok(trust.accept(&verified, at.map(|at| at.parse().unwrap()), None)?.len())
}

#[test]
fn any_key_of_a_pem_file_suffices() {
    let (a, b, foreign) = (signer(), signer(), signer());
    let trust = parse(&format!("{}{}", a.pem(), b.pem())).unwrap();
    assert_eq!(trust.keys().count(), 2);
    assert_eq!(ask(&trust, &[(&a, "")], None), Ok(1));
    assert_eq!(ask(&trust, &[(&foreign, ""), (&b, "")], None), Ok(1));
    assert!(matches!(ask(&trust, &[(&foreign, "")], None), Err(Shortfall::Untrusted(_))));
}

#[test]
fn a_remembered_signature_is_good_for_nothing_else() {
    let (a, b) = (signer(), signer());
    let memory = Arc::new(GoodSignatures::default());
    let trust = |signer: &SoftSigner| parse(&signer.pem()).unwrap().remembering(Arc::clone(&memory));
    let good = a.sign(MESSAGE).unwrap();
    let verified = |trust: &Trust, message: &[u8], signature: &[u8]| {
        trust.verified(message, std::iter::once(("", signature))).is_ok()
    };
    assert!(!verified(&trust(&a), b"another", &good));
    for _ in 0..2 {
        assert!(verified(&trust(&a), MESSAGE, &good));
    }
    assert_eq!(memory.0.lock().unwrap().len(), 1);
    let altered: Vec<u8> = good.iter().map(|byte| byte ^ 1).collect();
    assert!(!verified(&trust(&a), MESSAGE, &altered));
    assert!(!verified(&trust(&a), b"another", &good));
    // Where the signature ends and the message begins counts.
    let shifted = [&good[good.len() - 1..], MESSAGE].concat();
    assert!(!verified(&trust(&a), &shifted, &good[..good.len() - 1]));
    assert!(!verified(&trust(&b), MESSAGE, &good));
}

#[test]
fn the_same_key_twice_is_refused_in_both_forms() {
    let a = signer();
    assert!(matches!(parse(&format!("{0}{0}", a.pem())), Err(TrustError::Twice(_))));
    let rows = [row("ann", &a, ""), row("bob", &a, "")];
    assert!(matches!(parse(&yaml(2, &rows)), Err(TrustError::Twice(_))));
}

#[test]
fn only_public_key_blocks_are_taken() {
    let a = signer();
    for tag in ["PRIVATE KEY", "CERTIFICATE", "RSA PUBLIC KEY"] {
        assert!(matches!(parse(&a.pem().replace("PUBLIC KEY", tag)), Err(TrustError::Block(_))), "{tag}");
    }
    let broken = format!("{}-----BEGIN PUBLIC KEY-----\nAAAA\n", a.pem());
    assert!(matches!(parse(&broken), Err(TrustError::Unknown)));
    assert!(matches!(parse(""), Err(TrustError::Unknown)));
}

#[test]
fn the_threshold_counts_keys_and_names() {
    let (ann, ann2, bob) = (signer(), signer(), signer());
    let rows = [row("ann", &ann, ""), row("ann", &ann2, ""), row("bob", &bob, "")];
    let trust = parse(&yaml(2, &rows)).unwrap();
    let too_few = Err(Shortfall::TooFew { accepted: 1, threshold: 2 });
    assert_eq!(ask(&trust, &[(&ann, ""), (&bob, "")], None), Ok(2));
    assert_eq!(ask(&trust, &[(&ann, ""), (&ann2, "")], None), too_few, "two keys of one person");
    assert_eq!(ask(&trust, &[(&ann, "one"), (&ann, "two")], None), too_few, "one key under two ids");
    assert!(matches!(parse(&yaml(3, &rows)), Err(TrustError::Threshold { threshold: 3, people: 2 })));
    assert!(matches!(parse(&yaml(0, &rows)), Err(TrustError::Threshold { .. })));
}

#[test]
fn validity_is_compared_with_the_claimed_time() {
    let ann = signer();
    let window = "    notBefore: 2026-01-01T00:00:00Z\n    notAfter: 2027-01-01T00:00:00Z\n";
    let trust = parse(&yaml(1, &[row("ann", &ann, window)])).unwrap();
    assert_eq!(ask(&trust, &[(&ann, "")], Some("2026-01-01T00:00:00Z")), Ok(1));
    assert_eq!(ask(&trust, &[(&ann, "")], None), Ok(1));
    for outside in ["2025-12-31T23:59:59Z", "2027-01-01T00:00:00Z"] {
        assert!(matches!(ask(&trust, &[(&ann, "")], Some(outside)), Err(Shortfall::OutOfTime(_))));
    }
}

#[test]
fn a_revoked_key_counts_no_more_whatever_the_document_claims() {
    let ann = signer();
    let past = parse(&yaml(1, &[row("ann", &ann, "    revokedAt: 2026-11-21T00:00:00Z\n")])).unwrap();
    assert!(matches!(ask(&past, &[(&ann, "")], Some("2026-01-01T00:00:00Z")), Err(Shortfall::Revoked(_))));
    let future = parse(&yaml(1, &[row("ann", &ann, "    revokedAt: 2026-11-23T00:00:00Z\n")])).unwrap();
    assert_eq!(ask(&future, &[(&ann, "")], None), Ok(1));
}

#[test]
fn the_yaml_is_read_strictly() {
    let ann = signer();
    let good = yaml(1, &[row("ann", &ann, "")]);
    assert!(parse(&good).is_ok());
    for (bad, why) in [
        (good.replace("threshold: 1", "threshold: 1\nthreshold: 1"), "a key twice"),
        (good.replace("threshold: 1", "threshold: 1\nthreshhold: 1"), "an unknown key"),
        (good.replace("name: ann", "name: ann\n    name: bob"), "a nested key twice"),
        (good.replace("    role: evidence\n", ""), "no role"),
        (good.replace("name: ann", "name: \"\\e[31m\""), "control characters"),
    ] {
        assert!(matches!(parse(&bad), Err(TrustError::Yaml(_))), "{why}");
    }
    assert!(matches!(parse(&good.replace("trust/v1", "trust/v2")), Err(TrustError::Schema(_))));
    assert!(matches!(parse(&good.replace("role: evidence", "role: approver")), Err(TrustError::Role(_))));
}

#[test]
fn a_second_block_of_one_signer_does_not_vanish() {
    let (first, second) = (signer(), signer());
    let text = first.pem() + &second.pem();
    assert_eq!(VerifyingKey::from_pem(&text), Err(KeyError::Pem));
    assert!(VerifyingKey::from_pem(&first.pem()).is_ok());
}
