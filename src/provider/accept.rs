//! What a provider takes: rows of key type, purposes, algorithms, methods.

use super::Provider;
use crate::key::method::WrapMethod;
use crate::key::spec::{KeySpec, Purpose};

/// One row of what a provider takes.
#[derive(Debug)]
pub struct Accept {
    /// The key type.
    pub spec: KeySpec,
    /// The purposes for which this row holds.
    pub purposes: &'static [Purpose],
    /// The provider's algorithm or key spec names, the default first; never empty.
    pub algorithms: &'static [&'static str],
    /// The methods, the preferred last; never empty.
    pub methods: &'static [WrapMethod],
}

/// The provider does not take such a key.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{provider} does not take {spec} keys for {purpose}")]
pub struct NotTaken {
    /// Provider id.
    pub provider: &'static str,
    /// The key's type.
    pub spec: KeySpec,
    /// The key's purpose.
    pub purpose: Purpose,
    /// What it takes, each type once, in the order of its table.
    pub takes: Vec<(KeySpec, Vec<Purpose>)>,
}

/// `--algorithm` is none of the provider's for this type.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{spec} keys cannot be imported as {algorithm:?}; known: {}", .known.join(", "))]
pub struct UnknownAlgorithm {
    /// The key's type.
    pub spec: KeySpec,
    /// As typed.
    pub algorithm: String,
    /// What there is, the default first.
    pub known: &'static [&'static str],
}

/// The row for a key of this type and purpose.
///
/// # Errors
/// [`NotTaken`], with what the provider takes.
pub fn accept_for(provider: &'static Provider, spec: KeySpec, purpose: Purpose) -> Result<&'static Accept, NotTaken> {
    let row = provider.accepts.iter().find(|row| row.spec == spec && row.purposes.contains(&purpose));
    row.ok_or_else(|| NotTaken { provider: provider.id, spec, purpose, takes: takes(provider) })
}

fn takes(provider: &Provider) -> Vec<(KeySpec, Vec<Purpose>)> {
    let mut takes: Vec<(KeySpec, Vec<Purpose>)> = Vec::new();
    for row in provider.accepts {
        match takes.iter_mut().find(|(spec, _)| *spec == row.spec) {
            Some((_, purposes)) => purposes.extend(row.purposes),
            None => takes.push((row.spec, row.purposes.to_vec())),
        }
    }
    takes
}

impl Accept {
    /// The provider's algorithm: the one that was typed, or the default for this type and purpose.
    ///
    /// # Errors
    /// [`UnknownAlgorithm`], with those that there are.
    pub fn algorithm(&self, typed: Option<&str>) -> Result<&'static str, UnknownAlgorithm> {
        let unknown = |algorithm: &str| UnknownAlgorithm {
            spec: self.spec,
            algorithm: algorithm.to_owned(),
            known: self.algorithms,
        };
        match typed {
            None => self.algorithms.first().copied().ok_or_else(|| unknown("")),
            Some(name) => self.algorithms.iter().copied().find(|known| *known == name).ok_or_else(|| unknown(name)),
        }
    }
}
