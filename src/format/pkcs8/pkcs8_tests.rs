use std::sync::LazyLock;

use ::rsa::RsaPrivateKey;
use ::rsa::pkcs1::EncodeRsaPrivateKey as _;
use ::rsa::traits::PrivateKeyParts as _;
use der::Encode as _;
use p256::elliptic_curve::sec1::ToSec1Point as _;
use proptest::prelude::*;
use sec1::EcParameters;

use super::super::rsa_numbers::Numbers;
use super::*;
use crate::key::spec::{Curve, RsaBits};
use crate::wrap::throw_away::{numbers, rsa_key};

const CURVES: [Curve; 4] = [Curve::P256, Curve::P384, Curve::P521, Curve::Secp256k1];

static RSA: LazyLock<RsaPrivateKey> = LazyLock::new(|| rsa_key(RsaBits::B2048).unwrap());

/// A scalar below the order of the curve, and its point.
fn pair(curve: Curve, seed: u8) -> (Vec<u8>, Vec<u8>) {
    let mut scalar = vec![seed; curve.field_bytes()];
    scalar[0] = 0;
    let point = match curve {
        Curve::P256 => p256::SecretKey::from_slice(&scalar).unwrap().public_key().to_sec1_point(false).to_bytes(),
        Curve::P384 => p384::SecretKey::from_slice(&scalar).unwrap().public_key().to_sec1_point(false).to_bytes(),
        Curve::P521 => p521::SecretKey::from_slice(&scalar).unwrap().public_key().to_sec1_point(false).to_bytes(),
        Curve::Secp256k1 => k256::SecretKey::from_slice(&scalar).unwrap().public_key().to_sec1_point(false).to_bytes(),
    };
    (scalar, point.to_vec())
}

fn spki(oid: ObjectIdentifier, parameters: Option<AnyRef<'_>>, bits: &[u8]) -> PublicKey {
    let subject_public_key = der::asn1::BitStringRef::from_bytes(bits).unwrap();
    let info =
        ::spki::SubjectPublicKeyInfoRef { algorithm: AlgorithmIdentifierRef { oid, parameters }, subject_public_key };
    PublicKey::from_der(&info.to_der().unwrap()).unwrap()
}

fn ec_public(curve: Curve, point: &[u8]) -> PublicKey {
    spki(ec::ALGORITHM, Some(AnyRef::from(&ec::oid(curve))), point)
}

fn rsa_public(key: &RsaPrivateKey) -> PublicKey {
    let (modulus, exponent) = numbers(&key.to_public_key());
    PublicKey::rsa(&modulus, &exponent).unwrap()
}

fn rsa_given(key: &RsaPrivateKey) -> Vec<u8> {
    let inner = key.to_pkcs1_der().unwrap();
    pkcs8_of(rsa::ALGORITHM, Some(AnyRef::NULL), inner.as_bytes())
}

fn pkcs8_of(oid: ObjectIdentifier, parameters: Option<AnyRef<'_>>, inner: &[u8]) -> Vec<u8> {
    private_key_info(AlgorithmIdentifierRef { oid, parameters }, inner).unwrap().to_vec()
}

fn ec_given(curve: Curve, inner: &EcPrivateKey<'_>) -> Vec<u8> {
    pkcs8_of(ec::ALGORITHM, Some(AnyRef::from(&ec::oid(curve))), &inner.to_der().unwrap())
}

fn der_of(public: &PublicKey, given: &[u8]) -> Result<Vec<u8>, ProofError> {
    prove(public, given).map(|key| key.der.to_vec())
}

/// Each kind of key: its public half, and what SoftHSM, or OpenSSL, writes.
fn every_kind() -> Vec<(PublicKey, Vec<u8>)> {
    let mut all = vec![(rsa_public(&RSA), rsa_given(&RSA))];
    for curve in CURVES {
        let (scalar, point) = pair(curve, 7);
        let minimal = EcPrivateKey { private_key: &scalar, parameters: None, public_key: None };
        all.push((ec_public(curve, &point), ec_given(curve, &minimal)));
    }
    let seed = [9; 32];
    let point = ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key().to_bytes();
    let given = [&hex::decode("302e020100300506032b657004220420").unwrap()[..], &seed].concat();
    all.push((spki(ed25519::ALGORITHM, None, &point), given));
    all
}

#[test]
fn every_form_of_an_ec_key_becomes_the_one_that_openssl_writes() {
    for curve in CURVES {
        let (scalar, point) = pair(curve, 3);
        let public = ec_public(curve, &point);
        let full = EcPrivateKey { private_key: &scalar, parameters: None, public_key: Some(&point) };
        let canonical = ec_given(curve, &full);
        let named = Some(EcParameters::NamedCurve(ec::oid(curve)));
        let minimal = EcPrivateKey { public_key: None, ..full.clone() };
        for given in [full.clone(), minimal.clone(), EcPrivateKey { parameters: named, ..full.clone() }] {
            assert_eq!(der_of(&public, &ec_given(curve, &given)).as_ref(), Ok(&canonical));
        }
        let short = EcPrivateKey { private_key: &scalar[1..], ..minimal.clone() };
        assert_eq!(der_of(&public, &ec_given(curve, &short)).as_ref(), Ok(&canonical), "without the leading zero");
        let (other, other_point) = pair(curve, 4);
        let stranger = EcPrivateKey { private_key: &other, ..minimal.clone() };
        assert_eq!(der_of(&public, &ec_given(curve, &stranger)), Err(ProofError::AnotherKey));
        let liar = EcPrivateKey { public_key: Some(&other_point), ..full.clone() };
        assert!(matches!(der_of(&public, &ec_given(curve, &liar)), Err(ProofError::Inconsistent(_))));
        let twice = EcPrivateKey { parameters: Some(EcParameters::NamedCurve(rsa::ALGORITHM)), ..full };
        assert!(matches!(der_of(&public, &ec_given(curve, &twice)), Err(ProofError::Inconsistent(_))));
    }
}

#[test]
fn a_bare_scalar_is_rebuilt_by_its_public_half() {
    for curve in CURVES {
        let (scalar, point) = pair(curve, 5);
        let public = ec_public(curve, &point);
        let canonical =
            ec_given(curve, &EcPrivateKey { private_key: &scalar, parameters: None, public_key: Some(&point) });
        let octets = OctetStringRef::new(&scalar).unwrap().to_der().unwrap();
        let shapes = [
            scalar.clone(),
            scalar[1..].to_vec(),
            [&scalar, &[0; 6][..]].concat(),
            [&scalar[1..], &[0; 7][..]].concat(),
            [&scalar[..], &point].concat(),
            octets.clone(),
            [&octets, &[0; 3][..]].concat(),
        ];
        for given in shapes {
            let key = prove(&public, &given).unwrap();
            assert_eq!((key.der.as_slice(), key.found), (canonical.as_slice(), Found::Scalar), "{}", given.len());
        }
        for bad in [[&scalar, &[0; 8][..]].concat(), [&scalar, &[1][..]].concat(), pair(curve, 6).0, vec![0; 32]] {
            assert!(prove(&public, &bad).is_err());
        }
    }
}

#[test]
fn what_padding_added_is_taken_off_and_nothing_else() {
    for (public, given) in every_kind() {
        let canonical = der_of(&public, &given).unwrap();
        assert_eq!(der_of(&public, &canonical).as_ref(), Ok(&canonical), "it is its own canonical form");
        for zeros in 0..=7 {
            let key = prove(&public, &[&given[..], &vec![0; zeros]].concat()).unwrap();
            assert_eq!((key.der.to_vec(), key.found), (canonical.clone(), Found::Pkcs8 { padding: zeros }));
        }
        for bad in [&[0; 8][..], &[0, 1], &[1], &[0x5a; 5], &given] {
            assert_eq!(der_of(&public, &[&given[..], bad].concat()), Err(ProofError::Trailing(bad.len())));
        }
        for cut in 0..given.len() {
            assert!(prove(&public, &given[..cut]).is_err(), "cut to {cut}");
        }
        assert_eq!(der_of(&public, &vec![0x30; MAXIMUM + 1]), Err(ProofError::TooLong(MAXIMUM + 1)));
    }
}

#[test]
fn no_key_is_taken_for_another() {
    let kinds = every_kind();
    for (at, (public, _)) in kinds.iter().enumerate() {
        for (_, given) in kinds.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, kind)| kind) {
            assert!(prove(public, given).is_err());
        }
    }
    assert_eq!(der_of(&rsa_public(&rsa_key(RsaBits::B2048).unwrap()), &rsa_given(&RSA)), Err(ProofError::AnotherKey));
}

#[test]
fn a_version_2_key_must_hold_the_right_public_half() {
    let (scalar, point) = pair(Curve::P256, 8);
    let (_, other) = pair(Curve::P256, 9);
    let public = ec_public(Curve::P256, &point);
    let inner = EcPrivateKey { private_key: &scalar, parameters: None, public_key: None }.to_der().unwrap();
    let with = |bits: &[u8]| {
        let curve = ec::oid(Curve::P256);
        let algorithm = AlgorithmIdentifierRef { oid: ec::ALGORITHM, parameters: Some(AnyRef::from(&curve)) };
        let public_key = Some(der::asn1::BitStringRef::from_bytes(bits).unwrap());
        let private_key = OctetStringRef::new(&inner).unwrap();
        PrivateKeyInfoRef { public_key, ..PrivateKeyInfoRef::new(algorithm, private_key) }.to_der().unwrap()
    };
    assert_eq!(der_of(&public, &with(&point)), der_of(&public, &scalar));
    assert!(matches!(der_of(&public, &with(&other)), Err(ProofError::Inconsistent(_))));
}

#[test]
fn an_ed25519_key_may_stand_in_an_ec_private_key() {
    let (public, given) = every_kind().pop().unwrap();
    let PublicKind::Ed25519(point) = public.kind() else { panic!("Ed25519 is the last kind") };
    let as_ec =
        |bits| EcPrivateKey { private_key: &[9; 32], parameters: None, public_key: Some(bits) }.to_der().unwrap();
    let inside = pkcs8_of(ed25519::ALGORITHM, None, &as_ec(point));
    assert_eq!(der_of(&public, &inside).as_ref(), Ok(&given));
    let wrong = pkcs8_of(ed25519::ALGORITHM, None, &as_ec(&[1; 32]));
    assert!(matches!(der_of(&public, &wrong), Err(ProofError::Inconsistent(_))));
    assert_eq!(der_of(&public, &[&[9; 32][..], point].concat()).as_ref(), Ok(&given), "seed and public key");
}

/// One number at a time is another one; every relation is checked.
#[test]
fn rsa_numbers_that_do_not_agree_are_refused() {
    let key = &*RSA;
    let bytes = |number: &::rsa::BoxedUint| number.to_be_bytes_trimmed_vartime().to_vec();
    let [p, q] = [0, 1].map(|at: usize| bytes(&key.primes()[at]));
    let (modulus, exponent) = numbers(&key.to_public_key());
    let good = [
        bytes(key.d()),
        p,
        q,
        bytes(key.dp().unwrap()),
        bytes(key.dq().unwrap()),
        bytes(&key.qinv().unwrap().retrieve()),
    ];
    let judge = |numbers: &[Vec<u8>; 6]| {
        let [d, p, q, dp, dq, qinv] = numbers.each_ref().map(Vec::as_slice);
        let numbers = Numbers {
            modulus: &modulus,
            exponent: &exponent,
            private_exponent: d,
            primes: [p, q],
            exponents: [dp, dq],
            coefficient: qinv,
        };
        numbers.disagreements()
    };
    assert_eq!(judge(&good), []);
    for at in 0..good.len() {
        for bit in [0, 3, 777] {
            let mut bad = good.clone();
            let byte = bit / 8 % bad[at].len();
            bad[at][byte] ^= 1 << (bit % 8);
            assert!(!judge(&bad).is_empty(), "number {at}, bit {bit}");
        }
        for replacement in [vec![], vec![1], vec![0xff; 512], vec![0xff; 1025]] {
            let mut bad = good.clone();
            bad[at] = replacement;
            assert!(!judge(&bad).is_empty(), "number {at}");
        }
    }
    let mut swapped = good.clone();
    swapped.swap(1, 2);
    assert!(!judge(&swapped).is_empty());
    let mut trivial = good;
    (trivial[1], trivial[2]) = (modulus.clone(), vec![1]);
    assert!(!judge(&trivial).is_empty());
}

proptest! {
    #[test]
    fn any_bytes_are_refused_without_a_panic(given in prop::collection::vec(any::<u8>(), 0..300)) {
        for (public, _) in every_kind() {
            prop_assert!(prove(&public, &given).is_err());
        }
    }

    /// A changed byte gives the same key or none: the same where DER says things that are not taken over.
    #[test]
    fn a_changed_byte_never_gives_another_key(at in any::<prop::sample::Index>(), change in 1_u8..) {
        for (public, given) in every_kind() {
            let canonical = der_of(&public, &given).unwrap();
            let mut bad = given.clone();
            bad[at.index(given.len())] ^= change;
            prop_assert!(der_of(&public, &bad).is_ok_and(|der| der == canonical) || prove(&public, &bad).is_err());
        }
    }

    #[test]
    fn every_scalar_comes_back(curve in prop::sample::select(CURVES.to_vec()), seed in 1_u8..) {
        let (scalar, point) = pair(curve, seed);
        let der = der_of(&ec_public(curve, &point), &scalar).unwrap();
        let info = PrivateKeyInfoRef::from_der(&der).unwrap();
        let inner = EcPrivateKey::from_der(info.private_key.as_bytes()).unwrap();
        prop_assert_eq!(inner.private_key, scalar.as_slice());
        prop_assert_eq!(inner.public_key, Some(point.as_slice()));
        prop_assert!(inner.parameters.is_none());
    }
}
