//! Project Wycheproof's vectors for AES-KW, AES-KWP and RSA-OAEP, through `byok::wrap::software`.

#![expect(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "helpers of tests fail by panicking")]

use byok::key::spec::HashAlg;
use byok::wrap::length::oaep_maximum;
use byok::wrap::software::{OaepKey, kw_unwrap, kw_wrap, kwp_unwrap, kwp_wrap, oaep_decrypt, oaep_encrypt};
use rsa::RsaPrivateKey;
use rsa::pkcs8::DecodePrivateKey;
use rsa::traits::PublicKeyParts;
use wycheproof::{HashFunction, TestResult, keywrap, rsa_oaep};

type Wrap = fn(&[u8], &[u8]) -> Option<Vec<u8>>;

fn check_key_wrap(name: keywrap::TestName, wrap: Wrap, unwrap: Wrap, least: usize) {
    let set = keywrap::TestSet::load(name).unwrap();
    let mut ran = 0;
    for group in set.test_groups {
        for test in group.tests {
            let unwrapped = unwrap(&test.key, &test.ct);
            let wrapped = wrap(&test.key, &test.pt);
            match test.result {
                TestResult::Valid => {
                    assert_eq!(unwrapped.as_deref(), Some(test.pt.as_ref()), "{}: {}", test.tc_id, test.comment);
                    assert_eq!(wrapped.as_deref(), Some(test.ct.as_ref()), "{}: {}", test.tc_id, test.comment);
                }
                TestResult::Invalid => {
                    assert_eq!(unwrapped, None, "{}: {}", test.tc_id, test.comment);
                    assert_ne!(wrapped.as_deref(), Some(test.ct.as_ref()), "{}: {}", test.tc_id, test.comment);
                }
                // RFC 5649 keys below 16 bytes: weak, and what the RFC says; both answers are fine, a wrong key is not.
                TestResult::Acceptable => {
                    assert!(unwrapped.is_none_or(|key| key == test.pt.as_ref() as &[u8]), "{}", test.tc_id);
                }
            }
            ran += 1;
        }
    }
    assert!(ran >= least, "{ran}");
}

#[test]
fn aes_kw() {
    let wrap: Wrap = |kek, key| kw_wrap(kek, key).ok();
    check_key_wrap(
        keywrap::TestName::AesKeyWrap,
        wrap,
        |kek, blob| kw_unwrap(kek, blob).ok().map(|key| key.to_vec()),
        165,
    );
}

#[test]
fn aes_kwp() {
    let wrap: Wrap = |kek, key| kwp_wrap(kek, key).ok();
    check_key_wrap(
        keywrap::TestName::AesKeyWrapWithPadding,
        wrap,
        |kek, blob| kwp_unwrap(kek, blob).ok().map(|key| key.to_vec()),
        254,
    );
}

fn hash(function: HashFunction) -> Option<HashAlg> {
    match function {
        HashFunction::Sha1 => Some(HashAlg::Sha1),
        HashFunction::Sha2_224 => Some(HashAlg::Sha224),
        HashFunction::Sha2_256 => Some(HashAlg::Sha256),
        HashFunction::Sha2_384 => Some(HashAlg::Sha384),
        HashFunction::Sha2_512 => Some(HashAlg::Sha512),
        _ => None,
    }
}

/// Runs one file; the number of vectors that ran. A valid vector with a label must fail: ours is always empty.
fn check_oaep(name: rsa_oaep::TestName) -> usize {
    let mut ran = 0;
    for group in rsa_oaep::TestSet::load(name).unwrap().test_groups {
        let (Some(oaep), Some(mgf)) = (hash(group.hash), hash(group.mgf_hash)) else { continue };
        // Keys below 1024 bits in the `misc` file are refused by the key reader.
        let Ok(private) = RsaPrivateKey::from_pkcs8_der(&group.pkcs8) else {
            assert!(group.key_size < 1024, "{name:?}: a key of {} bits did not load", group.key_size);
            continue;
        };
        for test in group.tests {
            let plain = oaep_decrypt(&private, oaep, mgf, &test.ct).ok();
            let expected = (!test.result.must_fail() && test.label.is_empty()).then_some(test.pt.as_ref());
            assert_eq!(plain.as_ref().map(|p| p.as_slice()), expected, "{name:?} {}: {}", test.tc_id, test.comment);
            ran += 1;
        }
    }
    ran
}

#[test]
fn rsa_oaep() {
    let ran: usize = rsa_oaep::TestName::all().into_iter().map(check_oaep).sum();
    assert_eq!(ran, 963);
}

#[test]
fn what_we_encrypt_decrypts_under_the_same_hash_only() {
    let set = rsa_oaep::TestSet::load(rsa_oaep::TestName::Rsa2048Sha1Mgf1Sha1).unwrap();
    let private = RsaPrivateKey::from_pkcs8_der(&set.test_groups[0].pkcs8).unwrap();
    let (modulus, exponent) = (private.n_bytes(), private.e_bytes());
    let key = OaepKey { modulus: &modulus, exponent: &exponent };
    for (oaep, other) in HashAlg::ALL.into_iter().zip(HashAlg::ALL.into_iter().cycle().skip(1)) {
        let message = vec![0x5a; oaep_maximum(modulus.len(), oaep).unwrap()];
        for length in [0, 1, message.len()] {
            let blob = oaep_encrypt(key, oaep, &message[..length]).unwrap();
            assert_eq!(blob.len(), modulus.len());
            assert_eq!(oaep_decrypt(&private, oaep, oaep, &blob).unwrap().as_slice(), &message[..length], "{oaep}");
            assert!(oaep_decrypt(&private, oaep, other, &blob).is_err(), "{oaep} with MGF1 {other}");
            assert!(oaep_decrypt(&private, other, oaep, &blob).is_err(), "{other} with MGF1 {oaep}");
        }
    }
}
