//! The last stage: the key's objects are taken out of the token, and the token is asked whether it has them still.
//!
//! The intent comes before the token is touched, the secret part goes first, and what the token answers to
//! `C_DestroyObject` counts for nothing: what counts is that it finds nothing afterwards, neither by id nor by label. A
//! run that is cut off in between leaves its intent open, and recovery looks again.

use super::objects::Objects;
use super::{Checked, RevokeError, detail, log_event};
use crate::hsm::TokenError;
use crate::key::custody::Custody;
use crate::manifest::destruction::{AbsenceRecord, DestructionRecord, NOT_FOUND};
use crate::manifest::dsse::Signed;
use crate::manifest::statement::{CustodyRecord, KeyVersionPredicate, Statement};
use crate::ops::change::intend;
use crate::ops::command::Command;
use crate::ops::custody;
use crate::ops::session::Session;
use crate::ops::statement::after_end;
use crate::registry::journal::OperationId;
use crate::registry::release::{Slot, StagedFile};

pub(super) fn act(
    command: &mut Command<'_>,
    session: &Session<'_>,
    checked: &Checked,
) -> Result<Statement, RevokeError> {
    let target = &checked.target;
    is_on(session, checked)?;
    let objects = Objects::find(session.token, command.registry(), target)?;
    let custody = last_words(command, session, checked, &objects)?;
    let operation = intend(command, target, log_event(checked.stage), detail(checked))?;
    command.has_acted();
    let answer = take_away(session, &objects).err();
    check_gone(command, session, checked, (&objects, answer))?;
    let record = record(command, &objects, false);
    sign(command, session, checked, operation, Some(custody), |predicate| end(checked, predicate, record))
}

/// A key that the token does not find, though it finds what must be there, and that nobody here destroyed. All that is
/// recorded is that it was not found; what is left of a pair goes.
pub(super) fn record_absence(
    command: &mut Command<'_>,
    session: &Session<'_>,
    checked: &Checked,
) -> Result<Statement, RevokeError> {
    let objects = rest_of_absent(command, session, checked)?;
    let operation = intend(command, &checked.target, log_event(checked.stage), detail(checked))?;
    if !objects.own.is_empty() {
        command.has_acted();
    }
    let answer = take_away(session, &objects).err();
    check_gone(command, session, checked, (&objects, answer))?;
    let record = record(command, &objects, true);
    sign(command, session, checked, operation, None, |predicate| end(checked, predicate, record))
}

/// A stage before the last one, of a key that the token does not find: a fact about the key, wherever it is. The token is
/// left as it is, what is left of a pair included.
pub(super) fn record_unfound(
    command: &mut Command<'_>,
    session: &Session<'_>,
    checked: &Checked,
) -> Result<Statement, RevokeError> {
    rest_of_absent(command, session, checked)?;
    let operation = intend(command, &checked.target, log_event(checked.stage), detail(checked))?;
    let now = command.now();
    sign(command, session, checked, operation, None, |predicate| {
        checked.enter(predicate, now);
        predicate.absence = Some(AbsenceRecord::new(now));
    })
}

/// What its token has of a key that is said to be gone: the public half at most.
fn rest_of_absent(command: &Command<'_>, session: &Session<'_>, checked: &Checked) -> Result<Objects, RevokeError> {
    let id = &checked.target.id;
    is_on(session, checked)?;
    let objects = Objects::find(session.token, command.registry(), &checked.target)?;
    if objects.has_key() {
        let (stage, found) = (checked.stage, objects.named());
        return Err(RevokeError::IsThere { id: id.clone(), stage, found });
    }
    if !objects.foreign.is_empty() {
        return Err(RevokeError::Foreign { id: id.clone(), objects: objects.strangers() });
    }
    Ok(objects)
}

/// Another token says nothing of a key.
fn is_on(session: &Session<'_>, checked: &Checked) -> Result<(), RevokeError> {
    let target = &checked.target;
    let (expected, found) = (&target.predicate().custody.token_serial, &session.token.identity().serial);
    if expected == found {
        return Ok(());
    }
    let (expected, found) = (expected.clone(), found.clone());
    Err(RevokeError::OtherToken { id: target.id.clone(), expected, found })
}

fn record(command: &Command<'_>, objects: &Objects, absent: bool) -> DestructionRecord {
    let (read_back, read_back_at) = (NOT_FOUND.to_owned(), command.now());
    DestructionRecord { objects: objects.classes(), absent, read_back, read_back_at }
}

/// A key that is gone turns out to be known to others: nothing but the record changes.
pub(super) fn record_afterwards(
    command: &mut Command<'_>,
    session: &Session<'_>,
    checked: &Checked,
) -> Result<Statement, RevokeError> {
    let operation = intend(command, &checked.target, log_event(checked.stage), detail(checked))?;
    let now = command.now();
    sign(command, session, checked, operation, None, |predicate| checked.enter(predicate, now))
}

/// What the token says of the key before it goes. Where it does not show the key, nobody here destroyed it: what byok
/// began and did not finish has been finished by recovery, before this. An object that only goes by the key's name is nobody's to destroy here, and would make the reading back say nothing.
fn last_words(
    command: &Command<'_>,
    session: &Session<'_>,
    checked: &Checked,
    objects: &Objects,
) -> Result<CustodyRecord, RevokeError> {
    let target = &checked.target;
    if !objects.foreign.is_empty() {
        return Err(RevokeError::Foreign { id: target.id.clone(), objects: objects.strangers() });
    }
    let Some(key) = objects.own.first().filter(|_| objects.has_key()) else {
        return Err(RevokeError::NotThere(target.id.clone()));
    };
    let attrs: Custody = session.token.custody(key.handle)?;
    target.check_custody(&attrs)?;
    let profile = &command.profile().sha256;
    Ok(custody::record(session.token.identity(), &target.wanted.id, attrs, profile, command.now()))
}

/// The secret part first: what is left of a run that is cut off is no key.
fn take_away(session: &Session<'_>, objects: &Objects) -> Result<(), TokenError> {
    let answers: Vec<_> = objects.own.iter().map(|object| session.token.destroy(object.handle)).collect();
    answers.into_iter().collect()
}

fn check_gone(
    command: &mut Command<'_>,
    session: &Session<'_>,
    checked: &Checked,
    (before, answer): (&Objects, Option<TokenError>),
) -> Result<(), RevokeError> {
    let after = Objects::find(session.token, command.registry(), &checked.target)?;
    if after.is_empty() {
        return Ok(());
    }
    let partly = after.own != before.own;
    if !partly {
        command.has_undone();
    }
    Err(RevokeError::StillThere {
        id: checked.target.id.clone(),
        left: after.named(),
        partly,
        answer: answer.map(Box::new),
    })
}

/// What the next manifest says.
fn end(checked: &Checked, predicate: &mut KeyVersionPredicate, record: DestructionRecord) {
    checked.enter(predicate, record.read_back_at);
    predicate.destruction = Some(record);
}

/// Signs and releases the manifest, and logs the result.
fn sign(
    command: &mut Command<'_>,
    session: &Session<'_>,
    checked: &Checked,
    (operation, slot): (OperationId, Slot),
    custody: Option<CustodyRecord>,
    change: impl FnOnce(&mut KeyVersionPredicate),
) -> Result<Statement, RevokeError> {
    let stamp = command.stamp(session, &operation)?;
    let previous = &checked.target.manifest;
    let statement = after_end(&previous.statement, &previous.payload_sha256, custody, change, stamp)?;
    let signed = Signed::sign(statement, &session.signer)?;
    let manifest = StagedFile::create(slot, &signed.to_json())?.seal();
    command.finish(&operation, &signed, vec![manifest])?;
    Ok(signed.into_value())
}
