//! `inspect`: what a file is, in words and numbers that anybody may see. No byte of a secret is in them, nor a hash of one.

mod answer;
mod describe;
pub mod report;

use jiff::Timestamp;

use crate::format::lint::Finding;
use crate::format::lint::rules::form;
use crate::format::locked::{Locked, OpenError};
use crate::format::reader::{Certificate, Content, Part, Reading};
use report::{FindingReport, ReadingReport, Report};

/// Opens what is behind a passphrase.
pub type Open<'a> = &'a dyn Fn(&Locked) -> Result<Vec<Part>, OpenError>;

/// Describes every reading of a file.
///
/// # Errors
/// Only from `open`: without it, what is locked stays so.
pub fn inspect(
    bytes: &[u8],
    readings: &[Reading],
    open: Option<Open<'_>>,
    now: Timestamp,
) -> Result<Report, OpenError> {
    let readings = readings.iter().map(|one| reading(bytes, one, open, now)).collect::<Result<_, _>>()?;
    Ok(Report { schema: report::SCHEMA, size: bytes.len(), readings })
}

fn reading(
    bytes: &[u8],
    reading: &Reading,
    open: Option<Open<'_>>,
    now: Timestamp,
) -> Result<ReadingReport, OpenError> {
    let numbered = reading.parts.iter().zip(1_usize..);
    let parts = numbered.map(|(part, number)| describe::part(part, number, open)).collect::<Result<_, _>>()?;
    let dates = reading.parts.iter().filter_map(|part| match &part.content {
        Content::Certificate(certificate) => validity(certificate, &part.place, now),
        _ => None,
    });
    let findings = reading.findings.iter().cloned().chain(dates);
    Ok(ReadingReport {
        layers: reading.layers.iter().map(ToString::to_string).collect(),
        parts,
        answer: answer::recognise(bytes, reading),
        findings: findings.map(|finding| FindingReport::of(&finding)).collect(),
    })
}

/// What the clock says of a certificate.
fn validity(certificate: &Certificate, place: &str, now: Timestamp) -> Option<Finding> {
    let seconds = |time: Timestamp| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    match (certificate.not_before, certificate.not_after) {
        (_, Some(end)) if end < now => {
            Some(Finding::new(&form::EXPIRED, place, format!("it ended at {}", seconds(end))))
        }
        (Some(start), _) if start > now => {
            Some(Finding::new(&form::NOT_YET_VALID, place, format!("it starts at {}", seconds(start))))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
