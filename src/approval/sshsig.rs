//! Signatures of `ssh-keygen -Y sign` (OpenSSH's PROTOCOL.sshsig).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, SHA512, digest};

use super::ssh_key::{KeySignature, SshKey, SshKeyError, Touch, signed_data};
use super::wire::Reader;
use crate::format::escape::{SHORT, printable_bytes};

/// The longest armored signature that is read, in bytes: one of P-521 has 650.
pub const MAX_SIGNATURE: usize = 8 << 10;
/// The longest namespace.
const MAX_NAMESPACE: usize = 128;
const MAGIC: &[u8] = b"SSHSIG";
const VERSION: u32 = 1;
const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
const END: &str = "-----END SSH SIGNATURE-----";

/// A signature with the key and the namespace that it names. Nothing is verified yet.
#[derive(Clone, Debug)]
pub struct SshSig {
    key: SshKey,
    namespace: String,
    hash: HashAlgorithm,
    signature: KeySignature,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum HashAlgorithm {
    Sha256,
    Sha512,
}

/// Why bytes are not a signature that can count.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SshSigError {
    /// Longer than [`MAX_SIGNATURE`].
    #[error("{0} bytes; an SSH signature has at most {MAX_SIGNATURE}")]
    TooLarge(usize),
    /// Not one armored block and nothing else.
    #[error("not one block between \"{BEGIN}\" and \"{END}\"")]
    Armor,
    /// The base64 is not in its one spelling.
    #[error("its base64 is malformed")]
    Base64,
    /// Breaks off, has more behind its end, or a part is not of its form.
    #[error("not an SSHSIG blob: {0}")]
    Malformed(&'static str),
    /// Another version.
    #[error("SSHSIG version {0}; known: {VERSION}")]
    Version(u32),
    /// A hash that is not known or not taken.
    #[error("the hash {0:?}; taken are sha256 and sha512")]
    Hash(String),
    /// The key.
    #[error("{0}")]
    Key(#[from] SshKeyError),
}

impl SshSig {
    /// Reads an armored signature; line ends may be CR LF.
    ///
    /// # Errors
    /// [`SshSigError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, SshSigError> {
        if bytes.len() > MAX_SIGNATURE {
            return Err(SshSigError::TooLarge(bytes.len()));
        }
        let base64 = dearmor(bytes).ok_or(SshSigError::Armor)?;
        Self::from_blob(&STANDARD.decode(base64).map_err(|_| SshSigError::Base64)?)
    }

    /// Reads the blob inside the armor.
    ///
    /// # Errors
    /// [`SshSigError`].
    pub fn from_blob(blob: &[u8]) -> Result<Self, SshSigError> {
        const SHORT_OF: SshSigError = SshSigError::Malformed("it breaks off");
        let mut reader = Reader(blob);
        if reader.bytes(MAGIC.len()) != Some(MAGIC) {
            return Err(SshSigError::Malformed("it does not begin with SSHSIG"));
        }
        let version = reader.number().ok_or(SHORT_OF)?;
        if version != VERSION {
            return Err(SshSigError::Version(version));
        }
        let key = SshKey::from_blob(reader.string().ok_or(SHORT_OF)?)?;
        let namespace = namespace(reader.string().ok_or(SHORT_OF)?)?;
        // Whatever stands here is not covered by the signature that OpenSSH makes.
        if !reader.string().ok_or(SHORT_OF)?.is_empty() {
            return Err(SshSigError::Malformed("its reserved field is not empty"));
        }
        let hash = HashAlgorithm::named(reader.string().ok_or(SHORT_OF)?)?;
        let signature = key.read_signature(reader.string().ok_or(SHORT_OF)?);
        let signature = signature.ok_or(SshSigError::Malformed("its signature is not of its key's type or form"))?;
        reader.end().ok_or(SshSigError::Malformed("it has bytes after its end"))?;
        Ok(Self { key, namespace, hash, signature })
    }

    /// Who says to have signed.
    #[must_use]
    pub fn key(&self) -> &SshKey {
        &self.key
    }

    /// What it is for, not verified before [`Self::verifies`].
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// What a FIDO authenticator says of its user; nothing for other keys. Not verified before [`Self::verifies`].
    #[must_use]
    pub fn touch(&self) -> Option<Touch> {
        self.signature.touch()
    }

    /// Whether its key signed `message` in its namespace.
    #[must_use]
    pub fn verifies(&self, message: &[u8]) -> bool {
        let data = signed_data(&self.namespace, self.hash.name(), &self.hash.of(message));
        self.key.verifies(&data, &self.signature)
    }
}

impl HashAlgorithm {
    fn named(name: &[u8]) -> Result<Self, SshSigError> {
        match name {
            b"sha256" => Ok(Self::Sha256),
            b"sha512" => Ok(Self::Sha512),
            other => Err(SshSigError::Hash(printable_bytes(other, SHORT))),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    fn of(self, message: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            Self::Sha256 => &SHA256,
            Self::Sha512 => &SHA512,
        };
        digest(algorithm, message).as_ref().to_vec()
    }
}

/// "The namespace value MUST NOT be the empty string."
fn namespace(bytes: &[u8]) -> Result<String, SshSigError> {
    let text = str::from_utf8(bytes).ok().filter(|text| !text.is_empty() && text.len() <= MAX_NAMESPACE);
    let text = text.filter(|text| text.bytes().all(|byte| byte.is_ascii_graphic()));
    text.map(str::to_owned).ok_or(SshSigError::Malformed("its namespace is no name"))
}

/// The base64 between the two lines, without its line ends.
fn dearmor(bytes: &[u8]) -> Option<String> {
    let text = str::from_utf8(bytes).ok()?;
    let body = text.strip_prefix(BEGIN)?.trim_end_matches(['\r', '\n']).strip_suffix(END)?;
    let starts = body.starts_with('\n') || body.starts_with("\r\n");
    let one = body.ends_with('\n') && !body.contains('-');
    (starts && one).then(|| body.chars().filter(|c| !matches!(c, '\r' | '\n')).collect())
}

#[cfg(test)]
#[path = "sshsig_tests.rs"]
mod tests;
