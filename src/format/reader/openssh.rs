//! OpenSSH: private keys (`PROTOCOL.key` of OpenSSH) are named, those of Ed25519 without a passphrase read; lines of
//! public keys (RFC 4253 section 6.6, RFC 5656, RFC 8709) are read.
//!
//! `ssh-keygen` turns RSA and ECDSA keys into PKCS#8, but not Ed25519.

use zeroize::Zeroizing;

use super::blocks::named;
use super::{Content, Form, Layer, Part, ReadError, Reading, encoding, shown};
use crate::format::escape::{SHORT, printable};
use crate::format::material::{Ed25519Private, Material, PrivateKey};
use crate::format::spki::{PublicKey, without_zeros};
use crate::key::spec::Curve;

const MAGIC: &[u8] = b"openssh-key-v1\0";
const WHAT: &str = "an OpenSSH private key";
const ED25519: &[u8] = b"ssh-ed25519";

/// Reads a private key that is not encrypted and of Ed25519; every other one is named.
pub(super) fn private(bytes: &[u8], place: &str) -> Result<Part, ReadError> {
    let broken = || ReadError::malformed(place, WHAT, &"it breaks off");
    let mut reader = Strings(bytes.strip_prefix(MAGIC).ok_or_else(broken)?);
    let cipher = reader.string().ok_or_else(broken)?;
    let [_kdf, _options] = [reader.string().ok_or_else(broken)?, reader.string().ok_or_else(broken)?];
    if reader.number().ok_or_else(broken)? != 1 {
        return Err(ReadError::malformed(place, WHAT, &"it holds more than one key"));
    }
    let public = reader.string().ok_or_else(broken)?;
    let kind = Strings(public).string().ok_or_else(broken)?;
    let shown = |bytes: &[u8]| printable(shown::name_or(&String::from_utf8_lossy(bytes), "another one"), SHORT);
    if cipher != b"none" {
        let what = format!("{WHAT} ({}, encrypted with {})", shown(kind), shown(cipher));
        return Ok(named(place, Form::OpenSshPrivate, what, way_out(kind, true)));
    }
    if kind != ED25519 {
        let what = format!("{WHAT} ({}, not encrypted)", shown(kind));
        return Ok(named(place, Form::OpenSshPrivate, what, way_out(kind, false)));
    }
    let key = ed25519(reader.string().ok_or_else(broken)?).ok_or_else(broken)?;
    let content = Content::Key(Material::Private(PrivateKey::Ed25519(key)));
    Ok(Part {
        place: place.to_owned(),
        form: Form::OpenSshPrivate,
        content,
        name: None,
        beside: vec!["the comment".to_owned()],
    })
}

fn way_out(kind: &[u8], encrypted: bool) -> String {
    match (kind, encrypted) {
        (b"ssh-rsa", _) => "cp FILE COPY && ssh-keygen -p -m PKCS8 -f COPY".to_owned(),
        (kind, _) if kind.starts_with(b"ecdsa-sha2-") => "cp FILE COPY && ssh-keygen -p -m PKCS8 -f COPY".to_owned(),
        (ED25519, _) => "cp FILE COPY && ssh-keygen -p -N '' -f COPY   and byok reads COPY; delete it after".to_owned(),
        _ => String::new(),
    }
}

/// The encrypted section, which is not: two equal numbers, type, public key, seed and public key, comment, padding.
fn ed25519(section: &[u8]) -> Option<Ed25519Private> {
    let mut reader = Strings(section);
    let (one, other) = (reader.number()?, reader.number()?);
    let (kind, public, both) = (reader.string()?, reader.string()?, reader.string()?);
    let (seed, again) = both.split_first_chunk::<32>()?;
    let same = one == other && kind == ED25519 && public == again && public.len() == 32;
    same.then(|| Ed25519Private { seed: Zeroizing::new(*seed), point: Some(public.to_vec()) })
}

/// Whether text is a line of a public key.
pub(super) fn is_public(text: &str) -> bool {
    let kinds = ["ssh-rsa ", "ssh-dss ", "ssh-ed25519 ", "ecdsa-sha2-", "sk-ssh-ed25519", "sk-ecdsa-sha2-"];
    kinds.iter().any(|kind| text.starts_with(kind))
}

/// Reads one line; its comment is not kept.
pub(super) fn public(text: &str) -> Result<Reading, ReadError> {
    let broken = |why: &str| ReadError::malformed("", "an OpenSSH public key", &why);
    let mut words = text.split_ascii_whitespace();
    let (kind, base64) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let bytes = encoding::base64(base64).map_err(broken)?;
    let mut reader = Strings(&bytes);
    if reader.string() != Some(kind.as_bytes()) {
        return Err(broken("its first word is not the type that it holds"));
    }
    let part = match public_key(kind, &mut reader) {
        Some(key) => {
            let content = Content::Key(Material::Public(key));
            let beside = if words.next().is_some() { vec!["the comment".to_owned()] } else { Vec::new() };
            Part { place: String::new(), form: Form::OpenSshPublic, content, name: None, beside }
        }
        None => named(
            "",
            Form::OpenSshPublic,
            format!("an OpenSSH public key ({})", printable(shown::name_or(kind, "of another type"), SHORT)),
            "",
        ),
    };
    Ok(Reading { layers: vec![Layer::Base64], parts: vec![part], findings: Vec::new() })
}

fn public_key(kind: &str, reader: &mut Strings<'_>) -> Option<PublicKey> {
    match kind {
        "ssh-rsa" => {
            let (exponent, modulus) = (reader.string()?, reader.string()?);
            PublicKey::rsa(without_zeros(modulus), without_zeros(exponent)).ok()
        }
        "ssh-ed25519" => PublicKey::ed25519(reader.string()?).ok(),
        _ => {
            let curve = match kind {
                "ecdsa-sha2-nistp256" => Curve::P256,
                "ecdsa-sha2-nistp384" => Curve::P384,
                "ecdsa-sha2-nistp521" => Curve::P521,
                _ => return None,
            };
            let (_, point) = (reader.string()?, reader.string()?);
            let (first, point) = point.split_first()?;
            (*first == 4).then(|| PublicKey::ec(curve, point).ok()).flatten()
        }
    }
}

/// `string` and `uint32` of RFC 4251 section 5.
struct Strings<'a>(&'a [u8]);

impl<'a> Strings<'a> {
    fn number(&mut self) -> Option<u32> {
        let (number, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*number))
    }

    fn string(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (string, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(string)
    }
}
