//! How far the bounds of a transit key are to be moved: its versions are ordered, and one number says which of them encrypt,
//! another which decrypt.

use crate::provider::revocation::{Beside, Holding};

/// Where the bounds go when a version is stopped, and where they were before as far as byok knows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Bounds {
    /// The number after the version's highest.
    pub(super) next: u64,
    /// The lowest that decrypts when the version no longer does.
    pub(super) decrypts_after: u64,
    /// The lowest that encrypts when the version no longer does.
    pub(super) encrypts_after: u64,
    /// The lowest that decrypts while the version does.
    pub(super) decrypts_before: u64,
    /// The lowest that encrypts while the version does.
    pub(super) encrypts_before: u64,
}

impl Bounds {
    /// Nothing where no number of the version is known.
    pub(super) fn of(holding: &Holding<'_>) -> Option<Self> {
        let (lowest, highest) = (holding.numbers.iter().min()?, holding.numbers.iter().max()?);
        let next = highest.checked_add(1)?;
        let reads = |beside: &Beside| beside.reads;
        let protects = |beside: &Beside| beside.protects;
        Some(Self {
            next,
            decrypts_after: above(next, holding.beside, reads),
            encrypts_after: above(next, holding.beside, protects),
            decrypts_before: below(*lowest, holding.beside, reads),
            encrypts_before: below(*lowest, holding.beside, protects),
        })
    }
}

/// Past the versions that are stopped already, and never past the last one that is known.
fn above(from: u64, beside: &[Beside], is_open: impl Fn(&Beside) -> bool) -> u64 {
    let last = beside.iter().flat_map(|beside| &beside.numbers).copied().max().unwrap_or(from);
    let is_shut = |number: u64| {
        let mut here = beside.iter().filter(|beside| beside.numbers.contains(&number)).peekable();
        here.peek().is_some() && !here.any(&is_open)
    };
    (from..last).find(|number| !is_shut(*number)).unwrap_or(from.max(last))
}

/// Down to the first version that is stopped already.
fn below(from: u64, beside: &[Beside], is_open: impl Fn(&Beside) -> bool) -> u64 {
    let mut numbers: Vec<(u64, bool)> =
        beside.iter().flat_map(|one| one.numbers.iter().map(|number| (*number, is_open(one)))).collect();
    numbers.retain(|(number, _)| *number < from);
    numbers.sort_unstable();
    let open = numbers.iter().rev().take_while(|(_, is_open)| *is_open);
    open.last().map_or(from, |(number, _)| *number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::spec::{AesBits, KeySpec, Purpose};
    use crate::provider::Others;

    fn bounds(own: &[u64], beside: &[(&[u64], bool, bool)]) -> Option<[u64; 5]> {
        let id = "kek@2".parse().unwrap();
        let beside: Vec<Beside> = beside
            .iter()
            .map(|(numbers, reads, protects)| Beside {
                id: "kek@3".parse().unwrap(),
                numbers: numbers.to_vec(),
                reads: *reads,
                protects: *protects,
            })
            .collect();
        let holding = Holding {
            id: &id,
            spec: KeySpec::Aes(AesBits::B256),
            purpose: Purpose::Encrypt,
            target: Some("kek"),
            mount: None,
            key_version: None,
            numbers: own,
            beside: &beside,
            earlier: Others::None,
            later: Others::None,
            strangers: &[],
            is_suspended: false,
            arrived: true,
        };
        let found = Bounds::of(&holding)?;
        let Bounds { next, decrypts_after, encrypts_after, decrypts_before, encrypts_before } = found;
        Some([next, decrypts_after, encrypts_after, decrypts_before, encrypts_before])
    }

    #[test]
    fn what_is_stopped_already_stays_so_and_what_was_open_is_open_again() {
        let (active, old, stopped) = ((true, true), (true, false), (false, false));
        let with = |numbers: &'static [u64], state: (bool, bool)| (numbers, state.0, state.1);
        assert_eq!(bounds(&[], &[with(&[1], active)]), None);
        assert_eq!(bounds(&[1], &[with(&[2], active)]), Some([2, 2, 2, 1, 1]));
        // The one between was stopped before, in part or whole.
        assert_eq!(bounds(&[1], &[with(&[2], stopped), with(&[3], active)]), Some([2, 3, 3, 1, 1]));
        assert_eq!(bounds(&[1], &[with(&[2], old), with(&[3], active)]), Some([2, 2, 3, 1, 1]));
        // Never past the last one.
        assert_eq!(bounds(&[1], &[with(&[2], stopped), with(&[3], stopped)]), Some([2, 3, 3, 1, 1]));
        // Earlier ones are open again with it, as they were before, and no further down.
        assert_eq!(bounds(&[3], &[with(&[1], old), with(&[2], old), with(&[4], active)]), Some([4, 4, 4, 1, 3]));
        assert_eq!(bounds(&[3], &[with(&[1], old), with(&[2], stopped), with(&[4], active)]), Some([4, 4, 4, 3, 3]));
        // A version that lies there twice.
        assert_eq!(bounds(&[1, 3], &[with(&[2], stopped), with(&[4], active)]), Some([4, 4, 4, 1, 1]));
        assert_eq!(bounds(&[2], &[with(&[1, 3], active)]), Some([3, 3, 3, 1, 1]));
    }
}
