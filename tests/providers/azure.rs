//! Azure's two providers: the KEK in every shape, the rules that it must keep, names, and the transfer blob.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use byok::key::method::WrapMethod;
use byok::key::spec::{ALL, AesBits, Curve, HashAlg, KeySpec, Purpose, RsaBits};
use byok::provider::{
    Challenge, ChallengeError, DestinationError, Handout, Options, Package, PackageRequest, Source, accept_for, find,
    methods,
};
use serde_json::{Value, json};

const AZ: &str = include_str!("../vectors/wrapping-keys/azure-key-vault.json");
const REST: &str = include_str!("../vectors/wrapping-keys/azure-key-vault.rest.json");
const PEM: &str = include_str!("../vectors/wrapping-keys/azure-key-vault.pem");
const HSM: &str = include_str!("../vectors/wrapping-keys/azure-managed-hsm.json");
const KID: &str = "https://contoso-prod.vault.azure.net/keys/byok-kek/6ad4fbd5a0c64ed98b9d1a3f0be42c71";
const HSM_KID: &str = "https://contoso-hsm.managedhsm.azure.net/keys/byok-kek/6ad4fbd5a0c64ed98b9d1a3f0be42c71";
const VAULT: &str = "azure-key-vault";

fn read_with(provider: &str, text: &str, kid: Option<&str>) -> Result<Challenge, ChallengeError> {
    let handout = Handout { kid: kid.map(str::to_owned), ..crate::alone(text.as_bytes()) };
    (find(provider).unwrap().read_challenge)(&handout)
}

fn read(text: &str) -> Result<Challenge, ChallengeError> {
    read_with(VAULT, text, None)
}

/// The answer of `az` with one member changed.
fn changed(path: &str, value: Value) -> String {
    let mut answer: Value = serde_json::from_str(AZ).unwrap();
    *answer.pointer_mut(path).unwrap() = value;
    answer.to_string()
}

/// The kid, the type and the operations of one key must not vouch for another.
#[test]
fn a_key_around_the_key_is_a_second_key() {
    let mut around: Value = serde_json::from_str(AZ).unwrap();
    for name in ["kty", "n", "e"] {
        around[name] = around["key"][name].clone();
    }
    let error = read(&around.to_string()).unwrap_err();
    assert!(error.to_string().contains("more than one key"), "{error}");
}

#[test]
fn both_alphabets_and_spellings_give_the_same_kek() {
    let az = read(AZ).unwrap();
    assert_eq!((az.bits(), az.resource.as_deref(), az.recognised.as_str()), (4096, Some(KID), "JSON key: JWK"));
    assert_eq!((az.expires_at, az.not_before, az.caution, az.method), (None, None, None, None));
    assert!(AZ.contains(['+', '/']) && AZ.contains("=\""), "the standard alphabet with padding");
    assert!(REST.contains(['-', '_']) && !REST.contains("=\""), "base64url without padding");
    assert_eq!(read(REST).unwrap(), az);
    let bare = serde_json::from_str::<Value>(REST).unwrap()["key"].to_string();
    assert_eq!(read(&bare).unwrap(), Challenge { recognised: "JSON JWK".to_owned(), ..az.clone() });
    assert_eq!(read(&format!("\u{feff}{AZ}")).unwrap(), az);
    assert_eq!(read_with("azure-managed-hsm", HSM, None).unwrap().resource.as_deref(), Some(HSM_KID));
    assert_eq!(read_with(VAULT, AZ, Some(&KID.to_uppercase().replace("HTTPS", "https"))).unwrap(), az);
}

#[test]
fn a_bare_key_takes_a_kid_and_says_what_it_does_not_show() {
    let pem = read_with(VAULT, PEM, Some(KID)).unwrap();
    assert_eq!((&pem.spki, pem.resource.as_deref()), (&read(AZ).unwrap().spki, Some(KID)));
    assert!(pem.caution.unwrap().contains("RSA-HSM"));
    let missing = ChallengeError::Missing { what: "the KEK and its version", option: "--kid" };
    assert_eq!(read(PEM), Err(missing.clone()));
    assert_eq!(read(&changed("/key/kid", Value::Null)), Err(missing));
    let by_hand = read_with(VAULT, &changed("/key/kid", Value::Null), Some(KID)).unwrap();
    assert_eq!(by_hand, read(AZ).unwrap());
}

#[test]
fn a_kek_is_in_hardware_and_takes_imports_only() {
    for (path, value, expected) in [
        ("/key/kty", json!("RSA"), "key.kty is RSA, a key in software; a KEK is RSA-HSM"),
        ("/key/kty", json!("EC-HSM"), "the key is a JWK of type EC-HSM; wrapping takes an RSA key (rsaEncryption)"),
        ("/key/keyOps", Value::Null, "key.key_ops is missing; a KEK has the key operation import"),
        ("/key/keyOps", json!([]), "key.key_ops is empty; a KEK has the key operation import and no other"),
        ("/key/keyOps", json!("import"), "key.key_ops is not a list; a KEK has the key operation import and no other"),
        (
            "/key/keyOps",
            json!(["import", "decrypt"]),
            "key.key_ops is import decrypt; a KEK has the key operation import and no other",
        ),
        (
            "/key/keyOps",
            json!(["import", "import"]),
            "key.key_ops is import import; a KEK has the key operation import and no other",
        ),
        (
            "/key/keyOps",
            json!(["encrypt\n"]),
            "key.key_ops is encrypt\\u{a}; a KEK has the key operation import and no other",
        ),
        ("/attributes/enabled", json!(false), "the KEK is disabled"),
        ("/attributes/enabled", json!("yes"), "attributes.enabled is neither true nor false"),
        ("/attributes/expires", json!("soon"), "attributes.expires is neither a time nor seconds since 1970"),
        ("/attributes/expires", json!(1.5), "attributes.expires is neither a time nor seconds since 1970"),
        ("/attributes/notBefore", json!(true), "attributes.notBefore is neither a time nor seconds since 1970"),
        ("/attributes", json!([]), "attributes is no object"),
        ("/key/kid", json!(7), "key.kid is not text"),
    ] {
        assert_eq!(read(&changed(path, value)).unwrap_err().to_string(), expected);
    }
    // Neither spelling may say more than the other.
    let both = AZ.replacen("\"keyOps\"", "\"key_ops\": [\"import\", \"sign\"], \"keyOps\"", 1);
    assert!(read(&both).unwrap_err().to_string().starts_with("key.key_ops is import sign;"));
    let deleted = AZ.replacen('{', "{\"recoveryId\": \"https://x\",", 1);
    assert_eq!(read(&deleted).unwrap_err().to_string(), "the KEK is deleted; it takes no import");
}

#[test]
fn times_are_read_as_text_and_as_seconds() {
    let end = Some("2027-01-15T08:00:00Z".parse().unwrap());
    for value in [json!("2027-01-15T08:00:00+00:00"), json!("2027-01-15T09:00:00+01:00"), json!(1_800_000_000)] {
        assert_eq!(read(&changed("/attributes/expires", value.clone())).unwrap().expires_at, end);
        assert_eq!(read(&changed("/attributes/notBefore", value)).unwrap().not_before, end);
    }
    let rest = REST.replacen("\"enabled\"", "\"exp\":1800000000,\"nbf\":1800000000,\"enabled\"", 1);
    let rest = read(&rest).unwrap();
    assert_eq!((rest.expires_at, rest.not_before), (end, end));
}

#[test]
fn other_answers_are_named() {
    for (text, expected) in [
        ("[]", "the file is another answer of the provider: a list; `az keyvault key show` prints one key"),
        (
            r#"{"value":[]}"#,
            "the file is another answer of the provider: a list; `az keyvault key show` prints one key",
        ),
        (
            r#"{"error":{"code":"KeyNotFound","message":"A key \u001b[2J was not found"}}"#,
            "the file is an error answer of the provider: KeyNotFound: A key \\u{1b}[2J was not found",
        ),
        (
            "ERROR: (Forbidden) Caller is not authorized\nCode: Forbidden\n",
            "the file is an error answer of the provider: ERROR: (Forbidden) Caller is not authorized\\u{a}Code: Forbidden",
        ),
        (
            r#"{"properties":{"vaultUri":"https://contoso-prod.vault.azure.net/"}}"#,
            "the file is another answer of the provider: it has no `key`, so it is not from `az keyvault key show`",
        ),
    ] {
        assert_eq!(read_with(VAULT, text, Some(KID)).unwrap_err().to_string(), expected);
    }
    // A key in JSON of another kind shows no key operations, and --kid does not help it.
    let openbao = std::str::from_utf8(crate::KEY_4096).unwrap();
    assert!(matches!(read_with(VAULT, openbao, Some(KID)), Err(ChallengeError::OtherAnswer(_))));
    let private = AZ.replacen("\"d\": null", "\"d\": \"AQAB\"", 1);
    assert!(read(&private).unwrap_err().to_string().contains("a private or secret key (JWK)"));
}

#[test]
fn hostile_kids_are_refused_with_their_rule() {
    for kid in [
        "https://contoso-prod.vault.azure.net.evil.example/keys/byok-kek/6ad4fbd5a0c64ed98b9d1a3f0be42c71",
        "https://contoso-prod.vault.azure.net@evil.example/keys/byok-kek/6ad4fbd5a0c64ed98b9d1a3f0be42c71",
        "https://contoso-prod.vault.azure.net:443/keys/byok-kek/6ad4fbd5a0c64ed98b9d1a3f0be42c71",
        "http://contoso-prod.vault.azure.net/keys/byok-kek/6ad4fbd5a0c64ed98b9d1a3f0be42c71",
        "https://contoso-prod.vault.azure.net/keys/byok-kek/6ad4fbd5a0c64ed98b9d1a3f0be42c71?api-version=7.6",
        "https://contoso-prod.vault.azure.net/keys/byok-kek/6ad4fbd5a0c64ed98b9d1a3f0be42c71#",
        "https://contoso-prod.vault.azure.net/keys/byok-kek/6ad4fbd5a0c64ed98b9d1a3f0be42c71/..",
        "https://contoso-prod.vault.azure.net/secrets/byok-kek/6ad4fbd5a0c64ed98b9d1a3f0be42c71",
        "https://contoso-prod.vault.azure.net/keys/byok-kek/latest",
        "https://contoso-prod.vault.azure.net/keys/$(id)/6ad4fbd5a0c64ed98b9d1a3f0be42c71",
        "https://'; id; '.vault.azure.net/keys/byok-kek/6ad4fbd5a0c64ed98b9d1a3f0be42c71",
        "https://contoso-prod.vault.azure.net/keys/byok-kek\u{202e}/6ad4fbd5a0c64ed98b9d1a3f0be42c71",
        "https://contoso-prod.blob.core.windows.net/keys/byok-kek/6ad4fbd5a0c64ed98b9d1a3f0be42c71",
        "arn:aws:kms:eu-central-1:111122223333:key/1234",
        "",
        "\u{1b}[2J",
    ] {
        for provider in [VAULT, "azure-managed-hsm"] {
            for (text, typed, option) in
                [(&*changed("/key/kid", json!(kid)), None, "key.kid"), (PEM, Some(kid), "--kid")]
            {
                let error = read_with(provider, text, typed).unwrap_err();
                assert!(matches!(error, ChallengeError::Member { member, .. } if member == option), "{kid}: {error}");
                assert!(!error.to_string().contains(char::is_control), "{kid:?}");
            }
        }
    }
}

#[test]
fn a_kid_of_the_other_service_or_without_a_version_is_refused_with_the_way_out() {
    for (provider, text, other) in [(VAULT, HSM, "azure-managed-hsm"), ("azure-managed-hsm", AZ, VAULT)] {
        let error = read_with(provider, text, None).unwrap_err();
        assert!(matches!(error, ChallengeError::OtherProvider { provider, .. } if provider == other), "{error}");
    }
    let (unversioned, _) = KID.rsplit_once('/').unwrap();
    match read(&changed("/key/kid", json!(unversioned))) {
        Err(ChallengeError::Incomplete { hint, .. }) => assert_eq!(
            hint,
            "az keyvault key show --vault-name contoso-prod --name byok-kek --query key.kid   prints it whole"
        ),
        other => panic!("{other:?}"),
    }
    let other = KID.replace("byok-kek", "other-kek");
    let contradiction = read_with(VAULT, AZ, Some(&other)).unwrap_err();
    assert_eq!(contradiction.to_string(), format!("the answer is for {KID}, and --kid says {other}"));
}

fn destination(name: &str, target: Option<&str>) -> Result<String, DestinationError> {
    let provider = find(VAULT).unwrap();
    let challenge = read(AZ).unwrap();
    let found = crate::destination(provider, name, &crate::options(target, None), &challenge)?;
    Ok(found.target().unwrap().to_owned())
}

#[test]
fn keys_go_to_the_vault_of_the_kek() {
    let url = |name: &str| format!("https://contoso-prod.vault.azure.net/keys/{name}");
    assert_eq!(destination("payments", None).unwrap(), url("payments"));
    assert_eq!(destination("payments/kek", Some("Payments-KEK")).unwrap(), url("Payments-KEK"));
    assert_eq!(destination("a/b", Some(&url("x"))).unwrap(), url("x"));
    assert_eq!(destination("a/b", Some("https://CONTOSO-PROD.vault.azure.net/keys/x")).unwrap(), url("x"));
    match destination("payments/kek_1.a", None) {
        Err(DestinationError::TargetMissing { proposal, .. }) => {
            assert_eq!(destination("payments/kek_1.a", Some(&proposal)).unwrap(), url("payments-kek-1-a"));
        }
        other => panic!("{other:?}"),
    }
    let elsewhere = "https://contoso-test.vault.azure.net/keys/x";
    match destination("a", Some(elsewhere)) {
        Err(DestinationError::Contradiction { typed, answer, .. }) => {
            assert_eq!((typed.as_str(), answer.as_str()), (elsewhere, "https://contoso-prod.vault.azure.net"));
        }
        other => panic!("{other:?}"),
    }
    let too_long = "a".repeat(128);
    for bad in
        ["", "-x", "a/b", "a_b", "a.b", "a b", "a'b", "a\nb", "ü", "$(id)", "BYOK-kek", &url("x/y"), KID, &too_long]
    {
        assert!(matches!(destination("a", Some(bad)), Err(DestinationError::Grammar { .. })), "{bad:?}");
    }
    assert!(matches!(destination("byok-kek", None), Err(DestinationError::Grammar { .. })));
}

#[test]
fn each_service_takes_what_azure_documents() {
    for spec in ALL {
        for purpose in Purpose::ALL {
            let both = match (spec, purpose) {
                (KeySpec::Rsa(_), _) => purpose != Purpose::Mac,
                (KeySpec::Ec(_), _) => purpose == Purpose::Sign,
                _ => false,
            };
            let symmetric = matches!(spec, KeySpec::Aes(_)) && matches!(purpose, Purpose::Encrypt | Purpose::Wrap);
            assert_eq!(accept_for(find(VAULT).unwrap(), *spec, purpose).is_ok(), both, "{spec} {purpose}");
            let hsm = find("azure-managed-hsm").unwrap();
            assert_eq!(accept_for(hsm, *spec, purpose).is_ok(), both || symmetric, "{spec} {purpose}");
        }
    }
    let row = accept_for(find(VAULT).unwrap(), KeySpec::Rsa(RsaBits::B2048), Purpose::Wrap).unwrap();
    let only = Ok(vec![WrapMethod::RsaAesKwp(HashAlg::Sha1)]);
    let challenge = read(AZ).unwrap();
    assert_eq!(methods::choose(find(VAULT).unwrap(), row, None, &challenge), only);
    assert_eq!(methods::choose(find(VAULT).unwrap(), row, Some("CKM_RSA_AES_KEY_WRAP"), &challenge), only);
    assert!(methods::choose(find(VAULT).unwrap(), row, Some("rsa-aes-sha256"), &challenge).is_err());
}

fn package(provider: &str, text: &str, spec: KeySpec, purpose: Purpose) -> Package {
    let provider = find(provider).unwrap();
    let challenge = read_with(provider.id, text, None).unwrap();
    let row = accept_for(provider, spec, purpose).unwrap();
    let request = PackageRequest {
        others: 0,
        latest: None,
        source: Source::Version(&"payments@3".parse().unwrap()),
        spec,
        purpose,
        wrapped: &[0xfb; 424],
        method: *row.methods.last().unwrap(),
        algorithm: row.algorithm(None).unwrap(),
        destination: &crate::destination(provider, "payments", &Options::default(), &challenge).unwrap(),
        challenge: &challenge,
    };
    (provider.package)(&request).unwrap()
}

#[test]
fn the_transfer_blob_is_the_specifications() {
    let package = package("azure-managed-hsm", HSM, KeySpec::Aes(AesBits::B256), Purpose::Wrap);
    let [(name, transfer), (script, _)] = package.files.as_slice() else { panic!("{package:?}") };
    assert_eq!((name.as_str(), script.as_str()), ("key.byok", "import.sh"));
    let blob: Value = serde_json::from_slice(transfer).unwrap();
    let ciphertext = blob["ciphertext"].as_str().unwrap();
    assert_eq!(
        blob,
        json!({
            "schema_version": "1.0.0",
            "header": {"kid": HSM_KID, "alg": "dir", "enc": "CKM_RSA_AES_KEY_WRAP"},
            "ciphertext": ciphertext,
            "generator": format!("byok;{}", env!("CARGO_PKG_VERSION")),
        })
    );
    assert_eq!(URL_SAFE_NO_PAD.decode(ciphertext).unwrap(), [0xfb; 424]);
    // The order of the specification, for readers that take JSON for text.
    let text = std::str::from_utf8(transfer).unwrap();
    let places =
        ["schema_version", "header", "kid", "alg", "enc", "ciphertext", "generator"].map(|name| text.find(name));
    assert!(places.is_sorted(), "{text}");
}

#[test]
fn the_script_names_type_curve_and_operations() {
    let vault = "--vault-name 'contoso-prod'";
    for (provider, text, spec, purpose, expected) in [
        (VAULT, AZ, KeySpec::Rsa(RsaBits::B4096), Purpose::Sign, "--kty 'RSA' --ops sign verify"),
        (VAULT, AZ, KeySpec::Rsa(RsaBits::B2048), Purpose::Encrypt, "--kty 'RSA' --ops encrypt decrypt"),
        (VAULT, AZ, KeySpec::Rsa(RsaBits::B3072), Purpose::Wrap, "--kty 'RSA' --ops wrapKey unwrapKey"),
        (VAULT, AZ, KeySpec::Ec(Curve::P256), Purpose::Sign, "--kty 'EC' --curve 'P-256' --ops sign verify"),
        (VAULT, AZ, KeySpec::Ec(Curve::P384), Purpose::Sign, "--kty 'EC' --curve 'P-384' --ops sign verify"),
        (VAULT, AZ, KeySpec::Ec(Curve::P521), Purpose::Sign, "--kty 'EC' --curve 'P-521' --ops sign verify"),
        (VAULT, AZ, KeySpec::Ec(Curve::Secp256k1), Purpose::Sign, "--kty 'EC' --curve 'P-256K' --ops sign verify"),
        ("azure-managed-hsm", HSM, KeySpec::Aes(AesBits::B192), Purpose::Wrap, "--kty 'oct' --ops wrapKey unwrapKey"),
    ] {
        let place = if provider == VAULT { vault } else { "--hsm-name 'contoso-hsm'" };
        let package = package(provider, text, spec, purpose);
        let script = std::str::from_utf8(&package.files[1].1).unwrap();
        let command = format!("\naz keyvault key import {place} --name 'payments' --byok-file key.byok {expected}\n");
        assert!(script.contains(&command), "{script}");
        assert!(!script.contains("az cloud set"), "{script}");
    }
    for (suffix, cloud) in [("azure.cn", "AzureChinaCloud"), ("usgovcloudapi.net", "AzureUSGovernment")] {
        for (provider, text) in [(VAULT, AZ), ("azure-managed-hsm", HSM)] {
            let text = text.replace("azure.net", suffix);
            let package = package(provider, &text, KeySpec::Ec(Curve::P256), Purpose::Sign);
            let script = std::str::from_utf8(&package.files[1].1).unwrap();
            assert!(script.contains(&format!("\n#   az cloud set --name '{cloud}'\n")), "{script}");
        }
    }
}
