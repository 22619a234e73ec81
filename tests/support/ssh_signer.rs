//! Keys of approvers for the tests, FIDO authenticators among them: what ssh-keygen and the devices do, in memory.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use p521::ecdsa::signature::Signer;
use sha2::{Digest, Sha256, Sha512};

/// The flags byte of an authenticator that somebody touched, and of one that checked a PIN too.
pub(crate) const TOUCHED: u8 = 0x01;
pub(crate) const VERIFIED: u8 = 0x05;

/// A private key, or an authenticator that answers with this flags byte.
#[derive(Clone)]
pub(crate) enum Secret {
    Ed25519(ed25519_dalek::SigningKey),
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    P521(p521::ecdsa::SigningKey),
    SkEd25519(ed25519_dalek::SigningKey, u8),
    SkP256(p256::ecdsa::SigningKey, u8),
}

pub(crate) fn ed25519(seed: u8) -> Secret {
    Secret::Ed25519(ed25519_dalek::SigningKey::from_bytes(&[seed; 32]))
}

pub(crate) fn p256(seed: u8) -> Secret {
    Secret::P256(p256::ecdsa::SigningKey::from_slice(&[seed; 32]).unwrap())
}

pub(crate) fn p384(seed: u8) -> Secret {
    Secret::P384(p384::ecdsa::SigningKey::from_slice(&[seed; 48]).unwrap())
}

pub(crate) fn p521(seed: u8) -> Secret {
    let mut number = [seed; 66];
    number[0] = 0;
    Secret::P521(p521::ecdsa::SigningKey::from_slice(&number).unwrap())
}

pub(crate) fn sk_ed25519(seed: u8, flags: u8) -> Secret {
    Secret::SkEd25519(ed25519_dalek::SigningKey::from_bytes(&[seed; 32]), flags)
}

pub(crate) fn sk_p256(seed: u8, flags: u8) -> Secret {
    Secret::SkP256(p256::ecdsa::SigningKey::from_slice(&[seed; 32]).unwrap(), flags)
}

/// Of all kinds, one each.
pub(crate) fn every_kind() -> [Secret; 6] {
    [ed25519(1), p256(1), p384(1), p521(1), sk_ed25519(1, TOUCHED), sk_p256(1, TOUCHED)]
}

/// `string`s of RFC 4251 section 5.
pub(crate) fn strings(parts: &[&[u8]]) -> Vec<u8> {
    let one = |part: &&[u8]| [&u32::try_from(part.len()).unwrap().to_be_bytes(), *part].concat();
    parts.iter().flat_map(one).collect()
}

pub(crate) fn mpint(number: &[u8]) -> Vec<u8> {
    let start = number.iter().position(|byte| *byte != 0).unwrap_or(number.len());
    let mut out = number[start..].to_vec();
    if out.first().is_some_and(|first| *first >= 0x80) {
        out.insert(0, 0);
    }
    out
}

fn numbers(fixed: &[u8]) -> Vec<u8> {
    let (r, s) = fixed.split_at(fixed.len() / 2);
    strings(&[&mpint(r), &mpint(s)])
}

impl Secret {
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Ed25519(_) => "ssh-ed25519",
            Self::P256(_) => "ecdsa-sha2-nistp256",
            Self::P384(_) => "ecdsa-sha2-nistp384",
            Self::P521(_) => "ecdsa-sha2-nistp521",
            Self::SkEd25519(..) => "sk-ssh-ed25519@openssh.com",
            Self::SkP256(..) => "sk-ecdsa-sha2-nistp256@openssh.com",
        }
    }

    /// The public key blob.
    pub(crate) fn blob(&self) -> Vec<u8> {
        let name = self.type_name().as_bytes();
        match self {
            Self::Ed25519(key) => strings(&[name, key.verifying_key().as_bytes()]),
            Self::P256(key) => strings(&[name, b"nistp256", &key.verifying_key().to_sec1_point(false).to_bytes()]),
            Self::P384(key) => strings(&[name, b"nistp384", &key.verifying_key().to_sec1_point(false).to_bytes()]),
            Self::P521(key) => strings(&[name, b"nistp521", &key.verifying_key().to_sec1_point(false).to_bytes()]),
            Self::SkEd25519(key, _) => strings(&[name, key.verifying_key().as_bytes(), b"ssh:"]),
            Self::SkP256(key, _) => {
                strings(&[name, b"nistp256", &key.verifying_key().to_sec1_point(false).to_bytes(), b"ssh:"])
            }
        }
    }

    /// Type and base64, as in a `.pub` file.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.type_name(), STANDARD.encode(self.blob()))
    }

    /// The signature blob over `data`.
    fn signature(&self, data: &[u8]) -> Vec<u8> {
        let device = |flags: u8| {
            [&Sha256::digest(b"ssh:")[..], &[flags], &7_u32.to_be_bytes(), &Sha256::digest(data)[..]].concat()
        };
        let ecdsa256 = |key: &p256::ecdsa::SigningKey, data: &[u8]| {
            let signature: p256::ecdsa::Signature = key.sign(data);
            numbers(&signature.to_bytes())
        };
        let (raw, flags) = match self {
            Self::Ed25519(key) => (key.sign(data).to_bytes().to_vec(), None),
            Self::P256(key) => (ecdsa256(key, data), None),
            Self::P384(key) => {
                let signature: p384::ecdsa::Signature = key.sign(data);
                (numbers(&signature.to_bytes()), None)
            }
            Self::P521(key) => {
                let signature: p521::ecdsa::Signature = key.sign(data);
                (numbers(&signature.to_bytes()), None)
            }
            Self::SkEd25519(key, flags) => (key.sign(&device(*flags)).to_bytes().to_vec(), Some(*flags)),
            Self::SkP256(key, flags) => (ecdsa256(key, &device(*flags)), Some(*flags)),
        };
        let mut out = strings(&[self.type_name().as_bytes(), &raw]);
        if let Some(flags) = flags {
            out.push(flags);
            out.extend_from_slice(&7_u32.to_be_bytes());
        }
        out
    }

    /// The SSHSIG blob over `message`, hashed with SHA-512 as ssh-keygen does.
    pub(crate) fn sshsig(&self, namespace: &str, message: &[u8]) -> Vec<u8> {
        self.sshsig_with(namespace, "sha512", &Sha512::digest(message))
    }

    pub(crate) fn sshsig_with(&self, namespace: &str, hash: &str, digest: &[u8]) -> Vec<u8> {
        let parts = [namespace.as_bytes(), b"", hash.as_bytes()];
        let data = [&b"SSHSIG"[..], &strings(&parts), &strings(&[digest])].concat();
        let signature = self.signature(&data);
        let head = [&b"SSHSIG"[..], &1_u32.to_be_bytes(), &strings(&[&self.blob()])].concat();
        [head, strings(&parts), strings(&[&signature])].concat()
    }

    /// The same in its armor.
    pub(crate) fn sign(&self, namespace: &str, message: &[u8]) -> Vec<u8> {
        armor(&self.sshsig(namespace, message))
    }
}

pub(crate) fn armor(blob: &[u8]) -> Vec<u8> {
    let base64 = STANDARD.encode(blob);
    let lines: Vec<&str> = base64.as_bytes().chunks(70).map(|line| str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n", lines.join("\n")).into_bytes()
}
