//! Two mounts with a key of one name: two places, and what was seen at one of them says nothing of the other.

use std::fmt::Write as _;
use std::fs;

use serde_json::{Value, json};

use super::Import;
use crate::token::Module;
use crate::workplace::text;

/// The key at both.
const TARGET: &str = "places-kek";

#[test]
fn a_version_that_was_seen_at_one_of_two_mounts_is_not_seen_at_the_other() {
    let import = Import::new("places", Module::SoftHsm);
    let place = &import.place;
    let mut yaml = fs::read_to_string(place.path("byok.yaml")).unwrap() + "targets:\n";
    fs::create_dir(place.path("answers")).unwrap();
    for id in ["one", "two"] {
        import.server.post(&format!("sys/mounts/places-{id}"), &json!({"type": "transit"})).unwrap();
        writeln!(yaml, "  {id}: {{provider: openbao, target: {TARGET}, mount: places-{id}, method: rsa-aes-sha1}}")
            .unwrap();
        place.write(&format!("answers/{id}.json"), import.read(&format!("places-{id}/wrapping_key")));
    }
    place.write("byok.yaml", yaml);
    place.ok(&["generate", "kek", "--type", "aes-256"]);
    place.ok(&["activate", "kek"]);

    place.ok(&["rotate", "kek", "--wrapping-keys", "answers", "--out", "out"]);
    for id in ["one", "two"] {
        import.sh(&[&format!("out/kek@2/{id}/import.sh")]);
        import.confirm_at("kek@2", id);
    }
    place.ok(&["rotate", "--mark-rewrapped", "kek@1", "--objects", "0", "--remaining", "0"]);
    assert_eq!(import.due(), ["deactivation-due kek@1"]);
    place.ok(&["revoke", "kek@1", "--reason", "superseded", "--stage", "deactivate", "--yes"]);

    place.ok(&["rotate", "kek", "--wrapping-keys", "answers", "--out", "out"]);
    import.sh(&["out/kek@3/one/import.sh"]);
    place.write("one.json", import.read(&format!("places-one/keys/{TARGET}")));
    let confirm = ["confirm-import", "kek@3", "--provider", "openbao", "--evidence", "one.json"];
    let said = place.refused(2, &confirm);
    assert!(said.contains("one, two [E0252]") && said.contains("--target-id two"), "{said}");
    // What the other mount shows by now is the old version, and is known for it.
    place.write("two.json", import.read(&format!("places-two/keys/{TARGET}")));
    let other = ["confirm-import", "kek@3", "--provider", "openbao", "--evidence", "two.json", "--target-id", "two"];
    assert!(place.refused(7, &other).contains("E0796"));
    place.ok(&[&confirm[..], &["--target-id", "one"]].concat());

    let status: Value = serde_json::from_slice(&place.byok(&["status", "--json"]).stdout).unwrap();
    let item = |kind: &str| {
        let mut items = status["items"].as_array().unwrap().iter().filter(|item| item["kind"] == kind);
        (items.next().cloned().unwrap_or_default(), items.count())
    };
    let (pending, more) = item("pending-confirmation");
    assert_eq!((&pending["key"], &pending["target"], more), (&json!("kek@3"), &json!("two"), 0), "{status}");
    let next = "byok confirm-import kek@3 --provider openbao --target-id two --evidence FILE";
    assert_eq!(pending["next"], next);
    assert_eq!(item("overlap").0["next"], next);
    assert_eq!(item("deactivation-due").0, Value::Null, "{status}");
    let revoke = ["revoke", "kek@2", "--reason", "superseded", "--stage", "deactivate", "--yes"];
    let refused = place.byok(&revoke);
    let said = text(&refused.stderr);
    assert!(!refused.status.success() && said.contains("two (openbao places-kek in places-two)"), "{said}");

    import.sh(&["out/kek@3/two/import.sh"]);
    import.confirm_at("kek@3", "two");
    place.ok(&revoke);
    place.ok(&["verify", "registry", "--trust", "signer.pem"]);
}

impl Import {
    /// What the server's own client reads.
    pub(super) fn read(&self, path: &str) -> Vec<u8> {
        let answer = self.client("bao").args(["read", "-format=json", path]).output().unwrap();
        assert!(answer.status.success(), "{path}: {}", text(&answer.stderr));
        answer.stdout
    }

    fn confirm_at(&self, label: &str, id: &str) {
        self.place.write("answer.json", self.read(&format!("places-{id}/keys/{TARGET}")));
        let words = ["confirm-import", label, "--provider", "openbao", "--evidence", "answer.json", "--target-id", id];
        self.place.ok(&words);
    }
}
