//! The wrapping key, to people: what it is, whether it is strong enough, whose it is.

use std::path::Path;

use super::failure::Outcome;
use super::input;
use super::prompt;
use super::shell::Shell;
use super::text::seconds;
use crate::format::lint::{Finding, Severity};
use crate::format::wrapping_key::MAXIMUM;
use crate::manifest::digest::sha256_hex;
use crate::ops::govern::Permission;
use crate::ops::wrap::authenticate::AuthenticatedBy;
use crate::provider::{Challenge, ImportFile};

/// A file that the provider handed out.
pub(super) fn file(path: &Path) -> Outcome<ImportFile> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(ImportFile { name, bytes: input::read(path, MAXIMUM)? })
}

/// Says what was recognised in the file of this name.
pub(super) fn describe(shell: &Shell<'_>, challenge: &Challenge, name: &str) {
    let resource = challenge.resource.as_ref().map(|resource| format!("   for {resource}")).unwrap_or_default();
    let until = challenge.expires_at.map(|end| format!("   valid until {}", seconds(end))).unwrap_or_default();
    let sha256 = sha256_hex(&challenge.spki);
    shell.note(&format!("wrapping key   RSA-{}  sha256 {sha256}{resource}{until}", challenge.bits()));
    shell.note(&format!("               {name} read as {}", challenge.recognised));
}

/// Says what `byok check` finds: warnings as such, notes with -v.
pub(super) fn warn(shell: &Shell<'_>, findings: &[Finding]) {
    for Finding { rule, place, detail } in findings {
        let place = if place.is_empty() { String::new() } else { format!("{}: {place}: ", rule.title) };
        let text = format!("{place}{detail} [{rule}]");
        match rule.severity {
            Severity::Note => shell.detail(&text),
            Severity::Warning | Severity::Error => shell.warn(&text),
        }
    }
}

/// A file proves nothing about whose key it holds. Without a pin a person is asked; without a person it is said, where the
/// policy lets a command go on without one. Who approves a plan approves the SHA-256 in it: the plan is the pin.
pub(super) fn authenticate(shell: &Shell<'_>, by: &mut AuthenticatedBy, permission: &Permission) -> Outcome {
    authenticate_all(shell, 1, by, permission)
}

/// Whether a person is asked.
pub(super) fn asks(shell: &Shell<'_>, permission: &Permission) -> bool {
    let is_script = shell.globals.yes && permission.unattended;
    !permission.answered && shell.env.can_ask() && !is_script
}

/// The same of several wrapping keys, which were all shown: one answer stands for each of them.
pub(super) fn authenticate_all(
    shell: &Shell<'_>,
    number: usize,
    by: &mut AuthenticatedBy,
    permission: &Permission,
) -> Outcome {
    if *by != AuthenticatedBy::None {
        return Ok(());
    }
    if permission.answered {
        *by = AuthenticatedBy::Pinned;
        return Ok(());
    }
    let all = format!("Do the providers show these {number} fingerprints for their wrapping keys?");
    let question = if number == 1 { QUESTION } else { all.as_str() };
    if asks(shell, permission) {
        prompt::ask(question)?;
        *by = AuthenticatedBy::Operator;
        return Ok(());
    }
    if !permission.unattended {
        let way = if shell.presented.is_some() { PIN_IN_PLAN } else { PIN };
        return Err(prompt::nobody_to_ask(permission, question).hint(way));
    }
    if number == 1 {
        shell.warn(&format!("the wrapping key is not authenticated: pin it with {PIN}"));
    } else {
        shell.warn(&format!("none of the {number} wrapping keys is authenticated: pin each with a {PIN} of its own"));
    }
    Ok(())
}

const QUESTION: &str = "Does the provider show this fingerprint for its wrapping key?";
const PIN: &str = "--wrapping-key-sha256";
/// An applied plan does what it says; what is missing in it goes into another one.
const PIN_IN_PLAN: &str = "byok plan COMMAND ARGS... --wrapping-key-sha256 HEX --out FILE   makes a plan with the pin";

/// How the wrapping key was authenticated, to people.
pub(super) fn said(by: AuthenticatedBy) -> &'static str {
    match by {
        AuthenticatedBy::None => "not authenticated",
        AuthenticatedBy::Operator => "compared by the operator",
        AuthenticatedBy::Pinned => "pinned",
        AuthenticatedBy::Policy => "listed in the policy",
    }
}
