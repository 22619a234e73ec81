//! One loaded and initialised module: the calls that need no session.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::session::Session;
use cryptoki::slot::{Slot, TokenInfo};
use secrecy::SecretString;

use super::error::TokenError;
use super::pkcs11_error::token_error;
use super::raw::{OpenError, RawModule};
use super::slot::{TokenFacts, TokenStatus};

/// How many [`Context`]s of this process use a module that this process initialised. `C_Initialize` and `C_Finalize`
/// concern the whole process, so that the last user finalises and nobody before.
static USERS: Mutex<BTreeMap<PathBuf, usize>> = Mutex::new(BTreeMap::new());

/// A module between `C_Initialize` and `C_Finalize`.
pub(super) struct Context {
    pkcs11: Pkcs11,
    pub(super) raw: RawModule,
    path: PathBuf,
    /// Calls of sessions, for people to count: what a token across a network costs.
    calls: AtomicU64,
}

/// Why a module could not be opened.
pub(super) enum ContextError {
    /// The loader refused, with its words.
    NotLoadable(String),
    /// No PKCS#11 function list.
    NotPkcs11,
    /// Each function list is another instance.
    ManyInstances,
    /// `C_Initialize` failed.
    Token(TokenError),
}

impl Context {
    /// Loads the module and calls `C_Initialize` unless this process has done so already.
    pub(super) fn open(path: &Path) -> Result<Self, ContextError> {
        let raw = RawModule::open(path).map_err(|error| match error {
            OpenError::NotLoadable(error) => ContextError::NotLoadable(error.to_string()),
            OpenError::NotPkcs11 => ContextError::NotPkcs11,
            OpenError::ManyInstances => ContextError::ManyInstances,
        })?;
        let pkcs11 = Pkcs11::new(path).map_err(|_| ContextError::NotPkcs11)?;
        let mut users = users();
        let count = users.entry(path.to_owned()).or_default();
        if *count == 0 {
            match pkcs11.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
                Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
                Err(error) => return Err(ContextError::Token(token_error("C_Initialize", &error))),
            }
        }
        *count = count.saturating_add(1);
        drop(users);
        Ok(Self { pkcs11, raw, path: path.to_owned(), calls: AtomicU64::new(0) })
    }

    /// `C_GetSlotList` of the slots with a token, and `C_GetTokenInfo` of each. A slot that cannot be read is skipped.
    pub(super) fn tokens(&self) -> Result<Vec<TokenFacts>, TokenError> {
        let slots = self.pkcs11.get_slots_with_token().map_err(|error| token_error("C_GetSlotList", &error))?;
        Ok(slots.into_iter().filter_map(|slot| Some(facts(slot, &self.pkcs11.get_token_info(slot).ok()?))).collect())
    }

    /// `C_GetTokenInfo` of one slot.
    pub(super) fn token(&self, slot: u64) -> Result<TokenFacts, TokenError> {
        let slot = slot_of(slot, "C_GetTokenInfo")?;
        let info = self.pkcs11.get_token_info(slot).map_err(|error| token_error("C_GetTokenInfo", &error))?;
        Ok(facts(slot, &info))
    }

    /// `C_GetTokenInfo`: how many read-write sessions one application may have; `None` when the token sets no bound.
    pub(super) fn most_sessions(&self, slot: u64) -> Result<Option<u64>, TokenError> {
        let slot = slot_of(slot, "C_GetTokenInfo")?;
        self.count(1);
        let info = self.pkcs11.get_token_info(slot).map_err(|error| token_error("C_GetTokenInfo", &error))?;
        let smaller = [info.max_session_count(), info.max_rw_session_count()];
        Ok(smaller.into_iter().filter_map(Option::<u64>::from).min())
    }

    /// Notes that so many functions of the module are called.
    pub(super) fn count(&self, calls: u64) {
        self.calls.fetch_add(calls, Ordering::Relaxed);
    }

    /// Calls that sessions have made.
    pub(super) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// `C_OpenSession`, read-write.
    pub(super) fn session(&self, slot: u64) -> Result<Session, TokenError> {
        let slot = slot_of(slot, "C_OpenSession")?;
        self.count(1);
        self.pkcs11.open_rw_session(slot).map_err(|error| token_error("C_OpenSession", &error))
    }

    /// `C_InitToken`. It destroys what the token holds; the caller has made sure that it holds nothing.
    pub(super) fn init_token(&self, slot: u64, so_pin: &SecretString, label: &str) -> Result<(), TokenError> {
        let slot = slot_of(slot, "C_InitToken")?;
        self.pkcs11.init_token(slot, so_pin, label).map_err(|error| token_error("C_InitToken", &error))
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        let mut users = users();
        let Some(count) = users.get_mut(&self.path) else { return };
        *count = count.saturating_sub(1);
        if *count == 0 {
            users.remove(&self.path);
            // Nothing can be done about an error here; the process is about to end or to load the module anew.
            let _ = self.pkcs11.clone().finalize();
        }
    }
}

fn users() -> MutexGuard<'static, BTreeMap<PathBuf, usize>> {
    USERS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn slot_of(id: u64, function: &'static str) -> Result<Slot, TokenError> {
    Slot::try_from(id).map_err(|error| token_error(function, &error))
}

fn facts(slot: Slot, info: &TokenInfo) -> TokenFacts {
    TokenFacts {
        slot: slot.id(),
        label: info.label().to_owned(),
        serial: info.serial_number().to_owned(),
        manufacturer: info.manufacturer_id().to_owned(),
        model: info.model().to_owned(),
        firmware: info.firmware_version().to_string(),
        status: TokenStatus {
            initialised: info.token_initialized(),
            login_required: info.login_required(),
            user_pin_initialised: info.user_pin_initialized(),
            user_pin_locked: info.user_pin_locked(),
            user_pin_final_try: info.user_pin_final_try(),
            user_pin_count_low: info.user_pin_count_low(),
            pinpad: info.protected_authentication_path(),
        },
    }
}
