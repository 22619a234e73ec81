//! The recipes of examples/ci, as a pipeline runs them: the token in one job, the provider in another.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use super::{Import, WRAPPING_KEY};
use crate::four_eyes::{APPROVAL, govern, sign};
use crate::schema::assert_valid;
use crate::token::Module;
use crate::workplace::{Workplace, text};

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

    // It is given up before anybody imports it: what comes after it is what the other job imports.
    place.ok(&[
        "rotate",
        "kek",
        "--again",
        "--wrapping-keys",
        "wrapping-keys",
        "--out",
        "bundles",
        "--allow-exposure",
        "ephemeral-kek",
    ]);
    let imported = import.recipe("import.sh");
    let said = text(&imported.stderr);
    assert!(imported.status.success(), "{said}");
    assert!(said.contains("bundles/kek@2/eu: a later version goes to the same target; not imported"), "{said}");
    assert!(!place.path("bundles/kek@2/eu.imported").exists());
    assert!(import.encrypted_by_server(TARGET).starts_with("vault:v2:"));
    assert_eq!(import.latest(TARGET), 2);
    assert!(import.recipe("import.sh").status.success());
    assert_eq!(import.latest(TARGET), 2);
    // Nothing that the server says tells which of the two came there: it is asked for once more, behind both.
    let said = import.ends("confirm.sh", 7);
    assert!(said.contains("E0797"), "{said}");
    import.sh(&["bundles/kek@3/eu/import.sh", "--after", "2"]);
    import.confirm("kek@3", TARGET, "three.json");
    assert_eq!(import.due(), ["deactivation-due kek@1", "rewrap-backlog kek@1"]);
}

/// Two people for a rotation, and for the wraps that one still owes.
const POLICY: &str = "\
schema: byok.policy/v1
people:
  alice: {roles: [security]}
  bob: {roles: [security]}
  carol: {roles: [custodian]}
registry: {unattended: [policy-adopt, recover]}
rules:
  - name: all
    match: {keys: ['**']}
    approvals:
      rotate: {count: 2}
      wrap-for-import: {count: 2}
    unattended: [generate, rotate, wrap-for-import]
";

const KEYS: [&str; 3] = ["recipe-a", "recipe-b", "recipe-c"];

/// Plan, approvals, apply, import, confirm: each in a job of its own, each typed twice, one bundle broken on its way.
#[test]
fn a_pipeline_waits_for_approval_and_goes_on_elsewhere() {
    let import = Import::new("approved", Module::SoftHsm);
    let place = &import.place;
    let yaml = fs::read_to_string(place.path("byok.yaml")).unwrap();
    place.write("byok.yaml", yaml + "targets:\n  eu: {provider: openbao, target: \"{last}\", method: rsa-aes-sha1}\n");
    fs::create_dir(place.path("wrapping-keys")).unwrap();
    for key in KEYS {
        place.ok(&["generate", key, "--type", "aes-256"]);
        place.ok(&super::wrap_arguments(key, "rsa-aes-sha1", key, &format!("first-{key}")));
        import.sh(&[&format!("first-{key}/import.sh")]);
        import.confirm(&format!("{key}@1"), key, "one.json");
    }
    place.ok(&["rotate", "--all"]);
    govern(place, POLICY);
    fs::copy(place.path(WRAPPING_KEY), place.path("wrapping-keys/eu.json")).unwrap();

    import.ends("plan.sh", 0);
    let plan = fs::read(place.path("plan.json")).unwrap();
    assert!(import.ends("plan.sh", 0).contains("plan.json waits already: unapproved"));
    assert_eq!(fs::read(place.path("plan.json")).unwrap(), plan);
    assert!(import.ends("apply.sh", 3).contains("E0302"));
    assert!(!place.path("bundles").exists());
    approve(place);
    import.ends("apply.sh", 0);
    let lines = fs::read_to_string(place.path("rotate.jsonl")).unwrap();
    assert!(lines.lines().last().unwrap().contains("\"wrapped\":3"), "{lines}");
    assert!(import.ends("apply.sh", 0).contains("plan.json was applied already"));
    assert_eq!(fs::read_to_string(place.path("rotate.jsonl")).unwrap(), lines);

    let broken = "bundles/recipe-b@2/eu/ciphertext.b64";
    let whole = fs::read(place.path(broken)).unwrap();
    place.write(broken, "QUFB");
    let said = import.ends("import.sh", 8);
    assert!(said.contains("bundles/recipe-b@2/eu: not imported, exit code 8"), "{said}");
    assert_eq!(KEYS.map(|key| import.latest(key)), [2, 1, 2]);
    place.write(broken, whole);
    for _ in 0..2 {
        import.ends("import.sh", 0);
        assert_eq!(KEYS.map(|key| import.latest(key)), [2, 2, 2]);
    }
    // A job that starts from bundles without marks: nothing is added, and people are asked.
    fs::remove_file(place.path("bundles/recipe-c@2/eu.imported")).unwrap();
    let said = import.ends("import.sh", 3);
    assert!(said.contains("transit/keys/recipe-c is at version 2, and byok last saw version 1"), "{said}");
    assert_eq!(import.latest("recipe-c"), 2);

    for _ in 0..2 {
        import.ends("confirm.sh", 0);
        import.ends("import.sh", 0);
    }
    assert_eq!(KEYS.map(|key| import.latest(key)), [2, 2, 2]);
    let due = |kind: &str| KEYS.map(|key| format!("{kind} {key}@1"));
    let mut all = [due("deactivation-due"), due("rewrap-backlog")].concat();
    let mut found = import.due();
    all.sort();
    found.sort();
    assert_eq!(found, all);
    assert!(import.ends("plan.sh", 0).contains("there is nothing to plan"));
    assert!(!place.path("plan.json").exists());
    place.ok(&["verify", "registry", "--trust", "signer.pem"]);
}

/// Two people sign the plan, and their signatures are where the recipe looks for them.
fn approve(place: &Workplace) {
    fs::create_dir(place.path("approvals")).unwrap();
    for person in ["bob", "carol"] {
        sign(place, person, APPROVAL, "plan.json");
        let name = format!("{person}.sshsig");
        fs::rename(place.path(&name), place.path("approvals").join(&name)).unwrap();
    }
}

/// The workflow runs these scripts and no other, and no step that saves something depends on the one before it.
#[test]
fn the_workflow_runs_the_recipes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/ci");
    let workflow = fs::read_to_string(folder.join("github-actions.yml")).unwrap();
    let runs: Vec<&str> = workflow.lines().filter_map(|line| line.trim().strip_prefix("- run: ")).collect();
    for (run, script) in runs.iter().zip(["plan.sh", "apply.sh", "import.sh", "confirm.sh"]) {
        assert!(run.contains(&format!("examples/ci/{script}")), "{run}");
        assert!(folder.join(script).is_file(), "{script}");
    }
    assert_eq!(runs.len(), 4);
    let steps: Vec<&str> = workflow.split("\n      - ").collect();
    let uploads = steps.iter().filter(|step| step.contains("upload-artifact") && !step.contains("name: plan"));
    assert!(uploads.clone().count() == 3 && uploads.clone().all(|step| step.starts_with("if: always()")), "{workflow}");
    assert!(steps.iter().all(|step| !step.contains("path: signer.pem")), "{workflow}");
}

/// Where another machine imported, its marks come back to the bundles that are uploaded again; others do not.
#[test]
fn marks_come_back_from_where_the_bundles_were_imported() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    for folder in ["bundles/pay/a@2/eu", "copy/pay/a@2/eu", "copy/pay/b@2/eu"] {
        fs::create_dir_all(path(folder)).unwrap();
    }
    for mark in ["copy/pay/a@2/eu.imported", "copy/pay/b@2/eu.importing"] {
        fs::write(path(mark), "version 2\n").unwrap();
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/ci/confirm.sh");
    let output =
        std::process::Command::new("sh").arg(script).current_dir(dir.path()).env("MARKS", "copy").output().unwrap();
    assert!(output.status.success() && text(&output.stderr).contains("nothing to confirm"), "{output:?}");
    assert_eq!(fs::read_to_string(path("bundles/pay/a@2/eu.imported")).unwrap(), "version 2\n");
    assert!(!path("bundles/pay/b@2").exists());
}

impl Import {
    /// A recipe that must end with this exit code; what it said.
    fn ends(&self, name: &str, code: i32) -> String {
        let output = self.recipe(name);
        let said = text(&output.stderr) + &text(&output.stdout);
        assert_eq!(output.status.code(), Some(code), "{name}: {said}");
        said
    }

    /// The latest version at the server.
    fn latest(&self, key: &str) -> u64 {
        self.server.get(&format!("transit/keys/{key}")).unwrap()["data"]["latest_version"].as_u64().unwrap()
    }

    /// A recipe, with byok on the PATH as installed.
    fn recipe(&self, name: &str) -> Output {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/ci").join(name);
        let byok = Path::new(env!("CARGO_BIN_EXE_byok")).parent().unwrap().display().to_string();
        let mut command = self.client("sh");
        let path = format!("{byok}:{}:/usr/local/bin:/usr/bin:/bin", crate::bao::Bao::folder().display());
        command.arg(script).env("PATH", path).env("AUTHOR", "alice").output().unwrap()
    }
}
