//! `revoke`, stage by stage, on both tokens.

mod absent;
mod destroy;
mod gone;
mod providers;
mod waiting;

use serde_json::Value;

use crate::prompts::{finish, spawn};
use crate::schema::assert_valid;
use crate::token::Module;
use crate::workplace::Workplace;

pub(crate) fn document(place: &Workplace, arguments: &[&str]) -> Value {
    let document = serde_json::from_str(&place.ok(&[arguments, &["--json"]].concat())).unwrap();
    assert_valid(&document);
    document
}

fn started(module: Module) -> Workplace {
    let place = Workplace::initialised(module);
    place.ok(&["generate", "a", "--type", "aes-256"]);
    place.ok(&["generate", "b", "--type", "ec-p256"]);
    place
}

pub(crate) fn verified(place: &Workplace) -> String {
    place.ok(&["verify", "registry", "--trust", "signer.pem"])
}

/// Types the name of a key that is to be destroyed.
pub(crate) fn destroy(place: &Workplace, id: &str, more: &[&str]) -> (String, i32) {
    let words = [&["revoke", id, "--stage", "destroy", "--reason", "superseded"], more].concat();
    let mut session = spawn(place, &words);
    session.expect(format!("Destroy {id}? This cannot be undone. Type {id} to go on")).unwrap();
    session.send(format!("{id}\r")).unwrap();
    finish(session)
}

use expectrl::Expect as _;

#[test]
fn each_stage_is_a_manifest_of_its_own() {
    for module in Module::ALL {
        let place = started(module);
        place.ok(&["activate", "a"]);
        let stages = [
            (&["revoke", "a", "--reason", "superseded"][..], "suspend", "suspended"),
            (&["revoke", "a", "--reason", "superseded", "--yes"], "deactivate", "deactivated"),
            (
                &["revoke", "a", "--reason", "key-compromise", "--message", "found", "--yes"],
                "compromise",
                "compromised",
            ),
        ];
        for (index, (words, stage, state)) in stages.into_iter().enumerate() {
            let after = document(&place, words);
            assert_eq!((&after["stage"], &after["state"]), (&stage.into(), &state.into()), "{module:?}");
            assert_eq!(after["key"]["revision"], index + 3, "{module:?}");
            let named = [words, &["--stage", stage]].concat();
            assert_eq!(document(&place, &named)["key"], after["key"], "{module:?}: once more");
            assert_eq!(document(&place, &["show", "a"])["state"], state);
            verified(&place);
        }
        assert!(place.ok(&["show", "a"]).contains("compromised (key-compromise: found)"));
    }
}

#[test]
fn what_cannot_be_taken_back_is_asked_for() {
    let place = started(Module::SoftHsm);
    place.ok(&["activate", "a"]);
    for stage in ["deactivate", "compromise"] {
        let asked = place.refused(2, &["revoke", "a", "--reason", "superseded", "--stage", stage]);
        assert!(asked.contains("a confirmation is needed, and there is no terminal to ask at [E0210]"), "{asked}");
    }
    let destroyed = place.refused(4, &["revoke", "a", "--reason", "superseded", "--stage", "destroy", "--yes"]);
    assert!(destroyed.contains("a@1 is active: a key version is destroyed only when it is out of use"), "{destroyed}");
    assert!(destroyed.contains("hint: byok revoke a@1 --stage suspend --reason REASON"), "{destroyed}");
    let unnamed = place.refused(2, &["revoke", "b", "--reason", "superseded"]);
    assert!(unnamed.contains("b@1 is pre-activation, and no stage follows from that: name one [E0256]"), "{unnamed}");
    assert!(unnamed.contains("hint: --stage compromise, or --stage destroy"), "{unnamed}");
    let script = place.refused(3, &["revoke", "b", "--reason", "superseded", "--stage", "destroy", "--yes"]);
    assert!(script.contains("--yes alone does not destroy a key, and there is no terminal to ask at"), "{script}");
    assert_eq!(document(&place, &["list"])["keys"][0]["state"], "active");
    verified(&place);
}
