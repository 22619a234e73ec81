//! Several sessions of one process with one token.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use byok::hsm::error::TokenError;
use byok::hsm::request::{Class, Handle, ObjectAttributes, Search, SecretKind, SignMechanism};
use byok::hsm::{Token, request::SecretRequest};
use byok::key::spec::{Curve, HashAlg, KeySpec};
use byok::key::template::Usage;
use byok::manifest::digest::sha256_hex;
use byok::manifest::signer::EvidenceSigner;
use byok::ops::fleet::{Colleague, Crew, Sessions, Stages, run_batch_beside};
use byok::ops::session::{Session, Tokens};
use byok::registry::signer::{SCHEMA, SignerPlace};

use super::inner::{open, pair, secret};
use super::token::Module;

const KEYS: u8 = 60;

fn token_key(number: u8) -> SecretRequest {
    let object =
        ObjectAttributes { label: format!("fleet/{number}@1"), id: vec![number; 16], token: true, extractable: true };
    SecretRequest { object, kind: SecretKind::Aes(32), usages: vec![Usage::Encrypt, Usage::Decrypt] }
}

/// Token keys, each read back, and a signature for each, on four sessions with one login.
pub(crate) fn sessions_work_beside_each_other(module: Module) {
    let token = open(module);
    let pair = token.generate_pair(&pair(200, KeySpec::Ec(Curve::P256))).unwrap();
    let spki = token.public_key(pair.public).unwrap();
    let place = SignerPlace {
        schema: SCHEMA.to_owned(),
        key_type: "ec-p256".to_owned(),
        object_id: hex::encode([200; 16]),
        key_label: "suite/200@1".to_owned(),
        spki_sha256: sha256_hex(&spki),
        token_serial: token.identity().serial.clone(),
        token_label: token.identity().label.clone(),
    };
    let tokens = Tokens { keys: &token, signer: &token };
    let session = Session::of_new_signer(tokens, &place, &spki, pair.private).unwrap();
    let door = token.door();
    let open = || door.open().map(|other| Colleague::new(Box::new(other), None));
    let began = Instant::now();
    let clock = move || began.elapsed();
    let wanted = NonZeroUsize::new(4);
    let sessions =
        Sessions { wanted, most: token.most_sessions().unwrap(), rate: None, open: &open, clock: &clock, calls: &|| 0 };
    let mut crew = Crew::new(&session, &sessions);
    let items: Vec<u8> = (0..KEYS).collect();
    let made = run_batch_beside(&mut crew, &items, &stages(), || ()).0;
    assert_eq!(crew.sessions(), 4, "{:?}", crew.refused());
    for (number, signature) in items.iter().zip(made) {
        assert_eq!(signature.unwrap().unwrap()[0], 0x30, "key {number}");
    }
    // The sessions are closed; what they made is there, once.
    drop(crew);
    let found = token.find(Search::Class(Class::Secret)).unwrap();
    for number in items {
        assert_eq!(found.iter().filter(|object| object.id == [number; 16]).count(), 1, "key {number}");
    }
    assert!(began.elapsed() < Duration::from_mins(2));
}

fn stages() -> Stages<'static, u8, Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>, TokenError> {
    Stages {
        act: &|token, number| {
            let key = token.generate_secret(&token_key(*number))?;
            assert_eq!(token.custody(key)?.local, Some(true));
            Ok(token.encrypt_zero_block(key)?.to_vec())
        },
        draft: &|number, block| Ok([block, vec![*number]].concat()),
        sign: &|signer: &dyn EvidenceSigner, _, message| {
            signer.sign(&message).map_err(|_| TokenError::BadRequest("no signature"))
        },
        stage: &|_, signature| Ok(signature),
        ends: &|_| true,
    }
}

/// What [`calls_are_counted`] makes, the login and both sessions included.
pub(crate) const CALLS: u64 = 29;

/// One of each kind of call.
pub(crate) fn calls_are_counted() {
    let token = super::lies::open();
    let second = token.door().open().unwrap();
    assert_eq!(token.calls(), 3);
    assert!(token.shares_module(&second));
    let mac = secret(1, SecretKind::Generic(32), &[Usage::Sign, Usage::Verify]);
    let aes = second.generate_secret(&secret(2, SecretKind::Aes(32), &[Usage::Encrypt])).unwrap();
    let mac: Handle = token.create_secret(&[7; 32], &mac).unwrap();
    assert_eq!(token.calls(), 5);
    token.custody(aes).unwrap();
    assert_eq!(token.calls(), 6, "only numbers and flags: one call");
    assert_eq!(token.find(Search::Id(Class::Secret, &[1; 16])).unwrap().len(), 1);
    assert_eq!(token.calls(), 10, "a search is three calls; label and id take one more");
    token.encrypt_zero_block(aes).unwrap();
    token.sign(SignMechanism::Hmac(HashAlg::Sha256), mac, b"message").unwrap();
    assert_eq!(token.calls(), 14);
    let pair = second.generate_pair(&pair(3, KeySpec::Ec(Curve::P256))).unwrap();
    token.public_key(pair.public).unwrap();
    assert_eq!(token.calls(), 17);
    for _ in 0..2 {
        second.sign(SignMechanism::Ecdsa, pair.private, &[1; 32]).unwrap();
    }
    assert_eq!(token.calls(), 22, "whether the key asks for its PIN every time is asked once");
    token.mechanisms().unwrap();
    token.digest_key(mac).unwrap();
    token.destroy(aes).unwrap();
    second.destroy(mac).unwrap();
    assert_eq!(token.calls(), CALLS);
}
