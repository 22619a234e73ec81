//! The canonical form of private keys is what openssl writes, for every type and size, however it is padded.

#![cfg(test)]

use std::io::Write as _;
use std::process::{Command, Stdio};

use byok::format::pkcs8::{Found, ProofError, prove};
use byok::format::spki::PublicKey;

const TYPES: [&str; 8] = [
    "EC -pkeyopt ec_paramgen_curve:P-256",
    "EC -pkeyopt ec_paramgen_curve:P-384",
    "EC -pkeyopt ec_paramgen_curve:P-521",
    "EC -pkeyopt ec_paramgen_curve:secp256k1",
    "ED25519",
    "RSA -pkeyopt rsa_keygen_bits:2048",
    "RSA -pkeyopt rsa_keygen_bits:3072",
    "RSA -pkeyopt rsa_keygen_bits:4096",
];

fn openssl(words: &str, input: &[u8]) -> Vec<u8> {
    let mut command = Command::new("openssl");
    command.args(words.split(' ')).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "openssl {words}");
    output.stdout
}

/// A new key: PKCS#8 and its public half.
fn key(kind: &str) -> (Vec<u8>, PublicKey) {
    let pem = openssl(&format!("genpkey -algorithm {kind}"), &[]);
    let public = openssl("pkey -pubout -outform DER", &pem);
    (openssl("pkcs8 -topk8 -nocrypt -outform DER", &pem), PublicKey::from_der(&public).unwrap())
}

#[test]
fn every_key_of_openssl_is_its_own_canonical_form() {
    for kind in TYPES {
        let ((given, public), (_, stranger)) = (key(kind), key(kind));
        for padding in 0..=7 {
            let proven = prove(&public, &[&given[..], &vec![0; padding]].concat()).unwrap();
            assert_eq!((proven.der.as_slice(), proven.found), (given.as_slice(), Found::Pkcs8 { padding }), "{kind}");
        }
        assert_eq!(prove(&public, &[&given[..], &[0; 8]].concat()).err(), Some(ProofError::Trailing(8)), "{kind}");
        assert_eq!(prove(&stranger, &given).err(), Some(ProofError::AnotherKey), "{kind}");
    }
}

/// Neither SEC1 nor PKCS#1 is PKCS#8, and nobody shall learn of it at the provider.
#[test]
fn a_key_in_its_own_format_is_refused() {
    for kind in [TYPES[0], TYPES[5]] {
        let (given, public) = key(kind);
        let traditional = openssl("pkey -traditional -inform DER -outform DER", &given);
        assert!(matches!(prove(&public, &traditional), Err(ProofError::Malformed(_))), "{kind}");
    }
}
