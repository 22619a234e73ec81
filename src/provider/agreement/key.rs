//! A key that is to be imported.

use std::mem::discriminant;

use crate::format::lint::Finding;
use crate::format::lint::rules::provider as rules;
use crate::format::material::{Material, PrivateKey};
use crate::format::reader::{Form, Layer};
use crate::format::spki::{PublicKey, without_zeros};
use crate::key::spec::{self, KeySpec, RsaBits};
use crate::provider::{Accept, PROVIDERS, Provider};

/// 65537, big-endian.
const F4: [u8; 3] = [1, 0, 1];

/// A key in a file.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The key.
    pub material: &'a Material,
    /// What it can be: [`types`].
    pub types: &'a [KeySpec],
    /// Its container.
    pub form: Form,
    /// What surrounds that.
    pub layers: &'a [Layer],
    /// A passphrase opened it.
    pub encrypted: bool,
}

/// A provider that takes a key, and under which names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Taken {
    /// Provider id.
    pub provider: &'static str,
    /// Its algorithm or key spec names, the default first.
    pub algorithms: Vec<&'static str>,
}

/// The types that a key can have: one for a pair, several for bytes of a certain length, none when byok has no such type.
#[must_use]
pub fn types(material: &Material) -> Vec<KeySpec> {
    match material {
        Material::Private(PrivateKey::Rsa(key)) => {
            PublicKey::rsa(&key.modulus, &key.exponent).ok().and_then(|key| key.spec()).into_iter().collect()
        }
        Material::Private(PrivateKey::Ec(key)) => vec![KeySpec::Ec(key.curve)],
        Material::Private(PrivateKey::Ed25519(_)) => vec![KeySpec::Ed25519],
        Material::Private(PrivateKey::Other(_)) => Vec::new(),
        Material::Public(key) => key.spec().into_iter().collect(),
        Material::Secret(key) => match key.stated {
            Some(stated) => vec![stated],
            None => spec::ALL.iter().copied().filter(|spec| spec.secret_bytes() == Some(key.value.len())).collect(),
        },
    }
}

/// Every provider that takes a key of this type.
#[must_use]
pub fn taken_by(spec: KeySpec) -> Vec<Taken> {
    let taken = PROVIDERS.iter().map(|provider| {
        let mut algorithms: Vec<&'static str> = Vec::new();
        for algorithm in rows(provider, &[spec]).flat_map(|row| row.algorithms) {
            if !algorithms.contains(algorithm) {
                algorithms.push(algorithm);
            }
        }
        Taken { provider: provider.id, algorithms }
    });
    taken.filter(|taken| !taken.algorithms.is_empty()).collect()
}

fn rows<'a>(provider: &'static Provider, types: &'a [KeySpec]) -> impl Iterator<Item = &'static Accept> + 'a {
    provider.accepts.iter().filter(|row| types.contains(&row.spec))
}

/// What speaks against the import of a key into one provider.
#[must_use]
pub fn of_key(provider: &'static Provider, subject: &Subject<'_>) -> Vec<Finding> {
    if matches!(subject.material, Material::Public(_)) {
        let detail = format!("{} imports private and symmetric keys", provider.id);
        return vec![Finding::new(&rules::PUBLIC_ALONE, "", detail)];
    }
    if rows(provider, subject.types).next().is_none() {
        return vec![not_taken(provider, subject)];
    }
    let mut findings = Vec::new();
    if let Some(form) = container(subject) {
        let wanted =
            if subject.types.iter().all(|spec| spec.is_secret()) { "the bytes alone" } else { "PKCS#8 in DER" };
        findings.push(Finding::new(&rules::CONTAINER, "", format!("{} takes {wanted}; this is {form}", provider.id)));
    }
    if let Material::Private(PrivateKey::Rsa(key)) = subject.material
        && without_zeros(&key.exponent) != F4
    {
        let detail = format!("{} documents none but 65537", provider.id);
        findings.push(Finding::new(&rules::EXPONENT_NOT_DOCUMENTED, "public exponent", detail));
    }
    findings
}

/// The type is not there at all, or only this size of it.
fn not_taken(provider: &'static Provider, subject: &Subject<'_>) -> Finding {
    let key = description(subject);
    let related: Vec<KeySpec> = families(subject)
        .iter()
        .flat_map(|family| provider.accepts.iter().map(|row| row.spec).filter(|spec| same(*spec, *family)))
        .fold(Vec::new(), |mut related, spec| {
            if !related.contains(&spec) {
                related.push(spec);
            }
            related
        });
    if related.is_empty() {
        return Finding::new(&rules::TYPE_NOT_TAKEN, "", format!("{} does not take {key} keys", provider.id));
    }
    let takes: Vec<String> = related.iter().map(ToString::to_string).collect();
    let detail = format!("{} does not take {key} keys; it takes {}", provider.id, takes.join(", "));
    Finding::new(&rules::SIZE_NOT_TAKEN, "", detail)
}

fn same(one: KeySpec, other: KeySpec) -> bool {
    discriminant(&one) == discriminant(&other)
}

/// A type of each family that the key can belong to.
fn families(subject: &Subject<'_>) -> Vec<KeySpec> {
    match subject.material {
        Material::Private(PrivateKey::Rsa(_)) => vec![KeySpec::Rsa(RsaBits::B2048)],
        // Bytes of a length that no type has might have been meant for any.
        Material::Secret(_) if subject.types.is_empty() => {
            spec::ALL.iter().copied().filter(|spec| spec.is_secret()).collect()
        }
        _ => subject.types.to_vec(),
    }
}

/// The type where there is one, as people read it.
fn description(subject: &Subject<'_>) -> String {
    match (subject.types, subject.material) {
        ([], Material::Private(key)) => key.description(),
        ([], Material::Public(key)) => key.description(),
        ([], Material::Secret(key)) => format!("{}-byte", key.value.len()),
        (types, _) => types.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or "),
    }
}

/// The form, when it is not the one that providers take.
fn container(subject: &Subject<'_>) -> Option<String> {
    let plain = match subject.material {
        Material::Secret(_) => subject.form == Form::Raw && subject.layers.is_empty(),
        _ => subject.form == Form::Pkcs8 && subject.layers.iter().all(|layer| *layer == Layer::Der),
    };
    let layers = subject.layers.iter().filter(|layer| **layer != Layer::Der).map(|layer| format!("{layer} of "));
    let encrypted = if subject.encrypted { "encrypted, " } else { "" };
    (subject.encrypted || !plain).then(|| format!("{encrypted}{}{}", layers.collect::<String>(), subject.form))
}
