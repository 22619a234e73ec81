//! [`Token`] on a PKCS#11 module, with cryptoki and, where it falls short, `raw.rs`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;

use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::aead::GcmParams;
use cryptoki::object::{Attribute, AttributeType};
use cryptoki::session::UserType;
use zeroize::Zeroizing;

use super::Token;
use super::error::TokenError;
use super::login::Pin;
use super::pkcs11_attributes as attributes;
use super::pkcs11_context::Context;
use super::pkcs11_error::token_error;
use super::pkcs11_session::CountedSession;
use super::request::{
    Class, FoundObject, Handle, PairHandles, PairRequest, RsaPublicKey, Search, SecretRequest, SignMechanism,
    TokenIdentity, WrapMechanism,
};
use super::{pkcs11_mechanism as mechanism, pkcs11_pair_template as pair_template, pkcs11_template as template, raw};
use crate::format::material::PrivateKey;
use crate::format::spki::PublicKey;
use crate::key::custody::Custody;
use crate::key::spec::HashAlg;

const NO_PAIR: TokenError = TokenError::BadRequest("a secret key is not a pair");
const OTHER_PAIR: TokenError = TokenError::BadRequest("the key is not of the type that was asked for");
const AES_BLOCK: usize = 16;
const GCM_TAG: usize = 16;
/// Handles per `C_FindObjects`: a store of thousands costs few calls.
const FIND_BATCH: NonZeroUsize = NonZeroUsize::MIN.saturating_add(511);

/// One logged-in read-write session with a token.
///
/// It keeps a copy of the PIN while it lives, because a key with `CKA_ALWAYS_AUTHENTICATE` asks for it at every
/// signature; the copy is wiped when the token is dropped.
pub struct Pkcs11Token {
    session: CountedSession,
    slot: u64,
    identity: TokenIdentity,
    pin: Pin,
    /// Private keys that have been asked for `CKA_ALWAYS_AUTHENTICATE`.
    asks_every_time: RefCell<BTreeMap<Handle, bool>>,
}

impl fmt::Debug for Pkcs11Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pkcs11Token").field("identity", &self.identity).finish_non_exhaustive()
    }
}

/// The way to further sessions with a token, for any thread. The login holds for all sessions that an application has
/// with a token (PKCS#11 v3.1 section 5.6.8).
pub struct Door {
    context: Arc<Context>,
    slot: u64,
    identity: TokenIdentity,
    pin: Pin,
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door").field("identity", &self.identity).finish_non_exhaustive()
    }
}

impl Door {
    /// `C_OpenSession`.
    ///
    /// # Errors
    /// What the module answered; `CKR_SESSION_COUNT` when the token takes no more.
    pub fn open(&self) -> Result<Pkcs11Token, TokenError> {
        let session = CountedSession::new(self.context.session(self.slot)?, Arc::clone(&self.context));
        Ok(Pkcs11Token::new(session, self.slot, self.identity.clone(), self.pin.clone()))
    }
}

impl Pkcs11Token {
    /// A token from a session that is logged in with `pin`.
    pub(super) fn new(session: CountedSession, slot: u64, identity: TokenIdentity, pin: Pin) -> Self {
        Self { session, slot, identity, pin, asks_every_time: RefCell::default() }
    }

    /// The way to further sessions, for any thread.
    #[must_use]
    pub fn door(&self) -> Door {
        let context = Arc::clone(self.session.context());
        Door { context, slot: self.slot, identity: self.identity.clone(), pin: self.pin.clone() }
    }

    /// `C_GetTokenInfo`: how many sessions this token takes, as far as it says.
    ///
    /// # Errors
    /// What the module answered.
    pub fn most_sessions(&self) -> Result<Option<u64>, TokenError> {
        self.session.context().most_sessions(self.slot)
    }

    /// How many calls the sessions of this token's module have made in this process.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.session.context().calls()
    }

    /// Whether two tokens are behind the same loaded module, which counts the calls of both.
    #[must_use]
    pub fn shares_module(&self, other: &Self) -> bool {
        Arc::ptr_eq(self.session.context(), other.session.context())
    }

    fn create(&self, template: &template::Template) -> Result<Handle, TokenError> {
        let created = self.session.calling(1).create_object(template.as_slice());
        Ok(Handle(created.map_err(|error| token_error("C_CreateObject", &error))?.handle()))
    }

    /// `C_FindObjects`.
    fn search(&self, search: Search<'_>) -> Result<Vec<Handle>, TokenError> {
        let template = template::search(search);
        let handles = self
            .session
            .calling(3)
            .iter_objects_with_cache_size(&template, FIND_BATCH)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| token_error("C_FindObjects", &error))?;
        // One call of those three gave the first batch.
        let more = handles.len().checked_div(FIND_BATCH.get()).and_then(|batches| u64::try_from(batches).ok());
        self.session.context().count(more.unwrap_or_default());
        Ok(handles.into_iter().map(|handle| Handle(handle.handle())).collect())
    }

    fn encrypt(&self, mechanism: &Mechanism<'_>, key: Handle, data: &[u8]) -> Result<Zeroizing<Vec<u8>>, TokenError> {
        self.session
            .calling(1)
            .encrypt_init(mechanism, raw::object(key))
            .map_err(|error| token_error("C_EncryptInit", &error))?;
        self.session.context().raw.encrypt(self.session.handle(), data).inspect_err(|_| {
            // As after a signature that failed.
            let _ = self.session.calling(1).encrypt_final();
        })
    }

    /// `CKA_ALWAYS_AUTHENTICATE`, read once per key.
    fn asks_every_time(&self, key: Handle) -> Result<bool, TokenError> {
        if let Some(known) = self.asks_every_time.borrow().get(&key) {
            return Ok(*known);
        }
        let answer = attributes::read(&self.session, key, &[AttributeType::AlwaysAuthenticate])?;
        let asks = matches!(answer.as_slice(), [Attribute::AlwaysAuthenticate(true)]);
        self.asks_every_time.borrow_mut().insert(key, asks);
        Ok(asks)
    }

    /// `C_Login` as `CKU_CONTEXT_SPECIFIC`, if the key wants it, then `C_Sign`.
    fn authorise_and_sign(&self, ask: bool, data: &[u8]) -> Result<Vec<u8>, TokenError> {
        if ask {
            let session = self.session.calling(1);
            super::pkcs11_login::login(
                session,
                self.session.context(),
                self.slot,
                UserType::ContextSpecific,
                &self.pin,
            )?;
        }
        self.session.context().raw.sign(self.session.handle(), data)
    }
}

impl Token for Pkcs11Token {
    fn identity(&self) -> &TokenIdentity {
        &self.identity
    }

    fn mechanisms(&self) -> Result<Vec<u64>, TokenError> {
        let context = self.session.context();
        context.count(1);
        context.raw.mechanisms(self.slot)
    }

    fn generate_secret(&self, request: &SecretRequest) -> Result<Handle, TokenError> {
        let template = template::generated_secret(request);
        let key = self.session.calling(1).generate_key(&mechanism::secret(request.kind), template.as_slice());
        Ok(Handle(key.map_err(|error| token_error("C_GenerateKey", &error))?.handle()))
    }

    fn generate_pair(&self, request: &PairRequest) -> Result<PairHandles, TokenError> {
        let mechanism = mechanism::pair(request.spec).ok_or(NO_PAIR)?;
        let (public, private) = pair_template::generated(request).ok_or(NO_PAIR)?;
        let (public, private) = self
            .session
            .calling(1)
            .generate_key_pair(&mechanism, public.as_slice(), private.as_slice())
            .map_err(|error| token_error("C_GenerateKeyPair", &error))?;
        Ok(PairHandles { private: Handle(private.handle()), public: Handle(public.handle()) })
    }

    fn create_secret(&self, value: &[u8], request: &SecretRequest) -> Result<Handle, TokenError> {
        self.create(&template::known_secret(value, request))
    }

    fn create_wrapping_key(&self, key: &RsaPublicKey) -> Result<Handle, TokenError> {
        self.create(&template::wrapping_key(key))
    }

    fn wrap(
        &self,
        mechanism: WrapMechanism,
        wrapping: Handle,
        target: Handle,
    ) -> Result<Zeroizing<Vec<u8>>, TokenError> {
        self.session.context().raw.wrap_key(self.session.handle(), mechanism, wrapping, target)
    }

    fn unwrap(
        &self,
        mechanism: WrapMechanism,
        unwrapping: Handle,
        wrapped: &[u8],
        request: &SecretRequest,
    ) -> Result<Handle, TokenError> {
        let template = template::unwrapped_secret(request);
        self.session.context().raw.unwrap_key(
            self.session.handle(),
            mechanism,
            unwrapping,
            wrapped,
            template.as_slice(),
        )
    }

    fn unwrap_private(
        &self,
        mechanism: WrapMechanism,
        unwrapping: Handle,
        wrapped: &[u8],
        request: &PairRequest,
    ) -> Result<Handle, TokenError> {
        let template = pair_template::unwrapped_private(request).ok_or(NO_PAIR)?;
        self.session.context().raw.unwrap_key(
            self.session.handle(),
            mechanism,
            unwrapping,
            wrapped,
            template.as_slice(),
        )
    }

    fn create_private(&self, key: &PrivateKey, request: &PairRequest) -> Result<Handle, TokenError> {
        self.create(&pair_template::known_private(key, request).ok_or(OTHER_PAIR)?)
    }

    fn create_public(&self, key: &PublicKey, request: &PairRequest) -> Result<Handle, TokenError> {
        self.create(&pair_template::known_public(key, request).ok_or(OTHER_PAIR)?)
    }

    fn decrypt_oaep(&self, hash: HashAlg, key: Handle, data: &[u8]) -> Result<Zeroizing<Vec<u8>>, TokenError> {
        let answer = self.session.calling(3).decrypt(&mechanism::oaep(hash), raw::object(key), data);
        answer.map(Zeroizing::new).map_err(|error| token_error("C_Decrypt", &error))
    }

    fn find(&self, search: Search<'_>) -> Result<Vec<FoundObject>, TokenError> {
        let handles = self.search(search)?;
        let found = handles.into_iter().map(|handle| attributes::found(&self.session, handle, search));
        found.filter_map(Result::transpose).collect()
    }

    fn handles(&self, class: Class) -> Result<Vec<Handle>, TokenError> {
        self.search(Search::Class(class))
    }

    fn look_at(&self, class: Class, handle: Handle) -> Result<Option<FoundObject>, TokenError> {
        attributes::found(&self.session, handle, Search::Class(class))
    }

    fn custody(&self, key: Handle) -> Result<Custody, TokenError> {
        attributes::custody(&self.session, key)
    }

    fn public_key(&self, key: Handle) -> Result<Vec<u8>, TokenError> {
        attributes::public_key(&self.session, key)
    }

    fn check_value(&self, key: Handle) -> Result<Option<Vec<u8>>, TokenError> {
        let answer = attributes::read(&self.session, key, &[AttributeType::CheckValue])?;
        Ok(answer.into_iter().find_map(|attribute| match attribute {
            Attribute::CheckValue(value) if !value.is_empty() => Some(value),
            _ => None,
        }))
    }

    fn encrypt_zero_block(&self, key: Handle) -> Result<Zeroizing<Vec<u8>>, TokenError> {
        let block = self.encrypt(&Mechanism::AesEcb, key, &[0; AES_BLOCK])?;
        expect_length(block.len(), Some(AES_BLOCK))?;
        Ok(block)
    }

    fn encrypt_gcm(&self, key: Handle, nonce: &[u8; 12], data: &[u8]) -> Result<Vec<u8>, TokenError> {
        let mut nonce = *nonce;
        let tag_bits = (GCM_TAG as u64).saturating_mul(8).into();
        let parameters =
            GcmParams::new(&mut nonce, &[], tag_bits).map_err(|error| token_error("C_EncryptInit", &error))?;
        let answer = self.encrypt(&Mechanism::AesGcm(parameters), key, data)?.to_vec();
        expect_length(answer.len(), data.len().checked_add(GCM_TAG))?;
        Ok(answer)
    }

    fn sign(&self, mechanism: SignMechanism, key: Handle, data: &[u8]) -> Result<Vec<u8>, TokenError> {
        let ask = mechanism::signs_with_private_key(mechanism) && self.asks_every_time(key)?;
        self.session
            .calling(1)
            .sign_init(&mechanism::sign(mechanism), raw::object(key))
            .map_err(|error| token_error("C_SignInit", &error))?;
        self.authorise_and_sign(ask, data).inspect_err(|_| {
            // The operation may still be open, and the next C_SignInit would fail. There is no better way to end it
            // before PKCS#11 v3.0.
            let _ = self.session.calling(1).sign_final();
        })
    }

    fn digest_key(&self, key: Handle) -> Result<Vec<u8>, TokenError> {
        self.session.calling(1).digest_init(&Mechanism::Sha256).map_err(|error| token_error("C_DigestInit", &error))?;
        let fed =
            self.session.calling(1).digest_key(raw::object(key)).map_err(|error| token_error("C_DigestKey", &error));
        // Also after an error, which leaves the operation open on some tokens.
        let digest = self.session.calling(2).digest_final().map_err(|error| token_error("C_DigestFinal", &error));
        fed?;
        digest
    }

    fn clear_extractable(&self, key: Handle) -> Result<(), TokenError> {
        let cleared = self.session.calling(1).update_attributes(raw::object(key), &[Attribute::Extractable(false)]);
        cleared.map_err(|error| token_error("C_SetAttributeValue", &error))
    }

    fn destroy(&self, object: Handle) -> Result<(), TokenError> {
        self.asks_every_time.borrow_mut().remove(&object);
        self.session
            .calling(1)
            .destroy_object(raw::object(object))
            .map_err(|error| token_error("C_DestroyObject", &error))
    }
}

fn expect_length(length: usize, expected: Option<usize>) -> Result<(), TokenError> {
    if Some(length) == expected {
        return Ok(());
    }
    Err(TokenError::BadAnswer { function: "C_Encrypt", what: "with an impossible length" })
}
