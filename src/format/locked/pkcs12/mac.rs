//! `MacData` (RFC 7292 section 4), and PBMAC1 (RFC 9579).

use hmac::{Hmac, KeyInit};
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};

use super::super::Mac;
use super::super::algorithm;
use super::super::asn1::{Bad, Element};
use super::super::error::OpenError;
use super::super::kdf::{Kdf, Passphrase, Use};
use super::super::limit::Budget;
use crate::key::spec::HashAlg;

/// `id-PBMAC1` (RFC 8018 appendix A.5).
const PBMAC1: &str = "1.2.840.113549.1.5.14";

/// A MAC with all that it takes but the passphrase.
pub(super) struct MacData<'a> {
    pub(super) described: Mac,
    salt: &'a [u8],
    key_length: Option<u64>,
    digest: &'a [u8],
}

pub(super) fn read(element: Element<'_>) -> Result<MacData<'_>, Bad> {
    let parts = element.sequence()?;
    let (info, salt, rounds) = match parts.as_slice() {
        [info, salt] => (info, salt, 1),
        [info, salt, rounds] => (info, salt, rounds.number()?),
        _ => return Err(Bad("not a MAC, a salt and rounds".to_owned())),
    };
    let info = info.sequence()?;
    let [algorithm, digest] = info.as_slice() else { return Err(Bad("not a MAC and its algorithm".to_owned())) };
    let parts = algorithm.sequence()?;
    let [kind, parameters @ ..] = parts.as_slice() else { return Err(Bad("a MAC without a name".to_owned())) };
    let (kind, digest) = (kind.oid()?.to_string(), digest.octets()?);
    if let (PBMAC1, [parameters]) = (kind.as_str(), parameters) {
        let (hash, (kdf, salt, key_length)) = algorithm::pbmac1(*parameters)?;
        return Ok(MacData { described: Mac { hash, kdf }, salt, key_length, digest });
    }
    let hash = algorithm::hash(&kind);
    let kdf = hash.map_or_else(|| Kdf::Other(kind.clone()), |hash| Kdf::Pkcs12 { hash, rounds });
    Ok(MacData { described: Mac { hash, kdf }, salt: salt.octets()?, key_length: None, digest })
}

impl MacData<'_> {
    /// The length of its key, in bytes.
    fn key_bytes(&self) -> Result<usize, OpenError> {
        let hash = self.described.hash.ok_or_else(|| OpenError::Unsupported(self.described.to_string()))?;
        let Some(stated) = self.key_length else { return Ok(hash.digest_bytes()) };
        // RFC 9579 section 5 wants at least 20 bytes; more than a block of the hash serves nobody.
        let length = usize::try_from(stated).ok().filter(|length| (20..=128).contains(length));
        length.ok_or_else(|| OpenError::Damaged(format!("a MAC key of {stated} bytes")))
    }

    pub(super) fn charge(&self, budget: &mut Budget) -> Result<(), OpenError> {
        if let Kdf::Other(_) = self.described.kdf {
            return Err(OpenError::Unsupported(self.described.to_string()));
        }
        budget.charge(&self.described.kdf, self.key_bytes()?)
    }

    /// Whether this passphrase made the MAC over these bytes.
    pub(super) fn verify(&self, passphrase: Passphrase<'_>, content: &[u8]) -> Result<bool, OpenError> {
        let hash = self.described.hash.ok_or_else(|| OpenError::Unsupported(self.described.to_string()))?;
        let key = self.described.kdf.derive(passphrase, self.salt, Use::Mac, self.key_bytes()?)?;
        Ok(match hash {
            HashAlg::Sha1 => matches::<Hmac<Sha1>>(&key, content, self.digest),
            HashAlg::Sha224 => matches::<Hmac<Sha224>>(&key, content, self.digest),
            HashAlg::Sha256 => matches::<Hmac<Sha256>>(&key, content, self.digest),
            HashAlg::Sha384 => matches::<Hmac<Sha384>>(&key, content, self.digest),
            HashAlg::Sha512 => matches::<Hmac<Sha512>>(&key, content, self.digest),
        })
    }
}

/// Compares in constant time.
fn matches<M: hmac::Mac + KeyInit>(key: &[u8], content: &[u8], digest: &[u8]) -> bool {
    M::new_from_slice(key).is_ok_and(|mac| mac.chain_update(content).verify_slice(digest).is_ok())
}
