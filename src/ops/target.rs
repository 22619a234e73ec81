//! Where versions of a key are to go: `targets` of byok.yaml.

use crate::format::escape::{SHORT, printable};
use crate::key::name::KeyName;
use crate::policy::Glob;
use crate::provider::Provider;

/// A place where versions of keys go.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its name in byok.yaml, by the grammar of a key name without slashes.
    pub id: String,
    /// The provider.
    pub provider: &'static Provider,
    /// The key on the provider's side; `{name}` stands for the key's name, `{last}` for its last part.
    pub target: Option<String>,
    /// The mount, for a provider that has them.
    pub mount: Option<String>,
    /// The wrap method, in byok's spelling or the provider's.
    pub method: Option<String>,
    /// The provider's algorithm.
    pub algorithm: Option<String>,
    /// What the provider's answer must be for.
    pub limits: Limits,
    /// Which keys go there; every key when empty.
    pub keys: Vec<Glob>,
}

/// What the provider's answer, or the key on its side, must belong to; anything where nothing is named.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Limits {
    /// The account or project.
    pub account: Option<String>,
    /// The host of the vault.
    pub vault: Option<String>,
    /// The key ring's full name.
    pub key_ring: Option<String>,
}

/// All targets, by id.
#[derive(Clone, Debug, Default)]
pub struct Targets(pub Vec<Target>);

impl Targets {
    /// Where versions of this key go.
    pub fn of<'a>(&'a self, key: &'a KeyName) -> impl Iterator<Item = &'a Target> {
        self.0.iter().filter(|target| target.takes(key))
    }
}

impl Target {
    /// Whether versions of this key go there.
    #[must_use]
    pub fn takes(&self, key: &KeyName) -> bool {
        self.keys.is_empty() || self.keys.iter().any(|glob| glob.matches(key.as_str()))
    }

    /// The key on the provider's side for this key.
    #[must_use]
    pub fn target_for(&self, key: &KeyName) -> Option<String> {
        let last = key.as_str().rsplit('/').next().unwrap_or_default();
        self.target.as_ref().map(|text| text.replace("{name}", key.as_str()).replace("{last}", last))
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", printable(&self.id, SHORT), self.provider.id)
    }
}
