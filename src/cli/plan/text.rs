//! A plan to people, from its JSON alone: every member of it.

use serde::Serialize;

use crate::approval::plan::{
    Action, AdoptAction, ImportAction, ImportSource, InputFile, KeyBase, Material, Plan, RecoverAction,
    RequiredApprovals, RevokeAction, RewrappedAction, RotateAction, RotateKey, WrapAction,
};
use crate::cli::text::{Text, seconds};
use crate::key::stage::Stage;

/// `byok.plan-shown/v1`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document<'a> {
    pub schema: &'static str,
    /// As typed.
    pub file: String,
    pub sha256: String,
    pub plan: &'a Plan,
    /// What the registry says of it, when one is at hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
}

/// What the registry says of a plan.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct State {
    /// `ready`, `unapproved`, `begun`, `applied`, `refused`
    #[serde(rename = "state")]
    pub word: &'static str,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The approvals that are there.
    pub approvals: Vec<Approval>,
}

/// An approval.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Approval {
    pub person: String,
    pub counts: bool,
    /// The key's fingerprint, of one that counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Why it does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl<'a> Document<'a> {
    pub(super) fn new(file: &str, bytes: &[u8], plan: &'a Plan) -> Self {
        let (file, sha256) = (file.to_owned(), Plan::sha256(bytes));
        Self { schema: "byok.plan-shown/v1", file, sha256, plan, state: None }
    }
}

/// All of a plan.
pub(in crate::cli) fn describe(file: &str, plan: &Plan, sha256: &str, text: &mut Text) {
    text.line(format_args!("{file}   a plan"));
    text.field("sha256", sha256);
    text.field("author", format_args!("{}   as they say", shown(&plan.author)));
    text.field("id", format_args!("{}   nonce {}", plan.plan_id, plan.nonce));
    text.field("made", seconds(plan.created_at));
    text.field("good until", seconds(plan.expires_at));
    let base = &plan.base_state;
    text.field("builds on", format_args!("log {}, {} entries", base.origin, base.checkpoint_size));
    text.field("", format_args!("root {}", base.checkpoint_root));
    let none = || "none".to_owned();
    text.field("policy", base.policy_sha256.clone().map_or_else(none, |hash| format!("sha256 {hash}")));
    if let Some(hash) = &base.allowed_signers_sha256 {
        text.field("", format_args!("allowed signers sha256 {hash}"));
    }
    text.field("approvals", plan.required_approvals.as_ref().map_or_else(|| "none needed".to_owned(), required));
    for (at, action) in (1_u32..).zip(&plan.actions) {
        text.line("");
        text.line(format_args!("action {at}: {}", headline(action)));
        describe_action(action, text);
    }
}

fn required(required: &RequiredApprovals) -> String {
    let people = if required.threshold == 1 { "person" } else { "people" };
    let roles = required.roles.iter().map(|(role, count)| format!("{count} with the role {role}"));
    let author = if required.author_counts { "the author counts" } else { "the author does not count" };
    let fido = required.verify_required.then(|| "FIDO keys must have verified their user".to_owned());
    let terms: Vec<String> = roles.chain([author.to_owned()]).chain(fido).collect();
    format!("{} {people}: {}; namespace {}", required.threshold, terms.join(", "), required.namespace)
}

fn headline(action: &Action) -> String {
    match action {
        Action::Import(import) => format!("import {}", import.version),
        Action::PolicyAdopt(_) => "policy-adopt".to_owned(),
        Action::Recover(RecoverAction { undo: true, .. }) => {
            "recover --undo: DESTROYS keys that no manifest records".to_owned()
        }
        Action::Recover(_) => "recover".to_owned(),
        Action::Revoke(RevokeAction { key, stage: Stage::Destroy, absent: true, .. }) => {
            format!("revoke {}: records that the token does not find it, for ever", key.version)
        }
        Action::Revoke(RevokeAction { key, stage, absent: true, .. }) => {
            format!("revoke {}, stage {stage}: the token does not find it", key.version)
        }
        Action::Revoke(RevokeAction { key, stage: Stage::Destroy, .. }) => {
            format!("revoke {}: DESTROYS the key, for ever", key.version)
        }
        Action::Revoke(revoke) => format!("revoke {}, stage {}", revoke.key.version, revoke.stage),
        Action::MarkRewrapped(said) => format!("rotate --mark-rewrapped {}", said.key.version),
        Action::Rollback(rollback) => format!("rotate --rollback: give up {}, for ever", rollback.key.version),
        Action::Rotate(rotate) => match rotate.keys.as_slice() {
            [key] if key.is_born() => format!("rotate {}", key.name()),
            [key] => format!("rotate {}: go on with {}", key.name(), key.becomes),
            keys => format!("rotate {} keys", keys.len()),
        },
        Action::Seal(seal) => format!("seal {}: it can never be wrapped again", seal.key.version),
        Action::WrapForImport(wrap) => format!("wrap-for-import {} into {}", wrap.key.version, wrap.provider),
    }
}

fn describe_action(action: &Action, text: &mut Text) {
    match action {
        Action::Import(import) => describe_import(import, text),
        Action::PolicyAdopt(AdoptAction { policy, allowed_signers }) => {
            file("policy", policy, text);
            file("signers", allowed_signers, text);
        }
        Action::Recover(recover) => describe_recover(recover, text),
        Action::Revoke(revoke) => describe_revoke(revoke, text),
        Action::MarkRewrapped(said) => describe_claim(said, text),
        Action::Rollback(rollback) => {
            base("key", &rollback.key, text);
            text.field("back to", &rollback.old);
        }
        Action::Rotate(rotate) => describe_rotate(rotate, text),
        Action::Seal(seal) => base("key", &seal.key, text),
        Action::WrapForImport(wrap) => describe_wrap(wrap, text),
    }
}

fn describe_wrap(wrap: &WrapAction, text: &mut Text) {
    base("key", &wrap.key, text);
    let key = &wrap.wrapping_key;
    let pinned = if key.pinned { "pinned by the author" } else { "not pinned by the author" };
    text.field("wrapping key", format_args!("sha256 {}   {pinned}", key.spki_sha256));
    file("from", &key.file, text);
    if let Some(token) = &key.import_token {
        file("import token", token, text);
    }
    let rows = [
        ("account", wrap.account.as_deref().map(shown)),
        ("resource", wrap.resource.as_deref().map(shown)),
        ("target", wrap.target.as_deref().map(shown)),
        ("mount", wrap.mount.as_deref().map(shown)),
        ("kid", wrap.kid.as_deref().map(shown)),
        ("import job", wrap.import_job.as_deref().map(shown)),
        ("valid to", wrap.valid_to.map(seconds)),
        ("method", Some(format!("{}   as {}", wrap.method, wrap.algorithm))),
        ("route", Some(wrap.route.clone())),
        ("exposure", Some(format!("{}   what this host sees of the key at most", wrap.exposure))),
        ("bundle", Some(shown(&wrap.out))),
    ];
    for (label, value) in rows {
        if let Some(value) = value {
            text.field(label, value);
        }
    }
}

fn describe_import(import: &ImportAction, text: &mut Text) {
    text.field("type", format_args!("{}, {}", import.key_type, import.purpose));
    if let Some(owner) = &import.owner {
        text.field("owner", shown(owner));
    }
    for (name, value) in &import.attributes {
        text.field("attribute", format_args!("{}={}", shown(name), shown(value)));
    }
    match &import.source {
        ImportSource::File(source) => {
            text.field("key file", shown(&source.path));
            if let Some(from) = &source.from {
                text.field("read as", from);
            }
            if let Some(part) = source.part {
                text.field("part", part);
            }
            match &source.material {
                Material::SpkiSha256(hash) => text.field("public key", format_args!("sha256 {hash}")),
                Material::Fingerprint(fingerprint) => {
                    text.field("fingerprint", format_args!("{} {}", fingerprint.method, fingerprint.value))
                }
            };
            text.field("exposure", "plaintext   this host reads the key");
        }
        ImportSource::Wrapped(wrapped) => {
            file("wrapped key", &wrapped.file, text);
            text.field("method", &wrapped.method);
            base("unwrapped by", &wrapped.unwrapping_key, text);
            if let Some(public) = &wrapped.public_key {
                file("public key", public, text);
            }
        }
    }
}

fn describe_revoke(revoke: &RevokeAction, text: &mut Text) {
    base("key", &revoke.key, text);
    text.field("stage", revoke.stage);
    text.field("reason", revoke.reason);
    if let Some(message) = &revoke.message {
        text.field("message", shown(message));
    }
    if revoke.absent {
        text.field("absent", "the token must not find it; that it was not found is recorded, and no more");
    }
    if revoke.break_glass {
        text.field("break glass", "the waiting is skipped, and what still depends on the key is passed over");
    }
}

fn describe_claim(said: &RewrappedAction, text: &mut Text) {
    base("key", &said.key, text);
    text.field("data keys", format_args!("{} encrypted anew, says {}; byok sees none", said.objects, shown(&said.by)));
    let left = said.remaining.map_or_else(|| "nothing said".to_owned(), |left| left.to_string());
    text.field("left", left);
}

fn describe_rotate(rotate: &RotateAction, text: &mut Text) {
    let asked = &rotate.asked;
    let rows = [
        (asked.names, "by name".to_owned()),
        (asked.all, "--all".to_owned()),
        (asked.due, "--due".to_owned()),
        (asked.condition.is_some(), format!("--where {}", shown(asked.condition.as_deref().unwrap_or_default()))),
    ];
    for (_, how) in rows.into_iter().filter(|(is, _)| *is) {
        text.field("asked", format_args!("{how}   what is done is what stands here"));
    }
    if let Some(canary) = rotate.canary {
        text.field("canaries", format_args!("{canary}   the rest waits until they are in use"));
    }
    if let Some(folder) = &rotate.wrapping_keys {
        text.field("answers", shown(folder));
    }
    if let Some(folder) = &rotate.out {
        text.field("bundles", shown(folder));
    }
    if rotate.keys.iter().any(|key| !key.wraps.is_empty()) {
        let pinned = if rotate.pinned { "pinned by the author" } else { "not pinned by the author" };
        text.field("wrapping keys", pinned);
    }
    rotate.keys.iter().for_each(|key| describe_rotated(key, text));
}

fn describe_rotated(key: &RotateKey, text: &mut Text) {
    let what = if key.is_born() { "in the place of" } else { "gone on with, from" };
    let becomes = &key.becomes;
    text.field("key", format_args!("{becomes}   {what} {}", key.base.version));
    text.field("", format_args!("newest manifest {}", key.base.manifest_sha256));
    for wrap in &key.wraps {
        text.field("wrap", format_args!("{}   into {}", shown(&wrap.target_id), wrap.provider));
        text.field("", format_args!("wrapping key sha256 {}", wrap.wrapping_key_sha256));
        file("", &wrap.answer, text);
        let rows = [("account", &wrap.account), ("target", &wrap.target), ("mount", &wrap.mount)];
        for (label, value) in rows {
            if let Some(value) = value {
                text.field("", format_args!("{label} {}", shown(value)));
            }
        }
        text.field("", format_args!("{}   as {}   route {}", wrap.method, shown(&wrap.algorithm), shown(&wrap.route)));
        text.field("", format_args!("exposure {}   bundle {}", wrap.exposure, shown(&wrap.folder)));
    }
    for target in &key.pending {
        text.field("pending", format_args!("{}   has no wrapping key", shown(target)));
    }
}

fn describe_recover(recover: &RecoverAction, text: &mut Text) {
    if recover.operations.is_empty() {
        text.field("unfinished", "nothing");
    }
    for operation in &recover.operations {
        let key = operation.key.as_deref().unwrap_or_default();
        text.field("unfinished", format_args!("{} {key}   {}", operation.event, operation.id));
    }
}

fn base(label: &str, key: &KeyBase, text: &mut Text) {
    text.field(label, format_args!("{}   newest manifest {}", key.version, key.manifest_sha256));
}

fn file(label: &str, file: &InputFile, text: &mut Text) {
    text.field(label, format_args!("{}   {} bytes, sha256 {}", shown(&file.path), file.size, file.sha256));
}

/// A value, in quotes when it holds a blank or a quote: so that its end shows.
fn shown(value: &str) -> String {
    if value.contains([' ', '"']) {
        format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        value.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn the_end_of_a_value_shows() {
        assert_eq!(shown("a/b.pem"), "a/b.pem");
        assert_eq!(shown("a 625 bytes, sha256 0"), "\"a 625 bytes, sha256 0\"");
        assert_eq!(shown("a\" b"), "\"a\\\" b\"");
    }
}
