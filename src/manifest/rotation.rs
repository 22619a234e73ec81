//! What a manifest says of rotation: which version this one came to replace, and what was encrypted anew since.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::check::{StatementError, good, is_text};
use super::digest::is_sha256;
use super::history::HistoryError;
use super::statement::KeyVersionPredicate;
use crate::key::state::State;
use crate::key::version::KeyVersionId;

/// The version that a rotation replaces.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RotationRecord {
    /// `NAME@N`, the newest version when this one was made.
    pub replaces: String,
    /// SHA-256 of the payload of its newest manifest then.
    pub manifest_sha256: String,
    /// How long it goes on beside this one, from this one's activation on (ISO 8601); absent where nothing says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap: Option<String>,
}

/// An older version that is current again: the one that records this was given up for it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RollbackRecord {
    /// `NAME@N`
    pub to: String,
    /// When it was recorded.
    pub at: Timestamp,
}

/// Data keys that were encrypted anew under a later version. A claim of whoever says so: byok sees no data keys.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RewrapRecord {
    /// How many.
    pub objects: u64,
    /// How many are left under this version, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining: Option<u64>,
    /// Who says so.
    pub by: String,
    /// When it was recorded.
    pub at: Timestamp,
}

/// A version replaces the one before it, of the same key, and was made in its token. In use from its first manifest on is
/// only what went nowhere.
pub(super) fn check(predicate: &KeyVersionPredicate) -> Result<(), StatementError> {
    check_rollback(predicate)?;
    let Some(rotation) = &predicate.rotation else { return Ok(()) };
    let replaced: Option<KeyVersionId> = rotation.replaces.parse().ok();
    let is_before = |id: &KeyVersionId| {
        id.key.as_str() == predicate.key_name && id.version.get().checked_add(1) == Some(predicate.key_version)
    };
    let is_spelled = |id: &KeyVersionId| id.to_string() == rotation.replaces;
    good(replaced.as_ref().is_some_and(|id| is_before(id) && is_spelled(id)), "rotation.replaces")?;
    good(is_sha256(&rotation.manifest_sha256), "rotation.manifestSha256")?;
    good(
        rotation.overlap.as_deref().is_none_or(|period| is_text(period) && period.starts_with('P')),
        "rotation.overlap",
    )?;
    good(predicate.origin.kind == "generated", "rotation")?;
    let born_in_use = predicate.revision == 1 && predicate.dates.activated_at.is_some();
    good(!born_in_use || predicate.wraps.is_empty(), "dates.activatedAt")
}

/// What a rotation made can be given up, for a version before it. It is in use no more, or never will be: the states are
/// those of the standard, in which a key that was never in use is not deactivated.
fn check_rollback(predicate: &KeyVersionPredicate) -> Result<(), StatementError> {
    let Some(rollback) = &predicate.rollback else { return Ok(()) };
    let to: Option<KeyVersionId> = rollback.to.parse().ok();
    let is_before = |id: &KeyVersionId| {
        id.key.as_str() == predicate.key_name
            && id.version.get() < predicate.key_version
            && id.to_string() == rollback.to
    };
    good(to.as_ref().is_some_and(is_before), "rollback.to")?;
    good(rollback.at <= predicate.as_of(), "rollback.at")?;
    good(predicate.rotation.is_some(), "rollback")?;
    good(!matches!(predicate.state, State::Active | State::Suspended), "rollback")?;
    good(predicate.state != State::PreActivation || predicate.dates.activation_at.is_none(), "rollback")
}

/// A version is given up once, and for good.
pub(super) fn check_change(old: &KeyVersionPredicate, new: &KeyVersionPredicate) -> Result<(), HistoryError> {
    match (&old.rollback, &new.rollback) {
        (None, Some(rollback)) if rollback.at < old.as_of() => Err(HistoryError::Clock),
        (None, _) => Ok(()),
        (then, now) if then == now => Ok(()),
        _ => Err(HistoryError::Changed("rollback")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statements;

    /// Of `a@2`.
    fn second(replaces: &str, hash: &str, overlap: Option<&str>) -> KeyVersionPredicate {
        let mut predicate = statements::predicate("a");
        predicate.key_version = 2;
        let (replaces, manifest_sha256) = (replaces.to_owned(), hash.to_owned());
        predicate.rotation = Some(RotationRecord { replaces, manifest_sha256, overlap: overlap.map(str::to_owned) });
        predicate
    }

    #[test]
    fn a_version_replaces_the_one_before_it() {
        let hash = "ab".repeat(32);
        assert_eq!(check(&second("a@1", &hash, Some("P30D"))), Ok(()));
        assert_eq!(check(&second("a@1", &hash, None)), Ok(()));
        for wrong in ["a@2", "b@1", "a", "a@01", "", "a@3"] {
            assert_eq!(check(&second(wrong, &hash, None)), Err(StatementError::Member("rotation.replaces")), "{wrong}");
        }
        assert!(check(&second("a@1", "x", None)).is_err());
        assert!(check(&second("a@1", &hash, Some("30 days"))).is_err());
    }

    #[test]
    fn what_is_given_up_stays_so_and_is_in_use_nowhere() {
        let given_up = |to: &str, state: State| {
            let mut predicate = second("a@1", &"ab".repeat(32), None);
            let at = predicate.custody.read_at;
            predicate.rollback = Some(RollbackRecord { to: to.to_owned(), at });
            predicate.state = state;
            predicate
        };
        assert_eq!(check(&given_up("a@1", State::PreActivation)), Ok(()));
        assert_eq!(check(&given_up("a@1", State::Deactivated)), Ok(()));
        for (to, state) in [("a@1", State::Active), ("a@1", State::Suspended), ("a@2", State::PreActivation)] {
            assert!(check(&given_up(to, state)).is_err(), "{to} {state}");
        }
        assert!(check(&given_up("b@1", State::PreActivation)).is_err());
        let planned = KeyVersionPredicate {
            dates: crate::manifest::statement::Dates {
                activation_at: Some("2999-01-01T00:00:00Z".parse().unwrap()),
                ..given_up("a@1", State::PreActivation).dates
            },
            ..given_up("a@1", State::PreActivation)
        };
        assert!(check(&planned).is_err(), "it would be in use one day");
        let [old, new] = [second("a@1", &"ab".repeat(32), None), given_up("a@1", State::PreActivation)];
        assert_eq!(check_change(&old, &new), Ok(()));
        assert_eq!(check_change(&new, &new), Ok(()));
        assert_eq!(check_change(&new, &old), Err(HistoryError::Changed("rollback")));
        let mut other = new.clone();
        other.rollback = Some(RollbackRecord { to: "a@1".to_owned(), at: "2020-01-01T00:00:00Z".parse().unwrap() });
        assert_eq!(check_change(&new, &other), Err(HistoryError::Changed("rollback")));
        assert_eq!(check_change(&old, &other), Err(HistoryError::Clock));
    }
}
