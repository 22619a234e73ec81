//! `init --create-token`: a new token, only where it is certain that none is destroyed. A token that an interrupted run
//! of the same command made is used as it is.

use super::place::Place;
use crate::cli::codes::usage;
use crate::cli::config::Settings;
use crate::cli::failure::{Failure, Outcome};
use crate::cli::pin::PinSource;
use crate::cli::prompt;
use crate::cli::session::Opened;
use crate::cli::shell::Shell;
use crate::ops::access::{Module, ModuleHashCache, NewToken, Pin, Slot, TokenChoice};

/// Makes the token that the place's settings name and logs in to it.
pub(super) fn run(
    shell: &Shell<'_>,
    place: &Place,
    slot: Option<u64>,
    so_source: &PinSource,
    hashes: &mut ModuleHashCache,
) -> Outcome<Opened> {
    let settings = &place.settings;
    let label = new_label(settings)?;
    let source = settings.keys.pin_source(shell.env)?;
    let so_source = so_source.clone().relative_to(&shell.env.directory);
    so_source.check(shell.env)?;
    let module = Module::load(settings.keys.module()?, hashes)?;
    if let Some(slot) = made_before(place, &module, label) {
        shell.note(&format!("token {label}, serial {}, was made by an interrupted run", slot.identity().serial));
        let pin = source.read(shell.env, &format!("PIN of token {label}"))?;
        return Ok(Opened::one(slot.open(&pin)?));
    }
    let creation = module.plan_token(slot, label)?;
    let question = if creation.initialises {
        format!("Initialise slot {} as the new token {label}? Whatever the slot holds is destroyed.", creation.slot)
    } else {
        format!("Set the user PIN of token {label} in slot {}, which has none yet?", creation.slot)
    };
    prompt::confirm(shell, &question)?;
    let so_pin = so_source.read_new(shell.env, &format!("new security officer's PIN of token {label}"))?;
    let pin = source.read_new(shell.env, &format!("new PIN of token {label}"))?;
    let slot = module.create_token(Some(creation.slot), label, (&so_pin, &pin), |made| {
        let (label, serial) = (label.to_owned(), made.serial.clone());
        Ok::<(), Failure>(NewToken { label, serial }.write(&place.registry)?)
    })?;
    shell.note(&format!("made token {label}, serial {}", slot.identity().serial));
    Ok(Opened::one(slot.open(&Pin::Secret(pin))?))
}

/// The token that an interrupted run made for this very registry, user PIN and all.
fn made_before(place: &Place, module: &Module, label: &str) -> Option<Slot> {
    let note = NewToken::read(&place.registry).filter(|note| note.label == label)?;
    let slot = module.slot(&TokenChoice::Label(label.to_owned())).ok()?;
    (slot.identity().serial == note.serial && slot.status().user_pin_initialised).then_some(slot)
}

fn new_label(settings: &Settings) -> Outcome<&str> {
    if settings.signer_token.is_some() {
        return Err(Failure::new(&usage::USAGE, "--create-token with a signer on another token")
            .hint("make the token first, then run init without --create-token"));
    }
    match settings.keys.token()? {
        TokenChoice::Label(label) => Ok(label),
        TokenChoice::Serial(_) => {
            Err(Failure::new(&usage::USAGE, "a new token is named by its label").hint("pass --token LABEL"))
        }
    }
}
