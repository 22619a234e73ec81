//! Wraps under a policy: methods, the ceiling of exposure, and the wrapping key.

use sha2::{Digest, Sha256};

use super::{KEK, POLICY, adopt, governed, refused, verified};
use crate::token::Module;
use crate::workplace::{WRAPPING_KEY, Workplace};

const WRAP: [&str; 6] = ["wrap-for-import", "payments/kek", "--provider", "generic", "--wrapping-key", "wrapping.pem"];

fn wrap<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&WRAP[..], more, &["--out", "bundle"]].concat()
}

fn with_kek() -> Workplace {
    let place = governed(Module::SoftHsm);
    place.ok(&KEK);
    place
}

/// SPKI SHA-256 of the wrapping key.
fn fingerprint() -> String {
    let body: String = WRAPPING_KEY.lines().filter(|line| !line.starts_with('-')).collect();
    let der = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, body).unwrap();
    hex::encode(Sha256::digest(der))
}

#[test]
fn a_method_that_the_rule_does_not_list_is_refused() {
    let place = with_kek();
    refused(
        &place,
        &wrap(&["--method", "rsa-aes-sha256"]),
        &["method rsa-aes-sha256", "policy.yaml:13 rules[0].providers.generic.methods", "[E0301]"],
    );
    let google = ["wrap-for-import", "payments/kek", "--provider", "google-cloud-kms", "--target", "kek"];
    let job = "projects/my-project/locations/global/keyRings/r/importJobs/j";
    let more = ["--wrapping-key", "wrapping.pem", "--import-job", job, "--method", "rsa-aes-sha256", "--out", "bundle"];
    refused(&place, &[&google[..], &more].concat(), &["google-cloud-kms", "rules[0].providers"]);
    assert!(!place.path("bundle").exists());
}

#[test]
fn the_planner_chooses_among_what_is_permitted() {
    let place = with_kek();
    // Without --method the strongest hash would be taken; the policy permits SHA-1 only.
    place.ok(&wrap(&[]));
    let key = place.predicate("bundle/manifest.dsse.json");
    let wrap = &key["wraps"][0];
    assert!(["rsa-aes-sha1", "rsa-oaep-sha1"].contains(&wrap["method"].as_str().unwrap()), "{wrap}");
    assert_eq!(key["authorization"]["rule"], "payments");
    verified(&place);
}

#[test]
fn consent_does_not_exceed_the_ceiling() {
    let place = with_kek();
    for exposure in ["ephemeral-kek", "plaintext"] {
        refused(&place, &wrap(&["--method", "rsa-oaep-sha1", "--allow-exposure", exposure]), &["exposure", "rules[0]"]);
    }
    place.ok(&wrap(&["--method", "rsa-oaep-sha1"]));
}

#[test]
fn a_listed_wrapping_key_is_authenticated_by_the_policy() {
    let place = with_kek();
    let listed = POLICY.replace(
        "    approvals:\n      seal",
        &format!("    wrapping-keys: {{fingerprints: [{}]}}\n    approvals:\n      seal", fingerprint()),
    );
    adopt(&place, &listed);
    let said = place.ok(&wrap(&["--method", "rsa-oaep-sha1"]));
    assert!(said.contains("wrapping key   listed in the policy"), "{said}");
    let key = place.predicate("bundle/manifest.dsse.json");
    assert_eq!(key["wraps"][0]["wrappingKey"]["authenticatedBy"], "policy");
    verified(&place);

    adopt(&place, &listed.replace(&fingerprint(), &"ab".repeat(32)));
    std::fs::remove_dir_all(place.path("bundle")).unwrap();
    let said = [fingerprint(), "rules[0].wrapping-keys.fingerprints".to_owned()];
    refused(&place, &wrap(&["--method", "rsa-oaep-sha1"]), &[&said[1]]);
}

#[test]
fn a_pin_that_the_rule_requires_is_required() {
    let place = with_kek();
    let pinned = POLICY
        .replace("    approvals:\n      seal", "    wrapping-keys: {pin-required: true}\n    approvals:\n      seal");
    adopt(&place, &pinned);
    refused(&place, &wrap(&["--method", "rsa-oaep-sha1"]), &["rules[0].wrapping-keys.pin-required"]);
    place.ok(&wrap(&["--method", "rsa-oaep-sha1", "--wrapping-key-sha256", &fingerprint()]));
    let key = place.predicate("bundle/manifest.dsse.json");
    assert_eq!(key["wraps"][0]["wrappingKey"]["authenticatedBy"], "pinned");
}

#[test]
fn a_bundle_of_a_key_file_is_asked_for_too() {
    let place = governed(Module::SoftHsm);
    place.write("loose.bin", Sha256::digest("loose"));
    let convert = ["convert", "loose.bin", "--to", "bundle", "--type", "aes-256", "--provider", "generic"];
    let more = ["--wrapping-key", "wrapping.pem", "--method", "rsa-aes-sha1", "--allow-exposure", "plaintext"];
    let words = [&convert[..], &more, &["--out", "bundle"]].concat();
    refused(&place, &words, &["the policy denies wrap-for-import of loose: no rule matches"]);
    assert!(!place.path("bundle").exists());
    let rule = "  - name: loose\n    match: {keys: [loose]}\n    exposure: plaintext\n";
    let listed = format!("{rule}    wrapping-keys: {{fingerprints: [{}]}}\n", fingerprint());
    adopt(&place, &POLICY.replace("tests:\n", &format!("{listed}tests:\n")));
    place.ok(&words);
    let said = place.predicate("bundle/manifest.dsse.json");
    assert_eq!(said["wrap"]["wrappingKey"]["authenticatedBy"], "policy");
}
