//! DER: the public key that a file is or certifies. Strict: a wrapping key has one spelling.

use super::{Found, WrappingKeyError};
use crate::format::reader::Form;
use crate::format::reader::ber::canonical;
use crate::format::reader::certificate::certificate;
use crate::format::reader::der::form;
use crate::format::spki::PublicKey;

/// Reads one DER value that is, or certifies, a public key.
pub(super) fn read(bytes: &[u8]) -> Result<Found, WrappingKeyError> {
    let found = canonical(bytes).map_err(|error| WrappingKeyError::Der(error.to_string()))?;
    let rest = bytes.len().saturating_sub(found.taken);
    if rest > 0 {
        return Err(WrappingKeyError::Trailing(rest));
    }
    let form = form(&found.der);
    if let Some(private) = private(form) {
        return Err(WrappingKeyError::PrivateKey(private.to_owned()));
    }
    if let Some((at, what)) = found.deviation {
        return Err(WrappingKeyError::Der(format!("{what} at byte {at} is not DER")));
    }
    let (form, key) = match form {
        Form::Spki => ("public key", PublicKey::from_der(bytes)?),
        Form::Pkcs1Public => ("RSA public key (PKCS#1)", PublicKey::from_pkcs1_der(bytes)?),
        Form::Certificate => return certified(bytes),
        Form::Pkcs10 => return Err(WrappingKeyError::NotAKey("a certificate request".to_owned())),
        Form::Cms => return Err(WrappingKeyError::NotAKey("PKCS#7 or CMS".to_owned())),
        Form::Crl => return Err(WrappingKeyError::NotAKey("a revocation list".to_owned())),
        _ => return Err(WrappingKeyError::NotAKey("DER of another kind".to_owned())),
    };
    Ok(Found { form: form.to_owned(), key, expires_at: None })
}

/// Containers of private keys, by name.
fn private(form: Form) -> Option<&'static str> {
    Some(match form {
        Form::Pkcs1Private => "PKCS#1",
        Form::Pkcs8 => "PKCS#8",
        Form::Sec1 => "SEC 1",
        Form::Pkcs8Encrypted => "encrypted PKCS#8",
        Form::Pkcs12 => "PKCS#12",
        _ => return None,
    })
}

fn certified(bytes: &[u8]) -> Result<Found, WrappingKeyError> {
    // Another spelling of the curve or the point of an EC key; such a key does not wrap anyway.
    let mut findings = Vec::new();
    let certificate =
        certificate(bytes, "", &mut findings).map_err(|error| WrappingKeyError::Der(error.to_string()))?;
    Ok(Found { form: "certificate".to_owned(), key: certificate.key, expires_at: certificate.not_after })
}
