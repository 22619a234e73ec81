//! What a conversion comes to: structure, encoding, encryption, and what would be lost.

use std::str::FromStr;

use super::Args;
use super::report::{destination, what};
use crate::cli::codes::{convert as codes, usage};
use crate::cli::failure::{Failure, Outcome};
use crate::cli::key_file::KeyFile;
use crate::format::escape::{SHORT, printable};
use crate::format::material::Material;
use crate::format::reader::Form;
use crate::format::write::{Encoding, NamedCertificate, Structure};

/// What a key file is converted to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Target {
    /// Another structure.
    Structure(Structure),
    /// The same structure in another encoding.
    Encoding(Encoding),
}

/// What `--to` takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Goal {
    /// A bundle for a provider.
    Bundle,
    /// A key file.
    File(Target),
}

impl FromStr for Goal {
    type Err = UnknownTarget;

    fn from_str(text: &str) -> Result<Self, UnknownTarget> {
        if text == "bundle" { Ok(Self::Bundle) } else { text.parse().map(Self::File) }
    }
}

/// A text that names neither.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "unknown form; known: pkcs8, encrypted-pkcs8, pkcs1, sec1, spki, jwk, raw, pkcs12, pem, der, base64, hex, bundle"
)]
pub(super) struct UnknownTarget;

/// What will be written.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) structure: Structure,
    pub(super) encoding: Encoding,
    pub(super) encrypted: bool,
    /// What goes along with the key.
    pub(super) kept: Kept,
    /// Whether a private or symmetric key is written.
    pub(super) secret: bool,
    /// What is left out, with consent.
    pub(super) dropped: Vec<String>,
}

/// What the file has beside the key and the new form has a place for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    pub(super) name: bool,
    pub(super) certificates: bool,
}

impl Target {
    /// An encoding is named once.
    pub(super) fn check(self, encoding: Option<Encoding>) -> Outcome {
        match (self, encoding) {
            (Self::Encoding(to), Some(_)) => {
                Err(Failure::new(&usage::USAGE, format!("--to {to} names the encoding already"))
                    .hint("--to names a structure, and --encoding how it is encoded"))
            }
            _ => Ok(()),
        }
    }
}

impl Plan {
    pub(super) fn of(args: &Args, to: Target, key: &KeyFile) -> Outcome<Self> {
        let (structure, encoding) = match to {
            Target::Structure(structure) => (structure, args.encoding.unwrap_or_else(|| structure.usual_encoding())),
            Target::Encoding(encoding) => (same_structure(key.form)?, encoding),
        };
        let secret = !structure.is_public() && !matches!(key.material, Material::Public(_));
        let (structure, encrypted) = encryption(args, to, key, structure, secret)?;
        let certificates = !key.certificates.is_empty() && keeps_certificates(structure, encoding);
        let name = key.name.is_some() && matches!(structure, Structure::Jwk | Structure::Pkcs12);
        let mut dropped = Vec::new();
        if !structure.is_public() {
            dropped.extend(
                key.name.iter().filter(|_| !name).map(|name| format!("the name \"{}\"", printable(name, SHORT))),
            );
            dropped.extend((!certificates).then_some(key.certificates.len()).filter(|count| *count > 0).map(counted));
            dropped.extend((certificates && structure != Structure::Pkcs12).then(|| names(key)).flatten());
            dropped.extend(key.beside.iter().cloned());
        }
        if !dropped.is_empty() && !args.drop_attributes {
            let failure = Failure::new(&codes::LOSS, format!("{structure} cannot hold {}", dropped.join(", ")));
            let failure = match (key.certificates.is_empty() || certificates, key.name.is_none() || name) {
                (true, true) => failure,
                (true, false) => failure.hint("--to jwk or --to pkcs12 keeps the name"),
                (false, _) => failure.hint("--to pkcs12 keeps names and certificates"),
            };
            return Err(failure.hint("--drop-attributes leaves it out"));
        }
        // Whoever named one of several keys has said that the others stay behind.
        dropped.extend(key.unchosen.iter().cloned());
        Ok(Self { structure, encoding, encrypted, kept: Kept { name, certificates }, secret, dropped })
    }

    /// What a dry run says.
    pub(super) fn steps(&self, args: &Args, key: &KeyFile) -> Vec<String> {
        let encrypted = if self.encrypted { ", encrypted" } else { "" };
        let written = format!("write {} as {}{encrypted}", what(key), self.form());
        let mut steps = vec![written, format!("to {}", destination(args))];
        steps.extend(self.dropped.iter().map(|what| format!("leave out {what}")));
        steps
    }

    /// `pkcs8, pem`; a structure that has one encoding only is named alone.
    pub(super) fn form(&self) -> String {
        match (self.structure, self.encoding) {
            (Structure::Jwk, _) | (Structure::Raw | Structure::Pkcs12, Encoding::Der) => self.structure.to_string(),
            (structure, encoding) => format!("{structure}, {encoding}"),
        }
    }
}

/// `2 certificates`.
pub(in crate::cli) fn counted(certificates: usize) -> String {
    if certificates == 1 { "1 certificate".to_owned() } else { format!("{certificates} certificates") }
}

/// The names of certificates that are not the key's name once more.
fn names(key: &KeyFile) -> Option<String> {
    let named = |it: &&NamedCertificate| it.name.is_some() && it.name != key.name;
    match key.certificates.iter().filter(named).count() {
        0 => None,
        count => Some(format!("the name of {}", counted(count))),
    }
}

/// The structure of the input, for a conversion that changes the encoding only.
fn same_structure(form: Form) -> Outcome<Structure> {
    Ok(match form {
        Form::Pkcs8 => Structure::Pkcs8,
        Form::Pkcs8Encrypted => Structure::EncryptedPkcs8,
        Form::Pkcs1Private | Form::Pkcs1Public => Structure::Pkcs1,
        Form::Sec1 => Structure::Sec1,
        Form::Spki => Structure::Spki,
        Form::Jwk => Structure::Jwk,
        Form::Raw => Structure::Raw,
        Form::Pkcs12 => Structure::Pkcs12,
        other => {
            return Err(Failure::new(&codes::NO_FORM, format!("a {other} has no other encoding here"))
                .hint("--to spki gives its public key"));
        }
    })
}

/// What was encrypted stays so, unless somebody says otherwise.
fn encryption(
    args: &Args,
    to: Target,
    key: &KeyFile,
    structure: Structure,
    secret: bool,
) -> Outcome<(Structure, bool)> {
    let was = key.unlocked.is_some();
    match structure {
        Structure::EncryptedPkcs8 if args.unencrypted && matches!(to, Target::Encoding(_)) => {
            Ok((Structure::Pkcs8, false))
        }
        Structure::EncryptedPkcs8 | Structure::Pkcs12 if args.unencrypted => {
            Err(Failure::new(&usage::USAGE, format!("{structure} is always encrypted"))
                .hint("--to pkcs8 --unencrypted"))
        }
        Structure::EncryptedPkcs8 | Structure::Pkcs12 => Ok((structure, true)),
        Structure::Pkcs8 if secret && (was || args.new_passphrase_source.is_some()) && !args.unencrypted => {
            Ok((Structure::EncryptedPkcs8, true))
        }
        _ if secret && args.new_passphrase_source.is_some() => Err(no_passphrase(structure, key)),
        _ if secret && was && !args.unencrypted => {
            Err(no_passphrase(structure, key).hint("--unencrypted   writes the key without a passphrase"))
        }
        _ => Ok((structure, false)),
    }
}

fn no_passphrase(structure: Structure, key: &KeyFile) -> Failure {
    // PKCS#8 holds private keys only.
    let others = match key.material {
        Material::Secret(_) => "--to pkcs12",
        _ => "--to encrypted-pkcs8 or --to pkcs12",
    };
    Failure::new(&codes::NO_FORM, format!("{structure} has no encryption, and the key is to have one"))
        .hint(format!("{others}   keeps it behind a passphrase"))
}

fn keeps_certificates(structure: Structure, encoding: Encoding) -> bool {
    match structure {
        Structure::Pkcs12 => true,
        Structure::Jwk | Structure::Raw | Structure::Spki => false,
        _ => encoding == Encoding::Pem,
    }
}

impl FromStr for Target {
    type Err = UnknownTarget;

    fn from_str(text: &str) -> Result<Self, UnknownTarget> {
        let encoding = || text.parse().map(Self::Encoding).map_err(|_| UnknownTarget);
        text.parse().map(Self::Structure).or_else(|()| encoding())
    }
}
