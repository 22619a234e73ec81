//! What a passphrase protects.

use secrecy::SecretString;

use super::part::{self, Surroundings};
use super::report::{KeyReport, Report};
use super::{Question, rules};
use crate::format::lint::Finding;
use crate::format::locked::Locked;
use crate::format::reader::Part;

pub(super) fn check(
    locked: &Locked,
    part: &Part,
    around: &Surroundings<'_>,
    question: &Question<'_>,
    report: &mut Report,
) {
    report.findings.extend(locked.findings(&part.place));
    let nothing = SecretString::default();
    let passphrase = question.passphrase.or_else(|| locked.is_open().then_some(&nothing));
    let Some(passphrase) = passphrase else {
        report.findings.push(Finding::new(&rules::NOT_OPENED, part.place.as_str(), locked.kind.to_string()));
        report.keys.push(KeyReport { place: part.place.clone(), ..KeyReport::wrapping(&locked.kind.to_string()) });
        return;
    };
    let opened = locked.open(passphrase, &mut around.budget.borrow_mut());
    match opened {
        Err(error) => {
            report.findings.push(Finding::new(&rules::WRONG_PASSPHRASE, part.place.as_str(), error.to_string()));
        }
        Ok(parts) => {
            let outer = around.parts;
            let around = Surroundings { encrypted: !locked.is_open(), with_private: true, parts: &parts, ..*around };
            let mut inside = Report::default();
            for inner in &parts {
                part::check(inner, &around, question, &mut inside);
            }
            inside.findings.extend(part::strangers(parts.iter().chain(outer)));
            inside.findings.extend(part::several(&parts));
            report.absorb(&part.place, inside);
        }
    }
}
