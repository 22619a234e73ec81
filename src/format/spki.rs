//! Public keys as SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7): what they are, their fingerprint, PEM and DER.

use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier, UintRef};
use der::{Decode, Encode};
use rsa::pkcs1::RsaPublicKeyRef;
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use crate::key::spec::{Curve, KeySpec, RsaBits};
use crate::manifest::digest::sha256_hex;

/// `rsaEncryption` (RFC 8017 appendix A.1).
pub(super) const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// `id-ecPublicKey` (RFC 5480 section 2.1.1).
pub(super) const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// `id-Ed25519` (RFC 8410 section 3).
pub(super) const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// The first byte of a point with both coordinates (SEC 1 section 2.3.3).
const UNCOMPRESSED: u8 = 0x04;
/// The greatest SubjectPublicKeyInfo that is read, in bytes; an RSA-16384 key has some 2100.
const MAXIMUM: usize = 16 * 1024;

const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
const SECP256K1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.10");
const CURVES: [Curve; 4] = [Curve::P256, Curve::P384, Curve::P521, Curve::Secp256k1];

/// Algorithms that people hand over by mistake, by name.
const NAMES: [(&str, &str); 10] = [
    ("1.2.840.113549.1.1.7", "RSAES-OAEP"),
    ("1.2.840.113549.1.1.10", "RSASSA-PSS"),
    ("1.2.840.10040.4.1", "DSA"),
    ("1.2.840.113549.1.3.1", "Diffie-Hellman"),
    ("1.3.101.110", "X25519"),
    ("1.3.101.111", "X448"),
    ("1.3.101.113", "Ed448"),
    ("2.16.840.1.101.3.4.3.17", "ML-DSA-44"),
    ("2.16.840.1.101.3.4.3.18", "ML-DSA-65"),
    ("2.16.840.1.101.3.4.4.2", "ML-KEM-768"),
];

/// A public key that was read and is well formed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PublicKey {
    der: Vec<u8>,
    kind: PublicKind,
}

/// The numbers of a public key. Whether a point lies on its curve is not checked here.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PublicKind {
    /// A point on a curve that byok knows.
    Ec {
        /// The curve.
        curve: Curve,
        /// `x || y`, each as long as a field element.
        point: Vec<u8>,
    },
    /// An Ed25519 key, 32 bytes.
    Ed25519(Vec<u8>),
    /// An RSA key, both numbers big-endian without leading zeros.
    Rsa {
        /// The modulus.
        modulus: Vec<u8>,
        /// The public exponent.
        exponent: Vec<u8>,
    },
    /// Something else, by name or object identifier.
    Other(String),
}

/// Why bytes or text are no public key.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SpkiError {
    /// Longer than any key.
    #[error("a public key of {0} bytes is longer than any that is read ({MAXIMUM})")]
    TooLarge(usize),
    /// Not the DER of a SubjectPublicKeyInfo.
    #[error("not the DER of a public key: {0}")]
    Der(der::Error),
    /// The key inside does not fit its algorithm.
    #[error("the public key inside does not fit its algorithm: {0}")]
    Content(&'static str),
    /// Not one PEM block `PUBLIC KEY`.
    #[error("not one PEM block `PUBLIC KEY`: {0}")]
    Pem(&'static str),
}

impl PublicKey {
    /// Reads the DER of a SubjectPublicKeyInfo. An RSA key without its NULL parameters gets them.
    ///
    /// # Errors
    /// When it is not exactly one, in DER.
    pub fn from_der(bytes: &[u8]) -> Result<Self, SpkiError> {
        if bytes.len() > MAXIMUM {
            return Err(SpkiError::TooLarge(bytes.len()));
        }
        let info = SubjectPublicKeyInfoRef::from_der(bytes).map_err(SpkiError::Der)?;
        let content = info.subject_public_key.as_bytes().ok_or(SpkiError::Content("its bits are no whole bytes"))?;
        match read_kind(&info.algorithm, content)? {
            PublicKind::Rsa { modulus, exponent } => Self::rsa(&modulus, &exponent),
            kind => Ok(Self { der: bytes.to_vec(), kind }),
        }
    }

    /// An RSA key from its two numbers, big-endian.
    ///
    /// # Errors
    /// When a number is empty or too long.
    pub fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<Self, SpkiError> {
        let (modulus, exponent) = (without_zeros(modulus), without_zeros(exponent));
        let der = rsa_der(modulus, exponent).map_err(SpkiError::Der)?;
        if der.len() > MAXIMUM {
            return Err(SpkiError::TooLarge(der.len()));
        }
        Ok(Self { der, kind: PublicKind::Rsa { modulus: modulus.to_vec(), exponent: exponent.to_vec() } })
    }

    /// An EC key from its point, `x || y`; whether that lies on the curve is not checked.
    ///
    /// # Errors
    /// When the point is not as long as two field elements.
    pub fn ec(curve: Curve, point: &[u8]) -> Result<Self, SpkiError> {
        let oid = curve_oid(curve);
        Self::encoded(EC, Some(AnyRef::from(&oid)), &[&[UNCOMPRESSED], point].concat())
    }

    /// An Ed25519 key from its 32 bytes.
    ///
    /// # Errors
    /// When there are more or fewer.
    pub fn ed25519(point: &[u8]) -> Result<Self, SpkiError> {
        Self::encoded(ED25519, None, point)
    }

    fn encoded(oid: ObjectIdentifier, parameters: Option<AnyRef<'_>>, bits: &[u8]) -> Result<Self, SpkiError> {
        let subject_public_key = BitStringRef::from_bytes(bits).map_err(SpkiError::Der)?;
        let info =
            SubjectPublicKeyInfoRef { algorithm: AlgorithmIdentifierRef { oid, parameters }, subject_public_key };
        Self::from_der(&info.to_der().map_err(SpkiError::Der)?)
    }

    /// An RSA key from the DER of PKCS#1 `RSAPublicKey` (RFC 8017 appendix A.1.1).
    ///
    /// # Errors
    /// When it is not exactly one, in DER.
    pub fn from_pkcs1_der(bytes: &[u8]) -> Result<Self, SpkiError> {
        let key = RsaPublicKeyRef::from_der(bytes).map_err(SpkiError::Der)?;
        Self::rsa(key.modulus.as_bytes(), key.public_exponent.as_bytes())
    }

    /// Reads one PEM block `PUBLIC KEY` (RFC 7468 section 13); text around it is allowed, a second block is not.
    ///
    /// # Errors
    /// When there is not exactly one, or it holds no public key.
    pub fn from_pem(text: &str) -> Result<Self, SpkiError> {
        if text.matches("-----BEGIN ").count() != 1 {
            return Err(SpkiError::Pem("there is not exactly one block"));
        }
        let block = pem::parse(text).map_err(|_| SpkiError::Pem("the block is damaged"))?;
        if block.tag() != "PUBLIC KEY" {
            return Err(SpkiError::Pem("the block is of another kind"));
        }
        Self::from_der(block.contents())
    }

    /// Reads PEM when it looks like text, else DER.
    ///
    /// # Errors
    /// As [`Self::from_pem`] and [`Self::from_der`].
    pub fn from_pem_or_der(bytes: &[u8]) -> Result<Self, SpkiError> {
        match std::str::from_utf8(bytes) {
            Ok(text) if text.contains("-----BEGIN ") => Self::from_pem(text),
            _ => Self::from_der(bytes),
        }
    }

    /// The DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The numbers.
    #[must_use]
    pub fn kind(&self) -> &PublicKind {
        &self.kind
    }

    /// Lower-case hexadecimal SHA-256 of the DER: the fingerprint of all of byok's documents.
    #[must_use]
    pub fn sha256_hex(&self) -> String {
        sha256_hex(&self.der)
    }

    /// PEM with 64 columns and a newline at the end (RFC 7468 section 13).
    #[must_use]
    pub fn to_pem(&self) -> String {
        let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
        pem::encode_config(&pem::Pem::new("PUBLIC KEY", self.der.clone()), config)
    }

    /// The key type, when byok has it.
    #[must_use]
    pub fn spec(&self) -> Option<KeySpec> {
        match &self.kind {
            PublicKind::Ec { curve, .. } => Some(KeySpec::Ec(*curve)),
            PublicKind::Ed25519(_) => Some(KeySpec::Ed25519),
            PublicKind::Rsa { modulus, .. } => RsaBits::of(bit_length(modulus)).map(KeySpec::Rsa),
            PublicKind::Other(_) => None,
        }
    }

    /// What people read: `RSA-4096`, `EC P-256`, `Ed25519`, or the algorithm's name or object identifier.
    #[must_use]
    pub fn description(&self) -> String {
        match &self.kind {
            PublicKind::Ec { curve, .. } => format!("EC {}", curve.standard_name()),
            PublicKind::Ed25519(_) => "Ed25519".to_owned(),
            PublicKind::Rsa { modulus, .. } => format!("RSA-{}", bit_length(modulus)),
            PublicKind::Other(name) => name.clone(),
        }
    }
}

/// The number of bits of a big-endian number, leading zeros not counted.
#[must_use]
pub fn bit_length(number: &[u8]) -> usize {
    let number = without_zeros(number);
    let spare = number.first().map_or(0, |byte| usize::try_from(byte.leading_zeros()).unwrap_or(0));
    number.len().saturating_mul(8).saturating_sub(spare)
}

/// The object identifier of a curve (RFC 5480 section 2.1.1.1).
pub(super) fn curve_oid(curve: Curve) -> ObjectIdentifier {
    match curve {
        Curve::P256 => P256,
        Curve::P384 => P384,
        Curve::P521 => P521,
        Curve::Secp256k1 => SECP256K1,
    }
}

/// The curve with this object identifier.
pub(super) fn curve_of(oid: ObjectIdentifier) -> Option<Curve> {
    CURVES.into_iter().find(|curve| curve_oid(*curve) == oid)
}

/// A big-endian number without its leading zeros.
pub(crate) fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

fn rsa_der(modulus: &[u8], exponent: &[u8]) -> der::Result<Vec<u8>> {
    let key = RsaPublicKeyRef { modulus: UintRef::new(modulus)?, public_exponent: UintRef::new(exponent)? }.to_der()?;
    let algorithm = AlgorithmIdentifierRef { oid: RSA, parameters: Some(AnyRef::NULL) };
    SubjectPublicKeyInfoRef { algorithm, subject_public_key: BitStringRef::from_bytes(&key)? }.to_der()
}

fn read_kind(algorithm: &AlgorithmIdentifierRef<'_>, content: &[u8]) -> Result<PublicKind, SpkiError> {
    match algorithm.oid {
        RSA => read_rsa(algorithm.parameters, content),
        EC => read_ec(algorithm.parameters, content),
        ED25519 if algorithm.parameters.is_some() => {
            Err(SpkiError::Content("Ed25519 has no parameters (RFC 8410 section 3)"))
        }
        ED25519 if content.len() != 32 => Err(SpkiError::Content("an Ed25519 key has 32 bytes")),
        ED25519 => Ok(PublicKind::Ed25519(content.to_vec())),
        oid => Ok(PublicKind::Other(algorithm_name(&oid.to_string()))),
    }
}

/// The name of an algorithm that byok does not have, or its object identifier.
pub(super) fn algorithm_name(oid: &str) -> String {
    let known = NAMES.iter().find(|(known, _)| *known == oid);
    known.map_or_else(|| format!("algorithm {oid}"), |(_, name)| (*name).to_owned())
}

fn read_rsa(parameters: Option<AnyRef<'_>>, content: &[u8]) -> Result<PublicKind, SpkiError> {
    if parameters.is_some_and(|any| !any.is_null()) {
        return Err(SpkiError::Content("rsaEncryption has NULL parameters (RFC 3279 section 2.3.1)"));
    }
    let key = RsaPublicKeyRef::from_der(content).map_err(SpkiError::Der)?;
    let (modulus, exponent) = (key.modulus.as_bytes().to_vec(), key.public_exponent.as_bytes().to_vec());
    Ok(PublicKind::Rsa { modulus, exponent })
}

fn read_ec(parameters: Option<AnyRef<'_>>, content: &[u8]) -> Result<PublicKind, SpkiError> {
    let named = parameters.and_then(|any| any.decode_as::<ObjectIdentifier>().ok());
    let oid = named.ok_or(SpkiError::Content("an EC key names its curve (RFC 5480 section 2.1.1)"))?;
    let Some(curve) = curve_of(oid) else {
        return Ok(PublicKind::Other(format!("EC curve {oid}")));
    };
    match content.split_first() {
        Some((&UNCOMPRESSED, point)) if Some(point.len()) == curve.field_bytes().checked_mul(2) => {
            Ok(PublicKind::Ec { curve, point: point.to_vec() })
        }
        _ => Err(SpkiError::Content("an EC point is 04, x and y, each as long as the field")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ED25519_PEM: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";

    #[test]
    fn the_example_of_rfc_8410_comes_back_as_it_was() {
        let key = PublicKey::from_pem(ED25519_PEM).unwrap();
        assert_eq!(key.description(), "Ed25519");
        assert_eq!(key.to_pem(), ED25519_PEM);
        assert_eq!(PublicKey::from_pem_or_der(key.der()).unwrap(), key);
    }

    #[test]
    fn rsa_without_null_gets_it_and_other_parameters_are_refused() {
        let key = PublicKey::rsa(&[0xc1; 256], &[1, 0, 1]).unwrap();
        let without = {
            let mut der = key.der().to_vec();
            let at = der.windows(2).position(|pair| pair == [5, 0]).unwrap();
            der.drain(at..at + 2);
            der[5] -= 2; // the AlgorithmIdentifier
            der[3] -= 2; // the outer sequence
            der
        };
        assert_eq!(PublicKey::from_der(&without).unwrap(), key);
        let mut other = key.der().to_vec();
        let at = other.windows(2).position(|pair| pair == [5, 0]).unwrap();
        other[at] = 4;
        assert!(matches!(PublicKey::from_der(&other), Err(SpkiError::Content(_))));
    }

    #[test]
    fn changed_bytes_never_panic_and_trailing_ones_are_refused() {
        let key = PublicKey::rsa(&[0xc1; 256], &[1, 0, 1]).unwrap();
        assert!(PublicKey::from_der(&[key.der(), &[0]].concat()).is_err());
        for at in 0..key.der().len() {
            assert!(PublicKey::from_der(&key.der()[..at]).is_err());
            let mut bad = key.der().to_vec();
            bad[at] ^= 0x55;
            let _ = PublicKey::from_der(&bad);
        }
        assert!(matches!(PublicKey::from_der(&vec![0; MAXIMUM + 1]), Err(SpkiError::TooLarge(_))));
    }

    #[test]
    fn only_one_public_key_block_is_taken() {
        assert!(PublicKey::from_pem(&ED25519_PEM.repeat(2)).is_err());
        assert!(PublicKey::from_pem(&ED25519_PEM.replace("PUBLIC", "PRIVATE")).is_err());
        assert!(PublicKey::from_pem("").is_err());
        assert!(PublicKey::from_pem(&format!("text\r\n{}", ED25519_PEM.replace('\n', "\r\n"))).is_ok());
    }

    #[test]
    fn bits_are_counted_without_leading_zeros() {
        for (number, bits) in [(&[][..], 0), (&[0, 0], 0), (&[0, 1], 1), (&[0x80, 0], 16), (&[1, 0, 1], 17)] {
            assert_eq!(bit_length(number), bits);
        }
    }
}
