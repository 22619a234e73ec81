//! Attributes and the rules that hang on them.

use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, KeyType};
use cryptoki::session::UserType;
use cryptoki_sys::*;

use crate::alone::{Client, again, each, pin, succeeded};
use crate::token::USER_PIN;

/// Wraps a non-extractable key.
fn wrap_kept(client: &Client) -> Result<usize, CK_RV> {
    let kek = client.put(KeyType::AES, &[7; 32], &[]);
    let key = client.aes(&[Attribute::Extractable(false)]).expect("a key");
    let kinds = [AttributeType::Extractable, AttributeType::NeverExtractable];
    let shown = client.session.get_attributes(key, &kinds).expect("attributes");
    assert_eq!(shown, [Attribute::Extractable(false), Attribute::NeverExtractable(true)]);
    client.aes_wrap(CKM_AES_KEY_WRAP, kek, key).map(|wrapped| wrapped.len())
}

#[test]
fn a_kept_key_stays_kept() {
    let body = |client: &Client| assert_eq!(wrap_kept(client), Err(CKR_KEY_UNEXTRACTABLE));
    each("attributes::a_kept_key_stays_kept", &["lie=kwp"], body, succeeded);
}

#[test]
fn a_kept_key_is_wrapped_all_the_same() {
    let body = |client: &Client| assert_eq!(wrap_kept(client), Ok(40));
    each("attributes::a_kept_key_is_wrapped_all_the_same", &["lie=wraps-nonextractable"], body, succeeded);
}

#[test]
fn the_user_sets_trusted() {
    let body = |client: &Client| {
        let kek = client.put(KeyType::AES, &[7; 32], &[Attribute::Trusted(true)]);
        let other = client.put(KeyType::AES, &[8; 32], &[]);
        let key = client.aes(&[Attribute::Extractable(true), Attribute::WrapWithTrusted(true)]).expect("a key");
        assert_eq!(client.aes_wrap(CKM_AES_KEY_WRAP, other, key), Err(CKR_KEY_NOT_WRAPPABLE));
        assert!(client.aes_wrap(CKM_AES_KEY_WRAP, kek, key).is_ok());
    };
    each("attributes::the_user_sets_trusted", &["lie=user-sets-trusted"], body, succeeded);
}

#[test]
fn check_value_echoes_and_local_is_false() {
    let body = |client: &Client| {
        let key = client.aes(&[Attribute::CheckValue(vec![1, 2, 3])]).expect("a key");
        let plain = client.aes(&[]).expect("a key");
        let kinds = [AttributeType::CheckValue, AttributeType::Local];
        let shown = |key| client.session.get_attributes(key, &kinds).expect("attributes");
        assert_eq!(shown(key), [Attribute::CheckValue(vec![1, 2, 3]), Attribute::Local(false)]);
        assert_eq!(shown(plain), [Attribute::CheckValue(vec![0; 3]), Attribute::Local(false)]);
    };
    let lines = ["lie=echo-kcv", "lie=local-false"];
    each("attributes::check_value_echoes_and_local_is_false", &lines, body, succeeded);
}

#[test]
fn every_signature_wants_a_login() {
    let body = |client: &Client| {
        let (_, private) = client.p256(&[]);
        let refused = client.session.sign(&Mechanism::Ecdsa, private, &[1; 32]);
        assert!(matches!(refused, Err(Error::Pkcs11(RvError::UserNotLoggedIn, _))), "{refused:?}");
        client.session.sign_init(&Mechanism::Ecdsa, private).expect("C_SignInit");
        client.session.login(UserType::ContextSpecific, Some(&pin(USER_PIN))).expect("the login for one signature");
    };
    each("attributes::every_signature_wants_a_login", &["lie=always-authenticate"], body, succeeded);
}

#[test]
fn a_signature_is_wrong() {
    let body = |client: &Client| {
        let (public, private) = client.p256(&[]);
        let signature = client.session.sign(&Mechanism::Ecdsa, private, &[1; 32]).expect("a signature");
        assert!(client.session.verify(&Mechanism::Ecdsa, public, &[1; 32], &signature).is_err());
    };
    each("attributes::a_signature_is_wrong", &["lie=wrong-sign"], body, succeeded);
}

/// The first process makes the key, the second one sees what the first was promised.
#[test]
fn the_next_process_remembers() {
    let body = |client: &Client| {
        let id = Attribute::Id(b"kept".to_vec());
        let found = client.session.find_objects(std::slice::from_ref(&id)).expect("found");
        let Some(key) = found.first() else {
            client.aes(&[id, Attribute::Token(true), Attribute::Extractable(false)]).expect("a key");
            return;
        };
        let shown = client.session.get_attributes(*key, &[AttributeType::Extractable]).expect("attributes");
        assert_eq!(shown, [Attribute::Extractable(false)]);
        let kek = client.put(KeyType::AES, &[7; 32], &[]);
        assert_eq!(client.aes_wrap(CKM_AES_KEY_WRAP, kek, *key), Err(CKR_KEY_UNEXTRACTABLE));
    };
    let test = "attributes::the_next_process_remembers";
    each(test, &["lie=kwp"], body, |token, output| {
        succeeded(token, output);
        succeeded(token, &again("attributes::the_next_process_remembers", token));
        let made = token.trace().iter().filter(|line| line.1 == "C_GenerateKey").count();
        assert_eq!(made, 1);
    });
}

#[test]
fn wrap_with_trusted_is_ignored() {
    let body = |client: &Client| {
        let kek = client.put(KeyType::AES, &[7; 32], &[]);
        let key = client.aes(&[Attribute::Extractable(true), Attribute::WrapWithTrusted(true)]).expect("a key");
        assert!(client.aes_wrap(CKM_AES_KEY_WRAP, kek, key).is_ok());
    };
    each("attributes::wrap_with_trusted_is_ignored", &["lie=ignores-wrap-with-trusted"], body, succeeded);
}
