//! The last resort: the key itself in this process's memory, proven, and wrapped in software.
//!
//! The token is asked for everything first. What then follows touches nothing but memory, in buffers that are wiped
//! and have their length from the start, and on a stretch of the stack that is overwritten.

use super::extract::Sealed;
use super::objects::SessionObjects;
use super::recognise::Mark;
use super::{ExecuteError, Subject, Wrapped, oaep_key};
use crate::hsm::request::RsaPublicKey;
use crate::key::method::WrapMethod;
use crate::wrap::envelope::seal;
use crate::wrap::extraction::Extraction;
use crate::wrap::scrub::scrubbed;

/// A key that left the token in a form that only this process opens, and by what it will be recognised.
pub(super) struct Plaintext {
    mark: Mark,
    sealed: Sealed,
    method: WrapMethod,
}

impl Plaintext {
    /// Gets the key out, still sealed.
    pub(super) fn take(
        objects: &mut SessionObjects<'_>,
        method: WrapMethod,
        extraction: Extraction,
        subject: &Subject<'_>,
    ) -> Result<Self, ExecuteError> {
        let mark = Mark::of(objects.token, subject)?;
        let sealed = Sealed::take(objects, extraction, (subject.handle, subject.spec))?;
        Ok(Self { mark, sealed, method })
    }

    /// Makes sure that it is the key, and wraps it.
    pub(super) fn wrap(&self, wrapping_key: &RsaPublicKey) -> Result<Wrapped, ExecuteError> {
        scrubbed(|| {
            let given = self.sealed.open()?;
            let (key, proof) = self.mark.recognise(&given)?;
            drop(given);
            let blob = seal(self.method, oaep_key(wrapping_key), &key)?.into();
            Ok(Wrapped { blob, proof })
        })
    }
}
