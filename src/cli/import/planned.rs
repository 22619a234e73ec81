//! `import` in a plan: what it comes to, and back.

use super::Args;
use crate::approval::plan::{Action, ImportAction, ImportSource, InputFile, KeyBase, KeyFileSource, WrappedSource};
use crate::cli::failure::Outcome;
use crate::cli::input;
use crate::cli::key_file::{KeyFileArgs, Stated};
use crate::cli::passphrase::PassphraseSource;
use crate::cli::plan::draft::{path_text, unreadable};
use crate::cli::wish::WishArgs;
use crate::key::version::KeyVersionId;
use crate::ops::access::Registry;
use crate::ops::import::{ImportRequest, KeyInHand, Source, WrappedKey};
use crate::ops::inventory::select;

/// What was checked.
pub(super) fn action(args: &Args, request: &ImportRequest, id: &KeyVersionId, registry: &Registry) -> Outcome<Action> {
    let wish = &request.wish;
    let source = match &request.source {
        Source::InHand(key) => ImportSource::File(key_file(args, key, id)?),
        Source::Wrapped(key) => ImportSource::Wrapped(wrapped(args, key, registry)?),
    };
    Ok(Action::Import(ImportAction {
        version: id.to_string(),
        key_type: wish.spec.to_string(),
        purpose: wish.purpose.to_string(),
        owner: wish.owner.clone(),
        attributes: wish.attributes.clone(),
        source,
    }))
}

fn key_file(args: &Args, key: &KeyInHand, id: &KeyVersionId) -> Outcome<KeyFileSource> {
    let part = args.key_file.part.map(u32::try_from).transpose();
    Ok(KeyFileSource {
        path: path_text(&args.file)?,
        material: key.material(id),
        from: args.key_file.from.map(|from| from.to_string()),
        part: part.map_err(unreadable)?,
    })
}

/// The bytes of the file itself, which may be base64: those are what `apply` finds.
fn wrapped(args: &Args, key: &WrappedKey, registry: &Registry) -> Outcome<WrappedSource> {
    let id = select(registry, &key.unwrapping)?;
    let manifest_sha256 = registry.newest_manifest(&id)?.payload_sha256;
    let read = |path: &std::path::Path| -> Outcome<InputFile> {
        Ok(InputFile::of(&path_text(path)?, &input::read(path, super::MAXIMUM_WRAPPED)?))
    };
    Ok(WrappedSource {
        file: read(&args.file)?,
        method: key.method.to_string(),
        unwrapping_key: KeyBase { version: id.to_string(), manifest_sha256 },
        public_key: args.public_key.as_deref().map(read).transpose()?,
    })
}

impl Args {
    /// What would be typed.
    pub(in crate::cli) fn of(action: &ImportAction, passphrase_source: Option<PassphraseSource>) -> Outcome<Self> {
        let id: KeyVersionId = action.version.parse().map_err(unreadable)?;
        let purpose = action.purpose.parse().map_err(unreadable)?;
        let mut key_file = KeyFileArgs {
            passphrase_source,
            part: None,
            from: None,
            spec: Some(action.key_type.parse().map_err(unreadable)?),
        };
        let (mut unwrapping_key, mut public_key, mut method) = (None, None, None);
        let path = match &action.source {
            ImportSource::File(source) => {
                key_file.part = source.part.map(usize::try_from).transpose().map_err(unreadable)?;
                key_file.from = source
                    .from
                    .as_deref()
                    .map(str::parse::<Stated>)
                    .transpose()
                    .map_err(|error| unreadable(Text(error)))?;
                &source.path
            }
            ImportSource::Wrapped(wrapped) => {
                unwrapping_key = Some(wrapped.unwrapping_key.version.parse().map_err(unreadable)?);
                public_key = wrapped.public_key.as_ref().map(|file| file.path.clone().into());
                method = Some(wrapped.method.parse().map_err(unreadable)?);
                &wrapped.file.path
            }
        };
        Ok(Self {
            name: id.key,
            file: path.into(),
            wish: WishArgs::of(purpose, action.owner.clone(), action.attributes.clone()),
            key_file,
            unwrapping_key,
            public_key,
            method,
            no_probe: false,
        })
    }
}

/// An error that is text alone.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Text(String);
