//! The Azure CLI and the AWS CLI, as far as parsing and validating goes: what they would send, without any network.
//!
//! gcloud is in no package registry; the strict parser of the stand-in is made after its help.

use std::path::Path;

use serde_json::{Value, json};

use super::answers;

const PYTHON: &str = "clis/bin/python";

/// What `az` would do with each of these command lines.
pub(crate) fn az(calls: &[Value]) -> Vec<Value> {
    answers(PYTHON, "tests/clis/az_arguments.py", calls)
}

/// What `aws` would do with each of these command lines.
pub(crate) fn aws(calls: &[Value]) -> Vec<Value> {
    answers(PYTHON, "tests/clis/aws_arguments.py", calls)
}

/// Each call of a program in the script of a bundle, those in its remarks included, as a shell would split them.
pub(crate) fn in_script(bundle: &Path, program: &str) -> Vec<Value> {
    let script = std::fs::read_to_string(bundle.join("import.sh")).expect("a script");
    in_text(&script, bundle, program)
}

/// The same in any script of ours.
pub(crate) fn in_text(script: &str, bundle: &Path, program: &str) -> Vec<Value> {
    let lines = script.lines().map(|line| line.trim_start_matches(['#', ' ']));
    // What a command prints may go into a variable, and its failure elsewhere.
    let lines = lines.map(|line| line.split_once(" || ").map_or(line, |(line, _)| line));
    let lines = lines.map(|line| line.split_once("=$(").and_then(|(_, line)| line.strip_suffix(')')).unwrap_or(line));
    let lines = lines.filter_map(|line| line.strip_prefix(program));
    let words = lines.filter_map(|line| line.strip_prefix(' ')).map(|line| line.split(' ').collect::<Vec<_>>());
    words
        .map(|words| call(bundle, &words.iter().map(|word| word.trim_matches(['\'', '"'])).collect::<Vec<_>>()))
        .collect()
}

/// A command line, run in a folder.
pub(crate) fn call(folder: &Path, words: &[&str]) -> Value {
    json!({"folder": folder, "words": words})
}

/// The parsers can refuse: the spellings of old documentation, and files that are not there.
#[test]
fn the_real_parsers_judge() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("key.byok"), "blob").unwrap();
    let import = "keyvault key import --vault-name kiste --name kek --byok-file key.byok";
    let lines = [
        format!("{import} --kty EC --curve P-256K --ops sign verify"),
        format!("{import} --kty EC-HSM --curve P-256"),
        format!("{import} --kty EC --curve-name P-256"),
        format!("{import} --kty EC"),
        import.replace("key.byok", "none.byok"),
    ];
    let answers = az(&lines.map(|line| call(folder.path(), &line.split(' ').collect::<Vec<_>>())));
    assert_eq!(answers[0]["vault"], "https://kiste.vault.azure.net");
    let key = json!({"kty": "EC-HSM", "crv": "P-256K", "key_ops": ["sign", "verify"], "t": "YmxvYg=="});
    assert_eq!((&answers[0]["operation"], &answers[0]["key"]), (&json!("import_key"), &key));
    assert!(answers[1..].iter().all(|answer| answer["refused"].as_i64() > Some(0)), "{answers:#?}");

    let import = "kms import-key-material --key-id 1234abcd-12ab-34cd-56ef-1234567890ab \
        --encrypted-key-material fileb://key.byok --import-token fileb://key.byok";
    let lines = [
        format!("{import} --expiration-model KEY_MATERIAL_DOES_NOT_EXPIRE"),
        format!("{import} --expires never"),
        import.replace("fileb://key", "fileb://none"),
        import.replace("import-key-material", "import-material"),
    ];
    let answers = aws(&lines.map(|line| call(folder.path(), &line.split(' ').collect::<Vec<_>>())));
    assert_eq!(answers[0]["operation"], "ImportKeyMaterial");
    assert_eq!(answers[0]["body"]["ImportToken"], "YmxvYg==");
    assert!(answers[1..].iter().all(|answer| answer["refused"].as_i64() > Some(0)), "{answers:#?}");
}
