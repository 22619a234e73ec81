//! Where versions of a key are to go: `targets` of byok.yaml.

use crate::format::escape::{SHORT, printable};
use crate::key::name::KeyName;
use crate::manifest::statement::WrapRecord;
use crate::policy::Glob;
use crate::provider::{Destination, Options, Provider};

/// A place where versions of keys go.
#[derive(Clone, Debug, Eq, PartialEq)]
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
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Targets(pub Vec<Target>);

impl Targets {
    /// Where versions of this key go.
    pub fn of<'a>(&'a self, key: &'a KeyName) -> impl Iterator<Item = &'a Target> {
        self.0.iter().filter(|target| target.takes(key))
    }

    /// The target with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Target> {
        self.0.iter().find(|target| target.id == id)
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

    /// Whether versions of this key go where one of them went, as far as names tell. Providers give a key several names;
    /// only where keys have mounts does another name, or another mount, mean another key.
    #[must_use]
    pub fn may_lead_to(&self, key: &KeyName, wrap: &WrapRecord) -> bool {
        let differs = |own: Option<&str>, its: Option<&str>| own.zip(its).is_some_and(|(own, its)| own != its);
        let mount = wrap.mount.as_deref();
        self.provider.id == wrap.provider
            && (mount.is_none()
                || !differs(self.mount.as_deref(), mount)
                    && !differs(self.target_for(key).as_deref(), wrap.target.as_deref()))
    }

    /// What would be typed for this key beside the wrapping key.
    #[must_use]
    pub fn options_for(&self, key: &KeyName) -> Options {
        Options { target: self.target_for(key), mount: self.mount.clone(), valid_to: None }
    }
}

/// A provider's answer belongs to another place than the target of byok.yaml is limited to.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("target {target} is limited to {field} {limit}, and the answer is for {}", found.as_deref().unwrap_or("none that it names"))]
pub struct OutOfLimits {
    /// The target's id.
    pub target: String,
    /// The field of byok.yaml.
    pub field: &'static str,
    /// What it says.
    pub limit: String,
    /// What the answer says, made printable.
    pub found: Option<String>,
}

impl Target {
    /// Checks a destination, made from a provider's answer, against the target's limits.
    ///
    /// # Errors
    /// [`OutOfLimits`], for the first limit that does not hold; one about which the answer says nothing does not hold.
    pub fn admits(&self, destination: &Destination) -> Result<(), OutOfLimits> {
        let ring = destination.target().and_then(|target| target.rsplit_once("/cryptoKeys/")).map(|(ring, _)| ring);
        let Limits { account, vault, key_ring } = &self.limits;
        let rows = [
            ("account", account, destination.account(), false),
            ("vault", vault, destination.host(), true),
            ("key-ring", key_ring, ring, false),
        ];
        for (field, limit, found, host) in rows {
            let Some(limit) = limit else { continue };
            let same = |found: &str| if host { found.eq_ignore_ascii_case(limit) } else { found == limit };
            if !found.is_some_and(same) {
                let (target, found) = (self.id.clone(), found.map(|text| printable(text, SHORT)));
                return Err(OutOfLimits { target, field, limit: printable(limit, SHORT), found });
            }
        }
        Ok(())
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", printable(&self.id, SHORT), self.provider.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::find;

    fn target(limits: Limits) -> Target {
        let keys = vec![Glob::parse("payments/**").unwrap()];
        let provider = find("aws-kms").unwrap();
        let target = Some("{name}:{last}".to_owned());
        Target { id: "prod".to_owned(), provider, target, mount: None, method: None, algorithm: None, limits, keys }
    }

    #[test]
    fn the_place_there_follows_from_the_name() {
        let (ours, other) = ("payments/kek".parse().unwrap(), "web/tls".parse().unwrap());
        let target = target(Limits::default());
        assert!(target.takes(&ours) && !target.takes(&other));
        assert_eq!(target.target_for(&ours).as_deref(), Some("payments/kek:kek"));
    }

    #[test]
    fn a_limit_holds_only_where_the_answer_says_so() {
        let named =
            |limits| target(limits).admits(&Destination::named("p/keyRings/r/cryptoKeys/k", "111", "h.example"));
        let limits = |account: &str, vault: &str, ring: &str| Limits {
            account: Some(account.to_owned()),
            vault: Some(vault.to_owned()),
            key_ring: Some(ring.to_owned()),
        };
        assert_eq!(named(Limits::default()), Ok(()));
        assert_eq!(named(limits("111", "H.example", "p/keyRings/r")), Ok(()));
        assert_eq!(named(limits("112", "h.example", "p/keyRings/r")).unwrap_err().field, "account");
        assert_eq!(named(limits("111", "i.example", "p/keyRings/r")).unwrap_err().field, "vault");
        assert_eq!(named(limits("111", "h.example", "p/keyRings")).unwrap_err().field, "key-ring");
    }
}
