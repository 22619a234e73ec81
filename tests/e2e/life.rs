//! What a person sees of a rotation's life: what is due, what waits, and what to type next.

use std::fs;

use serde_json::Value;

use crate::schema::assert_valid;
use crate::token::Module;
use crate::workplace::{WRAPPING_KEY, Workplace};

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
        let waits = rotate(&place, &["kek"]);
        assert!(
            waits.contains("kek@3   nothing to do   active\n  near           pending: there is no wrapping key"),
            "{waits}"
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
