//! X.509: certificates, requests, revocation lists (RFC 5280, RFC 2986). No signature is checked.

use der::{Decode, Encode};
use jiff::Timestamp;
use x509_cert::request::CertReq;
use x509_cert::time::Time;

use super::tlv::{Element, INTEGER, SEQUENCE};
use super::{Certificate, Form, ReadError, Request, public};
use crate::format::escape::printable;
use crate::format::lint::Finding;

/// The longest name that is shown, in characters.
const NAME: usize = 256;

const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// Which of the three a signed structure is: all are a sequence, an algorithm, and a bit string.
pub(super) fn form(signed: Element<'_>) -> Form {
    let tags: Vec<u8> = signed.children().iter().map(|element| element.tag).collect();
    match tags.as_slice() {
        [0xa0, INTEGER, ..] | [INTEGER, SEQUENCE, SEQUENCE, SEQUENCE, SEQUENCE, SEQUENCE, ..] => Form::Certificate,
        [INTEGER, SEQUENCE, SEQUENCE, UTC_TIME | GENERALIZED_TIME, ..]
        | [SEQUENCE, SEQUENCE, UTC_TIME | GENERALIZED_TIME, ..] => Form::Crl,
        [INTEGER, SEQUENCE, SEQUENCE] | [INTEGER, SEQUENCE, SEQUENCE, 0xa0] => Form::Pkcs10,
        _ => Form::Other,
    }
}

pub(in crate::format) fn certificate(
    der: &[u8],
    place: &str,
    findings: &mut Vec<Finding>,
) -> Result<Certificate, ReadError> {
    let malformed = |error: der::Error| ReadError::malformed(place, "an X.509 certificate", &error);
    let certificate = x509_cert::Certificate::from_der(der).map_err(malformed)?;
    let body = certificate.tbs_certificate();
    let info = body.subject_public_key_info().to_der().map_err(malformed)?;
    Ok(Certificate {
        der: der.to_vec(),
        key: public::spki(&info, place, findings)?,
        subject: printable(&body.subject().to_string(), NAME),
        issuer: printable(&body.issuer().to_string(), NAME),
        serial: hex::encode(body.serial_number().as_bytes()),
        not_before: time(&body.validity().not_before),
        not_after: time(&body.validity().not_after),
    })
}

pub(super) fn request(der: &[u8], place: &str, findings: &mut Vec<Finding>) -> Result<Request, ReadError> {
    let malformed = |error: der::Error| ReadError::malformed(place, "a certificate request", &error);
    let request = CertReq::from_der(der).map_err(malformed)?;
    let info = request.info.public_key.to_der().map_err(malformed)?;
    let subject = printable(&request.info.subject.to_string(), NAME);
    Ok(Request { key: public::spki(&info, place, findings)?, subject })
}

fn time(time: &Time) -> Option<Timestamp> {
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).ok()?;
    Timestamp::from_second(seconds).ok()
}

/// The issuer of a revocation list, if it can be read.
pub(super) fn crl_issuer(signed: Element<'_>) -> Option<String> {
    let names = signed.children();
    let issuer = names.iter().filter(|element| element.tag == SEQUENCE).nth(1)?;
    let name = x509_cert::name::Name::from_der(issuer.whole).ok()?;
    Some(printable(&name.to_string(), NAME))
}
