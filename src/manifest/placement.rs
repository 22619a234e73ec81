//! Where a key is besides its token, as providers' answers showed it.

use super::check::{StatementError, good, is_text};
use super::digest::is_sha256;
use super::history::HistoryError;
use super::statement::{KeyVersionPredicate, PlacementMatch, PlacementRecord};

impl PlacementRecord {
    /// What tells placements apart.
    #[must_use]
    pub fn place(&self) -> (&str, Option<&str>, &str, Option<&str>) {
        (&self.provider, self.account.as_deref(), &self.resource, self.target_id.as_deref())
    }
}

impl KeyVersionPredicate {
    /// Takes in a placement, in the place of what was known of it.
    pub fn put_placement(&mut self, placement: PlacementRecord) {
        self.placements.retain(|known| known.place() != placement.place());
        self.placements.push(placement);
        self.placements.sort_by(|one, other| one.place().cmp(&other.place()));
    }
}

/// Checks every placement on its own, and that each is there once, in order.
pub(super) fn check(predicate: &KeyVersionPredicate) -> Result<(), StatementError> {
    let placements = predicate.placements.as_slice();
    good(placements.is_sorted_by(|one, next| one.place() < next.place()), "placements")?;
    placements.iter().try_for_each(|placement| check_one(placement, predicate))
}

fn check_one(placement: &PlacementRecord, predicate: &KeyVersionPredicate) -> Result<(), StatementError> {
    good(is_text(&placement.provider), "placements.provider")?;
    good(placement.account.as_deref().is_none_or(is_text), "placements.account")?;
    good(is_text(&placement.resource), "placements.resource")?;
    good(placement.target_id.as_deref().is_none_or(is_text), "placements.targetId")?;
    good(placement.provider_key_version.as_deref().is_none_or(is_text), "placements.providerKeyVersion")?;
    good(is_text(&placement.provider_state), "placements.providerState")?;
    good(placement.observed_at <= predicate.custody.read_at, "placements.observedAt")?;
    let evidence = placement.evidence_sha256.as_slice();
    let each_once = evidence.is_sorted_by(|one, next| one < next);
    good(
        !evidence.is_empty() && each_once && evidence.iter().all(|hash| is_sha256(hash)),
        "placements.evidenceSha256",
    )?;
    let matches = placement.matches.as_slice();
    let of_pair = predicate.public.is_some() || !matches.contains(&PlacementMatch::PublicKey);
    good(of_pair && matches.is_sorted_by(|one, next| one < next), "placements.matches")
}

/// A placement is looked at again, and never forgotten or put back.
pub(super) fn check_change(old: &KeyVersionPredicate, new: &KeyVersionPredicate) -> Result<(), HistoryError> {
    let is_kept = |known: &PlacementRecord| {
        let now = new.placements.iter().find(|placement| placement.place() == known.place());
        now.is_some_and(|now| now == known || now.observed_at >= known.observed_at)
    };
    if old.placements.iter().all(is_kept) { Ok(()) } else { Err(HistoryError::Changed("placements")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statements;

    fn placed() -> KeyVersionPredicate {
        let mut predicate = statements::predicate("a");
        for resource in ["b", "a"] {
            predicate.put_placement(PlacementRecord {
                provider: "openbao".to_owned(),
                account: None,
                resource: resource.to_owned(),
                target_id: None,
                provider_key_version: Some("1".to_owned()),
                provider_state: "present".to_owned(),
                observed_at: predicate.custody.read_at,
                evidence_sha256: vec!["ab".repeat(32)],
                matches: vec![PlacementMatch::Target, PlacementMatch::Type],
            });
        }
        predicate
    }

    #[test]
    fn every_member_has_its_form() {
        type Change = fn(&mut PlacementRecord);
        assert_eq!(check(&placed()), Ok(()));
        let rows: [(Change, &str); 9] = [
            (|p| p.provider.clear(), "placements"),
            (|p| p.resource = "c\u{1b}[2J".into(), "placements.resource"),
            (|p| p.account = Some(String::new()), "placements.account"),
            (|p| p.target_id = Some("a\nb".into()), "placements.targetId"),
            (|p| p.provider_state = "a\nb".into(), "placements.providerState"),
            (|p| p.observed_at = "2999-01-01T00:00:00Z".parse().unwrap(), "placements.observedAt"),
            (|p| p.evidence_sha256.clear(), "placements.evidenceSha256"),
            (|p| p.matches.insert(0, PlacementMatch::PublicKey), "placements.matches"),
            (|p| p.matches.reverse(), "placements.matches"),
        ];
        for (change, member) in rows {
            let mut predicate = placed();
            change(&mut predicate.placements[1]);
            assert_eq!(check(&predicate), Err(StatementError::Member(member)));
        }
    }

    #[test]
    fn what_was_placed_is_looked_at_again_and_never_forgotten() {
        let old = placed();
        let mut new = old.clone();
        assert_eq!(check_change(&old, &new), Ok(()));
        new.placements[0].provider_state = "Disabled".into();
        assert_eq!(check_change(&old, &new), Ok(()));
        new.placements[0].observed_at = "2020-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(check_change(&old, &new), Err(HistoryError::Changed("placements")));
        new.placements.remove(0);
        assert_eq!(check_change(&old, &new), Err(HistoryError::Changed("placements")));
        assert_eq!(check_change(&new, &old), Ok(()));
    }
}
