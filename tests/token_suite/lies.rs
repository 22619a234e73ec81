//! What runs in the children behind the proxy, which lies as the parent ordered.

use byok::hsm::Token;
use byok::hsm::error::TokenError;
use byok::hsm::login::Pin;
use byok::hsm::module::{Module as HsmModule, ModuleHashCache};
use byok::hsm::pkcs11::Pkcs11Token;
use byok::hsm::request::{Class, PairHandles, Search, SecretKind, WrapMechanism};
use byok::hsm::signer::TokenSigner;
use byok::hsm::slot::Slot;
use byok::key::spec::{Curve, KeySpec};
use byok::key::template::Usage;
use byok::manifest::signer::{EvidenceSigner, SignError};

use super::inner::{by_label, pair, pin, secret};
use super::token::{Module, TokenDir, USER_PIN};

fn load() -> HsmModule {
    let mut token = TokenDir::empty(Module::SoftHsm);
    let proxy = token.proxied(&[]).module();
    HsmModule::load(&proxy, &mut ModuleHashCache::default()).unwrap()
}

fn slot() -> Slot {
    load().slot(&by_label()).unwrap()
}

pub(crate) fn open() -> Pkcs11Token {
    slot().open(&pin(USER_PIN)).unwrap()
}

fn signing_pair(token: &Pkcs11Token) -> (PairHandles, Vec<u8>) {
    let pair = token.generate_pair(&pair(1, KeySpec::Ec(Curve::P256))).unwrap();
    (pair, token.public_key(pair.public).unwrap())
}

pub(crate) fn a_careful_key_signs() {
    let token = open();
    let (pair, spki) = signing_pair(&token);
    let signer = TokenSigner::new(&token, pair.private, &spki).unwrap();
    signer.sign(b"once").unwrap();
    signer.sign(b"twice").unwrap();
}

pub(crate) fn a_locked_token_gets_no_pin() {
    let slot = slot();
    assert!(slot.status().user_pin_locked);
    assert!(matches!(slot.open(&pin(USER_PIN)), Err(TokenError::PinLocked)));
}

pub(crate) fn a_lost_session_is_told_apart() {
    let error = open().find(Search::Class(Class::Secret)).unwrap_err();
    assert!(matches!(error, TokenError::SessionLost { function: "C_FindObjectsInit", .. }), "{error}");
}

pub(crate) fn a_removed_token_is_told_apart() {
    let error = open().find(Search::Class(Class::Secret)).unwrap_err();
    assert!(matches!(error, TokenError::Removed { function: "C_FindObjectsInit", .. }), "{error}");
}

pub(crate) fn a_pin_is_typed_on_the_token() {
    slot().open(&Pin::Pinpad).unwrap().find(Search::Class(Class::Private)).unwrap();
}

pub(crate) fn a_second_login_is_a_success() {
    slot().open(&pin(USER_PIN)).unwrap();
}

pub(crate) fn an_expired_pin_is_said() {
    assert!(matches!(slot().open(&pin(USER_PIN)), Err(TokenError::PinExpired)));
}

pub(crate) fn a_signature_that_does_not_verify_stays_here() {
    let token = open();
    let (pair, spki) = signing_pair(&token);
    let signer = TokenSigner::new(&token, pair.private, &spki).unwrap();
    assert!(matches!(signer.sign(b"message"), Err(SignError::DoesNotVerify)));
}

pub(crate) fn a_slot_that_cannot_be_read_is_skipped() {
    let error = load().slot(&by_label()).unwrap_err();
    assert!(matches!(&error, TokenError::NoSuchToken { present, .. } if present.is_empty()), "{error}");
}

pub(crate) fn a_wrong_pin_locks_the_token() {
    let slot = slot();
    assert!(matches!(slot.open(&pin("000000")), Err(TokenError::PinIncorrect { .. })));
    assert!(matches!(slot.open(&pin(USER_PIN)), Err(TokenError::PinLocked)));
}

pub(crate) fn one_wrong_pin_is_spent() {
    assert!(matches!(slot().open(&pin("000000")), Err(TokenError::PinIncorrect { .. })));
}

pub(crate) fn the_last_try_is_said() {
    let slot = slot();
    assert!(slot.status().user_pin_final_try);
    let error = slot.open(&pin("000000")).unwrap_err();
    assert!(matches!(error, TokenError::PinIncorrect { final_try: true, .. }), "{error}");
    assert_eq!(error.to_string(), "the PIN is wrong; one more wrong PIN locks the token");
}

pub(crate) fn the_size_query_is_not_believed() {
    let token = open();
    let kek = token.create_secret(&[5; 32], &secret(1, SecretKind::Aes(32), &[Usage::Wrap])).unwrap();
    let target = token.create_secret(&[6; 32], &secret(2, SecretKind::Aes(32), &[Usage::Encrypt])).unwrap();
    let blob = token.wrap(WrapMechanism::AesKw, kek, target).unwrap();
    assert_eq!(*blob, byok::wrap::software::kw_wrap(&[5; 32], &[6; 32]).unwrap());
}
