//! Google Cloud KMS: import jobs in every state and shape, resource names, methods.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use byok::format::wrapping_key::WrappingKeyError;
use byok::key::method::WrapMethod;
use byok::key::spec::{AesBits, Curve, HashAlg, KeySpec, Purpose, RsaBits};
use byok::provider::{
    Challenge, ChallengeError, Destination, DestinationError, DestinationRequest, Handout, MethodError, Options,
    Provider, accept_for, find, methods,
};
use byok::wrap::length::kwp_part;
use serde_json::{Value, json};

use crate::answers::{GOOGLE_JOB, alone, google, key_4096, pem};

const AES: KeySpec = KeySpec::Aes(AesBits::B256);
const KEY: &str = "projects/my-project/locations/europe-west3/keyRings/ring/cryptoKeys/kek";

fn provider() -> &'static Provider {
    find("google-cloud-kms").unwrap()
}

fn read(handout: &Handout) -> Result<Challenge, ChallengeError> {
    (provider().read_challenge)(handout)
}

fn read_json(answer: &Value) -> Result<Challenge, ChallengeError> {
    read(&alone(answer.to_string().as_bytes()))
}

/// The answer with one member exchanged; `Value::Null` takes it out.
fn with(member: &str, value: Value) -> Value {
    let mut answer = google(&key_4096());
    let members = answer.as_object_mut().unwrap();
    if value.is_null() {
        members.remove(member);
    } else {
        members.insert(member.to_owned(), value);
    }
    answer
}

fn with_job(bytes: &[u8], job: &str) -> Handout {
    Handout { import_job: Some(job.to_owned()), ..alone(bytes) }
}

fn resolve(name: &str, target: Option<&str>) -> Result<Destination, DestinationError> {
    let options = Options { target: target.map(str::to_owned), ..Options::default() };
    let (name, now) = (name.parse().unwrap(), "2026-11-22T12:00:00Z".parse().unwrap());
    let challenge = read_json(&google(&key_4096())).unwrap();
    (provider().destination)(&DestinationRequest { name: &name, options: &options, challenge: &challenge, now })
}

#[test]
fn both_forms_of_the_key_are_the_same_key() {
    let vector: Value =
        serde_json::from_str(include_str!("../vectors/wrapping-keys/azure-key-vault.rest.json")).unwrap();
    let other = byok::format::wrapping_key::read(vector.to_string().as_bytes()).unwrap().spki;
    for (data, good) in [(key_4096(), true), (pem(&key_4096()).into_bytes(), true), (other, false)] {
        let both = json!({ "pem": pem(&key_4096()), "data": STANDARD.encode(data) });
        assert_eq!(read_json(&with("publicKey", both)).is_ok(), good);
    }
}

#[test]
fn an_active_job_says_everything() {
    let read = read_json(&google(&key_4096())).unwrap();
    assert_eq!(read.recognised, "JSON publicKey.pem: PEM public key");
    assert_eq!(read.spki, key_4096());
    assert_eq!(read.resource.as_deref(), Some(GOOGLE_JOB));
    assert_eq!(read.expires_at, Some("2026-11-25T10:00:00.123456789Z".parse().unwrap()));
    assert_eq!(read.method, Some(WrapMethod::RsaAesKwp(HashAlg::Sha256)));
    assert!(read.attachments.is_empty());
}

#[test]
fn der_in_either_alphabet_is_read_where_pem_is_missing() {
    let der = key_4096();
    for data in [STANDARD.encode(&der), URL_SAFE.encode(&der)] {
        let answer = with("publicKey", json!({ "data": data }));
        let read = read_json(&answer).unwrap();
        assert_eq!(
            (read.recognised.as_str(), read.spki),
            ("JSON publicKey.data: base64 of DER public key", der.clone())
        );
    }
}

#[test]
fn a_job_that_is_not_active_is_not_ready_and_says_the_way_out() {
    for (state, way_out) in [("PENDING_GENERATION", "describe it again"), ("EXPIRED", "gcloud kms import-jobs create")]
    {
        match read_json(&with("state", json!(state))) {
            Err(ChallengeError::NotReady(text)) => assert!(text.contains(state) && text.contains(way_out), "{text}"),
            other => panic!("{other:?}"),
        }
    }
    assert!(matches!(read_json(&with("publicKey", Value::Null)), Err(ChallengeError::NotReady(_))));
    for bad in [json!("active"), json!("PAUSED\u{1b}[2J"), Value::Null, json!(7)] {
        let error = read_json(&with("state", bad)).unwrap_err();
        assert!(matches!(error, ChallengeError::Member { member: "state", .. }), "{error}");
        assert!(!error.to_string().contains(char::is_control));
    }
}

#[test]
fn members_that_break_a_rule_are_named() {
    for (member, value, rule) in [
        ("name", json!("job-1"), "name is job-1; an import job is named projects/"),
        ("name", json!(GOOGLE_JOB.replace("importJobs", "cryptoKeys")), "an import job is named"),
        ("name", json!(format!("{GOOGLE_JOB}'; touch pwned")), "an import job is named"),
        ("name", Value::Null, "name is missing"),
        ("importMethod", Value::Null, "importMethod is missing"),
        ("importMethod", json!("RSA_OAEP_8192_SHA256"), "byok does not know this method"),
        ("importMethod", json!("HPKE_KEM_XWING_HKDF_SHA256_AES_256_GCM"), "is HPKE_KEM_XWING_HKDF_SHA256_AES_256_GCM"),
        ("importMethod", json!("RSA_OAEP_3072_SHA256"), "importMethod says 3072 bits, and publicKey has 4096"),
        ("publicKey", json!("-----BEGIN"), "publicKey is not an object"),
        ("publicKey", json!({}), "publicKey has neither pem nor data"),
        ("publicKey", json!({ "pem": "QUJD" }), "publicKey.pem is not PEM"),
        ("publicKey", json!({ "data": "{}" }), "publicKey.data is not base64"),
        ("expireTime", json!("soon"), "expireTime is soon; a time with its offset is expected"),
        ("expireTime", json!(7), "expireTime is not text"),
        ("expireTime", Value::Null, "expireTime is missing"),
    ] {
        let error = read_json(&with(member, value.clone())).unwrap_err();
        assert!(matches!(error, ChallengeError::Member { .. }), "{member} {value} {error}");
        assert!(error.to_string().contains(rule), "{error}");
    }
    let ended = with("expireEventTime", json!("2026-11-21T10:00:00Z"));
    assert!(matches!(read_json(&ended), Err(ChallengeError::NotReady(said)) if said.contains("2026-11-21")));
    let hsm = read_json(&with("protectionLevel", json!("HSM"))).unwrap();
    let software = read_json(&with("protectionLevel", json!("SOFTWARE"))).unwrap();
    assert!(hsm.caution.is_none() && software.caution.is_some_and(|said| said.contains("not in an HSM")));
    let private = with("publicKey", json!({ "pem": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----" }));
    assert!(matches!(read_json(&private), Err(ChallengeError::Key(WrappingKeyError::PrivateKey(_)))));
    let small = with("publicKey", json!({ "pem": include_str!("../vectors/wrapping-keys/rsa-2048.spki.pem") }));
    assert!(matches!(read_json(&small), Err(ChallengeError::Size { found: 2048, .. })));
}

#[test]
fn other_answers_are_named() {
    let yaml =
        format!("importMethod: RSA_OAEP_4096_SHA256\nname: {GOOGLE_JOB}\npublicKey:\n  pem: |\n{}", pem(&key_4096()));
    for (text, expected) in [
        (
            "ERROR: (gcloud.kms.import-jobs.describe) NOT_FOUND: no\u{1b}[2J".to_owned(),
            "error answer of the provider: ERROR: (gcloud.kms.import-jobs.describe)",
        ),
        (json!({ "error": { "code": 403, "message": "denied\u{1b}" } }).to_string(), "of the provider: denied\\u{1b}"),
        (json!([google(&key_4096())]).to_string(), "it is a list"),
        (json!({ "pem": pem(&key_4096()), "algorithm": "EC_SIGN_P256_SHA256" }).to_string(), "about a key version"),
        (yaml, "it is YAML; describe the job with --format json"),
    ] {
        let message = read(&alone(text.as_bytes())).unwrap_err().to_string();
        assert!(message.contains(expected) && !message.contains(char::is_control), "{message}");
    }
}

#[test]
fn a_bare_key_needs_its_job_in_full() {
    let text = pem(&key_4096());
    let bare = read(&with_job(text.as_bytes(), GOOGLE_JOB)).unwrap();
    assert_eq!((bare.resource.as_deref(), bare.method, bare.expires_at), (Some(GOOGLE_JOB), None, None));
    let missing = ChallengeError::Missing { what: "its import job", option: "--import-job" };
    assert_eq!(read(&alone(text.as_bytes())), Err(missing));
    let short = read(&with_job(text.as_bytes(), "job-1")).unwrap_err();
    assert_eq!(short.to_string(), "--import-job names no project, location and key ring");
    let bad = read(&with_job(text.as_bytes(), "jobs/job-1")).unwrap_err();
    assert!(matches!(bad, ChallengeError::Member { member: "--import-job", .. }), "{bad}");
}

#[test]
fn a_typed_job_must_be_the_one_of_the_answer() {
    let answer = google(&key_4096()).to_string();
    for same in [GOOGLE_JOB, "job-1"] {
        assert!(read(&with_job(answer.as_bytes(), same)).is_ok());
    }
    for other in ["job-2", &GOOGLE_JOB.replace("my-project", "your-project")] {
        let error = read(&with_job(answer.as_bytes(), other)).unwrap_err();
        assert!(matches!(error, ChallengeError::Contradiction { option: "--import-job", .. }), "{error}");
    }
}

#[test]
fn the_target_stands_in_the_key_ring_of_the_job() {
    for (name, target) in [("kek", None), ("payments/kek", Some("kek")), ("payments/kek", Some(KEY))] {
        assert_eq!(resolve(name, target).unwrap().target(), Some(KEY));
    }
    for (own, other) in [("my-project", "your-project"), ("europe-west3", "global"), ("/ring/", "/ring2/")] {
        let error = resolve("kek", Some(&KEY.replace(own, other))).unwrap_err();
        assert!(matches!(error, DestinationError::Contradiction { option: "--target", .. }), "{error}");
    }
    match resolve("payments/kek", None) {
        Err(DestinationError::TargetMissing { proposal, .. }) => assert_eq!(proposal, "payments-kek"),
        other => panic!("{other:?}"),
    }
    let version = format!("{KEY}/cryptoKeyVersions/1");
    for bad in ["", "-x", "a b", "a.b", "a/b", GOOGLE_JOB, &version, &"a".repeat(64)] {
        assert!(matches!(resolve("kek", Some(bad)), Err(DestinationError::Grammar { .. })), "{bad:?}");
    }
}

#[test]
fn the_answer_names_the_method_and_the_typed_one_must_agree() {
    let row = accept_for(provider(), AES, Purpose::Encrypt).unwrap();
    let answer = read_json(&google(&key_4096())).unwrap();
    let own = Ok(vec![WrapMethod::RsaAesKwp(HashAlg::Sha256)]);
    for typed in
        [None, Some("RSA_OAEP_4096_SHA256_AES_256"), Some("rsa-oaep-4096-sha256-aes-256"), Some("rsa-aes-sha256")]
    {
        assert_eq!(methods::choose(provider(), row, typed, &answer), own);
    }
    let other = methods::choose(provider(), row, Some("RSA_OAEP_4096_SHA256"), &answer);
    assert!(matches!(other, Err(MethodError::Contradiction { .. })), "{other:?}");
    for size in ["RSA_OAEP_3072_SHA256_AES_256", "rsa-oaep-3072-sha256-aes-256"] {
        let refusal = methods::choose(provider(), row, Some(size), &answer);
        assert!(matches!(refusal, Err(MethodError::Size { said: 3072, found: 4096, .. })), "{refusal:?}");
    }
}

#[test]
fn a_bare_key_needs_its_method_and_is_offered_those_of_its_size() {
    let bare = read(&with_job(&key_4096(), GOOGLE_JOB)).unwrap();
    match methods::choose(provider(), accept_for(provider(), AES, Purpose::Encrypt).unwrap(), None, &bare) {
        Err(MethodError::Required { choices, .. }) => {
            let all = ["RSA_OAEP_4096_SHA256", "RSA_OAEP_4096_SHA1_AES_256", "RSA_OAEP_4096_SHA256_AES_256"];
            assert_eq!(choices, all);
        }
        other => panic!("{other:?}"),
    }
    let rsa = accept_for(provider(), KeySpec::Rsa(RsaBits::B2048), Purpose::Sign).unwrap();
    let direct = methods::choose(provider(), rsa, Some("RSA_OAEP_4096_SHA256"), &bare);
    assert!(matches!(direct, Err(MethodError::NotTaken { .. })), "{direct:?}");
    assert!(accept_for(provider(), KeySpec::Ec(Curve::P521), Purpose::Sign).is_err());
}

#[test]
fn spellings_under_3072_bits_say_so() {
    let google = provider();
    let method = WrapMethod::RsaAesKwp(HashAlg::Sha1);
    assert_eq!(google.spelling_under(method, Some(3072)), "RSA_OAEP_3072_SHA1_AES_256");
    assert_eq!(google.spelling_under(method, Some(4096)), "RSA_OAEP_4096_SHA1_AES_256");
    assert_eq!(google.spelled_bits("rsa-aes-sha256"), None);
    assert_eq!(find("aws-kms").unwrap().spelled_bits("RSAES_OAEP_SHA_256"), None);
}

/// gcloud reads at most 64 KiB.
#[test]
fn no_blob_is_longer_than_the_client_takes() {
    for row in provider().accepts {
        assert!(512 + kwp_part(row.spec).end() <= 65536, "{}", row.spec);
    }
}
