//! Dual control with people's own SSH keys: `byok approve` beside stock ssh-keygen, from the policy to the evidence.

mod agent;
mod dialog;
mod refused;
mod walk;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

use crate::token::Module;
use crate::workplace::{WRAPPING_KEY, Workplace, assert_success, text};

pub(super) const NAMESPACE: &str = "byok-approval-v1";

/// The rules of a small bank. Carol makes the plans.
const POLICY: &str = "\
schema: byok.policy/v1
people:
  alice: {roles: [security-officer], logins: [alice]}
  bob: {roles: [key-custodian], logins: [bob]}
  carol: {roles: [key-custodian], logins: [carol]}
registry:
  approvals:
    policy-adopt: {count: 2, roles: {security-officer: 1}}
    replace-signer: {count: 2}
rules:
  - name: payments
    match: {keys: [\"payments/**\"]}
    exposure: none
    unattended: [generate, wrap-for-import]
    approvals:
      wrap-for-import: {count: 2, roles: {security-officer: 1}}
  - name: the-rest
    match: {keys: [\"**\"]}
    exposure: plaintext
    unattended: [generate, wrap-for-import]
";

/// What is planned: a wrap that needs two people.
const WRAP: [&str; 10] = [
    "wrap-for-import",
    "payments/kek",
    "--provider",
    "generic",
    "--wrapping-key",
    "wrapping.pem",
    "--method",
    "rsa-oaep-sha1",
    "--out",
    "bundle",
];

/// A registry under the policy, people with keys, and a plan.
pub(super) struct Bank {
    pub(super) place: Workplace,
}

impl Bank {
    /// A registry with a key, and Alice, Bob, Carol and Mallory with a key each.
    pub(super) fn new(module: Module) -> Self {
        let bank = Self { place: Workplace::initialised(module) };
        let place = &bank.place;
        place.write("wrapping.pem", WRAPPING_KEY);
        place.write("policy.yaml", POLICY);
        let people = [
            ("alice", "ed25519", "256"),
            ("bob", "ecdsa", "384"),
            ("carol", "ecdsa", "521"),
            ("mallory", "ecdsa", "256"),
        ];
        for (name, kind, bits) in people {
            bank.key(name, kind, bits, "");
        }
        place.write("signers", bank.signers(&["alice", "bob", "carol"]));
        place.ok(&["generate", "payments/kek", "--type", "aes-256"]);
        bank
    }

    /// The same after the policy was adopted.
    pub(super) fn governed(module: Module) -> Self {
        let bank = Self::new(module);
        bank.adopt();
        bank
    }

    pub(super) fn adopt(&self) {
        self.place.ok(&["policy", "adopt", "--policy", "policy.yaml", "--allowed-signers", "signers", "--yes"]);
    }

    /// The same with Carol's plan of a wrap.
    pub(super) fn with_plan(module: Module) -> Self {
        let bank = Self::governed(module);
        bank.plan("plan.json");
        bank
    }

    pub(super) fn plan(&self, out: &str) {
        self.place.ok(&[&["plan"], &WRAP[..], &["--author", "carol", "--out", out]].concat());
    }

    /// A key pair in files: `name` and `name.pub`.
    pub(super) fn key(&self, name: &str, kind: &str, bits: &str, passphrase: &str) {
        let made = self.keygen(&["-q", "-t", kind, "-b", bits, "-N", passphrase, "-C", name, "-f", name]);
        assert_success(&made, "ssh-keygen");
    }

    /// Lines of allowed signers for these people, each with the key in the file of the same name.
    pub(super) fn signers(&self, people: &[&str]) -> String {
        let line =
            |name: &&str| format!("{name} {}", fs::read_to_string(self.place.path(&format!("{name}.pub"))).unwrap());
        people.iter().map(line).collect()
    }

    pub(super) fn keygen(&self, arguments: &[&str]) -> Output {
        self.place.command("ssh-keygen").args(arguments).output().expect("ssh-keygen runs")
    }

    /// Signs a file with stock ssh-keygen: FILE.sig.
    pub(super) fn sign(&self, key: &str, namespace: &str, file: &str) {
        assert_success(&self.keygen(&["-q", "-Y", "sign", "-n", namespace, "-f", key, file]), "ssh-keygen -Y sign");
    }

    /// `byok approve --json`.
    pub(super) fn approve(&self, arguments: &[&str]) -> Value {
        let said = self.place.ok(&[&["approve", "plan.json", "--yes", "--json"], arguments].concat());
        let document: Value = serde_json::from_str(&said).unwrap();
        crate::schema::assert_valid(&document);
        document
    }

    /// Stock ssh-keygen on the registry's files, as docs/verify-by-hand.md says.
    pub(super) fn openssh_verifies(&self, person: &str) -> bool {
        let plan = self.only("registry/plans", ".json");
        let sha256 = plan.file_stem().unwrap().to_str().unwrap().to_owned();
        let signers = self.only("registry/policy", ".allowed_signers");
        let signature = self.place.path(&format!("registry/approvals/{sha256}/{person}.sshsig"));
        let mut command: Command = self.place.command("ssh-keygen");
        command.args(["-Y", "verify", "-I", person, "-n", NAMESPACE, "-f"]).arg(signers).arg("-s").arg(signature);
        command.stdin(fs::File::open(plan).unwrap()).output().unwrap().status.success()
    }

    /// The only file of a folder with this ending.
    pub(super) fn only(&self, folder: &str, ending: &str) -> PathBuf {
        let names = fs::read_dir(self.place.path(folder)).unwrap().map(|entry| entry.unwrap().path());
        let found: Vec<PathBuf> = names.filter(|path| path.to_string_lossy().ends_with(ending)).collect();
        let [only] = &found[..] else { panic!("{found:?}") };
        only.clone()
    }

    /// Names of the approvals in the registry, over all plans.
    pub(super) fn approvals(&self) -> Vec<String> {
        let Ok(plans) = fs::read_dir(self.place.path("registry/approvals")) else { return Vec::new() };
        let files = plans.flat_map(|plan| fs::read_dir(plan.unwrap().path()).unwrap());
        let mut names: Vec<String> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// What signing left in the user's runtime folder.
    pub(super) fn scratches(&self) -> usize {
        let folders = fs::read_dir(self.place.path("byok")).into_iter().flatten();
        folders.filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("scratch-")).count()
    }
}

/// Why something was refused, in one line each.
pub(super) fn said(output: &Output) -> String {
    text(&output.stderr)
}
