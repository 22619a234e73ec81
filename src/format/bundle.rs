//! `bundle.json`: what a bundle for one provider holds. It is not signed; every line of it must agree with the signed
//! manifest beside it, which `verify` checks.

use std::collections::BTreeSet;
use std::fmt::Display;

use jiff::Timestamp;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use super::escape::{SHORT, printable};
use super::json::{JsonError, Limits, from_slice_strict};
use crate::key::version::KeyVersionId;
use crate::manifest::digest::is_sha256;
use crate::manifest::statement::FileRecord;

/// `schema` of the document.
pub const SCHEMA: &str = "byok.bundle/v1";
/// The most files that a bundle has.
const MAXIMUM_FILES: usize = 64;

/// The content of `bundle.json`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Bundle {
    /// [`SCHEMA`].
    pub schema: String,
    /// `NAME@N`; absent when the key came from a file.
    #[serde(default, deserialize_with = "key_version", skip_serializing_if = "Option::is_none")]
    pub key_version: Option<String>,
    /// Provider id.
    #[serde(deserialize_with = "word")]
    pub provider: String,
    /// The key on the provider's side, when it was named.
    #[serde(default, deserialize_with = "line", skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Our name of the method: `rsa-aes-sha256`.
    #[serde(deserialize_with = "word")]
    pub method: String,
    /// The provider's algorithm or key spec.
    #[serde(default, deserialize_with = "optional_word", skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<String>,
    /// Lower-case hexadecimal SHA-256 of the wrapping key's DER SPKI.
    #[serde(deserialize_with = "sha256")]
    pub wrapping_key_sha256: String,
    /// When the provider stops accepting the bundle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Every file of the bundle but this one, the manifest included.
    #[serde(deserialize_with = "files")]
    pub files: Vec<FileRecord>,
}

impl Bundle {
    /// The document, indented, with a line feed at the end; the same bytes every time.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let mut out = serde_json::to_vec_pretty(self).unwrap_or_default();
        out.push(b'\n');
        out
    }

    /// Reads the document. It has no members but these: a line that nothing checks must not stand in it.
    ///
    /// Whether the schema is [`SCHEMA`] is for the caller to say. File names are safe to join to the bundle's folder.
    ///
    /// # Errors
    /// What is wrong and where.
    pub fn parse(bytes: &[u8]) -> Result<Self, JsonError> {
        from_slice_strict(bytes, Limits::DOCUMENT)
    }
}

fn key_version<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<String>, D::Error> {
    let good = |text: &str| text.parse::<KeyVersionId>().is_ok();
    Option::deserialize(reader)?.map(|text| checked(text, "NAME@N", good)).transpose()
}

fn word<'de, D: Deserializer<'de>>(reader: D) -> Result<String, D::Error> {
    checked(String::deserialize(reader)?, "a word", is_word)
}

fn optional_word<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(reader)?.map(|text| checked(text, "a word", is_word)).transpose()
}

fn line<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<String>, D::Error> {
    let good = |text: &str| (1..=512).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    let rule = "1 to 512 characters without control characters";
    Option::deserialize(reader)?.map(|text| checked(text, rule, good)).transpose()
}

fn sha256<'de, D: Deserializer<'de>>(reader: D) -> Result<String, D::Error> {
    checked(String::deserialize(reader)?, HASH_RULE, is_sha256)
}

fn files<'de, D: Deserializer<'de>>(reader: D) -> Result<Vec<FileRecord>, D::Error> {
    let files = Vec::<FileRecord>::deserialize(reader)?;
    if !(1..=MAXIMUM_FILES).contains(&files.len()) {
        let count = files.len();
        return Err(D::Error::custom(format_args!("the bundle lists {count} files; 1 to {MAXIMUM_FILES} are allowed")));
    }
    let mut seen = BTreeSet::new();
    for file in &files {
        if !is_file_name(&file.name) {
            return Err(wrong(&file.name, "a plain file name"));
        }
        if !is_sha256(&file.sha256) {
            return Err(wrong(&file.sha256, HASH_RULE));
        }
        if !seen.insert(file.name.as_str()) {
            return Err(D::Error::custom(format_args!("the file {} stands twice", file.name)));
        }
    }
    Ok(files)
}

const HASH_RULE: &str = "64 lower-case hexadecimal digits";

fn checked<E: Error>(text: String, rule: impl Display, good: impl Fn(&str) -> bool) -> Result<String, E> {
    if good(&text) { Ok(text) } else { Err(wrong(&text, rule)) }
}

fn wrong<E: Error>(text: &str, rule: impl Display) -> E {
    E::custom(format_args!("{:?} is not {rule}", printable(text, SHORT)))
}

/// Ids, methods and algorithms of all providers.
fn is_word(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// No folder, no hidden file, nothing that means something to a shell or to a terminal.
fn is_file_name(text: &str) -> bool {
    is_word(text) && text != "bundle.json"
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/bundles/openbao-v1.json"));

    fn refusal(from: &str, to: &str) -> String {
        assert!(OLD.contains(from), "{from}");
        Bundle::parse(OLD.replacen(from, to, 1).as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn the_first_format_is_read_and_written_as_it_was() {
        let bundle = Bundle::parse(OLD.as_bytes()).unwrap();
        assert_eq!((bundle.schema.as_str(), bundle.files.len()), (SCHEMA, 3));
        assert_eq!(bundle.to_json(), OLD.as_bytes());
    }

    #[test]
    fn what_breaks_a_rule_is_named_with_its_place() {
        for (from, to, expected) in [
            ("\"schema\"", "\"x\": 1, \"schema\"", "unknown field `x`"),
            ("kek@1", "kek", "\"payments/kek\" is not NAME@N (line 3, column 30, at keyVersion)"),
            ("\"ciphertext.b64\"", "\"../ciphertext.b64\"", "\"../ciphertext.b64\" is not a plain file name"),
            ("\"ciphertext.b64\"", "\"-rf\"", "\"-rf\" is not a plain file name"),
            ("\"ciphertext.b64\"", "\"bundle.json\"", "\"bundle.json\" is not a plain file name"),
            ("\"ciphertext.b64\"", "\"import.sh\"", "the file import.sh stands twice"),
            ("\"openbao\"", "\"open bao\"", "\"open bao\" is not a word"),
            ("\"payments-kek\"", "\"a\\u001bb\"", "\"a\\\\u{1b}b\" is not 1 to 512 characters"),
            ("\"size\": 736", "\"size\": -1", "invalid value: integer `-1`"),
            ("\"size\": 736", "\"size\": 736, \"size\": 1", "the member `size` stands twice"),
        ] {
            let message = refusal(from, to).replace("\\\\\\\\", "\\\\");
            assert!(message.starts_with(expected), "{message}");
        }
        let sha256 = &Bundle::parse(OLD.as_bytes()).unwrap().files[0].sha256;
        assert!(refusal(sha256, &sha256.to_uppercase()).contains("is not 64 lower-case"));
    }
}
