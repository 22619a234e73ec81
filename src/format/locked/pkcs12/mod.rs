//! `PFX` (RFC 7292): the bags of a file, opened step by step.

mod bag;
mod mac;
mod open;

use zeroize::Zeroizing;

use super::algorithm::{self, Encryption};
use super::asn1::{self, Bad, Element};
use super::{Kind, Locked, Protection};
use crate::format::reader::ReadError;
use bag::{Bag, Contents};
use mac::MacData;
pub(super) use open::{charge, open};

/// `id-data` (RFC 5652 section 4).
const DATA: &str = "1.2.840.113549.1.7.1";
/// `id-encryptedData` (RFC 5652 section 8).
const ENCRYPTED_DATA: &str = "1.2.840.113549.1.7.6";

/// What shows of a file without its passphrase.
struct Archive<'a> {
    /// What the MAC is over.
    content: &'a [u8],
    safes: Vec<Safe<'a>>,
    mac: Option<MacData<'a>>,
}

/// One safe.
enum Safe<'a> {
    Clear(Vec<Bag<'a>>),
    Encrypted(Encryption<'a>, &'a [u8]),
    /// Encrypted for a public key, or signed: by object identifier.
    Other(String),
}

pub(super) fn read(der: &[u8]) -> Result<Locked, ReadError> {
    let archive = Archive::read(der).map_err(|bad| bad.in_form("PKCS#12"))?;
    let mut protection: Vec<Protection> = Vec::new();
    for encryption in archive.encryptions() {
        if !protection.contains(&encryption.protection) {
            protection.push(encryption.protection.clone());
        }
    }
    Ok(Locked {
        kind: Kind::Pkcs12,
        protection,
        unencrypted_keys: archive.clear_bags().filter(|bag| matches!(bag.contents, Contents::Key(_))).count(),
        mac: archive.mac.map(|mac| mac.described),
        bytes: Zeroizing::new(der.to_vec()),
        legacy: None,
    })
}

impl<'a> Archive<'a> {
    fn read(der: &'a [u8]) -> Result<Self, Bad> {
        let parts = asn1::only(der)?.sequence()?;
        let (version, safe, mac) = match parts.as_slice() {
            [version, safe] => (version, safe, None),
            [version, safe, mac] => (version, safe, Some(mac)),
            _ => return Err(Bad("not a version, a safe and a MAC".to_owned())),
        };
        if version.number()? != 3 {
            return Err(Bad("its version is not 3".to_owned()));
        }
        let (kind, content) = content_info(*safe)?;
        if kind != DATA {
            return Err(Bad(format!("its safe is no data but {kind}: signed files are not read")));
        }
        let content = content.ok_or_else(|| Bad("its safe is empty".to_owned()))?.octets()?;
        let mut count = bag::Count::new();
        let safes = asn1::only(content)?.sequence()?;
        let safes = safes.into_iter().map(|safe| self::safe(safe, &mut count)).collect::<Result<_, _>>()?;
        Ok(Self { content, safes, mac: mac.map(|mac| mac::read(*mac)).transpose()? })
    }

    /// The bags that are in no encrypted safe.
    fn clear_bags(&self) -> impl Iterator<Item = &Bag<'a>> {
        self.safes.iter().flat_map(|safe| match safe {
            Safe::Clear(bags) => bags.as_slice(),
            Safe::Encrypted(..) | Safe::Other(_) => &[],
        })
    }

    /// Every encryption that shows.
    fn encryptions(&self) -> impl Iterator<Item = &Encryption<'a>> {
        let safes = self.safes.iter().filter_map(|safe| match safe {
            Safe::Encrypted(encryption, _) => Some(encryption),
            Safe::Clear(_) | Safe::Other(_) => None,
        });
        safes.chain(self.clear_bags().filter_map(Bag::encryption))
    }
}

fn safe<'a>(info: Element<'a>, count: &mut bag::Count) -> Result<Safe<'a>, Bad> {
    match content_info(info)? {
        (kind, Some(content)) if kind == DATA => Ok(Safe::Clear(bag::read(content.octets()?, count)?)),
        (kind, Some(content)) if kind == ENCRYPTED_DATA => {
            let parts = content.sequence()?;
            let [_, info, ..] = parts.as_slice() else { return Err(Bad("no encrypted content".to_owned())) };
            let parts = info.sequence()?;
            let [_, algorithm, content] = parts.as_slice() else { return Err(Bad("no encrypted content".to_owned())) };
            Ok(Safe::Encrypted(algorithm::read(*algorithm)?, content.tagged()?))
        }
        (kind, _) => Ok(Safe::Other(kind)),
    }
}

/// `ContentInfo` (RFC 5652 section 3): its type and its content.
fn content_info(info: Element<'_>) -> Result<(String, Option<Element<'_>>), Bad> {
    let parts = info.sequence()?;
    match parts.as_slice() {
        [kind] => Ok((kind.oid()?.to_string(), None)),
        [kind, content] => Ok((kind.oid()?.to_string(), Some(content.explicit()?))),
        _ => Err(Bad("not a content and its type".to_owned())),
    }
}
