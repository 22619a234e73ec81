//! A rotation that was planned: what is done to each key is what the plan says, or nothing is. The plan is the pin: it
//! names every wrapping key by its SHA-256 and every base by the hash of its manifest.

use super::assess::{Order, Wrapping};
use super::decide::{Decided, Way};
use super::error::RotateError;
use crate::approval::plan::{RotateAction, RotateKey, RotateWrap};
use crate::key::name::KeyName;
use crate::key::version::KeyVersionId;

/// What a plan says of each key; nothing where nothing was planned.
pub type Pinned<'a> = Option<&'a RotateAction>;

/// Whether a wrap for this target is in the plan. What is not waits, whatever answers came in since.
pub(super) fn wraps(pinned: Pinned<'_>, key: &KeyName, target: &str) -> bool {
    pinned.is_none_or(|plan| plan.of_key(key.as_str()).is_some_and(|row| row.wrap_for(target).is_some()))
}

/// Whether the plan replaces this version, which is its base; nothing where nothing was planned.
pub(super) fn is_replaced(pinned: Pinned<'_>, id: &KeyVersionId) -> Option<bool> {
    let row = pinned?.of_key(id.key.as_str());
    Some(row.is_some_and(|row| row.is_born() && row.base.version == id.to_string()))
}

/// Whether an order is what the plan says, but for the ways of its wraps.
///
/// # Errors
/// [`RotateError::OtherPlan`].
pub(super) fn check_order(pinned: Pinned<'_>, order: &Order) -> Result<(), RotateError> {
    let Some(plan) = pinned.filter(|_| !order.is_idle()) else { return Ok(()) };
    let other = |member| RotateError::OtherPlan { id: order.id.clone(), member };
    let row = plan.of_version(&order.id.to_string()).ok_or_else(|| other("key version"))?;
    if !is_on_base(row, order) {
        return Err(other("version before it"));
    }
    if order.pending.iter().any(|target| !row.pending.contains(target)) {
        return Err(other("targets that wait"));
    }
    // An earlier run of this plan may have made some of them.
    if order.born && order.wraps.len() != row.wraps.len() {
        return Err(other("wraps"));
    }
    for wrapping in &order.wraps {
        let wrap = row.wrap_for(&wrapping.target).ok_or_else(|| other("wraps"))?;
        if let Some(member) = differs(wrap, wrapping) {
            return Err(other(member));
        }
    }
    Ok(())
}

/// The same for the way of each wrap.
///
/// # Errors
/// [`RotateError::OtherPlan`].
pub(super) fn check_ways(pinned: Pinned<'_>, decided: &Decided) -> Result<(), RotateError> {
    let Some(plan) = pinned else { return Ok(()) };
    let order = &decided.order;
    let row = plan.of_key(order.id.key.as_str());
    for (wrapping, way) in order.wraps.iter().zip(&decided.ways) {
        let Way { method, plan: route, .. } = way;
        let same = row.and_then(|row| row.wrap_for(&wrapping.target)).is_some_and(|wrap| {
            wrap.method == method.to_string() && wrap.route == route.as_str() && wrap.exposure == route.exposure()
        });
        if !same {
            return Err(RotateError::OtherPlan { id: order.id.clone(), member: "method or route" });
        }
    }
    Ok(())
}

/// The base is the one of the plan; or the version is one that this plan made of it, as far as its manifest shows: that
/// the log says so, `apply` has looked.
fn is_on_base(row: &RotateKey, order: &Order) -> bool {
    let (base, manifest) = &order.base;
    let predicate = &manifest.statement.predicate;
    let (version, sha256) = (base.to_string(), &row.base.manifest_sha256);
    match (order.born, row.is_born()) {
        (true, born) => born && version == row.base.version && manifest.payload_sha256 == *sha256,
        (false, true) => predicate
            .rotation
            .as_ref()
            .is_some_and(|rotation| rotation.replaces == row.base.version && rotation.manifest_sha256 == *sha256),
        // A run that was cut short may have left a manifest that admits what its host has seen.
        (false, false) => {
            let admits = predicate.wraps.is_empty() && predicate.previous_manifest.as_ref() == Some(sha256);
            manifest.payload_sha256 == *sha256 || admits
        }
    }
}

/// The member in which a wrap differs.
fn differs(wrap: &RotateWrap, wrapping: &Wrapping) -> Option<&'static str> {
    let (answer, destination) = (&wrapping.answer, &wrapping.destination);
    let size = u64::try_from(answer.size).ok();
    let rows = [
        ("wrapping key", wrap.wrapping_key_sha256 == answer.received.wrapping_key_sha256),
        ("answer", wrap.answer.sha256 == answer.sha256 && Some(wrap.answer.size) == size),
        ("provider", wrap.provider == wrapping.provider.id),
        ("account", wrap.account.as_deref() == destination.account()),
        ("target", wrap.target.as_deref() == destination.target()),
        ("mount", wrap.mount.as_deref() == destination.mount()),
        ("algorithm", wrap.algorithm == wrapping.algorithm),
        ("folder", Some(wrap.folder.as_str()) == wrapping.folder.1.to_str()),
    ];
    rows.iter().find(|(_, same)| !same).map(|(member, _)| *member)
}
