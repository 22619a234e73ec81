//! Providers: data and small functions, one file each, listed in [`PROVIDERS`].
//!
//! A wrap goes through a provider in this order: [`find`], [`accept_for`], [`Accept::algorithm`], [`Provider::destination`],
//! [`Provider::read_challenge`], [`methods::choose`], and, when the key is wrapped, [`Provider::package`].

pub mod accept;
pub mod challenge;
pub mod destination;
mod generic;
pub mod methods;
mod openbao;
pub mod package;
pub mod script;

use crate::key::method::WrapMethod;
use crate::key::name::KeyName;

pub use accept::{Accept, NotTaken, UnknownAlgorithm, accept_for};
pub use challenge::{Challenge, ChallengeError, ImportFile};
pub use destination::{Destination, DestinationError, Options};
pub use methods::MethodError;
pub use package::{Package, PackageError, PackageRequest};

/// A provider: what it hands out, what it takes, and how its bundle looks.
#[derive(Debug)]
pub struct Provider {
    /// The name that people type.
    pub id: &'static str,
    /// Other names that mean the same.
    pub aliases: &'static [&'static str],
    /// The name that people read.
    pub name: &'static str,
    /// Where its import format is documented.
    pub documentation: &'static str,
    /// When that was last checked, `YYYY-MM-DD`.
    pub checked_on: &'static str,
    /// The smallest wrapping key that it hands out, in bits.
    pub minimum_wrapping_bits: u32,
    /// Key types, purposes, methods and algorithms that it takes.
    pub accepts: &'static [Accept],
    /// The methods in its own words: `SHA256` is OpenBao's `hash_function` for `rsa-aes-sha256`.
    pub spellings: &'static [(&'static str, WrapMethod)],
    /// Checks `--target` and `--mount` against its grammar and fills in what follows from the key's name.
    pub destination: fn(&KeyName, &Options) -> Result<Destination, DestinationError>,
    /// Reads what the provider handed out, and refuses what contradicts the destination.
    pub read_challenge: fn(&ImportFile, &Destination) -> Result<Challenge, ChallengeError>,
    /// Makes the bundle's files.
    pub package: fn(&PackageRequest<'_>) -> Result<Package, PackageError>,
}

/// Every provider, in the order of tables and help.
pub static PROVIDERS: &[&Provider] = &[&openbao::OPENBAO, &generic::GENERIC];

/// The provider with this id or alias.
#[must_use]
pub fn find(name: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().copied().find(|provider| provider.id == name || provider.aliases.contains(&name))
}

impl Provider {
    /// The method of this name, in byok's spelling or the provider's.
    #[must_use]
    pub fn method_named(&self, text: &str) -> Option<WrapMethod> {
        let own = || self.spellings.iter().find(|(spelling, _)| *spelling == text).map(|(_, method)| *method);
        text.parse().ok().or_else(own)
    }
}
