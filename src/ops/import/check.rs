//! Everything about an import that can be refused before a PIN is asked for.

use std::num::NonZeroU32;

use super::{ImportError, ImportRequest};
use crate::audit::record::event;
use crate::key::template::usages;
use crate::key::version::KeyVersionId;
use crate::manifest::check::check_free_text;
use crate::manifest::origin::IMPORTED;
use crate::manifest::statement::Statement;
use crate::ops::birth::Wish;
use crate::ops::statement::StatementError;
use crate::registry::journal::is_unsigned;
use crate::registry::store::Registry;

/// What a request comes to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Checked {
    /// The key version.
    pub id: KeyVersionId,
    /// An interrupted run has put it in; the checkpoint is missing.
    pub is_made: bool,
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
    let Some(id) = registry.newest_version(&wish.name)? else {
        return Ok(Checked { id: KeyVersionId { key: wish.name.clone(), version: NonZeroU32::MIN }, is_made: false });
    };
    let interrupted = is_unsigned(registry, event::KEY_IMPORT, &id)?
        && is_asked_for(&registry.newest_manifest(&id)?.statement, request);
    if interrupted { Ok(Checked { id, is_made: true }) } else { Err(ImportError::Exists(id)) }
}

/// Whether a run that was cut short before its checkpoint put in what is asked for now, as far as the manifest tells.
fn is_asked_for(statement: &Statement, request: &ImportRequest) -> bool {
    let predicate = &statement.predicate;
    let same_public = match (&predicate.public, request.key.public()) {
        (Some(recorded), Some(public)) => recorded.spki_sha256 == public.sha256_hex(),
        (recorded, public) => recorded.is_none() && public.is_none(),
    };
    predicate.origin.kind == IMPORTED && same_public && request.wish.is_met_by(statement)
}
