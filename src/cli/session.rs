//! From settings to an open token: PIN sources first, then module and slot, then the PIN, then the login.

use std::panic::resume_unwind;
use std::path::Path;
use std::thread::{Builder, scope};

use super::codes::pin as codes;
use super::config::{Settings, TokenSettings};
use super::failure::{Failure, Outcome};
use super::pin::PinSource;
use super::progress::Spinner;
use super::shell::Shell;
use crate::ops::access::{Door, Module, ModuleHashCache, Pin, Pkcs11Token, Slot, Token, TokenError};
use crate::ops::fleet::Colleague;

/// The tokens that a command works with, chosen and not yet logged in to.
#[derive(Debug)]
pub(super) struct Chosen {
    /// Where the keys are.
    keys: Place,
    /// Where the evidence signer is, when it lives on another token.
    signer: Option<Place>,
}

/// The same tokens, logged in.
#[derive(Debug)]
pub(super) struct Opened {
    /// Where the keys are.
    pub keys: Pkcs11Token,
    signer: Option<Pkcs11Token>,
}

#[derive(Debug)]
struct Place {
    slot: Slot,
    source: PinSource,
}

/// Loads modules and chooses tokens. A PIN source that cannot work is refused before any module is loaded, a locked
/// PIN before anybody is asked for it. `load` loads the module of the keys: [`Module::load`], or [`load_beside`].
pub(super) fn choose(
    shell: &Shell<'_>,
    settings: &Settings,
    hashes: &mut ModuleHashCache,
    load: impl FnOnce(&Path, &mut ModuleHashCache) -> Result<Module, TokenError>,
) -> Outcome<Chosen> {
    let signer = settings.signer_token.as_ref();
    let keys_source = settings.keys.pin_source(shell.env)?;
    let signer_source = signer.map(|token| token.pin_source(shell.env)).transpose()?;
    let module_path = settings.keys.module()?;
    let module = load(module_path, hashes)?;
    let keys = place(&module, &settings.keys, keys_source)?;
    let signer = match (signer, signer_source) {
        (Some(token), Some(source)) if token.module()? == module_path => Some(place(&module, token, source)?),
        (Some(token), Some(source)) => Some(place(&Module::load(token.module()?, hashes)?, token, source)?),
        _ => None,
    };
    // A signer that is configured apart and turns out to be the same token gets no second login.
    let apart = |signer: &Place| signer.slot.identity().serial != keys.slot.identity().serial;
    Ok(Chosen { signer: signer.filter(apart), keys })
}

/// Loads a module, which takes long for a token with many objects, on a thread of its own, and does something else beside.
pub(super) fn load_beside(
    path: &Path,
    hashes: &mut ModuleHashCache,
    beside: impl FnOnce(),
) -> Result<Module, TokenError> {
    scope(|scope| {
        let loading = Builder::new().spawn_scoped(scope, || Module::load(path, hashes));
        beside();
        match loading {
            Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
            Err(source) => Err(TokenError::ModuleUnreadable { path: path.to_owned(), source }),
        }
    })
}

/// One token, for commands that need no signer.
fn place(module: &Module, settings: &TokenSettings, source: PinSource) -> Outcome<Place> {
    let slot = module.slot(settings.token()?)?;
    let status = slot.status();
    if status.user_pin_locked {
        let label = &slot.identity().label;
        return Err(Failure::new(&codes::PIN_LOCKED, format!("the PIN of token {label} is locked"))
            .hint("the security officer resets the user PIN with the vendor's tool"));
    }
    if source == PinSource::Pinpad && !status.pinpad {
        return Err(TokenError::NoPinpad.into());
    }
    // A token with a keypad of its own never wants its PIN from this host.
    let source = if status.pinpad && source == PinSource::Prompt { PinSource::Pinpad } else { source };
    Ok(Place { slot, source })
}

impl Chosen {
    /// The token with the keys, before any login.
    pub(super) fn keys(&self) -> &Slot {
        &self.keys.slot
    }

    /// Reads every PIN, then logs in, once to each token.
    pub(super) fn open(&self, shell: &Shell<'_>) -> Outcome<Opened> {
        let keys_pin = read_pin(shell, &self.keys)?;
        let signer_pin = self.signer.as_ref().map(|place| read_pin(shell, place)).transpose()?;
        let _spinner = Spinner::start(shell, "opening the token");
        let keys = self.keys.slot.open(&keys_pin)?;
        let signer = match (&self.signer, signer_pin) {
            (Some(place), Some(pin)) => Some(place.slot.open(&pin)?),
            _ => None,
        };
        Ok(Opened { keys, signer })
    }
}

/// The way to further sessions, for any thread.
#[derive(Debug)]
pub(super) struct Doors {
    keys: Door,
    signer: Option<Door>,
}

impl Doors {
    /// One more session with each token.
    ///
    /// # Errors
    /// What a module answered.
    pub(super) fn colleague(&self) -> Result<Colleague, TokenError> {
        let signer = self.signer.as_ref().map(Door::open).transpose()?;
        let keys = Box::new(self.keys.open()?);
        Ok(Colleague::new(keys, signer.map(|signer| Box::new(signer) as Box<dyn Token + Send>)))
    }
}

impl Opened {
    /// One token for both purposes.
    pub(super) fn one(keys: Pkcs11Token) -> Self {
        Self { keys, signer: None }
    }

    /// The token with the evidence signer, often the same as that with the keys.
    pub(super) fn signer(&self) -> &Pkcs11Token {
        self.signer.as_ref().unwrap_or(&self.keys)
    }

    /// The way to further sessions with each token.
    pub(super) fn doors(&self) -> Doors {
        Doors { keys: self.keys.door(), signer: self.signer.as_ref().map(Pkcs11Token::door) }
    }

    /// How many sessions both tokens take, as far as they say.
    pub(super) fn most_sessions(&self) -> Option<u64> {
        let tokens = [Some(&self.keys), self.signer.as_ref()];
        tokens.into_iter().flatten().filter_map(|token| token.most_sessions().ok().flatten()).min()
    }

    /// How many functions of the modules the sessions have called.
    pub(super) fn calls(&self) -> u64 {
        let signer = self.signer.as_ref().filter(|signer| !signer.shares_module(&self.keys));
        self.keys.calls().saturating_add(signer.map_or(0, Pkcs11Token::calls))
    }
}

fn read_pin(shell: &Shell<'_>, place: &Place) -> Outcome<Pin> {
    let label = &place.slot.identity().label;
    let status = place.slot.status();
    if status.user_pin_final_try {
        shell.warn(&format!("one more wrong PIN locks token {label}"));
    } else if status.user_pin_count_low {
        shell.warn(&format!("a wrong PIN was tried on token {label}; few tries may be left"));
    }
    if place.source == PinSource::Pinpad {
        shell.note(&format!("enter the PIN of token {label} on its own keypad"));
    }
    Ok(place.source.read(shell.env, &format!("PIN of token {label}"))?)
}
