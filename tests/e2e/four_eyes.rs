//! Plans, approved by people with the real ssh-keygen and applied: what counts, what does not, and what is kept.

use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

use crate::import::secret;
use crate::token::Module;
use crate::workplace::{WRAPPING_KEY, Workplace, assert_success, code, text};

pub(crate) const POLICY: &str = "\
schema: byok.policy/v1
people:
  alice: {roles: [security]}
  bob: {roles: [security]}
  carol: {roles: [custodian]}
registry:
  approvals:
    policy-adopt: {count: 1}
    recover: {count: 1}
  unattended: [policy-adopt, recover]
rules:
  - name: all
    match: {keys: ['**']}
    exposure: plaintext
    approvals:
      wrap-for-import: {count: 2, roles: {security: 1}}
      seal: {count: 1, author-counts: true}
      import: {count: 1}
    unattended: [generate, import, seal, wrap-for-import]
";

const PEOPLE: [&str; 3] = ["alice", "bob", "carol"];
pub(crate) const APPROVAL: &str = "byok-approval-v1";
const DESTROY: &str = "byok-destroy-v1";
pub(crate) const WRAP: &str =
    "wrap-for-import canary --provider generic --wrapping-key wrapping.pem --method rsa-oaep-sha1 --out bundle";

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

/// Puts a policy in force whose people have keys of their own.
pub(crate) fn govern(place: &Workplace, policy: &str) {
    let mut signers = String::new();
    for person in PEOPLE {
        let made = place.command("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f", person]).output().unwrap();
        assert_success(&made, "ssh-keygen");
        let public = fs::read_to_string(place.path(&format!("{person}.pub"))).unwrap();
        let key: Vec<&str> = public.split(' ').take(2).collect();
        writeln!(signers, "{person} {}", key.join(" ")).unwrap();
    }
    place.write("policy.yaml", policy);
    place.write("signers", signers);
    place.write("wrapping.pem", WRAPPING_KEY);
    place.write("key.bin", secret(32));
    place.ok(&words("policy adopt --policy policy.yaml --allowed-signers signers --yes"));
}

fn started(module: Module) -> Workplace {
    let place = Workplace::initialised(module);
    govern(&place, POLICY);
    place.ok(&words("generate canary --type aes-256"));
    place
}

/// `alice` plans it.
pub(crate) fn plan(place: &Workplace, command: &str) {
    place.ok(&words(&format!("plan {command} --author alice --out plan.json")));
}

/// A person signs with stock ssh-keygen, and sends the signature.
pub(crate) fn sign(place: &Workplace, person: &str, namespace: &str, file: &str) -> String {
    let signed = place.command("ssh-keygen").args(["-q", "-Y", "sign", "-n", namespace, "-f", person, file]).output();
    assert_success(&signed.unwrap(), "ssh-keygen -Y sign");
    let name = format!("{person}.sshsig");
    fs::rename(place.path(&format!("{file}.sig")), place.path(&name)).unwrap();
    format!("--approval {name}")
}

fn refusal(place: &Workplace, command: &str) -> (String, String) {
    let said = place.refused(3, &words(command));
    (code(&said).unwrap_or_default().to_owned(), said)
}

fn newest(place: &Workplace, key: &str) -> Value {
    let shown: Value = serde_json::from_str(&place.ok(&["show", key, "--json"])).unwrap();
    shown["key"].clone()
}

#[test]
fn two_people_approve_and_it_is_done_once() {
    for module in Module::ALL {
        let place = started(module);
        let (refused, said) = refusal(&place, WRAP);
        assert_eq!(refused, "E0302", "{said}");
        plan(&place, WRAP);
        assert_eq!(refusal(&place, "apply plan.json").0, "E0302");
        let bob = sign(&place, "bob", APPROVAL, "plan.json");
        assert_eq!(refusal(&place, &format!("apply plan.json {bob}")).0, "E0302");
        let carol = sign(&place, "carol", APPROVAL, "plan.json");
        let shown = place.ok(&words(&format!("plan show plan.json {bob} {carol} --json")));
        let shown: Value = serde_json::from_str(&shown).unwrap();
        assert!(shown["state"]["approvals"].as_array().unwrap().iter().all(|row| row["counts"] == true), "{shown:#}");
        place.ok(&words(&format!("apply plan.json {bob} {carol}")));
        assert_eq!(refusal(&place, &format!("apply plan.json {bob} {carol}")).0, "E0325");
        // What counted is kept as it was signed, named by the manifest, and convinces stock ssh-keygen.
        let canary = newest(&place, "canary");
        // Nobody was asked, and nobody had to be: the approved plan names the wrapping key's SHA-256.
        assert_eq!(canary["wraps"][0]["wrappingKey"]["authenticatedBy"], "pinned");
        let record = canary["authorization"]["plan"].clone();
        assert_eq!((&record["author"], &record["threshold"]), (&"alice".into(), &2.into()));
        let kept = place.path("registry/approvals").join(record["sha256"].as_str().unwrap());
        for person in ["bob", "carol"] {
            let signature = kept.join(format!("{person}.sshsig"));
            let sent = fs::read(place.path(&format!("{person}.sshsig"))).unwrap();
            assert_eq!(fs::read(&signature).unwrap(), sent);
            let mut check = place.command("ssh-keygen");
            check.args(["-Y", "verify", "-f", "signers", "-I", person, "-n", APPROVAL, "-s"]).arg(&signature);
            let plan = place.path("registry/plans").join(format!("{}.json", record["sha256"].as_str().unwrap()));
            assert_success(&check.stdin(fs::File::open(plan).unwrap()).output().unwrap(), person);
        }
        place.ok(&words("verify registry --trust signer.pem"));
    }
}

#[test]
fn what_does_not_count_has_its_reason() {
    let place = started(Module::SoftHsm);
    plan(&place, WRAP);
    let author = sign(&place, "alice", APPROVAL, "plan.json");
    let bob = sign(&place, "bob", APPROVAL, "plan.json");
    let (refused, said) = refusal(&place, &format!("apply plan.json {author} {bob}"));
    assert!(refused == "E0302" && said.contains("alice"), "{said}");
    // One signature under two names, and one in another namespace.
    fs::copy(place.path("bob.sshsig"), place.path("carol.sshsig")).unwrap();
    assert_eq!(refusal(&place, &format!("apply plan.json {bob} --approval carol.sshsig")).0, "E0302");
    let carol = sign(&place, "carol", DESTROY, "plan.json");
    let (refused, said) = refusal(&place, &format!("apply plan.json {bob} {carol}"));
    assert!(refused == "E0302" && said.contains("byok-destroy-v1"), "{said}");
    let shown = place.ok(&words(&format!("plan show plan.json {bob} {carol}")));
    assert!(shown.contains("bob   counts") && shown.contains("carol   does not count: "), "{shown}");
    // The same plan but for one word.
    let carol = sign(&place, "carol", APPROVAL, "plan.json");
    let changed = fs::read_to_string(place.path("plan.json")).unwrap().replace("\"out\": \"bundle\"", "\"out\": \"x\"");
    place.write("changed.json", changed);
    assert_eq!(refusal(&place, &format!("apply changed.json {bob} {carol}")).0, "E0302");
    // One that asks for less than the policy does.
    let less = fs::read_to_string(place.path("plan.json")).unwrap().replace("\"threshold\": 2", "\"threshold\": 1");
    place.write("less.json", less);
    let (bob, carol) = (sign(&place, "bob", APPROVAL, "less.json"), sign(&place, "carol", APPROVAL, "less.json"));
    assert_eq!(refusal(&place, &format!("apply less.json {bob} {carol}")).0, "E0326");
    assert!(!place.path("bundle").exists() && !place.path("registry/plans").exists());
}

#[test]
fn the_author_is_a_person_of_the_policy() {
    let place = started(Module::SoftHsm);
    for command in [format!("plan {WRAP} --out plan.json"), format!("plan {WRAP} --author eve --out plan.json")] {
        let said = place.refused(2, &words(&command));
        assert_eq!(code(&said), Some("E0244"), "{said}");
    }
    // Where the author counts, nobody needs to be excluded.
    place.ok(&words("plan seal canary --out plan.json"));
    let bob = sign(&place, "bob", APPROVAL, "plan.json");
    place.ok(&words(&format!("apply plan.json --yes {bob}")));
}

#[test]
fn a_newer_policy_ends_older_plans() {
    let place = started(Module::SoftHsm);
    plan(&place, WRAP);
    let (bob, carol) = (sign(&place, "bob", APPROVAL, "plan.json"), sign(&place, "carol", APPROVAL, "plan.json"));
    place.write("newer.yaml", format!("{POLICY}# reviewed\n"));
    let adopt = "policy adopt --policy newer.yaml --allowed-signers signers";
    assert_eq!(refusal(&place, &format!("{adopt} --yes")).0, "E0302");
    place.ok(&words(&format!("plan {adopt} --author alice --out adopt.json")));
    let by_carol = sign(&place, "carol", APPROVAL, "adopt.json");
    place.ok(&words(&format!("apply adopt.json --yes {by_carol}")));
    assert_eq!(refusal(&place, &format!("apply adopt.json --yes {by_carol}")).0, "E0325");
    fs::remove_file(place.path("carol.sshsig")).unwrap();
    sign(&place, "carol", APPROVAL, "plan.json");
    assert_eq!(refusal(&place, &format!("apply plan.json {bob} {carol}")).0, "E0323");
    place.ok(&words("verify registry --trust signer.pem"));
}

#[test]
fn taking_away_needs_its_own_namespace() {
    let place = started(Module::SoftHsm);
    place.ok(&words("plan recover --undo --author alice --out plan.json"));
    let bob = sign(&place, "bob", APPROVAL, "plan.json");
    assert_eq!(refusal(&place, &format!("apply plan.json --yes {bob}")).0, "E0302");
    let bob = sign(&place, "bob", DESTROY, "plan.json");
    place.ok(&words(&format!("apply plan.json --yes {bob}")));
    assert_eq!(refusal(&place, &format!("apply plan.json --yes {bob}")).0, "E0325");
}

#[test]
fn byok_approve_puts_it_where_apply_looks() {
    let place = started(Module::SoftHsm);
    place.ok(&words("plan import old key.bin --type aes-256 --author alice --out plan.json"));
    let approved = place.byok(&words("approve plan.json --key bob --yes"));
    assert_success(&approved, "approve");
    assert!(text(&approved.stderr).contains("import old@1"), "{}", text(&approved.stderr));
    place.ok(&words("apply plan.json"));
    assert_eq!(newest(&place, "old")["authorization"]["plan"]["approvals"][0]["person"], "bob");
    place.ok(&words("verify registry --trust signer.pem"));
}

/// People are told before they sign what `apply` would tell them after.
#[test]
fn a_plan_with_other_terms_is_not_approved() {
    let place = started(Module::SoftHsm);
    plan(&place, WRAP);
    let shown: Value = serde_json::from_str(&place.ok(&words("plan show plan.json --json"))).unwrap();
    assert_eq!(shown["state"]["state"], "unapproved", "{shown:#}");
    let text = fs::read_to_string(place.path("plan.json")).unwrap();
    let weaker = text
        .replace("\"threshold\": 2", "\"threshold\": 1")
        .replace("\"authorCounts\": false", "\"authorCounts\": true");
    assert_ne!(weaker, text);
    place.write("plan.json", weaker);
    assert_eq!(refusal(&place, "approve plan.json --key alice --yes").0, "E0326");
    let shown: Value = serde_json::from_str(&place.ok(&words("plan show plan.json --json"))).unwrap();
    assert_eq!(shown["state"]["state"], "refused", "{shown:#}");
    assert_eq!(refusal(&place, "apply plan.json").0, "E0326");
}

/// Whose login it is makes no plan under another's name.
#[test]
fn nobody_plans_as_somebody_else() {
    let place = Workplace::initialised(Module::SoftHsm);
    govern(&place, &POLICY.replace("alice: {roles: [security]}", "alice: {roles: [security], logins: [ann]}"));
    place.ok(&words("generate canary --type aes-256"));
    let seal = |author: &str| {
        let mut command = place.command(env!("CARGO_BIN_EXE_byok"));
        command.env("LOGNAME", "ann").args(words(&format!("plan seal canary --author {author} --out {author}.json")));
        command.output().unwrap()
    };
    assert_success(&seal("alice"), "alice as alice");
    let said = text(&seal("bob").stderr);
    assert_eq!(code(&said), Some("E0244"), "{said}");
    assert!(said.contains("that of alice, not of bob"), "{said}");
}
