//! byok.yaml and the flags that go before it: which module, token, registry and signer a command works with.

mod document;
mod find;
mod targets;
mod template;

use std::path::{Path, PathBuf};

use super::codes::usage;
use super::env::Env;
use super::failure::{Failure, Outcome};
use super::globals::Globals;
use super::input;
use super::pin::PinSource;
use crate::ops::access::{MAX_POLICY_FILE, TokenChoice};
use crate::ops::target::Targets;
pub(super) use document::parse;
pub(super) use template::{Template, render};

/// A token and how to log in to it; what is absent was not configured.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct TokenSettings {
    /// The PKCS#11 module, absolute.
    pub module: Option<PathBuf>,
    /// The token within it.
    pub token: Option<TokenChoice>,
    /// Where its PIN comes from.
    pub pin_source: Option<PinSource>,
}

/// What flags and byok.yaml say together.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Settings {
    /// The file that was used.
    pub file: Option<PathBuf>,
    /// Where the keys are.
    pub keys: TokenSettings,
    /// The registry's folder.
    pub registry: Option<PathBuf>,
    /// The label of the evidence signer's key; compared with the registry's when it is there.
    pub signer_label: Option<String>,
    /// Where the evidence signer is, when it lives on another token.
    pub signer_token: Option<TokenSettings>,
    /// The policy that must be the adopted one.
    pub policy: Option<PathBuf>,
    /// Where versions of keys go.
    pub targets: Targets,
}

impl Settings {
    /// Flags first, then the configuration file, when there is one.
    pub(super) fn load(env: &Env, globals: &Globals) -> Outcome<Self> {
        let found = find::find(env, globals.config.as_deref())?;
        Self::merge(env, globals, found)
    }

    /// Flags first, then this file and no other.
    pub(super) fn load_from(env: &Env, globals: &Globals, file: Option<&Path>) -> Outcome<Self> {
        let found = file.map(|path| find::read(env, path)).transpose()?;
        Self::merge(env, globals, found)
    }

    fn merge(env: &Env, globals: &Globals, found: Option<find::Found>) -> Outcome<Self> {
        let mut settings = match found {
            Some(found) => parse(&found.text, &found.path)?,
            None => Self::default(),
        };
        let absolute = |path: &PathBuf| env.directory.join(path);
        if let Some(registry) = &globals.registry {
            settings.registry = Some(absolute(registry));
        }
        if let Some(module) = &globals.module {
            settings.keys.module = Some(require_absolute(module)?);
        }
        if let Some(label) = &globals.token {
            settings.keys.token = Some(TokenChoice::Label(label.clone()));
        }
        if let Some(source) = &globals.pin_source {
            settings.keys.pin_source = Some(source.clone().relative_to(&env.directory));
        }
        Ok(settings)
    }

    /// The bytes of the policy that byok.yaml names.
    pub(super) fn policy(&self) -> Outcome<Option<Vec<u8>>> {
        Ok(self.policy.as_deref().map(|path| input::read(path, MAX_POLICY_FILE)).transpose()?)
    }

    /// The registry's folder.
    pub(super) fn registry(&self) -> Outcome<&Path> {
        self.registry.as_deref().ok_or_else(|| missing("registry", "--registry DIR"))
    }
}

impl TokenSettings {
    /// The module's path.
    pub(super) fn module(&self) -> Outcome<&Path> {
        self.module.as_deref().ok_or_else(|| missing("PKCS#11 module", "--module PATH"))
    }

    /// The token within the module.
    pub(super) fn token(&self) -> Outcome<&TokenChoice> {
        self.token.as_ref().ok_or_else(|| missing("token", "--token LABEL"))
    }

    /// The PIN's source, checked: the configured one, or the terminal when somebody is there to ask.
    pub(super) fn pin_source(&self, env: &Env) -> Outcome<PinSource> {
        let source = self.pin_source.clone().unwrap_or(PinSource::Prompt);
        source.check(env)?;
        Ok(source)
    }
}

fn missing(what: &str, flag: &str) -> Failure {
    Failure::new(&usage::SETTING_MISSING, format!("no {what} is named"))
        .cause("neither a flag nor a byok.yaml in this folder or above names it")
        .hint(format!("pass {flag}, or set it in the byok.yaml that `byok init` writes"))
}

fn require_absolute(module: &Path) -> Outcome<PathBuf> {
    if module.is_absolute() {
        return Ok(module.to_owned());
    }
    Err(Failure::new(&usage::MODULE_NOT_ABSOLUTE, format!("the module's path {} is not absolute", module.display())))
}

#[cfg(test)]
mod tests;
