//! Bytes without structure: only their length says what they can be.

use zeroize::Zeroizing;

use super::blocks::named;
use super::{Assumption, Content, Form, Part, Reading, wrapped};
use crate::format::material::{EcPrivate, Ed25519Private, Material, PrivateKey, SecretKey};
use crate::key::spec::{self, Curve, KeySpec};

/// The longest symmetric key that anybody has, in bytes.
const LONGEST_KEY: usize = 512;

/// Every type of which a key can have this many raw bytes: secret keys, EC scalars, Ed25519 seeds.
#[must_use]
pub fn types(length: usize) -> Vec<KeySpec> {
    let raw = |spec: &KeySpec| match spec {
        KeySpec::Ec(curve) => Some(curve.field_bytes()),
        KeySpec::Ed25519 => Some(32),
        spec => spec.secret_bytes(),
    };
    spec::ALL.iter().copied().filter(|spec| raw(spec) == Some(length)).collect()
}

/// The readings of bytes that have no structure; never empty.
pub(super) fn readings(bytes: &[u8], assumption: Assumption) -> Vec<Reading> {
    // No encryption gives text, though a text can have the length of a blob.
    let opaque = types(bytes.len()).is_empty()
        && !bytes.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace());
    let wrapped = wrapped::wrapped(bytes).filter(|_| opaque).map(|wrapped| {
        let content = Content::Wrapped(wrapped);
        alone(Part { place: String::new(), form: Form::Wrapped, content, name: None, beside: Vec::new() })
    });
    let part = if bytes.len() > LONGEST_KEY {
        let what = format!("{} bytes without any structure that byok knows", bytes.len());
        wrapped.is_none().then(|| named("", Form::Other, what, ""))
    } else {
        Some(key(bytes, assumption))
    };
    wrapped.into_iter().chain(part.map(alone)).collect()
}

/// The raw bytes of a key, of the type that the caller says.
pub(super) fn key(bytes: &[u8], assumption: Assumption) -> Part {
    let stated = assumption.spec.filter(|spec| types(bytes.len()).contains(spec));
    let secret = || Material::Secret(SecretKey { value: Zeroizing::new(bytes.to_vec()), stated });
    let material = match stated {
        Some(KeySpec::Ec(curve)) => Material::Private(scalar(curve, bytes)),
        Some(KeySpec::Ed25519) => match bytes.try_into() {
            Ok(seed) => {
                Material::Private(PrivateKey::Ed25519(Ed25519Private { seed: Zeroizing::new(seed), point: None }))
            }
            Err(_) => secret(),
        },
        _ => secret(),
    };
    Part { place: String::new(), form: Form::Raw, content: Content::Key(material), name: None, beside: Vec::new() }
}

fn scalar(curve: Curve, bytes: &[u8]) -> PrivateKey {
    PrivateKey::Ec(EcPrivate { curve, scalar: Zeroizing::new(bytes.to_vec()), point: None })
}

fn alone(part: Part) -> Reading {
    Reading { layers: Vec::new(), parts: vec![part], findings: Vec::new() }
}
