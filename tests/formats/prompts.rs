//! What a person at a terminal is asked for a key file, on a pseudo-terminal.

use std::time::Duration;

use expectrl::process::unix::WaitStatus;
use expectrl::session::OsSession;
use expectrl::{Eof, Expect as _, Session};

use super::place::Place;

/// What is typed, and never shown.
const TYPED: &str = "correct-horse-7";

fn spawn(place: &Place, words: &[&str]) -> OsSession {
    let mut command = place.command(env!("CARGO_BIN_EXE_byok"));
    command.env_clear().env("TERM", "xterm").arg("convert").args(words);
    let mut session = Session::spawn(command).unwrap();
    session.set_expect_timeout(Some(Duration::from_mins(1)));
    session
}

/// Answers the questions in turn; what was said until the end, and the exit code.
fn answer(mut session: OsSession, answers: &[(&str, &str)]) -> (String, i32) {
    for (question, typed) in answers {
        session.expect(question).unwrap();
        session.send(format!("{typed}\r")).unwrap();
    }
    let said = session.expect(Eof).unwrap();
    let said = String::from_utf8_lossy(said.as_bytes()).into_owned();
    assert!(!said.contains(TYPED), "{said}");
    match session.get_process().wait().unwrap() {
        WaitStatus::Exited(_, code) => (said, code),
        other => panic!("{other:?}: {said}"),
    }
}

#[test]
fn a_new_passphrase_is_asked_for_twice_and_an_old_one_once() {
    let place = Place::with_pair("ed25519");
    let to = ["key.pem", "--to", "pkcs12", "--out", "key.p12"];
    let (said, code) = answer(
        spawn(&place, &to),
        &[("New passphrase of key.p12: ", TYPED), ("New passphrase of key.p12, again: ", "other")],
    );
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("the two passphrases differ [E0222]") && !place.path("key.p12").exists(), "{said}");
    let twice = [("New passphrase of key.p12: ", TYPED), ("New passphrase of key.p12, again: ", TYPED)];
    let (said, code) = answer(spawn(&place, &to), &twice);
    assert_eq!(code, 0, "{said}");

    // The passphrase that the file has is the one of the new file: one question. A wrong one is not asked for again.
    let back = ["key.p12", "--to", "pkcs8", "--out", "back.pem"];
    let (said, code) = answer(spawn(&place, &back), &[("Passphrase of key.p12: ", "wrong")]);
    assert_eq!(code, 7, "{said}");
    assert!(said.contains("[E0730]") && !place.path("back.pem").exists(), "{said}");
    let (said, code) = answer(spawn(&place, &back), &[("Passphrase of key.p12: ", TYPED)]);
    assert_eq!(code, 0, "{said}");
    place.openssl(&format!("pkey -in back.pem -passin pass:{TYPED} -noout"));
}

#[test]
fn nothing_is_asked_when_it_would_be_for_nothing() {
    let place = Place::with_pair("ed25519");
    place.openssl(&format!("pkcs8 -topk8 -in key.pem -passout pass:{TYPED} -out locked.pem"));
    place.write("exists", "");
    for (words, code) in [
        (&["locked.pem", "--to", "pkcs8", "--out", "exists"][..], "E0202"),
        (&["locked.pem", "--to", "pem", "--encoding", "der", "--out", "out"], "E0201"),
        (&["locked.pem", "--to", "pkcs8", "--part", "2", "--from", "hex", "--out", "out"], "E0717"),
        (&["locked.pem", "--to", "pkcs8", "--stdout"], "E0220"),
        (&["key.pem", "--to", "spki", "--stdout"], "E0220"),
    ] {
        let (said, _) = answer(spawn(&place, words), &[]);
        assert!(said.contains(&format!("[{code}]")) && !said.contains("Passphrase of"), "{words:?}: {said}");
    }
}
