//! The token with the evidence signer is lost: people sign a statement with real ssh-keygen, a new signer takes its
//! place, and an auditor who has the old public key alone follows.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;

use crate::token::{LABEL, Module, SO_PIN, USER_PIN};
use crate::workplace::{PIN_SOURCE, Workplace, assert_success, code, text};

const PEOPLE: [&str; 3] = ["ann@x.example", "bob@x.example", "eve@x.example"];
const POLICY: &str = "schema: byok.policy/v1
people:
  ann@x.example: {roles: [officer]}
  bob@x.example: {roles: [operator]}
registry:
  approvals:
    replace-signer: {count: 2, roles: {officer: 1}}
  unattended: [policy-adopt]
rules:
  - name: all
    match: {keys: [\"**\"]}
    unattended: [generate]
";

/// A registry with a key and a policy, whose evidence signer was on a token that is gone; another token is there.
struct Loss {
    place: Workplace,
}

impl Loss {
    fn new() -> Self {
        let place = Workplace::new(Module::SoftHsm);
        for label in ["evidence", "spare"] {
            let make = ["--init-token", "--free", "--label", label, "--pin", USER_PIN, "--so-pin", SO_PIN];
            assert_success(&place.command("softhsm2-util").args(make).output().unwrap(), "softhsm2-util");
        }
        let loss = Self { place };
        loss.signer_is_on("evidence");
        loss.place.ok(&["init"]);
        loss.keys();
        loss.place.write("policy.yaml", POLICY);
        loss.adopt();
        loss.place.ok(&["generate", "a", "--type", "aes-256"]);
        fs::copy(loss.place.path("signer.pem"), loss.place.path("old.pem")).unwrap();
        loss
    }

    fn signer_is_on(&self, label: &str) {
        let module = self.place.token.module();
        let token = |label: &str| format!("{{module: {}, label: {label}}}", module.display());
        let pin = format!("pin-source: {PIN_SOURCE}");
        let (keys, signer) = (token(LABEL), token(label));
        let text = format!("token: {keys}\n{pin}\nregistry: registry\nsigner: {{token: {signer}, {pin}}}\n");
        self.place.write("byok.yaml", text);
        fs::set_permissions(self.place.path("byok.yaml"), fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn keys(&self) {
        let mut signers = String::new();
        for person in PEOPLE {
            let make = ["-q", "-t", "ed25519", "-N", "", "-C", person, "-f", person];
            assert_success(&self.place.command("ssh-keygen").args(make).output().unwrap(), "ssh-keygen");
            let public = fs::read_to_string(self.place.path(&format!("{person}.pub"))).unwrap();
            let mut words = public.split(' ');
            let (kind, key) = (words.next().unwrap(), words.next().unwrap());
            writeln!(signers, "{person} namespaces=\"byok-recovery-v1,byok-approval-v1\" {kind} {key}").unwrap();
        }
        self.place.write("signers", signers);
    }

    fn adopt(&self) {
        self.place.ok(&["policy", "adopt", "--policy", "policy.yaml", "--allowed-signers", "signers", "--yes"]);
    }

    fn lose(&self) {
        let delete = ["--delete-token", "--token", "evidence"];
        assert_success(&self.place.command("softhsm2-util").args(delete).output().unwrap(), "softhsm2-util");
        self.signer_is_on("spare");
    }

    fn prepare(&self) {
        self.place.ok(&["signer", "replace", "--out", "statement.json"]);
    }

    /// Signs with stock ssh-keygen; the file is called as `signer replace --approval` wants it.
    fn sign(&self, person: &str, file: &str, namespace: &str) -> String {
        let sign = ["-Y", "sign", "-q", "-n", namespace, "-f", person, file];
        assert_success(&self.place.command("ssh-keygen").args(sign).output().unwrap(), "ssh-keygen -Y sign");
        let name = format!("{person}.sshsig");
        fs::rename(self.place.path(&format!("{file}.sig")), self.place.path(&name)).unwrap();
        name
    }

    fn replace(approvals: &[String]) -> Vec<String> {
        let mut words: Vec<String> = ["signer", "replace", "--statement", "statement.json"].map(str::to_owned).to_vec();
        words.extend(approvals.iter().flat_map(|name| ["--approval".to_owned(), name.clone()]));
        words
    }

    fn replaced(&self) {
        let approvals = PEOPLE[..2].iter().map(|person| self.sign(person, "statement.json", "byok-recovery-v1"));
        let words = Self::replace(&approvals.collect::<Vec<_>>());
        self.place.ok(&words.iter().map(String::as_str).collect::<Vec<_>>());
    }

    fn refused(&self, approvals: &[String], expected: &str) -> String {
        let words = Self::replace(approvals);
        let output = self.place.byok(&words.iter().map(String::as_str).collect::<Vec<_>>());
        let said = text(&output.stderr);
        assert_eq!(code(&said), Some(expected), "{said}");
        assert!(!self.place.path("registry/trust/replacements").exists(), "nothing is written");
        said
    }

    fn verify(&self, trust: &str) -> Value {
        let output = self.place.byok(&["verify", "registry", "--trust", trust, "--json"]);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stderr)))
    }

    fn statement(&self) -> Value {
        serde_json::from_slice(&fs::read(self.place.path("statement.json")).unwrap()).unwrap()
    }
}

fn words(line: &[String]) -> Vec<&str> {
    line.iter().map(String::as_str).collect()
}

fn only_file(folder: &Path) -> std::path::PathBuf {
    fs::read_dir(folder).unwrap().next().unwrap().unwrap().path()
}

fn failures(report: &Value) -> String {
    let items = report["items"].as_array().unwrap();
    items.iter().filter_map(|item| item["failure"]["detail"].as_str()).collect::<Vec<_>>().join("\n")
}

#[test]
fn two_people_name_a_new_signer_and_an_auditor_follows() {
    let loss = Loss::new();
    let said = loss.place.refused(3, &["signer", "replace", "--out", "statement.json"]);
    assert_eq!(code(&said), Some("E0331"), "{said}");
    loss.lose();
    loss.place.refused(5, &["generate", "b", "--type", "aes-256"]);
    loss.prepare();
    let statement = loss.statement();
    assert_eq!(statement["schema"], "byok.signer-replacement/v1");
    loss.replaced();

    // The new signer signs, and both old and new evidence is good for who has the old key alone.
    loss.place.ok(&["generate", "b", "--type", "aes-256"]);
    let report = loss.verify("old.pem");
    assert_eq!(report["ok"], true, "{report:#}");
    let kinds: Vec<&str> =
        report["items"].as_array().unwrap().iter().map(|item| item["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["replacement", "history", "history", "log"]);
    let new = loss.place.predicate("registry/keys/b@1/manifest-0001.dsse.json")["signer"]["spkiSha256"].clone();
    assert_eq!(new, statement["newSigner"]["spkiSha256"]);
    assert_eq!(loss.place.predicate("registry/keys/b@1/manifest-0001.dsse.json")["signer"]["tokenLabel"], "spare");

    // Stock ssh-keygen says the same of each approval.
    let file = only_file(&loss.place.path("registry/trust/replacements"));
    let sha256 = file.file_stem().unwrap().to_str().unwrap().to_owned();
    for person in &PEOPLE[..2] {
        let signature = format!("registry/approvals/{sha256}/{person}.sshsig");
        let check = ["-Y", "verify", "-f", "signers", "-I", person, "-n", "byok-recovery-v1", "-s", &signature];
        let input = fs::File::open(&file).unwrap();
        let output = loss.place.command("ssh-keygen").args(check).stdin(input).output().unwrap();
        assert_success(&output, "ssh-keygen -Y verify");
    }

    // Carried out once: the second time there is nothing left to do.
    let again = loss.place.ok(&["signer", "replace", "--statement", "statement.json"]);
    assert!(again.contains("an interrupted run had done all but the last step"), "{again}");
    assert_eq!(loss.verify("old.pem")["ok"], true);
    let said = loss.place.refused(3, &["approve", "statement.json", "--key", PEOPLE[0], "--yes"]);
    assert!(said.contains("it was carried out already"), "{said}");

    // The new key's own checkpoint is no approval: without the people's nothing is finished.
    fs::remove_dir_all(loss.place.path(&format!("registry/approvals/{sha256}"))).unwrap();
    let said = loss.place.refused(3, &["signer", "replace", "--statement", "statement.json"]);
    assert_eq!(code(&said), Some("E0333"), "{said}");
}

#[test]
fn approvals_that_do_not_suffice_replace_nothing() {
    let loss = Loss::new();
    loss.lose();
    loss.prepare();
    let none = loss.refused(&[], "E0333");
    assert!(none.contains("0 of 2 approvals"), "{none}");
    let ann = loss.sign(PEOPLE[0], "statement.json", "byok-recovery-v1");
    let one = loss.refused(std::slice::from_ref(&ann), "E0333");
    assert!(one.contains("1 of 2 approvals"), "{one}");
    // A stranger to the policy, another namespace, and a signature of another document do not count.
    let eve = loss.sign(PEOPLE[2], "statement.json", "byok-recovery-v1");
    let stranger = loss.refused(&[ann.clone(), eve], "E0333");
    assert!(stranger.contains("eve@x.example"), "{stranger}");
    let bob = loss.sign(PEOPLE[1], "statement.json", "byok-approval-v1");
    loss.refused(&[ann.clone(), bob], "E0333");
    let bob = loss.sign(PEOPLE[1], "policy.yaml", "byok-recovery-v1");
    loss.refused(&[ann, bob], "E0333");
}

#[test]
fn people_sign_no_statement_that_is_none() {
    let loss = Loss::new();
    loss.lose();
    loss.prepare();
    let text = fs::read_to_string(loss.place.path("statement.json")).unwrap();
    for bad in [format!("{}{text}", "\n".repeat(300)), text.replacen('{', "{\n  \"x\": \"\u{202e}\",", 1)] {
        loss.place.write("bad.json", bad);
        let said = loss.place.refused(7, &["approve", "bad.json", "--key", PEOPLE[0], "--yes"]);
        assert!(said.contains("byok.signer-replacement/v1 document as byok writes it"), "{said}");
    }
    // A good one is shown member by member.
    let output = loss.place.byok(&["approve", "statement.json", "--key", PEOPLE[0], "--yes", "--out", "s.sshsig"]);
    assert_success(&output, "approve");
    let shown = crate::workplace::text(&output.stderr);
    assert!(shown.contains("a new evidence signer in the place of a lost one") && !shown.contains('{'), "{shown}");
}

#[test]
fn a_statement_fits_one_point_of_one_registry() {
    let loss = Loss::new();
    loss.signer_is_on("spare");
    loss.prepare();
    // The old signer was not lost after all, and went on.
    loss.signer_is_on("evidence");
    loss.place.ok(&["generate", "b", "--type", "aes-256"]);
    loss.signer_is_on("spare");
    let approvals: Vec<String> =
        PEOPLE[..2].iter().map(|person| loss.sign(person, "statement.json", "byok-recovery-v1")).collect();
    let said = loss.refused(&approvals, "E0332");
    assert!(said.contains("its checkpoint is not the last one"), "{said}");

    let other = Loss::new();
    other.lose();
    fs::copy(loss.place.path("statement.json"), other.place.path("statement.json")).unwrap();
    let said = other.refused(&[], "E0332");
    assert!(said.contains("another registry"), "{said}");

    // One byte more, and it is no statement.
    let mut bytes = fs::read(other.place.path("statement.json")).unwrap();
    bytes.push(b'\n');
    other.place.write("statement.json", bytes);
    other.refused(&[], "E0781");
}

#[test]
fn an_auditor_believes_no_successor_without_its_evidence() {
    let loss = Loss::new();
    loss.lose();
    loss.prepare();
    loss.replaced();
    loss.place.ok(&["generate", "b", "--type", "aes-256"]);
    let statement = only_file(&loss.place.path("registry/trust/replacements"));
    let sha256 = statement.file_stem().unwrap().to_str().unwrap().to_owned();
    let approval = loss.place.path(&format!("registry/approvals/{sha256}/{}.sshsig", PEOPLE[1]));

    // One signature less.
    let kept = fs::read(&approval).unwrap();
    fs::remove_file(&approval).unwrap();
    let report = loss.verify("old.pem");
    assert_eq!(report["ok"], false);
    assert!(failures(&report).contains("1 of 2 approvals"), "{}", failures(&report));
    fs::write(&approval, kept).unwrap();
    assert_eq!(loss.verify("old.pem")["ok"], true);

    // Another policy in the place of the adopted one.
    let policy = format!("registry/policy/{}.yaml", loss.statement()["policy"]["sha256"].as_str().unwrap());
    loss.place.write(&policy, POLICY.replace("count: 2", "count: 1"));
    assert!(failures(&loss.verify("old.pem")).contains("has other bytes"));
    loss.place.write(&policy, POLICY);

    // A statement that was changed is another one.
    let changed = fs::read_to_string(&statement).unwrap().replace("\"spare\"", "\"sp4re\"");
    let honest = fs::read(&statement).unwrap();
    fs::write(&statement, changed).unwrap();
    assert_eq!(loss.verify("old.pem")["ok"], false);
    fs::write(&statement, honest).unwrap();

    // No statement: the new signer is a stranger.
    fs::rename(&statement, loss.place.path("away.json")).unwrap();
    let report = loss.verify("old.pem");
    assert!(failures(&report).contains("which the trust file does not name"), "{}", failures(&report));
    fs::rename(loss.place.path("away.json"), &statement).unwrap();
    assert_eq!(loss.verify("old.pem")["ok"], true);
}

/// The new key signs what it was not yet appointed for: a checkpoint of the lost signer's time.
#[test]
fn a_new_signer_has_no_past() {
    let loss = Loss::new();
    loss.lose();
    loss.prepare();
    loss.replaced();
    let path = loss.place.path("registry/audit/checkpoints.jsonl");
    let lines: Vec<String> = fs::read_to_string(&path).unwrap().lines().map(str::to_owned).collect();
    let last = lines.last().unwrap();
    // The new signer's first checkpoint, put before the lost one's last.
    let mut early = lines.clone();
    early.insert(lines.len() - 2, last.clone());
    fs::write(&path, early.join("\n") + "\n").unwrap();
    assert_eq!(loss.verify("old.pem")["ok"], false);
    fs::write(&path, lines.join("\n") + "\n").unwrap();
    assert_eq!(loss.verify("old.pem")["ok"], true);
}

/// Killed between the first checkpoint of the new signer and its place: the same command finishes.
#[test]
fn what_a_killed_run_left_is_finished_by_the_same_command() {
    let loss = Loss::new();
    loss.lose();
    let before =
        ["signer.pem", "signer.json"].map(|name| fs::read(loss.place.path(&format!("registry/trust/{name}"))).unwrap());
    loss.prepare();
    loss.replaced();
    for (name, bytes) in ["signer.pem", "signer.json"].into_iter().zip(&before) {
        fs::write(loss.place.path(&format!("registry/trust/{name}")), bytes).unwrap();
        let again = loss.place.ok(&["signer", "replace", "--statement", "statement.json"]);
        assert!(again.contains("an interrupted run"), "{again}");
        loss.place.ok(&["list"]);
    }
    loss.place.ok(&["generate", "b", "--type", "aes-256"]);
    assert_eq!(loss.verify("old.pem")["ok"], true);
    let line = Loss::replace(&[]);
    assert!(loss.place.byok(&words(&line)).status.success());
}

/// Two losses, one after the other: the chain of successions is followed from its beginning.
#[test]
fn a_successor_can_be_lost_too() {
    let loss = Loss::new();
    loss.lose();
    loss.prepare();
    loss.replaced();
    let make = ["--init-token", "--free", "--label", "third", "--pin", USER_PIN, "--so-pin", SO_PIN];
    assert_success(&loss.place.command("softhsm2-util").args(make).output().unwrap(), "softhsm2-util");
    loss.place.ok(&["generate", "b", "--type", "aes-256"]);
    loss.signer_is_on("third");
    fs::remove_file(loss.place.path("statement.json")).unwrap();
    loss.prepare();
    loss.replaced();
    loss.place.ok(&["generate", "c", "--type", "aes-256"]);
    let report = loss.verify("old.pem");
    assert_eq!(report["ok"], true, "{report:#}");
    assert_eq!(report["items"].as_array().unwrap().iter().filter(|item| item["kind"] == "replacement").count(), 2);
}
