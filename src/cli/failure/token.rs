//! Errors of the module, the choice of token, the login and the calls.

use super::Failure;
use crate::cli::codes::{Code, key, pin, token, usage};
use crate::ops::access::TokenError;

impl From<TokenError> for Failure {
    fn from(error: TokenError) -> Self {
        let failure = Self::of(code(&error), &error);
        let failure = error.sentence().into_iter().fold(failure, Self::cause);
        hints(&error).iter().fold(failure, |failure, hint| failure.hint(*hint))
    }
}

fn code(error: &TokenError) -> &'static Code {
    use TokenError as E;
    match error {
        E::Call { .. } => &token::CALL_FAILED,
        E::BadAnswer { .. } => &token::BAD_ANSWER,
        E::BadRequest(_) => &token::BAD_REQUEST,
        E::NotASigningKey(_) => &token::NOT_A_SIGNER,
        E::ModulePathNotAbsolute(_) => &usage::MODULE_NOT_ABSOLUTE,
        E::ModuleMissing(_)
        | E::ModuleNotAFile(_)
        | E::ModuleUnreadable { .. }
        | E::NotASharedLibrary(_)
        | E::ModuleNotLoadable { .. }
        | E::NotPkcs11(_) => &token::MODULE_UNUSABLE,
        E::NoSuchToken { .. } => &token::NO_SUCH_TOKEN,
        E::AmbiguousToken { .. } => &token::AMBIGUOUS_TOKEN,
        E::NotInitialised => &token::NOT_INITIALISED,
        E::NoSlotForToken(_) => &token::NO_SLOT,
        E::NoPinpad => &token::NO_PINPAD,
        E::Removed { .. } | E::SessionLost { .. } => &token::LOST,
        E::PinMissing => &usage::PIN_SOURCE_UNUSABLE,
        E::PinIncorrect { .. } => &pin::PIN_INCORRECT,
        E::PinLocked => &pin::PIN_LOCKED,
        E::PinExpired => &pin::PIN_EXPIRED,
        E::PinNotInitialised => &pin::PIN_NOT_SET,
        E::SoPinIncorrect => &pin::SO_PIN_INCORRECT,
        E::SoPinLocked => &pin::SO_PIN_LOCKED,
        E::NoSuchObject(_) => &key::OBJECT_MISSING,
        E::AmbiguousObject { .. } => &key::OBJECT_DOUBLED,
    }
}

fn hints(error: &TokenError) -> &'static [&'static str] {
    use TokenError as E;
    match error {
        E::ModuleMissing(_) | E::ModuleNotAFile(_) | E::NotASharedLibrary(_) | E::NotPkcs11(_) => {
            &["pass the PKCS#11 library of your token with --module, for example /usr/lib/softhsm/libsofthsm2.so"]
        }
        E::NoSuchToken { .. } => &["pass one of the labels that are present with --token"],
        E::AmbiguousToken { .. } => &["name the serial number in byok.yaml: token: {serial: ...}"],
        E::NotInitialised => &["byok init --create-token makes a new token"],
        E::PinIncorrect { .. } => &["check the PIN source before you try again; byok does not retry"],
        E::PinLocked | E::PinExpired | E::PinNotInitialised => {
            &["the security officer sets the user PIN with the vendor's tool"]
        }
        E::NoPinpad => &["name another --pin-source"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_error_never_looks_like_a_token_error() {
        for error in [
            TokenError::PinIncorrect { final_try: true, count_low: false },
            TokenError::PinLocked,
            TokenError::PinExpired,
            TokenError::PinNotInitialised,
            TokenError::SoPinIncorrect,
            TokenError::SoPinLocked,
        ] {
            assert!(error.is_pin());
            assert_eq!(Failure::from(error).exit(), 6);
        }
    }

    #[test]
    fn a_refused_call_says_what_the_code_means() {
        let text = Failure::from(TokenError::from_rv("C_WrapKey", 0x6a)).render(false);
        assert_eq!(text, "error: C_WrapKey: CKR_KEY_UNEXTRACTABLE [E0508]\ncause: the key may not leave the token\n");
    }

    #[test]
    fn what_is_not_there_and_what_is_there_twice() {
        let twice = TokenError::AmbiguousObject { what: "a".into(), found: vec!["x".into(), "y".into()] };
        assert_eq!(Failure::from(twice).exit(), 4);
        let two = TokenError::AmbiguousToken { what: "label", wanted: "a".into(), serials: vec![] };
        assert_eq!(Failure::from(two).exit(), 5);
        assert_eq!(Failure::from(TokenError::ModuleMissing("/x".into())).exit(), 5);
    }
}
