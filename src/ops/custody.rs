//! Reading a key back: custody, check value, fingerprint, public half. What stands in a manifest was read here.

use jiff::Timestamp;

use crate::format::spki::PublicKey;
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
    /// The PKCS#11 attribute, or `the key type` of a public half.
    pub attribute: &'static str,
    /// What the token says.
    pub found: String,
    /// What was asked for.
    pub asked: String,
}

/// Compares what the token says of a key that it made with what byok asked for: its custody, and the length of a secret key or the
/// type of a pair's public half (`spki`, DER SubjectPublicKeyInfo). Whether the key was made in the token and how long
/// it is may be left unsaid; nothing is then claimed about it.
///
/// # Errors
/// The first attribute that differs or is absent.
pub fn check_read_back(
    spec: KeySpec,
    custody: &Custody,
    extractable: bool,
    spki: Option<&[u8]>,
) -> Result<(), ReadBackError> {
    check(spec, custody, (extractable, true), spki)
}

/// The same for an extractable key that was put in: a token that says that it made such a key does not tell the truth.
/// Some tokens say that a secret key which they unwrapped is 0 bytes long, and that says nothing.
///
/// # Errors
/// As [`check_read_back`].
pub fn check_put_in(spec: KeySpec, custody: &Custody, spki: Option<&[u8]>) -> Result<(), ReadBackError> {
    let said = Custody { value_len: custody.value_len.filter(|length| *length > 0), ..custody.clone() };
    check(spec, &said, (true, false), spki)
}

fn check(
    spec: KeySpec,
    custody: &Custody,
    (extractable, local): (bool, bool),
    spki: Option<&[u8]>,
) -> Result<(), ReadBackError> {
    let length = spec.secret_bytes().and_then(|bytes| u64::try_from(bytes).ok());
    let rows = [
        row("CKA_SENSITIVE", custody.sensitive, Some(true)),
        row("CKA_EXTRACTABLE", custody.extractable, Some(extractable)),
        row("CKA_LOCAL", custody.local, custody.local.and(Some(local))),
        row("CKA_VALUE_LEN", length.and(custody.value_len), custody.value_len.and(length)),
    ];
    rows.into_iter().chain(spki.map(|spki| public_row(spec, spki))).try_for_each(|row| row)
}

fn row<T: PartialEq + ToString>(
    attribute: &'static str,
    found: Option<T>,
    asked: Option<T>,
) -> Result<(), ReadBackError> {
    if found == asked {
        return Ok(());
    }
    let show = |value: Option<T>| value.map_or_else(|| "absent".to_owned(), |value| value.to_string());
    Err(ReadBackError { attribute, found: show(found), asked: show(asked) })
}

fn public_row(spec: KeySpec, spki: &[u8]) -> Result<(), ReadBackError> {
    let key = PublicKey::from_der(spki).ok();
    if key.as_ref().and_then(PublicKey::spec) == Some(spec) {
        return Ok(());
    }
    let found = key.map_or_else(|| "unreadable".to_owned(), |key| key.description());
    Err(ReadBackError { attribute: "the key type", found, asked: spec.to_string() })
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

/// The check value of a secret key, by the best way that its purpose and the token allow; `None` when there is none. A
/// token that refuses leaves the key without one: the key is made by then, and is no worse for it.
///
/// # Errors
/// A token that is gone.
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
        && let Some(value) = said(token.check_value(key))?.flatten()
    {
        return Ok(shortened(&value, CheckValueMethod::EcbZeroFromToken));
    }
    match purpose {
        Purpose::Mac if capabilities.aes_cmac.is_conformant() => {
            let mac = said(token.sign(SignMechanism::AesCmac, key, &[0; 16]))?;
            Ok(mac.and_then(|mac| shortened(&mac, CheckValueMethod::CmacZero)))
        }
        Purpose::Encrypt => {
            let block = said(token.encrypt_zero_block(key))?;
            Ok(block.and_then(|block| shortened(&block, CheckValueMethod::EcbZeroOnHost)))
        }
        Purpose::Mac | Purpose::Sign | Purpose::Wrap => Ok(None),
    }
}

/// `None` for a call that the token refused.
pub(super) fn said<T>(answer: Result<T, TokenError>) -> Result<Option<T>, TokenError> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(TokenError::Call { .. }) => Ok(None),
        Err(error) => Err(error),
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
    let (mechanism, method, length) = match (spec, purpose) {
        (KeySpec::Aes(_), Purpose::Mac) => (SignMechanism::AesCmac, "byok-cmac-v1", 16),
        (KeySpec::Hmac(_), Purpose::Mac) => (SignMechanism::Hmac(HashAlg::Sha256), "byok-hmac-v1", 32),
        _ => return Ok(None),
    };
    // Some tokens refuse HMAC-SHA-256 with keys shorter than its hash; the descriptor serves then.
    let value = said(token.sign(mechanism, key, &fingerprint_input(spec, id)))?;
    let value = value.filter(|value| value.len() == length);
    Ok(value.map(|value| Fingerprint { method: method.to_owned(), value: hex::encode(value) }))
}

/// `"byok/v1/fingerprint" 00 type 00 NAME 00 N`
pub(super) fn fingerprint_input(spec: KeySpec, id: &KeyVersionId) -> Vec<u8> {
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

    fn spec(text: &str) -> KeySpec {
        text.parse().unwrap()
    }

    fn wrong(name: &str, custody: &Custody, extractable: bool, spki: Option<&[u8]>) -> Option<String> {
        check_read_back(spec(name), custody, extractable, spki).err().map(|error| error.to_string())
    }

    #[test]
    fn an_absent_attribute_is_not_the_one_that_was_asked_for() {
        let said = |sensitive, extractable| Custody { sensitive, extractable, ..Custody::default() };
        let attribute = |custody: Custody, extractable| {
            check_read_back(spec("aes-256"), &custody, extractable, None)
                .err()
                .map(|error| (error.attribute, error.found))
        };
        assert_eq!(attribute(said(Some(true), Some(true)), true), None);
        assert_eq!(attribute(said(None, Some(true)), true), Some(("CKA_SENSITIVE", "absent".to_owned())));
        assert_eq!(attribute(said(Some(false), Some(true)), true), Some(("CKA_SENSITIVE", "false".to_owned())));
        assert_eq!(attribute(said(Some(true), Some(true)), false), Some(("CKA_EXTRACTABLE", "true".to_owned())));
    }

    #[test]
    fn a_key_of_another_size_or_origin_is_not_the_one_that_was_asked_for() {
        let good = Custody { sensitive: Some(true), extractable: Some(true), ..Custody::default() };
        let short = Custody { value_len: Some(16), ..good.clone() };
        assert_eq!(wrong("aes-128", &short, true, None), None);
        let error = wrong("aes-256", &short, true, None).unwrap();
        assert_eq!(error, "the token says CKA_VALUE_LEN is 16 for a key that was made with CKA_VALUE_LEN 32");
        let foreign = Custody { local: Some(false), ..good.clone() };
        assert!(wrong("aes-256", &foreign, true, None).unwrap().contains("CKA_LOCAL is false"));
        let rsa = PublicKey::rsa(&[0xc1; 256], &[1, 0, 1]).unwrap();
        assert_eq!(wrong("rsa-2048", &good, true, Some(rsa.der())), None);
        assert!(wrong("rsa-3072", &good, true, Some(rsa.der())).unwrap().contains("the key type is RSA-2048"));
        assert!(wrong("ec-p256", &good, true, Some(b"nothing")).unwrap().contains("unreadable"));
    }
}
