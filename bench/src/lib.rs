//! What the bare programs share: a token, opened with the fewest calls that open it.

use std::error::Error;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::object::{Attribute, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;

/// Any failure ends the program, with its text.
pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A token with a logged-in session.
pub struct Token {
    module: Pkcs11,
    /// The session.
    pub session: Session,
}

impl Token {
    /// Loads the module, chooses the token by its label, opens a session and logs in with the PIN in `PIN`.
    #[expect(clippy::disallowed_methods, reason = "a yardstick takes its PIN from the environment")]
    pub fn open(module: &str, label: &str) -> Result<Self> {
        let module = Pkcs11::new(module)?;
        module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))?;
        let slots = module.get_slots_with_token()?;
        let is_meant = |slot: &&_| module.get_token_info(**slot).is_ok_and(|info| info.label() == label);
        let slot = *slots.iter().find(is_meant).ok_or("no such token")?;
        let session = module.open_rw_session(slot)?;
        session.login(UserType::User, Some(&AuthPin::from(std::env::var("PIN")?)))?;
        Ok(Self { module, session })
    }

    /// The one key of this class and label: one search.
    pub fn find(&self, class: ObjectClass, label: &str) -> Result<ObjectHandle> {
        let template = [Attribute::Class(class), Attribute::Label(label.into())];
        match self.session.find_objects(&template)?.as_slice() {
            [one] => Ok(*one),
            found => Err(format!("{} objects {label}", found.len()).into()),
        }
    }

    /// Closes the session and finalises the module.
    pub fn close(self) -> Result<()> {
        drop(self.session);
        Ok(self.module.finalize()?)
    }
}

/// The arguments of the program, which must be this many.
pub fn arguments<const N: usize>(usage: &str) -> Result<[String; N]> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    arguments.try_into().map_err(|_| format!("usage: {usage}").into())
}
