//! Public keys of approvers (RFC 4253 section 6.6, RFC 5656, RFC 8709, OpenSSH's PROTOCOL.u2f), and their signatures.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use ring::signature::{ED25519, UnparsedPublicKey};

use super::ecdsa;
use super::wire::{Reader, push_string};
use crate::format::escape::{SHORT, printable_bytes};
use crate::key::spec::Curve;
use crate::manifest::digest::sha256;

/// The longest public key that is read, in bytes: a P-521 key has 172.
pub const MAX_KEY: usize = 1024;

/// A public key whose signatures can count. Every key has one encoding, so equal blobs are equal keys.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SshKey {
    kind: Kind,
    /// 32 bytes of Ed25519, or an uncompressed point.
    public: Vec<u8>,
    blob: Vec<u8>,
}

/// What a key is.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Kind {
    Ed25519,
    Ecdsa(Curve),
    /// A FIDO authenticator's, for this application.
    SkEd25519(String),
    /// The same on P-256.
    SkEcdsa(String),
}

/// Why bytes are not a key whose signatures count.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SshKeyError {
    /// Known, and refused.
    #[error("keys of type {0} do not approve: {1}")]
    Refused(&'static str, &'static str),
    /// Not known.
    #[error("keys of type {0} are not known")]
    Unknown(String),
    /// Not in the form of its type.
    #[error("not a public key in SSH's form: {0}")]
    Malformed(&'static str),
    /// Anybody can sign for it.
    #[error("a weak Ed25519 key: of small order, so that forged signatures verify")]
    Weak,
    /// The base64 is not in its one spelling.
    #[error("its base64 is malformed")]
    Base64,
    /// A line that says one type and holds another.
    #[error("the line says {said}, the key is {is}")]
    Type {
        /// The word before the key.
        said: String,
        /// The key's own type.
        is: &'static str,
    },
}

/// What a FIDO authenticator says that its user did (FIDO U2F raw message formats section 5.4, Web Authentication section 6.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Touch {
    /// Somebody touched it.
    pub present: bool,
    /// It checked a PIN or a fingerprint.
    pub verified: bool,
    /// Its signature counter.
    pub counter: u32,
}

/// A signature in the form of its key's type.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct KeySignature {
    /// 64 bytes of Ed25519, or `r` and `s` as wide as the field.
    raw: Vec<u8>,
    /// For FIDO keys, the flags byte and the counter.
    touch: Option<(u8, u32)>,
}

const ED25519_KEY: &str = "ssh-ed25519";
const SK_ED25519: &str = "sk-ssh-ed25519@openssh.com";
const SK_ECDSA: &str = "sk-ecdsa-sha2-nistp256@openssh.com";
const ECDSA: [(&str, Curve); 3] =
    [("ecdsa-sha2-nistp256", Curve::P256), ("ecdsa-sha2-nistp384", Curve::P384), ("ecdsa-sha2-nistp521", Curve::P521)];
/// User presence and user verification in the flags byte.
const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;

impl SshKey {
    /// Reads a public key blob.
    ///
    /// # Errors
    /// [`SshKeyError`].
    pub fn from_blob(blob: &[u8]) -> Result<Self, SshKeyError> {
        if blob.len() > MAX_KEY {
            return Err(SshKeyError::Malformed("it is too long"));
        }
        let mut reader = Reader(blob);
        let name = reader.string().ok_or(SshKeyError::Malformed("it breaks off"))?;
        let name = str::from_utf8(name).map_err(|_| SshKeyError::Unknown(printable_bytes(name, SHORT)))?;
        let (kind, public) = read(name, &mut reader)?;
        reader.end().ok_or(SshKeyError::Malformed("it has bytes after its end"))?;
        Ok(Self { kind, public: public.to_vec(), blob: blob.to_vec() })
    }

    /// Reads the two words of a public key line: its type and its base64.
    ///
    /// # Errors
    /// [`SshKeyError`].
    pub fn from_words(said: &str, base64: &str) -> Result<Self, SshKeyError> {
        if let Some(error) = refused(said) {
            return Err(error);
        }
        let blob = STANDARD.decode(base64).map_err(|_| SshKeyError::Base64)?;
        let key = Self::from_blob(&blob)?;
        if key.type_name() == said {
            return Ok(key);
        }
        Err(SshKeyError::Type { said: printable_bytes(said.as_bytes(), SHORT), is: key.type_name() })
    }

    /// Its type as SSH names it.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match &self.kind {
            Kind::Ed25519 => ED25519_KEY,
            Kind::Ecdsa(curve) => ECDSA.iter().find(|(_, known)| known == curve).map_or("ecdsa", |(name, _)| name),
            Kind::SkEd25519(_) => SK_ED25519,
            Kind::SkEcdsa(_) => SK_ECDSA,
        }
    }

    /// As `ssh-keygen -l` shows it: `SHA256:` and unpadded base64.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        format!("SHA256:{}", STANDARD_NO_PAD.encode(sha256(&self.blob)))
    }

    /// Whether both are one key, be it as a key of its own and as a FIDO key, or for two applications.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.public == other.public
    }

    /// The bytes that make it this key and no other, without its type.
    pub(super) fn material(&self) -> &[u8] {
        &self.public
    }

    /// Whether it is in a FIDO authenticator.
    #[must_use]
    pub fn is_security_key(&self) -> bool {
        matches!(self.kind, Kind::SkEd25519(_) | Kind::SkEcdsa(_))
    }

    /// Reads a signature blob of this key's type.
    pub(super) fn read_signature(&self, blob: &[u8]) -> Option<KeySignature> {
        let mut reader = Reader(blob);
        if reader.text()? != self.type_name() {
            return None;
        }
        let body = reader.string()?;
        let raw = match &self.kind {
            Kind::Ed25519 | Kind::SkEd25519(_) => (body.len() == 64).then(|| body.to_vec())?,
            Kind::Ecdsa(curve) => ecdsa::fixed(*curve, body)?,
            Kind::SkEcdsa(_) => ecdsa::fixed(Curve::P256, body)?,
        };
        let touch = if self.is_security_key() { Some((reader.byte()?, reader.number()?)) } else { None };
        reader.end()?;
        Some(KeySignature { raw, touch })
    }

    /// Whether `signature` is this key's over `message`.
    pub(super) fn verifies(&self, message: &[u8], signature: &KeySignature) -> bool {
        let ed25519 = |message: &[u8]| UnparsedPublicKey::new(&ED25519, &self.public).verify(message, &signature.raw);
        let ecdsa = |curve, message: &[u8]| ecdsa::verifies(curve, &self.public, message, &signature.raw);
        match (&self.kind, signature.touch) {
            (Kind::Ed25519, None) => ed25519(message).is_ok(),
            (Kind::Ecdsa(curve), None) => ecdsa(*curve, message),
            (Kind::SkEd25519(application), Some(touch)) => ed25519(&touched(application, touch, message)).is_ok(),
            (Kind::SkEcdsa(application), Some(touch)) => ecdsa(Curve::P256, &touched(application, touch, message)),
            _ => false,
        }
    }
}

impl KeySignature {
    /// What the authenticator says of its user.
    pub(super) fn touch(&self) -> Option<Touch> {
        let said = |(flags, counter)| Touch { present: flags & PRESENT != 0, verified: flags & VERIFIED != 0, counter };
        self.touch.map(said)
    }
}

/// What a FIDO authenticator signs (PROTOCOL.u2f, "SSH U2F Signatures"): SHA256(application), flags, counter,
/// SHA256(message).
fn touched(application: &str, (flags, counter): (u8, u32), message: &[u8]) -> Vec<u8> {
    let mut out = sha256(application.as_bytes()).to_vec();
    out.push(flags);
    out.extend_from_slice(&counter.to_be_bytes());
    out.extend_from_slice(&sha256(message));
    out
}

/// The type's own part of a public key blob.
fn read<'a>(name: &str, reader: &mut Reader<'a>) -> Result<(Kind, &'a [u8]), SshKeyError> {
    let curve = |wanted: &str| ECDSA.iter().find(|(name, _)| *name == wanted).map(|(_, curve)| *curve);
    match name {
        ED25519_KEY => Ok((Kind::Ed25519, ed25519(reader)?)),
        SK_ED25519 => {
            let public = ed25519(reader)?;
            Ok((Kind::SkEd25519(application(reader)?), public))
        }
        SK_ECDSA => {
            let public = point(Curve::P256, reader)?;
            Ok((Kind::SkEcdsa(application(reader)?), public))
        }
        other => match curve(other) {
            Some(curve) => Ok((Kind::Ecdsa(curve), point(curve, reader)?)),
            None => {
                Err(refused(other).unwrap_or_else(|| SshKeyError::Unknown(printable_bytes(other.as_bytes(), SHORT))))
            }
        },
    }
}

/// Whether a word names a type of key, known here or not.
pub(super) fn is_type(word: &str) -> bool {
    ["ssh-", "ecdsa-", "sk-", "rsa-", "webauthn-"].iter().any(|beginning| word.starts_with(beginning))
}

/// Types that OpenSSH knows and that do not approve.
fn refused(name: &str) -> Option<SshKeyError> {
    const RSA: &str = "take an Ed25519, ECDSA or FIDO key";
    const CERTIFICATE: &str = "it is a certificate, whose signer could name other people; list the key itself";
    let known: [(&str, &'static str, &'static str); 5] = [
        ("ssh-rsa", "ssh-rsa", RSA),
        ("rsa-sha2-256", "rsa-sha2-256", RSA),
        ("rsa-sha2-512", "rsa-sha2-512", RSA),
        ("ssh-dss", "ssh-dss", "DSA with 1024 bits is broken"),
        (
            "webauthn-sk-ecdsa-sha2-nistp256@openssh.com",
            "webauthn-sk-ecdsa-sha2-nistp256@openssh.com",
            "a web browser made it; take the authenticator itself",
        ),
    ];
    if name.contains("-cert-v0") {
        return Some(SshKeyError::Refused("…-cert-v01@openssh.com", CERTIFICATE));
    }
    let found = known.iter().find(|(wanted, ..)| *wanted == name);
    found.map(|(_, name, why)| SshKeyError::Refused(name, why))
}

fn ed25519<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], SshKeyError> {
    let public = reader.string().ok_or(SshKeyError::Malformed("it breaks off"))?;
    let bytes = public.try_into().map_err(|_| SshKeyError::Malformed("an Ed25519 key has 32 bytes"))?;
    let key = ed25519_dalek::VerifyingKey::from_bytes(bytes)
        .map_err(|_| SshKeyError::Malformed("its bytes are no point of the curve"))?;
    if key.is_weak() { Err(SshKeyError::Weak) } else { Ok(public) }
}

fn point<'a>(curve: Curve, reader: &mut Reader<'a>) -> Result<&'a [u8], SshKeyError> {
    let said = reader.text().ok_or(SshKeyError::Malformed("it breaks off"))?;
    if Some(said) != ecdsa::identifier(curve) {
        return Err(SshKeyError::Malformed("its type and its curve disagree"));
    }
    let point = reader.string().ok_or(SshKeyError::Malformed("it breaks off"))?;
    let good = ecdsa::is_point(curve, point);
    good.then_some(point).ok_or(SshKeyError::Malformed("its bytes are no uncompressed point of the curve"))
}

/// "The specified application string must begin with 'ssh:'" (ssh-keygen(1)).
fn application(reader: &mut Reader<'_>) -> Result<String, SshKeyError> {
    let text = reader.text().ok_or(SshKeyError::Malformed("its application is no text"))?;
    let good = text.starts_with("ssh:");
    good.then(|| text.to_owned()).ok_or(SshKeyError::Malformed("its application does not begin with ssh:"))
}

/// What an SSHSIG signs (PROTOCOL.sshsig, "Signed Data").
pub(super) fn signed_data(namespace: &str, hash_name: &str, hash: &[u8]) -> Vec<u8> {
    let mut out = b"SSHSIG".to_vec();
    push_string(&mut out, namespace.as_bytes());
    push_string(&mut out, b"");
    push_string(&mut out, hash_name.as_bytes());
    push_string(&mut out, hash);
    out
}

#[cfg(test)]
#[path = "ssh_key_tests.rs"]
mod tests;
