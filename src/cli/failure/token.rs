//! Errors of the module, the choice of token, the login and the calls.

use super::Explained;
use crate::cli::codes::{Code, key, pin, token, usage};
use crate::ops::access::TokenError as E;

impl Explained for E {
    fn code(&self) -> &'static Code {
        match self {
            Self::Call { .. } => &token::CALL_FAILED,
            Self::BadAnswer { .. } => &token::BAD_ANSWER,
            Self::BadRequest(_) => &token::BAD_REQUEST,
            Self::NotASigningKey(_) => &token::NOT_A_SIGNER,
            Self::ModulePathNotAbsolute(_) => &usage::MODULE_NOT_ABSOLUTE,
            Self::ModuleMissing(_)
            | Self::ModuleNotAFile(_)
            | Self::ModuleUnreadable { .. }
            | Self::NotASharedLibrary(_)
            | Self::ModuleNotLoadable { .. }
            | Self::NotPkcs11(_)
            | Self::ManyInstances(_) => &token::MODULE_UNUSABLE,
            Self::NoSuchToken { .. } => &token::NO_SUCH_TOKEN,
            Self::AmbiguousToken { .. } => &token::AMBIGUOUS_TOKEN,
            Self::NotInitialised => &token::NOT_INITIALISED,
            Self::NoSlotForToken(_) => &token::NO_SLOT,
            Self::NoPinpad => &token::NO_PINPAD,
            Self::Blind(_) => &token::BLIND,
            Self::Removed { .. } | Self::SessionLost { .. } => &token::LOST,
            Self::PinMissing => &usage::PIN_SOURCE_UNUSABLE,
            Self::PinIncorrect { .. } => &pin::PIN_INCORRECT,
            Self::PinLocked => &pin::PIN_LOCKED,
            Self::PinExpired => &pin::PIN_EXPIRED,
            Self::PinNotInitialised => &pin::PIN_NOT_SET,
            Self::SoPinIncorrect => &pin::SO_PIN_INCORRECT,
            Self::SoPinLocked => &pin::SO_PIN_LOCKED,
            Self::NoSuchObject(_) => &key::OBJECT_MISSING,
            Self::AmbiguousObject { .. } => &key::OBJECT_DOUBLED,
        }
    }

    fn causes(&self) -> Vec<String> {
        self.sentence().into_iter().map(str::to_owned).collect()
    }

    fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::ModuleMissing(_) | Self::ModuleNotAFile(_) | Self::NotASharedLibrary(_) | Self::NotPkcs11(_) => {
                "pass your token's PKCS#11 library with --module, for example /usr/lib/softhsm/libsofthsm2.so"
            }
            Self::ManyInstances(_) => "pass the token's own module, not p11-kit's client or proxy, with --module",
            Self::NoSuchToken { present, .. } if present.is_empty() => {
                "check that the module finds its configuration; `byok init --create-token` makes a new token"
            }
            Self::NoSuchToken { .. } => "pass one of the labels that are present with --token",
            Self::AmbiguousToken { .. } => "name the serial number in byok.yaml: token: {serial: ...}",
            Self::NotInitialised => "byok init --create-token makes a new token",
            Self::PinIncorrect { .. } => "check the PIN source before you try again; byok does not retry",
            Self::PinLocked | Self::PinExpired | Self::PinNotInitialised => {
                "the security officer sets the user PIN with the vendor's tool"
            }
            Self::NoPinpad => "name another --pin-source",
            _ => return Vec::new(),
        };
        vec![hint.to_owned()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::failure::Failure;

    #[test]
    fn a_pin_error_never_looks_like_a_token_error() {
        for error in [
            E::PinIncorrect { final_try: true, count_low: false },
            E::PinLocked,
            E::PinExpired,
            E::PinNotInitialised,
            E::SoPinIncorrect,
            E::SoPinLocked,
        ] {
            assert!(error.is_pin());
            assert_eq!(Failure::from(error).exit(), 6);
        }
    }

    #[test]
    fn a_refused_call_says_what_the_code_means() {
        let text = Failure::from(E::from_rv("C_WrapKey", 0x6a)).render(false);
        assert_eq!(
            text,
            "error: C_WrapKey: CKR_KEY_UNEXTRACTABLE [E0508]\ncause: the key may not leave the token\n\nhint: byok explain E0508\n"
        );
    }

    #[test]
    fn what_is_not_there_and_what_is_there_twice() {
        let twice = E::AmbiguousObject { what: "a".into(), found: vec!["x".into(), "y".into()] };
        assert_eq!(Failure::from(twice).exit(), 4);
        let two = E::AmbiguousToken { what: "label", wanted: "a".into(), serials: vec![] };
        assert_eq!(Failure::from(two).exit(), 5);
        assert_eq!(Failure::from(E::ModuleMissing("/x".into())).exit(), 5);
    }
}
