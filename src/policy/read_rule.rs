//! Reads one rule.

use std::collections::{BTreeMap, BTreeSet};

use super::document::{Approvals, Grace, Match, ProviderRule, Rotation, Rule, WrappingKeys};
use super::glob::{Glob, GlobError};
use super::node::At;
use super::read_people::is_name;
use super::reader::{Fields, Placed, Reader, Spot, join};
use super::request::Requirement;
use crate::format::escape::printable;
use crate::key::exposure::Exposure;
use crate::key::method;
use crate::key::operation::Operation;
use crate::key::spec::{self, Purpose};
use crate::provider;

/// Fields of a rule.
pub(super) const FIELDS: &[&str] = &[
    "name",
    "match",
    "types",
    "purposes",
    "owner-required",
    "providers",
    "wrapping-keys",
    "exposure",
    "rotation",
    "life",
    "grace",
    "approvals",
    "unattended",
];
/// The most people that an approval can ask for.
const MAX_COUNT: u32 = 64;
/// The most patterns of one rule.
const MAX_GLOBS: usize = 64;

/// The exposures, by name.
pub(super) const EXPOSURES: [Exposure; 3] = [Exposure::None, Exposure::EphemeralKek, Exposure::Plaintext];

impl Reader {
    /// One rule; nothing when it has no usable name or match.
    pub(super) fn rule(&mut self, spot: &Spot<'_>) -> Option<Rule> {
        let fields = self.fields(spot, FIELDS)?;
        let name = self.required(&fields, "name");
        let name = name.and_then(|name| Some((self.name(&name)?, name)));
        let matches = self.required(&fields, "match").and_then(|at| self.matches(&at));
        let rule = Rule {
            at: name.as_ref().map_or(spot.node.at, |(_, at)| at.node.at),
            name: name.as_ref().map_or_else(String::new, |(name, _)| (*name).to_owned()),
            matches: matches.clone().unwrap_or(Match { keys: Vec::new(), attributes: BTreeMap::new() }),
            types: fields.get("types").map(|at| self.each(&at, |r, item| r.one_of(item, "key type", spec::ALL))),
            purposes: fields
                .get("purposes")
                .map(|at| self.each(&at, |r, item| r.one_of(item, "purpose", &Purpose::ALL))),
            owner_required: self.flag(&fields, "owner-required"),
            providers: fields.get("providers").map(|at| self.providers(&at)),
            wrapping_keys: fields.get("wrapping-keys").and_then(|at| self.wrapping_keys(&at)),
            exposure: self.exposure(&fields, spot.node.at),
            rotation: fields.get("rotation").and_then(|at| self.rotation(&at)),
            life: fields.get("life").and_then(|at| self.period(&at)),
            grace: fields.get("grace").and_then(|at| self.grace(&at, &fields)).unwrap_or_default(),
            approvals: fields.get("approvals").map(|at| self.approvals(&at, false)).unwrap_or_default(),
            unattended: fields.get("unattended").map(|at| self.unattended(&at, false)).unwrap_or_default(),
        };
        self.life_is_longest(&rule, &fields);
        (name.is_some() && matches.is_some()).then_some(rule)
    }

    /// A name that stands in refusals and in evidence.
    pub(super) fn name<'n>(&mut self, spot: &Spot<'n>) -> Option<&'n str> {
        let text = self.text(spot)?;
        if !is_name(text) {
            let shown = printable(text, 64);
            self.bad(
                spot,
                format!("{shown}: a name has up to 128 of a-z A-Z 0-9 . _ - and starts with one of the first three"),
            );
            return None;
        }
        Some(text)
    }

    fn flag(&mut self, fields: &Fields<'_>, name: &str) -> Option<Placed<bool>> {
        let spot = fields.get(name)?;
        Some(Placed { value: self.boolean(&spot)?, at: spot.key_at })
    }

    fn matches(&mut self, spot: &Spot<'_>) -> Option<Match> {
        let fields = self.fields(spot, &["keys", "attributes"])?;
        let (keys, attributes) = (fields.get("keys"), fields.get("attributes"));
        if keys.is_none() && attributes.is_none() {
            self.bad(spot, "neither keys nor attributes; a rule for every key says keys: [\"**\"]");
            return None;
        }
        let keys = keys.map(|at| self.globs(&at)).unwrap_or_default();
        let attributes = attributes.map(|at| self.attributes(&at)).unwrap_or_default();
        Some(Match { keys, attributes })
    }

    fn globs(&mut self, spot: &Spot<'_>) -> Vec<Glob> {
        let globs = self.each(spot, |reader, item| reader.glob(item)).value;
        if globs.len() > MAX_GLOBS {
            self.bad(spot, format!("more than {MAX_GLOBS} patterns in one rule"));
        }
        globs
    }

    /// The caret stands under the character of the pattern, as long as the text stands there as it is.
    fn glob(&mut self, spot: &Spot<'_>) -> Option<Glob> {
        let text = self.text(spot)?;
        match Glob::parse(text) {
            Ok(glob) => Some(glob),
            Err(GlobError { at, why }) => {
                let shown = printable(text, 64);
                self.bad(spot, format!("{shown}: {why} (character {})", at.saturating_add(1)));
                None
            }
        }
    }

    fn attributes(&mut self, spot: &Spot<'_>) -> BTreeMap<String, Vec<String>> {
        let mut attributes = BTreeMap::new();
        for (key, values) in self.map(spot) {
            let values = self.texts(&values).value;
            attributes.insert(key.value.to_owned(), values);
        }
        attributes
    }

    fn texts(&mut self, spot: &Spot<'_>) -> Placed<Vec<String>> {
        self.each(spot, |reader, item| reader.text(item).map(str::to_owned))
    }

    fn providers(&mut self, spot: &Spot<'_>) -> Placed<BTreeMap<String, ProviderRule>> {
        let mut providers = BTreeMap::new();
        for (key, value) in self.map(spot) {
            match provider::find(key.value) {
                Some(known) if known.id == key.value => {}
                Some(known) => self.bad_key(&value, format!("a policy uses the provider's own name: {}", known.id)),
                None => {
                    let ids: Vec<&str> = provider::PROVIDERS.iter().map(|provider| provider.id).collect();
                    self.bad_key(&value, format!("unknown provider; known: {}", join(&ids)));
                }
            }
            if let Some(rule) = self.provider(&value) {
                providers.insert(key.value.to_owned(), rule);
            }
        }
        if providers.is_empty() {
            self.bad(spot, "an empty map permits no provider; leave the field out where nothing is to be restricted");
        }
        Placed { value: providers, at: spot.key_at }
    }

    fn provider(&mut self, spot: &Spot<'_>) -> Option<ProviderRule> {
        let fields = self.fields(spot, &["accounts", "methods"])?;
        Some(ProviderRule {
            accounts: fields.get("accounts").map(|at| self.texts(&at)),
            methods: fields
                .get("methods")
                .map(|at| self.each(&at, |r, item| r.one_of(item, "wrap method", &method::ALL))),
        })
    }

    fn wrapping_keys(&mut self, spot: &Spot<'_>) -> Option<WrappingKeys> {
        let fields = self.fields(spot, &["fingerprints", "accounts", "hosts", "resources", "pin-required"])?;
        Some(WrappingKeys {
            fingerprints: fields.get("fingerprints").map(|at| self.each(&at, |r, item| r.spki_sha256(item))),
            accounts: fields.get("accounts").map(|at| self.texts(&at)),
            hosts: fields.get("hosts").map(|at| self.texts(&at)),
            resources: fields.get("resources").map(|at| self.texts(&at)),
            pin_required: self.flag(&fields, "pin-required"),
        })
    }

    pub(super) fn spki_sha256(&mut self, spot: &Spot<'_>) -> Option<String> {
        let digit = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        self.parsed(spot, |text| {
            let good = text.len() == 64 && text.chars().all(digit);
            good.then(|| text.to_owned()).ok_or("not a SHA-256 in 64 lower-case hexadecimal digits")
        })
    }

    /// A rule that does not speak of exposure permits none.
    fn exposure(&mut self, fields: &Fields<'_>, rule: At) -> Placed<Exposure> {
        let found = fields.get("exposure");
        let at = found.as_ref().map_or(rule, |spot| spot.key_at);
        let value = found.and_then(|spot| self.one_of(&spot, "exposure", &EXPOSURES));
        Placed { value: value.unwrap_or_default(), at }
    }

    fn rotation(&mut self, spot: &Spot<'_>) -> Option<Rotation> {
        let fields = self.fields(spot, &["every", "overlap"])?;
        let every = self.required(&fields, "every").and_then(|at| self.period(&at));
        let overlap = fields.get("overlap").and_then(|at| Some((self.period(&at)?.value, at)));
        let every = every?.value;
        if let Some((_, at)) = overlap.as_ref().filter(|(overlap, _)| !every.is_longer_than(*overlap)) {
            self.bad(at, "the overlap is not shorter than the time between two rotations");
        }
        Some(Rotation { at: spot.key_at, every, overlap: overlap.map(|(overlap, _)| overlap) })
    }

    fn grace(&mut self, spot: &Spot<'_>, rule: &Fields<'_>) -> Option<Grace> {
        let fields = self.fields(spot, &["rotation", "life", "deactivate", "destroy"])?;
        let deactivate = fields.get("deactivate").and_then(|at| self.period(&at));
        let destroy = fields.get("destroy").and_then(|at| self.period(&at));
        let mut read = |name: &str| {
            let at = fields.get(name)?;
            if rule.get(name).is_none() {
                self.bad_key(&at, format!("the rule has no {name} that could run out"));
            }
            self.period(&at).map(|period| period.value)
        };
        Some(Grace { rotation: read("rotation"), life: read("life"), deactivate, destroy })
    }

    fn life_is_longest(&mut self, rule: &Rule, fields: &Fields<'_>) {
        let (Some(life), Some(rotation), Some(at)) = (&rule.life, &rule.rotation, fields.get("life")) else { return };
        if rotation.every.is_longer_than(life.value) {
            self.bad(&at, "the longest life is shorter than the time between two rotations");
        }
    }

    /// Approvals by operation. `registry`: for operations on the registry, else for those on keys.
    pub(super) fn approvals(&mut self, spot: &Spot<'_>, registry: bool) -> Approvals {
        let mut approvals = Approvals::new();
        for (key, value) in self.map(spot) {
            let operation = self.operation_key(&key, &value, registry);
            let requirement = self.requirement(&value);
            if let Some((operation, requirement)) = operation.zip(requirement) {
                approvals.insert(operation, Placed { value: requirement, at: key.at });
            }
        }
        approvals
    }

    fn operation_key(&mut self, key: &Placed<&str>, spot: &Spot<'_>, registry: bool) -> Option<Operation> {
        let Ok(operation) = key.value.parse::<Operation>() else {
            let known: Vec<_> =
                Operation::ALL.into_iter().filter(|o| o.can_be_planned() && belongs(*o, registry)).collect();
            self.bad_key(spot, format!("unknown operation; known here: {}", join(&known)));
            return None;
        };
        if !belongs(operation, registry) {
            self.bad_key(spot, misplaced(registry, "approvals"));
            return None;
        }
        if !operation.can_be_planned() {
            let can: Vec<_> =
                Operation::ALL.into_iter().filter(|o| o.can_be_planned() && belongs(*o, registry)).collect();
            self.bad_key(
                spot,
                format!("no plan can hold {operation}, so nobody could approve it; known here: {}", join(&can)),
            );
            return None;
        }
        Some(operation)
    }

    fn requirement(&mut self, spot: &Spot<'_>) -> Option<Requirement> {
        let fields = self.fields(spot, &["count", "roles", "author-counts", "verify-required"])?;
        let threshold = self.required(&fields, "count").and_then(|at| self.count(&at, MAX_COUNT));
        let mut roles = BTreeMap::new();
        for (role, at) in fields.get("roles").map(|at| self.map(&at)).unwrap_or_default() {
            if let Some(count) = self.count(&at, threshold.unwrap_or(MAX_COUNT)) {
                roles.insert(role.value.to_owned(), count);
            }
        }
        let author_counts = self.flag(&fields, "author-counts").is_some_and(|flag| flag.value);
        let verify_required = self.flag(&fields, "verify-required").is_some_and(|flag| flag.value);
        Some(Requirement { threshold: threshold?, roles, author_counts, verify_required })
    }

    /// A list of operations at which `--yes` may answer.
    pub(super) fn unattended(&mut self, spot: &Spot<'_>, registry: bool) -> BTreeSet<Operation> {
        let list = self.each(spot, |reader, item| {
            let operation = reader.one_of(item, "operation", &Operation::ALL)?;
            if belongs(operation, registry) {
                return Some(operation);
            }
            reader.bad(item, misplaced(registry, "unattended"));
            None
        });
        list.value.into_iter().collect()
    }
}

fn belongs(operation: Operation, registry: bool) -> bool {
    operation.is_on_keys() != registry
}

fn misplaced(registry: bool, field: &str) -> String {
    if registry {
        format!("an operation on keys; its {field} stand in a rule")
    } else {
        format!("an operation on the registry; its {field} stand under registry.{field}")
    }
}
