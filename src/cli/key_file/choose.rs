//! Which of the things in a file is meant. byok does not choose: what is ambiguous is named with the candidates.

use std::path::Path;

use super::beside::Beside;
use crate::cli::codes::reader as codes;
use crate::cli::failure::{Failure, Outcome};
use crate::format::escape::{SHORT, printable};
use crate::format::material::Material;
use crate::format::reader::{Content, Layer, Part, Reading};

/// More candidates than an error names.
const NAMED: usize = 8;

/// The only reading that the bytes admit.
pub(super) fn reading(path: &Path, mut readings: Vec<Reading>) -> Outcome<Reading> {
    if readings.len() > 1 {
        let named: Vec<String> = readings.iter().map(described).collect();
        let failure = none(path, &format!("its bytes can be read as {}", named.join(", or as ")));
        let mut forms: Vec<&str> = readings.iter().map(form).collect();
        forms.dedup();
        return Err(forms.into_iter().fold(failure, |failure, form| failure.hint(format!("--from {form}"))));
    }
    readings.pop().ok_or_else(|| none(path, "it holds nothing"))
}

/// What `--from` takes for a reading.
fn form(reading: &Reading) -> &'static str {
    let wrapped = reading.parts.iter().any(|part| matches!(part.content, Content::Wrapped(_)));
    match reading.layers.first() {
        _ if wrapped => "wrapped",
        Some(Layer::Pem) => "pem",
        Some(Layer::Base64) => "base64",
        Some(Layer::Hex) => "hex",
        Some(Layer::Der) => "der",
        Some(Layer::Json) => "jwk",
        Some(Layer::Utf16) | None => "raw",
    }
}

fn described(reading: &Reading) -> String {
    let layers = reading.layers.iter().map(|layer| format!("{layer}: "));
    let parts = reading.parts.iter().take(NAMED).map(what).collect::<Vec<_>>().join(" and ");
    layers.chain([parts]).collect()
}

/// One thing of a file, to people.
pub(super) fn what(part: &Part) -> String {
    match &part.content {
        Content::Key(Material::Private(key)) => format!("{} ({})", part.form, key.description()),
        Content::Key(Material::Public(key)) => format!("{} ({})", part.form, key.description()),
        Content::Key(Material::Secret(key)) => format!("{} ({} bytes)", part.form, key.value.len()),
        Content::Locked(locked) => locked.kind.to_string(),
        Content::Named { what, .. } => what.clone(),
        _ => part.form.to_string(),
    }
}

/// The part that is meant, and everything beside it. A public key is meant only where there is no other.
pub(super) fn part(path: &Path, parts: Vec<Part>, number: Option<usize>) -> Outcome<(Part, Beside)> {
    let at = match number {
        Some(number) => number.checked_sub(1).filter(|at| *at < parts.len()),
        None => Some(the_one(path, &parts)?),
    };
    let at = at.ok_or_else(|| none(path, &format!("it holds {} parts", parts.len())))?;
    let (mut chosen, mut beside) = (None, Beside::default());
    for (index, part) in parts.into_iter().enumerate() {
        if index == at {
            chosen = Some(part);
        } else {
            beside.take(part);
        }
    }
    Ok((chosen.ok_or_else(|| none(path, "it holds nothing"))?, beside))
}

/// The index of the only key.
fn the_one(path: &Path, parts: &[Part]) -> Outcome<usize> {
    let keys = |wanted: fn(&Part) -> bool| -> Vec<usize> {
        parts.iter().enumerate().filter(|(_, part)| wanted(part)).map(|(at, _)| at).collect()
    };
    let found = [
        keys(|part| {
            matches!(part.content, Content::Key(Material::Private(_) | Material::Secret(_)) | Content::Locked(_))
        }),
        keys(|part| matches!(part.content, Content::Key(Material::Public(_)))),
        keys(|part| matches!(part.content, Content::Certificate(_))),
    ];
    match found.iter().find(|keys| !keys.is_empty()).map(Vec::as_slice) {
        Some([only]) => Ok(*only),
        Some(several) => Err(ambiguous(path, parts, several)),
        None => match parts {
            [_] => Ok(0),
            _ => Err(none(path, "it holds no key")),
        },
    }
}

fn ambiguous(path: &Path, parts: &[Part], several: &[usize]) -> Failure {
    let failure = none(path, &format!("it holds {} keys", several.len()));
    several.iter().take(NAMED).fold(failure, |failure, at| {
        let Some(part) = parts.get(*at) else { return failure };
        let name = part.name.as_ref().map(|name| format!(" \"{}\"", printable(name, SHORT))).unwrap_or_default();
        failure.hint(format!("--part {}   {}{name}", at.saturating_add(1), what(part)))
    })
}

/// A file that gives no key.
pub(super) fn none(path: &Path, why: &str) -> Failure {
    Failure::new(&codes::NO_KEY, format!("{} gives no single key: {why}", path.display()))
}

/// Something that was recognised and is not read.
pub(super) fn named(path: &Path, what: &str, way_out: String) -> Failure {
    let failure = none(path, &format!("it is {what}"));
    if way_out.is_empty() { failure } else { failure.hint(way_out) }
}
