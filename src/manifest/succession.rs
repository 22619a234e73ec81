//! One evidence signer in the place of another: from which entry of a log on the one counts, and up to which the other.

use super::trust::Trust;
use super::verifying_key::VerifyingKey;

/// Where in a log a signed document stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Standing<'a> {
    /// The log.
    pub origin: &'a str,
    /// How many entries it has up to and with the one that the document is about or covers.
    pub entries: u64,
    /// Whether the document vouches for all these entries, as a checkpoint does.
    pub vouches: bool,
}

/// A new signer in the place of a lost one.
#[derive(Clone, Debug)]
pub struct Succession {
    /// The log in which it holds.
    pub origin: String,
    /// SPKI SHA-256 of the lost signer, lower-case hexadecimal.
    pub old: String,
    /// The new one.
    pub new: VerifyingKey,
    /// Entries under the last checkpoint of the lost signer.
    pub entries: u64,
}

/// The part of a log in which a signer counts; without limits, everywhere.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Tenure {
    /// The log, after a succession.
    pub(super) origin: Option<String>,
    /// It counts for more entries than these only.
    pub(super) after: Option<u64>,
    /// It vouches for no more entries than these.
    pub(super) until: Option<u64>,
}

impl Tenure {
    /// Whether a document that stands here can be the signer's. The lost signer's manifests of entries that its last
    /// checkpoint did not cover stay readable: the run that made them was cut off, and what vouches for entries is
    /// the new signer's checkpoint.
    pub(super) fn admits(&self, standing: Option<Standing<'_>>) -> bool {
        let (Some(origin), Some(standing)) = (&self.origin, standing) else { return true };
        let after = self.after.is_none_or(|after| *origin == standing.origin && standing.entries > after);
        let beyond = |until: u64| standing.vouches && *origin == standing.origin && standing.entries > until;
        after && !self.until.is_some_and(beyond)
    }
}

impl Trust {
    /// The same trust under these successions, each from a signer that is trusted by then. The rest is ignored.
    #[must_use]
    pub fn under<'a>(self, successions: impl IntoIterator<Item = &'a Succession>) -> Self {
        let mut all: Vec<&Succession> = successions.into_iter().collect();
        all.sort_by_key(|succession| succession.entries);
        all.into_iter().fold(self, Self::succeeded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(tenure: &Tenure, entries: u64, vouches: bool) -> bool {
        tenure.admits(Some(Standing { origin: "log", entries, vouches }))
    }

    #[test]
    fn a_new_signer_counts_after_the_last_checkpoint_of_the_old_one_only() {
        let new = Tenure { origin: Some("log".to_owned()), after: Some(7), until: None };
        assert!(!admits(&new, 7, true) && !admits(&new, 7, false) && !admits(&new, 1, false));
        assert!(admits(&new, 8, true) && admits(&new, 8, false));
        let other = Standing { origin: "other", entries: 8, vouches: true };
        assert!(!new.admits(Some(other)), "another log");
    }

    #[test]
    fn a_lost_signer_vouches_for_nothing_more() {
        let old = Tenure { origin: Some("log".to_owned()), after: None, until: Some(7) };
        assert!(admits(&old, 7, true) && admits(&old, 8, false));
        assert!(!admits(&old, 8, true));
        let other = Standing { origin: "other", entries: 8, vouches: true };
        assert!(old.admits(Some(other)), "its other logs are not concerned");
        assert!(Tenure::default().admits(Some(other)) && old.admits(None));
    }
}
