//! The choice of a token: by label or serial number, exactly one.

use std::fmt;
use std::sync::Arc;

use super::error::TokenError;
use super::pkcs11_context::Context;
use super::request::TokenIdentity;
use crate::format::escape::{SHORT, printable};

/// Which token is meant.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TokenChoice {
    /// By its label, as its owner chose it.
    Label(String),
    /// By its serial number, as its maker or the module chose it.
    Serial(String),
}

/// The token's flags, before any login.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each one is a flag of CK_TOKEN_INFO")]
pub struct TokenStatus {
    /// `CKF_TOKEN_INITIALIZED`
    pub initialised: bool,
    /// `CKF_LOGIN_REQUIRED`
    pub login_required: bool,
    /// `CKF_USER_PIN_INITIALIZED`
    pub user_pin_initialised: bool,
    /// `CKF_USER_PIN_LOCKED`
    pub user_pin_locked: bool,
    /// `CKF_USER_PIN_FINAL_TRY`: the next wrong PIN locks the token.
    pub user_pin_final_try: bool,
    /// `CKF_USER_PIN_COUNT_LOW`: a wrong PIN has been tried.
    pub user_pin_count_low: bool,
    /// `CKF_PROTECTED_AUTHENTICATION_PATH`: the PIN is typed on the token.
    pub pinpad: bool,
}

/// What `C_GetTokenInfo` said about the token in one slot. Texts are without padding and otherwise as they came.
#[derive(Clone, Debug)]
pub(super) struct TokenFacts {
    pub(super) slot: u64,
    pub(super) label: String,
    pub(super) serial: String,
    pub(super) manufacturer: String,
    pub(super) model: String,
    pub(super) firmware: String,
    pub(super) status: TokenStatus,
}

/// A slot with the chosen token in it.
pub struct Slot {
    context: Arc<Context>,
    id: u64,
    identity: TokenIdentity,
    status: TokenStatus,
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").field("identity", &self.identity).finish_non_exhaustive()
    }
}

impl Slot {
    pub(super) fn new(context: Arc<Context>, facts: TokenFacts, module_sha256: &str) -> Self {
        let identity = TokenIdentity {
            label: printable(&facts.label, SHORT),
            serial: printable(&facts.serial, SHORT),
            manufacturer: printable(&facts.manufacturer, SHORT),
            model: printable(&facts.model, SHORT),
            firmware: facts.firmware,
            module_sha256: module_sha256.to_owned(),
        };
        Self { context, id: facts.slot, identity, status: facts.status }
    }

    /// Who the token says it is.
    #[must_use]
    pub fn identity(&self) -> &TokenIdentity {
        &self.identity
    }

    /// The token's flags when it was chosen.
    #[must_use]
    pub fn status(&self) -> TokenStatus {
        self.status
    }

    /// The slot's number, which may change when the module is loaded anew.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    pub(super) fn context(&self) -> &Arc<Context> {
        &self.context
    }
}

impl TokenChoice {
    fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::Label(label) => ("label", label),
            Self::Serial(serial) => ("serial number", serial),
        }
    }

    fn matches(&self, facts: &TokenFacts) -> bool {
        match self {
            Self::Label(label) => facts.label == *label,
            Self::Serial(serial) => facts.serial == *serial,
        }
    }
}

/// The one token that fits. A token that is not initialised has no label to be found by, unless its module makes one
/// up; then it is found, and refused at login.
pub(super) fn choose(tokens: Vec<TokenFacts>, choice: &TokenChoice) -> Result<TokenFacts, TokenError> {
    let (what, wanted) = choice.parts();
    let (mut fitting, others): (Vec<_>, Vec<_>) = tokens.into_iter().partition(|facts| choice.matches(facts));
    let wanted = printable(wanted, SHORT);
    match fitting.len() {
        1 => fitting.pop().ok_or(TokenError::NotInitialised),
        0 => {
            let initialised = others.iter().filter(|facts| facts.status.initialised);
            let present = initialised.map(|facts| format!("`{}`", printable(&facts.label, SHORT))).collect();
            Err(TokenError::NoSuchToken { what, wanted, present })
        }
        _ => {
            let serials = fitting.iter().map(|facts| printable(&facts.serial, SHORT)).collect();
            Err(TokenError::AmbiguousToken { what, wanted, serials })
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn facts(slot: u64, label: &str, serial: &str) -> TokenFacts {
        TokenFacts {
            slot,
            label: label.to_owned(),
            serial: serial.to_owned(),
            manufacturer: String::new(),
            model: String::new(),
            firmware: "1.0".to_owned(),
            status: TokenStatus {
                initialised: true,
                login_required: true,
                user_pin_initialised: true,
                user_pin_locked: false,
                user_pin_final_try: false,
                user_pin_count_low: false,
                pinpad: false,
            },
        }
    }

    #[test]
    fn exactly_one_token_fits() {
        let tokens = vec![facts(1, "a", "s1"), facts(2, "b", "s2")];
        assert_eq!(choose(tokens.clone(), &TokenChoice::Label("b".into())).unwrap().slot, 2);
        assert_eq!(choose(tokens, &TokenChoice::Serial("s1".into())).unwrap().slot, 1);
    }

    #[test]
    fn no_token_lists_what_is_there_and_two_list_their_serials() {
        let tokens = vec![facts(1, "a\u{1b}", "s1"), facts(2, "b", "s2"), facts(3, "b", "s3")];
        let error = choose(tokens.clone(), &TokenChoice::Label("c".into())).unwrap_err().to_string();
        assert_eq!(error, r"no token has the label `c`; present: `a\u{1b}`, `b`, `b`");
        let error = choose(tokens, &TokenChoice::Label("b".into())).unwrap_err().to_string();
        assert_eq!(error, "2 tokens have the label `b`; their serial numbers: s2, s3");
    }
}
