//! No evidence of what did not happen, no key without evidence, and no failure that shuts the next command out.

use serde_json::Value;

use crate::token::Module;
use crate::workplace::Workplace;

/// Events, phases and outcomes of the last entries of the log.
fn log_tail(place: &Workplace, count: usize) -> Vec<String> {
    let log = std::fs::read_to_string(place.path("registry/audit/log-000000.jsonl")).unwrap();
    let entries: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let shown = |entry: &Value| format!("{} {} {}", entry["event"], entry["phase"], entry["outcome"]).replace('"', "");
    entries[entries.len() - count..].iter().map(shown).collect()
}

/// Runs `generate` behind the proxy with these lines of configuration; whether it succeeded.
fn generate_behind(place: &mut Workplace, lines: &[&str], name: &str) -> bool {
    place.token.proxied(lines);
    let module = place.token.module();
    let output = place.byok(&["generate", name, "--type", "aes-256", "--module", module.to_str().unwrap()]);
    place.token.direct();
    output.status.success()
}

#[test]
fn an_owner_that_no_manifest_takes_leaves_no_key() {
    let place = Workplace::initialised(Module::SoftHsm);
    for owner in ["", "a\nb"] {
        assert!(!place.byok(&["generate", "a", "--type", "aes-256", "--owner", owner]).status.success());
    }
    place.ok(&["generate", "a", "--type", "aes-256"]);
    assert_eq!(place.predicate("registry/keys/a@1/manifest-0001.dsse.json").get("owner"), None);
}

#[test]
fn a_key_that_the_token_says_it_has_not_made_is_destroyed_again() {
    let mut place = Workplace::initialised(Module::SoftHsm);
    assert!(!generate_behind(&mut place, &["lie=local-false"], "a"));
    assert_eq!(log_tail(&place, 2), ["key.generate intent null", "key.generate result failure"]);
    // What cannot be destroyed is not logged as gone.
    assert!(!generate_behind(&mut place, &["lie=local-false", "fail=C_DestroyObject:0x30"], "b"));
    assert!(log_tail(&place, 2)[0].starts_with("key.generate intent"), "{:?}", log_tail(&place, 2));
    place.ok(&["generate", "c", "--type", "aes-256"]);
    assert_eq!(place.predicate("registry/keys/b@1/manifest-0001.dsse.json")["origin"]["adopted"], true);
}

#[test]
fn a_key_whose_check_value_is_refused_has_none() {
    let mut place = Workplace::initialised(Module::Kryoptic);
    assert!(generate_behind(&mut place, &["fail=C_EncryptInit:0x70"], "a"));
    let predicate = place.predicate("registry/keys/a@1/manifest-0001.dsse.json");
    assert_eq!((predicate.get("check"), &predicate["custody"]["attrs"]["valueLen"]), (None, &Value::from(32)));
}
