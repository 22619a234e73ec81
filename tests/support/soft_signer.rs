//! Evidence signers with software keys, one for each scheme. Only tests have them: byok signs on a token.

use byok::manifest::signer::{EvidenceSigner, Scheme, SignError};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
    RSA_PSS_SHA256, RsaKeyPair,
};
use rsa::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _};

pub(crate) struct SoftSigner {
    spki: Vec<u8>,
    key: Key,
}

enum Key {
    Ecdsa(Scheme, EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(Box<RsaKeyPair>),
}

/// Everything of an SPKI before the point (RFC 5480) or the key (RFC 8410).
const P256_HEAD: &str = "3059301306072a8648ce3d020106082a8648ce3d030107034200";
const P384_HEAD: &str = "3076301006072a8648ce3d020106052b81040022036200";
const ED25519_HEAD: &str = "302a300506032b6570032100";

impl SoftSigner {
    pub(crate) fn new(scheme: Scheme) -> Self {
        match scheme {
            Scheme::EcdsaP256 | Scheme::EcdsaP384 => Self::ecdsa(scheme),
            Scheme::Ed25519 => {
                let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
                let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap();
                Self { spki: spki(ED25519_HEAD, pair.public_key().as_ref()), key: Key::Ed25519(pair) }
            }
            Scheme::RsaPssSha256 => {
                let private = rsa::RsaPrivateKey::new(&mut rand_core::UnwrapErr(getrandom::SysRng), 2048).unwrap();
                let spki = private.to_public_key().to_public_key_der().unwrap().into_vec();
                let pair = RsaKeyPair::from_pkcs8(private.to_pkcs8_der().unwrap().as_bytes()).unwrap();
                Self { spki, key: Key::Rsa(Box::new(pair)) }
            }
        }
    }

    fn ecdsa(scheme: Scheme) -> Self {
        let (algorithm, head) = match scheme {
            Scheme::EcdsaP384 => (&ECDSA_P384_SHA384_ASN1_SIGNING, P384_HEAD),
            _ => (&ECDSA_P256_SHA256_ASN1_SIGNING, P256_HEAD),
        };
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap();
        Self { spki: spki(head, pair.public_key().as_ref()), key: Key::Ecdsa(scheme, pair) }
    }

    pub(crate) fn pem(&self) -> String {
        pem::encode_config(
            &pem::Pem::new("PUBLIC KEY", self.spki.clone()),
            pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF),
        )
    }
}

fn spki(head: &str, key: &[u8]) -> Vec<u8> {
    [hex::decode(head).unwrap(), key.to_vec()].concat()
}

impl EvidenceSigner for SoftSigner {
    fn spki(&self) -> &[u8] {
        &self.spki
    }

    fn scheme(&self) -> Scheme {
        match &self.key {
            Key::Ecdsa(scheme, _) => *scheme,
            Key::Ed25519(_) => Scheme::Ed25519,
            Key::Rsa(_) => Scheme::RsaPssSha256,
        }
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let random = SystemRandom::new();
        Ok(match &self.key {
            Key::Ecdsa(_, pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Key::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Key::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PSS_SHA256, &random, message, &mut signature).unwrap();
                signature
            }
        })
    }
}
