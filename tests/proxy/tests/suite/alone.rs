//! A test's body in a process of its own: a module's configuration is one per process.

use std::process::{Command, Output};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::{Slot, TokenInfo};
use cryptoki::types::AuthPin;
use cryptoki_sys::*;

use crate::token::{LABEL, Module, TokenDir, USER_PIN};

/// Set in the process that runs the body.
const ALONE: &str = "BYOK_TEST_ALONE";

/// A client of the token, logged in.
pub(crate) struct Client {
    pkcs11: Pkcs11,
    slot: Slot,
    pub(crate) session: Session,
    raw: CK_FUNCTION_LIST,
}

/// Runs `body` for each module in a new process behind a proxy with these lines, then `check` on what came out.
#[expect(clippy::disallowed_methods, reason = "the one way to tell a test's own process what it is")]
pub(crate) fn each(test: &str, lines: &[&str], body: fn(&Client), check: fn(&TokenDir, &Output)) {
    if let Ok(path) = std::env::var(ALONE) {
        return body(&Client::new(&path));
    }
    for module in Module::ALL {
        let mut token = TokenDir::new(module);
        token.proxied(lines);
        check(&token, &again(test, &token));
    }
}

/// Whether this is the process that runs the body.
#[expect(clippy::disallowed_methods, reason = "the one way to tell a test's own process what it is")]
pub(crate) fn is_child() -> bool {
    std::env::var_os(ALONE).is_some()
}

pub(crate) fn succeeded(_: &TokenDir, output: &Output) {
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

/// Runs the same test once more, as a child process that finds the token.
pub(crate) fn again(test: &str, token: &TokenDir) -> Output {
    let this = std::env::current_exe().expect("the test binary");
    let mut command = Command::new(this);
    command.args([test, "--exact", "--nocapture"]).envs(token.env()).env(ALONE, token.module());
    command.output().expect("the test binary runs")
}

impl Client {
    fn new(module: &str) -> Self {
        let pkcs11 = Pkcs11::new(module).expect("the module loads");
        pkcs11.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)).expect("C_Initialize");
        let slots = pkcs11.get_slots_with_token().expect("slots");
        let labelled = |slot: &Slot| pkcs11.get_token_info(*slot).is_ok_and(|info| info.label() == LABEL);
        let slot = slots.into_iter().find(labelled).expect("a slot with the label");
        let session = pkcs11.open_rw_session(slot).expect("a session");
        session.login(UserType::User, Some(&pin(USER_PIN))).expect("a login");
        Self { pkcs11, slot, session, raw: raw(module) }
    }

    /// One more session; the login counts for all.
    pub(crate) fn another(&self) -> cryptoki::error::Result<Session> {
        self.pkcs11.open_rw_session(self.slot)
    }

    pub(crate) fn token_info(&self) -> TokenInfo {
        self.pkcs11.get_token_info(self.slot).expect("C_GetTokenInfo")
    }

    /// A session key with a known value.
    pub(crate) fn put(&self, kind: KeyType, value: &[u8], more: &[Attribute]) -> ObjectHandle {
        let mut template = vec![
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::KeyType(kind),
            Attribute::Value(value.to_vec()),
            Attribute::Token(false),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Wrap(true),
        ];
        template.extend_from_slice(more);
        self.session.create_object(&template).expect("C_CreateObject")
    }

    /// A generated AES-256 key.
    pub(crate) fn aes(&self, more: &[Attribute]) -> cryptoki::error::Result<ObjectHandle> {
        let mut template = vec![Attribute::ValueLen(32.into()), Attribute::Sensitive(true), Attribute::Private(true)];
        template.extend_from_slice(more);
        self.session.generate_key(&Mechanism::AesKeyGen, &template)
    }

    /// A generated P-256 pair: public, private.
    pub(crate) fn p256(&self, more: &[Attribute]) -> (ObjectHandle, ObjectHandle) {
        let curve = vec![0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
        let mut private = vec![Attribute::Sensitive(true), Attribute::Sign(true)];
        private.extend_from_slice(more);
        let public = [Attribute::EcParams(curve), Attribute::Verify(true)];
        self.session.generate_key_pair(&Mechanism::EccKeyPairGen, &public, &private).expect("C_GenerateKeyPair")
    }

    /// `C_WrapKey` with any mechanism number; `P` is its parameter. Asks for the size first.
    pub(crate) fn wrap<P>(
        &self,
        kind: CK_MECHANISM_TYPE,
        parameter: Option<&mut P>,
        wrapping: ObjectHandle,
        key: ObjectHandle,
    ) -> Result<Vec<u8>, CK_RV> {
        let (pointer, len) = parameter.map_or((std::ptr::null_mut(), 0), |parameter| {
            (std::ptr::from_mut(parameter).cast(), size_of::<P>() as CK_ULONG)
        });
        let mut mechanism = CK_MECHANISM { mechanism: kind, pParameter: pointer, ulParameterLen: len };
        let mut out: Vec<u8> = Vec::new();
        let mut len = 0;
        for buffer in [false, true] {
            out.resize(len as usize, 0);
            let pointer = if buffer { out.as_mut_ptr() } else { std::ptr::null_mut() };
            let function = self.raw.C_WrapKey.expect("C_WrapKey");
            let rv = unsafe {
                function(
                    self.session.handle(),
                    &raw mut mechanism,
                    wrapping.handle(),
                    key.handle(),
                    pointer,
                    &raw mut len,
                )
            };
            if rv != CKR_OK {
                return Err(rv);
            }
        }
        out.truncate(len as usize);
        Ok(out)
    }

    /// Wraps under an AES key, without a parameter.
    pub(crate) fn aes_wrap(
        &self,
        kind: CK_MECHANISM_TYPE,
        wrapping: ObjectHandle,
        key: ObjectHandle,
    ) -> Result<Vec<u8>, CK_RV> {
        self.wrap::<()>(kind, None, wrapping, key)
    }
}

pub(crate) fn pin(text: &str) -> AuthPin {
    AuthPin::from(text.to_owned())
}

/// The same module once more, for the mechanisms that the wrapper crate does not know.
fn raw(module: &str) -> CK_FUNCTION_LIST {
    let library = unsafe { cryptoki_sys::Pkcs11::new(module) }.expect("the module loads again");
    let mut list = std::ptr::null_mut();
    assert_eq!(unsafe { library.C_GetFunctionList(&raw mut list) }, CKR_OK);
    let list = unsafe { *list };
    std::mem::forget(library);
    list
}
