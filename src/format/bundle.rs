//! `bundle.json`: what a bundle for one provider holds. It is not signed; every line of it must agree with the signed
//! manifest beside it, which `verify` checks.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::json::{JsonError, Limits, from_slice_strict};
use crate::manifest::statement::FileRecord;

/// `schema` of the document.
pub const SCHEMA: &str = "byok.bundle/v1";

/// The content of `bundle.json`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Bundle {
    /// [`SCHEMA`].
    pub schema: String,
    /// `NAME@N`.
    pub key_version: String,
    /// Provider id.
    pub provider: String,
    /// The key on the provider's side, when it was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Our name of the method: `rsa-aes-sha256`.
    pub method: String,
    /// The provider's algorithm or key spec.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<String>,
    /// Lower-case hexadecimal SHA-256 of the wrapping key's DER SPKI.
    pub wrapping_key_sha256: String,
    /// When the provider stops accepting the bundle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Every file of the bundle but this one, the manifest included.
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
    /// # Errors
    /// What is wrong and where.
    pub fn parse(bytes: &[u8]) -> Result<Self, JsonError> {
        from_slice_strict(bytes, Limits::DOCUMENT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let bundle = Bundle {
            schema: SCHEMA.into(),
            key_version: "payments/kek@1".into(),
            provider: "openbao".into(),
            target: None,
            method: "rsa-aes-sha256".into(),
            algorithm: Some("aes256-gcm96".into()),
            wrapping_key_sha256: "00".repeat(32),
            expires_at: Some("2026-11-23T10:00:00Z".parse().unwrap()),
            files: vec![FileRecord { name: "import.sh".into(), sha256: "11".repeat(32), size: 7 }],
        };
        let json = bundle.to_json();
        assert_eq!(Bundle::parse(&json).unwrap(), bundle);
        let text = String::from_utf8(json).unwrap();
        assert!(text.starts_with("{\n  \"schema\": \"byok.bundle/v1\",\n  \"keyVersion\": ") && text.ends_with("}\n"));
        for (from, to) in [("\"schema\"", "\"x\": 1, \"schema\""), ("\"size\": 7", "\"size\": 7, \"size\": 7")] {
            assert!(Bundle::parse(text.replacen(from, to, 1).as_bytes()).is_err(), "{to}");
        }
    }
}
