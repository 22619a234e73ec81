//! Azure's key transfer blob, `.byok`: what it says of itself, and what its ciphertext can be.

use serde_json::{Map, Value};

use super::{Content, Form, Part, ReadError, Transfer, Wrapped, encoding, shown, wrapped};
use crate::format::escape::{SHORT, printable};

/// The blob, when the document is one: only that has these two members.
pub(super) fn read(members: &Map<String, Value>) -> Result<Option<Part>, ReadError> {
    let (Some(Value::Object(header)), Some(Value::String(ciphertext))) =
        (members.get("header"), members.get("ciphertext"))
    else {
        return Ok(None);
    };
    let bytes = encoding::base64(ciphertext)
        .map_err(|why| ReadError::malformed("", "an Azure key transfer blob", &format!("ciphertext: {why}")))?;
    let text = |members: &Map<String, Value>, name: &str| {
        let text = members.get(name).and_then(Value::as_str);
        let address = |text: &str| name == "kid" && text.starts_with("https://");
        let text = text.map(|text| if address(text) { text } else { shown::name_or(text, "(not shown: no name)") });
        text.map(|text| printable(text, SHORT.saturating_mul(4)))
    };
    let transfer = Transfer {
        version: text(members, "schema_version").unwrap_or_default(),
        kid: text(header, "kid"),
        algorithm: text(header, "alg").unwrap_or_default(),
        encryption: text(header, "enc").unwrap_or_default(),
        generator: text(members, "generator"),
        url_safe: !ciphertext.contains(['+', '/', '=']),
        wrapped: Wrapped { bytes: bytes.to_vec(), candidates: wrapped::candidates(bytes.len()) },
    };
    let content = Content::Transfer(Box::new(transfer));
    Ok(Some(Part { place: String::new(), form: Form::Transfer, content, name: None, beside: Vec::new() }))
}
