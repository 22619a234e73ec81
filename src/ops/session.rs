//! Open tokens for one command: the one with the keys and the one with the evidence signer, often the same.

use super::object::{Catalogue, Wanted};
use crate::hsm::find::key_type;
use crate::hsm::request::{Class, Handle, Search};
use crate::hsm::signer::TokenSigner;
use crate::hsm::{Token, TokenError};
use crate::key::spec::{Curve, KeySpec};
use crate::manifest::digest::sha256_hex;
use crate::manifest::statement::SignerRecord;
use crate::registry::signer::SignerPlace;

/// The tokens of a command, logged in.
#[derive(Clone, Copy)]
pub struct Tokens<'a> {
    /// Where the keys are.
    pub keys: &'a dyn Token,
    /// Where the evidence signer is.
    pub signer: &'a dyn Token,
}

/// A command's view of its tokens: the signer, and the objects that the command works on.
pub struct Session<'a> {
    /// Where the keys are.
    pub token: &'a dyn Token,
    /// The evidence signer.
    pub signer: TokenSigner<'a>,
    /// The signer, as manifests name it.
    pub record: SignerRecord,
    catalogue: Catalogue,
}

/// Why no session could be opened.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The signing key is not on its token, or more than once.
    #[error("the evidence signer was not found")]
    Signer(#[source] TokenError),
    /// The token's signing key is not the one that this registry trusts.
    #[error("the signing key on the token has fingerprint {found}; this registry's signer is {expected}")]
    OtherSigner {
        /// SPKI SHA-256 on the token.
        found: String,
        /// SPKI SHA-256 in the registry.
        expected: String,
    },
    /// The signer's record in the registry makes no sense.
    #[error("the registry's signer record names an unknown key type or object id")]
    Record,
    /// A token call failed.
    #[error(transparent)]
    Token(#[from] TokenError),
}

impl std::fmt::Debug for Tokens<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("keys", self.keys.identity()).field("signer", self.signer.identity()).finish()
    }
}

impl std::fmt::Debug for Session<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("token", self.token.identity()).field("signer", &self.record).finish()
    }
}

impl<'a> Session<'a> {
    /// Finds the signer and the wanted objects with one search for each class and token.
    ///
    /// `spki` is the registry's trusted signer; the token's signatures are checked against it, so that a token with
    /// another key under the same id is found out by the first signature.
    ///
    /// # Errors
    /// A signer that is missing or doubled, or a token that fails.
    pub fn open(
        tokens: Tokens<'a>,
        place: &SignerPlace,
        spki: &[u8],
        wanted: &[&Wanted],
    ) -> Result<Self, SessionError> {
        let signer_wanted = signer_wanted(place)?;
        let same = tokens.keys.identity().serial == tokens.signer.identity().serial;
        let (signer_handle, catalogue) = if same {
            let all: Vec<&Wanted> = wanted.iter().copied().chain([&signer_wanted]).collect();
            let catalogue = Catalogue::look_up(tokens.keys, &all)?;
            (catalogue.exactly_one(&signer_wanted).map_err(SessionError::Signer)?, catalogue)
        } else {
            let signers = Catalogue::look_up(tokens.signer, &[&signer_wanted])?;
            let handle = signers.exactly_one(&signer_wanted).map_err(SessionError::Signer)?;
            (handle, Catalogue::look_up(tokens.keys, wanted)?)
        };
        Self::assemble(tokens, place, spki, signer_handle, catalogue)
    }

    /// A session with a signer that was made in this very command, and no other objects.
    ///
    /// # Errors
    /// A key that signs no evidence.
    pub fn of_new_signer(
        tokens: Tokens<'a>,
        place: &SignerPlace,
        spki: &[u8],
        private: Handle,
    ) -> Result<Self, SessionError> {
        Self::assemble(tokens, place, spki, private, Catalogue::default())
    }

    fn assemble(
        tokens: Tokens<'a>,
        place: &SignerPlace,
        spki: &[u8],
        private: Handle,
        catalogue: Catalogue,
    ) -> Result<Self, SessionError> {
        let record = record(place, tokens.signer, spki)?;
        let signer = TokenSigner::new(tokens.signer, private, spki)?;
        Ok(Self { token: tokens.keys, signer, record, catalogue })
    }

    /// The handle of an object that was wanted when the session was opened.
    ///
    /// # Errors
    /// None or several such objects.
    pub fn find(&self, wanted: &Wanted) -> Result<Handle, TokenError> {
        self.catalogue.exactly_one(wanted)
    }

    /// Labels and ids of the token's keys with this label.
    ///
    /// # Errors
    /// What the module answered.
    pub fn same_label(&self, label: &str) -> Result<Vec<String>, TokenError> {
        let found = self.token.find(Search::Label(label))?;
        Ok(found.iter().map(|object| format!("{:?} {}", object.class, hex::encode(&object.id))).collect())
    }
}

/// Types that may sign evidence; the command line's `--signer-type`.
pub const SIGNER_TYPES: [KeySpec; 4] = [
    KeySpec::Ec(Curve::P256),
    KeySpec::Ec(Curve::P384),
    KeySpec::Ed25519,
    KeySpec::Rsa(crate::key::spec::RsaBits::B3072),
];

/// The private half of the signer, as a search.
///
/// # Errors
/// When the record names an unknown type or a bad id.
pub fn signer_wanted(place: &SignerPlace) -> Result<Wanted, SessionError> {
    let spec: KeySpec = place.key_type.parse().map_err(|_| SessionError::Record)?;
    let id = hex::decode(&place.object_id).map_err(|_| SessionError::Record)?;
    Ok(Wanted { class: Class::Private, id, key_type: key_type(spec), label: place.key_label.clone() })
}

fn record(place: &SignerPlace, token: &dyn Token, spki: &[u8]) -> Result<SignerRecord, SessionError> {
    let found = sha256_hex(spki);
    if found != place.spki_sha256 {
        return Err(SessionError::OtherSigner { found, expected: place.spki_sha256.clone() });
    }
    Ok(SignerRecord {
        spki_sha256: found,
        key_label: place.key_label.clone(),
        token_serial: token.identity().serial.clone(),
        token_label: token.identity().label.clone(),
    })
}
