//! Rotation: new versions for the targets of byok.yaml, on both tokens.

pub(crate) mod wrapping_keys;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::four_eyes::{POLICY, govern};
use crate::schema::assert_valid;
use crate::token::Module;
use crate::workplace::{WRAPPING_KEY, Workplace, text};

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
        let said = place.refused(4, &[&["rotate", "kek"][..], &ANSWERS].concat());
        assert!(said.contains("kek@2 waits for the answer of far, and nothing was made [E0433]"), "{said}");
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

/// Not the one of all keys in its place: it may not be meant for this one.
#[test]
fn an_answer_that_cannot_be_reached_is_not_absent() {
    let place = started(Module::SoftHsm);
    for name in ["near", "far"] {
        place.write(&format!("answers/{name}.json"), WRAPPING_KEY);
    }
    fs::remove_dir(place.path("answers/kek")).unwrap();
    std::os::unix::fs::symlink("kek", place.path("answers/kek")).unwrap();
    let said = place.refused(7, &[&["rotate", "kek"][..], &ANSWERS].concat());
    assert!(said.contains("far"), "{said}");
    assert!(!place.path("registry/keys/kek@2").exists());
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
    assert!(keys(&again).contains(&("kek@2", "waiting", "pre-activation")), "{again:?}");
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

/// The detail of each note of this event in the log.
fn notes(place: &Workplace, event: &str) -> Vec<Value> {
    let lines = fs::read_to_string(place.path("registry/audit/log-000000.jsonl")).unwrap();
    let entries = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    entries.filter(|entry| entry["event"] == event).map(|entry| entry["detail"].clone()).collect()
}

#[test]
fn a_canary_that_went_bad_holds_the_rest_back() {
    let place = started(Module::SoftHsm);
    place.write("answers/near.json", WRAPPING_KEY);
    place.write("answers/far.json", WRAPPING_KEY);
    events(&place, &[&["--all", "--canary", "1"][..], &ANSWERS].concat());
    place.ok(&["suspend", "home@2", "--reason", "unspecified"]);
    let said = place.refused(4, &["rotate", "--continue"]);
    assert!(said.contains("[E0415]\ncause: home@2"), "{said}");
    // In other words the canaries would be walked past.
    let said = place.refused(4, &[&["rotate", "kek"][..], &ANSWERS].concat());
    assert!(said.contains("error: kek waits for the canaries of a rotation that is open [E0430]"), "{said}");
    place.ok(&["revoke", "home@2", "--reason", "key-compromise", "--stage", "compromise", "--yes"]);
    let said = place.refused(4, &["rotate", "--continue"]);
    assert!(said.contains("1 of the run's canaries went bad [E0419]\ncause: home@2: compromised"), "{said}");
    assert!(!place.path("registry/keys/kek@2").exists());
    let ended = events_of(&place, &["rotate", "--continue", "--abandon", "--json"]);
    assert_eq!((&ended["event"], &ended["left"]), (&"abandoned".into(), &2.into()));
    let end = notes(&place, "rotate.end").pop().unwrap();
    assert_eq!((&end["abandoned"], &end["done"], &end["failed"]), (&true.into(), &1.into(), &2.into()));
    assert!(place.refused(4, &["rotate", "--continue"]).contains("[E0416]"));
    place.ok(&[&["rotate", "kek"][..], &ANSWERS].concat());
    place.ok(&["verify", "registry", "--trust", "signer.pem"]);
}

/// Only the file of a run says which keys are left. Without it the run is named, and can be ended.
#[test]
fn a_run_whose_file_is_lost_is_not_passed_over_in_silence() {
    let place = started(Module::SoftHsm);
    events(&place, &["--all", "--canary", "1"]);
    let folder = place.path("registry/runs");
    let file = || {
        let mut files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        files.find(|path| path.is_file()).unwrap()
    };
    let (path, id) = (file(), notes(&place, "rotate.begin").pop().unwrap()["run"].as_str().unwrap().to_owned());
    let bytes = fs::read(&path).unwrap();
    let next = format!("next: byok rotate --continue {id} --abandon");
    fs::write(&path, b"{}").unwrap();
    let said = place.ok(&["status"]);
    assert!(said.contains("its file is not the one that the log names") && said.contains(&next), "{said}");
    fs::remove_file(&path).unwrap();
    let said = place.ok(&["status"]);
    assert!(said.contains("its file is gone") && said.contains(&next), "{said}");
    fs::write(&path, bytes).unwrap();
    assert!(!place.ok(&["status"]).contains(&next));
    fs::remove_file(&path).unwrap();
    place.ok(&["rotate", "--continue", &id, "--abandon"]);
    let said = place.ok(&["status"]);
    assert!(!said.contains(&id), "{said}");
    assert!(place.refused(4, &["rotate", "--continue", &id, "--abandon"]).contains("[E0416]"));
    place.ok(&["verify", "registry", "--trust", "signer.pem"]);
}

/// What lies there and never began is taken away by the next rotation, and by recover.
#[test]
fn a_run_that_never_began_is_swept_away() {
    let place = started(Module::SoftHsm);
    place.write("answers/near.json", WRAPPING_KEY);
    place.write("answers/far.json", WRAPPING_KEY);
    events(&place, &["--all", "--canary", "1"]);
    let folder = place.path("registry/runs");
    let mut entries = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let path = entries.find(|path| path.is_file()).unwrap();
    let (old, new) = ("\"canary\":1", "\"canary\":2");
    let other = fs::read_to_string(&path).unwrap().replace(old, new);
    let stray = folder.join(format!("{}.json", hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&other))));
    fs::write(&stray, &other).unwrap();
    place.ok(&["recover", "--yes"]);
    assert_eq!((stray.exists(), path.exists()), (false, true));
    place.ok(&["rotate", "--continue", "--abandon"]);
    fs::write(&stray, &other).unwrap();
    place.ok(&[&["rotate", "kek"][..], &ANSWERS].concat());
    assert!(!stray.exists());
}

fn events_of(place: &Workplace, words: &[&str]) -> Value {
    let document = serde_json::from_str(&place.ok(words)).unwrap();
    assert_valid(&document);
    document
}

#[test]
fn the_log_counts_all_keys_of_a_run() {
    let place = started(Module::SoftHsm);
    events(&place, &["--all", "--canary", "1"]);
    let end = events(&place, &["--continue"]);
    assert_eq!(end.last().unwrap()["made"], 2);
    let (begin, end) = (notes(&place, "rotate.begin"), notes(&place, "rotate.end"));
    assert_eq!((&end[0]["keys"], &end[0]["done"], &end[0]["failed"]), (&3.into(), &3.into(), &0.into()));
    let sha256 = begin[0]["sha256"].as_str().unwrap();
    assert!(place.path(&format!("registry/runs/ended/{sha256}.json")).is_file());
}

#[test]
fn a_file_that_the_log_does_not_name_is_no_run() {
    let place = started(Module::SoftHsm);
    fs::create_dir_all(place.path("registry/runs")).unwrap();
    let forged = "{\"schema\":\"byok.run/v1\",\"id\":\"aaaa\",\"createdAt\":\"2020-01-01T00:00:00Z\",                  \"asked\":{\"all\":true},\"keys\":[]}";
    for content in [forged, "[[[["] {
        place.write("forged", content);
        let said = place.command("openssl").args(["dgst", "-sha256", "-r", "forged"]).output().unwrap().stdout;
        let sha256 = text(&said).split(' ').next().unwrap().to_owned();
        place.write(&format!("registry/runs/{sha256}.json"), content);
    }
    assert!(place.refused(4, &["rotate", "--continue"]).contains("no run is open [E0416]"));
    let strays = || {
        let said = text(&place.byok(&["recover"]).stderr);
        said.matches("is no rotation that is open: no rotation in the log began with it").count()
    };
    // A run that never began is swept away; what is none is nobody's to remove.
    place.ok(&["recover", "--yes"]);
    let told = events(&place, &["--all"]);
    assert_eq!(keys(&told).len(), 3);
    assert_eq!(strays(), 1);
}

#[test]
fn what_the_token_kept_from_its_rotation_is_gone_on_with() {
    let mut place = started_in(Workplace::initialised_behind_proxy(Module::SoftHsm, &[]));
    place.token.proxied(&["fail=C_GenerateKey#1:0x30"]);
    let said = place.refused(5, &["rotate", "--all"]);
    assert!(said.contains("hint: byok rotate --continue"), "{said}");
    assert!(said.contains(" --abandon   ends it; what was made stays"), "{said}");
    place.token.proxied(&[]);
    let told = events(&place, &["--all"]);
    let again = [("home@2", "nothing"), ("kek@2", "made"), ("pay/x@2", "waiting")];
    let mut done: Vec<(&str, &str)> = keys(&told).into_iter().map(|(id, done, _)| (id, done)).collect();
    done.sort_unstable();
    assert_eq!(done, again);
    assert!(place.refused(4, &["rotate", "--continue"]).contains("[E0416]"));
}

/// A key that the token refuses each time keeps none that came later from its rotation.
#[test]
fn a_run_goes_on_with_what_came_later() {
    let mut place = started_in(Workplace::initialised_behind_proxy(Module::SoftHsm, &[]));
    for name in ["i/1", "i/2"] {
        place.ok(&["generate", name, "--type", "aes-256"]);
        place.ok(&["activate", name]);
    }
    let nightly = ["--where", "name=i/*", "--sessions", "1"];
    let refuses = ["fail=C_GenerateKey#1:0x30"];
    place.token.proxied(&refuses);
    let first = events_of_any(&place, &nightly);
    assert_eq!(first.last().unwrap()["made"], 1, "{first:?}");
    place.token.proxied(&[]);
    place.ok(&["generate", "i/3", "--type", "aes-256"]);
    place.ok(&["activate", "i/3"]);
    place.token.proxied(&refuses);
    let second = events_of_any(&place, &nightly);
    let mut done: Vec<(&str, &str)> = keys(&second).into_iter().map(|(id, done, _)| (id, done)).collect();
    done.sort_unstable();
    assert_eq!(done, [("i/2@2", "nothing"), ("i/3@2", "made")], "{second:?}");
    assert_ne!(first[0]["run"], second[0]["run"]);
    let end = notes(&place, "rotate.end").pop().unwrap();
    assert_eq!((&end["run"], &end["followedBy"]), (&first[0]["run"], &second[0]["run"]));
    place.token.proxied(&[]);
    let third = place.ok(&["rotate", "--continue"]);
    assert!(third.contains("i/1@2   made in the place of i/1@1"), "{third}");
    assert!(place.refused(4, &["rotate", "--continue"]).contains("[E0416]"), "one run, and it ended");
    place.ok(&["verify", "registry", "--trust", "signer.pem"]);
}

/// Each line of a rotation, whatever came of it.
fn events_of_any(place: &Workplace, words: &[&str]) -> Vec<Value> {
    let output = place.byok(&[&["rotate", "--json"], words].concat());
    text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Nobody signed the intent of a rotation that was killed, and its line is the last one: no hash covers it.
#[test]
fn an_edited_intent_neither_activates_a_version_nor_hides_what_was_seen_of_it() {
    let mut place = started_in(Workplace::initialised_behind_proxy(Module::SoftHsm, &[]));
    let yaml = fs::read_to_string(place.path("byok.yaml")).unwrap();
    // The token does not have the method: the key comes into the host's memory.
    let wide = "  wide: {provider: generic, method: rsa-oaep-sha256, keys: [kek]}\n";
    fs::write(place.path("byok.yaml"), yaml + wide).unwrap();
    place.token.proxied(&["die=C_GenerateKey", "die_when=after"]);
    assert!(!place.byok(&["rotate", "kek"]).status.success());
    place.token.proxied(&[]);
    let log = place.path("registry/audit/log-000000.jsonl");
    let lines = fs::read_to_string(&log).unwrap();
    let (before, last) = lines.trim_end().rsplit_once('\n').unwrap();
    let mut intent: Value = serde_json::from_str(last).unwrap();
    assert_eq!((&intent["event"], &intent["detail"]["active"]), (&"key.rotate".into(), &false.into()));
    intent["detail"]["active"] = true.into();
    intent["detail"]["rotation"]["overlap"] = "P50Y".into();
    fs::write(&log, format!("{before}\n{intent}\n")).unwrap();
    place.ok(&["recover", "--yes"]);
    let key = place.predicate("registry/keys/kek@2/manifest-0001.dsse.json");
    assert_eq!((&key["origin"]["adopted"], &key["state"]), (&true.into(), &"pre-activation".into()));
    assert_eq!((&key["exposureEver"], &key["rotation"]["overlap"]), (&"plaintext".into(), &Value::Null));
    place.ok(&["verify", "registry", "--trust", "signer.pem"]);
}

/// A program reads a summary last, also where nothing began.
#[test]
fn a_failure_before_the_run_has_its_summary() {
    let place = started(Module::SoftHsm);
    let told = |words: &[&str], code: i32| {
        let output = place.byok(&[&["rotate", "--json"], words].concat());
        assert_eq!(output.status.code(), Some(code), "{words:?}: {}", text(&output.stderr));
        let events: Vec<Value> = text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        events.iter().for_each(assert_valid);
        assert_eq!(events.last().unwrap()["event"], "summary", "{words:?}");
        let error: Value = serde_json::from_str(&text(&output.stderr)).unwrap();
        assert_valid(&error);
        events
    };
    place.write("wrong.pin", "00000000\n");
    fs::set_permissions(place.path("wrong.pin"), fs::Permissions::from_mode(0o600)).unwrap();
    let wrong = told(&["kek", "home", "--pin-source", "file:wrong.pin"], 6);
    assert_eq!((&wrong[0]["keys"], &wrong[0]["left"], &wrong[0]["failed"]), (&2.into(), &2.into(), &0.into()));
    assert_eq!(told(&["kek", "--wrapping-keys", "nowhere", "--out", "out"], 7)[0]["keys"], 0);
    // One key alone whose newest version only waits.
    place.write("answers/near.json", WRAPPING_KEY);
    let alone = [&["kek"][..], &ANSWERS].concat();
    place.ok(&[&["rotate"], &alone[..]].concat());
    let waits = told(&alone, 4);
    assert_eq!((&waits[0]["event"], &waits[0]["code"]), (&"failed".into(), &"E0433".into()));
    assert_eq!((&waits[0]["pending"], &waits[1]["failed"]), (&serde_json::json!(["far"]), &1.into()));
}
