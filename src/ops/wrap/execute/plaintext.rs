//! The last resort: the key itself in this process's memory, proven, and wrapped in software.
//!
//! The token is asked for everything first. What then follows touches nothing but memory, in buffers that are wiped
//! and have their length from the start, and on a stretch of the stack that is overwritten.

use super::extract::Sealed;
use super::objects::{SessionObjects, random_key};
use super::recognise::Mark;
use super::{ExecuteError, Subject, Wrapped, joined, oaep_key};
use crate::hsm::request::RsaPublicKey;
use crate::key::method::WrapMethod;
use crate::wrap::extraction::Extraction;
use crate::wrap::scrub::scrubbed;
use crate::wrap::software::{kwp_wrap, oaep_encrypt};

/// Gets the key out, makes sure that it is the key, and wraps it by `method`.
pub(super) fn wrap(
    objects: &mut SessionObjects<'_>,
    method: WrapMethod,
    extraction: Extraction,
    subject: &Subject<'_>,
    wrapping_key: &RsaPublicKey,
) -> Result<Wrapped, ExecuteError> {
    let mark = Mark::of(objects.token, subject)?;
    let sealed = Sealed::take(objects, extraction, subject)?;
    objects.destroy_all()?;
    scrubbed(|| {
        let given = sealed.open()?;
        let (key, proof) = mark.recognise(&given)?;
        drop(given);
        let oaep = oaep_key(wrapping_key);
        let blob = match method {
            WrapMethod::RsaOaep(hash) => oaep_encrypt(oaep, hash, &key)?.into(),
            WrapMethod::RsaAesKwp(hash) => {
                let ephemeral = random_key()?;
                let inner = kwp_wrap(&ephemeral, &key)?;
                joined(&oaep_encrypt(oaep, hash, &ephemeral)?, &inner)
            }
        };
        Ok(Wrapped { blob, proof })
    })
}
