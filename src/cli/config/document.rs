//! The document: every field of byok.yaml. Unknown and doubled fields are refused.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_saphyr::{Localizer, Location, UserMessageFormatter};

use super::targets::{self, TargetProblem};
use super::{Settings, TokenSettings};
use crate::cli::codes::{Code, usage};
use crate::cli::failure::Explained;
use crate::cli::pin::PinSource;
use crate::ops::access::TokenChoice;

/// Why a byok.yaml is not used.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum ConfigError {
    /// Not YAML, or not the fields that byok.yaml has.
    #[error("{}{place} is not a valid configuration", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// `:line:column`, or nothing.
        place: String,
        /// What the parser said, without the place.
        what: String,
    },
    /// A value that its field cannot have.
    #[error("{}: {field} {problem}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A target that cannot be meant.
    #[error("{}{problem}", path.display())]
    Target {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and where.
        problem: TargetProblem,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Document {
    token: Option<Token>,
    pin_source: Option<String>,
    registry: Option<PathBuf>,
    signer: Option<Signer>,
    policy: Option<PathBuf>,
    #[serde(default)]
    targets: targets::Written,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Token {
    module: Option<PathBuf>,
    label: Option<String>,
    serial: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Signer {
    /// Missing while `init` has not chosen it yet: a file written by hand, with the signer on another token.
    label: Option<String>,
    token: Option<Token>,
    pin_source: Option<String>,
}

/// Reads the text of the file at `path`; relative paths in it are taken from its folder.
pub(in crate::cli) fn parse(text: &str, path: &Path) -> Result<Settings, ConfigError> {
    let document: Document = serde_saphyr::from_str_with_options(text, options()).map_err(|source| {
        let place = source.location().map_or_else(String::new, |at| format!(":{}:{}", at.line(), at.column()));
        let what = source.render_with_formatter(&UserMessageFormatter.with_localizer(&Placeless));
        ConfigError::Syntax { path: path.to_owned(), place, what }
    })?;
    let reader = Reader { path, folder: path.parent().unwrap_or(Path::new("/")) };
    let signer_token = document.signer.as_ref().map(|signer| reader.signer_token(signer)).transpose()?.flatten();
    Ok(Settings {
        file: Some(path.to_owned()),
        keys: reader.token(document.token.as_ref(), document.pin_source.as_deref())?,
        registry: document.registry.map(|registry| reader.folder.join(registry)),
        signer_label: document.signer.and_then(|signer| signer.label),
        signer_token,
        policy: document.policy.map(|policy| reader.folder.join(policy)),
        targets: document.targets.check().map_err(|problem| reader.target(problem))?,
    })
}

/// Messages without the place, which stands in front of them.
struct Placeless;

impl Localizer for Placeless {
    fn attach_location<'a>(&self, base: Cow<'a, str>, _: Location) -> Cow<'a, str> {
        base
    }
}

fn options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        strict_booleans: true,
        with_snippet: false,
        duplicate_keys: serde_saphyr::options::DuplicateKeyPolicy::Error,
        merge_keys: serde_saphyr::options::MergeKeyPolicy::Error,
        reject_unsupported_tags: true,
    }
}

struct Reader<'a> {
    path: &'a Path,
    folder: &'a Path,
}

impl Reader<'_> {
    fn token(&self, token: Option<&Token>, pin_source: Option<&str>) -> Result<TokenSettings, ConfigError> {
        let module = token.and_then(|token| token.module.clone());
        if module.as_ref().is_some_and(|module| !module.is_absolute()) {
            return Err(self.value("token.module", "is not an absolute path"));
        }
        let choice = match token.map(|token| (token.label.clone(), token.serial.clone())) {
            Some((Some(_), Some(_))) => return Err(self.value("token", "has both a label and a serial")),
            Some((Some(label), None)) => Some(TokenChoice::Label(label)),
            Some((None, Some(serial))) => Some(TokenChoice::Serial(serial)),
            Some((None, None)) | None => None,
        };
        let pin_source = match pin_source.map(str::parse::<PinSource>) {
            None => None,
            Some(Ok(source)) => Some(source.relative_to(self.folder)),
            Some(Err(_)) => {
                return Err(self.value("pin-source", "is none of env:NAME, file:PATH, fd:N, prompt, pinpad"));
            }
        };
        Ok(TokenSettings { module, token: choice, pin_source })
    }

    fn signer_token(&self, signer: &Signer) -> Result<Option<TokenSettings>, ConfigError> {
        match (&signer.token, &signer.pin_source) {
            (None, None) => Ok(None),
            (None, Some(_)) => Err(self.value("signer", "has a pin-source but no token")),
            (Some(token), source) => self.token(Some(token), source.as_deref()).map(Some),
        }
    }

    /// The value itself is not repeated: a PIN that was written where its source belongs must not reach a log.
    fn value(&self, field: &'static str, problem: &'static str) -> ConfigError {
        ConfigError::Value { path: self.path.to_owned(), field, problem }
    }

    fn target(&self, problem: TargetProblem) -> ConfigError {
        ConfigError::Target { path: self.path.to_owned(), problem }
    }
}

impl Explained for ConfigError {
    fn code(&self) -> &'static Code {
        &usage::CONFIG_INVALID
    }

    fn causes(&self) -> Vec<String> {
        match self {
            Self::Syntax { what, .. } => vec![what.clone()],
            Self::Value { .. } => Vec::new(),
            Self::Target { problem, .. } => problem.known.clone().into_iter().collect(),
        }
    }
}
