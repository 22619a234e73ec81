use spki::EncodePublicKey as _;

use super::*;
use crate::manifest::signer::EvidenceSigner as _;
use crate::soft_signer::SoftSigner;

const SCHEMES: [Scheme; 4] = [Scheme::EcdsaP256, Scheme::EcdsaP384, Scheme::Ed25519, Scheme::RsaPssSha256];

/// An SPKI from the inside of its algorithm identifier and its key bytes; short lengths only.
fn spki(algorithm: &str, key: &[u8]) -> Vec<u8> {
    let tlv = |tag: u8, content: &[u8]| [&[tag, u8::try_from(content.len()).unwrap()], content].concat();
    let algorithm = tlv(0x30, &hex::decode(algorithm).unwrap());
    tlv(0x30, &[algorithm, tlv(0x03, &[&[0], key].concat())].concat())
}

const EC: &str = "06072a8648ce3d0201";
const P256_OID: &str = "06082a8648ce3d030107";
const ED: &str = "06032b6570";

fn p256_key(compress: bool) -> Vec<u8> {
    let key = p256::ecdsa::SigningKey::from_slice(&[7; 32]).unwrap();
    key.verifying_key().to_sec1_point(compress).as_bytes().to_vec()
}

#[test]
fn the_key_type_fixes_the_scheme_and_the_spki_the_identity() {
    for scheme in SCHEMES {
        let signer = SoftSigner::new(scheme);
        let key = VerifyingKey::from_spki(signer.spki()).unwrap();
        assert_eq!((key.scheme(), key.spki_sha256()), (scheme, sha256_hex(signer.spki()).as_str()));
        assert_eq!(VerifyingKey::from_pem(&signer.pem()).as_ref(), Ok(&key));
        let signature = signer.sign(b"message").unwrap();
        assert!(key.verifies(b"message", &signature), "{scheme}");
        assert!(!key.verifies(b"massage", &signature), "{scheme}");
        assert!(!key.verifies(b"message", &signature[1..]), "{scheme}");
        assert!(!key.verifies(b"message", b""), "{scheme}");
    }
}

#[test]
fn a_key_has_one_encoding() {
    let full = spki(&format!("{EC}{P256_OID}"), &p256_key(false));
    assert!(VerifyingKey::from_spki(&full).is_ok());
    let compressed = spki(&format!("{EC}{P256_OID}"), &p256_key(true));
    assert_eq!(VerifyingKey::from_spki(&compressed), Err(KeyError::Type));
    assert!(VerifyingKey::from_spki(&spki(ED, &[1; 32])).is_ok());
    assert_eq!(VerifyingKey::from_spki(&spki(&format!("{ED}0500"), &[1; 32])), Err(KeyError::Type));
    assert_eq!(VerifyingKey::from_spki(&[full.as_slice(), &[0]].concat()), Err(KeyError::Der));
    let mut long_length = full.clone();
    long_length.splice(1..2, [0x81, full[1]]);
    assert_eq!(VerifyingKey::from_spki(&long_length), Err(KeyError::Der));
}

#[test]
fn other_types_and_sizes_do_not_sign_evidence() {
    let p521 = p521::ecdsa::SigningKey::from_slice(&[1; 66]).unwrap();
    let der = p521::PublicKey::from(p521.verifying_key()).to_public_key_der().unwrap();
    assert_eq!(VerifyingKey::from_spki(der.as_bytes()), Err(KeyError::Type));
    // secp256k1 with a point of the right size.
    let k1 = spki(&format!("{EC}06052b8104000a"), &p256_key(false));
    assert_eq!(VerifyingKey::from_spki(&k1), Err(KeyError::Type));
    assert_eq!(VerifyingKey::from_spki(b""), Err(KeyError::Der));
}

#[test]
fn small_rsa_keys_do_not_sign_evidence() {
    let modulus = |bytes: usize| rsa::BoxedUint::from_be_slice_vartime(&vec![0xff; bytes]);
    for (bytes, taken) in [(255, false), (256, true), (1024, true), (1025, false)] {
        let key = rsa::RsaPublicKey::new_with_size_limits(modulus(bytes), 65_537_u64.into(), 1024..=9000).unwrap();
        let der = key.to_public_key_der().unwrap();
        assert_eq!(VerifyingKey::from_spki(der.as_bytes()).is_ok(), taken, "{bytes} bytes");
    }
}

#[test]
fn a_pem_block_has_the_right_label() {
    let pem = SoftSigner::new(Scheme::Ed25519).pem();
    assert_eq!(VerifyingKey::from_pem(&pem.replace("PUBLIC", "PRIVATE")), Err(KeyError::Pem));
    assert_eq!(VerifyingKey::from_pem(""), Err(KeyError::Pem));
}
