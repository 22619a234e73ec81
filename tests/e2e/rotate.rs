//! Rotation: new versions for the targets of byok.yaml, on both tokens.

use std::fs;

use serde_json::Value;

use crate::four_eyes::{POLICY, govern};
use crate::schema::assert_valid;
use crate::token::Module;
use crate::workplace::{WRAPPING_KEY, Workplace};

const TARGETS: &str = "targets:\n  far: {provider: generic, method: rsa-oaep-sha1, keys: [kek]}\n  \
                       near: {provider: generic, method: rsa-oaep-sha1, keys: [kek, \"pay/**\"]}\n";
const ANSWERS: [&str; 4] = ["--wrapping-keys", "answers", "--out", "bundles"];

/// `kek` and `pay/x` go somewhere, `home` does not; all are in use.
fn started(module: Module) -> Workplace {
    started_in(Workplace::initialised(module))
}

fn started_in(place: Workplace) -> Workplace {
    let yaml = fs::read_to_string(place.path("byok.yaml")).unwrap();
    fs::write(place.path("byok.yaml"), yaml + TARGETS).unwrap();
    fs::create_dir_all(place.path("answers/kek")).unwrap();
    for (name, kind) in [("kek", "aes-256"), ("pay/x", "aes-128"), ("home", "ec-p256")] {
        place.ok(&["generate", name, "--type", kind, "--owner", "team", "--attribute", "tier=gold"]);
        place.ok(&["activate", name]);
    }
    place
}

/// Each line of `--json`, the summary last.
fn events(place: &Workplace, words: &[&str]) -> Vec<Value> {
    let lines = place.ok(&[&["rotate", "--json"], words].concat());
    let events: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    events.iter().for_each(assert_valid);
    assert_eq!(events.last().unwrap()["event"], "summary");
    events
}

fn keys(events: &[Value]) -> Vec<(&str, &str, &str)> {
    let keys = events.iter().filter(|event| event["event"] == "key");
    keys.map(|key| ["id", "done", "state"].map(|name| key[name].as_str().unwrap()).into()).collect()
}

#[test]
fn a_new_version_is_born_with_its_wraps() {
    for module in Module::ALL {
        let place = started(module);
        place.write("answers/near.json", WRAPPING_KEY);
        place.write("answers/kek/far.json", WRAPPING_KEY);
        let told = events(&place, &[&["kek", "home"][..], &ANSWERS].concat());
        assert_eq!(keys(&told), [("home@2", "made", "active"), ("kek@2", "made", "pre-activation")], "{module:?}");
        let key = place.predicate("registry/keys/kek@2/manifest-0001.dsse.json");
        assert_eq!((&key["owner"], &key["attributes"]["tier"]), (&"team".into(), &"gold".into()));
        assert_eq!(key["rotation"]["replaces"], "kek@1");
        let old = place.predicate("registry/keys/kek@1/manifest-0002.dsse.json");
        assert_eq!(key["logicalKeyId"], old["logicalKeyId"]);
        let targets: Vec<&Value> = key["wraps"].as_array().unwrap().iter().map(|wrap| &wrap["targetId"]).collect();
        assert_eq!(targets, ["far", "near"]);
        let verified = ["verify", "registry", "bundles/kek@2/far", "bundles/kek@2/near", "--trust", "signer.pem"];
        place.ok(&verified);
        assert_eq!(place.predicate("registry/keys/home@2/manifest-0001.dsse.json")["state"], "active");
    }
}

#[test]
fn what_waits_for_a_wrapping_key_is_gone_on_with() {
    for module in Module::ALL {
        let place = started(module);
        place.write("answers/near.json", WRAPPING_KEY);
        let told = events(&place, &[&["kek"][..], &ANSWERS].concat());
        assert_eq!(keys(&told), [("kek@2", "made", "pre-activation")], "{module:?}");
        let summary = told.last().unwrap();
        assert_eq!((&told[1]["pending"][0], &summary["pendingWrap"]), (&"far".into(), &1.into()));
        let again = events(&place, &[&["kek"][..], &ANSWERS].concat());
        assert_eq!(keys(&again), [("kek@2", "nothing", "pre-activation")], "{module:?}");
        place.write("answers/far.json", WRAPPING_KEY);
        let then = events(&place, &[&["kek"][..], &ANSWERS].concat());
        assert_eq!(keys(&then), [("kek@2", "wrapped", "pre-activation")], "{module:?}");
        let last = events(&place, &[&["kek"][..], &ANSWERS].concat());
        assert_eq!((&last[1]["done"], &last[2]["pendingConfirmation"]), (&"nothing".into(), &1.into()));
        place.ok(&["verify", "registry", "bundles/kek@2/far", "bundles/kek@2/near", "--trust", "signer.pem"]);
    }
}

#[test]
fn a_key_that_fails_keeps_no_other_from_its_rotation() {
    let place = started(Module::SoftHsm);
    place.ok(&["generate", "unused", "--type", "aes-256"]);
    place.write("answers/near.json", WRAPPING_KEY);
    place.write("answers/kek/far.json", "{}");
    let names = ["rotate", "kek", "unused", "pay/x", "home"];
    let said = place.refused(7, &[&names[..], &ANSWERS].concat());
    assert!(said.contains("error: 2 of 4 keys were not rotated"), "{said}");
    assert!(said.contains("cause: unused: unused@1 was never in use: there is nothing to rotate [E0414]"), "{said}");
    assert!(place.path("bundles/pay/x@2/near/bundle.json").is_file());
    assert!(place.path("registry/keys/home@2").is_dir());
    assert!(!place.path("registry/keys/kek@2").exists(), "nothing is made before its answers are good");
    place.ok(&["verify", "registry", "--trust", "signer.pem"]);
}

#[test]
fn one_key_alone_fails_as_every_command_does() {
    let place = started(Module::SoftHsm);
    place.ok(&["generate", "unused", "--type", "aes-256"]);
    let said = place.refused(4, &["rotate", "unused"]);
    assert!(said.starts_with("error: unused@1 was never in use: there is nothing to rotate [E0414]"), "{said}");
    let said = place.refused(2, &["rotate", "kek", "--wrapping-keys", "answers"]);
    assert!(said.contains("hint: --out DIR"), "{said}");
    place.write("answers/near.json", WRAPPING_KEY);
    place.write("answers/far.json", WRAPPING_KEY);
    fs::create_dir_all(place.path("bundles/kek@2/near")).unwrap();
    let said = place.refused(2, &[&["rotate", "kek"][..], &ANSWERS].concat());
    assert!(said.contains("bundles/kek@2/near exists [E0202]"), "{said}");
    assert!(!place.path("registry/keys/kek@2").exists());
}

#[test]
fn canaries_go_first_and_the_rest_waits_for_them() {
    for module in Module::ALL {
        let place = started(module);
        place.write("answers/near.json", WRAPPING_KEY);
        place.write("answers/far.json", WRAPPING_KEY);
        let canary = [&["--where", "attribute.tier=gold", "--canary", "2"][..], &ANSWERS].concat();
        let first = events(&place, &canary);
        assert_eq!(keys(&first), [("home@2", "made", "active"), ("kek@2", "made", "pre-activation")], "{module:?}");
        let waiting = first.iter().find(|event| event["event"] == "waiting").unwrap();
        assert_eq!((&waiting["keys"], &waiting["canaries"][1]), (&1.into(), &"kek@2".into()));
        let waits = place.refused(4, &[&["rotate", "--continue"][..], &ANSWERS].concat());
        assert!(waits.contains("error: 1 of the run's canaries is not in use yet [E0415]\ncause: kek@2"), "{waits}");
        place.ok(&["activate", "kek"]);
        let rest = events(&place, &[&["--continue"][..], &ANSWERS].concat());
        assert_eq!(rest[0]["run"], waiting["run"]);
        assert_eq!(keys(&rest), [("pay/x@2", "made", "pre-activation")], "{module:?}");
        assert!(place.refused(4, &["rotate", "--continue"]).contains("error: no run is open [E0416]"));
        place.ok(&["verify", "registry", "--trust", "signer.pem"]);
    }
}

#[test]
fn all_is_every_key_that_is_or_was_in_use() {
    let place = started(Module::SoftHsm);
    place.ok(&["generate", "unused", "--type", "aes-256"]);
    let said = place.ok(&["rotate", "--all", "--dry-run"]);
    assert!(said.contains("make home@2 in the place of home@1"), "{said}");
    assert!(said.contains("leave kek@2 pending for far: no wrapping key"), "{said}");
    assert!(!said.contains("unused"), "{said}");
    let told = events(&place, &["--all"]);
    let ids: Vec<&str> = keys(&told).into_iter().map(|(id, ..)| id).collect();
    assert_eq!(ids, ["home@2", "kek@2", "pay/x@2"]);
    // The run has ended: typed again, it is another one.
    let again = events(&place, &["--all"]);
    assert!(keys(&again).contains(&("home@3", "made", "active")), "{again:?}");
    assert!(keys(&again).contains(&("kek@2", "nothing", "pre-activation")), "{again:?}");
    assert_ne!(again[0]["run"], told[0]["run"]);
    assert!(place.refused(2, &["rotate", "--where", "color=red"]).contains("unknown field"));
    place.refused(2, &["rotate"]);
    place.refused(2, &["rotate", "kek", "--all"]);
}

/// Anybody may rotate by this policy, and nobody wrap without approvals.
#[test]
fn a_rotation_that_wraps_is_bound_by_what_the_policy_says_of_wraps() {
    let only_openbao =
        POLICY.replace("    exposure: plaintext\n", "    exposure: plaintext\n    providers: {openbao: {}}\n");
    let asks = "the policy asks for 2 approvals (security 1) of rotate of pay/x";
    let denies = "the policy denies rotate of pay/x: provider generic is not among openbao";
    for (policy, why) in [(POLICY, asks), (&only_openbao, denies)] {
        let place = started(Module::SoftHsm);
        place.write("answers/near.json", WRAPPING_KEY);
        govern(&place, policy);
        let said = place.refused(3, &[&["rotate", "pay/x"][..], &ANSWERS].concat());
        assert!(said.contains(why), "{said}");
        assert!(!place.path("registry/keys/pay/x@2").exists());
        let told = events(&place, &["home"]);
        assert_eq!(keys(&told), [("home@2", "made", "active")], "nothing is wrapped, and nothing asked for");
    }
}

/// The token says that it destroyed what it keeps. Nobody but recovery would look for the object again.
#[test]
fn what_the_token_keeps_after_a_failure_is_found_by_recovery() {
    for module in Module::ALL {
        let mut place = started_in(Workplace::initialised_behind_proxy(module, &[]));
        // What is read back of a new key is not what was asked for, so it is taken out of the token again.
        place.token.proxied(&["lie=local-false", "fail=C_DestroyObject:0x0"]);
        place.refused(5, &["rotate", "home"]);
        place.token.proxied(&[]);
        assert!(place.ok(&["recover", "--yes"]).contains("home@2"), "{module:?}: the intent is open");
        assert!(!place.ok(&["recover", "--yes"]).contains("home@2"), "{module:?}");
        place.ok(&["rotate", "home"]);
        place.ok(&["verify", "registry", "--trust", "signer.pem"]);
    }
}

/// A cleaner of temporary files, between the staging and the rename.
#[test]
fn what_vanishes_before_it_is_in_its_place_is_taken_over_by_recovery() {
    let mut place = started_in(Workplace::initialised_behind_proxy(Module::SoftHsm, &[]));
    let staged = "until ls registry/keys/.home@2*/manifest-0001.dsse.json >/dev/null 2>&1; do :; done";
    let line = format!("run=C_Sign#2:timeout 60 sh -c '{staged}'; rm -rf registry/keys/.home@2*");
    place.token.proxied(&[&line]);
    place.refused(9, &["rotate", "home", "kek", "--sessions", "1"]);
    place.token.proxied(&[]);
    assert!(!place.path("registry/keys/home@2").exists() && place.path("registry/keys/kek@2").is_dir());
    assert!(place.ok(&["recover", "--yes"]).contains("home@2"));
    assert!(place.path("registry/keys/home@2").is_dir());
    let said = place.ok(&["verify", "registry", "--trust", "signer.pem"]);
    assert!(said.contains("made a manifest that vanished, and recovery made another of home@2"), "{said}");
}
