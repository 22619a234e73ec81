//! The dates that are set for a key version, and what its state is at a time.
//!
//! NIST SP 800-57 part 1 rev. 5: section 5.3.4 has the two usage periods of a key, section 7 says which state begins
//! with a date. The names are those of KMIP 2.1 (section 4: Activation, Protect Stop, Process Start/Stop, Destroy Date).

use jiff::Timestamp;

use super::state::{Event, State};

/// What is planned for a key version. Nothing is set where there is none.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Schedule {
    /// When it comes into use.
    pub activation: Option<Timestamp>,
    /// When it stops protecting new data: the end of the originator usage period.
    pub protect_stop: Option<Timestamp>,
    /// When it stops processing old data: the end of the recipient usage period.
    pub process_stop: Option<Timestamp>,
    /// When it is to be destroyed. Destroying is an act; this date alone changes no state.
    pub destroy: Option<Timestamp>,
}

/// Two dates in the wrong order.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the {later} date {later_at} is not after the {earlier} date {earlier_at}")]
pub struct OrderError {
    /// What comes first.
    pub earlier: &'static str,
    /// When.
    pub earlier_at: Timestamp,
    /// What comes after it.
    pub later: &'static str,
    /// When.
    pub later_at: Timestamp,
}

/// A state, and the date that led to it; no date while the state is the one that was recorded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Effective {
    /// The state.
    pub state: State,
    /// Since when, where a date led to it.
    pub since: Option<Timestamp>,
    /// When the key came into use, where a date led to that.
    pub activated: Option<Timestamp>,
}

impl Schedule {
    /// The dates in their order, with their names.
    #[must_use]
    pub fn rows(&self) -> [(&'static str, Option<Timestamp>); 4] {
        [
            ("activation", self.activation),
            ("protect-stop", self.protect_stop),
            ("process-stop", self.process_stop),
            ("destroy", self.destroy),
        ]
    }

    /// Checks that the dates that are set come one after the other, the first of them after `start`, where that is
    /// given. Processing may stop together with protecting, and a key may be destroyed at that very time.
    ///
    /// # Errors
    /// The first two that do not.
    pub fn check_order(&self, start: Option<Timestamp>) -> Result<(), OrderError> {
        let mut earlier = ("start", start, false);
        for (later, at) in self.rows() {
            let (Some(later_at), together) = (at, matches!(later, "process-stop" | "destroy")) else { continue };
            if let (name, Some(earlier_at), _) = earlier
                && (later_at < earlier_at || (later_at == earlier_at && !together && name != "start"))
            {
                return Err(OrderError { earlier: name, earlier_at, later, later_at });
            }
            earlier = (later, at, together);
        }
        Ok(())
    }

    /// What the state is at a time when nothing but time has passed since `state` was recorded.
    ///
    /// A key in pre-activation whose activation date has come is active (section 7.1, transition 4: "upon reaching an
    /// activation date"); one that is in use or suspended is deactivated when its originator usage period ends
    /// (sections 7.2 and 7.3).
    #[must_use]
    pub fn state_at(&self, state: State, now: Timestamp) -> Effective {
        let reached = |date: Option<Timestamp>| date.filter(|date| *date <= now);
        let mut effective = Effective { state, since: None, activated: None };
        let steps = [(Event::Activate, reached(self.activation)), (Event::Deactivate, reached(self.protect_stop))];
        for (event, date) in steps {
            // A key that never came into use has no usage period that could end.
            if date.is_none() || (event == Event::Deactivate && effective.state == State::PreActivation) {
                continue;
            }
            if let Ok(next) = effective.state.on(event)
                && next != effective.state
            {
                let activated = if event == Event::Activate { date } else { effective.activated };
                effective = Effective { state: next, since: date, activated };
            }
        }
        effective
    }

    /// Whether the key may still process what it protected.
    #[must_use]
    pub fn may_process(&self, now: Timestamp) -> bool {
        self.process_stop.is_none_or(|stop| stop > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: i8) -> Timestamp {
        format!("2026-11-{day:02}T00:00:00Z").parse().unwrap()
    }

    fn all() -> Schedule {
        Schedule {
            activation: Some(at(10)),
            protect_stop: Some(at(15)),
            process_stop: Some(at(20)),
            destroy: Some(at(25)),
        }
    }

    #[test]
    fn dates_lead_from_pre_activation_to_deactivated() {
        let state = |from, now| all().state_at(from, now);
        for (from, now, state_then, since, activated) in [
            (State::PreActivation, at(9), State::PreActivation, None, None),
            (State::PreActivation, at(10), State::Active, Some(at(10)), Some(at(10))),
            (State::PreActivation, at(14), State::Active, Some(at(10)), Some(at(10))),
            (State::PreActivation, at(15), State::Deactivated, Some(at(15)), Some(at(10))),
            (State::PreActivation, at(28), State::Deactivated, Some(at(15)), Some(at(10))),
            (State::Active, at(14), State::Active, None, None),
            (State::Active, at(15), State::Deactivated, Some(at(15)), None),
            (State::Suspended, at(12), State::Suspended, None, None),
            (State::Suspended, at(15), State::Deactivated, Some(at(15)), None),
        ] {
            assert_eq!(state(from, now), Effective { state: state_then, since, activated }, "{from} {now}");
        }
        for from in [State::Deactivated, State::Compromised, State::Destroyed, State::DestroyedCompromised] {
            assert_eq!(state(from, at(28)), Effective { state: from, since: None, activated: None });
        }
    }

    #[test]
    fn without_dates_time_changes_nothing() {
        for from in State::ALL {
            let effective = Effective { state: from, since: None, activated: None };
            assert_eq!(Schedule::default().state_at(from, at(28)), effective);
        }
        let never_used = Schedule { activation: None, ..all() };
        assert_eq!(never_used.state_at(State::PreActivation, at(28)).state, State::PreActivation);
    }

    #[test]
    fn processing_stops_with_its_date() {
        assert!(all().may_process(at(19)) && !all().may_process(at(20)));
        assert!(Schedule::default().may_process(at(28)));
    }

    #[test]
    fn dates_come_one_after_the_other() {
        assert_eq!(all().check_order(None), Ok(()));
        assert_eq!(all().check_order(Some(at(10))), Ok(()));
        let wrong = |change: fn(&mut Schedule), start| {
            let mut dates = all();
            change(&mut dates);
            let error = dates.check_order(start).unwrap_err();
            (error.earlier, error.later)
        };
        assert_eq!(wrong(|_| (), Some(at(11))), ("start", "activation"));
        assert_eq!(wrong(|d| d.activation = None, Some(at(16))), ("start", "protect-stop"));
        assert_eq!(wrong(|d| d.protect_stop = Some(at(10)), None), ("activation", "protect-stop"));
        assert_eq!(wrong(|d| d.protect_stop = Some(at(21)), None), ("protect-stop", "process-stop"));
        assert_eq!(wrong(|d| d.process_stop = None, None::<Timestamp>.or(Some(at(26)))), ("start", "activation"));
        assert_eq!(wrong(|d| d.destroy = Some(at(12)), None), ("process-stop", "destroy"));
        let together = Schedule { process_stop: Some(at(15)), destroy: Some(at(15)), ..all() };
        assert_eq!(together.check_order(None), Ok(()));
    }
}
