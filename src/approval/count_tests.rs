use super::super::namespace::{APPROVAL, DESTROY, RECOVERY};
use super::*;
use crate::approval::ssh_key::SshKeyError;
use crate::approval::sshsig::SshSigError;
use crate::ssh_signer::{self as model, Secret, TOUCHED, VERIFIED};

const PLAN: &[u8] = b"{\"schema\":\"byok.plan/v1\"}\n";

/// Alice and Bob with two keys each, Carol with a FIDO key, Dave, who is no person of the policy, and Mallory, who has
/// Bob's first key under a name of her own.
struct Room {
    signers: AllowedSigners,
    people: BTreeMap<String, Person>,
    revoked: BTreeMap<String, Option<Timestamp>>,
    author: &'static str,
    now: Timestamp,
    requirement: Requirement,
}

fn fingerprint(secret: &Secret) -> String {
    crate::approval::ssh_key::SshKey::from_blob(&secret.blob()).unwrap().fingerprint()
}

fn person(roles: &[&str], login: &str) -> Person {
    Person { roles: roles.iter().map(|role| (*role).to_owned()).collect(), logins: [login.to_owned()].into() }
}

impl Room {
    fn new() -> Self {
        let lines = [
            ("alice", "", model::ed25519(1)),
            ("alice", "", model::p256(11)),
            ("bob,mallory", "", model::p384(2)),
            ("bob", "namespaces=\"byok-destroy-v1\"", model::p521(22)),
            ("carol", "", model::sk_p256(3, TOUCHED)),
            ("carol", "valid-after=\"20260201Z\",valid-before=\"20260301Z\"", model::ed25519(33)),
            ("dave", "", model::ed25519(4)),
            ("erin", "", model::ed25519(5)),
        ];
        let text: Vec<String> =
            lines.iter().map(|(names, options, key)| format!("{names} {options} {}\n", key.line())).collect();
        let people = [
            ("alice", person(&["officer"], "al")),
            ("bob", person(&["operator"], "bo")),
            ("carol", person(&["officer"], "ca")),
            ("erin", person(&[], "er")),
            ("mallory", person(&["officer"], "ma")),
        ];
        Self {
            signers: AllowedSigners::parse(text.concat().as_bytes()).unwrap(),
            people: people.into_iter().map(|(name, person)| (name.to_owned(), person)).collect(),
            revoked: BTreeMap::new(),
            author: "er",
            now: "2026-06-01T00:00:00Z".parse().unwrap(),
            requirement: Requirement {
                threshold: 2,
                roles: BTreeMap::new(),
                author_counts: false,
                verify_required: false,
            },
        }
    }

    fn count(&self, signatures: &[Signature]) -> Result<Vec<ApprovalRecord>, ApprovalError> {
        let facts = CountFacts {
            message: PLAN,
            namespace: APPROVAL,
            author: Some(self.author),
            now: self.now,
            signers: &self.signers,
            people: &self.people,
            revoked: &self.revoked,
        };
        count(&self.requirement, &facts, signatures)
    }

    /// Alice approves, and so does `signature`, for its own reason in vain.
    fn reason(&self, signature: Signature) -> Reason {
        let error = self.count(&[by("alice", &model::ed25519(1)), signature]).unwrap_err();
        assert_eq!(error.shortfall, Shortfall::TooFew { have: 1, needed: 2 });
        let [rejected] = &error.tally.rejected[..] else { panic!("{error:?}") };
        rejected.reason.clone()
    }
}

fn by(name: &str, key: &Secret) -> Signature {
    Signature { name: name.to_owned(), bytes: key.sign(APPROVAL, PLAN) }
}

fn names(records: &[ApprovalRecord]) -> Vec<&str> {
    records.iter().map(|record| record.person.as_str()).collect()
}

#[test]
fn two_people_with_two_keys_suffice() {
    let signatures =
        [by("carol", &model::sk_p256(3, TOUCHED)), by("bob", &model::p384(2)), by("alice", &model::p256(11))];
    let counted = Room::new().count(&signatures).unwrap();
    assert_eq!(names(&counted), ["alice", "bob", "carol"]);
    assert_eq!(counted[1].key, fingerprint(&model::p384(2)));
    assert_eq!(counted[1].namespace, APPROVAL);
    assert_eq!(counted[1].signature_sha256, sha256_hex(&signatures[1].bytes));
}

#[test]
fn nobody_and_one_are_too_few() {
    let shortfall = |signatures: &[Signature]| Room::new().count(signatures).unwrap_err().to_string();
    assert_eq!(shortfall(&[]), "0 of 2 approvals");
    assert_eq!(shortfall(&[by("alice", &model::ed25519(1))]), "1 of 2 approvals");
    let many = vec![by("alice", &model::ed25519(1)); 65];
    assert_eq!(Room::new().count(&many).unwrap_err().shortfall, Shortfall::TooMany(65));
}

#[test]
fn names_of_nobody_keep_no_approval_from_counting() {
    let copies = (0..65).map(|at| by(&format!("aa{at}"), &model::ed25519(1)));
    let signatures: Vec<Signature> =
        copies.chain([by("alice", &model::ed25519(1)), by("bob", &model::p384(2))]).collect();
    assert_eq!(names(&Room::new().count(&signatures).unwrap()), ["alice", "bob"]);
}

#[test]
fn a_signature_for_something_else_does_not_count() {
    for other in [DESTROY, RECOVERY, "git", "file", "byok-approval-v2"] {
        let signature = Signature { name: "bob".to_owned(), bytes: model::p384(2).sign(other, PLAN) };
        let reason = Reason::Namespace { found: other.to_owned(), needed: APPROVAL.to_owned() };
        assert_eq!(Room::new().reason(signature), reason);
    }
}

#[test]
fn a_changed_plan_and_another_plan_are_not_approved() {
    for other in [&b"{\"schema\":\"byok.plan/v1\"} \n"[..], b"{\"schema\":\"byok.plan/v1\",\"nonce\":\"00\"}\n", b""] {
        let signature = Signature { name: "bob".to_owned(), bytes: model::p384(2).sign(APPROVAL, other) };
        assert_eq!(Room::new().reason(signature), Reason::Message);
    }
}

#[test]
fn another_persons_key_is_not_mine() {
    let reason = Room::new().reason(by("erin", &model::p384(2)));
    assert_eq!(reason, Reason::WrongPerson { key: fingerprint(&model::p384(2)), people: "bob, mallory".to_owned() });
    let reason = Room::new().reason(by("bob", &model::p384(99)));
    assert_eq!(reason, Reason::UnknownSigner(fingerprint(&model::p384(99))));
}

#[test]
fn a_person_needs_a_name_and_a_place_in_the_policy() {
    assert!(matches!(Room::new().reason(by("../alice", &model::ed25519(1))), Reason::Person(_)));
    assert_eq!(Room::new().reason(by("dave", &model::ed25519(4))), Reason::NotInPolicy);
}

#[test]
fn a_key_counts_within_its_time() {
    let mut room = Room::new();
    let carol = || by("carol", &model::ed25519(33));
    let until = "2026-03-01T00:00:00Z".parse().unwrap();
    assert_eq!(room.reason(carol()), Reason::Expired { until, line: 6 });
    room.now = "2026-01-31T23:59:59Z".parse().unwrap();
    let from = "2026-02-01T00:00:00Z".parse().unwrap();
    assert_eq!(room.reason(carol()), Reason::NotYetValid { from, line: 6 });
    // Both ends are inside: "at or after", "at or before".
    for now in [from, until] {
        room.now = now;
        assert_eq!(names(&room.count(&[carol(), by("alice", &model::p256(11))]).unwrap()), ["alice", "carol"]);
    }
}

#[test]
fn a_revoked_key_counts_no_more() {
    let mut room = Room::new();
    let since = room.now;
    room.revoked.insert(fingerprint(&model::p384(2)), None);
    assert_eq!(room.reason(by("bob", &model::p384(2))), Reason::RevokedAlways);
    room.revoked.insert(fingerprint(&model::p384(2)), Some(since));
    assert_eq!(room.reason(by("bob", &model::p384(2))), Reason::Revoked { since });
    room.now = "2026-05-31T23:59:59Z".parse().unwrap();
    assert!(room.count(&[by("bob", &model::p384(2)), by("alice", &model::ed25519(1))]).is_ok());
}

#[test]
fn a_key_may_be_kept_to_other_namespaces() {
    let reason = Room::new().reason(by("bob", &model::p521(22)));
    assert_eq!(reason, Reason::KeyNamespace { needed: APPROVAL.to_owned(), line: 4 });
}

#[test]
fn one_person_with_two_keys_counts_once() {
    assert_eq!(Room::new().reason(by("alice", &model::p256(11))), Reason::SamePerson);
    assert_eq!(Room::new().reason(by("alice", &model::ed25519(1))), Reason::SamePerson);
}

#[test]
fn one_key_under_two_names_counts_once() {
    let signatures = [by("mallory", &model::p384(2)), by("bob", &model::p384(2))];
    let error = Room::new().count(&signatures).unwrap_err();
    assert_eq!(names(&error.tally.counted), ["bob"]);
    assert_eq!(error.tally.rejected[0].reason, Reason::SameKey("bob".to_owned()));
}

#[test]
fn the_author_counts_only_where_the_policy_says_so() {
    for author in ["bo", "bob"] {
        let mut room = Room::new();
        room.author = author;
        assert_eq!(room.reason(by("bob", &model::p384(2))), Reason::Author);
        room.requirement.author_counts = true;
        assert_eq!(names(&room.count(&[by("bob", &model::p384(2)), by("alice", &model::p256(11))]).unwrap()).len(), 2);
        // Alone the author is one person still.
        assert_eq!(room.count(&[by("bob", &model::p384(2))]).unwrap_err().to_string(), "1 of 2 approvals");
    }
}

#[test]
fn an_author_whom_nobody_knows_may_be_any_of_them() {
    let mut room = Room::new();
    room.author = "root";
    let signatures = [by("alice", &model::ed25519(1)), by("bob", &model::p384(2))];
    assert!(matches!(room.count(&signatures).unwrap_err().shortfall, Shortfall::UnknownAuthor { .. }));
    room.requirement.author_counts = true;
    assert!(room.count(&signatures).is_ok());
}

#[test]
fn roles_are_needed_besides_numbers() {
    let mut room = Room::new();
    room.requirement.roles = [("officer".to_owned(), 2)].into();
    let mut signatures = vec![by("alice", &model::ed25519(1)), by("bob", &model::p384(2))];
    let error = room.count(&signatures).unwrap_err();
    assert_eq!(error.to_string(), "1 of 2 approvals by people with the role officer");
    signatures.push(by("carol", &model::sk_p256(3, TOUCHED)));
    assert_eq!(names(&room.count(&signatures).unwrap()), ["alice", "bob", "carol"]);
}

#[test]
fn fido_keys_want_a_touch_and_where_asked_a_pin() {
    let mut room = Room::new();
    assert_eq!(room.reason(by("carol", &model::sk_p256(3, 0))), Reason::Untouched);
    assert_eq!(room.reason(by("carol", &model::sk_p256(3, VERIFIED & !TOUCHED))), Reason::Untouched);
    room.requirement.verify_required = true;
    assert_eq!(room.reason(by("carol", &model::sk_p256(3, TOUCHED))), Reason::Unverified);
    assert!(room.count(&[by("carol", &model::sk_p256(3, VERIFIED)), by("alice", &model::ed25519(1))]).is_ok());
}

#[test]
fn weak_keys_and_broken_files_are_named() {
    let neutral = [&[1][..], &[0; 31]].concat();
    let blob = model::strings(&[&model::strings(&[b"ssh-ed25519", &neutral]), APPROVAL.as_bytes()]);
    let weak = model::armor(&[&b"SSHSIG"[..], &1_u32.to_be_bytes(), &blob].concat());
    let reason = Room::new().reason(Signature { name: "bob".to_owned(), bytes: weak });
    assert_eq!(reason, Reason::Signature(SshSigError::Key(SshKeyError::Weak)));
    let empty = Signature { name: "bob".to_owned(), bytes: Vec::new() };
    assert_eq!(Room::new().reason(empty), Reason::Signature(SshSigError::Armor));
}

#[test]
fn what_does_not_count_does_not_disturb_what_does() {
    let signatures = [
        by("alice", &model::ed25519(1)),
        by("bob", &model::p384(2)),
        by("dave", &model::ed25519(4)),
        Signature { name: "erin".to_owned(), bytes: vec![0; 9000] },
    ];
    assert_eq!(names(&Room::new().count(&signatures).unwrap()), ["alice", "bob"]);
}
