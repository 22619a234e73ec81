//! Stages of revocation at a real OpenBao, in the order in which people reach them: what is stopped comes back as it was, and
//! nothing else is hit.

use std::fs;

use serde_json::{Value, json};

use super::{Import, MESSAGE, WRAPPING_KEY};
use crate::schema::assert_valid;
use crate::token::Module;
use crate::workplace::text;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

/// A key with one version at the server, confirmed, and a target that leads there.
fn started(test: &'static str, target: &str) -> Import {
    let import = Import::new(test, Module::SoftHsm);
    let place = &import.place;
    let yaml = fs::read_to_string(place.path("byok.yaml")).unwrap();
    let targets = format!("targets:\n  eu: {{provider: openbao, target: {target}, method: rsa-aes-sha1}}\n");
    place.write("byok.yaml", yaml + &targets);
    fs::create_dir(place.path("answers")).unwrap();
    fs::copy(place.path(WRAPPING_KEY), place.path("answers/eu.json")).unwrap();
    place.ok(&["generate", "kek", "--type", "aes-256"]);
    place.ok(&super::wrap_arguments("kek", "rsa-aes-sha1", target, "first"));
    import.sh(&["first/import.sh"]);
    import.confirm("kek@1", target, "one.json");
    import
}

impl Import {
    /// The next version, at the server and confirmed.
    fn rotated(&self, label: &str, target: &str) {
        self.place.ok(&["rotate", "kek", "--wrapping-keys", "answers", "--out", "out"]);
        self.sh(&[&format!("out/{label}/eu/import.sh")]);
        self.confirm(label, target, &format!("{label}.json"));
    }

    /// The scripts of a stage.
    fn revoked(&self, label: &str, stage: &str) -> Value {
        let words = ["revoke", label, "--reason", "superseded", "--stage", stage, "--out", stage, "--yes", "--json"];
        serde_json::from_str(&self.place.ok(&words)).unwrap()
    }

    fn decrypts(&self, target: &str, ciphertext: &str) -> bool {
        let answer = self.server.post(&format!("transit/decrypt/{target}"), &json!({"ciphertext": ciphertext}));
        answer.is_ok_and(|answer| answer["data"]["plaintext"] == BASE64.encode(MESSAGE))
    }

    fn encrypts_under(&self, target: &str, version: u32) -> bool {
        let body = json!({"plaintext": "aGk=", "key_version": version});
        self.server.post(&format!("transit/encrypt/{target}"), &body).is_ok()
    }

    /// The lowest versions that decrypt, encrypt, and are kept.
    fn bounds(&self, target: &str) -> [u64; 3] {
        let read = self.server.get(&format!("transit/keys/{target}")).unwrap();
        ["min_decryption_version", "min_encryption_version", "min_available_version"]
            .map(|bound| read["data"][bound].as_u64().unwrap())
    }

    /// Types commands as they are printed.
    fn types(&self, commands: &Value) {
        for command in commands.as_array().unwrap() {
            let output = self.client("sh").args(["-c", command.as_str().unwrap()]).output().unwrap();
            assert!(output.status.success(), "{command}: {}", text(&output.stderr));
        }
    }
}

#[test]
fn what_is_suspended_comes_back_as_it_was_and_what_is_deactivated_is_read() {
    let target = "stages-kek";
    let import = started("stages", target);
    let first = import.encrypted_by_server(target);
    import.rotated("kek@2", target);
    let second = import.encrypted_by_server(target);
    let before = import.bounds(target);
    import.revoked("kek@1", "suspend");
    import.sh(&["suspend/openbao/revoke-suspend.sh"]);
    assert!(!import.decrypts(target, &first) && import.decrypts(target, &second));
    // Once more: nothing changes, and the way back is still the way back.
    import.sh(&["suspend/openbao/revoke-suspend.sh"]);
    import.sh(&["suspend/openbao/revoke-suspend.back.sh", "--nothing-stopped-since"]);
    assert_eq!(import.bounds(target), before);
    assert!(import.decrypts(target, &first) && import.encrypts_under(target, 1));
    import.sh(&["suspend/openbao/revoke-suspend.sh"]);
    // The next stage, in byok's own order: it protects nothing, and is read.
    let deactivated = import.revoked("kek@1", "deactivate");
    import.sh(&["deactivate/openbao/revoke-deactivate.sh"]);
    assert!(import.decrypts(target, &first) && !import.encrypts_under(target, 1) && import.encrypts_under(target, 2));
    // As printed, without the script.
    import.sh(&["suspend/openbao/revoke-suspend.sh"]);
    assert!(!import.decrypts(target, &first));
    import.types(&deactivated["places"][0]["commands"]);
    assert!(import.decrypts(target, &first) && !import.encrypts_under(target, 1));
}

/// In an incident the newest version is stopped at once, also while its replacement waits for its import.
#[test]
fn the_newest_version_is_stopped_before_its_replacement_is_there() {
    let target = "incident-kek";
    let import = started("incident", target);
    import.place.ok(&["rotate", "kek", "--wrapping-keys", "answers", "--out", "out"]);
    let compromised = import.revoked("kek@1", "compromise");
    assert!(
        compromised["places"][0]["happens"].as_str().unwrap().contains("no version after kek@1"),
        "{compromised:#}"
    );
    // No command of which only the server knows whether it works.
    let at = &compromised["places"][0];
    assert_eq!(at["commands"], json!([]));
    assert!(at["happens"].as_str().unwrap().contains("(kek@2 was wrapped for it)"), "{at:#}");
    assert!(at["problem"].as_str().unwrap().contains("--out DIR writes a script that asks it"), "{at:#}");
    assert!(import.encrypts_under(target, 1));
    import.sh(&["compromise/openbao/revoke-compromise.sh"]);
    assert!(!import.encrypts_under(target, 1));
    // As the script says.
    let back =
        import.client("bao").args(["write", "-f", &format!("transit/keys/{target}/soft-delete-restore")]).output();
    assert!(back.unwrap().status.success());
    import.sh(&["out/kek@2/eu/import.sh"]);
    import.sh(&["compromise/openbao/revoke-compromise.sh"]);
    assert!(!import.encrypts_under(target, 1) && import.encrypts_under(target, 2));
    assert_eq!(import.bounds(target)[..2], [2, 2]);
}

/// The printed way back leads below the version where earlier ones were readable; what was stopped later stays stopped.
#[test]
fn the_bounds_follow_every_version_that_is_known() {
    let target = "bounds-kek";
    let import = started("bounds", target);
    let first = import.encrypted_by_server(target);
    import.rotated("kek@2", target);
    let second = import.encrypted_by_server(target);
    import.rotated("kek@3", target);
    let rewrapped = |label: &str| {
        let words = ["rotate", "--mark-rewrapped", label, "--objects", "1", "--remaining", "0"];
        import.place.ok(&words);
    };
    import.place.ok(&["revoke", "kek@1", "--reason", "superseded", "--stage", "deactivate", "--yes"]);
    rewrapped("kek@1");
    let suspended = import.revoked("kek@2", "suspend");
    let at = &suspended["places"][0];
    import.types(&at["commands"]);
    assert!(!import.decrypts(target, &first) && !import.decrypts(target, &second));
    import.types(&at["wayBackCommands"]);
    assert!(import.decrypts(target, &first) && import.decrypts(target, &second), "{at:#}");
    assert!(!import.encrypts_under(target, 1) && import.encrypts_under(target, 2));
    // The earlier one is stopped after the later one, which stays so.
    import.types(&at["commands"]);
    let compromised = import.revoked("kek@1", "compromise");
    import.types(&compromised["places"][0]["commands"]);
    assert_eq!(import.bounds(target)[..2], [3, 3]);
    import.sh(&["compromise/openbao/revoke-compromise.sh"]);
    assert_eq!(import.bounds(target)[..2], [3, 3]);
    // The later one comes back without it, which no number at the server shows.
    let back: Value = serde_json::from_str(&import.place.ok(&["reinstate", "kek@2", "--json"])).unwrap();
    assert_valid(&back);
    import.types(&back["waysBack"][0]["commands"]);
    assert_eq!(import.bounds(target)[..2], [2, 2]);
    assert!(!import.decrypts(target, &first) && import.decrypts(target, &second), "{back:#}");
    assert!(import.place.ok(&["reinstate", "kek@2"]).contains("where it was stopped at openbao"));
}

/// A way back imports the old version once more: it lies at two numbers, and its first one is not trimmed away.
#[test]
fn a_version_that_came_back_keeps_all_its_numbers() {
    let target = "twice-kek";
    let import = started("twice", target);
    let place = &import.place;
    let first = import.encrypted_by_server(target);
    import.rotated("kek@2", target);
    place.ok(&["rotate", "--rollback", "kek", "--out", "back", "--yes"]);
    import.sh(&["back/eu/rollback.sh", "first"]);
    import.confirm("kek@1", target, "again.json");
    import.rotated("kek@3", target);
    place.ok(&["rotate", "--mark-rewrapped", "kek@2", "--objects", "0", "--remaining", "0"]);
    let said = place.ok(&["revoke", "kek@2", "--reason", "superseded", "--stage", "destroy", "--dry-run"]);
    assert!(said.contains("say of openbao: nothing: transit cannot stop or delete this version"), "{said}");
    assert!(!said.contains("trim"), "{said}");
    assert!(import.decrypts(target, &first));
}

/// Another key went into the same key there: its versions are named, and nothing is stopped.
#[test]
fn versions_of_another_key_are_named() {
    let target = "shared-kek";
    let import = started("shared", target);
    let place = &import.place;
    place.ok(&["generate", "other/kek", "--type", "aes-256"]);
    place.ok(&super::wrap_arguments("other/kek", "rsa-aes-sha1", target, "other"));
    // Its own import never happened: the server's answer is about the other key's material.
    let confirm = ["confirm-import", "other/kek@1", "--provider", "openbao", "--evidence", "one.json"];
    let said = place.refused(7, &confirm);
    assert!(said.contains("the answer shows version 1 there, which is kek@1, and not other/kek@1 [E0796]"), "{said}");
    for stage in ["suspend", "deactivate", "compromise"] {
        let said = place.ok(&["revoke", "kek@1", "--reason", "superseded", "--stage", stage, "--dry-run"]);
        assert!(said.contains("nothing: other keys went into the same key there (other/kek@1)"), "{said}");
    }
}

/// What `--compromised` proposes is worked off as it stands, with the words in capitals filled in.
#[test]
fn a_proposal_is_worked_off_as_it_stands() {
    let target = "stolen-kek";
    let import = started("stolen", target);
    let place = &import.place;
    import.rotated("kek@2", target);
    let before = import.encrypted_by_server(target);
    place.ok(&["revoke", "kek", "--compromised", "--out", "incident.sh"]);
    let script = fs::read_to_string(place.path("incident.sh")).unwrap();
    let mut commands: Vec<String> = script
        .lines()
        .filter_map(|line| line.strip_prefix("# "))
        .filter(|line| is_command(line))
        .map(str::to_owned)
        .collect();
    assert_eq!(commands.len(), 7, "{script}");
    // What a person does between the third step and the fourth: the server's answer, and the new ciphertext.
    commands.insert(2, format!("bao read -format=json transit/keys/{target} >answer.json"));
    for command in &commands {
        let words = [
            ("ANSWERS", "answers"),
            ("BUNDLES", "bundles"),
            ("FILE", "answer.json"),
            ("COUNT", "1"),
            ("LEFT", "0"),
            ("WHAT", "stolen"),
            ("COMMANDS", "commands"),
        ];
        let command = words.iter().fold(command.clone(), |command, (word, with)| command.replace(word, with));
        let byok = std::path::Path::new(env!("CARGO_BIN_EXE_byok")).parent().unwrap().display().to_string();
        let path = format!("{byok}:{}:/usr/local/bin:/usr/bin:/bin", crate::bao::Bao::folder().display());
        let output = import.client("sh").args(["-c", &command]).env("PATH", path).output().unwrap();
        assert!(output.status.success(), "{command}: {}", text(&output.stderr));
    }
    assert!(import.decrypts(target, &before));
    let predicate = place.predicate("registry/keys/kek@2/manifest-0004.dsse.json");
    assert_eq!(predicate["state"], "compromised");
    // The first version is readable still, so there is no command that would shut it too.
    assert!(!place.path("commands/eu").exists());
    place.ok(&["verify", "registry", "--trust", "signer.pem"]);
}

fn is_command(line: &str) -> bool {
    line.starts_with("byok ") || line.starts_with("sh ")
}
