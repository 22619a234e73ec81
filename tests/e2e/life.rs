//! What a person sees of a rotation's life: what is due, what waits, and what to type next.

use std::fs;

use expectrl::Expect as _;
use serde_json::Value;

use crate::prompts::{finish, spawn};
use crate::schema::assert_valid;
use crate::token::Module;
use crate::workplace::{WRAPPING_KEY, Workplace, text};

const TARGETS: &str = "targets:\n  far: {provider: generic, method: rsa-oaep-sha1, keys: [kek]}\n  \
                       near: {provider: generic, method: rsa-oaep-sha1, keys: [kek, \"pay/**\"]}\n";
const ANSWERS: [&str; 4] = ["--wrapping-keys", "answers", "--out", "bundles"];

/// `kek` goes to `far` and `near`, `pay/x` to `near`, `home` nowhere; all are in use.
fn started(module: Module) -> Workplace {
    let place = Workplace::initialised(module);
    let yaml = fs::read_to_string(place.path("byok.yaml")).unwrap();
    fs::write(place.path("byok.yaml"), yaml + TARGETS).unwrap();
    fs::create_dir_all(place.path("answers")).unwrap();
    for (name, kind) in [("kek", "aes-256"), ("pay/x", "aes-128"), ("home", "ec-p256")] {
        place.ok(&["generate", name, "--type", kind]);
        place.ok(&["activate", name]);
    }
    place
}

fn rotate(place: &Workplace, words: &[&str]) -> String {
    place.ok(&[&["rotate"][..], words, &ANSWERS].concat())
}

fn document(text: &str) -> Value {
    let document = serde_json::from_str(text).unwrap();
    assert_valid(&document);
    document
}

/// `kind key` of each item.
fn items(place: &Workplace) -> Vec<String> {
    let status = document(&place.ok(&["status", "--json"]));
    let line = |item: &Value| format!("{} {}", item["kind"].as_str().unwrap(), item["key"].as_str().unwrap_or("-"));
    status["items"].as_array().unwrap().iter().map(line).collect()
}

#[test]
fn the_old_version_goes_on_until_every_target_has_the_new_one() {
    for module in Module::ALL {
        let place = started(module);
        place.write("answers/far.json", WRAPPING_KEY);
        place.write("answers/near.json", WRAPPING_KEY);
        rotate(&place, &["kek"]);
        place.ok(&["activate", "kek@2"]);
        fs::remove_file(place.path("answers/near.json")).unwrap();
        rotate(&place, &["kek"]);
        place.ok(&["activate", "kek@3"]);
        let said = items(&place);
        assert!(
            said.contains(&"overlap kek@2".to_owned()) && said.contains(&"pending-wrap kek@3".to_owned()),
            "{said:?}"
        );
        assert!(!said.contains(&"deactivation-due kek@2".to_owned()), "{module:?}: {said:?}");
        let revoke = ["revoke", "kek@2", "--reason", "superseded", "--stage", "deactivate", "--yes"];
        let refused = place.refused(4, &revoke);
        assert!(refused.contains("cause: kek@2: goes on: kek@3 was not seen at near (generic"), "{refused}");
        assert!(refused.contains("hint: byok rotate kek --wrapping-keys DIR --out DIR"), "{refused}");
        // Without the answer nothing is made: least of all a further version.
        let waits = place.refused(4, &[&["rotate", "kek"][..], &ANSWERS].concat());
        assert!(waits.contains("kek@3 waits for the answer of near, and nothing was made [E0433]"), "{waits}");
        let all = rotate(&place, &["--where", "name=kek"]);
        assert!(
            all.contains("kek@3   waiting for near   active\n  near           pending: there is no wrapping key"),
            "{all}"
        );
        place.write("answers/near.json", WRAPPING_KEY);
        let wrapped = rotate(&place, &["kek"]);
        assert!(wrapped.contains("kek@3   wrapped for more targets   active"), "{wrapped}");
        assert!(items(&place).contains(&"deactivation-due kek@2".to_owned()), "{module:?}");
        place.ok(&revoke);
        // Everything is where it should be: now it is another rotation.
        assert!(rotate(&place, &["kek"]).contains("kek@4   made in the place of kek@3"), "{module:?}");
        place.ok(&["verify", "registry", "--trust", "signer.pem"]);
    }
}

/// A version that others know is replaced, whatever it owes to targets; and what was wrapped for it is not.
#[test]
fn a_version_that_owes_is_replaced_where_that_is_asked_for() {
    for module in Module::ALL {
        let place = started(module);
        place.write("answers/far.json", WRAPPING_KEY);
        rotate(&place, &["kek"]);
        place.ok(&["activate", "kek@2"]);
        let proposed = place.ok(&["revoke", "kek@2", "--compromised"]);
        assert!(proposed.contains("byok rotate kek --again --wrapping-keys ANSWERS --out BUNDLES"), "{proposed}");
        assert!(proposed.contains("kek@3"), "{proposed}");
        place.write("answers/near.json", WRAPPING_KEY);
        let told = events(&place, &["kek", "--again"]);
        let key = told.iter().find(|line| line["event"] == "key").unwrap();
        assert_eq!((&key["id"], &key["replaces"]), (&"kek@3".into(), &"kek@2".into()), "{module:?}");
        assert_eq!((key["bundles"].as_array().unwrap().len(), key["pending"].as_array().unwrap().len()), (2, 0));
        assert!(!place.path("bundles/kek@2/near").exists(), "nothing more of what leaked");
        place.refused(2, &["rotate", "--continue", "--again"]);
        place.ok(&["verify", "registry", "--trust", "signer.pem"]);
    }
}

/// Each line of `--json`.
fn events(place: &Workplace, words: &[&str]) -> Vec<Value> {
    let output = place.byok(&[&["rotate", "--json"], words, &ANSWERS].concat());
    let lines = text(&output.stdout);
    lines.lines().map(document).collect()
}

#[test]
fn a_version_that_was_given_up_is_gone_on_with_by_nobody() {
    for module in Module::ALL {
        let place = started(module);
        place.write("answers/near.json", WRAPPING_KEY);
        rotate(&place, &["kek"]);
        place.refused(2, &["rotate", "--rollback", "kek"]);
        let planned = place.ok(&["rotate", "--rollback", "kek", "--dry-run"]);
        assert!(
            planned.contains("record that kek@2 is given up, and never comes into use; kek@1 is current"),
            "{planned}"
        );
        let told = document(&place.ok(&["rotate", "--rollback", "kek", "--yes", "--json"]));
        assert_eq!((&told["state"], &told["changed"]), (&"pre-activation".into(), &true.into()), "{module:?}");
        assert_eq!(place.predicate("registry/keys/kek@2/manifest-0002.dsse.json")["rollback"]["to"], "kek@1");
        let again = document(&place.ok(&["rotate", "--rollback", "kek", "--yes", "--json"]));
        assert_eq!(again["changed"], false, "{module:?}");
        for words in [
            &["activate", "kek@2"][..],
            &["wrap-for-import", "kek@2", "--provider", "generic", "--wrapping-key", "answers/near.json", "--out", "w"],
        ] {
            assert!(
                place.refused(4, words).contains("kek@2 was given up for kek@1: nothing brings it into use [E0431]")
            );
        }
        let waits = items(&place);
        assert!(!waits.iter().any(|item| item.ends_with("kek@2")), "{module:?}: nothing waits for it: {waits:?}");
        let next = rotate(&place, &["kek"]);
        assert!(next.contains("kek@3   made in the place of kek@2"), "{next}");
        let shown = place.ok(&["show", "kek@2"]);
        assert!(shown.contains("given up: kek@1 is current again"), "{shown}");
        assert!(place.ok(&["show", "kek@3"]).contains("rotated in the place of kek@2, wrapped for generic"));
        place.ok(&["verify", "registry", "--trust", "signer.pem"]);
    }
}

#[test]
fn each_open_run_is_named_and_goes_on_with_its_folders() {
    let place = started(Module::SoftHsm);
    for name in ["b/1", "b/2"] {
        place.ok(&["generate", name, "--type", "aes-256"]);
        place.ok(&["activate", name]);
    }
    place.write("answers/near.json", WRAPPING_KEY);
    let yaml = fs::read_to_string(place.path("byok.yaml")).unwrap();
    place.write("byok.yaml", yaml.replace("pay/**\"", "pay/**\", \"b/**\""));
    let first = rotate(&place, &["home", "pay/x", "--canary", "1"]);
    assert!(first.contains("waiting: 1 more, until in use: home@2\nnext: byok rotate --continue "), "{first}");
    let next = first.lines().find_map(|line| line.strip_prefix("next: ")).unwrap();
    assert!(next.ends_with(" --wrapping-keys answers --out bundles"), "{next}");
    rotate(&place, &["b/1", "b/2", "--canary", "1"]);
    let status = document(&place.ok(&["status", "--json"]));
    let runs: Vec<&Value> =
        status["items"].as_array().unwrap().iter().filter(|item| item["kind"] == "open-run").collect();
    let row = |run: &Value| [&run["due"], &run["run"]["left"], &run["run"]["asked"]].map(Value::to_string);
    assert_eq!(row(runs[0]), ["true", "1", "\"rotate home pay/x --canary 1\""]);
    assert_eq!(row(runs[1]), ["false", "1", "\"rotate b/1 b/2 --canary 1\""]);
    assert_eq!(runs[0]["next"], next);
    // Without its folders the rest would be made without its wraps.
    let bare = place.refused(2, &["rotate", "--continue", runs[0]["run"]["id"].as_str().unwrap()]);
    assert!(bare.contains("was begun with --wrapping-keys and --out") && bare.contains(next), "{bare}");
    let waits =
        place.refused(4, &[&["rotate", "--continue", runs[1]["run"]["id"].as_str().unwrap()][..], &ANSWERS].concat());
    assert!(waits.contains("cause: b/1@2: pre-activation\ncause: run "), "{waits}");
    assert!(waits.contains(runs[1]["next"].as_str().unwrap()), "{waits}");
    let several = place.refused(4, &["rotate", "--continue", "--abandon"]);
    assert!(several.contains("error: 2 runs are open [E0432]"), "{several}");
    let recovered = place.ok(&["recover"]);
    assert!(recovered.contains("byok rotate b/1 b/2 --canary 1: 1 of 2 keys are left"), "{recovered}");
    // The one that may go on does, and the other is named.
    let words: Vec<&str> =
        next.split_whitespace().skip(1).filter(|word| !word.contains('-') || word.len() < 20).collect();
    assert_eq!(words, ["rotate", "--continue", "--wrapping-keys", "answers", "--out", "bundles"]);
    assert!(place.ok(&words).contains("pay/x@2   made in the place of pay/x@1"));
    place.ok(&["activate", "b/1"]);
    assert!(place.ok(&words).contains("b/2@2   made in the place of b/2@1"));
    assert!(place.refused(4, &words).contains("error: no run is open [E0416]"));
}

#[test]
fn what_speaks_against_a_target_names_it_and_its_answer() {
    let place = started(Module::SoftHsm);
    fs::create_dir_all(place.path("answers/kek")).unwrap();
    place.write("answers/kek/far.json", "{");
    let told = events(&place, &["kek", "home"]);
    let failed = told.iter().find(|event| event["event"] == "failed").unwrap();
    assert_eq!((&failed["target"], &failed["file"]), (&"far".into(), &"kek/far.json".into()));
    assert!(failed["error"].as_str().unwrap().starts_with("target far (kek/far.json): "), "{failed}");
    place.write("answers/kek/far.json", WRAPPING_KEY);
    let yaml = fs::read_to_string(place.path("byok.yaml")).unwrap();
    place.write("byok.yaml", yaml.replacen("rsa-oaep-sha1", "rsa-aes-sha512", 1));
    let refused = place.refused(5, &[&["rotate", "kek"][..], &ANSWERS].concat());
    assert!(refused.contains("error: target far (kek/far.json): "), "{refused}");
    assert!(refused.contains("hint: method: ") && refused.contains(" at targets.far in byok.yaml"), "{refused}");
    let typo = place.refused(2, &["rotate", "--where", "target=nosuch"]);
    assert!(
        typo.contains("error: byok.yaml has no target nosuch")
            && typo.contains("hint: targets of byok.yaml: far, near")
    );
    place.ok(&["rotate", "--where", "target=far", "--quiet"]);
}

/// A script gives up no version with which every provider goes on.
#[test]
fn a_way_back_that_leads_nowhere_takes_a_person() {
    let place = started(Module::SoftHsm);
    for name in ["far", "near"] {
        place.write(format!("answers/{name}.json").as_str(), WRAPPING_KEY);
    }
    rotate(&place, &["kek"]);
    place.ok(&["activate", "kek@2"]);
    let refused = place.refused(3, &["rotate", "--rollback", "kek", "--yes"]);
    assert!(
        refused.contains(
            "--yes alone does not give kek@2 up: no command leads back at far: generic, near: generic [E0338]"
        ),
        "{refused}"
    );
    assert_eq!(document(&place.ok(&["show", "kek@2", "--json"]))["state"], "active");
    let mut session = spawn(&place, &["rotate", "--rollback", "kek", "--yes"]);
    session.expect("Give kek@2 up? This cannot be undone. Type kek@2 to go on").unwrap();
    session.send("kek@2\r").unwrap();
    let (said, code) = finish(session);
    assert_eq!(code, 0, "{said}");
    assert_eq!(document(&place.ok(&["show", "kek@2", "--json"]))["state"], "deactivated");
}

/// Back to the version that was replaced, or to none: what came before it may be at no provider.
#[test]
fn a_way_back_passes_over_no_version_that_was_in_use() {
    let place = started(Module::SoftHsm);
    for version in ["pay/x@2", "pay/x@3"] {
        place.write("answers/near.json", WRAPPING_KEY);
        rotate(&place, &["pay/x"]);
        place.ok(&["activate", version]);
    }
    place.ok(&["revoke", "pay/x@2", "--reason", "superseded", "--stage", "deactivate", "--yes"]);
    let refused = place.refused(4, &["rotate", "--rollback", "pay/x", "--yes"]);
    let why = "pay/x@2 is in state deactivated: there is no way back from pay/x@3 to it [E0429]";
    assert!(refused.contains(why), "{refused}");
    assert_eq!(document(&place.ok(&["show", "pay/x@3", "--json"]))["state"], "active");
}
