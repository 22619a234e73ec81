//! Everything about a rotation that can be refused before a PIN is asked for and before anything is written.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::alone;
use super::answer::Answer;
use super::assess::{Order, Terms, assess};
use super::decide::{Agreed, Ask, decide, of_all};
use super::error::RotateError;
use super::event::Failed;
use super::pinned::{self, Pinned};
use super::run::GROUP;
use crate::format::escape::{SHORT, printable};
use crate::hsm::request::TokenIdentity;
use crate::key::exposure::Exposure;
use crate::key::name::KeyName;
use crate::key::version::KeyVersionId;
use crate::ops::govern::{Governance, Permission};
use crate::ops::profile::cached;
use crate::ops::target::{Target, Targets};
use crate::ops::verify::parallel;
use crate::registry::release::Slot;
use crate::registry::runs::RunKey;
use crate::registry::store::Registry;
use crate::wrap::capability::Capabilities;

/// What is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Papers<'a> {
    /// The registry.
    pub registry: &'a Registry,
    /// The policy in force.
    pub governance: &'a Governance,
    /// The token, before any login.
    pub token: &'a TokenIdentity,
}

/// What nothing speaks against so far.
#[derive(Debug, Default)]
pub struct Checked {
    /// The keys, in the order in which they were named.
    pub keys: Vec<Outline>,
    /// What cannot be rotated, and why.
    pub failed: Vec<Failed>,
    /// The answers that are used, by the SHA-256 of their files.
    pub answers: BTreeMap<String, Arc<Answer>>,
    /// What the policy says of all wraps together; nothing where there is none.
    pub permission: Option<Permission>,
    /// What a person should know, each once.
    pub notices: Vec<String>,
}

/// What is to become of a key, in a few words.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    /// The version that is made, or gone on with.
    pub id: KeyVersionId,
    /// Whether it is made.
    pub born: bool,
    /// The version that it replaces; of one that is gone on with, itself.
    pub base: KeyVersionId,
    /// SHA-256 of the payload of that version's newest manifest.
    pub base_sha256: String,
    /// The wraps.
    pub wraps: Vec<OutlinedWrap>,
    /// Targets that wait for a wrapping key.
    pub pending: Vec<String>,
}

/// A wrap in a few words.
#[derive(Clone, Debug, PartialEq)]
pub struct OutlinedWrap {
    /// The target's id.
    pub target_id: String,
    /// The provider.
    pub provider: &'static str,
    /// Account or project, where the answer names one.
    pub account: Option<String>,
    /// The key on its side.
    pub target: Option<String>,
    /// The mount, for a provider that has them.
    pub mount: Option<String>,
    /// Its algorithm.
    pub algorithm: &'static str,
    /// Method, route and exposure; nothing while the token's profile is not known.
    pub way: Option<(String, &'static str, Exposure)>,
    /// SHA-256 of the wrapping key's SPKI.
    pub wrapping_key_sha256: String,
    /// Whether the answer serves every key of its target.
    pub shared: bool,
    /// SHA-256 and size of the answer's file.
    pub file: (String, usize),
    /// The name of that file in its folder.
    pub name: String,
    /// The folder to make.
    pub folder: PathBuf,
    /// The same, below the folder for everything that is made.
    pub below: PathBuf,
}

/// Looks at each key, its targets and their answers, and asks the policy.
///
/// # Errors
/// A registry that cannot be read. What speaks against one key is collected.
pub fn check(
    papers: Papers<'_>,
    terms: &Terms<'_>,
    (keys, bases): (&[KeyName], &BTreeMap<KeyName, KeyVersionId>),
    asking: (Agreed, Ask<'_>),
    now: Timestamp,
) -> Result<Checked, RotateError> {
    papers.registry.with_versions_of(keys.len(), || check_each(papers, terms, (keys, bases), asking, now))
}

fn check_each(
    papers: Papers<'_>,
    terms: &Terms<'_>,
    (keys, bases): (&[KeyName], &BTreeMap<KeyName, KeyVersionId>),
    (agreed, ask): (Agreed, Ask<'_>),
    now: Timestamp,
) -> Result<Checked, RotateError> {
    let trust = papers.registry.trust()?;
    let known = cached(papers.registry, papers.token).ok();
    let capabilities = known.as_ref().map(|known| &known.profile.capabilities);
    let mut checked = Checked::default();
    let mut destinations = Destinations::default();
    let ways = Ways::of(papers.registry, terms.targets)?;
    let assessed = |key: &KeyName| {
        let order = assess((papers.registry, &trust), terms, (key, bases.get(key)), now)?;
        // What is in the way of a bundle is said before anything is made.
        let mut folders = order.wraps.iter().map(|wrapping| &wrapping.folder);
        folders.try_for_each(|(folder, below)| Slot::under(folder, below).map(drop))?;
        Ok(order)
    };
    let groups = keys.chunks(GROUP).flat_map(|group| group.iter().zip(parallel::map(group, assessed)));
    for (key, order) in groups {
        let outline = order.and_then(|order| {
            for wrapping in &order.wraps {
                let sha256 = &wrapping.answer.sha256;
                if !checked.answers.contains_key(sha256) {
                    checked.answers.insert(sha256.clone(), Arc::clone(&wrapping.answer));
                }
            }
            let asking = (agreed, ask);
            outline((papers.governance, terms.pinned), order, capabilities, asking, &mut checked, now)
        });
        let outline = outline.and_then(|outline| ways.check(outline)).and_then(|outline| destinations.take(outline));
        match outline {
            Ok(outline) => checked.keys.push(outline),
            Err(error) if error.ends_the_run() => return Err(error),
            Err(error) => checked.failed.push(Failed { key: key.clone(), error }),
        }
    }
    alone::check((papers.registry, &trust), &mut checked)?;
    Ok(checked)
}

fn outline(
    (governance, pinned): (&Governance, Pinned<'_>),
    order: Order,
    capabilities: Option<&Capabilities>,
    (agreed, ask): (Agreed, Ask<'_>),
    checked: &mut Checked,
    now: Timestamp,
) -> Result<Outline, RotateError> {
    let Some(capabilities) = capabilities else {
        for wrapping in &order.wraps {
            let permission = ask(&order.question(Some((wrapping, None, agreed.by(wrapping))), agreed.consent, now))?;
            checked.permission = Some(of_all(checked.permission.take(), permission));
        }
        if order.born {
            ask(&order.question(None, agreed.consent, now))?;
        }
        return Ok(Outline::of(&order));
    };
    let decided = decide(order, (governance, ask), capabilities, agreed, now)?;
    pinned::check_ways(pinned, &decided)?;
    for notice in &decided.notices {
        if !checked.notices.contains(notice) {
            checked.notices.push(notice.clone());
        }
    }
    if let Some(permission) = decided.permission.clone() {
        checked.permission = Some(of_all(checked.permission.take(), permission));
    }
    let mut outline = Outline::of(&decided.order);
    for (wrap, way) in outline.wraps.iter_mut().zip(&decided.ways) {
        wrap.way = Some((way.method.to_string(), way.plan.as_str(), way.plan.exposure()));
    }
    Ok(outline)
}

/// The keys of the registry by the target and the key on the provider's side to which it sends them.
#[derive(Debug, Default)]
struct Ways<'a>(BTreeMap<(&'a str, String), BTreeSet<KeyName>>, &'a [Target]);

impl<'a> Ways<'a> {
    fn of(registry: &Registry, Targets(targets): &'a Targets) -> Result<Self, RotateError> {
        let keys: BTreeSet<KeyName> = registry.key_versions()?.into_iter().map(|id| id.key).collect();
        Ok(Self::of_keys(&keys, targets))
    }

    fn of_keys(keys: &BTreeSet<KeyName>, targets: &'a [Target]) -> Self {
        let mut ways: BTreeMap<(&str, String), BTreeSet<KeyName>> = BTreeMap::new();
        for target in targets {
            for key in keys.iter().filter(|key| target.takes(key)) {
                if let Some(place) = target.target_for(key) {
                    ways.entry((&target.id, place)).or_default().insert(key.clone());
                }
            }
        }
        Self(ways, targets)
    }

    /// Refuses a key for which something is to be made where another one goes too.
    fn check(&self, outline: Outline) -> Result<Outline, RotateError> {
        let is_idle = !outline.born && outline.wraps.is_empty();
        if is_idle { Ok(outline) } else { self.alone(&outline.id.key).map(|()| outline) }
    }

    fn alone(&self, key: &KeyName) -> Result<(), RotateError> {
        for target in self.1.iter().filter(|target| target.takes(key)) {
            let Some(place) = target.target_for(key) else { continue };
            let way = (target.id.as_str(), place);
            if let Some(other) = self.0.get(&way).and_then(|keys| keys.iter().find(|other| *other != key)) {
                let (target, key, other) = (target.id.clone(), key.clone(), other.clone());
                return Err(RotateError::SharedPlace { target, key, other, place: printable(&way.1, SHORT) });
            }
        }
        Ok(())
    }
}

/// The folders of all bundles of a run. None may be above another: in whatever order they come, one could not be put in
/// its place once the other is there, when the keys are made already.
#[derive(Debug, Default)]
struct Destinations(BTreeSet<PathBuf>);

impl Destinations {
    fn take(&mut self, outline: Outline) -> Result<Outline, RotateError> {
        let own = || outline.wraps.iter().map(|wrap| &wrap.folder);
        let nested = |(inner, outer): (&Path, &Path)| RotateError::Nested { inner: inner.into(), outer: outer.into() };
        if let Some(pair) = own().find_map(|folder| self.nested(folder)) {
            return Err(nested(pair));
        }
        let folders: Vec<PathBuf> = own().cloned().collect();
        self.0.extend(folders);
        Ok(outline)
    }

    /// The inner and the outer one. In the order of paths, what is inside a folder comes next after it.
    fn nested<'a>(&'a self, folder: &'a Path) -> Option<(&'a Path, &'a Path)> {
        let above = folder.ancestors().find_map(|above| self.0.get(above));
        let inside = || {
            self.0
                .range::<Path, _>((Bound::Included(folder), Bound::Unbounded))
                .next()
                .filter(|next| next.starts_with(folder))
        };
        above.map(|outer| (folder, outer.as_path())).or_else(|| inside().map(|inner| (inner.as_path(), folder)))
    }
}

impl Outline {
    /// What was found of the key.
    #[must_use]
    pub fn into_found(self) -> (KeyName, RunKey) {
        let version = self.base.to_string();
        (self.base.key, RunKey { version, manifest_sha256: self.base_sha256 })
    }

    fn of(order: &Order) -> Self {
        let wraps = order.wraps.iter().map(|wrapping| OutlinedWrap {
            target_id: wrapping.target.clone(),
            provider: wrapping.provider.id,
            account: wrapping.destination.account().map(str::to_owned),
            target: wrapping.destination.target().map(str::to_owned),
            mount: wrapping.destination.mount().map(str::to_owned),
            algorithm: wrapping.algorithm,
            way: None,
            wrapping_key_sha256: wrapping.answer.received.wrapping_key_sha256.clone(),
            shared: wrapping.answer.shared,
            file: (wrapping.answer.sha256.clone(), wrapping.answer.size),
            name: wrapping.answer.name.clone(),
            folder: wrapping.folder.0.join(&wrapping.folder.1),
            below: wrapping.folder.1.clone(),
        });
        Self {
            id: order.id.clone(),
            born: order.born,
            base: order.base.0.clone(),
            base_sha256: order.base.1.payload_sha256.clone(),
            wraps: wraps.collect(),
            pending: order.pending.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_keys_that_a_target_sends_to_one_place_are_refused() {
        let keys: BTreeSet<KeyName> =
            ["pay/eu/kek", "pay/us/kek", "pay/us/mac", "web/kek"].map(|key| key.parse().unwrap()).into();
        let target = |id: &str, target: Option<&str>| Target {
            id: id.to_owned(),
            provider: crate::provider::find("openbao").unwrap(),
            target: target.map(str::to_owned),
            mount: None,
            method: None,
            algorithm: None,
            limits: crate::ops::target::Limits::default(),
            keys: vec![crate::policy::Glob::parse("pay/**").unwrap()],
        };
        let refused = |targets: &[Target], key: &str| {
            let refused = Ways::of_keys(&keys, targets).alone(&key.parse().unwrap());
            refused.map_err(|error| error.to_string()).err()
        };
        let last = [target("eu", Some("{last}"))];
        let said = "target eu sends pay/eu/kek and pay/us/kek to one key, kek";
        assert_eq!(refused(&last, "pay/eu/kek").as_deref(), Some(said));
        assert!(refused(&last, "pay/us/kek").is_some());
        assert_eq!(refused(&last, "pay/us/mac"), None);
        assert_eq!(refused(&last, "web/kek"), None, "the target does not take it");
        let apart = [target("a", Some("{name}")), target("b", None)];
        assert_eq!(refused(&apart, "pay/eu/kek"), None);
    }

    #[test]
    fn no_bundle_of_a_run_is_inside_another() {
        let seen = Destinations(["/o/a/b", "/o/c/d/e", "/o/f"].map(PathBuf::from).into());
        for (folder, expected) in [
            ("/o/a/b", Some(("/o/a/b", "/o/a/b"))),
            ("/o/a/b/x", Some(("/o/a/b/x", "/o/a/b"))),
            ("/o/c/d", Some(("/o/c/d/e", "/o/c/d"))),
            ("/o/f/g/h/i", Some(("/o/f/g/h/i", "/o/f"))),
            ("/o/a/bb", None),
            ("/o/a/c", None),
            ("/o/c/d/f", None),
            ("/o/g", None),
        ] {
            let expected = expected.map(|(inner, outer)| (Path::new(inner), Path::new(outer)));
            assert_eq!(seen.nested(Path::new(folder)), expected, "{folder}");
        }
    }
}
