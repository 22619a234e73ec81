//! Stages before the last one, of a key that something else took out of the token.

use super::destroy::take_out;
use super::{document, started, verified};
use crate::token::Module;
use crate::workplace::{Workplace, code};

/// Every stage is recorded in its turn, with what the token said, and the way there stands in the refusal.
#[test]
fn a_key_that_is_gone_is_taken_out_of_use_all_the_same() {
    for module in Module::ALL {
        let place = started(module);
        for (id, class) in [("a@1", "secrkey"), ("b@1", "privkey")] {
            place.ok(&["activate", id]);
            let there = place.refused(2, &words(&revoke(id, "suspend", " --absent")));
            assert!(there.contains(&format!("of {id}: it is not absent")), "{there}");
            assert!(there.contains(&format!("hint: byok revoke {id} --stage suspend --reason REASON")), "{there}");
            let read_at = document(&place, &["show", id])["key"]["custody"]["readAt"].clone();
            take_out(&place, class, id);
            let hint = format!("hint: byok revoke {id} --stage suspend --absent --reason key-compromise");
            let suspend = format!("suspend {id} --reason key-compromise");
            for command in [suspend, revoke(id, "suspend", "")] {
                let said = place.refused(4, &words(&command));
                assert_eq!(code(&said), Some("E0402"), "{command}: {said}");
                assert!(said.contains(&hint), "{command}: {said}");
            }
            let proposed = place.ok(&["revoke", id, "--compromised"]);
            assert!(proposed.contains("--absent."), "{proposed}");
            for (stage, state) in
                [("suspend", "suspended"), ("deactivate", "deactivated"), ("compromise", "compromised")]
            {
                let bare = place.refused(4, &words(&revoke(id, stage, "")));
                assert!(bare.contains(&format!("--stage {stage} --absent --reason key-compromise")), "{bare}");
                place.ok(&words(&revoke(id, stage, " --absent")));
                let shown = document(&place, &["show", id]);
                assert_eq!(shown["state"], state, "{module:?} {id}");
                assert_eq!(shown["key"]["absence"]["readBack"], "not-found", "{module:?} {id}");
                assert_eq!(shown["key"]["custody"]["readAt"], read_at, "nothing was read: {module:?} {id}");
                assert_eq!(shown["key"].get("destruction"), None);
                // Once more is harmless.
                place.ok(&words(&revoke(id, stage, " --absent")));
                assert_eq!(document(&place, &["show", id])["key"], shown["key"], "{module:?} {id} {stage}");
            }
            let history = place.ok(&["show", id]);
            assert!(history.contains("not found in the token, compromised (key-compromise)"), "{history}");
            assert!(history.contains("nothing was done there"), "{history}");
            let proposed = place.ok(&["revoke", id, "--compromised"]);
            assert!(!proposed.contains("--stage compromise"), "it is recorded: {proposed}");
        }
        let said = verified(&place);
        assert_eq!(said.matches("ABSENT, for review").count(), 2, "{said}");
    }
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

fn revoke(id: &str, stage: &str, absent: &str) -> String {
    format!("revoke {id} --stage {stage}{absent} --reason key-compromise --yes")
}

/// Once it was suspended so, the proposal prints what works.
#[test]
fn the_proposal_knows_what_was_recorded() {
    let place = Workplace::initialised(Module::SoftHsm);
    place.ok(&["generate", "a", "--type", "aes-256"]);
    place.ok(&["activate", "a"]);
    take_out(&place, "secrkey", "a@1");
    place.ok(&words(&revoke("a@1", "suspend", " --absent")));
    let proposed = place.ok(&["revoke", "a", "--compromised"]);
    let command = "byok revoke a@1 --reason key-compromise --stage compromise --absent --message WHAT --out COMMANDS";
    assert!(proposed.contains(command), "{proposed}");
    let command = command.trim_start_matches("byok ").replace("COMMANDS", "commands");
    place.ok(&[&words(&command)[..], &["--yes"]].concat());
    assert_eq!(document(&place, &["show", "a"])["state"], "compromised");
    verified(&place);
}

/// People approve just this: an approved plan without it records nothing of a key that is not found, and the other way round.
#[test]
fn a_plan_says_that_the_key_is_not_there() {
    let place = Workplace::initialised(Module::SoftHsm);
    crate::four_eyes::govern(&place, POLICY);
    place.ok(&["generate", "a", "--type", "aes-256"]);
    place.ok(&["activate", "a"]);
    take_out(&place, "secrkey", "a@1");
    crate::four_eyes::plan(&place, "revoke a --stage compromise --absent --reason key-compromise");
    assert!(place.ok(&words("plan show plan.json")).contains("stage compromise: the token does not find it"));
    let bob = crate::four_eyes::sign(&place, "bob", crate::four_eyes::APPROVAL, "plan.json");
    place.ok(&words(&format!("apply plan.json {bob}")));
    assert_eq!(document(&place, &["show", "a"])["state"], "compromised");
    verified(&place);
}

const POLICY: &str = "\
schema: byok.policy/v1
people:
  alice: {roles: [security]}
  bob: {roles: [security]}
registry: {unattended: [policy-adopt]}
rules:
  - name: all
    match: {keys: ['**']}
    approvals: {revoke: {count: 1}}
    unattended: [generate]
";
