//! The recipes of examples/ci, as a pipeline runs them: the token in one job, the provider in another.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use super::{Import, WRAPPING_KEY};
use crate::schema::assert_valid;
use crate::token::Module;
use crate::workplace::text;

const TARGET: &str = "recipe-kek";

#[test]
fn a_pipeline_rotates_what_waits_and_another_job_imports_it() {
    let import = Import::new("recipe", Module::SoftHsm);
    let place = &import.place;
    let yaml = fs::read_to_string(place.path("byok.yaml")).unwrap();
    place.write(
        "byok.yaml",
        yaml + &format!("targets:\n  eu: {{provider: openbao, target: {TARGET}, method: rsa-aes-sha1}}\n"),
    );
    fs::create_dir(place.path("wrapping-keys")).unwrap();
    place.ok(&["generate", "kek", "--type", "aes-256"]);
    place.ok(&super::wrap_arguments("kek", "rsa-aes-sha1", TARGET, "first"));
    import.sh(&["first/import.sh"]);
    import.confirm("kek@1", TARGET, "one.json");
    let nothing = import.recipe("nightly.sh");
    assert!(nothing.status.success() && text(&nothing.stderr).contains("nothing is due"), "{}", text(&nothing.stderr));
    assert!(!place.path("rotate.jsonl").exists());

    // A rotation that somebody began, for which there was no wrapping key yet.
    place.ok(&["rotate", "kek"]);
    fs::copy(place.path(WRAPPING_KEY), place.path("wrapping-keys/eu.json")).unwrap();
    let rotated = import.recipe("nightly.sh");
    assert!(rotated.status.success(), "{}", text(&rotated.stderr));
    let lines = fs::read_to_string(place.path("rotate.jsonl")).unwrap();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    lines.iter().for_each(assert_valid);
    assert!(lines.iter().any(|line| line["event"] == "key" && line["id"] == "kek@2" && line["done"] == "wrapped"));
    assert_eq!(lines.last().unwrap()["event"], "summary");

    let imported = import.recipe("import.sh");
    assert!(imported.status.success(), "{}", text(&imported.stderr));
    assert!(import.encrypted_by_server(TARGET).starts_with("vault:v2:"));
    import.confirm("kek@2", TARGET, "two.json");
    assert_eq!(import.due(), ["deactivation-due kek@1", "rewrap-backlog kek@1"]);
}

impl Import {
    /// A recipe, with byok on the PATH as installed.
    fn recipe(&self, name: &str) -> Output {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/ci").join(name);
        let byok = Path::new(env!("CARGO_BIN_EXE_byok")).parent().unwrap().display().to_string();
        let mut command = self.client("sh");
        let path = format!("{byok}:{}:/usr/local/bin:/usr/bin:/bin", crate::bao::Bao::folder().display());
        command.arg(script).env("PATH", path).output().unwrap()
    }
}
