//! Counting, tracing, killing, failing.

use std::os::unix::process::ExitStatusExt;

use cryptoki::error::{Error, RvError};

use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::aead::GcmParams;
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::object::Attribute;

use crate::alone::{Client, each, succeeded};

#[test]
fn every_call_is_counted_and_traced() {
    each(
        "calls::every_call_is_counted_and_traced",
        &[],
        |client| _ = client.aes(&[]).expect("a key"),
        |token, output| {
            succeeded(token, output);
            let trace = token.trace();
            let numbers: Vec<_> = trace.iter().map(|line| line.0).collect();
            assert_eq!(numbers, (1..=trace.len()).collect::<Vec<_>>());
            assert!(trace.iter().all(|line| line.2 == 0), "{trace:?}");
            let names: Vec<_> = trace.iter().map(|line| line.1.as_str()).collect();
            assert_eq!(names[0], "C_Initialize");
            let wanted = ["C_OpenSession", "C_Login", "C_GenerateKey"];
            assert!(names.windows(3).any(|window| window == wanted), "{names:?}");
        },
    );
}

#[test]
fn it_dies_before_a_call() {
    each(
        "calls::it_dies_before_a_call",
        &["die=C_GenerateKey#2"],
        |client| {
            client.aes(&[]).expect("the first key");
            drop(client.aes(&[]));
        },
        |token, output| {
            assert_eq!(output.status.signal(), Some(9));
            assert_eq!(token.trace().iter().filter(|line| line.1 == "C_GenerateKey").count(), 1);
        },
    );
}

#[test]
fn it_dies_after_a_call() {
    each(
        "calls::it_dies_after_a_call",
        &["die=C_GenerateKey", "die_when=after"],
        |client| drop(client.aes(&[])),
        |token, output| {
            assert_eq!(output.status.signal(), Some(9));
            assert_eq!(token.trace().last().expect("a line").1, "C_GenerateKey");
        },
    );
}

#[test]
fn a_call_fails_as_told() {
    each(
        "calls::a_call_fails_as_told",
        &["fail=C_GenerateKey#1:0x31"],
        |client| {
            let failed = client.aes(&[]);
            assert!(matches!(failed, Err(Error::Pkcs11(RvError::DeviceMemory, _))), "{failed:?}");
            client.aes(&[]).expect("the second key");
        },
        succeeded,
    );
}

#[test]
fn stale_handles_leave_new_sessions_alone() {
    each(
        "calls::stale_handles_leave_new_sessions_alone",
        &["lie=stale-handles=1"],
        |client| _ = client.aes(&[]).expect("the session was opened after the first call"),
        succeeded,
    );
}

/// A 2.40 function list is enough for the mechanisms of 3.0.
#[test]
fn gcm_and_eddsa_pass() {
    let body = |client: &Client| {
        let key = client.aes(&[Attribute::Encrypt(true), Attribute::Decrypt(true)]).expect("a key");
        let (mut one, mut other) = ([3; 12], [3; 12]);
        let gcm = GcmParams::new(&mut one, b"aad", 128.into()).expect("parameters");
        let sealed = client.session.encrypt(&Mechanism::AesGcm(gcm), key, b"text").expect("AES-GCM");
        let gcm = GcmParams::new(&mut other, b"aad", 128.into()).expect("parameters");
        let opened = client.session.decrypt(&Mechanism::AesGcm(gcm), key, &sealed).expect("AES-GCM");
        assert_eq!(opened, b"text");

        let ed25519 = b"\x13\x0cedwards25519".to_vec();
        let public = [Attribute::EcParams(ed25519), Attribute::Verify(true)];
        let pair =
            client.session.generate_key_pair(&Mechanism::EccEdwardsKeyPairGen, &public, &[Attribute::Sign(true)]);
        let (public, private) = pair.expect("an Ed25519 pair");
        let eddsa = Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Ed25519));
        let signature = client.session.sign(&eddsa, private, b"text").expect("EdDSA");
        client.session.verify(&eddsa, public, b"text", &signature).expect("EdDSA");
    };
    each("calls::gcm_and_eddsa_pass", &[], body, succeeded);
}

#[test]
fn the_device_is_removed() {
    each(
        "calls::the_device_is_removed",
        &["lie=device-removed=1"],
        |_| {},
        |token, output| {
            assert!(!output.status.success());
            assert!(token.trace().iter().all(|line| line.2 == 0x32));
        },
    );
}
