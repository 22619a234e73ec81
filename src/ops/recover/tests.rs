use std::cell::{Cell, RefCell};
use std::fs;

use zeroize::Zeroizing;

use super::*;
use crate::format::material::PrivateKey;
use crate::format::spki::PublicKey;
use crate::hsm::find::{AES, EC};
use crate::hsm::request::{
    Class, PairHandles, PairRequest, RsaPublicKey, Search, SecretRequest, SignMechanism, TokenIdentity, WrapMechanism,
};
use crate::key::custody::Custody;
use crate::key::spec::HashAlg;
use crate::manifest::signer::EvidenceSigner;
use crate::registry::fixture::{self, Fixture, OBJECT};
use crate::registry::journal::IntentDraft;
use crate::registry::release::{Slot, StagedFolder};

mod foreign;
mod wraps;

/// A token that only holds objects.
struct FakeToken {
    identity: TokenIdentity,
    objects: RefCell<Vec<FoundObject>>,
    /// The public key of every public half; unreadable when empty.
    spki: Vec<u8>,
    custody: Custody,
    /// Says that it destroyed and did not.
    keeps: bool,
    /// Destroying fails when this many were destroyed.
    dies_after: usize,
    /// What encryption is answered with.
    refuses: Option<u64>,
    destroyed: Cell<usize>,
    finds: Cell<usize>,
}

impl FakeToken {
    fn new() -> Self {
        let text = || "x".to_owned();
        let (label, manufacturer, model, firmware, module_sha256) = (text(), text(), text(), text(), text());
        let identity =
            TokenIdentity { label, serial: "serial".to_owned(), manufacturer, model, firmware, module_sha256 };
        let objects = RefCell::new(Vec::new());
        Self {
            identity,
            objects,
            spki: b"spki".to_vec(),
            custody: Custody::default(),
            keeps: false,
            dies_after: usize::MAX,
            refuses: None,
            destroyed: Cell::new(0),
            finds: Cell::new(0),
        }
    }

    fn with(self, class: Class, label: &str, key_type: u64) -> Self {
        let handle = Handle(u64::try_from(self.objects.borrow().len()).unwrap());
        let id = hex::decode(OBJECT).unwrap();
        let object = FoundObject { handle, class, label: label.into(), id, key_type: Some(key_type) };
        self.objects.borrow_mut().push(object);
        self
    }

    fn labels(&self) -> Vec<String> {
        self.objects.borrow().iter().map(|object| String::from_utf8(object.label.clone()).unwrap()).collect()
    }
}

fn nothing<T>() -> Result<T, TokenError> {
    Err(TokenError::BadRequest("recovery does not need this"))
}

impl Token for FakeToken {
    fn identity(&self) -> &TokenIdentity {
        &self.identity
    }
    fn mechanisms(&self) -> Result<Vec<u64>, TokenError> {
        nothing()
    }
    fn generate_secret(&self, _: &SecretRequest) -> Result<Handle, TokenError> {
        nothing()
    }
    fn generate_pair(&self, _: &PairRequest) -> Result<PairHandles, TokenError> {
        nothing()
    }
    fn create_secret(&self, _: &[u8], _: &SecretRequest) -> Result<Handle, TokenError> {
        nothing()
    }
    fn create_wrapping_key(&self, _: &RsaPublicKey) -> Result<Handle, TokenError> {
        nothing()
    }
    fn wrap(&self, _: WrapMechanism, _: Handle, _: Handle) -> Result<Zeroizing<Vec<u8>>, TokenError> {
        nothing()
    }
    fn unwrap(&self, _: WrapMechanism, _: Handle, _: &[u8], _: &SecretRequest) -> Result<Handle, TokenError> {
        nothing()
    }
    fn unwrap_private(&self, _: WrapMechanism, _: Handle, _: &[u8], _: &PairRequest) -> Result<Handle, TokenError> {
        nothing()
    }

    fn create_private(&self, _: &PrivateKey, _: &PairRequest) -> Result<Handle, TokenError> {
        nothing()
    }

    fn create_public(&self, _: &PublicKey, _: &PairRequest) -> Result<Handle, TokenError> {
        nothing()
    }

    fn decrypt_oaep(&self, _: HashAlg, _: Handle, _: &[u8]) -> Result<Zeroizing<Vec<u8>>, TokenError> {
        nothing()
    }

    fn find(&self, search: Search<'_>) -> Result<Vec<FoundObject>, TokenError> {
        self.finds.update(|n| n.saturating_add(1));
        let Search::Id(class, id) = search else { return nothing() };
        Ok(self.objects.borrow().iter().filter(|o| o.class == class && o.id == id).cloned().collect())
    }
    fn custody(&self, _: Handle) -> Result<Custody, TokenError> {
        Ok(self.custody.clone())
    }
    fn public_key(&self, _: Handle) -> Result<Vec<u8>, TokenError> {
        if self.spki.is_empty() { nothing() } else { Ok(self.spki.clone()) }
    }
    fn check_value(&self, _: Handle) -> Result<Option<Vec<u8>>, TokenError> {
        nothing()
    }
    fn encrypt_zero_block(&self, _: Handle) -> Result<Zeroizing<Vec<u8>>, TokenError> {
        let (function, name) = ("C_EncryptInit", String::new());
        self.refuses.map_or_else(nothing, |rv| Err(TokenError::Call { function, rv, name }))
    }
    fn encrypt_gcm(&self, _: Handle, _: &[u8; 12], _: &[u8]) -> Result<Vec<u8>, TokenError> {
        nothing()
    }
    fn sign(&self, _: SignMechanism, _: Handle, _: &[u8]) -> Result<Vec<u8>, TokenError> {
        nothing()
    }
    fn digest_key(&self, _: Handle) -> Result<Vec<u8>, TokenError> {
        nothing()
    }
    fn clear_extractable(&self, _: Handle) -> Result<(), TokenError> {
        nothing()
    }
    fn destroy(&self, handle: Handle) -> Result<(), TokenError> {
        if self.destroyed.get() >= self.dies_after {
            return nothing();
        }
        self.destroyed.update(|n| n.saturating_add(1));
        if !self.keeps {
            self.objects.borrow_mut().retain(|object| object.handle != handle);
        }
        Ok(())
    }
}

fn aes() -> FakeToken {
    FakeToken::new().with(Class::Secret, "a/b@1", AES)
}

fn pair() -> FakeToken {
    FakeToken::new().with(Class::Private, "a/b@1", EC).with(Class::Public, "a/b@1", EC)
}

fn object_detail(label: &str, key_type: &str) -> Map<String, Value> {
    let json = json!({"objectId": OBJECT, "label": label, "type": key_type, "tokenSerial": "serial"});
    json.as_object().cloned().unwrap()
}

/// A run that died after its intent.
fn die(f: &Fixture, event: &str, key: &str, detail: Map<String, Value>) -> OperationId {
    let guard = f.lock();
    f.journal(&guard).intent(IntentDraft { detail, ..fixture::draft(event, Some(key)) }).unwrap()
}

fn die_generating(f: &Fixture, key_type: &str) -> OperationId {
    die(f, event::KEY_GENERATE, "a/b@1", object_detail("a/b@1", key_type))
}

fn found(f: &Fixture, token: &FakeToken) -> Vec<Left> {
    let guard = f.lock();
    let findings = assess(token, &f.journal(&guard), &f.registry).unwrap();
    findings.into_iter().map(|finding| finding.left).collect()
}

/// Recovers without a checkpoint, as a run that is killed at its end.
fn try_recover(f: &Fixture, token: &FakeToken, mode: Mode, may_destroy: bool) -> Result<Vec<Action>, RecoverError> {
    let guard = f.lock();
    let mut journal = f.journal(&guard);
    let mut adopt = |journal: &mut Journal<'_>, intent: &OpenIntent, _: Owed| {
        journal.result(&intent.id, Outcome::Success, ResultDraft::default()).map_err(Into::into)
    };
    let done = recover(token, &mut journal, &f.registry, mode, may_destroy, (&|_, _| None, &mut adopt))?;
    Ok(done.into_iter().map(|done| done.action).collect())
}

fn actions(f: &Fixture, token: &FakeToken, mode: Mode, may_destroy: bool) -> Vec<Action> {
    try_recover(f, token, mode, may_destroy).unwrap()
}

/// Nothing is open any more, and the log can be signed.
fn assert_settled(f: &Fixture, token: &FakeToken) {
    assert_eq!(actions(f, token, Mode::Undo, true), []);
    let guard = f.lock();
    f.journal(&guard).checkpoint(&f.signer, fixture::now()).unwrap();
    assert!(f.journal(&guard).open_intents().is_empty());
}

#[test]
fn without_an_interrupted_run_the_token_is_not_asked() {
    let (f, token) = (Fixture::new(), aes());
    assert_eq!(found(&f, &token), []);
    assert_eq!(token.finds.get(), 0);
}

#[test]
fn an_intent_that_made_nothing_is_closed() {
    let (f, token) = (Fixture::new(), FakeToken::new());
    die_generating(&f, "aes-256");
    assert_eq!(found(&f, &token), [Left::Nothing]);
    assert_eq!(actions(&f, &token, Mode::Finish, false), [Action::Closed]);
    assert_settled(&f, &token);
}

#[test]
fn a_whole_key_is_adopted_or_undone() {
    for token in [aes(), pair()] {
        let f = Fixture::new();
        let key_type = if token.labels().len() == 1 { "aes-256" } else { "ec-p256" };
        die_generating(&f, key_type);
        assert!(matches!(found(&f, &token)[..], [Left::Whole(_)]));
        assert_eq!(actions(&f, &token, Mode::Undo, false), [Action::NeedsConsent]);
        assert_eq!(token.destroyed.get(), 0);
        assert_eq!(actions(&f, &token, Mode::Finish, false), [Action::Adopted]);
        assert_settled(&f, &token);
        assert_eq!(token.destroyed.get(), 0);

        die_generating(&f, key_type);
        let objects = token.labels().len();
        assert_eq!(actions(&f, &token, Mode::Undo, true), [Action::Destroyed]);
        assert_eq!(token.destroyed.get(), objects);
        assert_settled(&f, &token);
    }
}

#[test]
fn half_a_pair_is_destroyed_with_consent_only() {
    for class in [Class::Private, Class::Public] {
        let f = Fixture::new();
        let token = FakeToken::new().with(class, "a/b@1", EC);
        die_generating(&f, "ec-p256");
        assert_eq!(actions(&f, &token, Mode::Finish, false), [Action::NeedsConsent]);
        assert_eq!(actions(&f, &token, Mode::Finish, true), [Action::Destroyed]);
        assert!(token.labels().is_empty());
        assert_settled(&f, &token);
    }
}

#[test]
fn a_half_that_cannot_be_read_is_still_a_half() {
    let f = Fixture::new();
    let token = FakeToken { spki: Vec::new(), ..FakeToken::new() }.with(Class::Public, "a/b@1", EC);
    die_generating(&f, "ec-p256");
    assert_eq!(actions(&f, &token, Mode::Finish, true), [Action::Destroyed]);
}

#[test]
fn a_forged_intent_destroys_no_live_key() {
    for token in [aes(), pair()] {
        let f = Fixture::new();
        f.put_manifest("live@1", 1, None, OBJECT);
        die_generating(&f, if token.labels().len() == 1 { "aes-256" } else { "ec-p256" });
        assert_eq!(found(&f, &token), [Left::Refused(Refusal::Live)]);
        assert_eq!(actions(&f, &token, Mode::Undo, true), [Action::Dismissed]);
        assert_eq!(token.destroyed.get(), 0);
        assert_settled(&f, &token);
    }
}

#[test]
fn an_id_in_an_older_manifest_is_live_too() {
    let (f, token) = (Fixture::new(), aes());
    let first = f.put_manifest("live@1", 1, None, OBJECT);
    f.put_manifest("live@1", 2, Some(&first), &"ff".repeat(16));
    die_generating(&f, "aes-256");
    assert_eq!(found(&f, &token), [Left::Refused(Refusal::Live)]);
}

#[test]
fn with_a_manifest_that_does_not_verify_nothing_is_destroyed() {
    let (f, token) = (Fixture::new(), aes());
    f.put_manifest("live@1", 1, None, &"ff".repeat(16));
    fs::write(f.root().join("keys/live@1/manifest-0001.dsse.json"), "{}").unwrap();
    die_generating(&f, "aes-256");
    let error = try_recover(&f, &token, Mode::Undo, true).unwrap_err();
    assert!(matches!(error, RecoverError::Registry(RegistryError::Manifest { .. })));
    assert_eq!(token.destroyed.get(), 0);
}

#[test]
fn a_forged_intent_reaches_no_other_object() {
    for (what, token) in [
        ("label", FakeToken::new().with(Class::Secret, "other", AES)),
        ("class", FakeToken::new().with(Class::Private, "a/b@1", AES)),
        ("type", FakeToken::new().with(Class::Secret, "a/b@1", EC)),
        ("twice", aes().with(Class::Secret, "a/b@1", AES)),
        ("another beside it", aes().with(Class::Public, "other", EC)),
    ] {
        let f = Fixture::new();
        die_generating(&f, "aes-256");
        assert_eq!(found(&f, &token), [Left::Refused(Refusal::Other)], "{what}");
        assert_eq!(actions(&f, &token, Mode::Undo, true), [Action::Dismissed], "{what}");
        assert_eq!(token.destroyed.get(), 0, "{what}");
    }
}

#[test]
fn an_intent_that_byok_does_not_write_is_refused() {
    let good = object_detail("a/b@1", "aes-256");
    let with = |name: &str, value: Value| {
        let mut detail = good.clone();
        detail.insert(name.to_owned(), value);
        detail
    };
    for bad in [
        Map::new(),
        with("objectId", json!("")),
        with("objectId", json!(OBJECT.to_uppercase())),
        with("objectId", json!(&OBJECT[2..])),
        with("objectId", json!(7)),
        with("label", json!("a/b@2")),
        with("type", json!("des")),
        with("tokenSerial", Value::Null),
    ] {
        let (f, token) = (Fixture::new(), aes());
        die(&f, event::KEY_GENERATE, "a/b@1", bad.clone());
        assert_eq!(found(&f, &token), [Left::Refused(Refusal::Form)], "{bad:?}");
        assert_eq!(actions(&f, &token, Mode::Undo, true), [Action::Dismissed]);
        assert_eq!(token.finds.get(), 0);
    }
}

#[test]
fn an_intent_about_another_token_waits_for_it() {
    let (f, mut token) = (Fixture::new(), FakeToken::new());
    die_generating(&f, "aes-256");
    token.identity.serial = "other".to_owned();
    assert_eq!(found(&f, &token), [Left::OtherToken { serial: "serial".to_owned() }]);
    assert_eq!(actions(&f, &token, Mode::Finish, true), [Action::Kept]);
    token.identity.serial = "serial".to_owned();
    assert_eq!(actions(&f, &token, Mode::Finish, true), [Action::Closed]);
}

#[test]
fn no_intent_reaches_an_evidence_signer() {
    let f = Fixture::new();
    let spki = f.signer.spki().to_vec();
    let signer = |event: &str| die(&f, event, "a/b@1", object_detail("a/b@1", "ec-p256"));
    let whole = FakeToken { spki: spki.clone(), ..pair() };
    let public = FakeToken { spki, ..FakeToken::new().with(Class::Public, "a/b@1", EC) };
    let unreadable = FakeToken { spki: Vec::new(), ..pair() };
    let private = FakeToken::new().with(Class::Private, "a/b@1", EC);
    for (event, token, refusal) in [
        (event::KEY_GENERATE, &whole, Refusal::Signer),
        (event::SIGNER_CREATED, &whole, Refusal::Signer),
        (event::SIGNER_CREATED, &public, Refusal::Signer),
        (event::SIGNER_CREATED, &unreadable, Refusal::Signer),
        (event::SIGNER_CREATED, &private, Refusal::PrivateAlone),
    ] {
        signer(event);
        assert_eq!(found(&f, token), [Left::Refused(refusal)], "{event}");
        assert_eq!(actions(&f, token, Mode::Undo, true), [Action::Dismissed]);
        assert_eq!(token.destroyed.get(), 0);
    }
}

#[test]
fn a_signer_that_nobody_trusts_is_undone_and_never_adopted() {
    let (f, token) = (Fixture::new(), pair());
    die(&f, event::SIGNER_CREATED, "a/b@1", object_detail("a/b@1", "ec-p256"));
    assert_eq!(actions(&f, &token, Mode::Finish, true), [Action::Kept]);
    assert_eq!(actions(&f, &token, Mode::Undo, true), [Action::Destroyed]);
    assert_settled(&f, &token);
}

#[test]
fn a_key_version_that_is_recorded_is_not_adopted_again() {
    let (f, token) = (Fixture::new(), aes());
    f.put_manifest("a/b@1", 1, None, &"ff".repeat(16));
    die_generating(&f, "aes-256");
    assert_eq!(found(&f, &token), [Left::Refused(Refusal::Recorded)]);
}

#[test]
fn destroying_can_be_interrupted_between_the_halves() {
    let f = Fixture::new();
    let token = FakeToken { dies_after: 1, ..pair() };
    die_generating(&f, "ec-p256");
    assert!(matches!(try_recover(&f, &token, Mode::Undo, true), Err(RecoverError::Token(_))));
    assert!(matches!(found(&f, &token)[..], [Left::Half(_)]));
    let token = FakeToken { dies_after: usize::MAX, ..token };
    assert_eq!(actions(&f, &token, Mode::Finish, true), [Action::Destroyed]);
    assert_settled(&f, &token);
}

#[test]
fn a_token_that_keeps_what_it_destroyed_is_found_out() {
    let f = Fixture::new();
    let token = FakeToken { keeps: true, ..aes() };
    die_generating(&f, "aes-256");
    assert!(matches!(try_recover(&f, &token, Mode::Undo, true), Err(RecoverError::StillThere(_))));
    assert!(matches!(found(&f, &token)[..], [Left::Whole(_)]), "the intent is still open");
}

#[test]
fn an_adoption_that_closes_nothing_is_an_error() {
    let (f, token) = (Fixture::new(), aes());
    die_generating(&f, "aes-256");
    let guard = f.lock();
    let mut journal = f.journal(&guard);
    let mut adopt = |_: &mut Journal<'_>, _: &OpenIntent, _: Owed| Ok(());
    let done = recover(&token, &mut journal, &f.registry, Mode::Finish, false, (&|_, _| None, &mut adopt));
    assert!(matches!(done, Err(RecoverError::StillOpen(_))));
}

#[test]
fn an_unknown_operation_is_kept() {
    let (f, token) = (Fixture::new(), aes());
    die(&f, "key.transmute", "a/b@1", object_detail("a/b@1", "aes-256"));
    assert_eq!(found(&f, &token), [Left::Unknown]);
    assert_eq!(actions(&f, &token, Mode::Undo, true), [Action::Kept]);
    assert_eq!(token.destroyed.get(), 0);
}

#[test]
fn every_step_is_logged_before_it_is_taken() {
    let (f, token) = (Fixture::new(), FakeToken { dies_after: 0, ..aes() });
    let id = die_generating(&f, "aes-256");
    try_recover(&f, &token, Mode::Undo, true).unwrap_err();
    let last = f.registry.log_lines().unwrap().last().unwrap().unwrap();
    let entry = crate::audit::record::Entry::parse(&last).unwrap();
    assert_eq!(entry.event, event::KEY_RECOVER);
    assert_eq!(json!(entry.detail), json!({"operation": id.as_str(), "action": "destroy", "objectId": OBJECT}));
}
