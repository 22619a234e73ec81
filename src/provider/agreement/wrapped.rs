//! A key that is wrapped already.

use crate::format::lint::Finding;
use crate::format::reader::{Transfer, Wrapped};
use crate::provider::{Provider, azure};

/// What Azure would refuse of a key transfer blob, whoever was named.
#[must_use]
pub fn of_transfer(transfer: &Transfer, provider: Option<&'static Provider>) -> Vec<Finding> {
    azure::transfer::findings(transfer, provider)
}

/// What a provider would refuse of wrapped bytes alone.
#[must_use]
pub fn of_wrapped(wrapped: &Wrapped, provider: Option<&'static Provider>) -> Option<Finding> {
    azure::transfer::missing(wrapped, provider?)
}
