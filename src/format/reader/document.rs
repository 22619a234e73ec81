//! Documents of byok, by their schema: they hold no key, and other commands read them.

use serde_json::{Map, Value};

use super::blocks::named;
use super::{Form, Part, shown};
use crate::audit::record;
use crate::format::escape::{SHORT, printable};
use crate::format::json::{Limits, parse_strict};
use crate::manifest::statement::PAYLOAD_TYPE;

/// The document, when it says what it is.
pub(super) fn read(members: &Map<String, Value>) -> Option<Part> {
    let text = |name: &str| members.get(name).and_then(Value::as_str).map(|text| printable(text, SHORT));
    if let (Some(kind), Some(_), Some(_)) = (text("payloadType"), members.get("payload"), members.get("signatures")) {
        let other = format!("a signed document ({kind})");
        let what =
            if kind == PAYLOAD_TYPE { "a signed statement" } else { shown::name_or(&other, "a signed document") };
        return Some(named("", Form::Document, what, "byok verify FILE --trust SIGNER"));
    }
    let schema = text("schema").filter(|schema| schema.starts_with("byok."))?;
    let about = ["keyVersion", "id", "provider"]
        .into_iter()
        .filter_map(&text)
        .filter(|text| shown::is_name(text))
        .collect::<Vec<_>>()
        .join(", ");
    let about = if about.is_empty() { String::new() } else { format!(" ({about})") };
    let schema = shown::name_or(&schema, "a document of byok with another schema");
    let way_out = if schema.starts_with("byok.bundle/") { "byok verify FOLDER --trust SIGNER" } else { "" };
    Some(named("", Form::Document, format!("{schema}{about}"), way_out))
}

/// An audit log: entries, one a line. Only the first is read.
pub(super) fn log(text: &str) -> Option<Part> {
    let first = text.lines().next().filter(|line| line.len() <= record::MAX_LINE)?;
    let entry = parse_strict(first.as_bytes(), Limits::DOCUMENT).ok()?;
    let has = |name: &str| entry.get(name).is_some();
    let is_log = ["v", "seq", "prev", "ts", "event", "phase"].into_iter().all(has);
    let count = text.lines().count();
    let what = format!("an audit log of byok, {count} entries");
    is_log.then(|| named("", Form::Document, what, "byok verify FOLDER --trust SIGNER"))
}
