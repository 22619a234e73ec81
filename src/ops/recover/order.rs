//! In which order things are settled, and what of it goes to the disk together.

use serde_json::json;

use super::survey::Survey;
use super::{Action, Bar, Done, Finding, Left, Mode, RecoverError, Worker, Write, assess, note, note_detail};
use crate::audit::record::event;
use crate::hsm::Token;
use crate::registry::journal::Journal;
use crate::registry::journal::scan::GIVEN_UP;
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
            left => match give_up(journal, registry, &finding, left, mode)? {
                Action::Kept if records(journal, registry, &finding)? => Action::Recorded,
                action => action,
            },
        };
        done.push(Done { finding, action });
    }
    journal.flush()?;
    // What was in its place before may have gone its way since.
    Ok(whole.iter().try_for_each(|id| journal.release_fitting(id, &|_| Ok(true)))?)
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
    let may_destroy = may_destroy && journal.can_be_signed()?;
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
            if mode == Mode::Undo
                && [event::KEY_WRAP, event::KEY_ROTATE].contains(&finding.event.as_str())
                && !registry.is_evidence(to) =>
        {
            discard(journal, registry, finding)?;
            Ok(Action::Closed)
        }
        _ => Ok(Action::Kept),
    }
}

/// Puts in its place what can go there, gives up the bundles that cannot, and notes for which wraps of the manifest there
/// is no bundle: `rotate` may wrap for their targets again.
fn discard(journal: &mut Journal<'_>, registry: &Registry, finding: &Finding) -> Result<(), RecoverError> {
    let all = journal.releases(&finding.operation);
    let mut lost = Vec::new();
    for (wrap, bundle) in all.iter().filter(|release| !registry.is_evidence(&release.to)).enumerate() {
        if bundle.is_staged()? && assess::blocked(bundle)?.is_some() {
            lost.push((wrap, bundle));
        }
    }
    let mut detail = note_detail(&finding.operation, "discard", None);
    let result = journal.unreleased()?.into_iter().find(|result| result.id == finding.operation);
    if let Some(sha256) = result.and_then(|result| result.manifest_sha256) {
        let wraps: Vec<_> = lost.iter().map(|(wrap, _)| wrap).collect();
        detail.insert(GIVEN_UP.to_owned(), json!({"manifestSha256": sha256, "wraps": wraps}));
    }
    journal.note(event::KEY_RECOVER, finding.key.as_ref(), detail)?;
    journal.flush()?;
    let (manifests, bundles): (Vec<_>, Vec<_>) = all.iter().partition(|release| registry.is_evidence(&release.to));
    for release in manifests.into_iter().chain(bundles.into_iter().filter(|b| !lost.iter().any(|(_, l)| l == b))) {
        if release.is_staged()? {
            release.release()?;
        }
    }
    Ok(lost.into_iter().try_for_each(|(_, bundle)| bundle.discard())?)
}

/// Puts in its place what can go there, when the evidence can. Whether it is in its place then.
fn records(journal: &mut Journal<'_>, registry: &Registry, finding: &Finding) -> Result<bool, RecoverError> {
    let all = journal.releases(&finding.operation);
    if !all.first().is_some_and(|first| registry.is_evidence(&first.to)) {
        return Ok(false);
    }
    let mut evidence = Vec::new();
    for release in all.iter().filter(|release| registry.is_evidence(&release.to)) {
        if release.is_staged()? {
            evidence.push(release);
        }
    }
    if evidence.iter().any(|release| !matches!(assess::blocked(release), Ok(None))) {
        return Ok(false);
    }
    if !evidence.is_empty() {
        note(journal, finding, "release", None)?;
        journal.flush()?;
    }
    // What does not fit stays where it is; the finding says why.
    let _ = journal.release_fitting(&finding.operation, &|release| Ok(assess::blocked(release)?.is_none()));
    Ok(evidence.iter().all(|release| matches!(release.is_staged(), Ok(false))))
}
