//! What a person at a terminal is asked, on a pseudo-terminal.

use std::time::Duration;

use expectrl::process::unix::WaitStatus;
use expectrl::session::OsSession;
use expectrl::{Eof, Expect as _, Session};

use crate::token::{Module, USER_PIN};
use crate::workplace::Workplace;

pub(crate) fn spawn(place: &Workplace, arguments: &[&str]) -> OsSession {
    spawn_program(place, env!("CARGO_BIN_EXE_byok"), arguments)
}

fn spawn_program(place: &Workplace, program: &str, arguments: &[&str]) -> OsSession {
    let mut command = std::process::Command::new(program);
    let prepared = place.command(env!("CARGO_BIN_EXE_byok"));
    command.env_clear().current_dir(place.path(".")).args(arguments);
    command.envs(prepared.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("TERM", "xterm");
    let mut session = Session::spawn(command).unwrap();
    session.set_expect_timeout(Some(Duration::from_mins(1)));
    session
}

/// What is said until the end, and the exit code.
pub(crate) fn finish(mut session: OsSession) -> (String, i32) {
    let said = session.expect(Eof).unwrap();
    let said = String::from_utf8_lossy(said.as_bytes()).into_owned();
    match session.get_process().wait().unwrap() {
        WaitStatus::Exited(_, code) => (said, code),
        other => panic!("{other:?}: {said}"),
    }
}

#[test]
fn the_pin_is_asked_for_and_not_shown() {
    let place = Workplace::initialised(Module::SoftHsm);
    let mut session = spawn(&place, &["generate", "a", "--type", "aes-256", "--pin-source", "prompt"]);
    session.expect("PIN of token demo: ").unwrap();
    session.send(format!("{USER_PIN}x\u{7f}\r")).unwrap();
    let (said, code) = finish(session);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("a@1") && !said.contains(USER_PIN), "{said}");
    assert!(said.contains("next: byok wrap-for-import a"), "{said}");
}

#[test]
fn giving_up_leaves_nothing_and_spends_no_try() {
    let place = Workplace::initialised(Module::SoftHsm);
    let mut session = spawn(&place, &["generate", "a", "--type", "aes-256", "--pin-source", "prompt"]);
    session.expect("PIN of token demo: ").unwrap();
    session.send("12\u{3}").unwrap();
    let (said, code) = finish(session);
    assert_eq!(code, 2, "{said}");
    assert!(place.ok(&["list"]).is_empty());
}

#[test]
fn a_wrapping_key_is_compared_by_the_operator() {
    let place = Workplace::initialised(Module::SoftHsm);
    place.ok(&["generate", "a", "--type", "aes-256"]);
    let private = place.command("openssl").args(["genrsa", "3072"]).output().unwrap().stdout;
    place.write("private.pem", private);
    let public = place.command("openssl").args(["rsa", "-pubout", "-in", "private.pem"]).output().unwrap().stdout;
    place.write("key.pem", public);
    let wrap = ["wrap-for-import", "a", "--provider", "generic", "--wrapping-key", "key.pem", "--out", "bundle"];
    for (answer, expected) in [("n\r", 2), ("\r", 2), ("byok verify\r", 2), ("y\r", 0)] {
        let mut session = spawn(&place, &wrap);
        session.expect("fingerprint").unwrap();
        session.send(answer).unwrap();
        let (said, code) = finish(session);
        assert_eq!(code, expected, "{said}");
        assert_eq!(said.contains("not confirmed; nothing was done [E0211]"), expected != 0, "{said}");
        assert_eq!(place.path("bundle").exists(), expected == 0);
    }
    let predicate = place.predicate("bundle/manifest.dsse.json");
    assert_eq!(predicate["wraps"][0]["wrappingKey"]["authenticatedBy"], "operator");
}

#[test]
fn a_new_token_is_asked_for_and_its_pins_typed_twice() {
    let place = Workplace::new(Module::SoftHsm);
    let module = Module::SoftHsm.path();
    let new = ["init", "--module", module.to_str().unwrap(), "--token", "new", "--create-token"];
    let init = [&new[..], &["--pin-source", "prompt", "--so-pin-source", "prompt"]].concat();

    let mut session = spawn(&place, &init);
    session.expect("Whatever the slot holds is destroyed.").unwrap();
    session.send("\r").unwrap();
    assert_eq!(finish(session).1, 2, "the default is no");

    let mut session = spawn(&place, &init);
    session.expect("Whatever the slot holds is destroyed.").unwrap();
    session.send("y\r").unwrap();
    session.expect("new security officer's PIN of token new: ").unwrap();
    session.send("87654321\r").unwrap();
    session.expect("again: ").unwrap();
    session.send("87654320\r").unwrap();
    let (said, code) = finish(session);
    assert!(code == 2 && said.contains("the two PINs differ [E0205]"), "{said}");

    let mut session = spawn(&place, &init);
    session.expect("Whatever the slot holds is destroyed.").unwrap();
    session.send("yes\r").unwrap();
    for (question, pin) in [("officer's PIN of token new: ", "87654321"), ("new PIN of token new: ", "654321")] {
        for question in [question, "again: "] {
            session.expect(question).unwrap();
            session.send(format!("{pin}\r")).unwrap();
        }
    }
    let (said, code) = finish(session);
    assert!(code == 0 && said.contains("made token new") && !said.contains("654321"), "{said}");
}

#[test]
fn a_seal_wants_the_name_typed() {
    let place = Workplace::initialised(Module::SoftHsm);
    place.ok(&["generate", "a", "--type", "aes-256"]);
    let second = place.path("registry/keys/a@1/manifest-0002.dsse.json");
    for (typed, expected, said_then) in [
        ("\r", 2, "not confirmed; nothing was done [E0211]"),
        ("y\r", 2, "another name was typed; nothing was done [E0211]"),
        ("a\r", 2, "another name was typed; nothing was done [E0211]"),
        ("a@1\r", 0, "sealed"),
    ] {
        let mut session = spawn(&place, &["seal", "a"]);
        session.expect("a@1 can never leave its token again").unwrap();
        session.expect("Seal a@1? This cannot be undone. Type a@1 to go on").unwrap();
        session.send(typed).unwrap();
        let (said, code) = finish(session);
        assert_eq!(code, expected, "{typed:?}: {said}");
        assert!(said.contains(said_then), "{typed:?}: {said}");
        assert_eq!(second.exists(), expected == 0, "{typed:?}: {said}");
    }
}

/// Pasted lines, or what was typed while nobody had asked yet, are no answer.
#[test]
fn what_was_typed_before_the_question_is_no_answer() {
    let place = Workplace::initialised(Module::SoftHsm);
    place.ok(&["generate", "a", "--type", "aes-256"]);
    place.write("key.pem", crate::workplace::WRAPPING_KEY);
    // The answer waits in the terminal before byok runs: the shell reads its first line and no more.
    let run = format!(
        "read line; '{}' wrap-for-import a --provider generic --method rsa-oaep-sha1 --wrapping-key key.pem --out bundle",
        env!("CARGO_BIN_EXE_byok")
    );
    let mut session = spawn_program(&place, "sh", &["-c", &run]);
    session.send("go\ny\ny\n").unwrap();
    session.expect("fingerprint").unwrap();
    session.send("\r").unwrap();
    let (said, code) = finish(session);
    assert!(code == 2 && said.contains("not confirmed; nothing was done [E0211]"), "{said}");
    assert!(!place.path("bundle").exists());
}
