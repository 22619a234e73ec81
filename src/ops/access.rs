//! What a caller opens before an operation begins: a module, a token, a PIN, a registry. The command line knows token
//! and registry by these names only.

pub use crate::hsm::Token;
pub use crate::hsm::create::TokenCreation;
pub use crate::hsm::error::TokenError;
pub use crate::hsm::login::Pin;
pub use crate::hsm::module::{Module, ModuleHashCache};
pub use crate::hsm::pkcs11::{Door, Pkcs11Token};
pub use crate::hsm::probe::ProbeError;
pub use crate::hsm::request::TokenIdentity;
pub use crate::hsm::slot::{Slot, TokenChoice, TokenStatus};
pub use crate::registry::error::RegistryError;
pub use crate::registry::journal::past::{Unfinished, unfinished};
pub use crate::registry::layout::Layout;
pub use crate::registry::lock::Wait;
pub use crate::registry::new_token::NewToken;
pub use crate::registry::plans::{APPROVAL_SUFFIX, MAX_APPROVAL};
pub use crate::registry::policy::{MAX_POLICY_FILE, PolicyFile};
pub use crate::registry::runtime;
pub use crate::registry::scratch::Scratch;
pub use crate::registry::store::Registry;
