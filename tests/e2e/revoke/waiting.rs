//! What stands between a version and the next stage, and who may pass it over.

use super::{document, verified};
use crate::four_eyes::{APPROVAL, govern, plan, sign};
use crate::token::Module;
use crate::workplace::{Workplace, code, text};

const POLICY: &str = "\
schema: byok.policy/v1
people:
  alice: {roles: [security]}
  bob: {roles: [security]}
  carol: {roles: [custodian]}
registry: {unattended: [policy-adopt]}
rules:
  - name: all
    match: {keys: ['**']}
    rotation: {every: P1Y, overlap: P30D}
    grace: {deactivate: P7D, destroy: P30D}
    approvals:
      destroy: {count: 1}
    unattended: [generate, revoke, rotate]
";
const DESTROY: &str = "byok-destroy-v1";

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

fn governed(module: Module) -> Workplace {
    let place = Workplace::initialised(module);
    govern(&place, POLICY);
    for command in ["generate a --type aes-256", "activate a"] {
        place.ok(&words(command));
    }
    place
}

fn refused(place: &Workplace, exit: i32, command: &str) -> String {
    place.refused(exit, &words(command))
}

#[test]
fn the_policy_gives_people_time() {
    let place = governed(Module::SoftHsm);
    let straight = refused(&place, 3, "revoke a --stage deactivate --reason superseded --yes");
    assert!(straight.contains("a@1 is not deactivated yet: people have time to notice [E0336]"), "{straight}");
    assert!(straight.contains("cause: the policy wants P7D of suspension first, and a@1 is active"), "{straight}");
    assert!(straight.contains("hint: byok revoke a@1 --stage suspend --reason REASON"), "{straight}");
    place.ok(&words("revoke a --reason superseded"));
    let early = refused(&place, 3, "revoke a --reason superseded --yes");
    assert!(early.contains("and the policy wants P7D of that (until "), "{early}");
    assert!(early.contains("hint: wait until "), "{early}");
    assert_eq!(document(&place, &["show", "a"])["state"], "suspended");
    // A compromise waits for nobody.
    place.ok(&words("revoke a --reason key-compromise --yes"));
    let kept = refused(&place, 4, "plan revoke a --stage destroy --reason superseded --author alice --out plan.json");
    assert!(kept.contains("and the policy wants P30D of that (until "), "{kept}");
    // What never came into use has nobody to wait for.
    place.ok(&words("generate b --type aes-256"));
    plan(&place, "revoke b --stage destroy --reason superseded");
    let bob = sign(&place, "bob", DESTROY, "plan.json");
    place.ok(&words(&format!("apply plan.json {bob}")));
    assert_eq!(document(&place, &["show", "b"])["state"], "destroyed");
    verified(&place);
}

#[test]
fn two_people_break_the_glass_and_it_is_said_for_ever() {
    for module in Module::ALL {
        let place = governed(module);
        let alone = "revoke a --stage deactivate --reason superseded --break-glass --yes";
        assert!(refused(&place, 2, alone).contains("--message"), "a reason is needed");
        let alone = refused(&place, 3, &format!("{alone} --message fire"));
        assert!(alone.contains("is skipped with the approvals of two people, and there are 0 [E0337]"), "{alone}");
        plan(&place, "revoke a --stage deactivate --reason superseded --message fire --break-glass");
        assert!(place.ok(&words("plan show plan.json")).contains("break glass"));
        let bob = sign(&place, "bob", APPROVAL, "plan.json");
        let one = refused(&place, 3, &format!("apply plan.json {bob}"));
        assert!(one.contains("1 of 2 approvals") && code(&one) == Some("E0302"), "{one}");
        let shown = place.ok(&words(&format!("plan show plan.json {bob}")));
        assert!(shown.contains("2 people: ") && shown.contains("unapproved   1 of 2 approvals"), "{shown}");
        let carol = sign(&place, "carol", APPROVAL, "plan.json");
        let applied = place.ok(&words(&format!("apply plan.json {bob} {carol}")));
        assert!(applied.contains("BREAK GLASS ") && applied.contains("for review: skipped stage: fire"), "{applied}");
        let history = place.ok(&["show", "a"]);
        assert!(history.contains("BREAK GLASS: skipped stage; plan "), "{history}");
        let shown = document(&place, &["show", "a"]);
        assert_eq!(shown["state"], "deactivated");
        assert_eq!(shown["key"]["breakGlass"], serde_json::json!({"reason": "fire", "skipped": ["stage"]}));
        std::fs::remove_file(place.path("plan.json")).unwrap();
        plan(&place, "revoke a --stage destroy --reason superseded --message fire --break-glass");
        let [bob, carol] = ["bob", "carol"].map(|person| sign(&place, person, APPROVAL, "plan.json"));
        let other = refused(&place, 3, &format!("apply plan.json {bob} {carol}"));
        assert_eq!(code(&other), Some("E0302"), "an approval for anything else is none for this: {other}");
        let [bob, carol] = ["bob", "carol"].map(|person| sign(&place, person, DESTROY, "plan.json"));
        place.ok(&words(&format!("apply plan.json {bob} {carol}")));
        let key = document(&place, &["show", "a"])["key"].clone();
        assert_eq!(key["breakGlass"]["skipped"], serde_json::json!(["grace", "use"]));
        assert_eq!(key["authorization"]["plan"]["approvals"].as_array().unwrap().len(), 2);
        let said = verified(&place);
        for revision in [3, 4] {
            let review = format!("revision {revision}: BREAK GLASS, for review: skipped ");
            assert!(said.contains(&review), "{module:?}: {said}");
        }
        let log = std::fs::read_to_string(place.path("registry/audit/log-000000.jsonl")).unwrap();
        assert_eq!(log.lines().filter(|line| line.contains("\"breakGlass\":{\"reason\":\"fire\"")).count(), 2);
    }
}

/// The last line of the log is nobody's signature: what was approved says why, and that waiting was skipped.
#[test]
fn recovery_takes_the_mark_from_the_plan() {
    let reason = ["\"message\":\"fire\"", "\"message\":\"it was not me\""];
    let untouched = ["\n", "\n"];
    let absent = ["\"objectId\":", "\"absent\":true,\"objectId\":"];
    for [from, to] in [["\"breakGlass\":", "\"nothing\":"], reason, absent, untouched] {
        let mut place = Workplace::initialised_behind_proxy(Module::SoftHsm, &[]);
        govern(&place, POLICY);
        for command in ["generate a --type aes-256", "activate a", "revoke a --reason key-compromise --yes"] {
            place.ok(&words(command));
        }
        plan(&place, "revoke a --stage destroy --reason superseded --message fire --break-glass");
        let [bob, carol] = ["bob", "carol"].map(|person| sign(&place, person, DESTROY, "plan.json"));
        place.token.proxied(&["die=C_DestroyObject#1", "die_when=after"]);
        let killed = place.byok(&words(&format!("apply plan.json {bob} {carol}")));
        assert!(killed.status.code().is_none(), "{}", text(&killed.stderr));
        place.token.proxied(&[]);
        let log = place.path("registry/audit/log-000000.jsonl");
        let lines = std::fs::read_to_string(&log).unwrap();
        let last = lines.trim_end().rfind('\n').unwrap();
        std::fs::write(&log, lines[..last].to_owned() + &lines[last..].replace(from, to)).unwrap();
        place.ok(&words("generate z --type aes-256"));
        let key = document(&place, &["show", "a"])["key"].clone();
        assert_eq!(key["state"], "destroyed-compromised", "{from}");
        assert!(key["destruction"].get("absent").is_none(), "{from}: {key:#}");
        assert_eq!(key["breakGlass"], serde_json::json!({"reason": "fire", "skipped": ["grace", "use"]}), "{from}");
        assert_eq!(key["stateReason"], serde_json::json!({"code": "superseded", "message": "fire"}), "{from}");
        assert!(verified(&place).contains("BREAK GLASS, for review"), "{from}");
    }
}

#[test]
fn what_still_depends_on_a_version_keeps_it() {
    let place = governed(Module::SoftHsm);
    place.ok(&words("rotate a --out out"));
    place.ok(&words("revoke a@1 --reason superseded"));
    let overlap = refused(&place, 4, "revoke a@1 --reason superseded --yes");
    assert!(overlap.contains("a@1 is not deactivated yet: something depends on it [E0423]"), "{overlap}");
    assert!(overlap.contains("a@1: goes on beside a@2 until its overlap ends (until "), "{overlap}");
    let place = Workplace::initialised(Module::SoftHsm);
    for command in ["generate a --type aes-256", "activate a", "rotate a --out out"] {
        place.ok(&words(command));
    }
    place.ok(&words("revoke a@1 --stage deactivate --reason superseded --yes"));
    let backlog = refused(&place, 4, "revoke a@1 --stage destroy --reason superseded --yes");
    assert!(backlog.contains("a@1 is not destroyed yet: something depends on it [E0423]"), "{backlog}");
    assert!(backlog.contains("hint: byok rotate --mark-rewrapped a@1 --objects COUNT --remaining COUNT"), "{backlog}");
    verified(&place);
}

#[test]
fn what_became_of_data_is_for_those_to_say_who_may_rotate() {
    let place = governed(Module::SoftHsm);
    place.ok(&words("rotate a --out out"));
    // A portion does not end it, and neither does the next one of the same size.
    for _ in 0..2 {
        place.ok(&words("rotate --mark-rewrapped a@1 --objects 7"));
    }
    let due = document(&place, &["status"]);
    let backlog = due["items"].as_array().unwrap().iter().find(|item| item["kind"] == "rewrap-backlog").unwrap();
    assert!(backlog["what"].as_str().unwrap().contains("nobody said how many are left"), "{backlog}");
    let shown = place.ok(&words("show a@1"));
    assert_eq!(shown.matches("7 data keys encrypted anew").count(), 2, "{shown}");
    verified(&place);
    place.write("policy.yaml", POLICY.replace("['**']", "['others/**']"));
    place.ok(&words("policy adopt --policy policy.yaml --allowed-signers signers --yes"));
    let denied = refused(&place, 3, "rotate --mark-rewrapped a@1 --objects 1 --remaining 0");
    assert!(denied.contains("the policy denies rotate"), "{denied}");
}

/// What went bad with the replacement is no reason to let the old version go.
#[test]
fn a_bad_replacement_keeps_the_old_version() {
    for bad in ["--reason superseded --stage suspend", "--reason key-compromise --yes"] {
        let place = Workplace::initialised(Module::SoftHsm);
        for command in ["generate a --type aes-256", "activate a", "rotate a --out out"] {
            place.ok(&words(command));
        }
        place.ok(&words(&format!("revoke a@2 {bad}")));
        let last = refused(&place, 4, "revoke a@1 --stage deactivate --reason superseded --yes");
        assert!(last.contains("no other version of a is in use: a@2 is ") && code(&last) == Some("E0423"), "{last}");
        let place = Workplace::initialised(Module::SoftHsm);
        for command in ["generate a --type aes-256", "activate a", "rotate a --out out"] {
            place.ok(&words(command));
        }
        place.ok(&words("revoke a@1 --stage deactivate --reason superseded --yes"));
        place.ok(&words(&format!("revoke a@2 {bad}")));
        let backlog = refused(&place, 4, "revoke a@1 --stage destroy --reason superseded --yes");
        assert!(backlog.contains("nobody said that the data keys under it were encrypted anew"), "{backlog}");
        assert!(place.byok(&["status"]).stdout.windows(5).any(|part| part == b"a@1  " || part == b" a@1 "), "status");
    }
}

#[test]
fn a_compromise_is_worked_through_in_an_order() {
    let place = Workplace::initialised(Module::SoftHsm);
    place.ok(&words("generate a --type aes-256"));
    let proposal = document(&place, &words("revoke a --compromised --out incident.sh"));
    let steps: Vec<&str> =
        proposal["steps"].as_array().unwrap().iter().map(|step| step["what"].as_str().unwrap()).collect();
    assert!(steps[0].starts_with("Make a new version") && steps.last().unwrap().starts_with("Report"), "{steps:#?}");
    let file = std::fs::read_to_string(place.path("incident.sh")).unwrap();
    assert!(file.lines().all(|line| line.is_empty() || line.starts_with('#')), "it runs nothing: {file}");
    assert_eq!(document(&place, &["show", "a"])["key"]["revision"], 1, "nothing was done");
}

/// A version that was given up is no successor: another one is proposed.
#[test]
fn a_version_that_was_given_up_takes_no_compromised_ones_place() {
    let place = Workplace::initialised(Module::SoftHsm);
    for command in ["generate a --type aes-256", "activate a", "rotate a"] {
        place.ok(&words(command));
    }
    let proposed = |version: &str| {
        let proposal = document(&place, &words(&format!("revoke {version} --compromised")));
        proposal["steps"][0]["what"].as_str().unwrap().to_owned()
    };
    assert!(!proposed("a@1").starts_with("Make a new version"), "there is one");
    place.ok(&words("rotate --rollback a --yes"));
    assert!(proposed("a@1").starts_with("Make a new version"), "{}", proposed("a@1"));
    let text = place.ok(&words("revoke a@1 --compromised"));
    assert!(text.contains("a@3 is in use by then"), "{text}");
}

/// Nobody learns in an emergency that nobody can approve.
#[test]
fn a_plan_that_breaks_the_glass_can_be_approved() {
    let command = "revoke a --stage deactivate --reason superseded --message fire --break-glass";
    let planned =
        |place: &Workplace, author: &str| format!("plan {command}{author} --out {}", place.path("p").display());
    let ungoverned = Workplace::initialised(Module::SoftHsm);
    ungoverned.ok(&words("generate a --type aes-256"));
    ungoverned.ok(&words("activate a"));
    let said = refused(&ungoverned, 3, &planned(&ungoverned, ""));
    assert!(said.contains("this registry has adopted no policy that names any [E0337]"), "{said}");
    let place = Workplace::initialised(Module::SoftHsm);
    govern(&place, &POLICY.replace("  carol: {roles: [custodian]}\n", ""));
    place.ok(&words("generate a --type aes-256"));
    place.ok(&words("activate a"));
    // Two people, and one of them makes the plan.
    let said = refused(&place, 3, &planned(&place, " --author alice"));
    assert!(said.contains("cannot be given: 1 of 2 approvals [E0337]"), "{said}");
    assert!(said.contains("cause: who could approve: bob"), "{said}");
    place.write("policy.yaml", POLICY);
    place.ok(&words("policy adopt --policy policy.yaml --allowed-signers signers --yes"));
    place.ok(&words(&planned(&place, " --author alice")));
}

/// What was encrypted under a version that leaked is lost with it, where nobody said that none is left: whatever became of
/// the version that is to take its place.
#[test]
fn data_keeps_a_compromised_version() {
    for module in Module::ALL {
        let place = Workplace::initialised(module);
        for command in ["generate w --type aes-256", "activate w", "revoke w --reason key-compromise --yes"] {
            place.ok(&words(command));
        }
        let kept = refused(&place, 4, "revoke w --stage destroy --reason key-compromise");
        assert!(kept.contains("cause: w@1: nobody said that the data keys under it were encrypted anew"), "{kept}");
        assert!(kept.contains("hint: byok rotate --mark-rewrapped w@1 --objects 0 --remaining 0"), "{kept}");
        place.ok(&words("rotate --mark-rewrapped w@1 --objects 0 --remaining 0"));
        let (said, ended) = super::destroy(&place, "w@1", &[]);
        assert_eq!(ended, 0, "{module:?}: {said}");
        verified(&place);
    }
}
