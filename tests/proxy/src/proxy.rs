//! What holds for every call: counting, tracing, killing, failing, delaying, refusing.

use std::collections::{HashMap, HashSet};
use std::ffi::c_void;
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use cryptoki_sys::*;

use crate::child;
use crate::config::Config;
use crate::lie::Lie;
use crate::memory::Memory;
use crate::pages;
use crate::real::{Real, forward};

pub(crate) struct Proxy {
    pub(crate) real: Real,
    pub(crate) config: Config,
    pub(crate) memory: Memory,
    pub(crate) sessions: Sessions,
    calls: AtomicUsize,
    by_name: Mutex<HashMap<&'static str, usize>>,
}

/// What some lies must know about sessions.
#[derive(Default)]
pub(crate) struct Sessions {
    /// Open, with their slots.
    pub(crate) open: Mutex<HashMap<CK_SESSION_HANDLE, CK_SLOT_ID>>,
    /// Opened after the handles went stale.
    pub(crate) fresh: Mutex<HashSet<CK_SESSION_HANDLE>>,
    /// A signature waits for a login of its own (false) or has had it (true).
    pub(crate) context: Mutex<HashMap<CK_SESSION_HANDLE, bool>>,
    /// Found objects to be given a second time.
    pub(crate) found: Mutex<HashMap<CK_SESSION_HANDLE, CK_OBJECT_HANDLE>>,
}

/// One call of the client, as far as it concerns every function.
pub(crate) struct Call {
    pub(crate) name: &'static str,
    pub(crate) session: Option<CK_SESSION_HANDLE>,
    pub(crate) mechanism: *mut CK_MECHANISM,
}

/// Present exactly while the client has the module initialised.
static CURRENT: RwLock<Option<Arc<Proxy>>> = RwLock::new(None);

/// A lock that another thread's panic does not take from us.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn current() -> Option<Arc<Proxy>> {
    CURRENT.read().unwrap_or_else(PoisonError::into_inner).clone()
}

fn set_current(proxy: Option<Arc<Proxy>>) {
    *CURRENT.write().unwrap_or_else(PoisonError::into_inner) = proxy;
}

pub(crate) fn enter(call: &Call, body: impl FnOnce(&Proxy) -> CK_RV) -> CK_RV {
    current().map_or(CKR_CRYPTOKI_NOT_INITIALIZED, |proxy| proxy.enter(call, body))
}

/// `C_Initialize`: reads the configuration anew, unless the client has initialised already.
pub(crate) fn initialize(init: *mut c_void) -> CK_RV {
    let proxy = match current().map_or_else(Proxy::load, Ok) {
        Ok(proxy) => proxy,
        Err(message) => {
            eprintln!("byok-test-proxy: {message}");
            return CKR_GENERAL_ERROR;
        }
    };
    let call = Call { name: "C_Initialize", session: None, mechanism: std::ptr::null_mut() };
    let rv = proxy.enter(&call, |proxy| {
        proxy.real.list.C_Initialize.map_or(CKR_FUNCTION_NOT_SUPPORTED, |function| unsafe { function(init) })
    });
    if rv == CKR_OK {
        set_current(Some(proxy));
    }
    rv
}

pub(crate) unsafe fn finalize(proxy: &Proxy, reserved: *mut c_void) -> CK_RV {
    let rv = forward!(proxy, C_Finalize(reserved));
    if rv == CKR_OK {
        set_current(None);
    }
    rv
}

impl Proxy {
    fn load() -> Result<Arc<Self>, String> {
        let config = Config::from_env()?;
        Ok(Arc::new(Self {
            real: Real::open(&config.module)?,
            memory: Memory::new(config.state.clone()),
            sessions: Sessions::default(),
            calls: AtomicUsize::new(0),
            by_name: Mutex::default(),
            config,
        }))
    }

    pub(crate) fn lies(&self, lie: Lie) -> bool {
        self.config.lies.has(lie)
    }

    /// Whether the N of a `NAME=N` lie has been reached.
    pub(crate) fn reached(&self, lie: Lie) -> bool {
        let calls = self.calls.load(Ordering::Relaxed) as CK_ULONG;
        self.config.lies.value(lie).is_some_and(|from| calls >= from)
    }

    fn enter(&self, call: &Call, body: impl FnOnce(&Self) -> CK_RV) -> CK_RV {
        let number = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        let nth = {
            let mut by_name = lock(&self.by_name);
            let count = by_name.entry(call.name).or_default();
            *count += 1;
            *count
        };
        if !self.config.latency.is_zero() {
            std::thread::sleep(self.config.latency);
        }
        let dies = self.config.die.as_ref().is_some_and(|at| at.meets(number, call.name, nth));
        if dies && !self.config.die_after {
            kill_self();
        }
        if let Some((_, path)) = self.config.dump.as_ref().filter(|(at, _)| at.meets(number, call.name, nth))
            && let Err(error) = pages::dump(path)
        {
            eprintln!("byok-test-proxy: dump: {error}");
        }
        if let Some((_, path)) = self.config.spawn.as_ref().filter(|(at, _)| at.meets(number, call.name, nth))
            && let Err(error) = child::spawn(path)
        {
            eprintln!("byok-test-proxy: spawn: {error}");
        }
        if let Some((_, command)) = self.config.run.as_ref().filter(|(at, _)| at.meets(number, call.name, nth))
            && let Err(error) = child::run(command)
        {
            eprintln!("byok-test-proxy: run: {error}");
        }
        let failure = self.config.fail.iter().find(|(at, _)| at.meets(number, call.name, nth)).map(|(_, rv)| *rv);
        let rv = failure.or_else(|| self.refusal(call)).unwrap_or_else(|| body(self));
        self.trace(number, call.name, rv);
        if dies {
            kill_self();
        }
        rv
    }

    /// What a lie answers before anything is looked at.
    fn refusal(&self, call: &Call) -> Option<CK_RV> {
        if self.reached(Lie::DeviceRemoved) {
            return Some(CKR_DEVICE_REMOVED);
        }
        if let Some(session) = call.session
            && self.reached(Lie::StaleHandles)
            && !lock(&self.sessions.fresh).contains(&session)
        {
            return Some(CKR_SESSION_HANDLE_INVALID);
        }
        let mechanism = unsafe { call.mechanism.as_ref() }?.mechanism;
        self.config.lies.lists(Lie::NoMechanism, mechanism).then_some(CKR_MECHANISM_INVALID)
    }

    /// One `write` per line: lines of several threads and processes do not mix, and survive a kill.
    fn trace(&self, number: usize, name: &str, rv: CK_RV) {
        if let Some(mut file) = self.config.trace.as_ref() {
            let line = format!("{number} {name} {rv:#x}\n");
            if let Err(error) = file.write_all(line.as_bytes()) {
                eprintln!("byok-test-proxy: trace: {error}");
            }
        }
    }
}

fn kill_self() {
    unsafe { libc::kill(libc::getpid(), libc::SIGKILL) };
    // The signal is on its way; nothing may happen in between.
    loop {
        std::thread::park();
    }
}
