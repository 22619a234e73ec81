//! Registries that an earlier byok wrote, as files: they are read for years, and say what they said.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::documents::document;
use crate::token::Module;
use crate::workplace::Workplace;

/// A copy of a registry in tests/vectors, which verifies. Its token is long gone.
fn registry(name: &str) -> Workplace {
    let place = Workplace::new(Module::SoftHsm);
    let old = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(name);
    let copied = place.command("cp").arg("-r").arg(&old).arg("registry").status().unwrap();
    assert!(copied.success());
    fs::copy(old.join("trust/signer.pem"), place.path("signer.pem")).unwrap();
    place.ok(&["verify", "registry", "--trust", "signer.pem", "--registry", "registry"]);
    place
}

/// What each manifest of a version is about.
fn history(place: &Workplace, version: &str) -> Vec<String> {
    let shown = document(place, &["show", version, "--registry", "registry"]);
    let history = shown["history"].as_array().unwrap().iter();
    history.map(|entry| entry["what"].as_str().unwrap().to_owned()).collect()
}

fn states(place: &Workplace) -> Vec<Value> {
    let list = document(place, &["list", "--registry", "registry"]);
    list["keys"].as_array().unwrap().iter().map(|key| key["state"].clone()).collect()
}

/// Before there were states, dates and reasons.
#[test]
fn a_registry_without_states() {
    let place = registry("registry-0.1");
    assert_eq!(states(&place), ["pre-activation", "pre-activation"]);
    let wrapped = "wrapped for generic (rsa-oaep-sha1, direct-oaep, exposure none)";
    assert_eq!(history(&place, "payments/kek")[1], wrapped);
    let show = document(&place, &["show", "web/tls", "--registry", "registry"]);
    assert_eq!((&show["key"]["exposureEver"], &show["state"]), (&"plaintext".into(), &"pre-activation".into()));
}

/// A rotation with a canary, data keys that were encrypted anew, a version that was destroyed, one that was given up in use
/// and one before that, one that is compromised.
#[test]
fn a_registry_with_rotations() {
    let place = registry("registry-0.1-rotated");
    let expected = ["destroyed", "active", "active", "pre-activation", "compromised", "deactivated"];
    assert_eq!(states(&place), expected);
    assert_eq!(
        history(&place, "fleet/a@1"),
        [
            "generated",
            "activated",
            "7 data keys encrypted anew, 2 left, says team-pay",
            "2 data keys encrypted anew, 0 left, says team-pay",
            "deactivated (superseded)",
            "destroyed (superseded)",
        ]
    );
    let rotated = "wrapped for generic (rsa-oaep-sha1, direct-oaep, exposure none)";
    let rotated = |old: &str| format!("rotated in the place of {old}, {rotated}");
    assert_eq!(history(&place, "fleet/a@2"), [&rotated("fleet/a@1"), "activated"]);
    assert_eq!(history(&place, "fleet/b@2"), [&rotated("fleet/b@1"), "given up: fleet/b@1 is current again"]);
    let tls = ["rotated in the place of web/tls@1", "given up: web/tls@1 is current again"];
    assert_eq!(history(&place, "web/tls@2"), tls);
    let status = document(&place, &["status", "--registry", "registry"]);
    assert_eq!((&status["versions"], &status["items"]), (&6.into(), &json!([])));
    // The members as they lie there: whoever renames one finds it out here.
    let newest = |file: &str| place.predicate(format!("registry/keys/{file}.dsse.json"));
    let gone = newest("fleet/a@1/manifest-0006");
    assert_eq!(
        (&gone["destruction"]["objects"], gone["rewrapped"].as_array().map(Vec::len)),
        (&json!(["secret"]), Some(2))
    );
    let born = newest("fleet/a@2/manifest-0001");
    assert_eq!((&born["rotation"]["replaces"], &born["wraps"][0]["targetId"]), (&"fleet/a@1".into(), &"near".into()));
    assert_eq!(newest("fleet/b@2/manifest-0002")["rollback"]["to"], "fleet/b@1");
    assert_eq!(newest("web/tls@1/manifest-0003")["stateReason"]["code"], "key-compromise");
}
