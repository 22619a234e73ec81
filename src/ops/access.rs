//! What a caller opens before an operation begins: a module, a token, a PIN. The command line knows the token by
//! these names only.

pub use crate::hsm::create::TokenCreation;
pub use crate::hsm::error::TokenError;
pub use crate::hsm::login::Pin;
pub use crate::hsm::module::{Module, ModuleHashCache};
pub use crate::hsm::pkcs11::Pkcs11Token;
pub use crate::hsm::slot::{Slot, TokenChoice, TokenStatus};
