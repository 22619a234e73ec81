//! What a manifest shows of the operation that made it: what it has that the one before it has not. The name of the
//! intent's event is a claim; it must fit.

use crate::audit::record::event;
use crate::key::operation::Operation;
use crate::key::state::State;
use crate::manifest::statement::KeyVersionPredicate;

/// What is new in a manifest.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Shown(u16);

impl Shown {
    /// The first of its key version, generated or put in.
    const GENERATED: u16 = 1;
    const IMPORTED: u16 = 1 << 1;
    /// A wrap is recorded.
    const WRAPPED: u16 = 1 << 2;
    /// The key cannot leave its token any more.
    const SEALED: u16 = 1 << 3;
    /// Hosts have seen more of it.
    const EXPOSED: u16 = 1 << 4;
    /// State, reason or dates are other than time alone made them.
    const MOVED: u16 = 1 << 5;
    /// Providers' answers about it.
    const PLACED: u16 = 1 << 6;
    /// Owner or attributes, on which rules depend, and which no operation changes.
    const RELABELLED: u16 = 1 << 7;
    /// Its objects are gone from the token.
    const ENDED: u16 = 1 << 8;
    /// It was deactivated or called compromised, and not by time.
    const REVOKED: u16 = 1 << 9;
    /// Waiting was skipped.
    const HASTENED: u16 = 1 << 10;
    /// The first of its key version, made to replace the one before.
    const ROTATED: u16 = 1 << 11;
    /// Somebody said that data keys under it were encrypted anew.
    const REWRAPPED: u16 = 1 << 12;
    /// It was given up for an older version.
    const GIVEN_UP: u16 = 1 << 13;

    /// Compares a manifest with the one before it.
    pub(super) fn of(previous: Option<&KeyVersionPredicate>, next: &KeyVersionPredicate) -> Self {
        let wrapped = (!next.wraps.is_empty(), Self::WRAPPED);
        let Some(previous) = previous else {
            let born = match (&next.origin.import, &next.rotation) {
                (Some(_), _) => Self::IMPORTED,
                (None, Some(_)) => Self::ROTATED,
                (None, None) => Self::GENERATED,
            };
            return Self::all(&[(true, born), wrapped, (next.is_sealed(), Self::SEALED)]);
        };
        let mut due = previous.clone();
        due.pass_time(next.as_of());
        due.dates.sealed_at = next.dates.sealed_at;
        let still = (due.state, due.state_changed_at) == (next.state, next.state_changed_at)
            && due.state_reason == next.state_reason
            && due.dates == next.dates;
        let revoked = matches!(next.state, State::Deactivated | State::Compromised | State::DestroyedCompromised);
        Self::all(&[
            wrapped,
            (next.destruction != previous.destruction, Self::ENDED),
            (!still && revoked && next.destruction == previous.destruction, Self::REVOKED),
            (next.break_glass.is_some(), Self::HASTENED),
            (next.dates.sealed_at != previous.dates.sealed_at, Self::SEALED),
            (next.exposure_ever != previous.exposure_ever, Self::EXPOSED),
            (next.rewrapped != previous.rewrapped, Self::REWRAPPED),
            (next.rollback != previous.rollback, Self::GIVEN_UP),
            (!still, Self::MOVED),
            (next.placements != previous.placements, Self::PLACED),
            ((&next.owner, &next.attributes) != (&previous.owner, &previous.attributes), Self::RELABELLED),
        ])
    }

    fn all(rows: &[(bool, u16)]) -> Self {
        Self(rows.iter().filter(|(is_so, _)| *is_so).fold(0, |all, (_, one)| all | one))
    }

    fn is_among(self, allowed: u16) -> bool {
        self.0 & !allowed == 0
    }

    fn has(self, wanted: u16) -> bool {
        self.0 & wanted == wanted
    }

    /// Whether nothing is new but that hosts have seen more of the key: a fact, and no use of it.
    pub(super) fn only_admits(self) -> bool {
        self.0 == Self::EXPOSED
    }

    /// Whether nothing is new but that the key cannot leave its token any more.
    pub(super) fn only_seals(self) -> bool {
        self.0 == Self::SEALED
    }

    /// Which operation made it, as far as it shows; nothing for those that no policy asks approvals of.
    pub(super) fn operation(self) -> Option<Operation> {
        let rows = [
            (Self::ENDED, Operation::Destroy),
            (Self::REVOKED, Operation::Revoke),
            (Self::GIVEN_UP, Operation::Revoke),
            (Self::ROTATED, Operation::Rotate),
            (Self::WRAPPED, Operation::WrapForImport),
            (Self::SEALED, Operation::Seal),
            (Self::IMPORTED, Operation::Import),
            (Self::GENERATED, Operation::Generate),
            (Self::REWRAPPED, Operation::Rotate),
        ];
        rows.into_iter().find(|(wanted, _)| self.has(*wanted)).map(|(_, operation)| operation)
    }

    /// What else it did, of which the policy is asked, too: a rotation that wraps is a wrap, or whoever may rotate a key
    /// could send it anywhere.
    pub(super) fn operation_besides(self) -> Option<Operation> {
        self.has(Self::ROTATED | Self::WRAPPED).then_some(Operation::WrapForImport)
    }

    /// Whether an operation of this event makes such a manifest; nothing where this version does not know the event.
    pub(super) fn fits(self, event: &str) -> Option<bool> {
        // The end of a key has one event, whatever later versions call theirs.
        if self.has(Self::ENDED) && event != event::KEY_DESTROY {
            return Some(false);
        }
        Some(match event {
            event::KEY_GENERATE => self.0 == Self::GENERATED,
            event::KEY_ROTATE => self.has(Self::ROTATED) && self.is_among(Self::ROTATED | Self::WRAPPED),
            event::KEY_IMPORT => self.0 == Self::IMPORTED,
            event::KEY_WRAP => self.has(Self::WRAPPED) && self.is_among(Self::WRAPPED | Self::EXPOSED),
            event::KEY_SEAL => self.0 == Self::SEALED,
            event::KEY_EXPOSED => self.only_admits(),
            event::KEY_ACTIVATE | event::KEY_REINSTATE => self.is_among(Self::MOVED),
            event::KEY_SUSPEND => self.is_among(Self::MOVED | Self::HASTENED),
            event::KEY_DEACTIVATE | event::KEY_COMPROMISE => {
                self.has(Self::REVOKED) && self.is_among(Self::MOVED | Self::REVOKED | Self::HASTENED)
            }
            event::KEY_DESTROY => self.has(Self::ENDED) && self.is_among(Self::MOVED | Self::ENDED | Self::HASTENED),
            event::KEY_REWRAPPED => self.0 == Self::REWRAPPED,
            event::KEY_ROLLBACK => {
                self.has(Self::GIVEN_UP) && self.is_among(Self::GIVEN_UP | Self::MOVED | Self::REVOKED)
            }
            event::KEY_CONFIRM => self.is_among(Self::MOVED | Self::PLACED),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_flags_are_one() {
        let flags = [
            Shown::GENERATED,
            Shown::IMPORTED,
            Shown::WRAPPED,
            Shown::SEALED,
            Shown::EXPOSED,
            Shown::MOVED,
            Shown::PLACED,
            Shown::RELABELLED,
            Shown::ENDED,
            Shown::REVOKED,
            Shown::HASTENED,
            Shown::ROTATED,
            Shown::REWRAPPED,
            Shown::GIVEN_UP,
        ];
        let all = flags.iter().fold(0_u16, |all, flag| all | flag);
        assert!(flags.iter().all(|flag| flag.is_power_of_two()));
        assert_eq!(all.count_ones() as usize, flags.len());
    }

    #[test]
    fn a_record_of_rewrapping_is_no_rotation() {
        let rewrapped = Shown(Shown::REWRAPPED);
        assert_eq!(rewrapped.fits(event::KEY_ROTATE), Some(false));
        assert_eq!(
            (rewrapped.fits(event::KEY_REWRAPPED), rewrapped.operation()),
            (Some(true), Some(Operation::Rotate))
        );
        let rotated = Shown(Shown::ROTATED);
        assert_eq!((rotated.fits(event::KEY_REWRAPPED), rotated.operation_besides()), (Some(false), None));
        let both = Shown(Shown::ROTATED | Shown::WRAPPED);
        assert_eq!(
            (both.operation(), both.operation_besides()),
            (Some(Operation::Rotate), Some(Operation::WrapForImport))
        );
        assert_eq!(Shown(Shown::WRAPPED | Shown::EXPOSED).operation_besides(), None);
    }
}
