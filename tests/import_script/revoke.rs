//! `revoke-STAGE.sh`: what the providers' programs get, and what hostile values come to.

use byok::key::spec::{AesBits, KeySpec, Purpose};
use byok::key::stage::Stage;
use byok::provider::{Holding, PROVIDERS, Revocation, RevocationError, find};

use crate::{HOSTILE, Scene, words};

const KEY: &str = "projects/my-project/locations/europe-west3/keyRings/ring/cryptoKeys/kek";
const RING: &str = "--project=my-project --location=europe-west3 --keyring=ring --key=kek";

fn made(provider: &str, stage: Stage, target: &str, version: Option<&str>) -> Result<Revocation, RevocationError> {
    let id = "kek@1".parse().unwrap();
    let holding = Holding {
        id: &id,
        spec: KeySpec::Aes(AesBits::B256),
        purpose: Purpose::Encrypt,
        target: Some(target),
        mount: None,
        key_version: version,
        earlier: false,
        later: false,
    };
    (find(provider).unwrap().revoke)(stage, &holding)
}

fn calls(cli: &str, made: &Revocation, arguments: &[&str]) -> Vec<Vec<String>> {
    let scene = Scene::new(&[cli], &[]);
    scene.put(&[("revoke.sh".to_owned(), made.script("kek@1: a stage").unwrap().unwrap())]);
    let output = scene.run_script("revoke.sh", arguments);
    assert!(output.status.success(), "{output:?}");
    scene.calls()
}

#[test]
fn gcloud_gets_the_version_that_is_known_or_named() {
    for (stage, verb, back) in [
        (Stage::Suspend, "disable", "enable"),
        (Stage::Compromise, "disable", "enable"),
        (Stage::Destroy, "destroy", "restore"),
    ] {
        let wanted = |verb: &str| format!("gcloud kms keys versions {verb} {RING} 7");
        for (version, arguments) in [(Some("7"), &[][..]), (None, &["7"])] {
            let made = made("google-cloud-kms", stage, KEY, version).unwrap();
            assert_eq!(calls("gcloud", &made, arguments), [words(&wanted(verb))], "{stage}");
        }
        let made = made("google-cloud-kms", stage, KEY, Some("7")).unwrap();
        assert_eq!(made.back_commands, [wanted(back).replace(RING, &quoted(RING)).replace(" 7", " '7'")]);
    }
    let unnamed = made("google-cloud-kms", Stage::Destroy, KEY, None).unwrap();
    let scene = Scene::new(&["gcloud"], &[]);
    scene.put(&[("revoke.sh".to_owned(), unnamed.script("kek@1").unwrap().unwrap())]);
    let output = scene.run_script("revoke.sh", &[]);
    assert!(!output.status.success() && scene.calls().is_empty(), "{output:?}");
}

fn quoted(options: &str) -> String {
    let pair = |option: &str| {
        let (name, value) = option.split_once('=').unwrap();
        format!("{name}='{value}'")
    };
    options.split(' ').map(pair).collect::<Vec<_>>().join(" ")
}

/// What stands in a manifest was checked when it was written; a script does not rely on it.
#[test]
fn hostile_names_get_no_commands() {
    for provider in PROVIDERS.iter().filter(|provider| provider.id != "generic") {
        for (stage, bad) in Stage::ALL.into_iter().flat_map(|stage| HOSTILE.map(|bad| (stage, bad))) {
            assert!(made(provider.id, stage, bad, None).is_err(), "{} {bad:?}", provider.id);
        }
    }
    let version = made("google-cloud-kms", Stage::Suspend, KEY, Some("-7"));
    assert!(matches!(version, Err(RevocationError::Script(_))), "{version:?}");
    for stage in Stage::ALL {
        assert!(made("generic", stage, "somewhere", None).unwrap().script("kek@1").unwrap().is_none());
    }
}
