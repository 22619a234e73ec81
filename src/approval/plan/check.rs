//! What makes a plan consistent in itself: every member in its one form, and nothing that acts on a terminal.

use std::collections::BTreeSet;

use uuid::{Uuid, Version};

use super::action::{Action, ImportAction, ImportSource, Material, RecoverAction, WrapAction};
use super::rotate::{RotateAction, RotateKey, RotateWrap};
use super::state::{BaseState, InputFile, KeyBase, RequiredApprovals};
use super::{MAX_ACTIONS, MAX_LIFE, MAX_ROTATED, Plan, PlanError, SCHEMA};
use crate::approval::namespace;
use crate::format::escape::acts;
use crate::key::method::WrapMethod;
use crate::key::spec::{KeySpec, Purpose};
use crate::key::version::KeyVersionId;
use crate::manifest::digest::is_sha256;

/// The longest text, in bytes; paths are the longest.
const MAX_TEXT: usize = 4096;
/// The most roles, attributes or interrupted operations that are named.
const MAX_ROWS: usize = 512;
/// The most approvals that can be asked for.
const MAX_THRESHOLD: u32 = 100;

type Checked = Result<(), PlanError>;

/// The longest text that is no path, in bytes: what people read of an action must not scroll away behind it.
const MAX_SHORT: usize = 512;

/// Text that can stand in a plan: some, not endless, and no character that acts on a terminal or hides. Single spaces are
/// its only blanks: with more of them, text can be drawn that looks like rows of its own.
#[must_use]
pub fn is_plan_text(text: &str) -> bool {
    let blank = |c: char| (c.is_whitespace() && c != ' ') || c == '\u{2800}';
    let drawn = text.starts_with(' ') || text.ends_with(' ') || text.contains("  ");
    !text.is_empty() && text.len() <= MAX_TEXT && !drawn && !text.chars().any(|c| acts(c) || blank(c))
}

/// The same for what is no path.
fn is_short(text: &str) -> bool {
    text.len() <= MAX_SHORT && is_plan_text(text)
}

pub(super) fn check(plan: &Plan) -> Checked {
    if plan.schema != SCHEMA {
        return Err(PlanError::Schema);
    }
    good(is_uuid7(&plan.plan_id), "planId")?;
    good(is_sha256(&plan.nonce), "nonce")?;
    let life = plan.expires_at.duration_since(plan.created_at);
    good(life.is_positive() && life <= MAX_LIFE, "expiresAt")?;
    good(is_short(&plan.author), "author")?;
    check_base(&plan.base_state)?;
    good((1..=MAX_ACTIONS).contains(&plan.actions.len()), "actions")?;
    plan.actions.iter().try_for_each(check_action)?;
    check_once(&plan.actions)?;
    plan.required_approvals.as_ref().map_or(Ok(()), |required| check_required(required, &plan.actions))
}

fn good(is: bool, member: &'static str) -> Checked {
    if is { Ok(()) } else { Err(PlanError::Member(member)) }
}

fn is_uuid7(text: &str) -> bool {
    let parsed = Uuid::try_parse(text).ok().filter(|uuid| uuid.get_version() == Some(Version::SortRand));
    parsed.is_some_and(|uuid| uuid.hyphenated().to_string() == text)
}

/// The text that parses to something of the same spelling.
fn spelled<T: std::str::FromStr + ToString>(text: &str) -> bool {
    text.parse::<T>().is_ok_and(|value| value.to_string() == text)
}

fn check_base(base: &BaseState) -> Checked {
    let origin = &base.origin;
    let visible = (1..=128).contains(&origin.len()) && origin.bytes().all(|byte| byte.is_ascii_graphic());
    good(visible, "baseState.origin")?;
    good(is_sha256(&base.checkpoint_root), "baseState.checkpointRoot")?;
    good(base.policy_sha256.as_deref().is_none_or(is_sha256), "baseState.policySha256")?;
    good(base.allowed_signers_sha256.as_deref().is_none_or(is_sha256), "baseState.allowedSignersSha256")
}

fn check_action(action: &Action) -> Checked {
    action.bases().into_iter().try_for_each(check_key)?;
    action.inputs().into_iter().try_for_each(check_file)?;
    match action {
        Action::Import(import) => check_import(import),
        Action::Recover(recover) => check_recover(recover),
        Action::WrapForImport(wrap) => check_wrap(wrap),
        Action::Revoke(revoke) => good(revoke.message.as_deref().is_none_or(is_plan_text), "message"),
        Action::MarkRewrapped(said) => good(is_short(&said.by), "by"),
        Action::Rollback(rollback) => good(spelled::<KeyVersionId>(&rollback.old), "old"),
        Action::Rotate(rotate) => check_rotate(rotate),
        Action::PolicyAdopt(_) | Action::Seal(_) => Ok(()),
    }
}

fn check_key(key: &KeyBase) -> Checked {
    good(spelled::<KeyVersionId>(&key.version), "version")?;
    good(is_sha256(&key.manifest_sha256), "manifestSha256")
}

fn check_file(file: &InputFile) -> Checked {
    good(is_plan_text(&file.path), "path")?;
    good(is_sha256(&file.sha256), "sha256")
}

fn check_wrap(wrap: &WrapAction) -> Checked {
    good(is_plan_text(&wrap.out), "out")?;
    let texts = [
        (Some(&wrap.provider), "provider"),
        (wrap.account.as_ref(), "account"),
        (wrap.resource.as_ref(), "resource"),
        (wrap.target.as_ref(), "target"),
        (wrap.mount.as_ref(), "mount"),
        (wrap.kid.as_ref(), "kid"),
        (wrap.import_job.as_ref(), "importJob"),
        (Some(&wrap.algorithm), "algorithm"),
        (Some(&wrap.route), "route"),
    ];
    for (text, member) in texts {
        good(text.is_none_or(|text| is_short(text)), member)?;
    }
    good(spelled::<WrapMethod>(&wrap.method), "method")?;
    good(is_sha256(&wrap.wrapping_key.spki_sha256), "wrappingKey.spkiSha256")
}

fn check_rotate(rotate: &RotateAction) -> Checked {
    let RotateAction { asked, canary, wrapping_keys, out, pinned: _, keys } = rotate;
    let ways = [asked.names, asked.all, asked.due, asked.condition.is_some()];
    good(ways.iter().filter(|is| **is).count() == 1, "asked")?;
    good(asked.condition.as_deref().is_none_or(is_plan_text), "asked.where")?;
    good(canary.is_none_or(|canary| canary > 0), "canary")?;
    good(wrapping_keys.as_deref().is_none_or(is_plan_text), "wrappingKeys")?;
    good(out.as_deref().is_none_or(is_plan_text), "out")?;
    good((1..=MAX_ROTATED).contains(&keys.len()), "keys")?;
    // By name, and each once: so that one is found among ten thousand.
    good(keys.iter().zip(keys.iter().skip(1)).all(|(one, next)| one.name() < next.name()), "keys")?;
    keys.iter().try_for_each(check_rotated)
}

fn check_rotated(key: &RotateKey) -> Checked {
    good(spelled::<KeyVersionId>(&key.becomes), "becomes")?;
    let parsed = (key.base.version.parse::<KeyVersionId>(), key.becomes.parse::<KeyVersionId>());
    let (Ok(base), Ok(becomes)) = parsed else { return good(false, "becomes") };
    let follows = base.version == becomes.version || base.version.checked_add(1) == Some(becomes.version);
    good(base.key == becomes.key && follows, "becomes")?;
    // A version that is gone on with is wrapped.
    good(key.is_born() || !key.wraps.is_empty(), "wraps")?;
    let targets = || key.wraps.iter().map(|wrap| &wrap.target_id).chain(&key.pending);
    let distinct: BTreeSet<&String> = targets().collect();
    let plain = targets().all(|target| is_short(target));
    good(targets().count() <= MAX_ROWS && distinct.len() == targets().count() && plain, "targetId")?;
    key.wraps.iter().try_for_each(check_rotate_wrap)
}

fn check_rotate_wrap(wrap: &RotateWrap) -> Checked {
    let texts = [
        (Some(&wrap.provider), "provider"),
        (wrap.account.as_ref(), "account"),
        (wrap.target.as_ref(), "target"),
        (wrap.mount.as_ref(), "mount"),
        (Some(&wrap.algorithm), "algorithm"),
        (Some(&wrap.route), "route"),
    ];
    for (text, member) in texts {
        good(text.is_none_or(|text| is_short(text)), member)?;
    }
    good(is_plan_text(&wrap.folder), "folder")?;
    good(spelled::<WrapMethod>(&wrap.method), "method")?;
    good(is_sha256(&wrap.wrapping_key_sha256), "wrappingKeySha256")
}

fn check_import(import: &ImportAction) -> Checked {
    good(spelled::<KeyVersionId>(&import.version), "version")?;
    good(spelled::<KeySpec>(&import.key_type), "type")?;
    good(spelled::<Purpose>(&import.purpose), "purpose")?;
    good(import.owner.as_deref().is_none_or(is_short), "owner")?;
    let attributes = &import.attributes;
    let plain = attributes.iter().all(|(name, value)| is_short(name) && is_short(value));
    good(attributes.len() <= MAX_ROWS && plain, "attributes")?;
    match &import.source {
        ImportSource::File(file) => {
            good(is_plan_text(&file.path), "source.path")?;
            good(file.from.as_deref().is_none_or(is_short), "source.from")?;
            check_material(&file.material, &import.key_type)
        }
        ImportSource::Wrapped(wrapped) => good(spelled::<WrapMethod>(&wrapped.method), "source.method"),
    }
}

fn check_material(material: &Material, key_type: &str) -> Checked {
    let key_type = key_type.parse();
    match material {
        Material::SpkiSha256(hash) => good(is_sha256(hash), "source.material.spkiSha256"),
        Material::Fingerprint(fingerprint) => {
            let digits = match (key_type, fingerprint.method.as_str()) {
                (Ok(KeySpec::Aes(_)), "byok-cmac-v1") => 32,
                (Ok(KeySpec::Hmac(_)), "byok-hmac-v1") => 64,
                _ => return good(false, "source.material.fingerprint.method"),
            };
            let hex = fingerprint.value.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            good(fingerprint.value.len() == digits && hex, "source.material.fingerprint.value")
        }
    }
}

fn check_recover(recover: &RecoverAction) -> Checked {
    let operations = &recover.operations;
    let plain = operations.iter().all(|row| is_short(&row.id) && is_short(&row.event));
    let keys = operations.iter().filter_map(|row| row.key.as_deref()).all(spelled::<KeyVersionId>);
    good(operations.len() <= MAX_ROWS && plain && keys, "operations")
}

/// The state that an action finds is the one in the plan, and not what an action before it made.
fn check_once(actions: &[Action]) -> Checked {
    let mut seen = BTreeSet::new();
    for key in actions.iter().flat_map(Action::all_changes) {
        if !seen.insert(key) {
            return Err(PlanError::Twice(key.to_owned()));
        }
    }
    Ok(())
}

fn check_required(required: &RequiredApprovals, actions: &[Action]) -> Checked {
    let mut known = actions.iter().map(|action| namespace::of(action.operation(), action.destroys()));
    good(known.all(|namespace| namespace == required.namespace), "requiredApprovals.namespace")?;
    good((1..=MAX_THRESHOLD).contains(&required.threshold), "requiredApprovals.threshold")?;
    let plain = required.roles.iter().all(|(role, count)| is_short(role) && (1..=MAX_THRESHOLD).contains(count));
    good(required.roles.len() <= MAX_ROWS && plain, "requiredApprovals.roles")
}
