//! The token goes away in the middle of a `revoke`, and comes back: the same command again finishes, and nothing is said in
//! between that is not so.

use super::{document, verified};
use crate::govern::SIGNERS;
use crate::token::Module;
use crate::workplace::{Workplace, assert_success, code, text};

/// A script may destroy here.
const POLICY: &str = "\
schema: byok.policy/v1
people: {alice: {roles: [security]}, bob: {roles: [security]}}
registry: {unattended: [policy-adopt]}
rules: [{name: all, match: {keys: ['**']}, unattended: [destroy, revoke]}]
";
const DESTROY: &str = "revoke doomed --stage destroy --reason superseded --yes";
const DEACTIVATE: &str = "revoke doomed --stage deactivate --reason superseded --yes";
/// The token is away at every so manieth call; the others are those of the tests in `crash`.
const STRIDE: usize = 9;
const TOKEN: i32 = 5;

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

fn started(module: Module) -> Workplace {
    let place = Workplace::initialised_behind_proxy(module, &[]);
    place.write("policy.yaml", POLICY);
    place.write("signers", SIGNERS);
    for command in [
        "policy adopt --policy policy.yaml --allowed-signers signers --yes",
        "generate doomed --type ec-p256",
        "generate other --type aes-256",
    ] {
        place.ok(&words(command));
    }
    place
}

fn state(place: &Workplace) -> String {
    document(place, &["show", "doomed"])["state"].as_str().unwrap().to_owned()
}

/// What a plain client of the module finds of the key.
fn objects(place: &Workplace, module: Module) -> usize {
    let program = place.token.module().with_file_name("list_objects");
    let output = place.command(program).arg(module.path()).arg(crate::token::LABEL).output().unwrap();
    assert_success(&output, "list_objects");
    text(&output.stdout).lines().filter(|line| line.split(' ').nth(2) == Some("doomed@1")).count()
}

/// Types the command again, and `recover` where it asks for that, until it is done.
fn finish(place: &mut Workplace, command: &str, label: &str) {
    place.token.proxied(&[]);
    for _ in 0..4 {
        let output = place.byok(&words(command));
        let said = text(&output.stderr);
        match code(&said) {
            None if output.status.success() => return,
            Some("E0907") => assert_success(&place.byok(&["recover", "--yes"]), label),
            _ => panic!("{label}: {said}"),
        }
    }
    panic!("{label}: no end of repetitions");
}

/// The token goes at calls all over the command; what is left of it in the end is `objects`.
fn leaves(module: Module, lie: &str, (command, ended, left): (&str, &str, usize)) {
    let start = started(module);
    if ended == "deactivated" {
        start.ok(&["activate", "doomed"]);
    }
    let before = state(&start);
    let mut undisturbed = start.copy();
    undisturbed.token.proxied(&[]);
    undisturbed.ok(&words(command));
    let calls = undisturbed.token.trace().len();
    let mut gone = 0;
    for at in (1..=calls).step_by(STRIDE) {
        let label = format!("{module:?} {command}, {lie}={at} of {calls}");
        let mut place = start.copy();
        place.token.proxied(&[&format!("{lie}={at}")]);
        let output = place.byok(&words(command));
        let exit = output.status.code();
        assert!(matches!(exit, Some(0 | TOKEN)), "{label}: {}", text(&output.stderr));
        gone += usize::from(exit == Some(TOKEN));
        place.token.proxied(&[]);
        let (now, there) = (state(&place), objects(&place, module));
        assert!(now == before || (now == ended && there == left), "{label}: {now} with {there} objects");
        finish(&mut place, command, &label);
        assert_eq!((state(&place).as_str(), objects(&place, module)), (ended, left), "{label}");
        verified(&place);
    }
    assert!(gone > 2, "{module:?} {lie}: the token went {gone} times");
}

#[test]
fn the_device_is_removed() {
    for module in Module::ALL {
        leaves(module, "lie=device-removed", (DESTROY, "destroyed", 0));
    }
}

#[test]
fn the_session_is_lost() {
    for module in Module::ALL {
        leaves(module, "lie=stale-handles", (DESTROY, "destroyed", 0));
    }
}

#[test]
fn what_is_only_recorded_waits_for_the_token() {
    leaves(Module::SoftHsm, "lie=device-removed", (DEACTIVATE, "deactivated", 2));
}

/// The files of the token are moved away just before it is asked to destroy a key, and back after the run.
#[test]
fn the_store_is_moved_away_and_back() {
    let mut place = started(Module::SoftHsm);
    let [here, there] = ["tokens", "tokens.away"].map(|name| place.token.path().join(name));
    place.token.proxied(&[&format!("run=C_DestroyObject#1:mv {} {}", here.display(), there.display())]);
    let output = place.byok(&words(DESTROY));
    assert_eq!(output.status.code(), Some(TOKEN), "{}", text(&output.stderr));
    // While it is away, nothing is called destroyed.
    place.token.proxied(&[]);
    for command in [DESTROY, "recover --yes", "revoke doomed --stage destroy --absent --reason unspecified --yes"] {
        assert_eq!(place.byok(&words(command)).status.code(), Some(TOKEN), "{command}");
        assert_eq!(state(&place), "pre-activation", "{command}");
    }
    if here.exists() {
        std::fs::remove_dir_all(&here).unwrap();
    }
    std::fs::rename(&there, &here).unwrap();
    finish(&mut place, DESTROY, "the store");
    assert_eq!((state(&place).as_str(), objects(&place, Module::SoftHsm)), ("destroyed", 0));
    verified(&place);
}
