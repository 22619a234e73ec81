//! Policies, plans and approvals that a manifest names: each must be there, be what the hash says, and come to what the
//! manifest says. What is forged here is signed by the honest evidence signer: somebody has its PIN, and no approver.

use std::collections::BTreeMap;
use std::io;

use byok::approval::namespace::{APPROVAL, DESTROY};
use byok::approval::plan::{
    Action, BaseState, InputFile, KeyBase, Plan, RequiredApprovals, SCHEMA, WrapAction, WrappingKey,
};
use byok::audit::checkpoint::PolicyInForce;
use byok::audit::record::{Phase, event};
use byok::key::exposure::Exposure;
use byok::manifest::authorization::{ApprovalRecord, AuthorizationRecord, PlanRecord};
use byok::manifest::digest::sha256_hex;
use byok::manifest::signer::Scheme;
use byok::manifest::statement::{KeyVersionPredicate, Statement};
use byok::ops::verify::failure::FailureKind;
use byok::ops::verify::papers::{Paper, Papers};
use byok::ops::verify::registry::verify_registry;
use byok::ops::verify::report::{ItemReport, Report};
use serde_json::{Value, json};

use crate::schema;
use crate::ssh_signer::{Secret, ed25519, p384, sk_p256};
use crate::world::{KEK, World, payload_of};

const POLICY: &str = "\
schema: byok.policy/v1
people:
  alice: {roles: [officer], logins: [al]}
  bob: {roles: [custodian], logins: [bo]}
  carol: {roles: [custodian], logins: [ca]}
rules:
  - name: payments
    match: {keys: [\"payments/**\"]}
    exposure: none
    approvals:
      wrap-for-import: {count: 2, roles: {officer: 1}}
  - name: the-rest
    match: {keys: [\"**\"]}
    exposure: plaintext
";

/// The same without approvals.
fn lax() -> String {
    let (before, rest) = POLICY.split_once("    approvals:\n").unwrap();
    format!("{before}{}", rest.split_once('\n').unwrap().1)
}

pub(super) struct Scene {
    pub(super) world: World,
    /// By their paths below the registry.
    pub(super) papers: BTreeMap<String, Vec<u8>>,
    pub(super) plan: Plan,
    pub(super) authorization: AuthorizationRecord,
}

type Row = (&'static str, fn(&mut Scene), Option<FailureKind>);

pub(super) fn alice() -> Secret {
    ed25519(1)
}

pub(super) fn bob() -> Secret {
    p384(2)
}

fn signers() -> String {
    let line = |(name, key): (&str, Secret)| format!("{name} {}\n", key.line());
    [("alice", alice()), ("bob", bob()), ("carol", sk_p256(3, 1))].map(line).concat()
}

impl Scene {
    /// A key that was wrapped twice, the second time by a plan that Alice and Bob approved.
    fn new() -> Self {
        let mut scene = Self::before(POLICY);
        scene.approve(&[("alice", alice()), ("bob", bob())], APPROVAL);
        scene.act("key.wrap", |_| ());
        scene
    }

    /// The same before the second time: the policy is in force, the plan is made, and nobody has approved it.
    pub(super) fn before(policy: &str) -> Self {
        let world = World::new("byok/0f9e", Scheme::EcdsaP256);
        let authorization = AuthorizationRecord {
            policy_sha256: String::new(),
            allowed_signers_sha256: Some(sha256_hex(signers().as_bytes())),
            rule: "payments".to_owned(),
            plan: None,
        };
        let mut scene = Self { world, papers: BTreeMap::new(), plan: plan(), authorization };
        scene.adopt(policy);
        put_in_force(&mut scene.world, &sha256_hex(policy.as_bytes()), &sha256_hex(signers().as_bytes()));
        scene.plan_now();
        scene
    }

    /// Sets the plan on the state of now.
    pub(super) fn plan_now(&mut self) {
        let size = self.world.lines.len();
        self.plan.base_state.checkpoint_size = size as u64;
        self.plan.base_state.checkpoint_root = hex::encode(self.world.checkpoint_at(size).root);
        let newest = sha256_hex(&payload_of(&self.world.manifests(KEK).last().unwrap().1));
        for base in self.plan.actions.iter_mut().flat_map(Action::bases_mut) {
            base.manifest_sha256.clone_from(&newest);
        }
    }

    /// The next manifest of the key, under the authorization as it is now: what the newest says, changed.
    pub(super) fn act(&mut self, event: &str, change: impl FnOnce(&mut KeyVersionPredicate)) {
        let predicate = self.next(change);
        self.world.operate(event, predicate);
    }

    pub(super) fn next(&mut self, change: impl FnOnce(&mut KeyVersionPredicate)) -> KeyVersionPredicate {
        let before = payload_of(&self.world.manifests(KEK).last().unwrap().1);
        let next: Statement = serde_json::from_slice(&before).unwrap();
        let mut next = next.predicate;
        next.revision = next.revision.checked_add(1).unwrap();
        next.previous_manifest = Some(sha256_hex(&before));
        next.authorization = Some(self.authorization.clone());
        change(&mut next);
        next
    }

    fn adopt(&mut self, policy: &str) {
        let sha256 = sha256_hex(policy.as_bytes());
        self.papers.insert(format!("policy/{sha256}.yaml"), policy.as_bytes().to_vec());
        self.authorization.policy_sha256.clone_from(&sha256);
        let signers = signers();
        let signers_sha256 = sha256_hex(signers.as_bytes());
        self.papers.insert(format!("policy/{signers_sha256}.allowed_signers"), signers.into_bytes());
        self.plan.base_state.policy_sha256 = Some(sha256);
        self.plan.base_state.allowed_signers_sha256 = Some(signers_sha256);
    }

    /// Keeps the plan and these approvals, and records them.
    pub(super) fn approve(&mut self, people: &[(&str, Secret)], namespace: &str) {
        let bytes = self.plan.to_bytes().unwrap();
        let sha256 = sha256_hex(&bytes);
        let record = |(name, key): &(&str, Secret)| {
            let signature = key.sign(namespace, &bytes);
            let blob = byok::approval::ssh_key::SshKey::from_blob(&key.blob()).unwrap();
            let record = ApprovalRecord {
                person: (*name).to_owned(),
                key: blob.fingerprint(),
                namespace: namespace.to_owned(),
                signature_sha256: sha256_hex(&signature),
            };
            (record, signature)
        };
        let (records, signatures): (Vec<_>, Vec<_>) = people.iter().map(record).unzip();
        for ((name, _), signature) in people.iter().zip(signatures) {
            self.papers.insert(format!("approvals/{sha256}/{name}.sshsig"), signature);
        }
        self.papers.insert(format!("plans/{sha256}.json"), bytes);
        self.authorization.plan =
            Some(PlanRecord { sha256, action: 0, author: "carol".to_owned(), threshold: 2, approvals: records });
    }

    /// What the newest manifest says of its authorization, signed anew.
    fn claim(&mut self) {
        let authorization = self.authorization.clone();
        self.forge(|statement| statement.predicate.authorization = Some(authorization.clone()));
    }

    fn forge(&mut self, change: impl Fn(&mut Statement)) {
        let mut newest: Statement = serde_json::from_slice(&payload_of(&self.world.manifests(KEK)[2].1)).unwrap();
        change(&mut newest);
        self.world.manifests(KEK)[2].1 = self.world.sign(newest.predicate).to_json();
    }

    pub(super) fn record(&mut self) -> &mut PlanRecord {
        self.authorization.plan.as_mut().unwrap()
    }

    fn file(&mut self, ending: &str) -> &mut Vec<u8> {
        self.papers.iter_mut().find(|(name, _)| name.ends_with(ending)).unwrap().1
    }

    pub(super) fn remove(&mut self, ending: &str) {
        self.papers.retain(|name, _| !name.ends_with(ending));
    }

    pub(super) fn verify(&self) -> Vec<ItemReport> {
        let read = |key: &_| Ok::<_, io::Error>(World::key_folder(key));
        let paper = |paper: Paper<'_>| Ok(self.papers.get(&paper.to_string()).cloned());
        let papers = Papers::new(&paper);
        verify_registry("registry", &self.world.keys, read, self.world.log(None), &papers, (&self.world.trust(), &[]))
    }
}

/// A policy and its allowed signers, put in force.
fn put_in_force(world: &mut World, policy_sha256: &str, allowed_signers_sha256: &str) {
    let detail = json!({"policySha256": policy_sha256, "allowedSignersSha256": allowed_signers_sha256});
    world.append(event::POLICY_ADOPT, Phase::Intent, None, &Value::Null);
    let seq = world.append(event::POLICY_ADOPT, Phase::Result, None, &detail);
    let (policy_sha256, allowed_signers_sha256) = (policy_sha256.to_owned(), allowed_signers_sha256.to_owned());
    world.policy = Some(PolicyInForce { seq, policy_sha256, allowed_signers_sha256 });
    world.checkpoint();
}

fn plan() -> Plan {
    let wrap = WrapAction {
        key: KeyBase { version: KEK.to_owned(), manifest_sha256: String::new() },
        provider: "openbao".to_owned(),
        account: None,
        resource: None,
        target: Some("payments".to_owned()),
        mount: None,
        kid: None,
        import_job: None,
        valid_to: None,
        method: "rsa-aes-sha256".to_owned(),
        algorithm: "aes256-gcm96".to_owned(),
        route: "token-kek".to_owned(),
        exposure: Exposure::None,
        wrapping_key: WrappingKey {
            spki_sha256: sha256_hex(b"wrapping key"),
            pinned: true,
            file: InputFile::of("answer.json", b"{}"),
            import_token: None,
        },
        out: "bundle".to_owned(),
    };
    Plan {
        schema: SCHEMA.to_owned(),
        plan_id: "019380a0-0000-7000-8000-000000000000".to_owned(),
        nonce: "0".repeat(64),
        created_at: "2026-11-22T09:00:00Z".parse().unwrap(),
        expires_at: "2026-11-25T09:00:00Z".parse().unwrap(),
        author: "carol".to_owned(),
        base_state: BaseState {
            origin: "byok/0f9e".to_owned(),
            checkpoint_size: 7,
            checkpoint_root: "3".repeat(64),
            policy_sha256: None,
            allowed_signers_sha256: None,
        },
        actions: vec![Action::WrapForImport(Box::new(wrap))],
        required_approvals: Some(RequiredApprovals {
            namespace: APPROVAL.to_owned(),
            threshold: 2,
            roles: [("officer".to_owned(), 1)].into(),
            author_counts: false,
            verify_required: false,
        }),
    }
}

fn run(rows: &[Row]) {
    for (what, tamper, expected) in rows {
        let mut scene = Scene::new();
        tamper(&mut scene);
        let reports = scene.verify();
        assert_eq!(crate::failure(&reports), *expected, "{what}: {reports:?}");
        schema::assert_valid(&serde_json::to_value(Report::new(reports)).unwrap());
    }
}

#[test]
fn what_was_checked_is_said() {
    let reports = Scene::new().verify();
    let kek = reports.iter().find(|report| report.path.ends_with(KEK)).unwrap();
    assert!(kek.ok, "{kek:?}");
    assert!(kek.checked.iter().any(|what| what == "the plan and approvals of 1 change (alice, bob)"), "{kek:?}");
    assert!(kek.not_provable.iter().any(|what| what.starts_with("when an approval was signed")), "{kek:?}");
}

#[test]
fn papers_of_the_registry() {
    run(&[
        ("the policy deleted", |s| s.remove(".yaml"), Some(FailureKind::FileMissing)),
        ("the signers deleted", |s| s.remove(".allowed_signers"), Some(FailureKind::FileMissing)),
        (
            "the plan deleted",
            |s| s.papers.retain(|name, _| !name.starts_with("plans/")),
            Some(FailureKind::FileMissing),
        ),
        ("an approval deleted", |s| s.remove("bob.sshsig"), Some(FailureKind::FileMissing)),
        ("the policy edited", |s| s.file(".yaml").push(b'\n'), Some(FailureKind::FileMismatch)),
        ("the signers edited", |s| s.file(".allowed_signers").push(b'\n'), Some(FailureKind::FileMismatch)),
        ("the plan edited", |s| s.file(".json").push(b'\n'), Some(FailureKind::FileMismatch)),
        ("an approval edited", |s| s.file("bob.sshsig").push(b'\n'), Some(FailureKind::FileMismatch)),
        (
            "one approval in the place of another",
            |s| *s.file("bob.sshsig") = s.file("alice.sshsig").clone(),
            Some(FailureKind::FileMismatch),
        ),
        (
            "another approval beside them",
            |s| {
                let sha256 = s.record().sha256.clone();
                s.papers.insert(format!("approvals/{sha256}/mallory.sshsig"), vec![0; 99]);
            },
            None,
        ),
    ]);
}

#[test]
fn approvals_that_do_not_suffice() {
    run(&[
        (
            "one approval",
            |s| {
                s.approve(&[("alice", alice())], APPROVAL);
                s.record().threshold = 1;
                s.claim();
            },
            Some(FailureKind::Subject),
        ),
        (
            "no approval",
            |s| {
                s.approve(&[], APPROVAL);
                s.record().threshold = 0;
                s.claim();
            },
            Some(FailureKind::Subject),
        ),
        (
            "no plan at all",
            |s| {
                s.authorization.plan = None;
                s.claim();
            },
            Some(FailureKind::Subject),
        ),
    ]);
}

#[test]
fn approvals_by_the_wrong_people() {
    run(&[
        (
            "the author's own",
            |s| {
                s.approve(&[("alice", alice()), ("carol", sk_p256(3, 1))], APPROVAL);
                s.claim();
            },
            Some(FailureKind::Threshold),
        ),
        (
            "in another namespace",
            |s| {
                s.approve(&[("alice", alice()), ("bob", bob())], DESTROY);
                s.claim();
            },
            Some(FailureKind::Threshold),
        ),
        (
            "by keys that nobody listed",
            |s| {
                s.approve(&[("alice", ed25519(77)), ("bob", ed25519(78))], APPROVAL);
                s.claim();
            },
            Some(FailureKind::Threshold),
        ),
        (
            "of another plan",
            |s| {
                let (alices, bobs) = (s.file("alice.sshsig").clone(), s.file("bob.sshsig").clone());
                let approvals = s.record().approvals.clone();
                s.plan.nonce = "1".repeat(64);
                s.approve(&[], APPROVAL);
                let sha256 = s.record().sha256.clone();
                s.papers.insert(format!("approvals/{sha256}/alice.sshsig"), alices);
                s.papers.insert(format!("approvals/{sha256}/bob.sshsig"), bobs);
                s.record().approvals = approvals;
                s.claim();
            },
            Some(FailureKind::Threshold),
        ),
    ]);
}

#[test]
fn claims_that_do_not_hold() {
    run(&[
        (
            "another rule",
            |s| {
                s.authorization.rule = "the-rest".to_owned();
                s.claim();
            },
            Some(FailureKind::Subject),
        ),
        (
            "a policy without approvals, of somebody's own",
            |s| {
                s.adopt(&lax());
                s.authorization.plan = None;
                s.claim();
            },
            // The log's checkpoints say that it was never adopted, and its results name the manifest that was.
            Some(FailureKind::FileMissing),
        ),
        (
            "a plan that asks for less than the policy",
            |s| {
                s.plan.required_approvals.as_mut().unwrap().threshold = 1;
                s.approve(&[("alice", alice())], APPROVAL);
                s.record().threshold = 1;
                s.claim();
            },
            Some(FailureKind::Subject),
        ),
        (
            "a plan for another log",
            |s| {
                s.plan.base_state.origin = "byok/1111".to_owned();
                s.approve(&[("alice", alice()), ("bob", bob())], APPROVAL);
                s.claim();
            },
            Some(FailureKind::Subject),
        ),
    ]);
}

#[test]
fn claims_about_the_plan_that_do_not_hold() {
    run(&[
        (
            "another author",
            |s| {
                s.record().author = "bob".to_owned();
                s.claim();
            },
            Some(FailureKind::Subject),
        ),
        (
            "an action that the plan has not",
            |s| {
                s.record().action = 1;
                s.claim();
            },
            Some(FailureKind::Subject),
        ),
        (
            "another wrapping key than the plan's",
            |s| {
                s.forge(|statement| {
                    statement.predicate.wraps[0].wrapping_key.spki_sha256 = sha256_hex(b"mallory's");
                });
            },
            Some(FailureKind::Subject),
        ),
        (
            "another target than the plan's",
            |s| s.forge(|statement| statement.predicate.wraps[0].target = Some("elsewhere".to_owned())),
            Some(FailureKind::Subject),
        ),
        (
            "approved when no key was valid",
            |s| {
                let late = signers().replace("alice ", "alice valid-before=\"20261122095959Z\" ");
                let sha256 = sha256_hex(late.as_bytes());
                s.papers.insert(format!("policy/{sha256}.allowed_signers"), late.into_bytes());
                s.authorization.allowed_signers_sha256 = Some(sha256.clone());
                s.plan.base_state.allowed_signers_sha256 = Some(sha256);
                s.approve(&[("alice", alice()), ("bob", bob())], APPROVAL);
                s.claim();
            },
            Some(FailureKind::Threshold),
        ),
    ]);
}
