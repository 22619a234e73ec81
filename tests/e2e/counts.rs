//! One `C_Initialize`, one login, one search for each class, and nothing at all where no token is needed.

use std::collections::BTreeMap;
use std::fs;

use crate::token::Module;
use crate::workplace::{WRAPPING_KEY, Workplace, assert_success};

const WRAP: &str = "wrap-for-import NAME --provider generic --wrapping-key wrapping.pem --out bundle-NAME";

/// The searches of each command, by class; `any` is the search for a label, which must find keys of every class.
const COMMANDS: [(&str, &[&str]); 5] = [
    ("generate one --type aes-256", &["any", "private"]),
    ("generate two --type ec-p256", &["any", "private"]),
    (
        "wrap-for-import one --provider generic --wrapping-key wrapping.pem --method rsa-oaep-sha1 --out b1",
        &["private", "secret"],
    ),
    ("wrap-for-import two --provider generic --wrapping-key wrapping.pem --method rsa-aes-sha1 --out b2", &["private"]),
    ("hsm probe", &["private"]),
];

#[test]
fn one_login_and_one_search_for_each_class() {
    for module in Module::ALL {
        let mut place = behind_proxy(module);
        let finds = place.path("finds");
        let line = format!("finds={}", finds.display());
        for (command, searches) in COMMANDS {
            if (module, command.contains(" two ") && command.starts_with("wrap")) == (Module::SoftHsm, true) {
                // SoftHSM pads private keys, so none leaves it.
                continue;
            }
            fs::write(&finds, "").unwrap();
            place.token.proxied(&[&line]);
            let words: Vec<&str> = command.split(' ').collect();
            assert_success(&place.byok(&words), command);
            let calls = calls(&place);
            for once in ["C_Initialize", "C_Login", "C_Finalize", "C_OpenSession"] {
                assert_eq!(calls.get(once), Some(&1), "{module:?} {command}: {once} in {calls:?}");
            }
            assert_eq!(calls.get("C_FindObjectsInit"), calls.get("C_FindObjectsFinal"), "{module:?} {command}");
            let mut searched: Vec<String> = fs::read_to_string(&finds).unwrap().lines().map(str::to_owned).collect();
            searched.sort();
            assert_eq!(searched, searches, "{module:?} {command}");
            assert_ended(&place, command);
        }
    }
}

#[test]
fn reading_needs_no_token() {
    let mut place = behind_proxy(Module::SoftHsm);
    place.ok(&["generate", "one", "--type", "aes-256"]);
    place.token.proxied(&[]);
    for command in [
        "list",
        "list --json",
        "show one",
        "verify registry --trust registry/trust/signer.pem",
        "export-audit --format csv",
        "--version",
    ] {
        let words: Vec<&str> = command.split(' ').collect();
        assert_success(&place.byok(&words), command);
        assert_eq!(place.token.trace(), [], "{command}");
    }
}

/// A refusal that needs the module, to know the token, still asks for nothing: no login, no session.
#[test]
fn a_dry_run_does_not_log_in() {
    let mut place = behind_proxy(Module::SoftHsm);
    place.ok(&["generate", "one", "--type", "aes-256"]);
    place.token.proxied(&[]);
    let wrap = WRAP.replace("NAME", "one") + " --dry-run";
    assert_success(&place.byok(&wrap.split(' ').collect::<Vec<_>>()), &wrap);
    let calls = calls(&place);
    assert!(!calls.contains_key("C_Login") && !calls.contains_key("C_OpenSession"), "{calls:?}");
    assert!(!place.path("bundle-one").exists());
}

fn behind_proxy(module: Module) -> Workplace {
    let place = Workplace::initialised_behind_proxy(module, &[]);
    place.write("wrapping.pem", WRAPPING_KEY);
    place
}

fn calls(place: &Workplace) -> BTreeMap<String, usize> {
    let mut calls = BTreeMap::new();
    for (_, name, _) in place.token.trace() {
        *calls.entry(name).or_default() += 1;
    }
    calls
}

/// Every session that was opened is closed, and the last call ends the module.
fn assert_ended(place: &Workplace, command: &str) {
    let trace = place.token.trace();
    let (_, last, answer) = trace.last().expect("a call");
    assert_eq!((last.as_str(), *answer), ("C_Finalize", 0), "{command}");
    let count = |name: &str| trace.iter().filter(|call| call.1 == name).count();
    assert_eq!(count("C_OpenSession"), count("C_CloseSession"), "{command}");
}
