//! The one key in a file, for the commands that take a key file: `convert`, `import`.
//!
//! First everything that can be said without a passphrase, then the passphrase, then the key.

mod beside;
mod choose;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;
use secrecy::SecretString;
use zeroize::Zeroizing;

use super::codes::{Code, convert};
use super::failure::{Explained, Outcome};
use super::input;
use super::passphrase::{PassphraseSource, needed};
use super::shell::Shell;
use crate::format::lint::Finding;
use crate::format::locked::{Budget, Kind, Locked, OpenError};
use crate::format::material::Material;
use crate::format::reader::{self, Assumption, Content, Form, Part, Source, UnknownSource};
use crate::format::write::NamedCertificate;
use crate::key::method::WrapMethod;
use crate::key::spec::KeySpec;
use crate::wrap::scrub::scrubbed;
use beside::{Beside, Settled};

/// Options of every command that takes a key file.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct KeyFileArgs {
    /// Where the passphrase of an encrypted file comes from: `env:NAME`, `file:PATH`, `fd:N` or `prompt`
    #[arg(long, value_name = "SOURCE")]
    pub passphrase_source: Option<PassphraseSource>,
    /// Which part of the file, as `inspect` numbers them, when it holds several keys
    #[arg(long, value_name = "N")]
    pub part: Option<usize>,
    /// What the file is, when its bytes leave a doubt: `raw`, `hex`, `base64`, `pem`, `der`, `jwk` or `pkcs12`; for a
    /// wrapped key the method, as `rsa-oaep-sha256`
    #[arg(long, value_name = "FORM")]
    pub from: Option<Stated>,
    /// The type of the key, when the file does not say: `aes-256`, `hmac-sha256`, `ec-p256` and so on
    #[arg(long = "type", value_name = "TYPE")]
    pub spec: Option<KeySpec>,
}

/// What `--from` says of a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Stated {
    /// Its form.
    Form(Source),
    /// That it is a wrapped key, and the method.
    Wrapped(WrapMethod),
}

impl Stated {
    fn source(self) -> Source {
        match self {
            Self::Form(source) => source,
            Self::Wrapped(_) => Source::Wrapped,
        }
    }
}

impl fmt::Display for Stated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form(source) => source.fmt(f),
            Self::Wrapped(method) => method.fmt(f),
        }
    }
}

impl FromStr for Stated {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let method = text.parse().map(Self::Wrapped);
        method.or_else(|_| text.parse().map(Self::Form)).map_err(|error: UnknownSource| {
            format!("{error}, and methods: rsa-oaep- or rsa-aes- with sha1, sha224, sha256, sha384 or sha512")
        })
    }
}

/// The key that was found, and how it stood there.
#[derive(Debug)]
pub(super) struct KeyFile {
    /// The key; a public one only where the file holds no other.
    pub material: Material,
    /// Its container.
    pub form: Form,
    /// The name that the container gave it. As it stood there: escape it.
    pub name: Option<String>,
    /// What else a conversion would lose.
    pub beside: Vec<String>,
    /// The certificates beside it: its own first, the others in the order of the file.
    pub certificates: Vec<NamedCertificate>,
    /// What belongs to other keys of the file, which the user did not choose.
    pub unchosen: Vec<String>,
    /// What is out of order in the form of the file.
    pub findings: Vec<Finding>,
    /// What was opened, and with which passphrase; `None` for a file without one.
    pub unlocked: Option<Unlocked>,
}

impl KeyFile {
    /// A key with nothing around it.
    pub(super) fn alone(material: Material, form: Form) -> Self {
        Self {
            material,
            form,
            name: None,
            beside: Vec::new(),
            certificates: Vec::new(),
            unchosen: Vec::new(),
            findings: Vec::new(),
            unlocked: None,
        }
    }
}

/// What was locked.
#[derive(Debug)]
pub(super) struct Unlocked {
    /// Its container.
    pub kind: Kind,
    /// Whether anything authenticated it.
    pub authenticated: bool,
    /// What opened it.
    pub passphrase: SecretString,
}

/// A file that was read as far as that goes without a passphrase.
#[derive(Debug)]
pub(super) struct Found {
    path: PathBuf,
    part: Option<usize>,
    chosen: Part,
    beside: Beside,
    findings: Vec<Finding>,
}

/// Reads the one key of a file.
pub(super) fn load(shell: &Shell<'_>, path: &Path, args: &KeyFileArgs) -> Outcome<KeyFile> {
    scrubbed(|| find(path, args)?.unlock(shell, args))
}

/// Reads a file, or standard input for `-`, as far as that goes without a passphrase.
pub(super) fn find(path: &Path, args: &KeyFileArgs) -> Outcome<Found> {
    let bytes = Zeroizing::new(input::read(path, reader::MAXIMUM)?);
    let readings = reader::read(&bytes, &Assumption { from: args.from.map(Stated::source), spec: args.spec })?.readings;
    let reading = choose::reading(path, readings)?;
    let alone = reading.parts.len() == 1;
    let at_once = args.part.filter(|_| !alone);
    let (chosen, beside) = choose::part(path, reading.parts, at_once)?;
    Ok(Found { path: path.to_owned(), part: args.part.filter(|_| alone), chosen, beside, findings: reading.findings })
}

impl Found {
    /// What is behind a passphrase, when the chosen part is.
    pub(super) fn locked(&self) -> Option<&Locked> {
        match &self.chosen.content {
            Content::Locked(locked) => Some(locked),
            _ => None,
        }
    }

    /// Says early that the passphrase cannot be had, or that the file would not be opened with any.
    pub(super) fn check(&self, shell: &Shell<'_>, args: &KeyFileArgs) -> Outcome {
        let Some(locked) = self.locked() else { return Ok(()) };
        locked.affordable()?;
        if locked.is_open() {
            return Ok(());
        }
        match &args.passphrase_source {
            Some(source) => Ok(source.check(shell.env, "--passphrase-source")?),
            None if shell.env.can_ask() => Ok(()),
            None => Err(needed(&self.path.display().to_string(), "--passphrase-source")),
        }
    }

    /// Asks for the passphrase if there is one, and gives the key.
    pub(super) fn unlock(self, shell: &Shell<'_>, args: &KeyFileArgs) -> Outcome<KeyFile> {
        self.check(shell, args)?;
        let Self { path, part, chosen, beside: mut around, findings } = self;
        let Part { form, content, name, beside, place } = chosen;
        let Content::Locked(locked) = content else {
            if part.is_some_and(|number| number != 1) {
                return Err(choose::none(&path, "it holds one part only"));
            }
            let chosen = Part { place, form, content, name, beside };
            return key(&path, chosen, around, findings, None);
        };
        let passphrase = ask(shell, &path, &locked, args)?;
        let (mut chosen, inside) = choose::part(&path, locked.open(&passphrase, &mut Budget::new())?, part)?;
        around.absorb(inside);
        chosen.name = chosen.name.or(name);
        chosen.beside.extend(beside);
        let unlocked = Unlocked { kind: locked.kind, authenticated: locked.authenticated(), passphrase };
        key(&path, chosen, around, findings, Some(unlocked))
    }
}

/// The passphrase of a locked file.
fn ask(shell: &Shell<'_>, path: &Path, locked: &Locked, args: &KeyFileArgs) -> Outcome<SecretString> {
    if locked.is_open() {
        return Ok(SecretString::from(""));
    }
    let source = args.passphrase_source.clone().unwrap_or_else(PassphraseSource::prompt);
    let question = format!("Passphrase of {}", path.display());
    Ok(match locked.kind {
        Kind::Pkcs12 => source.read_or_empty(shell.env, &question)?,
        Kind::EncryptedPkcs8 | Kind::LegacyPem => source.read(shell.env, &question)?,
    })
}

fn key(
    path: &Path,
    part: Part,
    around: Beside,
    mut findings: Vec<Finding>,
    unlocked: Option<Unlocked>,
) -> Outcome<KeyFile> {
    let Part { form, content, name, mut beside, .. } = part;
    let (material, is_certificate) = match content {
        Content::Key(material) => (material, false),
        Content::Certificate(certificate) => (Material::Public(certificate.key), true),
        Content::Named { what, way_out } => return Err(choose::named(path, &what, way_out)),
        _ => return Err(choose::none(path, &format!("it is a {form}"))),
    };
    let Settled { mut certificates, lost, unchosen, findings: found } = around.settle(&material);
    if is_certificate {
        certificates.clear();
    }
    beside.extend(lost);
    findings.extend(found);
    Ok(KeyFile { material, form, name, beside, certificates, unchosen, findings, unlocked })
}

impl Explained for OpenError {
    fn code(&self) -> &'static Code {
        match self {
            Self::WrongPassphrase | Self::WrongOrDamaged => &convert::WRONG_PASSPHRASE,
            Self::Damaged(_) => &convert::LOCKED_DAMAGED,
            Self::TooExpensive(_) => &convert::TOO_EXPENSIVE,
            Self::Unsupported(_) => &convert::LOCK_UNKNOWN,
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::WrongPassphrase | Self::WrongOrDamaged => {
                vec!["byok does not ask twice: repeat the command with the right passphrase".to_owned()]
            }
            Self::Damaged(_) | Self::TooExpensive(_) | Self::Unsupported(_) => Vec::new(),
        }
    }
}
