//! A session that counts its calls of the module.

use std::sync::Arc;

use cryptoki::error::Error;
use cryptoki::object::{Attribute, AttributeType};
use cryptoki::session::Session;
use cryptoki_sys as sys;

use super::error::TokenError;
use super::pkcs11_context::Context;
use super::raw;
use super::request::Handle;

/// A session with the module that it belongs to.
pub(super) struct CountedSession {
    // The order matters: the session closes before the module is finalised.
    session: Session,
    context: Arc<Context>,
}

impl CountedSession {
    pub(super) fn new(session: Session, context: Arc<Context>) -> Self {
        Self { session, context }
    }

    pub(super) fn context(&self) -> &Arc<Context> {
        &self.context
    }

    /// The session, for something that takes so many functions of the module.
    pub(super) fn calling(&self, functions: u64) -> &Session {
        self.context.count(functions);
        &self.session
    }

    /// The session's handle, for one function.
    pub(super) fn handle(&self) -> u64 {
        self.calling(1).handle()
    }

    /// `C_GetAttributeValue`, and once more where an answer has a length that had to be asked for first.
    pub(super) fn attributes(&self, object: Handle, types: &[AttributeType]) -> Result<Vec<Attribute>, Error> {
        let answer = self.calling(1).get_attributes(raw::object(object), types)?;
        if answer.iter().any(|attribute| attribute.attribute_type().fixed_size().is_none()) {
            self.context.count(1);
        }
        Ok(answer)
    }

    /// `C_GetAttributeValue` once, of a number and of short values; nothing when that does not give all of them.
    pub(super) fn short<const N: usize>(
        &self,
        object: Handle,
        number: sys::CK_ATTRIBUTE_TYPE,
        types: [sys::CK_ATTRIBUTE_TYPE; N],
    ) -> Result<Option<raw::Short<N>>, TokenError> {
        self.context.raw.attributes(self.handle(), object, number, types)
    }
}
