//! The periods of the rule that decides for a key: what `status` and `rotate` go by.

use jiff::Timestamp;

use super::document::Policy;
use super::period::Period;
use super::request::KeyFacts;

/// How often a new version is due, how long the old one goes on beside it, and how long its end takes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Periods {
    /// `rotation.every`
    pub every: Option<Period>,
    /// `rotation.overlap`
    pub overlap: Option<Period>,
    /// `grace.rotation`
    pub rotation_grace: Option<Period>,
    /// `life`
    pub life: Option<Period>,
    /// `grace.life`
    pub life_grace: Option<Period>,
    /// `grace.deactivate`
    pub before_deactivation: Option<Period>,
    /// `grace.destroy`
    pub before_destruction: Option<Period>,
}

impl Policy {
    /// The periods that hold for a key; none where no rule is for it.
    #[must_use]
    pub fn periods(&self, key: &KeyFacts<'_>) -> Periods {
        let Some((_, rule)) = self.rule_for(key) else { return Periods::default() };
        Periods {
            every: rule.rotation.as_ref().map(|rotation| rotation.every),
            overlap: rule.rotation.as_ref().and_then(|rotation| rotation.overlap),
            rotation_grace: rule.grace.rotation,
            life: rule.life.as_ref().map(|life| life.value),
            life_grace: rule.grace.life,
            before_deactivation: rule.grace.deactivate.as_ref().map(|period| period.value),
            before_destruction: rule.grace.destroy.as_ref().map(|period| period.value),
        }
    }
}

impl Periods {
    /// When a version that was made then is due for replacement, and from when on a policy refuses to use it.
    #[must_use]
    pub fn replacement(&self, made: Timestamp) -> Option<(Timestamp, Timestamp)> {
        let plus = |time: Timestamp, period: Option<Period>| {
            period.map_or(time, |period| period.after(time).unwrap_or(Timestamp::MAX))
        };
        let rotation = self.every.and_then(|every| every.after(made));
        let rotation = rotation.map(|due| (due, plus(plus(due, self.overlap), self.rotation_grace)));
        let life = self.life.and_then(|life| life.after(made)).map(|due| (due, plus(due, self.life_grace)));
        let earlier =
            |one: (Timestamp, Timestamp), other: (Timestamp, Timestamp)| (one.0.min(other.0), one.1.min(other.1));
        match (rotation, life) {
            (Some(rotation), Some(life)) => Some(earlier(rotation, life)),
            (one, other) => one.or(other),
        }
    }
}
