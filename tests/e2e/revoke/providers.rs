//! The commands for the providers: parsed by the real parsers of `az` and `aws`, carried out on a real `OpenBao` and in the
//! emulator of AWS.

use byok::key::spec::{AesBits, Curve, KeySpec, Purpose};
use byok::key::stage::Stage;
use byok::key::version::KeyVersionId;
use byok::provider::{Holding, Others, Revocation, Standing, WayBackRequest, find};
use serde_json::{Value, json};

use super::document;
use crate::bao::Bao;
use crate::clouds::ministack::Ministack;
use crate::clouds::parsers::{self, call};
use crate::token::Module;
use crate::workplace::{Workplace, text};

const ARN: &str = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const VAULT: &str = "https://kiste.vault.azure.net/keys/kek";
const HSM: &str = "https://tresor.managedhsm.azure.net/keys/kek";
const AZURE_VERSION: &str = "0123456789abcdef0123456789abcdef";

/// Versions that are not needed any more, or none.
fn spent(any: bool) -> Others {
    if any { Others::Spent } else { Others::None }
}

/// A version with nothing beside it.
fn alone<'a>(id: &'a KeyVersionId, spec: KeySpec, target: &'a str) -> Holding<'a> {
    Holding {
        id,
        spec,
        purpose: Purpose::Encrypt,
        target: Some(target),
        mount: None,
        key_version: None,
        numbers: &[],
        beside: &[],
        earlier: Others::None,
        later: Others::None,
        strangers: &[],
        is_suspended: false,
        arrived: true,
    }
}

/// What a provider says of a stage, in every combination of what else is in the key there.
fn all(provider: &str, target: &str, key_version: Option<&str>) -> Vec<Revocation> {
    let id = "payments/kek@2".parse().unwrap();
    let mut made = Vec::new();
    for (spec, purpose) in [
        (KeySpec::Aes(AesBits::B256), Purpose::Encrypt),
        (KeySpec::Aes(AesBits::B256), Purpose::Wrap),
        (KeySpec::Ec(Curve::P256), Purpose::Sign),
    ] {
        for (stage, others) in Stage::ALL.into_iter().flat_map(|stage| [0, 1, 2, 3].map(|others| (stage, others))) {
            let [earlier, later] = [others & 1 != 0, others & 2 != 0].map(spent);
            let rest = Holding { earlier, later, ..alone(&id, spec, target) };
            let holding = Holding { purpose, key_version, ..rest };
            made.push((find(provider).unwrap().revoke)(stage, &holding).unwrap());
        }
    }
    made
}

/// The words of each command, way back included, without the program.
fn lines(made: &[Revocation], program: &str) -> Vec<Vec<String>> {
    let commands = made.iter().flat_map(|made| made.commands.iter().chain(&made.back_commands));
    let mut found: Vec<Vec<String>> = commands
        .map(|command| command.strip_prefix(program).unwrap().split_whitespace())
        .map(|words| words.map(|word| word.trim_matches('\'').to_owned()).collect())
        .collect();
    found.sort();
    found.dedup();
    found
}

fn judged(found: &[Vec<String>], parser: fn(&[Value]) -> Vec<Value>) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let calls: Vec<Value> =
        found.iter().map(|words| call(folder.path(), &words.iter().map(String::as_str).collect::<Vec<_>>())).collect();
    let answers = parser(&calls);
    for (words, answer) in found.iter().zip(&answers) {
        assert!(answer["refused"].is_null() && answer["operation"].is_string(), "{words:?}: {answer}");
    }
    answers
}

#[test]
fn az_and_aws_take_every_command() {
    let vaults =
        [all("azure-key-vault", VAULT, Some(AZURE_VERSION)), all("azure-managed-hsm", HSM, Some(AZURE_VERSION))];
    for made in vaults {
        let found = lines(&made, "az ");
        assert!(found.len() >= 8, "{found:?}");
        for answer in judged(&found, parsers::az) {
            let operation = answer["operation"].as_str().unwrap();
            assert!(operation.starts_with("keyvault key "), "{answer}");
        }
    }
    let found = lines(&all("aws-kms", ARN, None), "aws ");
    let mut operations: Vec<String> =
        judged(&found, parsers::aws).iter().map(|answer| answer["operation"].as_str().unwrap().to_owned()).collect();
    operations.sort();
    assert_eq!(
        operations,
        ["CancelKeyDeletion", "DeleteImportedKeyMaterial", "DisableKey", "EnableKey", "ScheduleKeyDeletion"]
    );
}

/// A provider's client: what it makes of command lines.
type Parse = fn(&[Value]) -> Vec<Value>;

/// The way back of each provider whose client can be installed, remarks included, as the client parses it.
#[test]
fn az_and_aws_take_the_way_back() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("key.byok"), "{}").unwrap();
    let files = [("key.byok".to_owned(), "ab".repeat(32))];
    let other = ARN.replace("1234abcd-", "0000abcd-");
    let parsers: [(&str, Parse); 2] = [("az", parsers::az), ("aws", parsers::aws)];
    for (provider, old, new, algorithm) in [
        ("azure-key-vault", VAULT, VAULT, "RSA-HSM"),
        ("azure-managed-hsm", HSM, HSM, "oct-HSM"),
        ("aws-kms", other.as_str(), ARN, "ECC_NIST_P256"),
    ] {
        let method = find(provider).unwrap().accepts[0].methods.first().copied();
        let standing =
            |id, target, files| Standing { id, target: Some(target), mount: None, version: None, method, files };
        let request = WayBackRequest {
            spec: KeySpec::Ec(Curve::P256),
            purpose: Some(Purpose::Sign),
            algorithm: Some(algorithm),
            new: standing("kek@2", new, &[]),
            old: standing("kek@1", old, &files),
        };
        let made = (find(provider).unwrap().way_back)(&request).unwrap();
        let script = text(&made.script.unwrap()).replace("\"$1\"", "alias/kek");
        let calls: Vec<(&str, Vec<Value>)> = parsers
            .iter()
            .map(|(program, parser)| (*program, parser(&parsers::in_text(&script, folder.path(), program))))
            .collect();
        let answers: Vec<&Value> = calls.iter().flat_map(|(_, answers)| answers).collect();
        assert!(!answers.is_empty(), "{script}");
        for answer in answers {
            assert!(answer["refused"].is_null() && answer["operation"].is_string(), "{script}: {answer}");
        }
    }
}

/// The commands of a stage for an `OpenBao` key, as a script that a shell runs.
fn in_bao(place: &Workplace, key: &str, stage: Stage, version: Option<&str>, later: bool) -> Revocation {
    let id = "kek@1".parse().unwrap();
    let numbers: Vec<u64> = version.iter().filter_map(|version| version.parse().ok()).collect();
    let holding = Holding {
        mount: Some("transit"),
        key_version: version,
        numbers: &numbers,
        later: spent(later),
        ..alone(&id, KeySpec::Aes(AesBits::B256), key)
    };
    let made = (find("openbao").unwrap().revoke)(stage, &holding).unwrap();
    let script = made.script("kek@1").unwrap().unwrap();
    run(place, &script, if version.is_none() && later { &["1"] } else { &[] });
    made
}

fn run(place: &Workplace, script: &[u8], arguments: &[&str]) {
    place.write("revoke.sh", script);
    let path = format!("{}:/usr/bin:/bin", Bao::folder().display());
    let ran = place
        .command("sh")
        .arg("revoke.sh")
        .args(arguments)
        .env("PATH", path)
        .envs(Bao::shared().env())
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}\n{}", text(script), text(&ran.stderr));
}

fn undo(place: &Workplace, made: &Revocation) {
    run(place, format!("set -eu\ncli=bao\nversion=1\n{}\n", made.back_commands.join("\n")).as_bytes(), &[]);
}

#[test]
fn openbao_does_what_is_said_of_each_stage() {
    let place = Workplace::without_token(Module::SoftHsm);
    let bao = Bao::shared();
    for (key, known) in [("revoked-known", Some("1")), ("revoked-asked", None)] {
        bao.post(&format!("transit/keys/{key}"), &json!({"type": "aes256-gcm96"})).unwrap();
        let encrypt = |version: u32| {
            bao.post(&format!("transit/encrypt/{key}"), &json!({"plaintext": "aGk=", "key_version": version}))
        };
        let old = encrypt(1).unwrap()["data"]["ciphertext"].clone();
        let decrypts = || bao.post(&format!("transit/decrypt/{key}"), &json!({"ciphertext": old})).is_ok();
        // Alone in its key: the whole key is hidden, and comes back.
        for stage in [Stage::Suspend, Stage::Deactivate, Stage::Compromise] {
            let made = in_bao(&place, key, stage, known, false);
            assert!(!decrypts() && encrypt(1).is_err(), "{key} {stage}");
            undo(&place, &made);
            assert!(decrypts() && encrypt(1).is_ok(), "{key} {stage}: back");
        }
        bao.post(&format!("transit/keys/{key}/rotate"), &json!({})).unwrap();
        let made = in_bao(&place, key, Stage::Deactivate, known, true);
        assert!(encrypt(1).is_err() && encrypt(2).is_ok() && decrypts(), "{key}");
        undo(&place, &made);
        assert!(encrypt(1).is_ok(), "{key}");
        for stage in [Stage::Suspend, Stage::Compromise] {
            let made = in_bao(&place, key, stage, known, true);
            assert!(!decrypts() && encrypt(2).is_ok(), "{key} {stage}");
            undo(&place, &made);
            assert!(decrypts(), "{key} {stage}: back");
        }
        in_bao(&place, key, Stage::Destroy, known, true);
        let read = bao.get(&format!("transit/keys/{key}")).unwrap();
        assert_eq!(read["data"]["keys"].as_object().unwrap().keys().collect::<Vec<_>>(), ["2"]);
        in_bao(&place, key, Stage::Destroy, known, false);
        assert!(bao.get(&format!("transit/keys/{key}")).is_err(), "{key}");
    }
}

/// A key that byok imported into AWS is stopped there by what byok prints, and comes back.
#[test]
fn the_script_stops_the_key_in_aws() {
    let (place, aws) = (Workplace::initialised(Module::SoftHsm), Ministack::shared());
    place.ok(&["generate", "a", "--type", "aes-256"]);
    let made = aws.call("create_key", &json!({"Origin": "EXTERNAL", "KeySpec": "SYMMETRIC_DEFAULT"})).unwrap();
    let arn = made["KeyMetadata"]["Arn"].as_str().unwrap();
    let parameters = json!({"KeyId": arn, "WrappingAlgorithm": "RSAES_OAEP_SHA_1", "WrappingKeySpec": "RSA_2048"});
    place.write("answer.json", aws.call("get_parameters_for_import", &parameters).unwrap().to_string());
    let words = ["wrap-for-import", "a", "--provider", "aws-kms", "--wrapping-key", "answer.json", "--out", "bundle"];
    place.ok(&[&words[..], &["--method", "RSAES_OAEP_SHA_1"]].concat());
    let run = |script: &std::path::Path| {
        let ran = aws.run(&["sh", script.to_str().unwrap()], &place.path(""));
        assert!(ran.success, "{}", ran.stderr);
    };
    run(&place.path("bundle/import.sh"));
    let state = || aws.call("describe_key", &json!({"KeyId": arn})).unwrap()["KeyMetadata"]["KeyState"].clone();
    assert_eq!(state(), "Enabled");
    place.ok(&["activate", "a"]);
    let revoked = document(&place, &["revoke", "a", "--reason", "superseded", "--out", "commands"]);
    let at = &revoked["places"][0];
    assert_eq!((&at["provider"], &at["target"], &at["confirmed"]), (&json!("aws-kms"), &json!(arn), &json!(false)));
    assert!(place.path("commands/aws-kms/revoke-suspend.sh").is_file(), "{at:#}");
    run(&place.path("commands/aws-kms/revoke-suspend.sh"));
    assert_eq!(state(), "Disabled");
    place.write("back.sh", at["wayBackCommands"][0].as_str().unwrap());
    run(&place.path("back.sh"));
    assert_eq!(state(), "Enabled");
    let exists = place.refused(2, &["revoke", "a", "--reason", "superseded", "--yes", "--out", "commands"]);
    assert!(exists.contains("commands exists already [E0202]"), "{exists}");
    let id = "a@1".parse().unwrap();
    let holding = alone(&id, KeySpec::Aes(AesBits::B256), arn);
    let made = (find("aws-kms").unwrap().revoke)(Stage::Destroy, &holding).unwrap();
    place.write("destroy.sh", made.script("a@1").unwrap().unwrap());
    run(&place.path("destroy.sh"));
    assert_eq!(state(), "PendingDeletion");
    place.write("cancel.sh", made.back_commands.join("\n"));
    run(&place.path("cancel.sh"));
    assert_ne!(state(), "PendingDeletion");
}

/// A version that was rolled back, or never arrived, is not worth the version that is in use beside it.
#[test]
fn no_command_takes_the_version_in_use_with_it() {
    let place = Workplace::initialised(Module::SoftHsm);
    let yaml = std::fs::read_to_string(place.path("byok.yaml")).unwrap();
    let target = "targets:\n  vault: {provider: openbao, target: dbkek, method: rsa-aes-sha1}\n";
    std::fs::write(place.path("byok.yaml"), yaml + target).unwrap();
    std::fs::create_dir(place.path("answers")).unwrap();
    let wrapping_key = Bao::shared().get("transit/wrapping_key").unwrap();
    place.write("answers/vault.json", wrapping_key.to_string());
    place.ok(&["generate", "db/kek", "--type", "aes-256"]);
    let wrap = ["--provider", "openbao", "--target", "dbkek", "--wrapping-key", "answers/vault.json", "--out", "first"];
    place.ok(&[&["wrap-for-import", "db/kek", "--mount", "transit", "--method", "rsa-aes-sha1"][..], &wrap].concat());
    place.ok(&["activate", "db/kek"]);
    place.ok(&["rotate", "db/kek", "--wrapping-keys", "answers", "--out", "out"]);
    let says =
        |id: &str, stage: &str| place.ok(&["revoke", id, "--reason", "superseded", "--stage", stage, "--dry-run"]);
    for stage in ["compromise", "destroy"] {
        let said = says("db/kek@2", stage);
        assert!(said.contains("say of openbao: nothing: ") && !said.contains("delete '"), "{said}");
    }
    place.ok(&["activate", "db/kek@2"]);
    for stage in ["suspend", "deactivate", "compromise"] {
        let said = says("db/kek@2", stage);
        assert!(said.contains("say of openbao: nothing: transit cannot stop or delete this version"), "{said}");
    }
    // What comes after it was never seen there, and no command is to be typed that leaves it open.
    let first = says("db/kek@1", "suspend");
    let unseen = "say of openbao: whether a later version is there, only the server knows";
    assert!(first.contains(unseen) && !first.contains('$'), "{first}");
}
