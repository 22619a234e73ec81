//! What can go wrong with a token.

use std::path::PathBuf;

use super::rv;
use crate::manifest::verifying_key::KeyError;

/// An error of the module, of the choice of token, of the login or of a call.
///
/// No variant carries a secret. Text that came from the outside is escaped before it gets in.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// A PKCS#11 function answered something else than `CKR_OK`.
    #[error("{function}: {name}")]
    Call {
        /// The C function, for example `C_WrapKey`.
        function: &'static str,
        /// The `CK_RV`.
        rv: u64,
        /// Its name, for example `CKR_KEY_UNEXTRACTABLE`, or its number in hexadecimal.
        name: String,
    },
    /// A PKCS#11 function succeeded, and its answer makes no sense.
    #[error("{function}: the module answered {what}")]
    BadAnswer {
        /// The C function.
        function: &'static str,
        /// What is wrong with the answer.
        what: &'static str,
    },
    /// The request cannot be put to any PKCS#11 token.
    #[error("{0}")]
    BadRequest(&'static str),

    /// The module's path does not start at the root.
    #[error("the PKCS#11 module's path `{}` is not absolute", .0.display())]
    ModulePathNotAbsolute(PathBuf),
    /// There is no file at the module's path.
    #[error("there is no PKCS#11 module at `{}`", .0.display())]
    ModuleMissing(PathBuf),
    /// The module's path is a folder, a FIFO or a device.
    #[error("the PKCS#11 module `{}` is not a regular file", .0.display())]
    ModuleNotAFile(PathBuf),
    /// The module's file could not be read.
    #[error("the PKCS#11 module `{}` cannot be read", path.display())]
    ModuleUnreadable {
        /// The module.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The module's file is no shared library.
    #[error("`{}` is not a shared library", .0.display())]
    NotASharedLibrary(PathBuf),
    /// A shared library that the system cannot load, for example because a library that it needs is missing.
    #[error("the PKCS#11 module `{}` cannot be loaded: {reason}", path.display())]
    ModuleNotLoadable {
        /// The module.
        path: PathBuf,
        /// The loader's words, escaped.
        reason: String,
    },
    /// A shared library without a working `C_GetFunctionList`.
    #[error("`{}` is a shared library but not a PKCS#11 module", .0.display())]
    NotPkcs11(PathBuf),
    /// A module with an instance for each `C_GetFunctionList`: sessions of one are unknown to the other.
    #[error("`{}` gives another instance of itself at each C_GetFunctionList, and byok needs one", .0.display())]
    ManyInstances(PathBuf),

    /// No readable token has the label or serial number.
    #[error("no token has the {what} `{wanted}`; present: {}", list(present))]
    NoSuchToken {
        /// `label` or `serial number`.
        what: &'static str,
        /// What was asked for, escaped.
        wanted: String,
        /// The labels of the tokens that are there, escaped.
        present: Vec<String>,
    },
    /// Several tokens have the label or serial number.
    #[error("{} tokens have the {what} `{wanted}`; their serial numbers: {}", serials.len(), list(serials))]
    AmbiguousToken {
        /// `label` or `serial number`.
        what: &'static str,
        /// What was asked for, escaped.
        wanted: String,
        /// Their serial numbers, escaped.
        serials: Vec<String>,
    },
    /// The token is not initialised. It is never initialised by a command that was not asked to do it.
    #[error("the token is not initialised")]
    NotInitialised,
    /// `C_InitToken` was asked for, and no slot can take a new token for certain.
    #[error("{0}")]
    NoSlotForToken(String),

    /// An empty PIN. It is not handed to the token, because some modules take it for a PIN pad.
    #[error("the PIN is empty")]
    PinMissing,
    /// The PIN is to be typed on the token, and the token has no protected authentication path.
    #[error("the token has no keypad")]
    NoPinpad,
    /// The user PIN has never been set.
    #[error("the token's user PIN has not been set")]
    PinNotInitialised,
    /// The PIN is wrong. It is never tried again.
    #[error("the PIN is wrong{}", pin_warning(*final_try, *count_low))]
    PinIncorrect {
        /// The next wrong PIN locks the token, or so its flags say.
        final_try: bool,
        /// The token's flags say that a wrong PIN has been tried.
        count_low: bool,
    },
    /// The PIN is locked.
    #[error("the PIN is locked")]
    PinLocked,
    /// The PIN must be changed before the token does anything else.
    #[error("the PIN has expired and must be changed with the token's own tool")]
    PinExpired,
    /// The security officer's PIN is wrong.
    #[error("the security officer's PIN is wrong")]
    SoPinIncorrect,
    /// The security officer's PIN is locked.
    #[error("the security officer's PIN is locked")]
    SoPinLocked,

    /// The token is gone.
    #[error("the token was removed ({function}: {name})")]
    Removed {
        /// The C function.
        function: &'static str,
        /// The `CK_RV` by name.
        name: &'static str,
    },
    /// The session or its login is gone.
    #[error("the session with the token was lost ({function}: {name})")]
    SessionLost {
        /// The C function.
        function: &'static str,
        /// The `CK_RV` by name.
        name: &'static str,
    },

    /// A key of a type that does not sign evidence.
    #[error("the key cannot sign evidence")]
    NotASigningKey(#[source] KeyError),
    /// It does not find what must be there, so that its finding nothing means nothing.
    #[error("the token does not find {0}, which must be there: what else it does not find may be there too")]
    Blind(String),
    /// Nothing on the token fits.
    #[error("the token has no {0}")]
    NoSuchObject(String),
    /// More than one object fits.
    #[error("the token has {} objects where one is expected: {what}: {}", found.len(), list(found))]
    AmbiguousObject {
        /// What was looked for.
        what: String,
        /// Label and id of each, escaped.
        found: Vec<String>,
    },
}

impl TokenError {
    /// The error of a function that answered `rv`, with the variant that fits it.
    #[must_use]
    pub fn from_rv(function: &'static str, rv: u64) -> Self {
        match (rv, rv::lookup(rv)) {
            (rv::DEVICE_REMOVED | rv::TOKEN_NOT_PRESENT, Some(row)) => Self::Removed { function, name: row.name },
            (rv::SESSION_CLOSED | rv::SESSION_HANDLE_INVALID, Some(row)) => {
                Self::SessionLost { function, name: row.name }
            }
            _ => Self::Call { function, rv, name: rv::name(rv) },
        }
    }

    /// The short sentence that goes with the `CK_RV`, a lower-case fragment; `None` when the error says it all.
    #[must_use]
    pub fn sentence(&self) -> Option<&'static str> {
        match self {
            Self::Call { rv, .. } => rv::lookup(*rv).map(|row| row.sentence),
            _ => None,
        }
    }

    /// Whether the token or the session is gone: no other call will do better.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Removed { .. } | Self::SessionLost { .. })
    }

    /// Whether the PIN is at fault: scripts must not try again by themselves.
    #[must_use]
    pub fn is_pin(&self) -> bool {
        matches!(
            self,
            Self::PinMissing
                | Self::PinNotInitialised
                | Self::PinIncorrect { .. }
                | Self::PinLocked
                | Self::PinExpired
                | Self::SoPinIncorrect
                | Self::SoPinLocked
        )
    }
}

fn list(items: &[String]) -> String {
    if items.is_empty() { "none".to_owned() } else { items.join(", ") }
}

fn pin_warning(final_try: bool, count_low: bool) -> &'static str {
    match (final_try, count_low) {
        (true, _) => "; one more wrong PIN locks the token",
        (false, true) => "; few tries are left before the token locks itself",
        (false, false) => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_shows_function_and_code_and_knows_a_sentence() {
        let error = TokenError::from_rv("C_WrapKey", 7);
        assert_eq!(error.to_string(), "C_WrapKey: CKR_ARGUMENTS_BAD");
        assert!(error.sentence().is_some());
        assert_eq!(TokenError::from_rv("C_Sign", 0x8000_1234).to_string(), "C_Sign: CK_RV 0x80001234");
    }

    #[test]
    fn a_token_that_is_gone_is_told_apart() {
        assert!(matches!(TokenError::from_rv("C_Sign", rv::DEVICE_REMOVED), TokenError::Removed { .. }));
        assert!(matches!(TokenError::from_rv("C_Sign", rv::SESSION_HANDLE_INVALID), TokenError::SessionLost { .. }));
    }
}
