//! What providers answer about imported keys: read as documented, and refused when it is about something else.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use byok::format::spki::PublicKey;
use byok::key::spec::Curve;
use byok::provider::{ChallengeError, Confirmation, ConfirmationRequest, ImportFile, find};
use serde_json::{Value, json};

const ARN: &str = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const VERSION: &str = "projects/acme-prod/locations/europe-west3/keyRings/ring/cryptoKeys/web-tls/cryptoKeyVersions/3";
const KID: &str = "https://acme.vault.azure.net/keys/web-tls/0123456789abcdef0123456789abcdef";

fn read(provider: &str, files: &[Value], target: Option<&str>) -> Result<Confirmation, ChallengeError> {
    let file = |value: &Value| {
        // A text stands for a file that is no JSON.
        let bytes = value.as_str().map_or_else(|| value.to_string().into_bytes(), |text| text.as_bytes().to_vec());
        ImportFile { name: "answer".to_owned(), bytes }
    };
    let files: Vec<ImportFile> = files.iter().map(file).collect();
    find(provider).unwrap().read_confirmation.unwrap()(&ConfirmationRequest { files: &files, target })
}

/// The base point of P-256 (FIPS 186-4 appendix D.1.2.3): a public key that everybody has.
fn point() -> (Vec<u8>, Vec<u8>, PublicKey) {
    let x = hex::decode("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296").unwrap();
    let y = hex::decode("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5").unwrap();
    let key = PublicKey::ec(Curve::P256, &[x.clone(), y.clone()].concat()).unwrap();
    (x, y, key)
}

fn changed(answer: &Value, path: &str, value: Value) -> Value {
    let mut answer = answer.clone();
    *answer.pointer_mut(path).unwrap() = value;
    answer
}

fn why(result: Result<Confirmation, ChallengeError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn aws() {
    let (_, _, key) = point();
    let describe = json!({"KeyMetadata": {"AWSAccountId": "111122223333", "Arn": ARN, "Enabled": true,
        "KeyId": "1234abcd-12ab-34cd-56ef-1234567890ab", "KeySpec": "ECC_NIST_P256", "KeyState": "Enabled",
        "KeyUsage": "SIGN_VERIFY", "Origin": "EXTERNAL"}});
    let public = json!({"KeyId": ARN, "KeySpec": "ECC_NIST_P256", "PublicKey": STANDARD.encode(key.der())});
    let found = read("aws-kms", &[public.clone(), describe.clone()], Some(ARN)).unwrap();
    assert_eq!((found.public, found.is_target, found.state.as_str()), (Some(key), Some(true), "Enabled"));
    assert_eq!((found.account.as_deref(), found.resource.as_str()), (Some("111122223333"), ARN));
    let alone = read("aws-kms", std::slice::from_ref(&describe), Some("1234abcd-12ab-34cd-56ef-1234567890ff")).unwrap();
    assert_eq!((alone.public, alone.is_target), (None, Some(false)));
    for (path, value, expected) in [
        ("/KeyMetadata/KeyState", json!("PendingImport"), "KeyState is PendingImport"),
        ("/KeyMetadata/KeyState", json!("\u{1b}[2J"), "KeyState is \\u{1b}[2J"),
        ("/KeyMetadata/Origin", json!("AWS_KMS"), "Origin is AWS_KMS; an imported key has EXTERNAL"),
        ("/KeyMetadata/Arn", json!("alias/x"), "Arn is alias/x"),
    ] {
        let said = why(read("aws-kms", &[changed(&describe, path, value)], None));
        assert!(said.starts_with(expected), "{said}");
    }
    let other = changed(&public, "/KeyId", json!("1234abcd-12ab-34cd-56ef-1234567890ff"));
    assert!(why(read("aws-kms", &[describe.clone(), other], None)).contains("the other file is about another key"));
    assert!(why(read("aws-kms", &[describe.clone(), describe], None)).contains("two files"));
    assert!(why(read("aws-kms", &[public], None)).contains("describe-key"));
    assert!(why(read("aws-kms", &[json!("An error occurred")], None)).contains("no JSON"));
}

#[test]
fn azure() {
    let (x, y, key) = point();
    let az = json!({"attributes": {"enabled": true}, "key": {"crv": "P-256", "kid": KID, "kty": "EC-HSM",
        "keyOps": ["sign", "verify"], "x": STANDARD.encode(&x), "y": STANDARD.encode(&y)}});
    let api = json!({"attributes": {"enabled": true}, "key": {"crv": "P-256", "kid": KID, "kty": "EC-HSM",
        "key_ops": ["sign"], "x": URL_SAFE_NO_PAD.encode(&x), "y": URL_SAFE_NO_PAD.encode(&y)}});
    for answer in [&az, &api] {
        let found = read("azure-key-vault", std::slice::from_ref(answer), Some("web-tls")).unwrap();
        assert_eq!((found.public.as_ref(), found.is_target), (Some(&key), Some(true)));
        assert_eq!(found.account.as_deref(), Some("acme.vault.azure.net"));
        assert_eq!(found.key_version.as_deref(), Some("0123456789abcdef0123456789abcdef"));
    }
    let hsm = "https://acme.managedhsm.azure.net/keys/kek/0123456789abcdef0123456789abcdef";
    let secret = json!({"attributes": {"enabled": true}, "key": {"kid": hsm, "kty": "oct-HSM"}});
    let found = read("azure-managed-hsm", std::slice::from_ref(&secret), Some("kek")).unwrap();
    assert_eq!((found.algorithm.as_str(), found.public), ("oct-HSM", None));
    for (path, value, expected) in [
        ("/attributes/enabled", json!(false), "attributes.enabled is false"),
        ("/attributes/enabled", json!("yes"), "attributes.enabled is neither true nor false"),
        ("/key/kty", json!("EC"), "key.kty is EC; an imported key is in an HSM"),
        ("/key/x", json!("AAAA"), "key.x and key.y are not as long as coordinates"),
        ("/key/kid", json!("https://evil.example/keys/a"), "key.kid is"),
        ("/key/kid", json!(hsm), "key.kid is"),
    ] {
        let said = why(read("azure-key-vault", &[changed(&az, path, value)], None));
        assert!(said.starts_with(expected), "{said}");
    }
    assert!(why(read("azure-key-vault", &[json!({"value": []})], None)).contains("az keyvault key show"));
}

#[test]
fn google() {
    let (_, _, key) = point();
    let describe = json!({"name": VERSION, "state": "ENABLED", "algorithm": "EC_SIGN_P256_SHA256",
        "protectionLevel": "HSM", "importJob": "projects/acme-prod/locations/europe-west3/keyRings/ring/importJobs/j"});
    let target = "projects/acme-prod/locations/europe-west3/keyRings/ring/cryptoKeys/web-tls";
    for public in [json!(key.to_pem()), json!({"name": VERSION, "pem": key.to_pem(), "algorithm": "x"})] {
        let found = read("google-cloud-kms", &[describe.clone(), public], Some(target)).unwrap();
        assert_eq!((found.public.as_ref(), found.is_target), (Some(&key), Some(true)));
        assert_eq!(found.algorithm, "ec-sign-p256-sha256");
        assert_eq!((found.account.as_deref(), found.key_version.as_deref()), (Some("acme-prod"), Some("3")));
    }
    for (path, value, expected) in [
        ("/state", json!("PENDING_IMPORT"), "state is PENDING_IMPORT"),
        ("/importJob", Value::Null, "importJob is missing: the key was made there"),
        ("/name", json!("projects/x"), "name is projects/x"),
        ("/name", json!(VERSION.replace("Versions/3", "Versions/x")), "name is"),
    ] {
        let said = why(read("google-cloud-kms", &[changed(&describe, path, value)], None));
        assert!(said.starts_with(expected), "{said}");
    }
    let other = json!({"name": VERSION.replace('3', "4"), "pem": key.to_pem()});
    assert!(why(read("google-cloud-kms", &[describe.clone(), other], None)).contains("another key version"));
    let twice = [describe, json!(key.to_pem()), json!(key.to_pem())];
    assert!(why(read("google-cloud-kms", &twice, None)).contains("several files have a public key"));
}

#[test]
fn openbao() {
    let (_, _, key) = point();
    let answer = json!({"data": {"name": "kek", "type": "ecdsa-p256", "imported_key": true, "latest_version": 2,
        "keys": {"1": {}, "2": {"public_key": key.to_pem()}}}});
    let found = read("openbao", std::slice::from_ref(&answer), Some("kek")).unwrap();
    assert_eq!((found.public, found.key_version.as_deref()), (Some(key), Some("2")));
    for (path, value, expected) in [
        ("/data/imported_key", json!(false), "data.imported_key is not true"),
        ("/data/latest_version", json!(3), "data.keys lacks the latest version"),
        ("/data/latest_version", json!(0), "data.latest_version is no version"),
        ("/data/latest_version", json!(u64::MAX), "data.latest_version is no version"),
        ("/data/name", json!("a b"), "data.name is"),
        ("/data/keys/2/public_key", json!("AAAA"), "data.keys.public_key is neither PEM"),
    ] {
        let said = why(read("openbao", &[changed(&answer, path, value)], None));
        assert!(said.starts_with(expected), "{said}");
    }
    // An HMAC key shows no `keys`, and no nonsense either.
    for (latest, good) in [(0, false), (1, true), (1_u64 << 31, true), ((1 << 31) + 1, false), (u64::MAX, false)] {
        let hmac = json!({"data": {"name": "kek", "type": "hmac", "imported_key": true, "latest_version": latest}});
        assert_eq!(read("openbao", &[hmac], None).is_ok(), good, "{latest}");
    }
    assert!(why(read("openbao", &[json!({"errors": ["permission denied"]})], None)).contains("permission denied"));
    assert!(why(read("openbao", &[answer.clone(), answer], None)).contains("one answer says all"));
}

/// No cut and no changed byte of any answer panics.
#[test]
fn damaged_answers_are_refused() {
    let text = json!({"data": {"name": "kek", "type": "hmac", "imported_key": true, "latest_version": 1}}).to_string();
    for provider in ["aws-kms", "azure-key-vault", "azure-managed-hsm", "google-cloud-kms", "openbao"] {
        for end in 0..text.len() {
            let bytes = text.as_bytes()[..end].to_vec();
            let files = [ImportFile { name: "answer".to_owned(), bytes }];
            let request = ConfirmationRequest { files: &files, target: None };
            assert!(find(provider).unwrap().read_confirmation.unwrap()(&request).is_err(), "{provider} {end}");
        }
    }
}
