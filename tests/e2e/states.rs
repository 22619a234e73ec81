//! States, dates and seals of key versions, on both tokens.

use std::fs;

use serde_json::Value;

use crate::schema::assert_valid;
use crate::token::{self, Module};
use crate::workplace::{WRAPPING_KEY, Workplace};

fn document(place: &Workplace, arguments: &[&str]) -> Value {
    let document = serde_json::from_str(&place.ok(&[arguments, &["--json"]].concat())).unwrap();
    assert_valid(&document);
    document
}

fn started(module: Module) -> Workplace {
    let place = Workplace::initialised(module);
    place.ok(&["generate", "a", "--type", "aes-256"]);
    place.write("wrapping.pem", WRAPPING_KEY);
    place
}

fn wrap(out: &str) -> [&str; 10] {
    [
        "wrap-for-import",
        "a",
        "--provider",
        "generic",
        "--wrapping-key",
        "wrapping.pem",
        "--method",
        "rsa-oaep-sha1",
        "--out",
        out,
    ]
}

fn verified(place: &Workplace) {
    place.ok(&["verify", "registry", "--trust", "signer.pem"]);
}

#[test]
fn every_change_is_a_manifest_of_its_own() {
    for module in Module::ALL {
        let place = started(module);
        let changes = [
            (&["activate", "a"][..], "active"),
            (&["suspend", "a", "--reason", "superseded"], "suspended"),
            (&["reinstate", "a"], "active"),
        ];
        for (index, (words, state)) in changes.into_iter().enumerate() {
            let after = document(&place, words);
            assert_eq!(after["state"], state, "{module:?}");
            assert_eq!(after["key"]["revision"], index + 2, "{module:?}");
            assert_eq!(document(&place, words)["key"], after["key"], "{module:?}: once more");
            verified(&place);
        }
        place.ok(&wrap("bundle"));
        let key = place.predicate("bundle/manifest.dsse.json");
        assert_eq!((&key["state"], &key["revision"]), (&"active".into(), &5.into()));
        assert_eq!(
            key["stateChangedAt"],
            place.predicate("registry/keys/a@1/manifest-0004.dsse.json")["stateChangedAt"]
        );
        verified(&place);
    }
}

#[test]
fn a_date_that_comes_changes_the_state_without_a_command() {
    let place = started(Module::SoftHsm);
    let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_millis(1500);
    let planned = document(&place, &["activate", "a", "--at", &soon.to_string()]);
    assert_eq!(planned["key"]["dates"]["activationAt"], soon.to_string());
    assert_eq!(planned["key"]["state"], "pre-activation");
    // What is waited for is the clock itself.
    while jiff::Timestamp::now() < soon {
        std::thread::yield_now();
    }
    assert_eq!(document(&place, &["show", "a"])["state"], "active");
    assert_eq!(document(&place, &["list"])["keys"][0]["state"], "active");
    place.ok(&wrap("bundle"));
    let key = place.predicate("bundle/manifest.dsse.json");
    assert_eq!((&key["state"], &key["dates"]["activatedAt"]), (&"active".into(), &soon.to_string().into()));
    assert_eq!(key["stateChangedAt"], soon.to_string());
    verified(&place);
}

#[test]
fn a_state_that_forbids_names_the_key_and_the_way_out() {
    let place = started(Module::SoftHsm);
    let unused = place.refused(4, &["suspend", "a", "--reason", "superseded"]);
    assert!(unused.contains("a@1 is in state pre-activation and cannot be suspended [E0406]"), "{unused}");
    assert!(
        unused.contains("hint: byok activate a@1\nhint: byok revoke a@1 --stage destroy --reason REASON"),
        "{unused}"
    );
    place.ok(&["activate", "a"]);
    place.ok(&["suspend", "a", "--reason", "key-compromise"]);
    let paused = place.refused(4, &wrap("bundle"));
    assert!(paused.contains("a@1 is in state suspended and cannot be wrapped [E0406]"), "{paused}");
    assert!(paused.contains("hint: byok reinstate a@1"), "{paused}");
    let asked = place.refused(2, &["reinstate", "a"]);
    assert!(asked.contains("a@1 was suspended for key-compromise. Bring it into use again?"), "{asked}");
    place.ok(&["reinstate", "a", "--yes"]);
}

#[test]
fn after_protect_stop_nothing_is_wrapped() {
    let place = started(Module::SoftHsm);
    let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_millis(1500);
    place.ok(&["activate", "a", "--protect-stop", &soon.to_string()]);
    while jiff::Timestamp::now() < soon {
        std::thread::yield_now();
    }
    assert!(place.refused(4, &wrap("bundle")).contains("a@1 is in state deactivated and cannot be wrapped [E0406]"));
    assert!(place.refused(4, &["suspend", "a", "--reason", "unspecified"]).contains("[E0406]"));
    assert_eq!(document(&place, &["show", "a"])["state"], "deactivated");
    verified(&place);
}

#[test]
fn a_key_that_is_gone_changes_no_state() {
    let place = started(Module::SoftHsm);
    let tool = ["--token-label", token::LABEL, "--login", "--pin", token::USER_PIN];
    let output = place
        .command("pkcs11-tool")
        .arg("--module")
        .arg(Module::SoftHsm.path())
        .args(tool)
        .args(["--delete-object", "--type", "secrkey", "--label", "a@1"])
        .output()
        .unwrap();
    assert!(output.status.success());
    assert!(place.refused(4, &["activate", "a"]).contains("[E0402]"));
    assert!(!place.path("registry/keys/a@1/manifest-0002.dsse.json").exists());
    verified(&place);
}

#[test]
fn a_sealed_key_never_leaves_its_token_again() {
    for module in Module::ALL {
        for spec in ["aes-256", "ec-p256", "rsa-2048", "hmac-sha256"] {
            let place = Workplace::initialised(module);
            place.write("wrapping.pem", WRAPPING_KEY);
            place.ok(&["generate", "a", "--type", spec]);
            let sealed = document(&place, &["seal", "a", "--yes"]);
            let attrs = &sealed["key"]["custody"]["attrs"];
            assert_eq!(
                (&attrs["extractable"], &attrs["sensitive"]),
                (&false.into(), &true.into()),
                "{module:?} {spec}"
            );
            assert_eq!(sealed["key"]["dates"]["sealedAt"], sealed["key"]["custody"]["readAt"]);
            assert_eq!(document(&place, &["seal", "a", "--yes"])["key"], sealed["key"], "{module:?} {spec}: once more");
            // Before any PIN: its source does not even exist.
            let said = place.refused(4, &[&wrap("bundle")[..], &["--pin-source", "env:NOWHERE"]].concat());
            assert!(said.contains("a@1 is sealed: its token does not give it out any more [E0411]"), "{said}");
            // It is used as before.
            assert_eq!(
                document(&place, &["activate", "a"])["key"]["dates"]["sealedAt"],
                sealed["key"]["dates"]["sealedAt"]
            );
            verified(&place);
        }
    }
}

#[test]
fn a_seal_asks_and_says_what_will_be_impossible() {
    let place = started(Module::SoftHsm);
    let said = place.refused(2, &["seal", "a"]);
    assert!(said.contains("a@1 can never leave its token again") && said.contains("[E0210]"), "{said}");
    assert!(said.contains("a@1 was never wrapped: no provider has it"), "{said}");
    assert!(said.contains("hint: repeat the command with --yes"), "{said}");
    assert!(!place.path("registry/keys/a@1/manifest-0002.dsse.json").exists());
}

#[test]
fn a_list_is_filtered_by_conditions_that_all_count() {
    let place = started(Module::SoftHsm);
    place.ok(&[
        "generate",
        "b",
        "--type",
        "ec-p256",
        "--owner",
        "web",
        "--attribute",
        "env=prod",
        "--attribute",
        "x=y",
    ]);
    place.ok(&["generate", "c", "--type", "aes-256", "--owner", "web", "--attribute", "env=test"]);
    place.ok(&wrap("bundle"));
    place.ok(&["activate", "a"]);
    place.ok(&["activate", "b"]);
    place.ok(&["suspend", "b", "--reason", "unspecified"]);
    let listed = |conditions: &[&str]| {
        let list = document(&place, &[&["list"], conditions].concat());
        list["keys"].as_array().unwrap().iter().map(|key| key["name"].as_str().unwrap().to_owned()).collect::<String>()
    };
    for (conditions, expected) in [
        (&[][..], "abc"),
        (&["--state", "active"], "a"),
        (&["--state", "active", "--state", "suspended"], "ab"),
        (&["--provider", "generic"], "a"),
        (&["--provider", "aws-kms"], ""),
        (&["--owner", "web"], "bc"),
        (&["--owner", "web", "--attribute", "env=prod"], "b"),
        (&["--attribute", "env=prod", "--attribute", "x=z"], ""),
        (&["--exposure", "none"], "abc"),
        (&["--exposure", "plaintext"], ""),
        (&["--older-than", "PT1H"], ""),
        (&["--owner", "web", "--state", "pre-activation", "--exposure", "none"], "c"),
    ] {
        assert_eq!(listed(conditions), expected, "{conditions:?}");
    }
    let list = document(&place, &["list", "--provider", "generic"]);
    assert_eq!(list["keys"][0]["providers"], serde_json::json!(["generic"]));
    assert!(place.byok(&["list", "--older-than", "P9999Y"]).status.code() == Some(2));
    assert!(place.byok(&["list", "--older-than", "90d"]).status.code() == Some(2));
}

/// What import.sh of an earlier bundle left at this path would speak for the new one.
#[test]
fn a_mark_of_an_earlier_bundle_is_named() {
    let place = started(Module::SoftHsm);
    place.ok(&["activate", "a"]);
    place.write("bundle.imported", "of an earlier one\n");
    let said = place.refused(2, &wrap("bundle"));
    assert!(said.contains("bundle.imported exists already [E0202]") && said.contains("--out ANOTHER-FOLDER"), "{said}");
    assert!(!place.path("bundle").exists());
    fs::rename(place.path("bundle.imported"), place.path("kept")).unwrap();
    place.ok(&wrap("bundle"));
}
