//! Where everything of a new registry goes.

use std::path::{Path, PathBuf};

use super::write_once;
use crate::cli::codes::usage;
use crate::cli::config::{Settings, Template, render};
use crate::cli::failure::{Failure, Outcome};
use crate::cli::input::{self, trusted};
use crate::cli::shell::Shell;
use crate::ops::access::NewToken;

/// The paths of a registry to be, and what is known of its token.
#[derive(Debug)]
pub(super) struct Place {
    /// Flags, and the configuration when it was there before.
    pub settings: Settings,
    /// byok.yaml.
    pub config: PathBuf,
    /// The configuration was there before `init` and stays as it is.
    pub keeps_config: bool,
    /// The registry's folder.
    pub registry: PathBuf,
    /// The signer's public key, beside byok.yaml.
    pub signer_pem: PathBuf,
}

impl Place {
    /// byok.yaml is the one of --config, else the one of this folder; one further up belongs to another registry.
    pub(super) fn find(shell: &Shell<'_>) -> Outcome<Self> {
        let env = shell.env;
        let named = shell.globals.config.clone().or_else(|| env.var("BYOK_CONFIG").map(PathBuf::from));
        let config = env.directory.join(named.unwrap_or_else(|| "byok.yaml".into()));
        let keeps_config = input::exists(&config);
        let settings = Settings::load_from(env, shell.globals, keeps_config.then_some(config.as_path()))?;
        let folder = config.parent().unwrap_or(Path::new("/"));
        trusted::check_folder(folder, env.uid)?;
        let registry = settings.registry.clone().unwrap_or_else(|| folder.join("registry"));
        let signer_pem = folder.join("signer.pem");
        settings.keys.module()?;
        settings.keys.token()?;
        Ok(Self { settings, config, keeps_config, registry, signer_pem })
    }

    /// The registry is in its place and a file beside it is not.
    pub(super) fn is_half_done(&self) -> bool {
        input::exists(&self.registry.join("registry.json"))
            && !(input::exists(&self.signer_pem) && input::exists(&self.config))
    }

    /// byok never writes over what is there.
    pub(super) fn refuse_existing(&self) -> Outcome {
        match [&self.registry, &self.signer_pem].into_iter().find(|path| input::exists(path)) {
            None => Ok(()),
            Some(path) => Err(Failure::new(&usage::OUTPUT_EXISTS, format!("{} exists already", path.display()))
                .hint("name another folder with --registry, or work with the registry that is there")),
        }
    }

    /// Writes signer.pem and, last, byok.yaml: when that is there, everything is. What an interrupted run has written
    /// must be what would be written now. The registry is in its place and knows its token, so the note on that goes.
    pub(super) fn write_files(&self, pem: &str, signer_label: &str) -> Outcome {
        NewToken::forget(&self.registry)?;
        write_once(&self.signer_pem, pem.as_bytes())?;
        if self.keeps_config {
            return Ok(());
        }
        let folder = self.config.parent().unwrap_or(Path::new("/"));
        let pin_source = self.settings.keys.pin_source.clone().map(|source| source.seen_from(folder));
        let template = Template {
            module: self.settings.keys.module()?,
            token: self.settings.keys.token()?,
            pin_source: pin_source.as_ref(),
            registry: self.registry.strip_prefix(folder).unwrap_or(&self.registry),
            signer_label,
        };
        write_once(&self.config, render(&template).as_bytes())
    }
}
