//! A policy that was edited, deleted, replaced or pointed around after its adoption; a forged adoption.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{ADOPT, KEK, POLICY, SIGNERS, adopt, governed, log, refused, verified};
use crate::token::Module;
use crate::workplace::Workplace;

/// A policy under which everything goes.
const LOOSE: &str = "schema: byok.policy/v1\nregistry: {unattended: [policy-adopt]}\nrules:\n  - name: all\n    match: {keys: ['**']}\n    exposure: plaintext\n";
const FORBIDDEN: [&str; 4] = ["generate", "other", "--type", "aes-128"];

fn file(place: &Workplace, extension: &str) -> PathBuf {
    let entries = fs::read_dir(place.path("registry/policy")).unwrap().map(|entry| entry.unwrap().path());
    let found: Vec<_> = entries.filter(|path| path.extension().is_some_and(|found| found == extension)).collect();
    let [only] = &found[..] else { panic!("{found:?}") };
    only.clone()
}

#[test]
fn an_edited_or_deleted_file_permits_nothing() {
    for extension in ["yaml", "allowed_signers"] {
        let place = governed(Module::SoftHsm);
        let path = file(&place, extension);
        let good = fs::read(&path).unwrap();
        fs::write(&path, [&good[..], b"# x\n"].concat()).unwrap();
        refused(&place, &KEK, &["was changed: it has SHA-256", "[E0303]"]);
        fs::write(&path, LOOSE).unwrap();
        refused(&place, &FORBIDDEN, &["[E0303]"]);
        fs::remove_file(&path).unwrap();
        refused(&place, &KEK, &["is missing [E0303]"]);
        refused(&place, &ADOPT, &["[E0303]"]);
        fs::remove_dir_all(place.path("registry/policy")).unwrap();
        refused(&place, &FORBIDDEN, &["is missing [E0303]"]);
        assert_eq!(place.byok(&["list"]).status.code(), Some(0), "reading goes on");
    }
}

#[test]
fn a_replaced_file_under_its_own_hash_is_not_the_adopted_one() {
    let place = governed(Module::SoftHsm);
    // Whoever can write the registry adds a policy of their own and takes the adopted one away.
    let sha256 = hex::encode(Sha256::digest(LOOSE));
    fs::write(place.path(&format!("registry/policy/{sha256}.yaml")), LOOSE).unwrap();
    refused(&place, &FORBIDDEN, &["[E0301]"]);
    // Every line of the log that names the policy, and the last checkpoint's note: none of them is believed.
    let adopted = hex::encode(Sha256::digest(POLICY));
    for name in ["registry/audit/log-000000.jsonl", "registry/audit/checkpoint"] {
        let path = place.path(name);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(&adopted), "{name}");
        fs::write(&path, text.replace(&adopted, &sha256)).unwrap();
        assert!(place.byok(&FORBIDDEN).status.code().is_some_and(|code| code == 3 || code == 8), "{name}");
        assert!(!place.path("registry/keys/other@1").exists());
        fs::write(&path, text).unwrap();
    }
    // Without the word in the log.
    let path = place.path("registry/audit/log-000000.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("policy.adopt", "policy.adopx")).unwrap();
    assert!(place.byok(&FORBIDDEN).status.code().is_some_and(|code| code == 3 || code == 8));
    fs::write(&path, text).unwrap();
    place.ok(&KEK);
}

#[test]
fn a_checkpoint_that_says_otherwise_does_not_verify() {
    let place = governed(Module::SoftHsm);
    for name in ["checkpoints.jsonl", "checkpoint.dsse.json"] {
        let path = place.path("registry/audit").join(name);
        let text = fs::read_to_string(&path).unwrap();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let mut envelope: Value = serde_json::from_str(lines.last().unwrap()).unwrap();
        let engine = &base64::engine::general_purpose::STANDARD;
        let body = base64::Engine::decode(engine, envelope["payload"].as_str().unwrap()).unwrap();
        let body = String::from_utf8(body).unwrap();
        let without: String = body.split_inclusive('\n').filter(|line| !line.starts_with("policy ")).collect();
        assert_ne!(without, body);
        envelope["payload"] = json!(base64::Engine::encode(engine, without));
        *lines.last_mut().unwrap() = envelope.to_string();
        fs::write(&path, lines.join("\n") + "\n").unwrap();
        let said = place.refused(8, &FORBIDDEN);
        assert!(said.contains("the checkpoint"), "{said}");
        fs::write(&path, text).unwrap();
    }
    refused(&place, &FORBIDDEN, &["[E0301]"]);
}

/// A line in the tail, which nobody attests: a chain that follows is no signature.
#[test]
fn a_forged_adoption_in_the_tail_counts_for_nothing() {
    let place = governed(Module::SoftHsm);
    let sha256 = hex::encode(Sha256::digest(LOOSE));
    fs::write(place.path(&format!("registry/policy/{sha256}.yaml")), LOOSE).unwrap();
    let entries = log(&place);
    let adoption: Vec<Value> = entries.iter().filter(|entry| entry["event"] == "policy.adopt").cloned().collect();
    let mut lines = fs::read_to_string(place.path("registry/audit/log-000000.jsonl")).unwrap();
    for (mut entry, seq) in adoption.into_iter().zip(entries.len()..) {
        entry["seq"] = json!(seq);
        entry["id"] = json!("01932d5e-0000-7000-8000-0123456789ab");
        entry["prev"] = json!(hex::encode(Sha256::digest(lines.lines().last().unwrap())));
        entry["detail"]["policySha256"] = json!(sha256);
        let line = format!("{entry}\n");
        let mut file = OpenOptions::new().append(true).open(place.path("registry/audit/log-000000.jsonl")).unwrap();
        file.write_all(line.as_bytes()).unwrap();
        lines += &line;
    }
    refused(&place, &FORBIDDEN, &["[E0301]"]);
    place.ok(&KEK);
    refused(&place, &FORBIDDEN, &["[E0301]"]);
    let note = fs::read_to_string(place.path("registry/audit/checkpoint")).unwrap();
    assert!(!note.contains(&sha256) && note.contains(&hex::encode(Sha256::digest(POLICY))), "{note}");
    verified(&place);
}

#[test]
fn a_registry_without_the_policy_of_byok_yaml_is_the_wrong_one() {
    let place = governed(Module::SoftHsm);
    let config = fs::read_to_string(place.path("byok.yaml")).unwrap() + "policy: policy.yaml\n";
    place.write("byok.yaml", &config);
    place.ok(&KEK);
    // Edited after its adoption.
    place.write("policy.yaml", LOOSE);
    refused(&place, &FORBIDDEN, &["byok.yaml names another policy", "[E0304]"]);
    place.write("policy.yaml", POLICY);
    // Pointed around: a registry of one's own, which has adopted nothing.
    let other = place.copy_of_token();
    let words = other.init_words();
    other.ok(&words.each_ref().map(String::as_str));
    let registry = other.path("registry").display().to_string();
    let around = [&FORBIDDEN[..], &["--registry", &registry]].concat();
    refused(&place, &around, &["byok.yaml names a policy, and this registry has adopted none [E0304]"]);
    place.ok(&["list", "--registry", &registry]);
}

#[test]
fn a_new_policy_is_in_force_when_it_is_adopted_and_not_before() {
    let place = governed(Module::SoftHsm);
    place.write("policy.yaml", LOOSE);
    refused(&place, &FORBIDDEN, &["[E0301]"]);
    place.write("signers", SIGNERS);
    place.ok(&ADOPT);
    place.ok(&FORBIDDEN);
    assert!(place.ok(&ADOPT).contains("policy in force"));
    adopt(&place, POLICY);
    refused(&place, &["generate", "more", "--type", "aes-128"], &["[E0301]"]);
    verified(&place);
}
