//! What people read of a report.

use crate::cli::text::{Text, seconds};
use crate::ops::inspect::report::{
    AnswerReport, CandidateReport, CertificateReport, EncryptionReport, FindingReport, Holds, PartReport,
    ReadingReport, Report, TransferReport,
};

/// The report of the file with this name.
pub(super) fn render(file: &str, report: &Report) -> String {
    let mut text = Text::new();
    match report.readings.as_slice() {
        [only] => reading(file, only, &mut text),
        readings => {
            text.line(format_args!("{file}   {} bytes, can be read in {} ways", report.size, readings.len()));
            for (head, one) in std::iter::once("either").chain(std::iter::repeat("or")).zip(readings) {
                reading(head, one, &mut text);
            }
        }
    }
    text.into_string()
}

fn reading(head: &str, reading: &ReadingReport, text: &mut Text) {
    let layers = reading.layers.join(" around ");
    match reading.parts.as_slice() {
        [only] => {
            let layers = if layers.is_empty() { String::new() } else { format!("   {layers}") };
            let place = if only.place.is_empty() { String::new() } else { format!("   {}", only.place) };
            text.line(format_args!("{head}   {}{layers}{place}", title(only)));
            part(only, text);
        }
        parts => {
            text.line(format_args!("{head}   {} parts   {layers}", parts.len()));
            for one in parts {
                text.line(format_args!("{}  {}   {}", one.number, title(one), one.place));
                part(one, text);
            }
        }
    }
    if let Some(answer) = &reading.answer {
        self::answer(answer, text);
    }
    for finding in &reading.findings {
        self::finding(finding, text);
    }
}

/// `PKCS#8 private key, RSA-3072`
fn title(part: &PartReport) -> String {
    let own = match (&part.what, part.holds) {
        (Some(what), _) => what.clone(),
        (None, Holds::SecretKey) if part.form == "raw bytes" => format!("{} raw bytes", part.bytes.unwrap_or_default()),
        (None, Holds::SecretKey | Holds::WrappedKey) => {
            format!("{}, {} bytes", part.form, part.bytes.unwrap_or_default())
        }
        (None, Holds::PrivateKey) if !part.form.ends_with("private key") => format!("{}, private key", part.form),
        (None, Holds::PublicKey) if !part.form.ends_with("public key") => format!("{}, public key", part.form),
        (None, _) => part.form.clone(),
    };
    let kind = part.algorithm.as_ref().or(part.key_type.as_ref());
    kind.map_or_else(|| own.clone(), |kind| format!("{own}, {kind}"))
}

fn part(part: &PartReport, text: &mut Text) {
    if let Some(certificate) = &part.certificate {
        self::certificate(certificate, text);
    }
    if let Some(key) = &part.public_key {
        text.field("public key", format_args!("sha256 {}", key.spki_sha256));
        if let Some(thumbprint) = &key.jwk_thumbprint {
            text.field("thumbprint", format_args!("{thumbprint}  (JWK, RFC 7638)"));
        }
    }
    if let Some(exponent) = &part.exponent {
        text.field("exponent", exponent);
    }
    if !part.could_be.is_empty() {
        text.field("could be", part.could_be.join(", "));
    }
    if let Some(encryption) = &part.encryption {
        self::encryption(encryption, text);
    }
    if let Some(transfer) = &part.transfer {
        self::transfer(transfer, text);
    }
    for (label, candidate) in std::iter::once("wrapped by").chain(std::iter::repeat("or by")).zip(&part.wrapped_by) {
        self::candidate(label, candidate, text);
    }
    if let Some(name) = &part.name {
        text.field("name", name);
    }
    if !part.beside.is_empty() {
        text.field("beside it", part.beside.join(", "));
    }
    if !part.way_out.is_empty() {
        text.field("way out", &part.way_out);
    }
    for inner in &part.inside {
        text.field(&format!("inside, {}", inner.number), title(inner));
        self::part(inner, text);
    }
}

fn certificate(certificate: &CertificateReport, text: &mut Text) {
    text.field("subject", &certificate.subject);
    if let Some(issuer) = &certificate.issuer {
        text.field("issuer", issuer);
    }
    if let Some(serial) = &certificate.serial {
        text.field("serial", serial);
    }
    if let (Some(start), Some(end)) = (certificate.not_before, certificate.not_after) {
        text.field("valid", format_args!("{} to {}", seconds(start), seconds(end)));
    }
}

fn encryption(encryption: &EncryptionReport, text: &mut Text) {
    if encryption.protection.is_empty() {
        text.field("encryption", "none");
    }
    for protection in &encryption.protection {
        text.field("encryption", format_args!("{}, {}, {}", protection.scheme, protection.kdf, protection.cipher));
    }
    match &encryption.mac {
        Some(mac) => text.field("authenticated", format_args!("by {mac}")),
        None => text.field("authenticated", "no: a wrong passphrase cannot be told from damage"),
    };
}

fn transfer(transfer: &TransferReport, text: &mut Text) {
    text.field("schema", &transfer.schema_version);
    if let Some(kid) = &transfer.kid {
        text.field("for", kid);
    }
    text.field("algorithm", format_args!("{}, {}", transfer.alg, transfer.enc));
    if let Some(generator) = &transfer.generator {
        text.field("made by", generator);
    }
}

fn candidate(label: &str, candidate: &CandidateReport, text: &mut Text) {
    let under = candidate.modulus_bits.map(|bits| format!(" under RSA-{bits}")).unwrap_or_default();
    let (least, most) = (candidate.least, candidate.most);
    let inside = if least == most { most.to_string() } else { format!("{least} to {most}") };
    let types = match candidate.types.as_slice() {
        types if types.len() > 6 => "most key types".to_owned(),
        types => types.join(", "),
    };
    text.field(label, format_args!("{}{under}, {inside} bytes inside: {types}", candidate.method));
}

fn answer(answer: &AnswerReport, text: &mut Text) {
    text.field("answer of", &answer.provider);
    if let Some(resource) = &answer.resource {
        text.field("for", resource);
    }
    if let Some(method) = &answer.method {
        text.field("method", method);
    }
    if let Some(expires) = answer.expires_at {
        text.field("valid until", seconds(expires));
    }
    text.field("wrapping key", format_args!("sha256 {}", answer.wrapping_key_sha256));
}

fn finding(finding: &FindingReport, text: &mut Text) {
    let place = if finding.place.is_empty() { String::new() } else { format!(" ({})", finding.place) };
    text.field(
        &format!("{} {}", finding.code, finding.severity),
        format_args!("{}{place}: {}", finding.title, finding.detail),
    );
}
