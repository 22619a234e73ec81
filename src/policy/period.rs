//! ISO 8601 periods, as far as the lives of keys need them: `P1Y`, `P90D`, `P1Y6M`, `PT12H`.

use std::fmt;

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// A span of whole years, months, weeks, days and hours, longer than nothing.
#[derive(Clone, Copy, Debug)]
pub struct Period(Span);

/// Why a text is no period.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PeriodError {
    /// Not of the form.
    #[error("not an ISO 8601 period; write P1Y, P18M, P90D or PT12H")]
    Form,
    /// Minutes or less.
    #[error("a period of years, months, weeks, days and hours, whole ones; nothing finer means anything here")]
    TooFine,
    /// Nothing at all.
    #[error("a period of nothing")]
    Zero,
    /// Backwards.
    #[error("a negative period")]
    Negative,
    /// More than 200 years.
    #[error("a period of more than 200 years")]
    TooLong,
}

/// The longest period, in years; a sum with any time of this age stays in range.
const MAX_YEARS: i64 = 200;

impl Period {
    /// Reads `P…`.
    ///
    /// # Errors
    /// [`PeriodError`].
    pub fn parse(text: &str) -> Result<Self, PeriodError> {
        if text.starts_with("-P") {
            return Err(PeriodError::Negative);
        }
        // jiff reads friendlier forms too; ISO 8601 has one spelling.
        let known = |c: char| c.is_ascii_digit() || "PYMWDTHS.,".contains(c);
        if !text.starts_with('P') || text.len() > 32 || !text.chars().all(known) {
            return Err(PeriodError::Form);
        }
        let span: Span = text.parse().map_err(|_| PeriodError::Form)?;
        if span.is_zero() {
            return Err(PeriodError::Zero);
        }
        let fine = span.get_minutes() != 0
            || span.get_seconds() != 0
            || span.get_milliseconds() != 0
            || span.get_microseconds() != 0
            || span.get_nanoseconds() != 0;
        if fine {
            return Err(PeriodError::TooFine);
        }
        let period = Self(span);
        let limit = Span::new().try_years(MAX_YEARS).map(Self).map_err(|_| PeriodError::TooLong)?;
        if period.is_longer_than(limit) { Err(PeriodError::TooLong) } else { Ok(period) }
    }

    /// `time` plus this period, by the calendar of UTC; nothing beyond the end of time.
    #[must_use]
    pub fn after(self, time: Timestamp) -> Option<Timestamp> {
        time.to_zoned(TimeZone::UTC).checked_add(self.0).ok().map(|zoned| zoned.timestamp())
    }

    /// Compares from 1 January 2000, so that months and days can be compared at all.
    #[must_use]
    pub fn is_longer_than(self, other: Self) -> bool {
        let start = Timestamp::from_second(946_684_800).unwrap_or(Timestamp::UNIX_EPOCH);
        match (self.after(start), other.after(start)) {
            (Some(own), Some(other)) => own > other,
            (own, other) => own.is_none() && other.is_some(),
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl PartialEq for Period {
    fn eq(&self, other: &Self) -> bool {
        self.0.fieldwise() == other.0.fieldwise()
    }
}

impl Eq for Period {}
