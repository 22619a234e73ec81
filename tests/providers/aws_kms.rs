//! AWS KMS: its answer in every shape, its key ids, its commands.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use byok::key::method::WrapMethod;
use byok::key::spec::{Curve, HashAlg, KeySpec, Purpose, RsaBits};
use byok::provider::{
    Challenge, ChallengeError, Destination, DestinationError, DestinationRequest, Handout, MethodError, Options,
    Provider, accept_for, find, methods,
};
use byok::wrap::length::kwp_part;
use serde_json::{Value, json};

use crate::answers::{AWS_KEY, alone, aws, file, key_4096, pem};

const NOW: &str = "2026-11-22T12:00:00Z";
const KEY_ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

fn provider() -> &'static Provider {
    find("aws-kms").unwrap()
}

fn read(handout: &Handout) -> Result<Challenge, ChallengeError> {
    (provider().read_challenge)(handout)
}

fn read_json(answer: &Value) -> Result<Challenge, ChallengeError> {
    read(&alone(answer.to_string().as_bytes()))
}

/// The answer with one member exchanged; `Value::Null` takes it out.
fn with(member: &str, value: Value) -> Value {
    let mut answer = aws(&key_4096());
    let members = answer.as_object_mut().unwrap();
    if value.is_null() {
        members.remove(member);
    } else {
        members.insert(member.to_owned(), value);
    }
    answer
}

fn with_token(bytes: &[u8], token: &[u8]) -> Handout {
    Handout { import_token: Some(file(token)), ..alone(bytes) }
}

fn resolve(options: &Options, challenge: &Challenge) -> Result<Destination, DestinationError> {
    let (name, now) = ("payments/kek".parse().unwrap(), NOW.parse().unwrap());
    (provider().destination)(&DestinationRequest { name: &name, options, challenge, now })
}

fn target(text: &str) -> Options {
    Options { target: Some(text.to_owned()), ..Options::default() }
}

#[test]
fn the_whole_answer_says_everything() {
    let read = read_json(&aws(&key_4096())).unwrap();
    assert_eq!(read.recognised, "JSON PublicKey: base64 of DER public key");
    assert_eq!(read.spki, key_4096());
    assert_eq!(read.resource.as_deref(), Some(AWS_KEY));
    assert_eq!(read.expires_at, Some("2026-11-23T12:00:00.227Z".parse().unwrap()));
    assert_eq!(read.attachments, [("ImportToken.bin".to_owned(), vec![0x7e; 1200])]);
    assert_eq!(read.method, None);
}

#[test]
fn the_end_is_a_time_or_seconds() {
    for (value, end) in [
        (json!("2026-11-23T12:00:00Z"), "2026-11-23T12:00:00Z"),
        (json!("2026-11-23T12:00:00+00:00"), "2026-11-23T12:00:00Z"),
        (json!(1_795_435_200), "2026-11-23T12:00:00Z"),
        (json!(1_795_435_200.5), "2026-11-23T12:00:00.5Z"),
    ] {
        let read = read_json(&with("ParametersValidTo", value)).unwrap();
        assert_eq!(read.expires_at, Some(end.parse().unwrap()));
    }
    for bad in [json!("tomorrow"), json!("2026-11-23T12:00:00"), json!(1e300), json!(-1e300), json!([]), Value::Null] {
        let error = read_json(&with("ParametersValidTo", bad.clone())).unwrap_err();
        assert!(matches!(error, ChallengeError::Member { member: "ParametersValidTo", .. }), "{bad} {error}");
    }
}

#[test]
fn a_byte_order_mark_and_white_space_do_not_matter() {
    let text = format!("\u{feff}\r\n{}\r\n", aws(&key_4096()));
    assert_eq!(read(&alone(text.as_bytes())).unwrap().resource.as_deref(), Some(AWS_KEY));
}

#[test]
fn tokens_have_their_length() {
    for (bytes, good) in [(0, false), (1, true), (6144, true), (6145, false)] {
        let base64 = STANDARD.encode(vec![7; bytes]);
        assert_eq!(read_json(&with("ImportToken", json!(base64))).is_ok(), good, "{bytes}");
        let pem = pem(&key_4096());
        assert_eq!(read(&with_token(pem.as_bytes(), &vec![7; bytes])).is_ok(), good, "{bytes}");
    }
    for bad in [json!("not base64"), json!("QUJ"), json!(7)] {
        let error = read_json(&with("ImportToken", bad.clone())).unwrap_err();
        assert!(matches!(error, ChallengeError::Member { member: "ImportToken", .. }), "{bad}");
    }
}

#[test]
fn a_key_in_any_form_takes_the_token_from_a_file() {
    let (der, token) = (key_4096(), [0u8, 0xff, 0x30, 7]);
    let base64 = STANDARD.encode(&der);
    for key in [der.clone(), pem(&der).into_bytes(), base64.into_bytes()] {
        let lines = format!("{}\r\n", STANDARD.encode(token));
        for file in [&token[..], lines.as_bytes()] {
            let read = read(&with_token(&key, file)).unwrap();
            assert_eq!(read.attachments, [("ImportToken.bin".to_owned(), token.to_vec())]);
            assert_eq!((read.resource, read.expires_at), (None, None));
        }
        let missing = ChallengeError::Missing { what: "the import token", option: "--import-token" };
        assert_eq!(read(&alone(&key)), Err(missing));
    }
    for (text, rule) in [
        (&b"{\"ImportToken\":\"QUJD\"}"[..], "is JSON; the whole answer goes to --wrapping-key"),
        (b"hello, world", "is text, and not base64"),
        (b"-----BEGIN PUBLIC KEY-----\n", "is text, and not base64"),
        (b"", "has 0 bytes; AWS says 1 to 6144"),
    ] {
        let error = read(&with_token(&der, text)).unwrap_err();
        assert_eq!(error.to_string(), format!("--import-token {rule}"));
    }
}

#[test]
fn an_answer_and_a_token_file_must_say_the_same() {
    let text = aws(&key_4096()).to_string();
    assert!(read(&with_token(text.as_bytes(), &[0x7e; 1200])).is_err(), "text that is no base64");
    assert!(read(&with_token(text.as_bytes(), STANDARD.encode([0x7e; 1200]).as_bytes())).is_ok());
    let error = read(&with_token(text.as_bytes(), b"\0other")).unwrap_err();
    assert!(matches!(error, ChallengeError::Contradiction { option: "--import-token", .. }), "{error}");
    let bare = with("ImportToken", Value::Null).to_string();
    assert!(read(&with_token(bare.as_bytes(), b"\0token")).is_ok());
    assert!(matches!(read(&alone(bare.as_bytes())), Err(ChallengeError::Missing { .. })));
}

#[test]
fn other_answers_are_named() {
    let key = STANDARD.encode(key_4096());
    for (text, expected) in [
        (
            "\nAn error occurred (NotFoundException) when calling the GetParametersForImport operation: no\u{1b}[2J"
                .to_owned(),
            "error answer of the provider: An error occurred (NotFoundException)",
        ),
        (
            json!({ "__type": "AccessDeniedException", "Message": "no\u{1b}" }).to_string(),
            "error answer of the provider: AccessDeniedException: no\\u{1b}",
        ),
        (json!({ "KeyId": AWS_KEY, "PublicKey": key, "KeyUsage": "SIGN_VERIFY" }).to_string(), "from get-public-key"),
        (json!({ "KeyMetadata": { "KeyId": KEY_ID } }).to_string(), "it describes a key"),
        (json!([aws(&key_4096())]).to_string(), "it is a list"),
    ] {
        let message = read(&alone(text.as_bytes())).unwrap_err().to_string();
        assert!(message.contains(expected) && !message.contains(char::is_control), "{message}");
    }
}

#[test]
fn a_key_id_of_another_shape_is_refused() {
    for bad in ["alias/kek", "", "arn:aws:kms:eu-central-1:111122223333:key/x'; touch pwned; '", "a\u{1b}[2J"] {
        let error = read_json(&with("KeyId", json!(bad))).unwrap_err();
        assert!(matches!(error, ChallengeError::Member { member: "KeyId", .. }), "{error}");
        assert!(!error.to_string().contains(char::is_control));
    }
    assert_eq!(read_json(&with("KeyId", json!(KEY_ID))).unwrap().resource.as_deref(), Some(KEY_ID));
    assert!(read_json(&with("KeyId", Value::Null)).is_err());
}

#[test]
fn the_answer_names_the_target_and_the_target_must_agree() {
    let answer = read_json(&aws(&key_4096())).unwrap();
    for options in [Options::default(), target(AWS_KEY), target(KEY_ID)] {
        assert_eq!(resolve(&options, &answer).unwrap().target(), Some(AWS_KEY));
    }
    for other in [
        "1234abcd-12ab-34cd-56ef-1234567890ac".to_owned(),
        AWS_KEY.replace("eu-central-1", "eu-west-1"),
        AWS_KEY.replace("111122223333", "111122223334"),
        AWS_KEY.replace("arn:aws:", "arn:aws-cn:"),
    ] {
        let error = resolve(&target(&other), &answer).unwrap_err();
        assert!(matches!(error, DestinationError::Contradiction { option: "--target", .. }), "{error}");
    }
    for bad in ["alias/kek", "", "-x", "kek", "a\nb"] {
        assert!(matches!(resolve(&target(bad), &answer), Err(DestinationError::Grammar { .. })), "{bad:?}");
    }
}

/// A key beside the one of the answer, or in place of it: which of them was checked, nobody could say.
#[test]
fn no_other_key_stands_in_the_answer() {
    let other = crate::answers::azure(&key_4096(), crate::answers::AZURE_VAULT)["key"].take();
    let mut both = aws(&key_4096());
    for (name, value) in other.as_object().unwrap() {
        both[name] = value.clone();
    }
    let error = read_json(&both).unwrap_err();
    assert!(error.to_string().contains("more than one key"), "{error}");
    let mut hidden = with("PublicKey", Value::Null);
    hidden["more"] = json!({ "PublicKey": STANDARD.encode(key_4096()) });
    let error = read_json(&hidden).unwrap_err();
    assert!(matches!(error, ChallengeError::Member { member: "PublicKey", .. }), "{error}");
}

#[test]
fn the_place_that_was_typed_is_kept_when_the_answer_names_none() {
    let bare = read_json(&with("KeyId", json!(KEY_ID))).unwrap();
    assert_eq!(resolve(&target(AWS_KEY), &bare).unwrap().target(), Some(AWS_KEY));
    assert_eq!(resolve(&Options::default(), &bare).unwrap().target(), Some(KEY_ID));
}

#[test]
fn a_bare_key_needs_a_target() {
    let bare = read(&with_token(&key_4096(), b"\0token")).unwrap();
    assert!(matches!(resolve(&Options::default(), &bare), Err(DestinationError::TargetMissing { .. })));
    for id in [AWS_KEY, KEY_ID, "mrk-1234abcd12ab34cd56ef1234567890ab"] {
        assert_eq!(resolve(&target(id), &bare).unwrap().target(), Some(id));
    }
}

#[test]
fn material_ends_within_a_year() {
    let answer = read_json(&aws(&key_4096())).unwrap();
    let valid_to = |text: &str| Options { valid_to: Some(text.parse().unwrap()), ..Options::default() };
    assert_eq!(resolve(&Options::default(), &answer).unwrap().valid_to(), None);
    for good in ["2026-11-22T12:00:01Z", "2027-11-22T12:00:00Z"] {
        assert_eq!(resolve(&valid_to(good), &answer).unwrap().valid_to(), Some(good.parse().unwrap()));
    }
    for bad in ["2026-11-22T12:00:00Z", "2026-01-01T00:00:00Z", "2027-11-22T12:00:01Z", "9999-01-01T00:00:00Z"] {
        let error = resolve(&valid_to(bad), &answer).unwrap_err();
        assert!(matches!(error, DestinationError::Grammar { option: "--valid-to", .. }), "{error}");
    }
}

#[test]
fn the_method_must_be_named_in_either_spelling() {
    let answer = read_json(&aws(&key_4096())).unwrap();
    let choose = |spec, purpose, typed| {
        methods::choose(provider(), accept_for(provider(), spec, purpose).unwrap(), typed, &answer)
    };
    let aes = KeySpec::Aes(byok::key::spec::AesBits::B256);
    match choose(aes, Purpose::Encrypt, None) {
        Err(MethodError::Required { choices, fitting, .. }) => {
            let all = ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256"];
            assert_eq!(choices, all);
            assert_eq!(fitting, all[..2]);
        }
        other => panic!("{other:?}"),
    }
    let oaep = Ok(vec![WrapMethod::RsaOaep(HashAlg::Sha256)]);
    assert_eq!(choose(aes, Purpose::Encrypt, Some("RSAES_OAEP_SHA_256")), oaep);
    assert_eq!(choose(aes, Purpose::Encrypt, Some("rsa-oaep-sha256")), oaep);
    let refused =
        |spec, purpose, typed| matches!(choose(spec, purpose, Some(typed)), Err(MethodError::NotTaken { .. }));
    assert!(refused(aes, Purpose::Encrypt, "RSA_AES_KEY_WRAP_SHA_256"));
    assert!(refused(KeySpec::Hmac(HashAlg::Sha256), Purpose::Mac, "RSA_AES_KEY_WRAP_SHA_1"));
    assert!(refused(KeySpec::Rsa(RsaBits::B2048), Purpose::Sign, "RSAES_OAEP_SHA_1"));
    assert!(refused(aes, Purpose::Encrypt, "rsa-oaep-sha512"));
    for family in ["RSAES_OAEP_SHA_256", "RSA_AES_KEY_WRAP_SHA_256"] {
        assert!(choose(KeySpec::Ec(Curve::P521), Purpose::Sign, Some(family)).is_ok());
    }
}

/// The API's own rule, and arithmetic: P-521 does not fit into OAEP under RSA-2048.
#[test]
fn p521_does_not_go_by_oaep_under_rsa_2048() {
    let small = with_token(include_bytes!("../vectors/wrapping-keys/rsa-2048.spki.der"), b"\0token");
    let small = read(&small).unwrap();
    let row = accept_for(provider(), KeySpec::Ec(Curve::P521), Purpose::Sign).unwrap();
    for method in ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"] {
        let refusal = methods::choose(provider(), row, Some(method), &small);
        assert!(matches!(refusal, Err(MethodError::DoesNotFit { .. })), "{refusal:?}");
    }
    assert!(methods::choose(provider(), row, Some("RSA_AES_KEY_WRAP_SHA_1"), &small).is_ok());
}

/// `EncryptedKeyMaterial` has at most 6144 bytes.
#[test]
fn no_blob_is_longer_than_the_service_takes() {
    for row in provider().accepts {
        assert!(512 + kwp_part(row.spec).end() <= 6144, "{}", row.spec);
    }
}
