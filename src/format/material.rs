//! Keys as they stand in files: numbers that nobody has checked yet.
//!
//! A reader fills these in as it finds them; [`super::lint`] says what is wrong with them, and only what it passes is
//! encoded again ([`super::pkcs8::encode`]).

use std::fmt;

use zeroize::Zeroizing;

use super::spki::PublicKey;
use crate::key::spec::{Curve, KeySpec, RsaBits};

/// The key in a part of a file.
#[derive(Debug)]
pub enum Material {
    /// A private key, with or without its public half.
    Private(PrivateKey),
    /// A public key alone.
    Public(PublicKey),
    /// A symmetric key.
    Secret(SecretKey),
}

/// The numbers of a private key, as they stood in the file.
pub enum PrivateKey {
    /// RSA (RFC 8017).
    Rsa(RsaPrivate),
    /// An EC key on a curve that byok knows.
    Ec(EcPrivate),
    /// Ed25519 (RFC 8032).
    Ed25519(Ed25519Private),
    /// Something else, by name: nothing of it is kept.
    Other(String),
}

/// An RSA private key: every number big-endian without leading zeros.
pub struct RsaPrivate {
    /// n
    pub modulus: Vec<u8>,
    /// e
    pub exponent: Vec<u8>,
    /// d
    pub private_exponent: Zeroizing<Vec<u8>>,
    /// p, q, d mod p-1, d mod q-1, q^-1 mod p; a JWK may leave them out (RFC 7518 section 6.3.2).
    pub factors: Option<RsaFactors>,
}

/// What speeds RSA up, and what the key can be factored from.
pub struct RsaFactors {
    /// p, q
    pub primes: [Zeroizing<Vec<u8>>; 2],
    /// d mod p-1, d mod q-1
    pub exponents: [Zeroizing<Vec<u8>>; 2],
    /// q^-1 mod p
    pub coefficient: Zeroizing<Vec<u8>>,
}

/// An EC private key.
pub struct EcPrivate {
    /// The curve.
    pub curve: Curve,
    /// The scalar, big-endian, exactly as it stood in the file: it may be short or long.
    pub scalar: Zeroizing<Vec<u8>>,
    /// `x || y` when the file states it.
    pub point: Option<Vec<u8>>,
}

/// An Ed25519 private key.
pub struct Ed25519Private {
    /// The seed, 32 bytes.
    pub seed: Zeroizing<[u8; 32]>,
    /// The public key, 32 bytes, when the file states it.
    pub point: Option<Vec<u8>>,
}

/// A symmetric key.
pub struct SecretKey {
    /// Its bytes.
    pub value: Zeroizing<Vec<u8>>,
    /// What the file says that it is for, for example a JWK's `alg`; raw bytes say nothing.
    pub stated: Option<KeySpec>,
}

impl PrivateKey {
    /// The key type, when byok has it.
    #[must_use]
    pub fn spec(&self) -> Option<KeySpec> {
        match self {
            Self::Rsa(key) => RsaBits::of(super::spki::bit_length(&key.modulus)).map(KeySpec::Rsa),
            Self::Ec(key) => Some(KeySpec::Ec(key.curve)),
            Self::Ed25519(_) => Some(KeySpec::Ed25519),
            Self::Other(_) => None,
        }
    }

    /// What people read: `RSA-3072`, `EC P-256`, `Ed25519`, or the name of something else.
    #[must_use]
    pub fn description(&self) -> String {
        match self {
            Self::Rsa(key) => format!("RSA-{}", super::spki::bit_length(&key.modulus)),
            Self::Ec(key) => format!("EC {}", key.curve.standard_name()),
            Self::Ed25519(_) => "Ed25519".to_owned(),
            Self::Other(name) => name.clone(),
        }
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.description())
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({} bytes)", self.value.len())
    }
}

macro_rules! redacted {
    ($($name:ident),*) => { $(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )* };
}
redacted!(RsaPrivate, RsaFactors, EcPrivate, Ed25519Private);
