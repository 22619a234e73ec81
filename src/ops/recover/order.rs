//! In which order things are settled, and what of it goes to the disk together.

use super::survey::Survey;
use super::{Action, Bar, Done, Finding, Left, Mode, RecoverError, Worker, Write, assess, note};
use crate::audit::record::event;
use crate::hsm::Token;
use crate::registry::journal::Journal;
use crate::registry::release::Release;
use crate::registry::store::Registry;

/// So many entries go to the disk together.
const GROUP: usize = 200;

/// Puts in its place what is whole.
pub(super) fn outputs(
    journal: &mut Journal<'_>,
    registry: &Registry,
    mode: Mode,
    bar: Bar<'_>,
    done: &mut Vec<Done>,
) -> Result<(), RecoverError> {
    let mut whole = Vec::new();
    for finding in assess::outputs(journal)? {
        if let Some(why) = bar(&finding, None) {
            done.push(Done::barred(finding, why));
            continue;
        }
        let action = match &finding.left {
            Left::Output { .. } => {
                note(journal, &finding, "release", None)?;
                whole.push(finding.operation.clone());
                Action::Released
            }
            left => give_up(journal, registry, &finding, left, mode)?,
        };
        done.push(Done { finding, action });
    }
    journal.flush()?;
    journal.release_all(&whole).into_iter().next().map_or(Ok(()), |(_, error)| Err(error.into()))
}

/// Deals with open intents, a group at a time.
pub(super) fn intents(
    token: &dyn Token,
    journal: &mut Journal<'_>,
    registry: &Registry,
    (mode, may_destroy): (Mode, bool),
    (bar, write): (Bar<'_>, Write<'_>),
    done: &mut Vec<Done>,
) -> Result<(), RecoverError> {
    // An output that is not in its place can hold the manifest of an object, so nothing is destroyed before it is.
    let may_destroy = may_destroy && journal.unreleased()?.is_empty();
    let open = journal.open_intents();
    let mut survey = Survey::new(token, registry, open.len())?;
    for intent in open {
        // What waits for its group is not yet where the next look would find it.
        if journal.waiting() >= GROUP || intent.key.as_ref().is_some_and(|id| journal.awaits(&id.key)) {
            journal.flush()?;
        }
        let finding = survey.intent(&intent)?;
        if let Some(why) = bar(&finding, Some(&intent)) {
            done.push(Done::barred(finding, why));
            continue;
        }
        if !is_of_a_group(&finding.left) {
            journal.flush()?;
        }
        let mut worker = Worker { token, journal, mode, may_destroy };
        let settled = worker.settle(&intent, &finding.left, write);
        done.push(match settled {
            Err(RecoverError::Barred(why)) => Done::barred(finding, format!("it may not be taken over: {why}")),
            action => {
                let action = action?;
                survey.has_settled(&intent, action);
                Done { finding, action }
            }
        });
    }
    Ok(())
}

/// Whether what is done about it changes nothing that is there already, so that its record can wait for others.
fn is_of_a_group(left: &Left) -> bool {
    matches!(left, Left::Nothing | Left::Refused(_) | Left::Whole(_))
}

fn give_up(
    journal: &mut Journal<'_>,
    registry: &Registry,
    finding: &Finding,
    left: &Left,
    mode: Mode,
) -> Result<Action, RecoverError> {
    match left {
        // A manifest is the only evidence of what was made or seen, so it is never given up.
        Left::Blocked { to, .. }
            if mode == Mode::Undo && finding.event == event::KEY_WRAP && !registry.is_evidence(to) =>
        {
            note(journal, finding, "discard", None)?;
            journal.flush()?;
            for result in journal.unreleased()?.iter().filter(|result| result.id == finding.operation) {
                let (manifests, bundles): (Vec<_>, Vec<_>) =
                    result.release.iter().partition(|release| registry.is_evidence(&release.to));
                manifests.into_iter().try_for_each(Release::release)?;
                bundles.into_iter().try_for_each(Release::discard)?;
            }
            Ok(Action::Closed)
        }
        _ => Ok(Action::Kept),
    }
}
