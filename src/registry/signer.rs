//! Where the evidence signer is: `trust/signer.json`, beside `trust/signer.pem`.
//!
//! The place helps byok to find the key; what is believed is the public key alone.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::create::NewRegistry;
use super::error::RegistryError;
use super::files;
use super::store::Registry;
use crate::format::spki::PublicKey;
use crate::manifest::json;

/// `schema` of signer.json.
pub const SCHEMA: &str = "byok.signer/v1";
/// The largest signer.json and signer.pem.
const MAX_FILE: u64 = 64 << 10;

/// The evidence signer's place.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SignerPlace {
    /// [`SCHEMA`].
    pub schema: String,
    /// `CKA_LABEL` of both halves.
    pub key_label: String,
    /// `CKA_ID`, lower-case hexadecimal.
    pub object_id: String,
    /// The key type: `ec-p256`.
    pub key_type: String,
    /// Serial of the token that holds it.
    pub token_serial: String,
    /// Label of that token.
    pub token_label: String,
    /// Lower-case hexadecimal SHA-256 of the DER SPKI.
    pub spki_sha256: String,
}

impl NewRegistry {
    /// Writes `trust/signer.json`.
    ///
    /// # Errors
    /// When it could not be written.
    pub fn write_signer_place(&self, place: &SignerPlace) -> Result<(), RegistryError> {
        let path = place_file(self.registry());
        let json = serde_json::to_vec_pretty(place).map_err(|e| RegistryError::malformed(&path, e.to_string()))?;
        files::write_new(&path, &[json, b"\n".to_vec()].concat())
    }
}

impl Registry {
    /// Where the evidence signer is.
    ///
    /// # Errors
    /// When the file is missing or of another schema.
    pub fn signer_place(&self) -> Result<SignerPlace, RegistryError> {
        let path = place_file(self);
        let bytes = files::read(&path, MAX_FILE)?.unwrap_or_default();
        let place: SignerPlace =
            json::from_slice(&bytes).map_err(|error| RegistryError::malformed(&path, error.to_string()))?;
        if place.schema != SCHEMA {
            return Err(RegistryError::malformed(&path, format!("not a {SCHEMA} document")));
        }
        Ok(place)
    }

    /// The evidence signer's public key.
    ///
    /// # Errors
    /// When the file is missing or no public key.
    pub fn signer_key(&self) -> Result<PublicKey, RegistryError> {
        let path = self.layout().signer();
        let bytes = files::read(&path, MAX_FILE)?.unwrap_or_default();
        PublicKey::from_pem_or_der(&bytes).map_err(|error| RegistryError::malformed(&path, error.to_string()))
    }
}

pub(super) fn place_file(registry: &Registry) -> PathBuf {
    registry.layout().trust().join("signer.json")
}
