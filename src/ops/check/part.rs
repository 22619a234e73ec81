//! One part of a file: a key, a certificate, something locked.

use std::cell::{Cell, RefCell};

use super::locked;
use super::report::{KeyReport, Report, TypeReport, within};
use super::{Question, rules};
use crate::format::lint::rules::form::{EXPIRED, NOT_YET_VALID};
use crate::format::lint::rules::provider::TYPE_DIFFERS;
use crate::format::lint::{self, Finding, Severity};
use crate::format::locked::Budget;
use crate::format::material::{Material, PrivateKey};
use crate::format::pkcs8::public_half;
use crate::format::reader::{Certificate, Content, Form, Layer, Part, Reading};
use crate::key::spec::KeySpec;
use crate::provider::agreement::{Subject, of_key, of_transfer, of_wrapped, taken_by, types};

/// What is around a part.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surroundings<'a> {
    /// From the outside in.
    pub(super) layers: &'a [Layer],
    /// A passphrase opened it.
    pub(super) encrypted: bool,
    /// A private key stands beside it, so that certificates and public keys are not what is to be imported.
    pub(super) with_private: bool,
    /// It, and all that stands beside it.
    pub(super) parts: &'a [Part],
    /// What is left of the arithmetic that one file may cost.
    pub(super) work: &'a Cell<u64>,
    /// What opening the locked parts of the file may still cost.
    pub(super) budget: &'a RefCell<Budget>,
}

pub(super) fn check(part: &Part, around: &Surroundings<'_>, question: &Question<'_>, report: &mut Report) {
    match &part.content {
        Content::Certificate(certificate) if around.with_private => {
            report.findings.extend(validity(certificate, part, question));
        }
        Content::Key(Material::Public(_)) | Content::Request(_) if around.with_private => {}
        Content::Key(key) => check_key(key, part, around, question, report),
        Content::Certificate(certificate) => {
            report.findings.extend(validity(certificate, part, question));
            check_key(&Material::Public(certificate.key.clone()), part, around, question, report);
        }
        Content::Request(request) => {
            check_key(&Material::Public(request.key.clone()), part, around, question, report);
        }
        Content::Locked(locked) => locked::check(locked, part, around, question, report),
        Content::Wrapped(wrapped) => check_wrapped(part, of_wrapped(wrapped, question.provider), report),
        Content::Transfer(transfer) => check_wrapped(part, of_transfer(transfer, question.provider), report),
        Content::Named { what, .. } => report.findings.extend(named(what, part, around)),
    }
}

fn check_wrapped(part: &Part, found: impl IntoIterator<Item = Finding>, report: &mut Report) {
    report.findings.push(Finding::new(&rules::WRAPPED, part.place.as_str(), describe(part)));
    report.findings.extend(found.into_iter().map(|finding| within(&part.place, finding)));
    report.keys.push(KeyReport { place: part.place.clone(), ..KeyReport::wrapping(&describe(part)) });
}

/// What is no key is an error where nothing else is one. `openssl ecparam -genkey` puts parameters before every key, and
/// servers have theirs in the same file.
fn named(what: &str, part: &Part, around: &Surroundings<'_>) -> Option<Finding> {
    let alone = around.parts.iter().all(|part| matches!(part.content, Content::Named { .. }));
    let rule = match (alone, what.contains("PARAMETERS")) {
        (true, _) => &rules::NO_KEY,
        (false, true) => return None,
        (false, false) => &rules::NOT_LOOKED_AT,
    };
    Some(Finding::new(rule, part.place.as_str(), format!("it is {what}")))
}

/// The findings of a key's numbers, while the file's share of arithmetic lasts.
fn of_numbers(key: &Material, around: &Surroundings<'_>) -> Vec<Finding> {
    let rest = around.work.get().checked_sub(lint::work(key));
    let Some(rest) = rest else {
        let detail = "the RSA keys before it took all the arithmetic that byok does for one file";
        return vec![Finding::new(&rules::NOT_LOOKED_AT, "", detail)];
    };
    around.work.set(rest);
    lint::of_key(key)
}

fn check_key(key: &Material, part: &Part, around: &Surroundings<'_>, question: &Question<'_>, report: &mut Report) {
    let mut found = of_numbers(key, around);
    let mut types = types(key);
    if let Some(typed) = question.typed {
        found.extend(differs(key, &types, typed));
        types.retain(|possible| *possible == typed);
    }
    if let Material::Private(PrivateKey::Other(name)) = key {
        found.push(Finding::new(&rules::UNKNOWN_KIND, "", name.as_str()));
    }
    let subject =
        Subject { material: key, types: &types, form: part.form, layers: around.layers, encrypted: around.encrypted };
    if let Some(provider) = question.provider {
        found.extend(of_key(provider, &subject));
    }
    let broken = found.iter().any(|finding| finding.rule.severity == Severity::Error);
    let nobody = broken || matches!(key, Material::Public(_));
    let takers = |spec: KeySpec| if nobody { Vec::new() } else { taken_by(spec) };
    let types = types.into_iter().map(|spec| TypeReport { spec, taken_by: takers(spec) }).collect();
    report.keys.push(KeyReport { place: part.place.clone(), what: describe_key(key), types });
    report.findings.extend(found.into_iter().map(|finding| within(&part.place, finding)));
}

fn validity(certificate: &Certificate, part: &Part, question: &Question<'_>) -> Option<Finding> {
    let ended = certificate.not_after.filter(|end| *end <= question.now);
    let ahead = certificate.not_before.filter(|start| *start > question.now);
    let (rule, text) = match (ended, ahead) {
        (Some(end), _) => (&EXPIRED, format!("it ended at {end}")),
        (None, Some(start)) => (&NOT_YET_VALID, format!("it begins at {start}")),
        (None, None) => return None,
    };
    Some(Finding::new(rule, part.place.as_str(), text))
}

/// Bytes of a size that no type has are said to be so already.
fn differs(key: &Material, possible: &[KeySpec], typed: KeySpec) -> Option<Finding> {
    let sizeless = possible.is_empty() && matches!(key, Material::Secret(_));
    (!sizeless && !possible.contains(&typed))
        .then(|| Finding::new(&TYPE_DIFFERS, "", format!("{}, not {typed}", describe_key(key))))
}

/// `PKCS#8 private key, RSA-3072`; never a part of a secret.
pub(super) fn describe(part: &Part) -> String {
    match &part.content {
        Content::Key(Material::Secret(key)) if part.form == Form::Raw => format!("{} raw bytes", key.value.len()),
        Content::Key(Material::Secret(key)) => format!("{}, {} bytes", part.form, key.value.len()),
        Content::Key(Material::Private(key)) => format!("{}, {}", part.form, key.description()),
        Content::Key(Material::Public(key)) => format!("{}, {}", part.form, key.description()),
        Content::Certificate(certificate) => format!("{}, {}", part.form, certificate.key.description()),
        Content::Request(request) => format!("{}, {}", part.form, request.key.description()),
        Content::Locked(locked) => locked.kind.to_string(),
        Content::Named { what, .. } => what.clone(),
        Content::Wrapped(wrapped) => format!("{}, {} bytes", part.form, wrapped.bytes.len()),
        Content::Transfer(_) => part.form.to_string(),
    }
}

fn describe_key(key: &Material) -> String {
    match key {
        Material::Private(key) => format!("{} private key", key.description()),
        Material::Public(key) => format!("{} public key", key.description()),
        Material::Secret(key) => format!("symmetric key of {} bytes", key.value.len()),
    }
}

/// Whether there is something in it that could be imported.
pub(super) fn holds_private(reading: &Reading) -> bool {
    reading.parts.iter().any(is_private)
}

fn is_private(part: &Part) -> bool {
    matches!(part.content, Content::Key(Material::Private(_) | Material::Secret(_)) | Content::Locked(_))
}

/// More keys than an import takes.
pub(super) fn several(parts: &[Part]) -> Option<Finding> {
    let count = parts.iter().filter(|part| is_private(part)).count();
    (count > 1).then(|| Finding::new(&rules::SEVERAL_KEYS, "", format!("{count} of them")))
}

/// What is public and stands beside one private key, and of which nothing is its own.
pub(super) fn strangers<'a>(parts: impl Iterator<Item = &'a Part> + Clone) -> Option<Finding> {
    let mut keys = parts.clone().filter_map(|part| match &part.content {
        Content::Key(Material::Private(key)) => Some(key),
        _ => None,
    });
    let (Some(key), None) = (keys.next(), keys.next()) else { return None };
    let own = public_half(key).ok()?;
    let public: Vec<_> = parts
        .filter_map(|part| match &part.content {
            Content::Certificate(certificate) => Some(&certificate.key),
            Content::Request(request) => Some(&request.key),
            Content::Key(Material::Public(key)) => Some(key),
            _ => None,
        })
        .collect();
    let none = !public.is_empty() && !public.contains(&&own);
    none.then(|| Finding::new(&rules::STRANGE_CERTIFICATE, "", format!("none of {} is", public.len())))
}
