//! The folder with the providers' answers.

use std::error::Error;
use std::path::{Path, PathBuf};

use crate::cli::failure::{Failure, Outcome};
use crate::cli::input::{self, InputError};
use crate::format::wrapping_key::MAXIMUM;
use crate::ops::rotate::answer::Place;
use crate::ops::target::Target;
use crate::provider::ImportFile;

/// `--wrapping-keys DIR`.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// A folder that is there.
    pub(super) fn open(path: PathBuf) -> Outcome<Self> {
        if input::is_folder(&path)? {
            return Ok(Self(path));
        }
        Err(Failure::new(&crate::cli::codes::input::INPUT_UNREADABLE, format!("{} is not a folder", path.display()))
            .hint("--wrapping-keys DIR   holds DIR/NAME/TARGET.json, or DIR/TARGET.json for every key of a target"))
    }

    /// The answer at this place, when there is one. Names come from the registry and from byok.yaml, whose grammars let
    /// none of them lead out of the folder.
    pub(super) fn fetch(
        &self,
        place: Place<'_>,
        target: &Target,
    ) -> Result<Option<ImportFile>, Box<dyn Error + Send + Sync>> {
        let file = format!("{}.json", target.id);
        let relative = match place {
            Place::OfKey(key) => Path::new(key.as_str()).join(file),
            Place::OfTarget => PathBuf::from(file),
        };
        let path = self.0.join(&relative);
        let failed = |error: InputError| Box::new(error);
        if !input::is_there(&path).map_err(failed)? {
            return Ok(None);
        }
        let bytes = input::read(&path, MAXIMUM).map_err(failed)?;
        Ok(Some(ImportFile { name: relative.to_string_lossy().into_owned(), bytes }))
    }
}
