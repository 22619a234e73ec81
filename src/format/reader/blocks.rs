//! A PEM file: one part for each block.

use super::pem::{self, Block};
use super::{Content, Form, Layer, Part, ReadError, Reading, der, openssh, shown};
use crate::format::escape::{SHORT, printable};
use crate::format::lint::Finding;
use crate::format::lint::rules::form;
use crate::format::locked;

/// The labels under which each structure stands (RFC 7468, and what OpenSSL and Java write).
const LABELS: [(Form, &[&str]); 10] = [
    (Form::Certificate, &["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"]),
    (Form::Cms, &["PKCS7", "CMS", "PKCS #7 SIGNED DATA"]),
    (Form::Crl, &["X509 CRL", "CRL"]),
    (Form::Pkcs1Private, &["RSA PRIVATE KEY"]),
    (Form::Pkcs1Public, &["RSA PUBLIC KEY"]),
    (Form::Pkcs10, &["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"]),
    (Form::Pkcs8, &["PRIVATE KEY"]),
    (Form::Pkcs8Encrypted, &["ENCRYPTED PRIVATE KEY"]),
    (Form::Sec1, &["EC PRIVATE KEY"]),
    (Form::Spki, &["PUBLIC KEY"]),
];

/// Reads every block.
pub(super) fn read(text: &[u8]) -> Result<Reading, ReadError> {
    let blocks = pem::blocks(text)?;
    let alone = blocks.len() == 1;
    let mut findings = Vec::new();
    let parts = blocks.iter().zip(1_usize..).map(|(block, number)| {
        let place = if alone { String::new() } else { format!("block {number}") };
        part(block, &place, &mut findings)
    });
    let parts = parts.collect::<Result<_, _>>()?;
    Ok(Reading { layers: vec![Layer::Pem], parts, findings })
}

fn part(block: &Block<'_>, place: &str, findings: &mut Vec<Finding>) -> Result<Part, ReadError> {
    let label = block.label;
    if let Some(dek_info) = block.encrypted() {
        let locked = locked::legacy_pem(label, dek_info, &block.content).map_err(|error| error.under(place))?;
        let form = if label == "EC PRIVATE KEY" { Form::Sec1 } else { Form::Pkcs1Private };
        let content = der::opened_later(locked, place, findings);
        return Ok(Part { place: place.to_owned(), form, content, name: None, beside: Vec::new() });
    }
    if label == "OPENSSH PRIVATE KEY" {
        return openssh::private(&block.content, place);
    }
    if label.contains("PARAMETERS") || !known(label) {
        return Ok(other(block, place));
    }
    let part = der::part(&block.content, place, findings)?;
    let fits = LABELS.iter().any(|(form, labels)| *form == part.form && labels.contains(&label));
    if !fits {
        let detail = format!("`{}` around {}", printable(label, SHORT), part.form);
        findings.push(Finding::new(&form::LABEL, place, detail));
    }
    Ok(part)
}

fn known(label: &str) -> bool {
    LABELS.iter().any(|(_, labels)| labels.contains(&label))
}

/// A block of another kind; its label is its name.
fn other(block: &Block<'_>, place: &str) -> Part {
    let way_out =
        if block.label.starts_with("PGP ") { "OpenPGP keys are no import format of any provider" } else { "" };
    let what = format!("PEM `{}`", printable(shown::name_or(block.label, "another label"), SHORT));
    Part {
        place: place.to_owned(),
        form: Form::Other,
        content: der::named(&what, way_out),
        name: None,
        beside: Vec::new(),
    }
}

impl Block<'_> {
    /// The value of `DEK-Info` when the headers say that the content is encrypted (RFC 1421 section 4.6.1); empty when
    /// it is missing then.
    fn encrypted(&self) -> Option<&str> {
        let header = |wanted: &str| self.headers.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value);
        let said = header("Proc-Type").is_some_and(|value| value.contains("ENCRYPTED"));
        // A cipher that is no name is one that byok does not have either.
        let is_name = |value: &&str| value.split(',').next().is_none_or(shown::is_name);
        header("DEK-Info").map(|value| if is_name(&value) { value } else { "another,00" }).or(said.then_some(""))
    }
}

/// For the content of a part that only has a name.
pub(super) fn named(place: &str, form: Form, what: impl Into<String>, way_out: impl Into<String>) -> Part {
    let content = Content::Named { what: what.into(), way_out: way_out.into() };
    Part { place: place.to_owned(), form, content, name: None, beside: Vec::new() }
}
