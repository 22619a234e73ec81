//! Wrapping formats, unwrapped in software and compared.

use aes_kw::{KeyInit, KwAes256, KwpAes256};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, KeyType};
use cryptoki_sys::*;
use der::Decode;

use crate::alone::{Client, each, succeeded};

const KEK: [u8; 32] = [7; 32];
const TARGET: [u8; 28] = [9; 28];

fn kwp(wrapped: &[u8]) -> Vec<u8> {
    let mut out = vec![0; wrapped.len()];
    KwpAes256::new(&KEK.into()).unwrap_key(wrapped, &mut out).expect("RFC 5649").to_vec()
}

fn kw(wrapped: &[u8]) -> Vec<u8> {
    let mut out = vec![0; wrapped.len()];
    KwAes256::new(&KEK.into()).unwrap_key(wrapped, &mut out).expect("RFC 3394").to_vec()
}

/// A 28-byte target wrapped under the known key.
fn wrap_28(client: &Client, kind: CK_MECHANISM_TYPE) -> Vec<u8> {
    let kek = client.put(KeyType::AES, &KEK, &[Attribute::Extractable(false)]);
    let target = client.put(KeyType::GENERIC_SECRET, &TARGET, &[Attribute::Extractable(true)]);
    client.aes_wrap(kind, kek, target).expect("C_WrapKey")
}

fn wrap_p256(client: &Client) -> Vec<u8> {
    let kek = client.put(KeyType::AES, &KEK, &[Attribute::Extractable(false)]);
    let (_, private) = client.p256(&[Attribute::Extractable(true)]);
    kwp(&client.aes_wrap(CKM_AES_KEY_WRAP_KWP, kek, private).expect("C_WrapKey"))
}

#[test]
fn kwp_is_added_honestly() {
    let body = |client: &Client| {
        assert_eq!(kwp(&wrap_28(client, CKM_AES_KEY_WRAP_KWP)), TARGET);
        let pkcs8 = wrap_p256(client);
        pkcs8::PrivateKeyInfoRef::from_der(&pkcs8).expect("an exact PKCS#8");
    };
    each("wraps::kwp_is_added_honestly", &["lie=kwp"], body, succeeded);
}

#[test]
fn kwp_pads_with_zeros() {
    let body = |client: &Client| {
        let padded = kwp(&wrap_28(client, CKM_AES_KEY_WRAP_KWP));
        assert_eq!((&padded[..28], &padded[28..]), (&TARGET[..], &[0; 4][..]));
    };
    each("wraps::kwp_pads_with_zeros", &["lie=kwp", "lie=kwp-zero-pad"], body, succeeded);
}

#[test]
fn pad_is_pkcs7() {
    let body = |client: &Client| {
        let padded = kw(&wrap_28(client, CKM_AES_KEY_WRAP_PAD));
        assert_eq!((&padded[..28], &padded[28..]), (&TARGET[..], &[4; 4][..]));
    };
    each("wraps::pad_is_pkcs7", &["lie=pad-pkcs7"], body, succeeded);
}

#[test]
fn kwp_is_kw() {
    let body = |client: &Client| assert_eq!(&kw(&wrap_28(client, CKM_AES_KEY_WRAP_KWP))[..28], &TARGET[..]);
    each("wraps::kwp_is_kw", &["lie=kwp-as-kw"], body, succeeded);
}

#[test]
fn a_private_key_is_a_raw_scalar() {
    let body = |client: &Client| assert_eq!(wrap_p256(client).len(), 32);
    each("wraps::a_private_key_is_a_raw_scalar", &["lie=kwp", "lie=raw-scalar"], body, succeeded);
}

#[test]
fn pkcs8_has_trailing_bytes() {
    let body = |client: &Client| assert!(wrap_p256(client).ends_with(&[0x5a; 5]));
    each("wraps::pkcs8_has_trailing_bytes", &["lie=kwp", "lie=pkcs8-trailing"], body, succeeded);
}

#[test]
fn size_queries_are_wrong() {
    let short = |client: &Client| {
        let kek = client.put(KeyType::AES, &KEK, &[]);
        let key = client.aes(&[Attribute::Extractable(true)]).expect("a key");
        assert_eq!(client.aes_wrap(CKM_AES_KEY_WRAP, kek, key), Err(CKR_BUFFER_TOO_SMALL));
    };
    each("wraps::size_queries_are_wrong", &["lie=short-query"], short, succeeded);
}

/// CKM_RSA_AES_KEY_WRAP that is asked for SHA-256 and uses SHA-1: the token itself can undo the SHA-1 part.
#[test]
fn rsa_aes_lies_about_its_hash() {
    let body = |client: &Client| {
        let public = [Attribute::ModulusBits(2048.into()), Attribute::Wrap(true), Attribute::Encrypt(true)];
        let private = [Attribute::Decrypt(true), Attribute::Unwrap(true)];
        let pair = client.session.generate_key_pair(&Mechanism::RsaPkcsKeyPairGen, &public, &private);
        let (public, private) = pair.expect("an RSA pair");
        let target = client.put(KeyType::GENERIC_SECRET, &TARGET, &[Attribute::Extractable(true)]);
        let mut oaep = CK_RSA_PKCS_OAEP_PARAMS {
            hashAlg: CKM_SHA256,
            mgf: CKG_MGF1_SHA256,
            source: CKZ_DATA_SPECIFIED,
            ..Default::default()
        };
        let mut params = CK_RSA_AES_KEY_WRAP_PARAMS { ulAESKeyBits: 256, pOAEPParams: &raw mut oaep };
        let wrapped = client.wrap(CKM_RSA_AES_KEY_WRAP, Some(&mut params), public, target).expect("C_WrapKey");
        let sha1 = cryptoki::mechanism::rsa::PkcsOaepParams::new(
            cryptoki::mechanism::MechanismType::SHA1,
            cryptoki::mechanism::rsa::PkcsMgfType::MGF1_SHA1,
            cryptoki::mechanism::rsa::PkcsOaepSource::empty(),
        );
        let kek = client.session.decrypt(&Mechanism::RsaPkcsOaep(sha1), private, &wrapped[..256]).expect("SHA-1");
        let mut out = [0; 64];
        let kek: [u8; 32] = kek.try_into().expect("an AES-256 key");
        let key = KwpAes256::new(&kek.into()).unwrap_key(&wrapped[256..], &mut out).expect("RFC 5649").to_vec();
        assert_eq!(key, TARGET);
    };
    let lines = ["lie=native-rsa-aes", "lie=native-oaep-hash=sha1"];
    each("wraps::rsa_aes_lies_about_its_hash", &lines, body, succeeded);
}

#[test]
fn a_hidden_mechanism_is_refused() {
    let body = |client: &Client| {
        let kek = client.put(KeyType::AES, &KEK, &[]);
        let key = client.aes(&[Attribute::Extractable(true)]).expect("a key");
        assert_eq!(client.aes_wrap(CKM_AES_KEY_WRAP, kek, key), Err(CKR_MECHANISM_INVALID));
    };
    each("wraps::a_hidden_mechanism_is_refused", &["lie=no-mechanism=0x2109"], body, succeeded);
}
