//! What `list` leaves out: conditions that a key version has to meet, all of them.

use jiff::Timestamp;

use crate::key::exposure::Exposure;
use crate::key::state::State;
use crate::manifest::statement::KeyVersionPredicate;
use crate::policy::Period;

/// Conditions; without any, every key version meets them.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// One of these states, now.
    pub states: Vec<State>,
    /// Wrapped for this provider.
    pub provider: Option<String>,
    /// Made longer ago than this.
    pub older_than: Option<Period>,
    /// This owner.
    pub owner: Option<String>,
    /// These attributes, with these values.
    pub attributes: Vec<(String, String)>,
    /// This exposure, the worst so far.
    pub exposure: Option<Exposure>,
}

impl Filter {
    /// Whether a newest manifest meets every condition but the provider, for which it takes all manifests.
    #[must_use]
    pub fn takes(&self, key: &KeyVersionPredicate, now: Timestamp) -> bool {
        let made = key.dates.generated_at;
        let attribute = |(name, value): &(String, String)| key.attributes.get(name).is_some_and(|found| found == value);
        (self.states.is_empty() || self.states.contains(&key.state_at(now)))
            && self.older_than.is_none_or(|period| period.after(made).is_some_and(|end| end < now))
            && self.owner.as_ref().is_none_or(|owner| key.owner.as_ref() == Some(owner))
            && self.attributes.iter().all(attribute)
            && self.exposure.is_none_or(|exposure| key.exposure_ever == exposure)
    }

    /// Whether one of these is the provider that is asked for.
    #[must_use]
    pub fn takes_providers(&self, providers: &[String]) -> bool {
        self.provider.as_ref().is_none_or(|provider| providers.contains(provider))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statements;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// Of a key of `team-payments`, `tier=gold`, made on 22 November 2026.
    fn takes(filter: &Filter, now: &str) -> bool {
        filter.takes(&statements::predicate("a"), at(now))
    }

    #[test]
    fn every_condition_counts_and_none_takes_all() {
        let now = "2026-12-31T00:00:00Z";
        let tier = ("tier".to_owned(), "gold".to_owned());
        let period = |text| Some(Period::parse(text).unwrap());
        let good = Filter {
            states: vec![State::Active, State::PreActivation],
            provider: None,
            older_than: period("P1M"),
            owner: Some("team-payments".to_owned()),
            attributes: vec![tier.clone()],
            exposure: Some(Exposure::None),
        };
        assert!(takes(&Filter::default(), now) && takes(&good, now));
        let wrong = [
            Filter { states: vec![State::Active], ..good.clone() },
            Filter { older_than: period("P2M"), ..good.clone() },
            Filter { owner: Some("team".to_owned()), ..good.clone() },
            Filter { attributes: vec![tier.clone(), ("tier".to_owned(), "iron".to_owned())], ..good.clone() },
            Filter { attributes: vec![("other".to_owned(), "gold".to_owned())], ..good.clone() },
            Filter { exposure: Some(Exposure::Plaintext), ..good.clone() },
        ];
        for (index, filter) in wrong.iter().enumerate() {
            assert!(!takes(filter, now), "{index}");
        }
        let day = Filter { older_than: period("P1D"), ..Filter::default() };
        assert!(!takes(&day, "2026-11-23T10:00:00Z") && takes(&day, "2026-11-23T10:00:01Z"));
    }

    #[test]
    fn a_provider_is_one_of_those_it_was_wrapped_for() {
        let filter = Filter { provider: Some("aws-kms".to_owned()), ..Filter::default() };
        assert!(filter.takes_providers(&["generic".to_owned(), "aws-kms".to_owned()]));
        assert!(!filter.takes_providers(&[]) && Filter::default().takes_providers(&[]));
    }
}
