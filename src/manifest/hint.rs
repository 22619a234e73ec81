//! What a manifest says that nobody has verified: a hint which of ten thousand are worth verifying, and never more. Nothing
//! is decided by it but where to look.

use serde::Deserialize;

use super::dsse::{self, Payload};
use super::statement::{Origin, PlacementRecord, Statement, WrapRecord};

/// Where a key version came from and went, as somebody says.
#[derive(Debug, Deserialize)]
pub struct Said {
    /// Where it came from.
    pub origin: Origin,
    /// The wraps of this revision.
    #[serde(default)]
    pub wraps: Vec<WrapRecord>,
    /// Where it was seen.
    #[serde(default)]
    pub placements: Vec<PlacementRecord>,
}

#[derive(Deserialize)]
struct Document {
    predicate: Said,
}

/// What the envelope of a manifest says; nothing where it cannot be read so. That one is worth a look in any case.
#[must_use]
pub fn said(bytes: &[u8]) -> Option<Said> {
    let payload = dsse::unverified_payload(bytes, Statement::TYPE)?;
    serde_json::from_slice::<Document>(&payload).ok().map(|document| document.predicate)
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn envelope(payload_type: &str, payload: &str) -> Vec<u8> {
        let payload = STANDARD.encode(payload);
        format!("{{\"payload\":\"{payload}\",\"payloadType\":\"{payload_type}\",\"signatures\":[]}}").into_bytes()
    }

    #[test]
    fn what_cannot_be_read_is_no_hint_that_there_is_nothing() {
        let kind = Statement::TYPE;
        let origin = "\"origin\":{\"kind\":\"generated\",\"adopted\":false}";
        let nothing = said(&envelope(kind, &format!("{{\"predicate\":{{\"keyName\":\"a\",{origin}}}}}"))).unwrap();
        assert!(nothing.wraps.is_empty() && nothing.placements.is_empty());
        for bad in [
            envelope("text/plain", &format!("{{\"predicate\":{{{origin}}}}}")),
            envelope(kind, &format!("{{\"predicate\":{{{origin},\"wraps\":[1]}}}}")),
            envelope(kind, "{\"predicate\":{}}"),
            envelope(kind, "{}"),
            b"{}".to_vec(),
            Vec::new(),
        ] {
            assert!(said(&bad).is_none(), "{}", String::from_utf8_lossy(&bad));
        }
    }
}
