//! One session, one login. A PIN is never tried twice.

use secrecy::{ExposeSecret as _, SecretString};

use super::error::TokenError;
use super::pkcs11::Pkcs11Token;
use super::pkcs11_login as calls;
use super::slot::{Slot, TokenStatus};

/// How the user proves who they are.
#[derive(Clone, Debug)]
pub enum Pin {
    /// A PIN that this process holds.
    Secret(SecretString),
    /// The PIN is typed on the token (`CKF_PROTECTED_AUTHENTICATION_PATH`).
    Pinpad,
}

impl Slot {
    /// Opens one read-write session and logs in as `CKU_USER`, once. A user who is logged in already is a success.
    ///
    /// # Errors
    /// [`TokenError::PinIncorrect`], [`TokenError::PinLocked`] and the other PIN errors; an unusable PIN is refused
    /// before the token sees it. Everything else that the module answered.
    pub fn open(&self, pin: &Pin) -> Result<Pkcs11Token, TokenError> {
        check(self.status(), pin)?;
        calls::open(self, pin)
    }
}

/// What can be said before any PIN is spent.
pub(super) fn check(status: TokenStatus, pin: &Pin) -> Result<(), TokenError> {
    if !status.initialised {
        return Err(TokenError::NotInitialised);
    }
    if status.user_pin_locked {
        return Err(TokenError::PinLocked);
    }
    if !status.user_pin_initialised {
        return Err(TokenError::PinNotInitialised);
    }
    match pin {
        Pin::Pinpad if !status.pinpad => Err(TokenError::NoPinpad),
        Pin::Secret(secret) if secret.expose_secret().is_empty() => Err(TokenError::PinMissing),
        Pin::Pinpad | Pin::Secret(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READY: TokenStatus = TokenStatus {
        initialised: true,
        login_required: true,
        user_pin_initialised: true,
        user_pin_locked: false,
        user_pin_final_try: false,
        user_pin_count_low: false,
        pinpad: false,
    };

    fn secret(pin: &str) -> Pin {
        Pin::Secret(SecretString::from(pin))
    }

    #[test]
    fn a_ready_token_takes_a_pin() {
        assert!(check(READY, &secret("1234")).is_ok());
        assert!(check(TokenStatus { pinpad: true, ..READY }, &Pin::Pinpad).is_ok());
    }

    #[test]
    fn a_hopeless_login_is_refused_before_the_token_sees_a_pin() {
        let locked = TokenStatus { user_pin_locked: true, ..READY };
        assert!(matches!(check(locked, &secret("1234")), Err(TokenError::PinLocked)));
        let blank = TokenStatus { initialised: false, ..READY };
        assert!(matches!(check(blank, &secret("1234")), Err(TokenError::NotInitialised)));
        let no_pin = TokenStatus { user_pin_initialised: false, ..READY };
        assert!(matches!(check(no_pin, &secret("1234")), Err(TokenError::PinNotInitialised)));
        assert!(matches!(check(READY, &secret("")), Err(TokenError::PinMissing)));
        assert!(matches!(check(READY, &Pin::Pinpad), Err(TokenError::NoPinpad)));
    }

    #[test]
    fn a_pin_is_not_printed() {
        assert!(!format!("{:?}", secret("31415926")).contains("31415926"));
    }
}
