//! What a policy says: each limit, each operation, and what holds for every policy.

use std::collections::BTreeMap;

use jiff::Timestamp;
use proptest::prelude::*;

use super::Policy;
use super::request::{Decision, Denial, KeyFacts, Permit, Request, WrapFacts};
use crate::key::exposure::Exposure;
use crate::key::method::{self, WrapMethod};
use crate::key::name::KeyName;
use crate::key::operation::Operation;
use crate::key::spec::{self, HashAlg, KeySpec, Purpose};

const RULES: &str = r#"schema: byok.policy/v1
people:
  anna@bank: {roles: [officer], logins: [anna]}
  ben@bank: {roles: [operator]}
registry:
  approvals:
    policy-adopt: {count: 2, roles: {officer: 1}}
  unattended: [recover]
freeze:
  - name: year-end
    from: 2026-12-15T00:00:00Z
    to: 2027-01-05T00:00:00Z
    operations: [wrap-for-import, policy-adopt]
    why: the books are closed
classifications:
  secret: {custody: hyok, why: the regulator says so}
  internal: {custody: byok}
rules:
  - name: payments
    match: {keys: ["payments/**"], attributes: {env: [prod]}}
    types: [aes-256, rsa-3072]
    purposes: [encrypt, sign]
    owner-required: true
    providers:
      aws-kms:
        accounts: ["111122223333"]
        methods: [rsa-aes-sha256]
      openbao: {}
    wrapping-keys:
      fingerprints: [aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]
      accounts: ["111122223333"]
      hosts: [bao.bank.example]
      resources: ["arn:aws:kms:eu-central-1:111122223333:key/*"]
      pin-required: true
    exposure: ephemeral-kek
    rotation: {every: P1Y, overlap: P1M}
    life: P2Y
    grace: {rotation: P7D, life: P1D}
    approvals:
      wrap-for-import: {count: 2, roles: {officer: 1}, verify-required: true}
    unattended: [generate]
  - name: rest
    match: {keys: ["*"]}
"#;

fn policy() -> Policy {
    Policy::parse(RULES.as_bytes()).unwrap()
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A request that the rule `payments` permits.
#[derive(Debug)]
struct Ask {
    operation: Operation,
    name: KeyName,
    spec: KeySpec,
    purpose: Purpose,
    owner: Option<&'static str>,
    attributes: BTreeMap<String, String>,
    exposure: Exposure,
    made_at: Option<Timestamp>,
    protect_stop: Option<Timestamp>,
    wrap: Option<WrapFacts<'static>>,
    now: Timestamp,
}

impl Ask {
    fn good() -> Self {
        Self {
            operation: Operation::WrapForImport,
            name: "payments/kek".parse().unwrap(),
            spec: KeySpec::Aes(spec::AesBits::B256),
            purpose: Purpose::Encrypt,
            owner: Some("treasury"),
            attributes: BTreeMap::from([("env".to_owned(), "prod".to_owned())]),
            exposure: Exposure::EphemeralKek,
            made_at: Some(time("2026-01-01T00:00:00Z")),
            protect_stop: None,
            wrap: Some(WrapFacts {
                provider: "aws-kms",
                account: Some("111122223333"),
                resource: Some("arn:aws:kms:eu-central-1:111122223333:key/1234"),
                host: Some("bao.bank.example"),
                target: None,
                method: Some(WrapMethod::RsaAesKwp(HashAlg::Sha256)),
                wrapping_key_sha256: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                pinned: true,
            }),
            now: time("2026-06-01T00:00:00Z"),
        }
    }

    fn ask(&self, policy: &Policy) -> Decision {
        let wrap = self.wrap.clone();
        policy.decide(&Request { operation: self.operation, key: Some(self.facts()), wrap, now: self.now })
    }

    fn facts(&self) -> KeyFacts<'_> {
        KeyFacts {
            name: &self.name,
            spec: self.spec,
            purpose: self.purpose,
            owner: self.owner,
            attributes: &self.attributes,
            exposure: self.exposure,
            made_at: self.made_at,
            protect_stop: self.protect_stop,
        }
    }
}

fn permit(decision: Decision) -> Permit {
    match decision {
        Decision::Permit(permit) => permit,
        Decision::Denied(denial) => panic!("{denial:?}"),
    }
}

fn denied(change: impl FnOnce(&mut Ask)) -> Denial {
    let mut ask = Ask::good();
    change(&mut ask);
    match ask.ask(&policy()) {
        Decision::Permit(permit) => panic!("{permit:?}"),
        Decision::Denied(denial) => denial,
    }
}

/// The line of RULES that starts with `text`.
fn line_of(text: &str) -> u64 {
    let mut lines = RULES.lines().zip(1..);
    lines.find(|(line, _)| line.trim_start().starts_with(text)).unwrap().1
}

#[track_caller]
fn says(denial: &Denial, place: &str, path: &str, why: &str) {
    let rule = denial.rule.as_ref().expect("a rule");
    assert_eq!((rule.line, rule.path.as_str(), denial.why.as_str()), (line_of(place), path, why));
    assert!(!denial.way_out.is_empty());
}

#[test]
fn a_good_wrap_is_permitted_with_its_approvals() {
    let permit = permit(Ask::good().ask(&policy()));
    assert_eq!(
        (permit.rule.name.as_str(), permit.rule.path.as_str()),
        ("payments", "rules[0].approvals.wrap-for-import")
    );
    let requirement = permit.approvals.unwrap();
    assert_eq!(requirement.threshold, 2);
    assert_eq!(requirement.roles, BTreeMap::from([("officer".to_owned(), 1)]));
    assert!(requirement.verify_required && !requirement.author_counts);
    assert!(permit.wrapping_key_listed && !permit.unattended && permit.notices.is_empty());
}

#[test]
fn each_limit_has_its_own_refusal() {
    let says_of = |change: fn(&mut Ask), place: &str, path: &str, why: &str| says(&denied(change), place, path, why);
    says_of(
        |ask| ask.spec = KeySpec::Rsa(spec::RsaBits::B2048),
        "types:",
        "rules[0].types",
        "type rsa-2048 is not among aes-256, rsa-3072",
    );
    says_of(
        |ask| ask.purpose = Purpose::Mac,
        "purposes:",
        "rules[0].purposes",
        "purpose mac is not among encrypt, sign",
    );
    let owner = "the key has no owner, and an owner is required";
    says_of(|ask| ask.owner = None, "owner-required:", "rules[0].owner-required", owner);
    says_of(|ask| ask.owner = Some(""), "owner-required:", "rules[0].owner-required", owner);
    says_of(
        |ask| ask.exposure = Exposure::Plaintext,
        "exposure:",
        "rules[0].exposure",
        "exposure plaintext is worse than ephemeral-kek",
    );
    says_of(
        |ask| wrap(ask).provider = "azure-key-vault",
        "providers:",
        "rules[0].providers",
        "provider azure-key-vault is not among aws-kms, openbao",
    );
    says_of(
        |ask| wrap(ask).account = Some("999999999999"),
        "accounts:",
        "rules[0].providers.aws-kms.accounts",
        "account 999999999999 is not among 111122223333",
    );
    says_of(
        |ask| wrap(ask).account = None,
        "accounts:",
        "rules[0].providers.aws-kms.accounts",
        "the account is not named, and only 111122223333 is permitted",
    );
    says_of(
        |ask| wrap(ask).method = Some(WrapMethod::RsaOaep(HashAlg::Sha1)),
        "methods:",
        "rules[0].providers.aws-kms.methods",
        "method rsa-oaep-sha1 is not among rsa-aes-sha256",
    );
    says_of(
        |ask| wrap(ask).host = Some("evil.example"),
        "hosts:",
        "rules[0].wrapping-keys.hosts",
        "host of the wrapping key evil.example is not among bao.bank.example",
    );
    says_of(
        |ask| wrap(ask).resource = Some("arn:aws:kms:us-east-1:111122223333:key/1234"),
        "resources:",
        "rules[0].wrapping-keys.resources",
        "resource of the wrapping key arn:aws:kms:us-east-1:111122223333:key/1234 is not among \
         arn:aws:kms:eu-central-1:111122223333:key/*",
    );
    says_of(
        |ask| wrap(ask).pinned = false,
        "pin-required:",
        "rules[0].wrapping-keys.pin-required",
        "the wrapping key is not pinned, and a pin is required",
    );
    says_of(|ask| ask.wrap = None, "providers:", "rules[0].providers", "the wrap names no provider");
    let other = denied(|ask| wrap(ask).wrapping_key_sha256 = "bb");
    assert_eq!(other.rule.unwrap().path, "rules[0].wrapping-keys.fingerprints");
}

fn wrap(ask: &mut Ask) -> &mut WrapFacts<'static> {
    ask.wrap.as_mut().unwrap()
}

#[test]
fn an_unknown_method_waits_for_the_profile() {
    let mut ask = Ask::good();
    wrap(&mut ask).method = None;
    permit(ask.ask(&policy()));
}

#[test]
fn periods_run_out_with_grace() {
    let policy = policy();
    let at = |now: &str| Ask { now: time(now), operation: Operation::Activate, wrap: None, ..Ask::good() }.ask(&policy);
    assert!(permit(at("2026-12-31T23:59:59Z")).notices.is_empty());
    let due = permit(at("2027-01-01T00:00:00Z")).notices;
    assert_eq!(
        due,
        [
            "a new version of the key is due since 2027-01-01T00:00:00Z; this one is permitted until 2027-02-08T00:00:00Z"
        ]
    );
    permit(at("2027-02-07T23:59:59Z"));
    let Decision::Denied(denial) = at("2027-02-08T00:00:00Z") else { panic!() };
    let why = "a new version was due 2027-01-01T00:00:00Z, and the overlap ended 2027-02-08T00:00:00Z";
    says(&denial, "rotation:", "rules[0].rotation", why);
    let Decision::Denied(denial) = at("2028-01-02T00:00:00Z") else { panic!() };
    says(&denial, "life:", "rules[0].life", "the key's longest life of P2Y ended 2028-01-01T00:00:00Z");
    let late = denied(|ask| ask.protect_stop = Some(time("2028-01-01T00:00:01Z")));
    let why = "the key is to protect until 2028-01-01T00:00:01Z, but its longest life of P2Y ends 2028-01-01T00:00:00Z";
    says(&late, "life:", "rules[0].life", why);
}

#[test]
fn a_window_freezes_what_it_lists_and_no_more() {
    let frozen = denied(|ask| ask.now = time("2026-12-15T00:00:00Z"));
    says(
        &frozen,
        "- name: year-end",
        "freeze[0]",
        "wrap-for-import rests from 2026-12-15T00:00:00Z to 2027-01-05T00:00:00Z: the books are closed",
    );
    let policy = policy();
    for (operation, now, good) in [
        (Operation::Activate, "2026-12-20T00:00:00Z", true),
        (Operation::WrapForImport, "2026-12-14T23:59:59Z", true),
        (Operation::WrapForImport, "2027-01-05T00:00:00Z", true),
        (Operation::WrapForImport, "2027-01-04T23:59:59Z", false),
    ] {
        let ask = Ask { operation, now: time(now), ..Ask::good() };
        assert_eq!(matches!(ask.ask(&policy), Decision::Permit(_)), good, "{operation} {now}");
    }
}

#[test]
fn what_ends_a_use_is_not_limited() {
    let policy = policy();
    for operation in [Operation::Suspend, Operation::Seal] {
        let mut ask = Ask { operation, owner: None, exposure: Exposure::Plaintext, ..Ask::good() };
        ask.spec = KeySpec::Rsa(spec::RsaBits::B2048);
        ask.now = time("2099-01-01T00:00:00Z");
        permit(ask.ask(&policy));
    }
}

#[test]
fn a_classification_keeps_a_key_at_home() {
    let class = |ask: &mut Ask, value: &str| ask.attributes.insert("classification".to_owned(), value.to_owned());
    let denial = denied(|ask| drop(class(ask, "secret")));
    says(
        &denial,
        "secret:",
        "classifications.secret",
        "classification secret demands hyok: the key never leaves its own token",
    );
    let unknown = denied(|ask| drop(class(ask, "publik")));
    assert_eq!(unknown.why, "classification publik is none of the policy's: internal, secret");
    let mut ask = Ask::good();
    class(&mut ask, "internal");
    permit(ask.ask(&policy()));
    let mut ask = Ask { operation: Operation::Generate, wrap: None, ..Ask::good() };
    class(&mut ask, "secret");
    assert!(permit(ask.ask(&policy())).unattended);
}

#[test]
fn what_no_rule_matches_is_denied() {
    for change in [
        |ask: &mut Ask| ask.name = "other/kek".parse().unwrap(),
        |ask: &mut Ask| drop(ask.attributes.remove("env")),
        |ask: &mut Ask| drop(ask.attributes.insert("env".to_owned(), "test".to_owned())),
    ] {
        let denial = denied(change);
        assert_eq!(denial.rule, None);
        assert!(denial.way_out.contains("payments, rest"), "{}", denial.way_out);
    }
    let none =
        policy().decide(&Request { operation: Operation::Seal, key: None, wrap: None, now: Timestamp::UNIX_EPOCH });
    assert!(matches!(none, Decision::Denied(_)));
}

#[test]
fn a_rule_that_says_nothing_permits_no_exposure() {
    let mut ask = Ask { name: "kek".parse().unwrap(), owner: None, ..Ask::good() };
    let Decision::Denied(denial) = ask.ask(&policy()) else { panic!() };
    says(&denial, "- name: rest", "rules[1].exposure", "exposure ephemeral-kek is worse than none");
    ask.exposure = Exposure::None;
    let permit = permit(ask.ask(&policy()));
    assert!(permit.approvals.is_none() && !permit.unattended && !permit.wrapping_key_listed);
}

#[test]
fn the_registry_has_its_own_approvals() {
    let policy = policy();
    let ask = |operation, now: &str| policy.decide(&Request { operation, key: None, wrap: None, now: time(now) });
    let adopt = permit(ask(Operation::PolicyAdopt, "2026-06-01T00:00:00Z"));
    assert_eq!(adopt.rule.path, "registry.approvals.policy-adopt");
    assert_eq!((adopt.rule.line, adopt.approvals.unwrap().threshold), (line_of("policy-adopt:"), 2));
    assert!(matches!(ask(Operation::PolicyAdopt, "2026-12-20T00:00:00Z"), Decision::Denied(_)));
    let recover = permit(ask(Operation::Recover, "2026-12-20T00:00:00Z"));
    assert!(recover.approvals.is_none() && recover.unattended);
    let Decision::Denied(denial) = ask(Operation::ReplaceSigner, "2026-06-01T00:00:00Z") else { panic!() };
    assert!(denial.why.contains("no approvals are named"));
}

#[test]
fn a_key_that_no_rule_matches_can_be_stopped_and_nothing_else() {
    let stops = |operation| matches!(operation, Operation::Revoke | Operation::Suspend | Operation::Seal);
    for operation in Operation::ALL.into_iter().filter(|operation| operation.is_on_keys()) {
        let ask = Ask { operation, name: "other/kek".parse().unwrap(), wrap: None, ..Ask::good() };
        let Decision::Permit(permit) = ask.ask(&policy()) else {
            assert!(!stops(operation), "{operation}");
            continue;
        };
        assert!(stops(operation), "{operation}");
        assert_eq!((permit.rule.name.as_str(), permit.rule.path.as_str()), ("no rule", "rules"));
        assert_eq!(RULES.lines().nth(usize::try_from(permit.rule.line).unwrap() - 1), Some("rules:"));
        // A person is asked, as everywhere where nothing is said of --yes.
        assert!(!permit.unattended && permit.approvals.is_none());
        let ruling = policy().ruling(operation, &ask.facts()).map(|ruling| ruling.rule.to_owned());
        assert_eq!(ruling.as_deref(), Some("no rule"));
    }
    let frozen = RULES.replace("operations: [wrap-for-import, ", "operations: [seal, wrap-for-import, ");
    let frozen = Policy::parse(frozen.as_bytes()).unwrap();
    let name = "other/kek".parse().unwrap();
    let ask = Ask { operation: Operation::Seal, name, now: time("2026-12-20T00:00:00Z"), ..Ask::good() };
    assert!(matches!(ask.ask(&frozen), Decision::Denied(_)));
}

#[test]
fn people_are_found_by_login() {
    assert_eq!(policy().person_of_login("anna"), Some("anna@bank"));
    assert_eq!(policy().person_of_login("ben"), None);
}

fn any_request() -> impl Strategy<Value = Ask> {
    let name = prop::sample::select(vec!["payments/kek", "payments/a/b", "payments", "kek", "x/y", "0"]);
    let operation = prop::sample::select(Operation::ALL.to_vec());
    let spec = prop::sample::select(spec::ALL.to_vec());
    let purpose = prop::sample::select(Purpose::ALL.to_vec());
    let exposure = prop::sample::select(vec![Exposure::None, Exposure::EphemeralKek, Exposure::Plaintext]);
    let method = prop::option::of(prop::sample::select(method::ALL.to_vec()));
    let moment = || {
        prop_oneof![
            Just(Timestamp::MIN),
            Just(Timestamp::MAX),
            (0..4_000_000_000_i64).prop_map(|s| Timestamp::from_second(s).unwrap())
        ]
    };
    let made = prop::option::of(moment());
    let rest = (any::<bool>(), any::<bool>(), prop::option::of(moment()), prop::sample::select(vec!["prod", "test"]));
    (name, operation, spec, purpose, exposure, method, (moment(), made), rest).prop_map(
        |(name, operation, spec, purpose, exposure, method, (now, made_at), (wrapped, pinned, protect_stop, env))| {
            let good = Ask::good();
            let wrap = good.wrap.clone().filter(|_| wrapped).map(|wrap| WrapFacts { method, pinned, ..wrap });
            let attributes = BTreeMap::from([("env".to_owned(), env.to_owned())]);
            let name = name.parse().unwrap();
            Ask { operation, name, spec, purpose, attributes, exposure, made_at, protect_stop, wrap, now, ..good }
        },
    )
}

proptest! {
    #[test]
    fn every_question_has_an_answer(ask in any_request()) {
        if let Decision::Denied(denial) = ask.ask(&policy()) {
            prop_assert!(!denial.why.is_empty() && !denial.way_out.is_empty());
            prop_assert!(denial.rule.is_none_or(|rule| rule.line > 0 && !rule.path.is_empty()));
        }
    }

    #[test]
    fn the_same_question_has_the_same_answer(ask in any_request()) {
        prop_assert_eq!(ask.ask(&policy()), ask.ask(&policy()));
    }

    #[test]
    fn a_rule_in_front_that_matches_another_key_changes_no_permission(ask in any_request()) {
        let front = RULES.replacen("rules:\n", "rules:\n  - name: front\n    match: {keys: [no/such/key]}\n", 1);
        let front = Policy::parse(front.as_bytes()).unwrap();
        let permitted = |policy: &Policy| matches!(ask.ask(policy), Decision::Permit(_));
        prop_assert_eq!(permitted(&front), permitted(&policy()));
    }

    #[test]
    fn nothing_behind_a_rule_for_every_key_is_ever_asked(ask in any_request()) {
        let all = RULES.replacen("rules:\n", "rules:\n  - name: front\n    match: {keys: [\"**\"]}\n", 1);
        // Such a policy is refused as a document; what it would decide is seen before the refusal.
        prop_assert!(Policy::parse(all.as_bytes()).is_err());
        let head = RULES.split("rules:\n").next().unwrap();
        let alone = format!("{head}rules:\n  - name: front\n    match: {{keys: [\"**\"]}}\n");
        if let Decision::Permit(permit) = ask.ask(&Policy::parse(alone.as_bytes()).unwrap()) {
            prop_assert!(matches!(permit.rule.name.as_str(), "front" | "registry"));
        }
    }

    #[test]
    fn a_wider_rule_permits_no_less(ask in any_request()) {
        let wider = RULES.replace("    exposure: ephemeral-kek\n", "    exposure: plaintext\n");
        if matches!(ask.ask(&policy()), Decision::Permit(_)) {
            let wide = ask.ask(&Policy::parse(wider.as_bytes()).unwrap());
            prop_assert!(matches!(wide, Decision::Permit(_)));
        }
    }

    #[test]
    fn parsing_is_total(text in "(schema: byok.policy/v1\n)?[ -~\n\u{80}-\u{2fff}]{0,300}") {
        let _ = Policy::parse(text.as_bytes());
    }
}
