//! The probe's throw-away objects: made with a mark, counted, and destroyed on every way out.

use std::cell::{Cell, RefCell};

use zeroize::Zeroizing;

use crate::hsm::request::{
    Handle, ObjectAttributes, PairHandles, PairRequest, RsaPublicKey, Search, SecretKind, SecretRequest, WrapMechanism,
};
use crate::hsm::{Token, TokenError};
use crate::key::spec::KeySpec;
use crate::key::template::Usage;
use crate::wrap::capability::{Finding, Verdict};

/// `CKA_LABEL` of every object of the probe; no key of byok has a label without `@`.
const LABEL: &str = "byok-probe";

/// `CKR_OBJECT_HANDLE_INVALID`
const OBJECT_HANDLE_INVALID: u64 = 0x82;

/// What the token answered: a value, or a refusal that is a finding. An error that ends the probe is outside of it.
pub(super) type Asked<T> = Result<Result<T, Finding>, TokenError>;

/// Where throw-away objects can live.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Place {
    Untried,
    Session,
    Token,
}

/// The token with everything that the probe made in it.
pub(super) struct Bench<'a> {
    pub(super) token: &'a dyn Token,
    place: Cell<Place>,
    /// Random, so that the ids of two probes differ.
    tag: [u8; 4],
    serial: Cell<u16>,
    made: RefCell<Vec<Handle>>,
}

impl<'a> Bench<'a> {
    pub(super) fn new(token: &'a dyn Token, tag: [u8; 4]) -> Self {
        Self { token, place: Cell::new(Place::Untried), tag, serial: Cell::new(0), made: RefCell::default() }
    }

    /// `C_CreateObject` of a secret key that is not extractable unless it is a target.
    pub(super) fn put_secret(
        &self,
        value: &[u8],
        kind: SecretKind,
        usages: &[Usage],
        extractable: bool,
    ) -> Asked<Handle> {
        self.make(|token| self.token.create_secret(value, &self.secret(kind, usages, extractable, token)))
    }

    /// `C_GenerateKey`.
    pub(super) fn make_secret(&self, kind: SecretKind, usages: &[Usage], extractable: bool) -> Asked<Handle> {
        self.make(|token| self.token.generate_secret(&self.secret(kind, usages, extractable, token)))
    }

    /// `C_UnwrapKey`.
    pub(super) fn unwrap_secret(
        &self,
        (mechanism, unwrapping): (WrapMechanism, Handle),
        blob: &[u8],
        (kind, usages): (SecretKind, &[Usage]),
        extractable: bool,
    ) -> Asked<Handle> {
        self.make(|token| {
            let request = self.secret(kind, usages, extractable, token);
            self.token.unwrap(mechanism, unwrapping, blob, &request)
        })
    }

    /// `C_GenerateKeyPair`.
    pub(super) fn make_pair(
        &self,
        spec: KeySpec,
        (private, public): (&[Usage], &[Usage]),
        extractable: bool,
    ) -> Asked<PairHandles> {
        let (private_usages, public_usages) = (private.to_vec(), public.to_vec());
        let request = |token| PairRequest {
            object: self.object(extractable, token),
            spec,
            private_usages: private_usages.clone(),
            public_usages: public_usages.clone(),
        };
        let made = self.attempt(|token| self.token.generate_pair(&request(token)))?;
        if let Ok(pair) = &made {
            self.made.borrow_mut().extend([pair.private, pair.public]);
        }
        Ok(made)
    }

    /// `C_CreateObject` of the public key under which targets are wrapped.
    pub(super) fn put_wrapping_key(&self, key: &RsaPublicKey) -> Asked<Handle> {
        let made = ask(self.token.create_wrapping_key(key))?;
        self.made.borrow_mut().extend(made.as_ref().ok());
        Ok(made)
    }

    /// `C_WrapKey`.
    pub(super) fn wrap(&self, mechanism: WrapMechanism, wrapping: Handle, target: Handle) -> Asked<Zeroizing<Vec<u8>>> {
        ask(self.token.wrap(mechanism, wrapping, target))
    }

    /// Destroys everything that was made, all of it even when something fails.
    ///
    /// # Errors
    /// The first failure.
    pub(super) fn clear(&self) -> Result<(), TokenError> {
        let made = std::mem::take(&mut *self.made.borrow_mut());
        let failures = made.into_iter().rev().filter_map(|object| match self.token.destroy(object) {
            // Gone already, which is all that is wanted.
            Ok(()) | Err(TokenError::Call { rv: OBJECT_HANDLE_INVALID, .. }) => None,
            Err(error) => Some(error),
        });
        // Collected first: a lazy search would stop destroying at the first failure.
        failures.collect::<Vec<_>>().into_iter().next().map_or(Ok(()), Err)
    }

    fn make(&self, attempt: impl Fn(bool) -> Result<Handle, TokenError>) -> Asked<Handle> {
        let made = self.attempt(attempt)?;
        self.made.borrow_mut().extend(made.as_ref().ok());
        Ok(made)
    }

    /// As a session object; on a token that takes none, as a token object. Which one it is shows at the first success.
    fn attempt<T>(&self, attempt: impl Fn(bool) -> Result<T, TokenError>) -> Asked<T> {
        let place = self.place.get();
        let first = ask(attempt(place == Place::Token))?;
        if place != Place::Untried {
            return Ok(first);
        }
        if first.is_ok() {
            self.place.set(Place::Session);
            return Ok(first);
        }
        remove_leftovers(self.token)?;
        match ask(attempt(true))? {
            Ok(made) => {
                self.place.set(Place::Token);
                Ok(Ok(made))
            }
            Err(_) => Ok(first),
        }
    }

    fn secret(&self, kind: SecretKind, usages: &[Usage], extractable: bool, token: bool) -> SecretRequest {
        SecretRequest { object: self.object(extractable, token), kind, usages: usages.to_vec() }
    }

    fn object(&self, extractable: bool, token: bool) -> ObjectAttributes {
        let serial = self.serial.get().wrapping_add(1);
        self.serial.set(serial);
        let id = [LABEL.as_bytes(), &self.tag, &serial.to_be_bytes()].concat();
        ObjectAttributes { label: LABEL.to_owned(), id, token, extractable }
    }
}

impl Drop for Bench<'_> {
    /// For the ways out on which something else went wrong before: that error is the one to report.
    fn drop(&mut self) {
        let _ = self.clear();
    }
}

/// Destroys what an earlier probe left behind when it was killed, on a token that takes no session objects.
///
/// # Errors
/// What the module answered.
fn remove_leftovers(token: &dyn Token) -> Result<(), TokenError> {
    for object in token.find(Search::Label(LABEL))? {
        // The label alone could be anybody's.
        if object.label == LABEL.as_bytes() && object.id.starts_with(LABEL.as_bytes()) {
            token.destroy(object.handle)?;
        }
    }
    Ok(())
}

/// Tells a token that answers no from one that does not answer any more.
pub(super) fn ask<T>(result: Result<T, TokenError>) -> Asked<T> {
    /// `CK_RV`s after which nothing that the token says is a finding (PKCS#11 v3.1 section 5.1).
    const FATAL: [u64; 10] = [
        0x02,  // CKR_HOST_MEMORY
        0x30,  // CKR_DEVICE_ERROR
        0x31,  // CKR_DEVICE_MEMORY
        0x50,  // CKR_FUNCTION_CANCELED
        0x90,  // CKR_OPERATION_ACTIVE
        0xa3,  // CKR_PIN_EXPIRED
        0xb1,  // CKR_SESSION_COUNT
        0xe1,  // CKR_TOKEN_NOT_RECOGNIZED
        0x101, // CKR_USER_NOT_LOGGED_IN
        0x190, // CKR_CRYPTOKI_NOT_INITIALIZED
    ];
    let refusal = match &result {
        Err(TokenError::Call { rv, .. }) if FATAL.contains(rv) => None,
        Err(error @ (TokenError::Call { .. } | TokenError::BadAnswer { .. } | TokenError::BadRequest(_))) => {
            Some(Finding::new(Verdict::Unsupported, error.to_string()))
        }
        // Done, or the token or its session is gone.
        Ok(_) | Err(_) => None,
    };
    refusal.map_or_else(|| result.map(Ok), |finding| Ok(Err(finding)))
}
