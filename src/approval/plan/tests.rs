use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::approval::namespace::APPROVAL;
use crate::key::exposure::Exposure;

fn hash(digit: char) -> String {
    digit.to_string().repeat(64)
}

fn file(path: &str) -> InputFile {
    InputFile { path: path.to_owned(), size: 3, sha256: hash('a') }
}

fn wrap() -> Action {
    Action::WrapForImport(Box::new(WrapAction {
        key: KeyBase { version: "payments/kek@3".to_owned(), manifest_sha256: hash('1') },
        provider: "aws-kms".to_owned(),
        account: Some("111122223333".to_owned()),
        resource: None,
        target: Some("Zürich".to_owned()),
        mount: None,
        kid: None,
        import_job: None,
        valid_to: None,
        method: "rsa-aes-sha256".to_owned(),
        algorithm: "SYMMETRIC_DEFAULT".to_owned(),
        route: "native-rsa-aes".to_owned(),
        exposure: Exposure::None,
        wrapping_key: WrappingKey {
            spki_sha256: hash('2'),
            pinned: true,
            file: file("params.json"),
            import_token: None,
        },
        out: "bundle".to_owned(),
    }))
}

fn import() -> Action {
    let fingerprint = FingerprintRecord { method: "byok-cmac-v1".to_owned(), value: "0a".repeat(16) };
    let material = Material::Fingerprint(fingerprint);
    Action::Import(ImportAction {
        version: "codes/mac@1".to_owned(),
        key_type: "aes-256".to_owned(),
        purpose: "mac".to_owned(),
        owner: Some("team".to_owned()),
        attributes: [("site".to_owned(), "a".to_owned())].into(),
        source: ImportSource::File(KeyFileSource { path: "k.bin".to_owned(), material, from: None, part: Some(1) }),
    })
}

fn rotated(name: &str) -> RotateKey {
    let wrap = RotateWrap {
        target_id: "near".to_owned(),
        provider: "generic".to_owned(),
        account: None,
        target: None,
        mount: None,
        method: "rsa-oaep-sha1".to_owned(),
        algorithm: "aes-256".to_owned(),
        route: "direct-oaep".to_owned(),
        exposure: Exposure::None,
        wrapping_key_sha256: hash('6'),
        answer: file("answers/near.json"),
        folder: format!("{name}/near"),
    };
    RotateKey {
        base: KeyBase { version: format!("{name}@1"), manifest_sha256: hash('7') },
        becomes: format!("{name}@2"),
        wraps: vec![wrap],
        pending: vec!["far".to_owned()],
    }
}

fn rotate(keys: Vec<RotateKey>) -> RotateAction {
    let asked = RotateAsked { all: true, ..RotateAsked::default() };
    let folder = |name: &str| Some(name.to_owned());
    RotateAction {
        asked,
        canary: Some(1),
        wrapping_keys: folder("answers"),
        out: folder("bundles"),
        pinned: true,
        keys,
    }
}

/// With every change that makes it inconsistent.
#[test]
fn a_rotation_names_each_key_once_and_by_name() {
    let of = |rotate: RotateAction| Plan { actions: vec![Action::Rotate(Box::new(rotate))], ..plan() };
    let good = rotate(vec![rotated("a"), rotated("pay/b")]);
    let bytes = of(good.clone()).to_bytes().unwrap();
    assert_eq!(Plan::parse(&bytes).unwrap(), of(good.clone()));
    assert_eq!(good.of_key("pay/b"), good.keys.last());
    assert_eq!((good.of_version("pay/b@1"), good.of_key("pay")), (None, None));
    let bad: [fn(&mut RotateAction); 10] = [
        |rotate| rotate.keys.reverse(),
        |rotate| rotate.keys.push(rotated("pay/b")),
        |rotate| rotate.keys.clear(),
        |rotate| rotate.asked.due = true,
        |rotate| rotate.canary = Some(0),
        |rotate| rotate.keys[0].becomes = "a@3".to_owned(),
        |rotate| rotate.keys[0].base.version = "b@1".to_owned(),
        |rotate| rotate.keys[0].pending = vec!["near".to_owned()],
        |rotate| rotate.keys[0].wraps[0].method = "RSA-OAEP".to_owned(),
        |rotate| {
            rotate.keys[0].becomes = "a@1".to_owned();
            rotate.keys[0].wraps.clear();
        },
    ];
    for (at, change) in bad.iter().enumerate() {
        let mut rotate = good.clone();
        change(&mut rotate);
        assert!(of(rotate).to_bytes().is_err(), "{at}");
    }
}

#[test]
fn ten_thousand_keys_for_three_targets_fit() {
    let key = |at: usize| {
        let mut key = rotated(&format!("payments/some/longer/name-{at:05}"));
        let target = |id: &str| RotateWrap {
            target_id: id.to_owned(),
            target: Some("projects/some-project/locations/europe-west3/keyRings/ring/cryptoKeys/name".to_owned()),
            ..key.wraps[0].clone()
        };
        key.wraps = ["aws", "azure", "google"].map(target).into();
        key
    };
    let action = Action::Rotate(Box::new(rotate((0..10_000).map(key).collect())));
    let bytes = Plan { actions: vec![action], ..plan() }.to_bytes().unwrap();
    assert!(bytes.len() < MAX_PLAN / 4 * 3, "{}", bytes.len());
    assert_eq!(Plan::parse(&bytes).unwrap().to_bytes().unwrap(), bytes);
}

fn plan() -> Plan {
    Plan {
        schema: SCHEMA.to_owned(),
        plan_id: "019380a0-0000-7000-8000-000000000000".to_owned(),
        nonce: hash('0'),
        created_at: "2026-11-22T12:00:00Z".parse().unwrap(),
        expires_at: "2026-11-25T12:00:00Z".parse().unwrap(),
        author: "alice".to_owned(),
        base_state: BaseState {
            origin: "byok-0123".to_owned(),
            checkpoint_size: 7,
            checkpoint_root: hash('3'),
            policy_sha256: Some(hash('4')),
            allowed_signers_sha256: Some(hash('5')),
        },
        actions: vec![wrap(), import()],
        required_approvals: Some(RequiredApprovals {
            namespace: APPROVAL.to_owned(),
            threshold: 2,
            roles: [("security".to_owned(), 1)].into(),
            author_counts: false,
            verify_required: false,
        }),
    }
}

#[test]
fn a_plan_is_read_as_it_was_written() {
    let bytes = plan().to_bytes().unwrap();
    assert_eq!(Plan::parse(&bytes).unwrap(), plan());
    assert_eq!(bytes.last(), Some(&b'\n'));
    assert_eq!(Plan::sha256(&bytes), sha256_hex(&bytes));
}

#[test]
fn one_changed_byte_is_another_plan_or_none() {
    let bytes = plan().to_bytes().unwrap();
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << bit;
            assert_ne!(Plan::parse(&changed).ok(), Some(plan()), "byte {at}, bit {bit}");
        }
    }
}

#[test]
fn the_same_plan_in_other_bytes_is_refused() {
    let bytes = plan().to_bytes().unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let value: Value = serde_json::from_str(&text).unwrap();
    let rewritten = [
        serde_json::to_string(&value).unwrap(),
        text.trim_end().to_owned(),
        format!("{text}\n"),
        format!(" {text}"),
        text.replace("Zürich", "Z\\u00fcrich"),
        text.replace("12:00:00Z", "12:00:00.0Z"),
        text.replace("\"threshold\": 2", "\"threshold\": 2.0"),
        text.replace("\"size\": 3", "\"size\": 3e0"),
    ];
    for text in rewritten {
        assert!(Plan::parse(text.as_bytes()).is_err(), "{text}");
    }
    let mut order: Value = value;
    let members = order.as_object_mut().unwrap();
    let schema = members.remove("schema").unwrap();
    members.insert("schema".to_owned(), schema);
    let text = serde_json::to_string_pretty(&order).unwrap() + "\n";
    assert!(matches!(Plan::parse(text.as_bytes()), Err(PlanError::Rewritten)));
}

#[test]
fn nothing_unknown_hides_in_a_plan() {
    let text = String::from_utf8(plan().to_bytes().unwrap()).unwrap();
    for (before, after) in [
        ("\"author\":", "\"x\": 1,\n  \"author\":"),
        ("\"provider\":", "\"x\": 1,\n      \"provider\":"),
        ("\"form\": \"file\"", "\"form\": \"file\",\n        \"x\": 1"),
        ("\"origin\":", "\"x\": null,\n    \"origin\":"),
        ("\"owner\":", "\"owner\": \"x\",\n      \"owner\":"),
    ] {
        let hidden = text.replacen(before, after, 1);
        assert_ne!(hidden, text, "{before}");
        assert!(Plan::parse(hidden.as_bytes()).is_err(), "{hidden}");
    }
}

#[test]
fn what_acts_on_a_terminal_is_refused() {
    let drawn = ["a  b", " a", "a ", "a\u{a0}b", "a\u{2003}b", "a\u{3000}b", "a\u{2800}b", "a\tb"];
    let acting = ["", "a\u{1b}[2J", "a\nb", "\u{202e}gpj", "a\u{200b}b", "\u{9b}1m", &"a".repeat(4097)];
    for text in drawn.into_iter().chain(acting) {
        let mut bad = plan();
        bad.author = text.to_owned();
        assert!(matches!(bad.to_bytes(), Err(PlanError::Member("author"))), "{text:?}");
        let mut bad = plan();
        let Some(Action::WrapForImport(wrap)) = bad.actions.first_mut() else { panic!() };
        wrap.out = text.to_owned();
        assert!(matches!(bad.to_bytes(), Err(PlanError::Member("out"))), "{text:?}");
    }
}

/// What stands above the exposure cannot push it off the screen.
#[test]
fn only_paths_are_long() {
    let long = "a".repeat(513);
    let mut made = plan();
    let Some(Action::WrapForImport(wrap)) = made.actions.first_mut() else { panic!() };
    wrap.out.clone_from(&long);
    assert!(made.to_bytes().is_ok());
    let Some(Action::WrapForImport(wrap)) = made.actions.first_mut() else { panic!() };
    wrap.account = Some(long);
    assert!(matches!(made.to_bytes(), Err(PlanError::Member("account"))));
}

type Spoil = fn(&mut Plan);

#[test]
fn every_member_has_its_form() {
    let cases: [(&str, Spoil); 12] = [
        ("planId", |plan| plan.plan_id = "019380a0-0000-4000-8000-000000000000".to_owned()),
        ("nonce", |plan| plan.nonce = "00".to_owned()),
        ("expiresAt", |plan| plan.expires_at = plan.created_at),
        ("expiresAt", |plan| plan.expires_at = "2026-12-22T12:00:01Z".parse().unwrap()),
        ("baseState.origin", |plan| plan.base_state.origin = "a b".to_owned()),
        ("baseState.checkpointRoot", |plan| plan.base_state.checkpoint_root = hash('A')),
        ("baseState.policySha256", |plan| plan.base_state.policy_sha256 = Some(String::new())),
        ("actions", |plan| plan.actions.clear()),
        ("actions", |plan| plan.actions = vec![wrap(); MAX_ACTIONS + 1]),
        ("requiredApprovals.threshold", |plan| plan.required_approvals.as_mut().unwrap().threshold = 0),
        ("requiredApprovals.namespace", |plan| {
            plan.required_approvals.as_mut().unwrap().namespace = "git".to_owned();
        }),
        ("requiredApprovals.namespace", |plan| {
            plan.actions = vec![Action::Recover(RecoverAction { undo: true, operations: Vec::new() })];
        }),
    ];
    for (member, spoil) in cases {
        let mut bad = plan();
        spoil(&mut bad);
        let error = bad.to_bytes().unwrap_err();
        assert!(matches!(error, PlanError::Member(found) if found == member), "{member}: {error}");
    }
}

#[test]
fn a_key_version_is_changed_once() {
    let mut bad = plan();
    bad.actions = vec![wrap(), wrap()];
    assert!(matches!(bad.to_bytes(), Err(PlanError::Twice(key)) if key == "payments/kek@3"));
}

#[test]
fn what_is_too_large_is_not_looked_at() {
    assert!(matches!(Plan::parse(&vec![b' '; MAX_PLAN + 1]), Err(PlanError::TooLarge)));
    assert!(matches!(Plan::parse(&vec![b'['; MAX_PLAN]), Err(PlanError::Json(_))));
    let mut other = plan();
    other.schema = "byok.plan/v2".to_owned();
    assert!(matches!(other.to_bytes(), Err(PlanError::Schema)));
}

#[test]
fn a_secret_key_is_named_by_all_of_its_fingerprint() {
    let cases = [
        ("sha256", hash('a'), "source.material.fingerprint.method"),
        ("byok-hmac-v1", hash('a'), "source.material.fingerprint.method"),
        ("byok-cmac-v1", "0a1b2c".to_owned(), "source.material.fingerprint.value"),
        ("byok-cmac-v1", "0A".repeat(16), "source.material.fingerprint.value"),
    ];
    for (method, value, member) in cases {
        let mut bad = plan();
        let Some(Action::Import(import)) = bad.actions.last_mut() else { panic!() };
        let ImportSource::File(file) = &mut import.source else { panic!() };
        file.material = Material::Fingerprint(FingerprintRecord { method: method.to_owned(), value });
        assert!(matches!(bad.to_bytes(), Err(PlanError::Member(found)) if found == member), "{method}");
    }
}

fn text() -> impl Strategy<Value = String> {
    "[ -~äöü鍵]{1,40}".prop_filter("one that a plan takes", |text| is_plan_text(text))
}

prop_compose! {
    fn any_plan()(
        author in text(), owner in proptest::option::of(text()), out in text(), path in text(),
        size in any::<u64>(), lines in any::<u64>(), nonce in "[0-9a-f]{64}", hours in 1_i64..=720,
        attributes in proptest::collection::btree_map(text(), text(), 0..4),
        second in any::<bool>(), policy in any::<bool>(), nanos in 0_i32..1_000_000_000,
    ) -> Plan {
        let mut made = plan();
        made.author = author;
        made.nonce = nonce;
        made.created_at = Timestamp::new(1_790_000_000, nanos).unwrap();
        made.expires_at = made.created_at.checked_add(SignedDuration::from_hours(hours)).unwrap();
        made.base_state.checkpoint_size = lines;
        if !policy {
            made.base_state.policy_sha256 = None;
            made.required_approvals = None;
        }
        for action in &mut made.actions {
            match action {
                Action::WrapForImport(wrap) => {
                    wrap.out = out.clone();
                    wrap.wrapping_key.file = InputFile { path: path.clone(), size, sha256: hash('f') };
                }
                Action::Import(import) => {
                    import.owner = owner.clone();
                    import.attributes = attributes.clone();
                }
                _ => {}
            }
        }
        made.actions.truncate(if second { 2 } else { 1 });
        made
    }
}

proptest! {
    #[test]
    fn any_plan_is_read_as_it_was_written(plan in any_plan()) {
        let bytes = plan.to_bytes().unwrap();
        prop_assert_eq!(Plan::parse(&bytes).unwrap(), plan);
    }

    #[test]
    fn any_flipped_byte_is_another_plan_or_none(plan in any_plan(), at in any::<proptest::sample::Index>(), by in 1_u8..) {
        let mut bytes = plan.to_bytes().unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= by;
        prop_assert_ne!(Plan::parse(&bytes).ok(), Some(plan));
    }

    #[test]
    fn whatever_is_read_is_written_back(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(plan) = Plan::parse(&bytes) {
            prop_assert_eq!(plan.to_bytes().unwrap(), bytes);
        }
    }
}
