//! A new token for `init --create-token`: `C_InitToken`, then `C_InitPIN`. Nothing else ever initialises a token.
//!
//! `C_InitToken` destroys what a token holds, and an unreadable store looks like an uninitialised token. So only a
//! slot that is named, or the only uninitialised one, is taken; never a token that calls itself initialised.

use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};

use super::error::TokenError;
use super::module::Module;
use super::pkcs11_login as calls;
use super::request::TokenIdentity;
use super::slot::{Slot, TokenChoice, TokenFacts};
use crate::format::escape::{SHORT, printable};

/// `CK_TOKEN_INFO.label` has 32 bytes.
const LABEL_BYTES: usize = 32;

/// What [`Module::create_token`] will do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TokenCreation {
    /// The slot.
    pub slot: u64,
    /// Whether `C_InitToken` is called; false when an interrupted run has done it and only the user PIN is missing.
    pub initialises: bool,
}

impl Module {
    /// Decides what is to be done for a new token with this label, without doing it.
    ///
    /// # Errors
    /// [`TokenError::NoSlotForToken`] when it is not certain which slot is meant, or the label is taken;
    /// [`TokenError::BadRequest`] for a label that no token can have.
    pub fn plan_token(&self, slot: Option<u64>, label: &str) -> Result<TokenCreation, TokenError> {
        check_label(label)?;
        plan(&self.context.tokens()?, slot, label)
    }

    /// Makes the token that [`Module::plan_token`] planned, and returns its slot. `made` hears which token it is before
    /// the user PIN is set, while it can still be told from a finished one.
    ///
    /// # Errors
    /// [`TokenError::PinMissing`] for an empty PIN, the planning errors (the state is looked at again), what the
    /// module answered, and what `made` said. After an error the same call continues where this one ended.
    pub fn create_token<E: From<TokenError>>(
        &self,
        slot: Option<u64>,
        label: &str,
        (so_pin, user_pin): (&SecretString, &SecretString),
        made: impl FnOnce(&TokenIdentity) -> Result<(), E>,
    ) -> Result<Slot, E> {
        if so_pin.expose_secret().is_empty() || user_pin.expose_secret().is_empty() {
            return Err(TokenError::PinMissing.into());
        }
        let creation = self.plan_token(slot, label)?;
        if creation.initialises {
            self.context.init_token(creation.slot, so_pin, label).map_err(calls::so_error)?;
        }
        // A module may move a new token to another slot.
        let unfinished = self.slot(&TokenChoice::Label(label.to_owned()))?;
        made(unfinished.identity())?;
        calls::init_pin(&self.context, unfinished.id(), so_pin, user_pin)?;
        let facts = self.context.token(unfinished.id())?;
        Ok(Slot::new(Arc::clone(&self.context), facts, self.sha256()))
    }
}

fn check_label(label: &str) -> Result<(), TokenError> {
    let padded = label.starts_with(' ') || label.ends_with(' ');
    if label.is_empty() || label.len() > LABEL_BYTES || padded || label.chars().any(char::is_control) {
        return Err(TokenError::BadRequest(
            "a token label has 1 to 32 bytes, no space at its ends and no control characters",
        ));
    }
    Ok(())
}

fn plan(tokens: &[TokenFacts], slot: Option<u64>, label: &str) -> Result<TokenCreation, TokenError> {
    let labelled: Vec<_> = tokens.iter().filter(|facts| facts.status.initialised && facts.label == label).collect();
    match labelled.as_slice() {
        [] => {}
        [unfinished] if !unfinished.status.user_pin_initialised && slot.is_none_or(|slot| slot == unfinished.slot) => {
            return Ok(TokenCreation { slot: unfinished.slot, initialises: false });
        }
        _ => return Err(TokenError::NoSlotForToken(format!("a token with the label `{label}` is there already"))),
    }
    let slot = match slot {
        Some(slot) => slot,
        None => only_blank_slot(tokens)?,
    };
    match tokens.iter().find(|facts| facts.slot == slot) {
        Some(facts) if facts.status.initialised => Err(TokenError::NoSlotForToken(format!(
            "slot {slot} holds the token `{}`, which is initialised",
            printable(&facts.label, SHORT)
        ))),
        Some(_) => Ok(TokenCreation { slot, initialises: true }),
        None => Err(TokenError::NoSlotForToken(format!("slot {slot} holds no token that can be read"))),
    }
}

fn only_blank_slot(tokens: &[TokenFacts]) -> Result<u64, TokenError> {
    let blank: Vec<_> = tokens.iter().filter(|facts| !facts.status.initialised).map(|facts| facts.slot).collect();
    match blank.as_slice() {
        [slot] => Ok(*slot),
        [] => Err(TokenError::NoSlotForToken("no slot holds an uninitialised token".to_owned())),
        several => {
            let numbers: Vec<_> = several.iter().map(ToString::to_string).collect();
            Err(TokenError::NoSlotForToken(format!("several slots are uninitialised: {}", numbers.join(", "))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::slot::tests::facts;
    use super::*;

    fn blank(slot: u64) -> TokenFacts {
        let mut facts = facts(slot, "", "");
        facts.status.initialised = false;
        facts.status.user_pin_initialised = false;
        facts
    }

    fn refusal(tokens: &[TokenFacts], slot: Option<u64>) -> String {
        plan(tokens, slot, "new").unwrap_err().to_string()
    }

    #[test]
    fn only_a_certain_blank_slot_is_taken() {
        let tokens = [facts(1, "old", "s"), blank(2)];
        assert_eq!(plan(&tokens, None, "new").unwrap(), TokenCreation { slot: 2, initialises: true });
        assert_eq!(plan(&tokens, Some(2), "new").unwrap(), TokenCreation { slot: 2, initialises: true });
        assert_eq!(refusal(&tokens, Some(1)), "slot 1 holds the token `old`, which is initialised");
        assert_eq!(refusal(&tokens, Some(7)), "slot 7 holds no token that can be read");
        assert_eq!(refusal(&[blank(2), blank(3)], None), "several slots are uninitialised: 2, 3");
        assert_eq!(refusal(&[facts(1, "old", "s")], None), "no slot holds an uninitialised token");
    }

    #[test]
    fn an_unfinished_token_only_gets_its_pin() {
        let mut unfinished = facts(4, "new", "s");
        unfinished.status.user_pin_initialised = false;
        let tokens = [unfinished, blank(2)];
        assert_eq!(plan(&tokens, None, "new").unwrap(), TokenCreation { slot: 4, initialises: false });
        assert!(plan(&tokens, Some(2), "new").is_err());
        assert!(plan(&[facts(4, "new", "s"), blank(2)], Some(2), "new").is_err());
    }

    #[test]
    fn a_label_must_fit() {
        assert!(check_label("byok").is_ok());
        for label in ["", " a", "a ", "a\nb", "123456789012345678901234567890123"] {
            assert!(check_label(label).is_err(), "{label:?}");
        }
    }
}
