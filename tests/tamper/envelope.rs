//! What every signed document shares, on each kind of document: manifest, checkpoint, token profile.

use std::collections::BTreeMap;

use byok::audit::checkpoint::Checkpoint;
use byok::hsm::profile::Profile;
use byok::hsm::request::TokenIdentity;
use byok::manifest::digest::sha256_hex;
use byok::manifest::dsse::{Payload, Signed};
use byok::manifest::signer::{EvidenceSigner as _, Scheme};
use byok::manifest::statement::{Statement, Tool};
use byok::manifest::trust::Trust;
use byok::ops::verify::failure::{Failure, FailureKind};
use byok::wrap::capability::{Capabilities, Finding, KnownAes, Verdict};
use serde_json::Value;

use crate::readers::now;
use crate::soft_signer::SoftSigner;
use crate::world::{KEK, World, envelope, payload_of, resigned, with_payload};

fn profile() -> Profile {
    let finding = || Finding { verdict: Verdict::Conformant, detail: None };
    let token = TokenIdentity {
        label: "demo".into(),
        serial: "5b1c2a90d1f34e07".into(),
        manufacturer: "SoftHSM project".into(),
        model: "SoftHSM v2".into(),
        firmware: "2.6".into(),
        module_sha256: sha256_hex(b"module"),
    };
    let capabilities = Capabilities {
        oaep: BTreeMap::new(),
        native: BTreeMap::new(),
        aes_wrap: BTreeMap::new(),
        known_aes: KnownAes::CreateObject,
        check_value: finding(),
        digest_key: finding(),
        aes_gcm: finding(),
        aes_cmac: finding(),
        hmac: finding(),
        non_extractable: finding(),
    };
    Profile {
        schema: byok::hsm::profile::SCHEMA.into(),
        token,
        probed_at: now(),
        checks: 41,
        capabilities,
        tool: Tool { name: "byok".into(), version: "0.1.0".into() },
    }
}

fn verify<T: Payload>(bytes: &[u8], trust: &Trust) -> Option<FailureKind> {
    Signed::<T>::verify(bytes, trust).err().map(|error| Failure::from(&error).kind)
}

/// The matrix for one kind of document. `edit` changes its payload into another one of the same form.
fn matrix<T: Payload>(signer: &SoftSigner, honest: &[u8], other_types: &[&str], edit: fn(&str) -> String) {
    let trust = Trust::parse(signer.pem().as_bytes(), now()).unwrap();
    let verdict = |bytes: &[u8]| verify::<T>(bytes, &trust);
    let foreign = SoftSigner::new(Scheme::EcdsaP256);
    let (ours, theirs) = (sha256_hex(signer.spki()), sha256_hex(foreign.spki()));
    let payload = payload_of(honest);
    let same = |text: &str| text.to_owned();
    assert_eq!(verdict(honest), None);
    assert_eq!(verdict(&resigned(honest, signer, edit)), None, "the edit itself is well-formed");

    assert_eq!(verdict(&with_payload(honest, edit)), Some(FailureKind::Signature), "edited");
    assert_eq!(verdict(&honest[..honest.len() / 2]), Some(FailureKind::Malformed), "cut short");
    assert_eq!(verdict(&changed(honest, |v| v["signatures"] = Value::Array(vec![]))), Some(FailureKind::Malformed));
    assert_eq!(verdict(&resigned(honest, &foreign, same)), Some(FailureKind::UntrustedSigner), "a foreign key");
    let borrowed_id = envelope(T::TYPE, &payload, &[(&foreign, &ours)]);
    assert_eq!(verdict(&borrowed_id), Some(FailureKind::Signature), "a foreign key under our id");
    let both = envelope(T::TYPE, &payload, &[(&foreign, &theirs), (signer, &ours)]);
    assert_eq!(verdict(&both), None, "a foreign signature beside ours changes nothing");

    for other in other_types {
        let elsewhere = envelope(other, &payload, &[(signer, &ours)]);
        assert_eq!(verdict(&elsewhere), Some(FailureKind::Subject), "signed by us as {other}");
        let relabelled = changed(&elsewhere, |v| v["payloadType"] = T::TYPE.into());
        assert_eq!(verdict(&relabelled), Some(FailureKind::Signature), "and then relabelled");
    }

    let text = String::from_utf8(honest.to_vec()).unwrap();
    for twice in [r#"{"payload":"","#, r#"{"\u0070ayload":"","#, r#"{"x":0,"x":0,"#] {
        let twice = text.replacen('{', twice, 1);
        assert_eq!(verdict(twice.as_bytes()), Some(FailureKind::Duplicate), "a member of the envelope twice");
    }
    one_key_is_one_signer::<T>(signer, &payload);
}

/// One key under two ids, or listed twice, is one signer; the trust file must not list it twice either.
fn one_key_is_one_signer<T: Payload>(signer: &SoftSigner, payload: &[u8]) {
    let second = SoftSigner::new(Scheme::Ed25519);
    let row = |name: &str, signer: &SoftSigner| {
        let spki = signer.pem().trim_end().replace('\n', "\n      ");
        format!("  - name: {name}\n    role: evidence\n    spki: |\n      {spki}\n")
    };
    let file = |rows: &[String]| format!("schema: byok.trust/v1\nthreshold: 2\nsigners:\n{}", rows.concat());
    let trust = Trust::parse(file(&[row("ann", signer), row("bob", &second)]).as_bytes(), now()).unwrap();
    let (a, b) = (sha256_hex(signer.spki()), sha256_hex(second.spki()));
    for ids in [[a.as_str(), a.as_str()], [a.as_str(), b.as_str()], [a.as_str(), "another-id"]] {
        let twice = envelope(T::TYPE, payload, &[(signer, ids[0]), (signer, ids[1])]);
        assert_eq!(verify::<T>(&twice, &trust), Some(FailureKind::Threshold), "{ids:?}");
    }
    let both = envelope(T::TYPE, payload, &[(signer, &a), (&second, &b)]);
    assert_eq!(verify::<T>(&both, &trust), None);
    assert!(Trust::parse(file(&[row("ann", signer), row("bob", signer)]).as_bytes(), now()).is_err());
}

fn changed(envelope: &[u8], change: impl Fn(&mut Value)) -> Vec<u8> {
    let mut value: Value = serde_json::from_slice(envelope).unwrap();
    change(&mut value);
    serde_json::to_vec(&value).unwrap()
}

const TYPES: [&str; 3] = [Statement::TYPE, Checkpoint::TYPE, Profile::TYPE];

fn types_but(own: &str) -> Vec<&'static str> {
    TYPES.into_iter().filter(|other| *other != own).collect()
}

#[test]
fn a_manifest() {
    let mut world = World::new("byok/0f9e", Scheme::EcdsaP256);
    let honest = world.manifests(KEK)[1].1.clone();
    let edit = |text: &str| text.replace("team-payments", "team-pavments");
    matrix::<Statement>(&world.signer, &honest, &types_but(Statement::TYPE), edit);
    let twice =
        resigned(&honest, &world.signer, |text| text.replacen(r#""revision":2"#, r#""x":1,"revision":2,"x":1"#, 1));
    assert_eq!(verify::<Statement>(&twice, &world.trust()), Some(FailureKind::Duplicate));
}

#[test]
fn a_checkpoint() {
    let world = World::new("byok/0f9e", Scheme::EcdsaP256);
    let edit = |text: &str| text.replacen("\n9\n", "\n8\n", 1);
    matrix::<Checkpoint>(&world.signer, world.latest.as_ref().unwrap(), &types_but(Checkpoint::TYPE), edit);
}

#[test]
fn a_token_profile() {
    let signer = SoftSigner::new(Scheme::EcdsaP384);
    let honest = Signed::sign(profile(), &signer).unwrap().to_json();
    let edit = |text: &str| text.replacen("2.6", "2.7", 1);
    matrix::<Profile>(&signer, &honest, &types_but(Profile::TYPE), edit);
    let trust = Trust::from_spki(signer.spki()).unwrap();
    let twice = resigned(&honest, &signer, |text| text.replacen(r#""checks":41"#, r#""checks":41,"checks":41"#, 1));
    assert_eq!(verify::<Profile>(&twice, &trust), Some(FailureKind::Duplicate));
}
