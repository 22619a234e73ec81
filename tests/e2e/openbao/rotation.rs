//! A rotation at a real OpenBao, from the first version to the way back.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use super::{Import, MESSAGE, WRAPPING_KEY};
use crate::schema::assert_valid;
use crate::token::Module;
use crate::workplace::text;

/// The key at the server.
const TARGET: &str = "rotation-kek";

#[test]
fn a_rotated_key_opens_what_was_written_before_and_the_way_back_is_open() {
    for (module, target) in [(Module::SoftHsm, TARGET), (Module::Kryoptic, "rotation-kek-2")] {
        let import = Import::new("rotation", module);
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
        let before = import.encrypted_by_server(target);
        assert!(before.starts_with("vault:v1:"), "{before}");

        place.ok(&["rotate", "kek", "--wrapping-keys", "answers", "--out", "out"]);
        // Until the import has run, the server's answer is about the old version.
        let stale = ["confirm-import", "kek@2", "--provider", "openbao", "--evidence", "one.json"];
        assert!(place.refused(7, &stale).contains("E0796"));
        import.sh(&["out/kek@2/eu/import.sh"]);
        import.confirm("kek@2", target, "two.json");
        let after = import.encrypted_by_server(target);
        assert!(after.starts_with("vault:v2:"), "{after}");
        import.opens(target, &[&before, &after]);
        import.is_under("kek@1", &before);
        import.is_under("kek@2", &after);
        import.use_key(&["kek@1", "decrypt"], after.as_bytes()).expect_err("another version is another key");
        assert_eq!(import.due(), ["deactivation-due kek@1", "rewrap-backlog kek@1"]);

        let rollback = ["rotate", "--rollback", "kek", "--out", "back", "--yes", "--json"];
        let told: Value = serde_json::from_str(&place.ok(&rollback)).unwrap();
        assert_valid(&told);
        assert_eq!(
            (&told["id"], &told["old"], &told["state"]),
            (&json!("kek@2"), &json!("kek@1"), &json!("deactivated"))
        );
        // Only the bundle of the old version is taken.
        let wrong = import.client("sh").args(["back/eu/rollback.sh", "out/kek@2/eu"]).output().unwrap();
        assert!(!wrong.status.success() && text(&wrong.stderr).contains("is not the file"), "{}", text(&wrong.stderr));
        import.sh(&["back/eu/rollback.sh", "first"]);
        let again = import.encrypted_by_server(target);
        assert!(again.starts_with("vault:v3:"), "{again}");
        import.is_under("kek@1", &again);
        import.opens(target, &[&before, &after, &again]);
        assert_eq!(import.due(), ["pending-rollback kek@2", "rewrap-backlog kek@2"]);
        import.confirm("kek@1", target, "three.json");
        assert_eq!(import.due(), ["rewrap-backlog kek@2"]);
        place.ok(&["rotate", "--mark-rewrapped", "kek@2", "--objects", "1", "--remaining", "0"]);
        assert_eq!(import.due(), [""; 0]);
        place.ok(&["verify", "registry", "--trust", "signer.pem"]);
    }
}

impl Import {
    /// Runs a script of ours where the server's client is.
    pub(super) fn sh(&self, words: &[&str]) {
        let output = self.client("sh").args(words).output().unwrap();
        assert!(output.status.success(), "{words:?}: {}", text(&output.stderr));
    }

    pub(super) fn confirm(&self, label: &str, target: &str, file: &str) {
        let answer = self.client("bao").args(["read", "-format=json", &format!("transit/keys/{target}")]).output();
        self.place.write(file, answer.unwrap().stdout);
        self.place.ok(&["confirm-import", label, "--provider", "openbao", "--evidence", file]);
    }

    /// The server opens all of these.
    fn opens(&self, target: &str, ciphertexts: &[&str]) {
        for ciphertext in ciphertexts {
            let plain = self.ask(&format!("transit/decrypt/{target}"), &json!({"ciphertext": ciphertext}), "plaintext");
            assert_eq!(BASE64.decode(plain).unwrap(), MESSAGE, "{ciphertext}");
        }
    }

    /// The key version in the token opens it.
    fn is_under(&self, label: &str, ciphertext: &str) {
        assert_eq!(self.use_key(&[label, "decrypt"], ciphertext.as_bytes()).unwrap(), MESSAGE, "{label}");
    }

    /// What `status --due` lists, and its exit code.
    pub(super) fn due(&self) -> Vec<String> {
        let output = self.place.byok(&["status", "--due", "--json"]);
        let status: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_valid(&status);
        let items = status["items"].as_array().unwrap();
        assert_eq!(output.status.code(), Some(if items.is_empty() { 0 } else { 10 }));
        let line = |item: &Value| format!("{} {}", item["kind"].as_str().unwrap(), item["key"].as_str().unwrap());
        items.iter().map(line).collect()
    }
}
