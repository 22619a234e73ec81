//! Everything about an import that can be refused before a PIN is asked for.

use std::num::NonZeroU32;

use jiff::Timestamp;

use super::wrapped::Unwrapping;
use super::{ImportError, ImportRequest, Source};
use crate::audit::record::event;
use crate::format::spki::PublicKey;
use crate::key::exposure::Exposure;
use crate::key::operation::Operation;
use crate::key::template::usages;
use crate::key::version::KeyVersionId;
use crate::manifest::check::check_free_text;
use crate::manifest::origin::FILE;
use crate::manifest::statement::Statement;
use crate::ops::birth::Wish;
use crate::ops::govern::of_wish;
use crate::ops::statement::StatementError;
use crate::policy::request::Request;
use crate::registry::journal::is_unsigned;
use crate::registry::store::Registry;

/// What a request comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// The key version.
    pub id: KeyVersionId,
    /// An interrupted run has put it in; the checkpoint is missing.
    pub is_made: bool,
    /// The pair that unwraps a wrapped key.
    pub unwrapping: Option<Unwrapping>,
}

/// Everything that can be refused before a PIN is asked for.
///
/// # Errors
/// A name that is taken, a purpose that the type cannot serve, an owner or an attribute that no manifest takes.
pub fn check(registry: &Registry, request: &ImportRequest) -> Result<Checked, ImportError> {
    let wish = &request.wish;
    let Wish { spec, purpose, .. } = *wish;
    check_free_text(wish.owner.as_deref(), &wish.attributes).map_err(StatementError::from)?;
    usages(spec, purpose).ok_or(ImportError::Purpose { spec, purpose })?;
    let unwrapping = match &request.source {
        Source::InHand(_) => None,
        Source::Wrapped(key) => Some(key.check(registry, request.now)?),
    };
    let Some(id) = registry.newest_version(&wish.name)? else {
        let id = KeyVersionId { key: wish.name.clone(), version: NonZeroU32::MIN };
        return Ok(Checked { id, is_made: false, unwrapping });
    };
    let interrupted = is_unsigned(registry, event::KEY_IMPORT, &id)?
        && is_asked_for(&registry.newest_manifest(&id)?.statement, request, unwrapping.as_ref());
    if interrupted { Ok(Checked { id, is_made: true, unwrapping }) } else { Err(ImportError::Exists(id)) }
}

/// What the policy is asked: the key as it will be, with what hosts will have seen of it.
#[must_use]
pub fn question<'a>(request: &'a ImportRequest, unwrapping: Option<&Unwrapping>, now: Timestamp) -> Request<'a> {
    let exposure = match &request.source {
        Source::InHand(_) => Exposure::Plaintext,
        Source::Wrapped(_) => unwrapping.map_or(Exposure::Plaintext, |unwrapping| unwrapping.exposure),
    };
    Request { operation: Operation::Import, key: Some(of_wish(&request.wish, exposure)), wrap: None, now }
}

/// Whether a run that was cut short before its checkpoint put in what is asked for now, as far as the manifest tells.
fn is_asked_for(statement: &Statement, request: &ImportRequest, unwrapping: Option<&Unwrapping>) -> bool {
    let predicate = &statement.predicate;
    let Some(import) = &predicate.origin.import else { return false };
    let same = match &request.source {
        Source::InHand(key) => {
            let public = key.public().map(PublicKey::sha256_hex);
            import.form == FILE && predicate.public.as_ref().map(|public| &public.spki_sha256) == public.as_ref()
        }
        Source::Wrapped(_) => import.wrapped.as_ref() == unwrapping.map(|unwrapping| &unwrapping.record),
    };
    same && request.wish.is_met_by(statement)
}
