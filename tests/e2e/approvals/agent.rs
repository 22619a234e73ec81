//! Keys that no file holds: in a PKCS#11 token, through ssh-agent.

use std::fs;
use std::process::{Child, Command, Stdio};

use crate::approvals::{Bank, NAMESPACE};
use crate::token::{LABEL, Module, TokenDir, USER_PIN};
use crate::workplace::{assert_success, text};

/// An ssh-agent of this test's own, which ends with it.
struct Agent {
    process: Child,
    socket: String,
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// An agent that holds the keys of this token.
fn agent(bank: &Bank, card: &TokenDir) -> Agent {
    let socket = bank.place.path("agent").to_str().unwrap().to_owned();
    let module = card.module();
    let module = fs::canonicalize(module).unwrap();
    let mut command = Command::new("ssh-agent");
    command.args(["-D", "-P", module.to_str().unwrap(), "-a", &socket]);
    command.env_clear().envs(card.env()).env("PATH", "/usr/bin:/bin").env("HOME", bank.place.path("."));
    let process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let agent = Agent { process, socket };
    // The agent is there when it answers; `-l` fails with 2 until then.
    let answers = || add(bank, &agent, &["-l"]).status.code() != Some(2);
    let started = std::time::Instant::now();
    while !answers() {
        assert!(started.elapsed().as_secs() < 60, "ssh-agent does not answer");
        std::thread::yield_now();
    }
    bank.place.write("askpass", format!("#!/bin/sh\necho {USER_PIN}\n"));
    assert_success(&bank.place.command("chmod").args(["700", "askpass"]).output().unwrap(), "chmod");
    let added = add(bank, &agent, &["-q", "-s", module.to_str().unwrap()]);
    assert_success(&added, "ssh-add -s");
    agent
}

fn add(bank: &Bank, agent: &Agent, arguments: &[&str]) -> std::process::Output {
    let mut command = bank.place.command("ssh-add");
    let askpass = bank.place.path("askpass");
    command.args(arguments).env("SSH_AUTH_SOCK", &agent.socket).env("SSH_ASKPASS", askpass);
    command.env("SSH_ASKPASS_REQUIRE", "force").output().unwrap()
}

#[test]
fn a_key_in_a_pkcs11_token_approves_through_the_agent() {
    let bank = Bank::new(Module::SoftHsm);
    let card = TokenDir::new(Module::SoftHsm);
    let module = card.module();
    let mut tool = Command::new("pkcs11-tool");
    tool.env_clear().envs(card.env()).env("PATH", "/usr/bin:/bin").arg("--module").arg(&module);
    tool.args(["--token-label", LABEL, "--login", "--pin", USER_PIN, "--keypairgen", "--key-type", "EC:prime256v1"]);
    assert_success(&tool.args(["--id", "01", "--label", "alice"]).output().unwrap(), "pkcs11-tool");
    let agent = agent(&bank, &card);
    bank.place.write("card.pub", text(&add(&bank, &agent, &["-L"]).stdout));
    let card_key = fs::read_to_string(bank.place.path("card.pub")).unwrap();
    assert!(card_key.starts_with("ecdsa-sha2-nistp256 "), "{card_key}");
    bank.place.write("signers", format!("{}alice {card_key}", bank.signers(&["bob", "carol"])));
    bank.adopt();
    bank.plan("plan.json");
    let mut byok = bank.place.command(env!("CARGO_BIN_EXE_byok"));
    byok.args(["approve", "plan.json", "--key", "card.pub", "--yes"]).env("SSH_AUTH_SOCK", &agent.socket);
    assert_success(&byok.output().unwrap(), "byok approve with a card");
    let mut stock = bank.place.command("ssh-keygen");
    stock.args(["-q", "-Y", "sign", "-n", NAMESPACE, "-f", "card.pub", "plan.json"]);
    assert_success(&stock.env("SSH_AUTH_SOCK", &agent.socket).output().unwrap(), "ssh-keygen with a card");
    // What stock ssh-keygen made with the card is taken in the place of byok's own.
    fs::remove_dir_all(bank.place.path("registry/approvals")).unwrap();
    bank.approve(&["--signature", "plan.json.sig"]);
    bank.approve(&["--key", "bob"]);
    bank.place.ok(&["apply", "plan.json"]);
    assert!(bank.openssh_verifies("alice") && bank.openssh_verifies("bob"));
    // Without the agent the public key alone signs nothing.
    drop(agent);
    fs::remove_dir_all(bank.place.path("bundle")).unwrap();
    bank.plan("second.json");
    let said = bank.place.refused(3, &["approve", "second.json", "--key", "card.pub", "--yes"]);
    assert!(said.contains("ssh-keygen did not sign [E0314]"), "{said}");
}
