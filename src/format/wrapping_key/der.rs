//! DER: what kind of file it is by its outermost elements, and the public key in it.

use der::{Decode, Encode, Header, Reader, SliceReader, Tag};
use jiff::Timestamp;
use x509_cert::Certificate;
use x509_cert::request::CertReq;

use super::{Found, WrappingKeyError};
use crate::format::spki::PublicKey;

/// Reads one DER value that is, or certifies, a public key.
pub(super) fn read(bytes: &[u8]) -> Result<Found, WrappingKeyError> {
    let tags = outer_tags(bytes)?;
    let (form, key) = match tags.as_slice() {
        [Tag::Sequence, Tag::BitString] => ("public key", PublicKey::from_der(bytes)?),
        [Tag::Integer, Tag::Integer] => ("RSA public key (PKCS#1)", PublicKey::from_pkcs1_der(bytes)?),
        [Tag::Sequence, Tag::Sequence, Tag::BitString] => return certificate(bytes),
        other => return Err(name(other)),
    };
    Ok(Found { form: form.to_owned(), key, expires_at: None })
}

/// What a file is that is not wanted, by the elements of its outer sequence.
fn name(tags: &[Tag]) -> WrappingKeyError {
    let private = |what: &str| WrappingKeyError::PrivateKey(what.to_owned());
    match tags {
        [Tag::Integer, Tag::Integer, Tag::Integer, ..] => private("PKCS#1"),
        [Tag::Integer, Tag::Sequence, Tag::OctetString, ..] => private("PKCS#8"),
        [Tag::Integer, Tag::OctetString, ..] => private("SEC 1"),
        [Tag::Sequence, Tag::OctetString] => private("encrypted PKCS#8"),
        [Tag::Integer, Tag::Sequence, ..] => private("PKCS#12"),
        [Tag::ObjectIdentifier, ..] => WrappingKeyError::NotAKey("PKCS#7 or CMS".to_owned()),
        _ => WrappingKeyError::NotAKey("DER of another kind".to_owned()),
    }
}

/// The tags inside the one outer sequence.
fn outer_tags(bytes: &[u8]) -> Result<Vec<Tag>, WrappingKeyError> {
    let mut reader = SliceReader::new(bytes).map_err(WrappingKeyError::Der)?;
    let header = Header::decode(&mut reader).map_err(WrappingKeyError::Der)?;
    if header.tag() != Tag::Sequence {
        return Err(WrappingKeyError::NotAKey("DER of another kind".to_owned()));
    }
    let content = reader.read_slice(header.length()).map_err(WrappingKeyError::Der)?;
    let rest = u32::from(reader.remaining_len());
    if rest > 0 {
        return Err(WrappingKeyError::Trailing(usize::try_from(rest).unwrap_or(usize::MAX)));
    }
    let mut inner = SliceReader::new(content).map_err(WrappingKeyError::Der)?;
    let mut tags = Vec::new();
    while !inner.is_finished() {
        let header = Header::decode(&mut inner).map_err(WrappingKeyError::Der)?;
        inner.read_slice(header.length()).map_err(WrappingKeyError::Der)?;
        tags.push(header.tag());
    }
    Ok(tags)
}

fn certificate(bytes: &[u8]) -> Result<Found, WrappingKeyError> {
    let certificate = match Certificate::from_der(bytes) {
        Ok(certificate) => certificate,
        Err(_) if CertReq::from_der(bytes).is_ok() => {
            return Err(WrappingKeyError::NotAKey("a certificate request".to_owned()));
        }
        Err(error) => return Err(WrappingKeyError::Der(error)),
    };
    let body = certificate.tbs_certificate();
    let info = body.subject_public_key_info().to_der().map_err(WrappingKeyError::Der)?;
    let end = body.validity().not_after.to_unix_duration().as_secs();
    let expires_at = i64::try_from(end).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    Ok(Found { form: "certificate".to_owned(), key: PublicKey::from_der(&info)?, expires_at })
}
