//! The policies in examples/: they are checked, their examples hold, the people who approve are those who can sign, and
//! together they use every field that a policy has. The JSON Schema for editors says the same of them.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails loudly"
)]

#[path = "support/schema.rs"]
mod schema;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use byok::approval::allowed_signers::AllowedSigners;
use byok::policy::Policy;
use schema::{assert_valid, schema_file, violations};
use serde_json::Value;

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/policies");
    let mut folders: Vec<PathBuf> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    assert!(folders.len() >= 2);
    folders
}

fn byok(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_byok")).args(arguments).current_dir("/").env_clear().output().unwrap()
}

fn document(path: &Path) -> Value {
    serde_saphyr::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn policy_schema() -> Value {
    serde_json::from_str(&fs::read_to_string(schema_file("byok.policy/v1")).unwrap()).unwrap()
}

#[test]
fn the_policies_have_no_mistakes_and_their_examples_hold() {
    for folder in folders() {
        let policy = folder.join("policy.yaml");
        let policy = policy.to_str().unwrap();
        for arguments in [["policy", "check", policy], ["policy", "test", policy]] {
            let output = byok(&arguments);
            assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
            let output = byok(&[&arguments[..], &["--json"]].concat());
            let document: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_valid(&document);
            assert_eq!(document["ok"], true);
        }
    }
}

#[test]
fn who_approves_can_sign_and_who_signs_is_known() {
    for folder in folders() {
        let signers = fs::read_to_string(folder.join("allowed_signers")).unwrap();
        assert!(AllowedSigners::parse(signers.as_bytes()).is_ok());
        let lines = signers.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        let signers: BTreeSet<&str> = lines.map(|line| line.split(' ').next().unwrap()).collect();
        let policy = Policy::parse(&fs::read(folder.join("policy.yaml")).unwrap()).unwrap();
        let people: BTreeSet<&str> = policy.people().keys().map(String::as_str).collect();
        assert_eq!(signers, people, "{}", folder.display());
    }
}

/// ssh-keygen itself reads the files: it finds each principal, and the namespaces and times of its key.
#[test]
fn ssh_keygen_reads_the_allowed_signers() {
    for folder in folders() {
        let policy = Policy::parse(&fs::read(folder.join("policy.yaml")).unwrap()).unwrap();
        for person in policy.people().keys() {
            let mut command = Command::new("ssh-keygen");
            command.args(["-Y", "match-principals", "-I", person, "-f"]).arg(folder.join("allowed_signers"));
            let output = command.output().expect("ssh-keygen, which tests/setup.sh installs");
            let found = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success() && found.lines().any(|line| line == person), "{person}: {output:?}");
        }
    }
}

#[test]
fn every_field_is_used_by_one_of_them() {
    let mut known = BTreeSet::new();
    fields(&policy_schema(), "", &mut known);
    let mut used = BTreeSet::new();
    for folder in folders() {
        walk(&policy_schema(), &document(&folder.join("policy.yaml")), "", &mut used);
    }
    let kinds = |paths: BTreeSet<String>| paths.iter().map(|path| kind(path)).collect::<BTreeSet<String>>();
    let (known, used) = (kinds(known), kinds(used));
    let unused: Vec<&String> = known.difference(&used).collect();
    assert!(unused.is_empty(), "{unused:?}");
    assert!(known.len() > 60, "{known:?}");
}

/// Of operations and providers, one of each kind is enough.
fn kind(path: &str) -> String {
    let mut steps: Vec<&str> = path.split('/').collect();
    for at in 1..steps.len() {
        if matches!(steps.get(at - 1), Some(&("approvals" | "providers"))) {
            steps[at] = "*";
        }
    }
    steps.join("/")
}

/// Every path of a schema; `*` for keys of the user's own, `[]` for items.
fn fields(schema: &Value, at: &str, found: &mut BTreeSet<String>) {
    found.insert(at.to_owned());
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        fields(property, &format!("{at}/{name}"), found);
    }
    if schema["additionalProperties"].is_object() {
        fields(&schema["additionalProperties"], &format!("{at}/*"), found);
    }
    if schema["items"].is_object() {
        fields(&schema["items"], &format!("{at}[]"), found);
    }
}

fn walk(schema: &Value, value: &Value, at: &str, found: &mut BTreeSet<String>) {
    found.insert(at.to_owned());
    for (name, member) in value.as_object().into_iter().flatten() {
        match schema["properties"].get(name) {
            Some(property) => walk(property, member, &format!("{at}/{name}"), found),
            None => walk(&schema["additionalProperties"], member, &format!("{at}/*"), found),
        }
    }
    for item in value.as_array().into_iter().flatten() {
        walk(&schema["items"], item, &format!("{at}[]"), found);
    }
}

#[test]
fn the_schema_for_editors_takes_what_byok_takes() {
    for folder in folders() {
        let found = violations(&policy_schema(), &document(&folder.join("policy.yaml")));
        assert!(found.is_empty(), "{}: {found:?}", folder.display());
    }
}

/// A field that byok does not know is in no schema, and the other way round: each is tried alone.
#[test]
fn the_schema_for_editors_knows_the_fields_that_byok_knows() {
    let head = "schema: byok.policy/v1\nrules: [{name: a, match: {keys: [\"**\"]}";
    for (place, text) in [
        ("", format!("{head}}}]\nunknown: 1\n")),
        ("/rules[]", format!("{head}, unknown: 1}}]\n")),
        ("/rules[]/wrapping-keys", format!("{head}, wrapping-keys: {{unknown: 1}}}}]\n")),
        ("/rules[]/rotation", format!("{head}, rotation: {{every: P1Y, unknown: 1}}}}]\n")),
        ("/rules[]/grace", format!("{head}, grace: {{unknown: 1}}}}]\n")),
        ("/rules[]/providers/aws-kms", format!("{head}, providers: {{aws-kms: {{unknown: 1}}}}}}]\n")),
        ("/rules[]/approvals/seal", format!("{head}, approvals: {{seal: {{count: 1, unknown: 1}}}}}}]\n")),
        ("/registry", format!("{head}}}]\nregistry: {{unknown: 1}}\n")),
        ("/freeze[]", format!("{head}}}]\nfreeze: [{{unknown: 1}}]\n")),
        ("/tests[]", format!("{head}}}]\ntests: [{{unknown: 1}}]\n")),
        ("/people/*", format!("{head}}}]\npeople: {{a: {{unknown: 1}}}}\n")),
        ("/revoked-keys[]", format!("{head}}}]\nrevoked-keys: [{{unknown: 1}}]\n")),
        ("/classifications/*", format!("{head}}}]\nclassifications: {{a: {{unknown: 1}}}}\n")),
    ] {
        let error = Policy::parse(text.as_bytes()).unwrap_err();
        let message =
            error.problems().iter().find_map(|problem| problem.message.strip_prefix("unknown field; known here: "));
        let byok: BTreeSet<&str> = message.unwrap_or_else(|| panic!("{place}: {error}")).split(", ").collect();
        let (whole, steps) = (policy_schema(), place.replace("[]", "/[]"));
        let schema = steps.split('/').filter(|step| !step.is_empty()).fold(&whole, |schema, step| match step {
            "[]" => &schema["items"],
            "*" => &schema["additionalProperties"],
            name => &schema["properties"][name],
        });
        let editors: BTreeSet<&str> = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(byok, editors, "{place}");
    }
}

#[test]
fn explanations_are_valid_documents() {
    for folder in folders() {
        let policy = folder.join("policy.yaml");
        let policy = policy.to_str().unwrap();
        for key in ["payments/eu/kek", "prod/kek", "nowhere/kek"] {
            let arguments =
                ["policy", "explain", key, "--type", "aes-256", "--owner", "o", "--policy", policy, "--json"];
            let attributes = ["--attribute", "environment=production", "--attribute", "classification=confidential"];
            let output = byok(&[&arguments[..], &attributes].concat());
            let document: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_valid(&document);
            assert_eq!(document["operations"].as_array().unwrap().len(), 11);
        }
    }
    let bank = folders().remove(0).join("policy.yaml");
    let output =
        byok(&["policy", "explain", "--classification", "confidential", "--policy", bank.to_str().unwrap(), "--json"]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_valid(&document);
    assert_eq!(document["custody"]["pattern"], "byok");
}
