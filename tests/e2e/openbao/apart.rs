//! A version that was imported and never confirmed must not be taken for the next one.

use std::fmt::Write as _;
use std::fs;

use serde_json::json;

use super::{Import, WRAPPING_KEY};
use crate::token::Module;

impl Import {
    /// A target of byok.yaml, and its answer.
    fn aims_at(&self, target: &str) {
        let place = &self.place;
        let yaml = fs::read_to_string(place.path("byok.yaml")).unwrap();
        let targets = format!("targets:\n  eu: {{provider: openbao, target: {target}, method: rsa-aes-sha1}}\n");
        place.write("byok.yaml", yaml + &targets);
        fs::create_dir(place.path("answers")).unwrap();
        fs::copy(place.path(WRAPPING_KEY), place.path("answers/eu.json")).unwrap();
    }

    /// What is said where the server's answer is refused for this version.
    fn untold(&self, label: &str, target: &str) -> String {
        let answer = self.client("bao").args(["read", "-format=json", &format!("transit/keys/{target}")]).output();
        self.place.write("untold.json", answer.unwrap().stdout);
        let words = ["confirm-import", label, "--provider", "openbao", "--evidence", "untold.json"];
        let said = self.place.refused(7, &words);
        assert!(said.contains("[E0797]"), "{said}");
        said
    }

    /// The second a key version was made in at the server is over.
    fn wait_for_the_next_second(&self, target: &str) {
        let made = self.server.get(&format!("transit/keys/{target}")).unwrap()["data"]["keys"]["1"].as_i64();
        while made.is_some_and(|made| jiff::Timestamp::now().as_second() <= made) {
            std::thread::yield_now();
        }
    }
}

#[test]
fn the_material_of_an_unconfirmed_version_is_not_taken_for_the_next() {
    let import = Import::new("apart", Module::SoftHsm);
    let (place, target) = (&import.place, "apart-kek");
    import.aims_at(target);
    place.ok(&["generate", "kek", "--type", "aes-256"]);
    place.ok(&super::wrap_arguments("kek", "rsa-aes-sha1", target, "first"));
    import.sh(&["first/import.sh"]);
    place.ok(&["activate", "kek"]);
    import.wait_for_the_next_second(target);
    place.ok(&["rotate", "kek", "--again", "--wrapping-keys", "answers", "--out", "out"]);
    let said = import.untold("kek@2", target);
    assert!(said.contains("it may be kek@1"), "{said}");
    assert!(said.contains("byok confirm-import kek@1 --provider openbao --evidence FILE"), "{said}");
    // The third one could be either of them.
    place.ok(&["rotate", "kek", "--again", "--wrapping-keys", "answers", "--out", "out"]);
    import.untold("kek@3", target);

    import.confirm("kek@1", target, "one.json");
    import.sh(&["out/kek@2/eu/import.sh", "--after", "1"]);
    import.sh(&["out/kek@3/eu/import.sh", "--after", "2"]);
    // It is the third one's by now.
    import.untold("kek@2", target);
    import.confirm("kek@3", target, "three.json");
    let predicate = place.predicate("registry/keys/kek@3/manifest-0002.dsse.json");
    assert_eq!(predicate["placements"][0]["providerKeyVersion"], json!("3"));
    place.ok(&["verify", "registry", "--trust", "signer.pem"]);
}

/// An answer about such a key has no time: only that all of them are there tells the last one.
#[test]
fn without_a_time_the_number_decides() {
    let import = Import::new("counted", Module::SoftHsm);
    let (place, target) = (&import.place, "counted-mac");
    import.aims_at(target);
    place.ok(&["generate", "mac", "--type", "hmac-sha256"]);
    place.ok(&super::wrap_arguments("mac", "rsa-aes-sha1", target, "first"));
    import.sh(&["first/import.sh"]);
    place.ok(&["activate", "mac"]);
    place.ok(&["rotate", "mac", "--again", "--wrapping-keys", "answers", "--out", "out"]);
    let said = import.untold("mac@2", target);
    assert!(said.contains("does not tell mac@2 from mac@1") && said.contains("--after 1"), "{said}");
    import.untold("mac@1", target);
    import.sh(&["out/mac@2/eu/import.sh", "--after", "1"]);
    import.confirm("mac@2", target, "two.json");
    place.ok(&["verify", "registry", "--trust", "signer.pem"]);
}

/// Where the version that was given up was never seen, it may be all the same.
#[test]
fn whether_a_version_that_was_given_up_is_at_another_place_is_not_known() {
    let import = Import::new("givenup", Module::SoftHsm);
    let place = &import.place;
    let mut yaml = fs::read_to_string(place.path("byok.yaml")).unwrap() + "targets:\n";
    fs::create_dir(place.path("answers")).unwrap();
    for id in ["one", "two"] {
        import.server.post(&format!("sys/mounts/givenup-{id}"), &json!({"type": "transit"})).unwrap();
        writeln!(yaml, "  {id}: {{provider: openbao, target: kek, mount: givenup-{id}, method: rsa-aes-sha1}}")
            .unwrap();
        place.write(&format!("answers/{id}.json"), import.read(&format!("givenup-{id}/wrapping_key")));
    }
    place.write("byok.yaml", yaml);
    let answer = |id: &str| place.write("answer.json", import.read(&format!("givenup-{id}/keys/kek")));
    let words =
        |label, id| ["confirm-import", label, "--provider", "openbao", "--evidence", "answer.json", "--target-id", id];
    place.ok(&["generate", "kek", "--type", "aes-256"]);
    place.ok(&["activate", "kek"]);
    place.ok(&["rotate", "kek", "--wrapping-keys", "answers", "--out", "out"]);
    for id in ["one", "two"] {
        import.sh(&[&format!("out/kek@2/{id}/import.sh")]);
        answer(id);
        place.ok(&words("kek@2", id));
    }
    place.ok(&["rotate", "kek", "--wrapping-keys", "answers", "--out", "out"]);
    import.sh(&["out/kek@3/one/import.sh"]);
    answer("one");
    place.ok(&words("kek@3", "one"));

    let told = place.ok(&["rotate", "--rollback", "kek", "--out", "back", "--yes", "--json"]);
    assert!(told.contains("does not know whether it went there"), "{told}");
    let pending = || import.due().iter().filter(|item| *item == "pending-rollback kek@3").count();
    assert_eq!(pending(), 2);
    import.sh(&["out/kek@3/two/import.sh"]);
    answer("two");
    assert!(place.refused(7, &words("kek@2", "two")).contains("[E0797]"));
    place.ok(&words("kek@3", "two"));
    assert_eq!(pending(), 2);
    for id in ["one", "two"] {
        import.sh(&[&format!("back/{id}/rollback.sh"), &format!("out/kek@2/{id}")]);
        answer(id);
        place.ok(&words("kek@2", id));
    }
    assert_eq!(pending(), 0);
    place.ok(&["verify", "registry", "--trust", "signer.pem"]);
}
