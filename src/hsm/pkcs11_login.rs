//! `C_Login` and what its answers mean.

use std::sync::Arc;

use cryptoki::session::{Session, UserType};
use secrecy::SecretString;

use super::error::TokenError;
use super::login::Pin;
use super::pkcs11::Pkcs11Token;
use super::pkcs11_context::Context;
use super::pkcs11_error::token_error;
use super::pkcs11_session::CountedSession;
use super::rv;
use super::slot::Slot;

/// A logged-in token.
pub(super) fn open(slot: &Slot, pin: &Pin) -> Result<Pkcs11Token, TokenError> {
    let context = Arc::clone(slot.context());
    let session = context.session(slot.id())?;
    context.count(1);
    login(&session, &context, slot.id(), UserType::User, pin)?;
    let session = CountedSession::new(session, context);
    Ok(Pkcs11Token::new(session, slot.id(), slot.identity().clone(), pin.clone()))
}

/// One `C_Login`.
pub(super) fn login(
    session: &Session,
    context: &Context,
    slot: u64,
    user: UserType,
    pin: &Pin,
) -> Result<(), TokenError> {
    let secret = match pin {
        Pin::Secret(secret) => Some(secret),
        Pin::Pinpad => None,
    };
    let Err(error) = session.login(user, secret) else { return Ok(()) };
    match token_error("C_Login", &error) {
        TokenError::Call { rv: rv::USER_ALREADY_LOGGED_IN, .. } => Ok(()),
        // A PIN of a wrong length is a wrong PIN, and some tokens count it.
        TokenError::Call { rv: rv::PIN_INCORRECT | rv::PIN_LEN_RANGE, .. } => Err(wrong_pin(context, slot)),
        TokenError::Call { rv: rv::PIN_LOCKED, .. } => Err(TokenError::PinLocked),
        TokenError::Call { rv: rv::PIN_EXPIRED, .. } => Err(TokenError::PinExpired),
        TokenError::Call { rv: rv::USER_PIN_NOT_INITIALIZED, .. } => Err(TokenError::PinNotInitialised),
        other => Err(other),
    }
}

/// `C_InitPIN` in a session of the security officer, who is logged out afterwards.
pub(super) fn init_pin(
    context: &Context,
    slot: u64,
    so_pin: &SecretString,
    user_pin: &SecretString,
) -> Result<(), TokenError> {
    let session = context.session(slot)?;
    session.login(UserType::So, Some(so_pin)).map_err(|error| so_error(token_error("C_Login", &error)))?;
    let done = session.init_pin(user_pin).map_err(|error| token_error("C_InitPIN", &error));
    session.logout().map_err(|error| token_error("C_Logout", &error)).and(done)
}

/// A wrong PIN of the security officer must not look like the user's.
pub(super) fn so_error(error: TokenError) -> TokenError {
    match error {
        TokenError::Call { rv: rv::PIN_INCORRECT, .. } => TokenError::SoPinIncorrect,
        TokenError::Call { rv: rv::PIN_LOCKED, .. } => TokenError::SoPinLocked,
        other => other,
    }
}

/// What the token's flags say after a wrong PIN; nothing, when they cannot be read.
fn wrong_pin(context: &Context, slot: u64) -> TokenError {
    let Ok(facts) = context.token(slot) else {
        return TokenError::PinIncorrect { final_try: false, count_low: false };
    };
    if facts.status.user_pin_locked {
        return TokenError::PinLocked;
    }
    TokenError::PinIncorrect { final_try: facts.status.user_pin_final_try, count_low: facts.status.user_pin_count_low }
}
