//! One part in words and numbers.

use super::Open;
use super::report::{
    CandidateReport, CertificateReport, EncryptionReport, Holds, PartReport, ProtectionReport, PublicKeyReport,
    TransferReport,
};
use crate::format::escape::{SHORT, printable};
use crate::format::jwk;
use crate::format::locked::{Locked, OpenError};
use crate::format::material::{Material, PrivateKey, SecretKey};
use crate::format::pkcs8;
use crate::format::reader::{self, Candidate, Certificate, Content, Part, Request, Transfer, Wrapped};
use crate::format::spki::{PublicKey, PublicKind, bit_length};

/// Exponents up to this many bytes are decimal.
const SHORT_EXPONENT: usize = 8;

pub(super) fn part(part: &Part, number: usize, open: Option<Open<'_>>) -> Result<PartReport, OpenError> {
    let mut report = match &part.content {
        Content::Key(Material::Private(key)) => private(key),
        Content::Key(Material::Public(key)) => public(key),
        Content::Key(Material::Secret(key)) => secret(key),
        Content::Locked(locked) => self::locked(locked, open)?,
        Content::Certificate(certificate) => self::certificate(certificate),
        Content::Request(request) => self::request(request),
        Content::Wrapped(wrapped) => self::wrapped(wrapped),
        Content::Transfer(transfer) => self::transfer(transfer),
        Content::Named { what, way_out } => {
            PartReport { what: Some(what.clone()), way_out: way_out.clone(), ..PartReport::default() }
        }
    };
    report.number = number;
    report.place.clone_from(&part.place);
    report.form = part.form.to_string();
    report.name = part.name.as_ref().map(|name| printable(name, SHORT));
    report.beside.clone_from(&part.beside);
    Ok(report)
}

fn private(key: &PrivateKey) -> PartReport {
    // Numbers that make no key have no public half; `check` says what is wrong with them.
    let half = pkcs8::public_half(key).ok();
    let numbers = half.as_ref().map(public).unwrap_or_default();
    PartReport {
        holds: Holds::PrivateKey,
        algorithm: Some(key.description()),
        key_type: key.spec().map(|spec| spec.to_string()),
        ..numbers
    }
}

fn public(key: &PublicKey) -> PartReport {
    let mut report = PartReport {
        holds: Holds::PublicKey,
        algorithm: Some(key.description()),
        key_type: key.spec().map(|spec| spec.to_string()),
        public_key: Some(PublicKeyReport { spki_sha256: key.sha256_hex(), jwk_thumbprint: jwk::thumbprint(key) }),
        ..PartReport::default()
    };
    match key.kind() {
        PublicKind::Rsa { modulus, exponent } => {
            report.modulus_bits = Some(bit_length(modulus));
            report.exponent = Some(self::exponent(exponent));
        }
        PublicKind::Ec { curve, .. } => report.curve = Some(curve.standard_name().to_owned()),
        PublicKind::Ed25519(_) | PublicKind::Other(_) => {}
    }
    report
}

fn exponent(number: &[u8]) -> String {
    if number.len() > SHORT_EXPONENT {
        return printable(&format!("0x{}", hex::encode(number)), SHORT);
    }
    number.iter().fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte)).to_string()
}

fn secret(key: &SecretKey) -> PartReport {
    let length = key.value.len();
    let types: Vec<String> = reader::types(length).iter().map(ToString::to_string).collect();
    // Where no key has this length, the wrapped ones are a reading of their own.
    let wrapped = reader::candidates(length).into_iter().filter(|_| !types.is_empty());
    let wrapped = wrapped.map(|candidate| format!("{} of {} bytes", candidate.method, range(&candidate)));
    let could_be = if key.stated.is_none() { types.iter().cloned().chain(wrapped).collect() } else { Vec::new() };
    PartReport {
        holds: Holds::SecretKey,
        key_type: key.stated.map(|spec| spec.to_string()),
        bytes: Some(length),
        could_be,
        ..PartReport::default()
    }
}

fn range(candidate: &Candidate) -> String {
    let (least, most) = (candidate.inner.start(), candidate.inner.end());
    if least == most { most.to_string() } else { format!("{least} to {most}") }
}

fn locked(locked: &Locked, open: Option<Open<'_>>) -> Result<PartReport, OpenError> {
    let inside = match open {
        Some(open) => {
            let parts = open(locked)?;
            let numbered = parts.iter().zip(1_usize..);
            numbered.map(|(inner, number)| part(inner, number, None)).collect::<Result<_, _>>()?
        }
        None => Vec::new(),
    };
    let protection = locked.protection.iter().map(|protection| ProtectionReport {
        scheme: protection.scheme.to_string(),
        kdf: protection.kdf.to_string(),
        cipher: protection.cipher.to_string(),
    });
    let encryption = EncryptionReport {
        protection: protection.collect(),
        mac: locked.mac.as_ref().map(ToString::to_string),
        authenticated: locked.authenticated(),
    };
    Ok(PartReport {
        holds: Holds::Locked,
        what: Some(locked.kind.to_string()),
        encryption: Some(encryption),
        inside,
        ..PartReport::default()
    })
}

fn certificate(certificate: &Certificate) -> PartReport {
    let report = CertificateReport {
        subject: certificate.subject.clone(),
        issuer: Some(certificate.issuer.clone()),
        serial: Some(certificate.serial.clone()),
        not_before: certificate.not_before,
        not_after: certificate.not_after,
    };
    PartReport { holds: Holds::Certificate, certificate: Some(report), ..public(&certificate.key) }
}

fn request(request: &Request) -> PartReport {
    let report = CertificateReport {
        subject: request.subject.clone(),
        issuer: None,
        serial: None,
        not_before: None,
        not_after: None,
    };
    PartReport { holds: Holds::Request, certificate: Some(report), ..public(&request.key) }
}

fn wrapped(wrapped: &Wrapped) -> PartReport {
    let candidates = wrapped.candidates.iter().map(|candidate| CandidateReport {
        method: candidate.method.to_string(),
        modulus_bits: candidate.modulus_bits,
        least: *candidate.inner.start(),
        most: *candidate.inner.end(),
        types: candidate.fits().iter().map(ToString::to_string).collect(),
    });
    PartReport {
        holds: Holds::WrappedKey,
        bytes: Some(wrapped.bytes.len()),
        wrapped_by: candidates.collect(),
        ..PartReport::default()
    }
}

fn transfer(transfer: &Transfer) -> PartReport {
    let report = TransferReport {
        schema_version: transfer.version.clone(),
        kid: transfer.kid.clone(),
        alg: transfer.algorithm.clone(),
        enc: transfer.encryption.clone(),
        generator: transfer.generator.clone(),
    };
    PartReport { transfer: Some(report), ..wrapped(&transfer.wrapped) }
}
