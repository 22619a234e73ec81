use super::*;
use crate::manifest::dsse::{EnvelopeError, Payload, PayloadError, SealError, Signed};
use crate::manifest::signer::{EvidenceSigner as _, Scheme};
use crate::manifest::statement::{Fingerprint, PublicHalf};
use crate::manifest::trust::Trust;
use crate::soft_signer::SoftSigner;
use crate::statements::{file, predicate, wrapped};

fn statement() -> Statement {
    Statement::new(predicate("payments/kek")).unwrap()
}

fn with_wrap() -> Statement {
    let files = vec![file("ciphertext.b64", b"blob"), file("import.sh", b"sh")];
    Statement::new(wrapped(&statement(), &sha256_hex(b"first"), files)).unwrap()
}

#[test]
fn a_descriptor_binds_a_secret_key_by_its_rfc_8785_form() {
    let statement = statement();
    let json = r#"{"kcv":"9b1acd","kcvMethod":"ecb-zero-3-token","name":"payments/kek","objectId":"#;
    let rest = format!(
        r#""{}","purpose":"encrypt","tokenSerial":"5b1c2a90d1f34e07","type":"aes-256","version":1}}"#,
        statement.predicate.custody.object_id
    );
    assert_eq!(statement.subject[0].digest["sha256"], sha256_hex(format!("{json}{rest}").as_bytes()));
    assert_eq!(statement.subject[0].name, "payments/kek@1");
}

proptest::proptest! {
    #[test]
    fn a_descriptor_hashes_as_another_writer_of_rfc_8785_has_it(name in ".*", token_serial in ".*", version: u32) {
        let mut descriptor = Descriptor::of(&predicate("a"));
        (descriptor.name, descriptor.token_serial, descriptor.version) = (name, token_serial, version);
        let canonical = serde_json_canonicalizer::to_vec(&descriptor).unwrap();
        proptest::prop_assert_eq!(descriptor.sha256(), Some(sha256_hex(&canonical)));
    }
}

#[test]
fn a_pair_is_bound_by_its_public_half_and_a_mac_key_by_its_fingerprint() {
    let signer = SoftSigner::new(Scheme::EcdsaP256);
    let mut pair = predicate("a");
    (pair.key_type, pair.purpose, pair.check) = ("ec-p256".into(), "sign".into(), None);
    let spki_sha256 = sha256_hex(signer.spki());
    pair.public = Some(PublicHalf { spki_sha256: spki_sha256.clone(), jwk_thumbprint: None, spki_pem: signer.pem() });
    let statement = Statement::new(pair.clone()).unwrap();
    assert_eq!(statement.subject[0].digest, [("sha256".to_owned(), spki_sha256)].into());

    let broken = |change: fn(&mut PublicHalf)| {
        let mut pair = pair.clone();
        change(pair.public.as_mut().unwrap());
        Statement::new(pair)
    };
    let member = |name| Err(StatementError::Member(name));
    assert_eq!(broken(|p| p.jwk_thumbprint = Some("A".repeat(43))), member("public.jwkThumbprint"));
    assert_eq!(broken(|p| p.spki_pem.insert_str(0, "\u{1b}[2J")), member("public.spkiPem"));
    assert_eq!(broken(|p| p.spki_pem = p.spki_pem.repeat(2)), Err(StatementError::SubjectDigest));
    let other_type = KeyVersionPredicate { key_type: "ec-p384".into(), ..pair.clone() };
    assert_eq!(Statement::new(other_type), Err(StatementError::KeyType));

    pair.public.as_mut().unwrap().spki_pem = SoftSigner::new(Scheme::EcdsaP256).pem();
    assert_eq!(Statement::new(pair.clone()), Err(StatementError::SubjectDigest));
    pair.public = None;
    assert_eq!(Statement::new(pair), Err(StatementError::Binding));

    let mut mac = predicate("a");
    (mac.key_type, mac.purpose) = ("hmac-sha256".into(), "mac".into());
    mac.fingerprint = Some(Fingerprint { method: "byok-hmac-v1".into(), value: sha256_hex(b"prf") });
    let statement = Statement::new(mac.clone()).unwrap();
    assert_eq!(statement.subject[0].digest, [(FINGERPRINT_DIGEST.to_owned(), sha256_hex(b"prf"))].into());
    mac.fingerprint.as_mut().unwrap().method = "byok-cmac-v1".into();
    assert_eq!(Statement::new(mac), Err(StatementError::Member("fingerprint.method")));
}

/// Every row breaks one thing; the check names it.
#[test]
fn every_inconsistency_is_named() {
    type Row = (fn(&mut Statement), StatementError);
    let member = StatementError::Member;
    let rows: Vec<Row> = vec![
        (|s| s.type_.push('x'), StatementError::Type(format!("{STATEMENT_TYPE}x"))),
        (
            |s| s.predicate_type = "urn:byok:key-version:v2".into(),
            StatementError::Type("urn:byok:key-version:v2".into()),
        ),
        (|s| s.subject.push(s.subject[0].clone()), StatementError::SubjectName),
        (|s| s.subject.clear(), StatementError::SubjectName),
        (|s| s.subject[0].name = "payments/kek@2".into(), StatementError::SubjectName),
        (|s| s.predicate.key_name = "other".into(), StatementError::SubjectName),
        (|s| s.subject[0].digest = [("sha256".into(), sha256_hex(b""))].into(), StatementError::SubjectDigest),
        (|s| _ = s.subject[0].digest.insert("sha512".into(), String::new()), StatementError::SubjectDigest),
        (|s| s.predicate.descriptor = None, StatementError::SubjectDigest),
        (|s| s.predicate.custody.token_serial.push('0'), StatementError::Descriptor),
        (|s| s.predicate.key_type = "aes-128".into(), StatementError::Descriptor),
        (|s| s.predicate.key_type = "AES-256".into(), member("keyType")),
        (|s| s.predicate.purpose = "sign".into(), member("purpose")),
        (|s| s.predicate.revision = 1, StatementError::Revision { revision: 1, has_previous: true }),
        (|s| s.predicate.revision = 0, StatementError::Revision { revision: 0, has_previous: true }),
        (|s| s.predicate.previous_manifest = None, StatementError::Revision { revision: 2, has_previous: false }),
        (|s| s.predicate.manifest_id.make_ascii_uppercase(), member("manifestId")),
        (|s| s.predicate.owner = Some("\u{1b}[31m".into()), member("owner")),
        (|s| s.predicate.origin.kind = "found".into(), member("origin.kind")),
        (|s| s.predicate.custody.object_id = "0".into(), StatementError::Descriptor),
        (|s| s.predicate.custody.assurance = "sworn".into(), member("custody.assurance")),
        (|s| s.predicate.signer.spki_sha256.clear(), member("signer.spkiSha256")),
        (|s| s.predicate.log_ref.entry_sha256.make_ascii_uppercase(), member("logRef.entrySha256")),
        (|s| s.predicate.wraps[0].plan = "host-kek".into(), StatementError::Exposure),
        (|s| s.predicate.wraps[0].plan = "magic".into(), member("wraps.plan")),
        (|s| s.predicate.wraps[0].method = "RSA_AES".into(), member("wraps.method")),
        (|s| s.predicate.wraps[0].method = "rsa-oaep-sha256".into(), member("wraps.method")),
        (|s| s.predicate.wraps[0].plan = "direct-oaep".into(), member("wraps.method")),
        (
            |s| s.predicate.wraps[0].wrapping_key.authenticated_by = "yes".into(),
            member("wraps.wrappingKey.authenticatedBy"),
        ),
        (|s| s.predicate.wraps[0].files.clear(), member("wraps.files")),
        (|s| s.predicate.wraps[0].files[1].name = "../x".into(), StatementError::File("../x".into())),
        (
            |s| s.predicate.wraps[0].files[1].name = "ciphertext.b64".into(),
            StatementError::File("ciphertext.b64".into()),
        ),
        (|s| s.predicate.wraps[0].files[1].name = "bundle.json".into(), StatementError::File("bundle.json".into())),
        (|s| s.predicate.wraps[0].files[1].sha256.clear(), member("files.sha256")),
    ];
    for (index, (break_it, error)) in rows.into_iter().enumerate() {
        let mut statement = with_wrap();
        assert_eq!(statement.check(), Ok(()));
        break_it(&mut statement);
        assert_eq!(statement.check(), Err(error), "row {index}");
    }
}

#[test]
fn a_wrap_never_shows_more_than_the_manifest_admits() {
    let mut statement = with_wrap();
    statement.predicate.wraps[0].plan = "host-kek".into();
    statement.predicate.wraps[0].exposure = Exposure::EphemeralKek;
    assert_eq!(statement.check(), Err(StatementError::Exposure));
    statement.predicate.exposure_ever = Exposure::Plaintext;
    assert_eq!(statement.check(), Ok(()));
}

#[test]
fn verified_is_said_of_a_key_that_was_seen_and_recognised() {
    use ContentProof::{CheckValue, Fingerprint, KnownAnswer, PublicKey};
    for (plan, proof, said) in [
        ("token-kek", &[][..], Some(PROBE)),
        ("token-kek", &[KnownAnswer], None),
        ("host-plaintext", &[], Some(PROBE)),
        ("host-plaintext", &[CheckValue], Some(PROBE)),
        ("host-plaintext", &[KnownAnswer], Some(VERIFIED)),
        ("host-plaintext", &[Fingerprint, KnownAnswer, CheckValue], Some(VERIFIED)),
        ("host-plaintext", &[KnownAnswer, Fingerprint], None),
        ("host-plaintext", &[KnownAnswer, KnownAnswer], None),
        ("host-plaintext", &[PublicKey], None),
    ] {
        for assurance in [PROBE, VERIFIED, "attested"] {
            let mut statement = with_wrap();
            statement.predicate.exposure_ever = Exposure::Plaintext;
            let wrap = &mut statement.predicate.wraps[0];
            wrap.plan = plan.into();
            wrap.exposure = if plan == "token-kek" { Exposure::None } else { Exposure::Plaintext };
            wrap.content_proof = proof.to_vec();
            wrap.content_assurance = assurance.into();
            assert_eq!(statement.check().is_ok(), said == Some(assurance), "{plan} {proof:?} {assurance}");
        }
    }
}

/// The same payload type without the checks: an honest key that signs nonsense.
struct Unchecked(Statement);
impl Payload for Unchecked {
    const TYPE: &'static str = Statement::TYPE;
    fn to_payload(&self) -> Result<Vec<u8>, PayloadError> {
        Ok(serde_json::to_vec(&self.0).unwrap())
    }
    fn from_payload(_: &[u8]) -> Result<Self, PayloadError> {
        unreachable!("only signed here")
    }
}

#[test]
fn an_inconsistent_statement_is_neither_signed_nor_read() {
    let signer = SoftSigner::new(Scheme::Ed25519);
    let mut bad = statement();
    bad.subject[0].name = "other@1".into();
    let error = Signed::sign(bad.clone(), &signer).unwrap_err();
    assert!(matches!(error, SealError::Payload(PayloadError::Invalid(_))));
    let envelope = Signed::sign(Unchecked(bad), &signer).unwrap().to_json();
    let trust = Trust::from_spki(signer.spki()).unwrap();
    let error = Signed::<Statement>::verify(&envelope, &trust).unwrap_err();
    assert!(matches!(error, EnvelopeError::Payload(PayloadError::Invalid(_))), "{error}");
}

#[test]
fn unknown_members_are_ignored_and_repeated_ones_refused() {
    let json = String::from_utf8(with_wrap().to_payload().unwrap()).unwrap();
    let later = json.replacen(r#""revision":2"#, r#""revision":2,"later":{"a":1}"#, 1);
    assert_eq!(Statement::from_payload(later.as_bytes()).unwrap(), with_wrap());
    for (from, to) in [
        (r#""tier":"gold""#, r#""tier":"iron","tier":"gold""#),
        (r#""revision":2"#, r#""revision":2,"later":1,"later":2"#),
        (r#""_type":"#, r#""_type":"x","_type":"#),
    ] {
        let twice = json.replacen(from, to, 1);
        assert_ne!(twice, json);
        assert!(matches!(Statement::from_payload(twice.as_bytes()), Err(PayloadError::Json(_))), "{to}");
    }
}
