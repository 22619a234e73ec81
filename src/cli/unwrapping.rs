//! `byok convert --unwrapping-key`: a wrapped key opened with a private key that the user holds.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use rsa::RsaPrivateKey;
use zeroize::Zeroizing;

use super::codes::{Code, convert as codes, token, unexpected, usage};
use super::failure::{Explained, Failure, Outcome, finding_line};
use super::input;
use super::key_file::{self, KeyFileArgs};
use super::passphrase::{PassphraseSource, needed};
use super::shell::Shell;
use super::workspace::Workspace;
use crate::format::lint::{self, Severity};
use crate::format::material::{Material, PrivateKey};
use crate::format::pkcs8;
use crate::format::reader::{self, Assumption, Content, Form, Source};
use crate::key::exposure::Exposure;
use crate::key::method::WrapMethod;
use crate::key::spec::KeySpec;
use crate::key::version::KeySelector;
use crate::ops::profile::cached;
use crate::ops::unwrapping::{UnwrappingError, UnwrappingKey};
use crate::wrap::envelope;
use crate::wrap::scrub::scrubbed;

/// What opens a wrapped key.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Options for a wrapped key")]
pub(super) struct UnwrapArgs {
    /// The private key that opens it: `file:PATH`, or `token:NAME[@N]` for an RSA key in the token
    #[arg(long, value_name = "KEY", requires = "from")]
    unwrapping_key: Option<Holder>,
    /// Where the passphrase of that private key file comes from
    #[arg(long, value_name = "SOURCE", requires = "unwrapping_key")]
    unwrapping_passphrase_source: Option<PassphraseSource>,
}

/// Where the private key is.
#[derive(Clone, Debug)]
enum Holder {
    File(PathBuf),
    Token(KeySelector),
}

impl FromStr for Holder {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            Some(("token", name)) => name.parse().map(Self::Token).map_err(|error| format!("{error}")),
            _ => Err("the key is file:PATH or token:NAME[@N]".to_owned()),
        }
    }
}

impl UnwrapArgs {
    /// Whether a wrapped key is to be opened.
    pub(super) fn is_named(&self) -> bool {
        self.unwrapping_key.is_some()
    }
}

/// Whoever opens a wrapped key in memory sees the key.
pub(super) fn consent(given: Option<Exposure>) -> Outcome {
    if given.is_some_and(|consent| consent >= Exposure::Plaintext) {
        return Ok(());
    }
    Err(Failure::new(&usage::BUNDLE_CONSENT, "a wrapped key is opened with consent only: this host sees the key")
        .hint("--allow-exposure plaintext   consents for this operation"))
}

/// The key in a wrapped blob, and the container that it has inside.
pub(super) fn open(
    shell: &Shell<'_>,
    input: &Path,
    method: WrapMethod,
    spec: Option<KeySpec>,
    args: &UnwrapArgs,
) -> Outcome<(Material, Form)> {
    let blob = blob(input)?;
    let opened = match &args.unwrapping_key {
        Some(Holder::File(path)) => {
            let key = private_key(shell, path, args.unwrapping_passphrase_source.as_ref())?;
            scrubbed(|| envelope::open(method, &key, &blob)).map_err(UnwrappingError::from)?
        }
        Some(Holder::Token(selector)) => in_token(shell, selector, method, &blob, spec)?,
        None => return Err(Failure::new(&usage::USAGE, "no key is named that opens the wrapped key")),
    };
    inside(&opened, spec)
}

/// What was wrapped: binary, base64, or in Azure's transfer file.
fn blob(input: &Path) -> Outcome<Vec<u8>> {
    let bytes = input::read(input, reader::MAXIMUM)?;
    let readings = reader::read(&bytes, &Assumption { from: Some(Source::Wrapped), spec: None })?.readings;
    let parts = readings.into_iter().flat_map(|reading| reading.parts);
    let mut found = parts.filter_map(|part| match part.content {
        Content::Wrapped(wrapped) => Some(wrapped.bytes),
        Content::Transfer(transfer) => Some(transfer.wrapped.bytes),
        _ => None,
    });
    found.next().ok_or_else(|| not_opened("its length is none of a wrapped key"))
}

fn not_opened(cause: &str) -> Failure {
    Failure::new(&codes::NOT_OPENED, "the wrapped key does not open").cause(cause)
}

fn private_key(shell: &Shell<'_>, path: &Path, source: Option<&PassphraseSource>) -> Outcome<RsaPrivateKey> {
    let args = KeyFileArgs { passphrase_source: source.cloned(), ..KeyFileArgs::default() };
    let found = key_file::find(path, &args)?;
    let asks = found.locked().is_some_and(|locked| !locked.is_open());
    if asks && source.is_none() && !shell.env.can_ask() {
        return Err(needed(&path.display().to_string(), "--unwrapping-passphrase-source"));
    }
    let file = found.unlock(shell, &args)?;
    let refused = |why: String| Failure::new(&codes::UNWRAPPING_KEY, format!("{}: {why}", path.display()));
    let errors: Vec<_> =
        lint::of_key(&file.material).into_iter().filter(|it| it.rule.severity == Severity::Error).collect();
    if !errors.is_empty() {
        let failure = refused("the key is broken".to_owned());
        return Err(errors.iter().fold(failure, |failure, finding| failure.cause(finding_line(finding))));
    }
    let Material::Private(key @ PrivateKey::Rsa(_)) = &file.material else {
        return Err(refused("it holds no RSA private key, and nothing else opens a wrapped key".to_owned()));
    };
    let der = pkcs8::encode(key).map_err(|error| refused("the key is broken".to_owned()).cause(error.to_string()))?;
    envelope::private_key(&der).map_err(|error| refused(error.to_string()))
}

fn in_token(
    shell: &Shell<'_>,
    selector: &KeySelector,
    method: WrapMethod,
    blob: &[u8],
    spec: Option<KeySpec>,
) -> Outcome<Zeroizing<Vec<u8>>> {
    let workspace = Workspace::open_to_read(shell)?;
    let key = UnwrappingKey::find(&workspace.registry, selector)?;
    let chosen = workspace.choose(shell)?;
    let known = if key.needs_profile() {
        let known = cached(&workspace.registry, chosen.keys().identity());
        Some(known.map_err(|reason| {
            Failure::new(&token::PROBE_NEEDED, format!("the token would have to be probed: {reason}"))
                .hint("byok hsm probe")
        })?)
    } else {
        None
    };
    let opened = chosen.open(shell)?;
    let session = workspace.session(&opened, &[&key.wanted])?;
    let handle = session.find(&key.wanted)?;
    let capabilities = known.as_ref().map(|known| &known.profile.capabilities);
    Ok(key.open(session.token, handle, capabilities, (method, blob), spec)?)
}

/// PKCS#8 or the bytes of a key: providers wrap nothing else.
fn inside(opened: &[u8], spec: Option<KeySpec>) -> Outcome<(Material, Form)> {
    let read =
        |from| reader::read(opened, &Assumption { from: Some(from), spec }).ok().and_then(reader::Recognition::only);
    for from in [Source::Der, Source::Raw] {
        let parts = read(from).map(|reading| reading.parts).unwrap_or_default();
        if let Ok([part]) = <[_; 1]>::try_from(parts)
            && let Content::Key(material @ (Material::Private(_) | Material::Secret(_))) = part.content
        {
            return Ok((material, part.form));
        }
    }
    Err(not_opened("what is inside is neither PKCS#8 nor the bytes of a key"))
}

impl Explained for UnwrappingError {
    fn code(&self) -> &'static Code {
        match self {
            Self::Key { .. } => &codes::UNWRAPPING_KEY,
            Self::TypeNeeded => &usage::TYPE_NEEDED,
            Self::NoWayOut => &token::IMPOSSIBLE,
            Self::NotOpened => &codes::NOT_OPENED,
            Self::Software(_) => &unexpected::UNEXPECTED,
            Self::Registry(error) => error.code(),
            Self::Unknown(error) => error.code(),
            Self::Execute(error) => error.code(),
        }
    }

    fn causes(&self) -> Vec<String> {
        match self {
            Self::Registry(error) => error.causes(),
            Self::Execute(error) => error.causes(),
            _ => Vec::new(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::TypeNeeded => vec!["--type aes-256, or whatever it is".to_owned()],
            Self::NoWayOut => vec!["byok hsm probe   shows what is possible".to_owned()],
            Self::Registry(error) => error.hints(),
            Self::Unknown(error) => error.hints(),
            Self::Execute(error) => error.hints(),
            _ => Vec::new(),
        }
    }
}
