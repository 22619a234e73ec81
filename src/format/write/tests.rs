//! There and back: what byok writes, it reads again as the same key.

use std::sync::LazyLock;

use proptest::prelude::*;
use secrecy::SecretString;

use super::*;
use crate::format::locked::{self, Budget, OpenError};
use crate::format::material::{EcPrivate, Ed25519Private, PrivateKey, RsaPrivate, SecretKey};
use crate::format::pkcs8;
use crate::format::reader::{self, Assumption, Content, Part, Source};
use crate::key::spec::{AesBits, Curve, HashAlg, KeySpec, RsaBits};

/// Few, because the rounds are not what is tested.
const FEW: u32 = 2;

/// RSA keys take long to find: one of each size for the whole run.
static RSA: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    use rsa::pkcs1::EncodeRsaPrivateKey;
    [RsaBits::B2048, RsaBits::B3072]
        .into_iter()
        .map(|bits| crate::wrap::throw_away::rsa_key(bits).unwrap().to_pkcs1_der().unwrap().as_bytes().to_vec())
        .collect()
});

fn parts(bytes: &[u8], from: Option<Source>) -> Vec<Part> {
    let mut readings = reader::read(bytes, &Assumption { from, spec: None }).unwrap().readings;
    assert_eq!(readings.len(), 1, "{readings:?}");
    readings.remove(0).parts
}

fn material(part: Part) -> Material {
    match part.content {
        Content::Key(material) => material,
        other => panic!("{other:?}"),
    }
}

/// What makes two keys the same.
fn numbers(material: &Material) -> Vec<u8> {
    match material {
        Material::Private(key) => pkcs8::encode(key).unwrap().to_vec(),
        Material::Public(key) => key.der().to_vec(),
        Material::Secret(key) => key.value.to_vec(),
    }
}

fn entry(material: &Material) -> Entry<'_> {
    Entry { material, name: None, certificates: &[] }
}

fn curves() -> impl Strategy<Value = Curve> {
    prop_oneof![Just(Curve::P256), Just(Curve::P384), Just(Curve::P521), Just(Curve::Secp256k1)]
}

/// Real keys of every type; a scalar is as often short as chance has it, and sometimes on purpose.
fn pairs() -> impl Strategy<Value = Material> {
    let ec = (curves(), any::<[u8; 66]>(), any::<bool>()).prop_map(|(curve, random, short)| {
        let mut scalar = random[..curve.field_bytes()].to_vec();
        scalar[0] = 0; // below the order of every curve
        if curve == Curve::P521 {
            scalar[1] &= 0x7f;
        }
        if short {
            scalar[1] = 0;
        }
        *scalar.last_mut().unwrap() |= 1;
        Material::Private(PrivateKey::Ec(EcPrivate { curve, scalar: scalar.into(), point: None }))
    });
    let ed25519 = any::<[u8; 32]>().prop_map(|seed| {
        Material::Private(PrivateKey::Ed25519(Ed25519Private { seed: Zeroizing::new(seed), point: None }))
    });
    let rsa = (0..RSA.len()).prop_map(|at| material(parts(&RSA[at], Some(Source::Der)).remove(0)));
    prop_oneof![4 => ec, 2 => ed25519, 1 => rsa]
}

fn symmetric() -> impl Strategy<Value = Material> {
    let types = prop_oneof![
        Just(KeySpec::Aes(AesBits::B128)),
        Just(KeySpec::Aes(AesBits::B192)),
        Just(KeySpec::Aes(AesBits::B256)),
        Just(KeySpec::Hmac(HashAlg::Sha1)),
        Just(KeySpec::Hmac(HashAlg::Sha256)),
        Just(KeySpec::Hmac(HashAlg::Sha384)),
        Just(KeySpec::Hmac(HashAlg::Sha512)),
    ];
    (types, any::<[u8; 64]>()).prop_map(|(spec, random)| {
        let value = Zeroizing::new(random[..spec.secret_bytes().unwrap()].to_vec());
        Material::Secret(SecretKey { value, stated: Some(spec) })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_structure_and_encoding_comes_back(key in pairs()) {
        for structure in [Structure::Pkcs8, Structure::Pkcs1, Structure::Sec1, Structure::Jwk] {
            let written = match plain(entry(&key), structure) {
                Ok(written) => written,
                Err(WriteError::NoForm { .. }) => continue,
                Err(error) => panic!("{structure}: {error}"),
            };
            for encoding in Encoding::ALL {
                let bytes = match written.encoded(encoding) {
                    Ok(bytes) => bytes,
                    Err(WriteError::NoEncoding { .. }) => continue,
                    Err(error) => panic!("{structure} {encoding}: {error}"),
                };
                let from = match (structure, encoding) {
                    (Structure::Jwk, _) => Source::Jwk,
                    (_, Encoding::Pem) => Source::Pem,
                    (_, Encoding::Der) => Source::Der,
                    (_, Encoding::Base64) => Source::Base64,
                    (_, Encoding::Hex) => Source::Hex,
                };
                let back = material(parts(&bytes, Some(from)).remove(0));
                prop_assert_eq!(numbers(&back), numbers(&key), "{} {}", structure, encoding);
                // What was written is found without being told what it is.
                let back = material(parts(&bytes, None).remove(0));
                prop_assert_eq!(numbers(&back), numbers(&key), "{} {}", structure, encoding);
                // Canonical: writing what was read changes nothing.
                let again = plain(entry(&back), structure).unwrap().encoded(encoding).unwrap();
                prop_assert_eq!(&*again, &*bytes);
            }
        }
    }

    #[test]
    fn the_public_half_is_the_same_in_every_structure(key in pairs()) {
        let spki = plain(entry(&key), Structure::Spki).unwrap();
        let public = material(parts(&spki.bytes, Some(Source::Der)).remove(0));
        prop_assert!(matches!(public, Material::Public(_)));
        let jwk = plain(entry(&public), Structure::Jwk).unwrap();
        let back = material(parts(&jwk.bytes, Some(Source::Jwk)).remove(0));
        prop_assert_eq!(numbers(&back), spki.bytes.to_vec());
    }

    #[test]
    fn passphrases_open_what_they_closed(key in pairs(), passphrase in "[ -~äß€🔑]{1,20}") {
        let passphrase = SecretString::from(passphrase);
        let pkcs8 = encrypted::with_rounds(entry(&key), Structure::EncryptedPkcs8, &passphrase, FEW).unwrap();
        let locked = locked::encrypted_pkcs8(&pkcs8.bytes).unwrap();
        let mut opened = locked.open(&passphrase, &mut Budget::new()).unwrap();
        prop_assert_eq!(numbers(&material(opened.remove(0))), numbers(&key));
        let named = Entry { name: Some("my kéy"), ..entry(&key) };
        let pkcs12 = encrypted::with_rounds(named, Structure::Pkcs12, &passphrase, FEW).unwrap();
        let locked = locked::pkcs12(&pkcs12.bytes).unwrap();
        prop_assert!(locked.authenticated());
        prop_assert_eq!(locked.open(&SecretString::from("another"), &mut Budget::new()).unwrap_err(), OpenError::WrongPassphrase);
        let mut opened = locked.open(&passphrase, &mut Budget::new()).unwrap();
        prop_assert_eq!(opened.len(), 1);
        prop_assert_eq!(opened[0].name.as_deref(), Some("my kéy"));
        prop_assert_eq!(numbers(&material(opened.remove(0))), numbers(&key));
    }

    #[test]
    fn symmetric_keys_come_back_with_their_type(key in symmetric()) {
        let Material::Secret(secret) = &key else { panic!("symmetric") };
        let jwk = plain(entry(&key), Structure::Jwk).unwrap();
        let back = material(parts(&jwk.bytes, Some(Source::Jwk)).remove(0));
        prop_assert_eq!(numbers(&back), numbers(&key));
        let passphrase = SecretString::from("secret");
        let pkcs12 = encrypted::with_rounds(entry(&key), Structure::Pkcs12, &passphrase, FEW).unwrap();
        let back = material(locked::pkcs12(&pkcs12.bytes).unwrap().open(&passphrase, &mut Budget::new()).unwrap().remove(0));
        prop_assert_eq!(numbers(&back), numbers(&key));
        let Material::Secret(back) = back else { panic!("symmetric") };
        prop_assert_eq!(back.stated, secret.stated);
        prop_assert_eq!(&*plain(entry(&key), Structure::Raw).unwrap().bytes, &*secret.value);
    }
}

#[test]
fn an_independent_reader_finds_the_same_in_our_pkcs12() {
    use p12_keystore::Pkcs12Archive;
    let seed = Zeroizing::new([7; 32]);
    let key = Material::Private(PrivateKey::Ed25519(Ed25519Private { seed, point: None }));
    let named = Entry { name: Some("signer"), ..entry(&key) };
    let written = encrypted::with_rounds(named, Structure::Pkcs12, &SecretString::from("pässword"), FEW).unwrap();
    let archive = Pkcs12Archive::from_pkcs12(&written.bytes, "pässword").unwrap();
    assert_eq!(archive.keys[0].key.as_der(), numbers(&key));
    assert_eq!(archive.keys[0].friendly_name.as_deref(), Some("signer"));
    assert!(archive.keys[0].local_key_id.is_some());
    let secret = Material::Secret(SecretKey { value: Zeroizing::new(vec![9; 32]), stated: None });
    let named = Entry { name: Some("kek"), ..entry(&secret) };
    let written = encrypted::with_rounds(named, Structure::Pkcs12, &SecretString::from("secret"), FEW).unwrap();
    let archive = Pkcs12Archive::from_pkcs12(&written.bytes, "secret").unwrap();
    assert_eq!(archive.secrets[0].key.key(), [9; 32]);
}

#[test]
fn what_is_written_is_as_strong_as_the_help_says() {
    let seed = Zeroizing::new([7; 32]);
    let key = Material::Private(PrivateKey::Ed25519(Ed25519Private { seed, point: None }));
    let passphrase = SecretString::from("secret");
    let pkcs8 = encrypted(entry(&key), Structure::EncryptedPkcs8, &passphrase).unwrap();
    let locked = locked::encrypted_pkcs8(&pkcs8.bytes).unwrap();
    let strong = "PBES2, PBKDF2-HMAC-SHA-256 with 600000 rounds, AES-256-CBC";
    assert_eq!(locked.protection.iter().map(ToString::to_string).collect::<Vec<_>>(), [strong]);
    assert!(locked.findings("").is_empty());
    let pkcs12 = encrypted(entry(&key), Structure::Pkcs12, &passphrase).unwrap();
    let locked = locked::pkcs12(&pkcs12.bytes).unwrap();
    assert_eq!(locked.protection.iter().map(ToString::to_string).collect::<Vec<_>>(), [strong]);
    let mac = "HMAC-SHA-256, PKCS#12 derivation with SHA-256 and 600000 rounds";
    assert_eq!(locked.mac.as_ref().unwrap().to_string(), mac);
    assert!(locked.findings("").is_empty());
    // Two files of one key have nothing in common: salts and vectors are fresh.
    let other = encrypted(entry(&key), Structure::EncryptedPkcs8, &passphrase).unwrap();
    assert_ne!(other.bytes[60..], pkcs8.bytes[60..]);
    for structure in [Structure::Pkcs12, Structure::EncryptedPkcs8] {
        let refused = encrypted(entry(&key), structure, &SecretString::from("")).unwrap_err();
        assert_eq!(refused, WriteError::EmptyPassphrase);
    }
}

#[test]
fn primes_that_a_jwk_left_out_are_found_again() {
    let whole = material(parts(&RSA[0], Some(Source::Der)).remove(0));
    let sorted = |key: &RsaPrivate| {
        let mut primes: Vec<Vec<u8>> =
            key.factors.as_ref().unwrap().primes.iter().map(|prime| prime.to_vec()).collect();
        primes.sort();
        primes
    };
    let Material::Private(PrivateKey::Rsa(mut key)) = whole else { panic!("RSA") };
    let wanted = sorted(&key);
    key.factors = None;
    let without = Material::Private(PrivateKey::Rsa(key));
    assert!(matches!(plain(entry(&without), Structure::Pkcs8), Err(WriteError::Numbers(_))));
    let jwk = plain(entry(&without), Structure::Jwk).unwrap();
    assert!(!String::from_utf8_lossy(&jwk.bytes).contains("\"p\""));
    let found = completed(without).unwrap();
    let Material::Private(PrivateKey::Rsa(key)) = &found else { panic!("RSA") };
    // The order of the primes is not determined; the key is the same, and its numbers agree.
    assert_eq!(sorted(key), wanted);
    assert!(!numbers(&found).is_empty());
    let Material::Private(PrivateKey::Rsa(mut bad)) = found else { panic!("RSA") };
    bad.factors = None;
    bad.private_exponent[5] ^= 1;
    assert_eq!(completed(Material::Private(PrivateKey::Rsa(bad))).unwrap_err(), WriteError::NoFactors);
}

#[test]
fn one_budget_is_spent_by_all_locked_parts_of_a_file() {
    let seed = Zeroizing::new([7; 32]);
    let key = Material::Private(PrivateKey::Ed25519(Ed25519Private { seed, point: None }));
    let passphrase = SecretString::from("secret");
    let written = encrypted::with_rounds(entry(&key), Structure::EncryptedPkcs8, &passphrase, ROUNDS).unwrap();
    let locked = locked::encrypted_pkcs8(&written.bytes).unwrap();
    let mut budget = Budget::new();
    for _ in 0..3 {
        assert!(locked.open(&passphrase, &mut budget).is_ok());
    }
    assert!(matches!(locked.open(&passphrase, &mut budget), Err(OpenError::TooExpensive(_))));
}
