//! The script of docs/verify-by-hand.md, run as it stands there, on honest evidence and on each trap.
#![cfg(test)]

#[path = "support/soft_signer.rs"]
mod soft_signer;
#[expect(dead_code, reason = "shared with tests of every kind of key")]
#[path = "support/ssh_signer.rs"]
mod ssh_signer;
#[path = "support/statements.rs"]
mod statements;
#[path = "support/world.rs"]
mod world;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use byok::approval::namespace::APPROVAL;
use byok::approval::sshsig::SshSig;
use byok::audit::checkpoint::Checkpoint;
use byok::manifest::authorization::{ApprovalRecord, AuthorizationRecord, PlanRecord};
use byok::manifest::digest::sha256_hex;
use byok::manifest::dsse::{Payload as _, Signed};
use byok::manifest::signer::{EvidenceSigner as _, Scheme};
use byok::manifest::statement::{PublicHalf, Statement};
use serde_json::Value;
use soft_signer::SoftSigner;
use ssh_signer::{ed25519, p384};
use world::{BundleFolder, KEK, World, envelope, payload_of, resigned, with_payload};

/// The evidence on disk, with the script beside it.
struct Case {
    world: World,
    dir: tempfile::TempDir,
}

/// `Ok`, or the reason that the script gave.
type Verdict = Result<(), String>;

impl Case {
    fn new(scheme: Scheme) -> Self {
        let case = Self { world: World::new("byok/0f9e", scheme), dir: tempfile::tempdir().unwrap() };
        fs::write(case.path("check.sh"), script(0)).unwrap();
        fs::write(case.path("approvals.sh"), script(1)).unwrap();
        fs::write(case.path("signer.pem"), case.world.signer.pem()).unwrap();
        case
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn run(&self, use_: &str, item: &str) -> Verdict {
        self.sh(&["check.sh", use_, item, "signer.pem"])
    }

    fn sh(&self, words: &[&str]) -> Verdict {
        let output = Command::new("sh").args(words).current_dir(self.dir.path()).output().expect("sh runs");
        let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        if output.status.success() {
            assert!(stdout.ends_with("verified\n"), "{stdout}{stderr}");
            return Ok(());
        }
        assert!(!stdout.contains("verified"), "{stdout}{stderr}");
        Err(stderr.lines().last().unwrap_or_default().to_owned())
    }

    fn manifest(&self, envelope: &[u8]) -> Verdict {
        fs::write(self.path("manifest.json"), envelope).unwrap();
        self.run("manifest", "manifest.json")
    }

    fn honest(&mut self) -> Vec<u8> {
        self.world.manifests(KEK)[1].1.clone()
    }

    fn bundle(&self, bundle: &BundleFolder) -> Verdict {
        let folder = self.path("bundle");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        for (name, bytes) in &bundle.files {
            fs::write(folder.join(name), bytes).unwrap();
        }
        fs::write(folder.join("manifest.dsse.json"), bundle.manifest.as_ref().unwrap()).unwrap();
        fs::write(folder.join("bundle.json"), bundle.bundle_json.as_ref().unwrap()).unwrap();
        self.run("bundle", "bundle")
    }

    fn log(&self) -> Verdict {
        let folder = self.path("audit");
        fs::create_dir_all(&folder).unwrap();
        let mut log = self.world.lines.join(&b'\n');
        log.push(b'\n');
        fs::write(folder.join("log-000000.jsonl"), log).unwrap();
        fs::write(folder.join("checkpoint.dsse.json"), self.world.latest.as_ref().unwrap()).unwrap();
        self.run("log", "audit")
    }
}

/// A shell block of the page.
fn script(at: usize) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/verify-by-hand.md");
    let text = fs::read_to_string(page).unwrap();
    let rest = text.split("\n```sh\n").skip(1).nth(at).expect("the page has this block sh");
    rest.split_once("\n```\n").expect("the block ends").0.to_owned() + "\n"
}

#[track_caller]
fn refused(verdict: Verdict, reason: &str) {
    let why = verdict.expect_err(reason);
    assert!(why.contains("NOT VERIFIED: ") && why.contains(reason), "{why:?} is not about {reason:?}");
}

fn changed(envelope: &[u8], change: impl Fn(&mut Value)) -> Vec<u8> {
    let mut value: Value = serde_json::from_slice(envelope).unwrap();
    change(&mut value);
    serde_json::to_vec(&value).unwrap()
}

#[test]
fn every_scheme_and_the_length_of_its_signature() {
    for scheme in [Scheme::EcdsaP256, Scheme::EcdsaP384, Scheme::Ed25519, Scheme::RsaPssSha256] {
        let mut case = Case::new(scheme);
        let honest = case.honest();
        assert_eq!(case.manifest(&honest), Ok(()), "{scheme}");
        let longer = changed(&honest, |value| {
            let sig = STANDARD.decode(value["signatures"][0]["sig"].as_str().unwrap()).unwrap();
            value["signatures"][0]["sig"] = STANDARD.encode([sig, vec![0]].concat()).into();
        });
        refused(case.manifest(&longer), "wrong length");
        let edited = with_payload(&honest, |text| text.replace("team-payments", "team-pavments"));
        refused(case.manifest(&edited), "signature does not verify");
    }
}

#[test]
fn json_that_two_readers_read_differently() {
    let mut case = Case::new(Scheme::EcdsaP256);
    let honest = case.honest();
    let text = String::from_utf8(honest.clone()).unwrap();
    refused(case.manifest(&[honest.as_slice(), b"\0"].concat()), "NUL");
    refused(case.manifest(&[honest.as_slice(), b"{}"].concat()), "not one JSON value");
    for twice in [r#"{"payload":"","#, r#"{"signatures":[],"#, r#"{"x":{"a":1},"x":{"b":2},"#, r#"{"x":{},"x":{},"#] {
        refused(case.manifest(text.replacen('{', twice, 1).as_bytes()), "stands twice");
    }
    let signer = &case.world.signer;
    for (from, to) in [
        (r#""revision":2"#, r#""revision":1,"revision":2"#),
        (r#""tier":"gold""#, r#""tier":"iron","tier":"gold""#),
        (r#""origin":{"#, r#""origin":{"kind":"imported"},"origin":{"#),
    ] {
        refused(case.manifest(&resigned(&honest, signer, |text| text.replacen(from, to, 1))), "stands twice");
    }
    refused(case.manifest(&resigned(&honest, signer, |text| format!("{text}\0"))), "NUL");
}

#[test]
fn other_spellings_types_and_keys() {
    let mut case = Case::new(Scheme::EcdsaP256);
    let honest = case.honest();
    let payload = payload_of(&honest);
    let id = sha256_hex(case.world.signer.spki());
    for (spelling, reason) in [("\n", "base64"), ("====", "base64")] {
        let other = changed(&honest, |v| v["payload"] = format!("{}{spelling}", v["payload"].as_str().unwrap()).into());
        refused(case.manifest(&other), reason);
    }
    let elsewhere = envelope(Checkpoint::TYPE, &payload, &[(&case.world.signer, &id)]);
    refused(case.manifest(&elsewhere), "another kind of document");
    let relabelled = changed(&elsewhere, |v| v["payloadType"] = Statement::TYPE.into());
    refused(case.manifest(&relabelled), "signature does not verify");
    let foreign = SoftSigner::new(Scheme::EcdsaP256);
    refused(case.manifest(&resigned(&honest, &foreign, str::to_owned)), "no signature of this key");
    refused(case.manifest(&envelope(Statement::TYPE, &payload, &[(&foreign, &id)])), "signature does not verify");
}

/// Signed by the honest key, and yet not about the key that it names.
#[test]
fn the_subject() {
    let mut case = Case::new(Scheme::Ed25519);
    let honest = case.honest();
    let statement: Statement = serde_json::from_slice(&payload_of(&honest)).unwrap();
    let (digest, signer) = (&statement.subject[0].digest["sha256"], &statement.predicate.signer.spki_sha256);
    for (from, to, reason) in [
        ("\"name\":\"payments/kek@1\"", "\"name\":\"other@1\"", "another key's name"),
        (digest.as_str(), &sha256_hex(b"x"), "digest"),
        (
            "\"kcv\":\"9b1acd\",\"kcvMethod\":\"ecb-zero-3-token\",\"name\"",
            "\"kcv\":\"000000\",\"kcvMethod\":\"cmac-zero-3\",\"name\"",
            "digest",
        ),
        (signer.as_str(), &sha256_hex(b"y"), "another signer"),
        ("Statement/v1", "Statement/v2", "kind of statement"),
        ("key-version:v1", "key-version:v2", "kind of predicate"),
    ] {
        let forged = resigned(&honest, &case.world.signer, |text| {
            assert!(text.contains(from), "{from}");
            let at = text.rfind(from).unwrap();
            format!("{}{to}{}", &text[..at], &text[at + from.len()..])
        });
        refused(case.manifest(&forged), reason);
    }
    assert_eq!(case.manifest(&pair(&case.world)), Ok(()));
}

/// A manifest of a pair.
fn pair(world: &World) -> Vec<u8> {
    let key = SoftSigner::new(Scheme::EcdsaP384);
    let mut predicate = statements::predicate("pair");
    (predicate.key_type, predicate.purpose, predicate.check) = ("ec-p384".into(), "sign".into(), None);
    predicate.public =
        Some(PublicHalf { spki_sha256: sha256_hex(key.spki()), jwk_thumbprint: None, spki_pem: key.pem() });
    world.sign(predicate).to_json()
}

#[test]
fn a_bundle_and_its_files() {
    let case = Case::new(Scheme::EcdsaP256);
    let honest = &case.world.bundle;
    assert_eq!(case.bundle(honest), Ok(()));
    let tampered = |change: &dyn Fn(&mut BundleFolder)| {
        let mut bundle = honest.clone();
        change(&mut bundle);
        case.bundle(&bundle)
    };
    refused(tampered(&|b| b.files[1].1[0] ^= 1), "import.sh is another file");
    refused(tampered(&|b| _ = b.files.remove(0)), "ciphertext.b64 is not there");
    refused(tampered(&|b| b.files.push((".x".into(), vec![]))), "nothing lists");
    refused(
        tampered(&|b| {
            let first = b.files[0].1.clone();
            b.files[0].1 = std::mem::replace(&mut b.files[1].1, first);
        }),
        "is another file",
    );
    let list = |from: &str, to: &str| {
        let text = String::from_utf8(honest.bundle_json.clone().unwrap()).unwrap();
        assert!(text.contains(from));
        tampered(&|b| b.bundle_json = Some(text.replacen(from, to, 1).into_bytes()))
    };
    refused(list("rsa-aes-sha256", "rsa-aes-sha1"), "bundle.json");
    refused(list("\"provider\"", "\"provider\": \"x\", \"provider\""), "stands twice");
    let unwrapped = case.world.keys[0].1[0].1.clone();
    refused(tampered(&|b| b.manifest = Some(unwrapped.clone())), "no wrap");
}

#[test]
fn one_bundle_of_several_under_one_manifest() {
    let case = Case::new(Scheme::EcdsaP256);
    let with_second_wrap = |own: usize| {
        let mut bundle = case.world.bundle.clone();
        let manifest = resigned(bundle.manifest.as_ref().unwrap(), &case.world.signer, |text| {
            let mut statement: Value = serde_json::from_str(text).unwrap();
            let wraps = statement["predicate"]["wraps"].as_array_mut().unwrap();
            let mut other = wraps[0].clone();
            other["target"] = "elsewhere".into();
            wraps.insert(1 - own, other);
            statement.to_string()
        });
        bundle.manifest = Some(manifest);
        bundle
    };
    for own in [0, 1] {
        assert_eq!(case.bundle(&with_second_wrap(own)), Ok(()), "the bundle of wrap {own}");
        let mut other = with_second_wrap(own);
        other.files[0].1[0] ^= 1;
        refused(case.bundle(&other), "is another file");
    }
}

#[test]
fn a_log_and_its_checkpoint() {
    let verdict = |change: &dyn Fn(&mut World)| {
        let mut case = Case::new(Scheme::Ed25519);
        change(&mut case.world);
        case.log()
    };
    let edit = |w: &mut World, index: usize| {
        let text = String::from_utf8(w.lines[index].clone()).unwrap();
        w.lines[index] = text.replace("\"ann\"", "\"bob\"").into_bytes();
    };
    assert_eq!(verdict(&|_| ()), Ok(()));
    for entries in 1..8 {
        assert_eq!(verdict(&|w| shrink(w, entries)), Ok(()), "{entries} entries");
    }
    refused(verdict(&|w| edit(w, 3)), "entry 4 follows another line");
    refused(verdict(&|w| edit(w, 8)), "do not lead to the root");
    refused(verdict(&|w| _ = w.lines.remove(4)), "entry 5 where 4 was due");
    refused(verdict(&|w| w.lines.swap(4, 5)), "entry 5 where 4 was due");
    refused(verdict(&|w| _ = w.lines.pop()), "the log has 8 entries");
    refused(verdict(&|w| w.lines[8] = b"{} {}".to_vec()), "not an entry");
    refused(
        verdict(&|w| {
            edit(w, 4);
            w.rechain();
        }),
        "do not lead to the root",
    );
    refused(verdict(&|w| twice(w, 8)), "stands twice");
    let manifest = |w: &mut World| w.latest = Some(w.keys[0].1[0].1.clone());
    refused(verdict(&manifest), "another kind of document");
    let foreign = |w: &mut World| {
        let checkpoint = w.checkpoint_at(9);
        w.latest = Some(Signed::sign(checkpoint, &SoftSigner::new(Scheme::Ed25519)).unwrap().to_json());
    };
    refused(verdict(&foreign), "no signature of this key");
}

/// The first entries alone, signed.
fn shrink(world: &mut World, entries: usize) {
    world.lines.truncate(entries);
    world.checkpoint();
}

/// A member of a line twice.
fn twice(world: &mut World, index: usize) {
    let text = String::from_utf8(world.lines[index].clone()).unwrap();
    world.lines[index] = text.replacen("\"seq\":8", "\"seq\":8,\"seq\":8", 1).into_bytes();
    world.checkpoint();
}

/// A registry's papers, as a manifest names them.
struct Papers {
    signers: String,
    plan: Vec<u8>,
    signatures: Vec<(&'static str, Vec<u8>)>,
    /// What the manifest says of the approvals, where that is not what was signed.
    records: Option<Vec<ApprovalRecord>>,
    threshold: u32,
}

impl Papers {
    fn new() -> Self {
        let people = [("alice", ed25519(1)), ("bob", p384(2))];
        let plan = b"{\n  \"schema\": \"byok.plan/v1\"\n}\n".to_vec();
        let signers = people
            .iter()
            .flat_map(|(name, key)| [(*name).to_owned(), " ".to_owned(), key.line(), "\n".to_owned()])
            .collect();
        let signatures = people.iter().map(|(name, key)| (*name, key.sign(APPROVAL, &plan))).collect();
        Self { signers, plan, signatures, records: None, threshold: 2 }
    }

    /// Writes them below `registry`, and the manifest that names them.
    fn check(&self, tamper: &dyn Fn(&Path)) -> Verdict {
        let case = Case::new(Scheme::EcdsaP256);
        let registry = case.path("registry");
        let (policy, plan) = (b"schema: byok.policy/v1\n", sha256_hex(&self.plan));
        for folder in ["policy", "plans", &format!("approvals/{plan}")] {
            fs::create_dir_all(registry.join(folder)).unwrap();
        }
        fs::write(registry.join(format!("policy/{}.yaml", sha256_hex(policy))), policy).unwrap();
        let signers = sha256_hex(self.signers.as_bytes());
        fs::write(registry.join(format!("policy/{signers}.allowed_signers")), &self.signers).unwrap();
        fs::write(registry.join(format!("plans/{plan}.json")), &self.plan).unwrap();
        for (name, signature) in &self.signatures {
            fs::write(registry.join(format!("approvals/{plan}/{name}.sshsig")), signature).unwrap();
        }
        tamper(&registry);
        let mut predicate = statements::predicate("approved");
        predicate.authorization = Some(AuthorizationRecord {
            policy_sha256: sha256_hex(policy),
            allowed_signers_sha256: Some(signers),
            rule: "payments".to_owned(),
            plan: Some(PlanRecord {
                sha256: plan,
                action: 0,
                author: "carol".to_owned(),
                threshold: self.threshold,
                approvals: self.records.clone().unwrap_or_else(|| self.signed()),
            }),
        });
        let manifest = case.world.sign(predicate).to_json();
        assert_eq!(case.manifest(&manifest), Ok(()));
        case.sh(&["approvals.sh", "registry", "manifest.json"])
    }

    fn signed(&self) -> Vec<ApprovalRecord> {
        let record = |(name, signature): &(&str, Vec<u8>)| ApprovalRecord {
            person: (*name).to_owned(),
            key: SshSig::parse(signature).unwrap().key().fingerprint(),
            namespace: APPROVAL.to_owned(),
            signature_sha256: sha256_hex(signature),
        };
        self.signatures.iter().map(record).collect()
    }
}

#[test]
fn plans_and_approvals_with_stock_ssh_keygen() {
    let untouched: &dyn Fn(&Path) = &|_| ();
    assert_eq!(Papers::new().check(untouched), Ok(()));
    let changed = |change: &dyn Fn(&mut Papers)| {
        let mut papers = Papers::new();
        change(&mut papers);
        papers.check(untouched)
    };
    refused(changed(&|p| p.signatures[1].1 = p384(2).sign(APPROVAL, b"another plan")), "bob: ");
    refused(changed(&|p| p.signatures[1].1 = p384(2).sign("byok-destroy-v1", &p.plan)), "bob: ");
    refused(changed(&|p| p.signatures[1].1 = p384(3).sign(APPROVAL, &p.plan)), "bob: ");
    refused(changed(&|p| p.signers = p.signers.replace("bob ", "bob valid-before=\"20261122095959Z\" ")), "bob: ");
    assert_eq!(changed(&|p| p.signers = p.signers.replace("bob ", "bob valid-before=\"20261122100000Z\" ")), Ok(()));
    refused(changed(&|p| p.signers = p.signers.replace("bob ", "bill ")), "bob: ");
    refused(
        changed(&|p| {
            p.signatures[1].1 = ed25519(1).sign(APPROVAL, &p.plan);
            p.signers = p.signers.replace("alice ", "alice,bob ");
        }),
        "2 people with 1 keys",
    );
    refused(
        changed(&|p| {
            let mut records = p.signed();
            records[1].key = records[0].key.clone();
            p.records = Some(records);
        }),
        "another key",
    );
    let tampered = |name: &'static str| Papers::new().check(&move |registry: &Path| edit_below(registry, name));
    for name in [".yaml", ".allowed_signers", ".json", "alice.sshsig", "bob.sshsig"] {
        refused(tampered(name), "is another file");
    }
}

/// Appends a line feed to every file below a folder whose name ends so.
fn edit_below(folder: &Path, ending: &str) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            edit_below(&entry, ending);
        } else if entry.to_string_lossy().ends_with(ending) {
            let mut bytes = fs::read(&entry).unwrap();
            bytes.push(b'\n');
            fs::write(&entry, bytes).unwrap();
        }
    }
}
