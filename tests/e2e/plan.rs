//! `plan`, `plan show` and `apply` without a policy: what is planned is done, once, on the state for which it was planned.

use std::fs;

use rustix::fs::{CWD, FileType, Mode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::import::secret;
use crate::schema::{assert_valid, schema_file, violations};
use crate::token::Module;
use crate::workplace::{WRAPPING_KEY, Workplace, code};

const WRAP: &str =
    "wrap-for-import kek --provider generic --wrapping-key wrapping.pem --method rsa-oaep-sha1 --out bundle";

fn started(module: Module) -> Workplace {
    let place = Workplace::initialised(module);
    place.ok(&["generate", "kek", "--type", "aes-256"]);
    place.write("wrapping.pem", WRAPPING_KEY);
    place.write("key.bin", secret(32));
    place
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

/// Plans a command; the document.
fn plan(place: &Workplace, command: &str) -> Value {
    let before = place.files();
    let said = place.ok(&words(&format!("plan {command} --out plan.json --json")));
    let document: Value = serde_json::from_str(&said).unwrap();
    assert_valid(&document);
    let schema: Value = serde_json::from_str(&fs::read_to_string(schema_file("byok.plan/v1")).unwrap()).unwrap();
    assert_eq!(violations(&schema, &document["plan"]), Vec::<String>::new());
    fs::rename(place.path("plan.json"), place.path("../plan.json")).unwrap();
    assert!(place.files() == before, "a plan changes nothing but its own file");
    fs::rename(place.path("../plan.json"), place.path("plan.json")).unwrap();
    document
}

fn refusal(place: &Workplace, exit: i32, command: &str) -> String {
    let said = place.refused(exit, &words(command));
    code(&said).unwrap_or_else(|| panic!("{said}")).to_owned()
}

fn state(place: &Workplace) -> Value {
    let document: Value = serde_json::from_str(&place.ok(&["plan", "show", "plan.json", "--json"])).unwrap();
    assert_valid(&document);
    document["state"].clone()
}

/// Planned, shown, applied, shown, and refused a second time.
fn applied_once(place: &Workplace, command: &str) -> Value {
    let document = plan(place, command);
    assert_eq!(state(place)["state"], "ready", "{command}");
    place.ok(&words("apply plan.json --yes"));
    assert_eq!(state(place)["state"], "applied", "{command}");
    assert_eq!(refusal(place, 3, "apply plan.json --yes"), "E0325", "{command}");
    let kept = place.path("registry/plans").join(format!("{}.json", document["sha256"].as_str().unwrap()));
    assert_eq!(fs::read(kept).unwrap(), fs::read(place.path("plan.json")).unwrap());
    place.ok(&["verify", "registry", "--trust", "signer.pem"]);
    fs::remove_file(place.path("plan.json")).unwrap();
    document["plan"]["actions"][0].clone()
}

#[test]
fn each_command_is_applied_once() {
    for module in Module::ALL {
        let place = started(module);
        let wrap = applied_once(&place, WRAP);
        assert_eq!((&wrap["key"]["version"], &wrap["route"]), (&"kek@1".into(), &"direct-oaep".into()));
        let shown: Value = serde_json::from_str(&place.ok(&["show", "kek", "--json"])).unwrap();
        let made = &shown["key"]["wraps"][0];
        assert_eq!(made["wrappingKey"]["spkiSha256"], wrap["wrappingKey"]["spkiSha256"]);
        assert_eq!(made["method"], wrap["method"]);
        let import = applied_once(&place, "import old key.bin --type aes-256 --owner ann --attribute site=a");
        assert_eq!(import["source"]["material"]["fingerprint"]["method"], "byok-cmac-v1");
        let import = applied_once(&place, "import mac key.bin --type hmac-sha256");
        let mac: Value = serde_json::from_str(&place.ok(&["show", "mac", "--json"])).unwrap();
        // All of it: another key with a few of the same bytes is found in seconds.
        assert_eq!(import["source"]["material"]["fingerprint"], mac["key"]["fingerprint"]);
        applied_once(&place, "seal kek");
        assert_eq!(refusal(&place, 4, &WRAP.replace("bundle", "again")), "E0411");
        applied_once(&place, "recover");
    }
}

/// Nothing that follows from a private key stands in a plan but what is public anyway.
#[test]
fn a_plan_says_little_of_a_key() {
    let place = started(Module::SoftHsm);
    place.private_key("ec-p256", "key.pem");
    let import = plan(&place, "import tls key.pem")["plan"]["actions"][0].clone();
    let material = import["source"]["material"].as_object().unwrap();
    assert_eq!(material.keys().collect::<Vec<_>>(), ["spkiSha256"]);
    assert!(import["source"].get("sha256").is_none() && import["source"].get("size").is_none());
    place.ok(&["apply", "plan.json"]);
    let shown: Value = serde_json::from_str(&place.ok(&["show", "tls", "--json"])).unwrap();
    assert_eq!(shown["key"]["public"]["spkiSha256"], import["source"]["material"]["spkiSha256"]);
}

#[test]
fn a_key_file_that_was_exchanged_is_refused() {
    let place = started(Module::SoftHsm);
    plan(&place, "import old key.bin --type aes-256");
    place.write("key.bin", secret(31).into_iter().chain([7]).collect::<Vec<_>>());
    assert_eq!(refusal(&place, 3, "apply plan.json"), "E0326");
    place.write("key.bin", secret(32));
    place.ok(&["apply", "plan.json"]);
}

#[test]
fn the_refusals_of_a_plan_are_those_of_the_command() {
    let place = started(Module::SoftHsm);
    for command in [
        "seal missing",
        "import kek key.bin --type aes-256",
        "import old missing.bin --type aes-256",
        "wrap-for-import missing --provider generic --wrapping-key wrapping.pem --method rsa-oaep-sha1 --out b",
        "wrap-for-import kek --provider generic --wrapping-key wrapping.pem --method rsa-oaep-md5 --out b",
        "wrap-for-import kek --provider generic --wrapping-key key.bin --method rsa-oaep-sha1 --out b",
        "wrap-for-import kek --provider nobody --wrapping-key wrapping.pem --out b",
    ] {
        let typed = place.byok(&words(command));
        let planned = place.byok(&words(&format!("plan {command} --out plan.json")));
        assert_eq!(planned.status.code(), typed.status.code(), "{command}");
        assert_eq!(planned.stderr, typed.stderr, "{command}");
        assert!(!place.path("plan.json").exists(), "{command}");
    }
    for (command, refused) in [
        ("plan generate x --type aes-256 --out plan.json", "E0243"),
        ("plan seal kek --expires P31D --out plan.json", "E0245"),
        ("plan seal kek --expires PT0S --out plan.json", "E0245"),
        ("plan seal kek", "E0201"),
        ("plan seal kek --out wrapping.pem", "E0202"),
    ] {
        assert_eq!(refusal(&place, 2, command), refused, "{command}");
    }
}

#[test]
fn what_the_plan_builds_on_must_be_there() {
    let place = started(Module::SoftHsm);
    plan(&place, WRAP);
    // The same bytes but for the base: another log's past, and a policy where there is none.
    let text = fs::read_to_string(place.path("plan.json")).unwrap();
    let other = |from: &str, to: &str| {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text);
        place.write("other.json", changed);
    };
    let root = text.split("\"checkpointRoot\": \"").nth(1).unwrap().get(..64).unwrap().to_owned();
    other(&root, &"ab".repeat(32));
    assert_eq!(refusal(&place, 3, "apply other.json"), "E0323");
    other(&root, &format!("{root}\",\n    \"policySha256\": \"{}", "ab".repeat(32)));
    assert_eq!(refusal(&place, 3, "apply other.json"), "E0323");
    other("\"origin\": \"", "\"origin\": \"x");
    assert_eq!(refusal(&place, 3, "apply other.json"), "E0320");
    // The key was wrapped, then sealed, in between.
    place.ok(&words(&WRAP.replace("bundle", "other")));
    assert_eq!(refusal(&place, 3, "apply plan.json"), "E0323");
    assert_eq!(state(&place)["state"], "refused");
    assert!(!place.path("bundle").exists() && !place.path("registry/plans").exists());
}

#[test]
fn time_runs_one_way() {
    let place = started(Module::SoftHsm);
    plan(&place, "seal kek");
    let text = fs::read_to_string(place.path("plan.json")).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let (made, end) = (document["createdAt"].as_str().unwrap(), document["expiresAt"].as_str().unwrap());
    for (created, expires, refused) in [
        ("2020-01-01T00:00:00Z", "2020-01-04T00:00:00Z", "E0321"),
        ("2999-01-01T00:00:00Z", "2999-01-04T00:00:00Z", "E0322"),
    ] {
        place.write("other.json", text.replace(made, created).replace(end, expires));
        assert_eq!(refusal(&place, 3, "apply other.json --yes"), refused);
    }
    place.write("other.json", text.replace(end, "2999-01-04T00:00:00Z"));
    assert_eq!(refusal(&place, 7, "apply other.json --yes"), "E0792");
}

#[test]
fn an_input_that_was_exchanged_is_refused() {
    let place = started(Module::SoftHsm);
    plan(&place, WRAP);
    place.write("wrapping.pem", format!("{WRAPPING_KEY}\n"));
    assert_eq!(refusal(&place, 3, "apply plan.json"), "E0324");
    fs::remove_file(place.path("wrapping.pem")).unwrap();
    assert_eq!(refusal(&place, 7, "apply plan.json"), "E0701");
    place.write("wrapping.pem", WRAPPING_KEY);
    place.ok(&["apply", "plan.json"]);
}

/// The log of the clone does not know of it; the token does.
#[test]
fn a_clone_of_the_registry_cannot_import_twice() {
    for module in Module::ALL {
        let place = started(module);
        plan(&place, "import old key.bin --type aes-256");
        let copied = place.command("cp").args(["-a", "registry", "clone"]).status().unwrap();
        assert!(copied.success());
        place.ok(&["apply", "plan.json"]);
        assert_eq!(refusal(&place, 4, "apply plan.json --registry clone"), "E0403", "{module:?}");
    }
}

#[test]
fn bad_files_are_refused_and_nothing_is_written() {
    let place = started(Module::SoftHsm);
    plan(&place, "seal kek");
    let text = fs::read_to_string(place.path("plan.json")).unwrap();
    let before = place.files();
    let bad = [
        ("reformatted", text.replace("  ", "    "), "E0793"),
        ("windows", text.replace('\n', "\r\n"), "E0793"),
        ("no end", text.trim_end().to_owned(), "E0793"),
        ("escape", text.replace("kek@1", "kek\\u001b[2J@1"), "E0792"),
        ("hidden", text.replacen('{', "{\n  \"x\": 1,", 1), "E0792"),
        ("twice", text.replacen("{\n", "{\n  \"schema\": \"byok.plan/v1\",\n", 1), "E0792"),
        ("raw escape", text.replace("byok.plan/v1", "byok.plan\u{1b}/v1"), "E0792"),
        ("empty", String::new(), "E0792"),
        ("deep", "[".repeat(100_000), "E0792"),
    ];
    for (what, bytes, refused) in bad {
        place.write("bad.json", bytes);
        for command in ["apply bad.json --yes", "plan show bad.json"] {
            let said = place.refused(7, &words(command));
            assert_eq!(code(&said), Some(refused), "{what}: {said}");
            assert!(!said.contains('\u{1b}'), "{what}");
        }
    }
    place.write("bad.json", vec![b' '; 65 << 20]);
    assert_eq!(refusal(&place, 7, "apply bad.json"), "E0702");
    fs::remove_file(place.path("bad.json")).unwrap();
    rustix::fs::mknodat(CWD, place.path("bad.json"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    assert_eq!(refusal(&place, 7, "apply bad.json"), "E0701");
    fs::remove_file(place.path("bad.json")).unwrap();
    assert!(place.files() == before, "nothing was written");
}

#[test]
fn a_plan_is_read_without_its_registry() {
    let place = started(Module::SoftHsm);
    plan(&place, WRAP);
    let elsewhere = Workplace::without_token(Module::SoftHsm);
    elsewhere.write("plan.json", fs::read(place.path("plan.json")).unwrap());
    let document: Value = serde_json::from_str(&elsewhere.ok(&["plan", "show", "plan.json", "--json"])).unwrap();
    assert_valid(&document);
    assert!(document.get("state").is_none());
    let text = elsewhere.ok(&["plan", "show", "plan.json"]);
    // Every string of the plan is shown.
    let mut left = vec![document["plan"].clone()];
    while let Some(value) = left.pop() {
        match value {
            Value::String(member) if member != "byok.plan/v1" => assert!(text.contains(&member), "{member}\n{text}"),
            Value::Array(items) => left.extend(items),
            Value::Object(members) => left.extend(members.into_iter().map(|(_, member)| member)),
            _ => {}
        }
    }
}

/// Without a PIN, whoever can write the log's tail can write that the plan was applied. Nothing was done, so it is done.
#[test]
fn a_line_of_somebody_else_applies_no_plan() {
    let place = started(Module::SoftHsm);
    plan(&place, "seal kek");
    let sha256 = Sha256::digest(fs::read(place.path("plan.json")).unwrap());
    let mark = json!({"plan": {"sha256": hex::encode(sha256), "action": 0}});
    for (event, phase) in [("plan.done", "note"), ("key.seal", "note")] {
        append(&place, event, phase, &mark);
    }
    assert_eq!(state(&place)["state"], "ready");
    place.ok(&words("apply plan.json --yes"));
    let shown: Value = serde_json::from_str(&place.ok(&["show", "kek", "--json"])).unwrap();
    assert!(shown["key"]["dates"]["sealedAt"].is_string());
    assert_eq!(refusal(&place, 3, "apply plan.json --yes"), "E0325");
}

/// A line after the last one, like it but for what it says.
fn append(place: &Workplace, event: &str, phase: &str, detail: &Value) {
    let path = place.path("registry/audit/log-000000.jsonl");
    let mut log = fs::read(&path).unwrap();
    let last = log.split(|byte| *byte == b'\n').rfind(|line| !line.is_empty()).unwrap();
    let mut entry: Value = serde_json::from_slice(last).unwrap();
    entry["prev"] = json!(hex::encode(Sha256::digest(last)));
    entry["seq"] = json!(entry["seq"].as_u64().unwrap() + 1);
    entry["id"] = json!("019380a0-0000-7000-8000-000000000000");
    (entry["event"], entry["phase"], entry["detail"]) = (json!(event), json!(phase), detail.clone());
    for member in ["outcome", "outputs", "key"] {
        entry.as_object_mut().unwrap().remove(member);
    }
    log.extend(serde_json::to_vec(&entry).unwrap());
    log.push(b'\n');
    fs::write(&path, log).unwrap();
}
