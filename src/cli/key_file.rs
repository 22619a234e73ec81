//! The one key in a file, for the commands that take a key file: `convert`, `import`.

use std::path::{Path, PathBuf};

use clap::Args;

use super::codes::reader as codes;
use super::failure::{Failure, Outcome};
use super::input;
use super::pin::PinSource;
use super::shell::Shell;
use crate::format::lint::Finding;
use crate::format::material::Material;
use crate::format::reader::{self, Assumption, Content, Form, Part, Reading};

/// Options of every command that takes a key file.
#[derive(Args, Clone, Debug)]
pub(super) struct KeyFileArgs {
    /// Where the passphrase of an encrypted file comes from: `env:NAME`, `file:PATH`, `fd:N` or `prompt`
    #[arg(long, value_name = "SOURCE")]
    pub passphrase_source: Option<PinSource>,
    /// Which part of the file, as `inspect` numbers them, when it holds several keys
    #[arg(long, value_name = "N")]
    pub part: Option<usize>,
}

/// The key that was found, and how it stood there.
#[derive(Debug)]
pub(super) struct KeyFile {
    /// The key.
    pub material: Material,
    /// Its container.
    pub form: Form,
    /// What a conversion would lose.
    pub beside: Vec<String>,
    /// What is out of order in the form of the file.
    pub findings: Vec<Finding>,
}

/// Reads the one key of a file.
pub(super) fn load(_shell: &Shell<'_>, path: &Path, args: &KeyFileArgs) -> Outcome<KeyFile> {
    let bytes = zeroize::Zeroizing::new(input::read(path, reader::MAXIMUM)?);
    let reading = reader::read(&bytes, &Assumption::default())?.only();
    let Reading { parts, findings, .. } = reading.ok_or_else(|| none(path, "its bytes can be read in several ways"))?;
    let mut numbered = parts.into_iter().zip(1_usize..);
    let wanted: Vec<Part> = match args.part {
        Some(number) => numbered.find(|(_, at)| *at == number).map(|(part, _)| part).into_iter().collect(),
        None => numbered.map(|(part, _)| part).filter(is_key).collect(),
    };
    let [part] = <[Part; 1]>::try_from(wanted)
        .map_err(|parts| none(path, if parts.is_empty() { "it holds no key" } else { "it holds several keys" }))?;
    let Part { form, content, beside, .. } = part;
    match content {
        Content::Key(material) => Ok(KeyFile { material, form, beside, findings }),
        Content::Named { what, way_out } => Err(none(path, &format!("it is {what}")).hint(way_out)),
        _ => Err(none(path, &format!("it is a {form}"))),
    }
}

fn is_key(part: &Part) -> bool {
    matches!(part.content, Content::Key(Material::Private(_) | Material::Secret(_)))
}

fn none(path: &Path, why: &str) -> Failure {
    let path: PathBuf = path.to_owned();
    Failure::new(&codes::NO_KEY, format!("{} gives no key: {why}", path.display()))
        .hint(format!("byok inspect {}", path.display()))
}
