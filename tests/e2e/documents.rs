//! Every `--json` document of a command with a token keeps to its schema; dry runs leave nothing; init is finished.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::schema::assert_valid;
use crate::token::Module;
use crate::workplace::{PIN_SOURCE, Workplace};

pub(crate) fn document(place: &Workplace, arguments: &[&str]) -> Value {
    let text = place.ok(&[arguments, &["--json"]].concat());
    let document = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {text}"));
    assert_valid(&document);
    document
}

fn wrapping_key(place: &Workplace) {
    let private = place.command("openssl").args(["genrsa", "3072"]).output().unwrap().stdout;
    place.write("private.pem", private);
    let public = place.command("openssl").args(["rsa", "-pubout", "-in", "private.pem"]).output().unwrap().stdout;
    place.write("key.pem", public);
}

const WRAP: [&str; 7] = ["wrap-for-import", "a", "--provider", "generic", "--wrapping-key", "key.pem", "--out"];

#[test]
fn documents_keep_to_their_schemas() {
    for module in Module::ALL {
        let place = Workplace::new(module);
        wrapping_key(&place);
        let file = place.token.module();
        let file = file.to_str().unwrap();
        let init = document(&place, &["init", "--module", file, "--token", "demo", "--pin-source", PIN_SOURCE]);
        assert_eq!(init["adopted"], false);
        document(&place, &["hsm", "probe"]);
        document(&place, &["generate", "a", "--type", "aes-256", "--owner", "o", "--attribute", "k=v"]);
        document(&place, &["generate", "b", "--type", "ec-p256"]);
        document(&place, &["generate", "c", "--type", "hmac-sha256"]);
        assert_eq!(document(&place, &["list"])["keys"].as_array().unwrap().len(), 3);
        document(&place, &[&WRAP[..], &["bundle"]].concat());
        for key in ["a", "b@1", "c"] {
            document(&place, &["show", key]);
        }
        assert_eq!(document(&place, &["status"])["items"][0]["kind"], "pending-confirmation");
        assert_eq!(document(&place, &["recover"])["operations"].as_array().unwrap().len(), 0);
        document(&place, &["export-audit", "--format", "jsonl", "--out", "export.jsonl"]);
        let verified = document(&place, &["verify", "bundle", "registry", "export.jsonl", "--trust", "signer.pem"]);
        assert_eq!(verified["items"].as_array().unwrap().len(), 6);
    }
}

#[test]
fn a_failed_verification_is_a_document_too() {
    let place = Workplace::initialised(Module::SoftHsm);
    place.write("none.json", "{}");
    let output = place.byok(&["verify", "none.json", "--trust", "signer.pem", "--json"]);
    assert_eq!(output.status.code(), Some(8));
    for stream in [&output.stdout, &output.stderr] {
        assert_valid(&serde_json::from_slice(stream).unwrap());
    }
}

/// Every file below a folder with its content.
fn files(folder: &Path) -> BTreeMap<std::path::PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() { folders.push(path) } else { drop(found.insert(path.clone(), fs::read(path).unwrap())) }
        }
    }
    found
}

#[test]
fn a_dry_run_leaves_nothing() {
    let place = Workplace::new(Module::SoftHsm);
    wrapping_key(&place);
    let file = place.token.module();
    let init = ["init", "--module", file.to_str().unwrap(), "--token", "demo", "--pin-source", PIN_SOURCE];
    let unchanged = |arguments: &[&str]| {
        let before = files(&place.path("."));
        document(&place, &[arguments, &["--dry-run"]].concat());
        assert_eq!(files(&place.path(".")), before, "{arguments:?}");
    };
    unchanged(&init);
    place.ok(&init);
    place.ok(&["generate", "a", "--type", "aes-256"]);
    unchanged(&["generate", "b", "--type", "aes-256"]);
    unchanged(&[&WRAP[..], &["bundle"]].concat());
    unchanged(&["recover"]);
    unchanged(&["hsm", "probe"]);
}

#[test]
fn init_writes_what_an_interrupted_run_left_out() {
    let place = Workplace::initialised(Module::SoftHsm);
    let file = place.token.module();
    let init = ["init", "--module", file.to_str().unwrap(), "--token", "demo", "--pin-source", PIN_SOURCE];
    let whole = files(&place.path("."));
    for missing in [&["byok.yaml"][..], &["byok.yaml", "signer.pem"], &["signer.pem"]] {
        for name in missing {
            fs::remove_file(place.path(name)).unwrap();
        }
        assert_eq!(document(&place, &init)["adopted"], true);
        assert_eq!(files(&place.path(".")), whole);
    }
    assert!(place.refused(2, &init).contains("[E0202]"));
    // What is there and is something else stays.
    fs::remove_file(place.path("byok.yaml")).unwrap();
    place.write("signer.pem", "theirs");
    assert!(place.refused(2, &init).contains("[E0202]"));
}

#[test]
fn a_token_is_made_only_when_asked_for() {
    let place = Workplace::new(Module::SoftHsm);
    place.write("so", "12345678\n");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(place.path("so"), mode).unwrap();
    let file = place.token.module();
    let create = |label| {
        ["init", "--module", file.to_str().unwrap(), "--token", label, "--pin-source", PIN_SOURCE, "--create-token"]
    };
    let with_so = |label| [&create(label)[..], &["--so-pin-source", "file:so"]].concat();
    assert!(place.refused(2, &with_so("fresh")).contains("[E0210]"));
    assert!(place.refused(5, &[&with_so("demo")[..], &["--yes"]].concat()).contains("[E0505]"));
    place.ok(&[&with_so("fresh")[..], &["--yes"]].concat());
    place.ok(&["generate", "a", "--type", "aes-256"]);
}
