//! The checkpoint that an auditor kept (`--since`): the only thing that shows a rollback of the whole registry.

use super::failure::{Failure, FailureKind};
use crate::audit::checkpoint::Checkpoint;
use crate::manifest::dsse::Signed;
use crate::manifest::trust::Trust;

/// Reads a kept checkpoint: a DSSE envelope, or a C2SP note that a trusted key has signed.
///
/// # Errors
/// When it is neither, or not signed by whom the trust file names.
pub fn read_retained(bytes: &[u8], trust: &Trust) -> Result<Checkpoint, Failure> {
    if bytes.trim_ascii_start().starts_with(b"{") {
        let signed = Signed::<Checkpoint>::verify(bytes, trust).map_err(|error| Failure::from(&error))?;
        return Ok(signed.into_value());
    }
    let malformed = |detail: &str| Failure::new(FailureKind::Malformed, detail);
    let note = str::from_utf8(bytes).map_err(|_| malformed("neither an envelope nor a note"))?;
    let mut found = None;
    for key in trust.keys() {
        let (checkpoint, signed) = Checkpoint::from_note(note, key).map_err(|error| malformed(&error.to_string()))?;
        if signed {
            found = Some(checkpoint);
        }
    }
    if trust.threshold() > 1 {
        let detail = "a note has one signature and the trust file asks for more: keep checkpoint.dsse.json instead";
        return Err(Failure::new(FailureKind::Threshold, detail));
    }
    found.ok_or_else(|| {
        let detail = "no trusted key has signed this note; with P-384 or RSA keep checkpoint.dsse.json instead";
        Failure::new(FailureKind::UntrustedSigner, detail)
    })
}
