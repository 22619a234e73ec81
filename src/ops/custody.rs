//! Reading a key back: custody, check value, fingerprint, public half. What stands in a manifest was read here.

use jiff::Timestamp;

use crate::hsm::request::{Handle, SignMechanism, TokenIdentity};
use crate::hsm::{Token, TokenError};
use crate::key::check_value::{CheckValue, CheckValueMethod};
use crate::key::custody::Custody;
use crate::key::spec::{HashAlg, KeySpec, Purpose};
use crate::key::version::KeyVersionId;
use crate::manifest::statement::{CustodyRecord, Fingerprint};
use crate::wrap::capability::Capabilities;

/// How many bytes of a block make a check value.
const CHECK_BYTES: usize = 3;
/// The first bytes of every fingerprint input; a null byte follows.
const FINGERPRINT_DOMAIN: &str = "byok/v1/fingerprint";

/// Why a key that was read back is not the key that was asked for.
#[derive(Debug, thiserror::Error)]
#[error("the token says {attribute} is {found} for a key that was made with {attribute} {asked}")]
pub struct ReadBackError {
    /// The PKCS#11 attribute.
    pub attribute: &'static str,
    /// What the token says.
    pub found: String,
    /// What was asked for.
    pub asked: bool,
}

/// Compares what the token says with what byok asks of every key that it makes.
///
/// # Errors
/// The first attribute that differs or is absent.
pub fn check_read_back(custody: &Custody, extractable: bool) -> Result<(), ReadBackError> {
    let rows = [("CKA_SENSITIVE", custody.sensitive, true), ("CKA_EXTRACTABLE", custody.extractable, extractable)];
    let wrong = rows.into_iter().find(|(_, found, asked)| *found != Some(*asked));
    match wrong {
        None => Ok(()),
        Some((attribute, found, asked)) => {
            let found = found.map_or_else(|| "absent".to_owned(), |value| value.to_string());
            Err(ReadBackError { attribute, found, asked })
        }
    }
}

/// The manifest's custody record for attributes that were read just now.
#[must_use]
pub fn record(
    identity: &TokenIdentity,
    object_id: &[u8],
    attrs: Custody,
    profile_sha256: &str,
    now: Timestamp,
) -> CustodyRecord {
    CustodyRecord {
        manufacturer: identity.manufacturer.clone(),
        model: identity.model.clone(),
        token_serial: identity.serial.clone(),
        token_label: identity.label.clone(),
        firmware: identity.firmware.clone(),
        module_sha256: identity.module_sha256.clone(),
        profile_sha256: profile_sha256.to_owned(),
        object_id: hex::encode(object_id),
        attrs,
        read_at: now,
        assurance: "module-reported".to_owned(),
    }
}

/// The check value of a secret key, by the best way that its purpose and the token allow.
///
/// # Errors
/// What the module answered.
pub fn check_value(
    token: &dyn Token,
    key: Handle,
    spec: KeySpec,
    purpose: Purpose,
    capabilities: &Capabilities,
) -> Result<Option<CheckValue>, TokenError> {
    if !matches!(spec, KeySpec::Aes(_)) {
        return Ok(None);
    }
    if capabilities.check_value.is_conformant()
        && let Some(value) = token.check_value(key)?
    {
        return Ok(shortened(&value, CheckValueMethod::EcbZeroFromToken));
    }
    match purpose {
        Purpose::Mac if capabilities.aes_cmac.is_conformant() => {
            let mac = token.sign(SignMechanism::AesCmac, key, &[0; 16])?;
            Ok(shortened(&mac, CheckValueMethod::CmacZero))
        }
        Purpose::Encrypt => Ok(shortened(&token.encrypt_zero_block(key)?, CheckValueMethod::EcbZeroOnHost)),
        Purpose::Mac | Purpose::Sign | Purpose::Wrap => Ok(None),
    }
}

fn shortened(block: &[u8], kcv_method: CheckValueMethod) -> Option<CheckValue> {
    block.get(..CHECK_BYTES).map(|bytes| CheckValue { kcv: hex::encode(bytes), kcv_method })
}

/// The fingerprint of a secret key whose purpose lets it sign: a PRF output, computed in the token, that names the
/// key material without giving it away. `None` when the purpose or the token does not let the key sign.
///
/// # Errors
/// A token that is gone.
pub fn fingerprint(
    token: &dyn Token,
    key: Handle,
    spec: KeySpec,
    purpose: Purpose,
    id: &KeyVersionId,
) -> Result<Option<Fingerprint>, TokenError> {
    let (mechanism, method) = match (spec, purpose) {
        (KeySpec::Aes(_), Purpose::Mac) => (SignMechanism::AesCmac, "byok-cmac-v1"),
        (KeySpec::Hmac(_), Purpose::Mac) => (SignMechanism::Hmac(HashAlg::Sha256), "byok-hmac-v1"),
        _ => return Ok(None),
    };
    match token.sign(mechanism, key, &fingerprint_input(spec, id)) {
        Ok(value) => Ok(Some(Fingerprint { method: method.to_owned(), value: hex::encode(value) })),
        // Some tokens refuse HMAC-SHA-256 with keys shorter than its hash; the descriptor serves then.
        Err(TokenError::Call { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// `"byok/v1/fingerprint" 00 type 00 NAME 00 N`
fn fingerprint_input(spec: KeySpec, id: &KeyVersionId) -> Vec<u8> {
    [FINGERPRINT_DOMAIN, &spec.to_string(), id.key.as_str(), &id.version.to_string()].join("\0").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_names_type_name_and_version() {
        let id: KeyVersionId = "a/b@3".parse().unwrap();
        let input = fingerprint_input("hmac-sha256".parse().unwrap(), &id);
        assert_eq!(input, b"byok/v1/fingerprint\0hmac-sha256\0a/b\x003");
    }

    #[test]
    fn an_absent_attribute_is_not_the_one_that_was_asked_for() {
        let said = |sensitive, extractable| Custody { sensitive, extractable, ..Custody::default() };
        assert!(check_read_back(&said(Some(true), Some(true)), true).is_ok());
        assert_eq!(check_read_back(&said(None, Some(true)), true).unwrap_err().found, "absent");
        assert_eq!(check_read_back(&said(Some(false), Some(true)), true).unwrap_err().attribute, "CKA_SENSITIVE");
        assert_eq!(check_read_back(&said(Some(true), Some(true)), false).unwrap_err().attribute, "CKA_EXTRACTABLE");
    }
}
