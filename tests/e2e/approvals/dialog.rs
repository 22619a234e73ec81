//! What a person is asked who approves, on a pseudo-terminal.

use std::time::Duration;

use expectrl::process::unix::WaitStatus;
use expectrl::session::OsSession;
use expectrl::{Eof, Expect as _, Session};

use crate::approvals::Bank;
use crate::token::Module;

fn approve(bank: &Bank, key: &str) -> OsSession {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_byok"));
    let prepared = bank.place.command(env!("CARGO_BIN_EXE_byok"));
    command.env_clear().current_dir(bank.place.path(".")).args(["approve", "plan.json", "--key", key]);
    command.envs(prepared.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("TERM", "xterm");
    let mut session = Session::spawn(command).unwrap();
    session.set_expect_timeout(Some(Duration::from_mins(1)));
    session
}

fn finish(mut session: OsSession) -> (String, i32) {
    let said = session.expect(Eof).unwrap();
    let said = String::from_utf8_lossy(said.as_bytes()).into_owned();
    match session.get_process().wait().unwrap() {
        WaitStatus::Exited(_, code) => (said, code),
        other => panic!("{other:?}: {said}"),
    }
}

#[test]
fn the_plan_is_shown_and_no_is_the_answer_unless_yes_is() {
    let bank = Bank::with_plan(Module::SoftHsm);
    for (answer, exit, kept) in [("n\r", 2, 0), ("\r", 2, 0), ("y\r", 0, 1)] {
        let mut session = approve(&bank, "alice");
        let shown = session.expect("Approve this plan as alice?").unwrap();
        let shown = String::from_utf8_lossy(shown.as_bytes()).into_owned();
        assert!(shown.contains("wrap-for-import payments/kek@1 into generic") && shown.contains("sha256"), "{shown}");
        session.send(answer).unwrap();
        let (said, code) = finish(session);
        assert_eq!((code, bank.approvals().len()), (exit, kept), "{answer:?}: {said}");
    }
}

#[test]
fn ssh_keygen_asks_for_the_passphrase_itself() {
    let bank = Bank::new(Module::SoftHsm);
    bank.key("locked", "ed25519", "256", "open sesame");
    let locked = std::fs::read_to_string(bank.place.path("locked.pub")).unwrap();
    bank.place.write("signers", format!("{}alice {locked}", bank.signers(&["bob", "carol"])));
    bank.adopt();
    bank.plan("plan.json");
    for (passphrase, exit, kept) in [("wrong", 3, 0), ("open sesame", 0, 1)] {
        let mut session = approve(&bank, "locked");
        session.expect("Approve this plan as alice?").unwrap();
        session.send("y\r").unwrap();
        session.expect("Enter passphrase").unwrap();
        session.send_line(passphrase).unwrap();
        let (said, code) = finish(session);
        assert_eq!((code, bank.approvals().len()), (exit, kept), "{passphrase}: {said}");
        assert!(!said.contains(passphrase), "{said}");
        assert_eq!(bank.scratches(), 0);
    }
}

#[test]
fn what_a_killed_approval_leaves_is_cleared_by_the_next() {
    let bank = Bank::new(Module::SoftHsm);
    bank.key("locked", "ed25519", "256", "open sesame");
    let locked = std::fs::read_to_string(bank.place.path("locked.pub")).unwrap();
    bank.place.write("signers", format!("{}alice {locked}", bank.signers(&["bob", "carol"])));
    bank.adopt();
    bank.plan("plan.json");
    let mut session = approve(&bank, "locked");
    session.expect("Approve this plan as alice?").unwrap();
    session.send("y\r").unwrap();
    session.expect("Enter passphrase").unwrap();
    session.get_process_mut().kill(expectrl::process::unix::Signal::SIGKILL).unwrap();
    assert!(matches!(session.get_process().wait().unwrap(), WaitStatus::Signaled(..)));
    drop(session);
    assert!(bank.approvals().is_empty());
    bank.approve(&["--key", "bob"]);
    assert_eq!((bank.approvals().len(), bank.scratches()), (1, 0));
}
