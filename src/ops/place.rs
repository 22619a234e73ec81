//! Places: where wraps of key versions went, and which of them an answer speaks for. The one notion of a place, for `status`,
//! `confirm-import`, `revoke`, the way back and the number that an import follows.
//!
//! Two targets of byok.yaml are two places, whatever their keys are called. Where a wrap was made for no target, names tell, and
//! what else its manifest says of where it went.

use crate::manifest::statement::{PlacementRecord, WrapRecord};
use crate::provider::{Destination, Provider};

/// Where a transit engine is when nothing was said.
pub const DEFAULT_MOUNT: &str = "transit";

/// Where a wrap went.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Place<'a> {
    /// Provider id.
    pub provider: &'a str,
    /// The target of byok.yaml.
    pub target_id: Option<&'a str>,
    /// The key on the provider's side.
    pub target: Option<&'a str>,
    /// The mount there.
    pub mount: Option<&'a str>,
    /// What else tells places apart: see [`site`].
    pub site: Option<&'a str>,
}

/// What an answer of a provider was about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Sight<'a> {
    /// Provider id.
    pub provider: &'a str,
    /// The target of byok.yaml for which it speaks; manifests of earlier versions of byok do not say it.
    pub target_id: Option<&'a str>,
    /// The key, as the provider names it.
    pub resource: &'a str,
}

/// What tells places apart beside names: the wrapping key of a transit engine, which has one for itself alone and for all its
/// life; else the account and region of an ARN, the project and location of a resource, or the host of a vault.
#[must_use]
pub fn site<'a>(mount: Option<&str>, names: [Option<&'a str>; 2], wrapping_key_sha256: &'a str) -> Option<&'a str> {
    match mount {
        Some(_) => Some(wrapping_key_sha256),
        None => names.into_iter().flatten().find_map(region),
    }
}

/// The beginning of a full name that says in whose account and where the key is.
fn region(name: &str) -> Option<&str> {
    let before =
        |separator: char, at: usize| name.match_indices(separator).nth(at).and_then(|(end, _)| name.get(..end));
    match name {
        _ if name.starts_with("arn:") => before(':', 4),
        _ if name.starts_with("projects/") => before('/', 3),
        _ if name.starts_with("https://") => before('/', 2),
        _ => None,
    }
}

impl<'a> From<&'a WrapRecord> for Place<'a> {
    fn from(wrap: &'a WrapRecord) -> Self {
        let (target, mount) = (wrap.target.as_deref(), wrap.mount.as_deref());
        let key = &wrap.wrapping_key;
        Self {
            provider: &wrap.provider,
            target_id: wrap.target_id.as_deref(),
            target,
            mount,
            site: site(mount, [target, key.resource.as_deref()], &key.spki_sha256),
        }
    }
}

impl<'a> Place<'a> {
    /// Where a wrap is to go.
    #[must_use]
    pub fn at(
        provider: &Provider,
        target_id: Option<&'a str>,
        destination: &'a Destination,
        (resource, sha256): (Option<&'a str>, &'a str),
    ) -> Self {
        let (target, mount) = (destination.target(), destination.mount());
        Self { provider: provider.id, target_id, target, mount, site: site(mount, [target, resource], sha256) }
    }
}

impl<'a> From<&'a PlacementRecord> for Sight<'a> {
    fn from(placement: &'a PlacementRecord) -> Self {
        let PlacementRecord { provider, resource, target_id, .. } = placement;
        Self { provider, resource, target_id: target_id.as_deref() }
    }
}

impl<'a> Sight<'a> {
    /// The place alone, where no wrap of it is known.
    #[must_use]
    pub fn place(self) -> Place<'a> {
        let Self { provider, target_id, resource } = self;
        Place { provider, target_id, target: Some(resource), mount: None, site: region(resource) }
    }
}

impl Place<'_> {
    /// Whether what went to one of them can have taken the place of what went to the other. Providers give a key several
    /// names, and a new version may have a new one: only where keys have mounts does another name mean another key.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        if self.provider != other.provider {
            return false;
        }
        match self.target_id.zip(other.target_id) {
            Some((one, other)) => one == other,
            None if self.is_elsewhere(other) => false,
            None if self.mount.or(other.mount).is_some() => {
                self.target.is_some() && self.target == other.target && self.has_mount_of(other)
            }
            None => true,
        }
    }

    /// Whether both may be the same key of a provider: one may name it by its full name, the other by the end of that, or not
    /// at all; and a target of byok.yaml may have got another id.
    #[must_use]
    pub fn may_be_same(&self, other: &Self) -> bool {
        let targets = self.target.zip(other.target);
        self.provider == other.provider
            && !self.is_elsewhere(other)
            && self.has_mount_of(other)
            && targets.is_none_or(|(one, other)| is_same_key(one, other) || is_same_key(other, one))
    }

    /// Whether both are one place of one version.
    fn is_one(&self, other: &Self) -> bool {
        let ids = self.target_id.zip(other.target_id);
        (self.provider, self.target) == (other.provider, other.target)
            && self.has_mount_of(other)
            && ids.map_or_else(|| !self.is_elsewhere(other), |(one, other)| one == other)
    }

    fn is_elsewhere(&self, other: &Self) -> bool {
        self.site.zip(other.site).is_some_and(|(one, other)| !one.eq_ignore_ascii_case(other))
    }

    fn has_mount_of(&self, other: &Self) -> bool {
        self.mount.unwrap_or(DEFAULT_MOUNT) == other.mount.unwrap_or(DEFAULT_MOUNT)
    }

    /// Whether an answer about this key can be one about this place: a provider names it in full, and with its version where
    /// it has one. That it is from the server that was meant, no answer of a transit engine shows.
    #[must_use]
    pub fn fits(&self, sight: &Sight<'_>) -> bool {
        let holds = |named: &str| sight.resource.strip_prefix(named).is_some_and(|rest| rest.starts_with('/'));
        let same =
            |named: &str| is_same_key(sight.resource, named) || is_same_key(named, sight.resource) || holds(named);
        self.provider == sight.provider
            && sight.target_id.is_none_or(|id| self.target_id == Some(id))
            && self.target.is_none_or(same)
            && !self.is_outside(sight.resource)
    }

    /// Whether a full name is one of another account, region or vault.
    #[must_use]
    pub fn is_outside(&self, resource: &str) -> bool {
        self.mount.is_none() && self.is_elsewhere(&Place { site: region(resource), ..*self })
    }
}

/// The places of one version, each with the number of its newest wrap, in the order of these. A wrap that was made for no
/// target belongs to the target to which it can have gone.
#[must_use]
pub fn distinct<'a>(wraps: &[Place<'a>]) -> Vec<(usize, Place<'a>)> {
    let mut found: Vec<(usize, Place<'a>)> = Vec::new();
    let (named, others): (Vec<_>, Vec<_>) = wraps.iter().enumerate().partition(|(_, place)| place.target_id.is_some());
    for (at, place) in named.into_iter().chain(others) {
        let mut known = found.iter_mut().filter(|(_, known)| known.is_one(place));
        match (known.next(), known.next()) {
            (None, _) => found.push((at, *place)),
            (Some((newest, _)), None) => *newest = at.max(*newest),
            (Some(_), Some(_)) => {}
        }
    }
    found.sort_unstable_by_key(|(at, _)| *at);
    found
}

/// Which of a version's places an answer speaks for: that of the target which it names, else the only one that it fits.
#[must_use]
pub fn spoken_for<'p, 'a>(places: &'p [Place<'a>], sight: &Sight<'_>) -> Option<&'p Place<'a>> {
    let mut fitting = places.iter().filter(|place| place.fits(sight));
    fitting.next().filter(|_| fitting.next().is_none())
}

/// The places of another version that stand for this one of `own`. Where names alone tell, they must tell one of `own`.
#[must_use]
pub fn counterparts<'p, 'a>(place: &Place<'_>, own: &[Place<'_>], others: &'p [Place<'a>]) -> Vec<&'p Place<'a>> {
    let same: Vec<&Place<'_>> = others.iter().filter(|other| other.is_same(place)).collect();
    if place.target_id.is_some() && same.iter().any(|other| other.target_id.is_some()) {
        return same.into_iter().filter(|other| other.target_id.is_some()).collect();
    }
    let tells = |other: &&&Place<'_>| own.iter().filter(|known| known.is_same(other)).count() <= 1;
    match place.target_id {
        Some(_) => same.iter().filter(tells).copied().collect(),
        None => same,
    }
}

/// Whether an answer about one of a version's places could be one about that of another target. No answer shows a mount.
#[must_use]
pub fn is_ambiguous(place: &Place<'_>, places: &[Place<'_>]) -> bool {
    let is_alike = |other: &Place<'_>| {
        let names = place.target.zip(other.target);
        other.provider == place.provider
            && names.is_none_or(|(one, other)| is_same_key(one, other) || is_same_key(other, one))
            && (place.mount.is_some() || !place.is_elsewhere(other))
    };
    places.iter().any(|other| other.target_id != place.target_id && is_alike(other))
}

/// Whether a provider's full name of a key ends with what was typed for it, as a part of its own.
#[must_use]
pub fn is_same_key(full: &str, typed: &str) -> bool {
    full.strip_suffix(typed).is_some_and(|head| head.is_empty() || head.ends_with('/'))
}

#[cfg(test)]
#[path = "place_tests.rs"]
mod tests;
