//! Which keys: by name, all of them, or those that meet conditions.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::error::RotateError;
use crate::format::escape::{SHORT, printable};
use crate::key::name::KeyName;
use crate::key::spec::{KeySpec, Purpose};
use crate::key::state::State;
use crate::key::version::KeyVersionId;
use crate::manifest::statement::KeyVersionPredicate;
use crate::manifest::trust::Trust;
use crate::ops::govern::Governance;
use crate::ops::status::{Kind, status};
use crate::ops::target::Targets;
use crate::ops::verify::parallel;
use crate::policy::Glob;
use crate::registry::error::RegistryError;
use crate::registry::store::Registry;

/// `FIELD=VALUE,FIELD=VALUE`: every one of them holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Condition {
    text: String,
    fields: Vec<Field>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Field {
    Name(Glob),
    Type(KeySpec),
    Purpose(Purpose),
    Owner(String),
    State(State),
    Attribute(String, String),
    Target(String),
}

/// The longest condition, in bytes.
const MAX_LENGTH: usize = 4096;

/// Why a text is no condition.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct ConditionError(String);

impl Condition {
    /// Reads `FIELD=VALUE[,FIELD=VALUE]`.
    ///
    /// # Errors
    /// A field that nobody knows, twice the same, or a value that it cannot have.
    pub fn parse(text: &str) -> Result<Self, ConditionError> {
        if text.len() > MAX_LENGTH {
            return Err(ConditionError(format!("a condition of more than {MAX_LENGTH} bytes")));
        }
        if text.contains(char::is_control) {
            return Err(ConditionError("a condition with a control character in it".to_owned()));
        }
        let mut fields = BTreeMap::new();
        for part in text.split(',') {
            let (name, value) = part
                .split_once('=')
                .ok_or_else(|| ConditionError(format!("{part:?} is not of the form FIELD=VALUE")))?;
            if fields.insert(name, field(name, value)?).is_some() {
                let name = printable(name, SHORT);
                return Err(ConditionError(format!("{name} is named twice, and both would have to hold")));
            }
        }
        Ok(Self { text: text.to_owned(), fields: fields.into_values().collect() })
    }

    /// Whether a key's newest version meets it.
    #[must_use]
    pub fn holds(&self, key: &KeyName, predicate: &KeyVersionPredicate, targets: &Targets, now: Timestamp) -> bool {
        self.fields.iter().all(|field| match field {
            Field::Name(glob) => glob.matches(key.as_str()),
            Field::Type(spec) => predicate.key_type == spec.to_string(),
            Field::Purpose(purpose) => predicate.purpose == purpose.to_string(),
            Field::Owner(owner) => predicate.owner.as_ref() == Some(owner),
            Field::State(state) => predicate.state_at(now) == *state,
            Field::Attribute(name, value) => predicate.attributes.get(name) == Some(value),
            Field::Target(id) => targets.of(key).any(|target| target.id == *id),
        })
    }

    /// A target that it names, and that byok.yaml has not.
    fn unknown_target(&self, targets: &Targets) -> Option<&str> {
        let target =
            self.fields.iter().find_map(|field| if let Field::Target(id) = field { Some(id.as_str()) } else { None });
        target.filter(|id| targets.get(id).is_none())
    }

    fn names_a_state(&self) -> bool {
        self.fields.iter().any(|field| matches!(field, Field::State(_)))
    }
}

impl std::fmt::Display for Condition {
    /// As it was typed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

fn field(name: &str, value: &str) -> Result<Field, ConditionError> {
    let bad = |why: String| ConditionError(format!("{name}={value:?}: {why}"));
    Ok(match name {
        "name" => Field::Name(Glob::parse(value).map_err(|error| bad(error.why.to_owned()))?),
        "type" => Field::Type(value.parse().map_err(|_| bad("no key type".to_owned()))?),
        "purpose" => Field::Purpose(value.parse().map_err(|_| bad("no purpose".to_owned()))?),
        "owner" => Field::Owner(value.to_owned()),
        "state" => {
            Field::State(value.parse().map_err(|error: crate::key::state::UnknownState| bad(error.to_string()))?)
        }
        "target" => Field::Target(value.to_owned()),
        _ => match name.strip_prefix("attribute.") {
            Some(attribute) if !attribute.is_empty() => Field::Attribute(attribute.to_owned(), value.to_owned()),
            _ => {
                let known = "name, type, purpose, owner, state, attribute.NAME, target";
                return Err(ConditionError(format!("unknown field {name:?}; known: {known}")));
            }
        },
    })
}

/// The keys that `rotate --all` means, or of those the ones that meet the condition. What was never in use has nothing to
/// replace, and what was destroyed is not brought back unless a condition names that state.
///
/// # Errors
/// A registry that cannot be read.
pub fn select(
    (registry, trust): (&Registry, &Trust),
    condition: Option<&Condition>,
    targets: &Targets,
    now: Timestamp,
) -> Result<Vec<KeyName>, RotateError> {
    if let Some(id) = condition.and_then(|condition| condition.unknown_target(targets)) {
        let known = targets.0.iter().map(|target| target.id.clone()).collect();
        return Err(RotateError::NoSuchTarget { id: printable(id, SHORT), known });
    }
    let gone = condition.is_some_and(Condition::names_a_state);
    let is_selected = |id: &KeyVersionId| -> Result<bool, RegistryError> {
        let predicate = registry.newest_manifest_under(id, trust)?.statement.predicate;
        let state = predicate.state_at(now);
        let unused = state == State::PreActivation && predicate.rotation.is_none();
        let destroyed = matches!(state, State::Destroyed | State::DestroyedCompromised);
        let meant = condition.is_none_or(|condition| condition.holds(&id.key, &predicate, targets, now));
        Ok(meant && !unused && (gone || !destroyed))
    };
    let ids = newest(registry)?;
    let selected = parallel::map(&ids, is_selected);
    let keys = ids.iter().zip(selected).map(|(id, selected)| Ok(selected?.then(|| id.key.clone())));
    keys.filter_map(Result::transpose).collect()
}

/// The keys whose rotation is due by the policy in force, and those for which an earlier rotation still owes a wrap.
///
/// # Errors
/// A registry that cannot be read.
pub fn due(
    (registry, trust): (&Registry, &Trust),
    governance: &Governance,
    targets: &Targets,
    now: Timestamp,
) -> Result<Vec<KeyName>, RotateError> {
    let mut keys = BTreeSet::new();
    for item in status(registry, governance, targets, now)?.items {
        let Some(id) = item.key.as_ref().and_then(|key| key.parse::<KeyVersionId>().ok()) else { continue };
        let is_due = match item.kind {
            Kind::RotationDue | Kind::RotationOverdue => true,
            Kind::PendingWrap => {
                let predicate = registry.newest_manifest_under(&id, trust)?.statement.predicate;
                predicate.rotation.is_some() && matches!(predicate.state_at(now), State::PreActivation | State::Active)
            }
            _ => false,
        };
        if is_due {
            keys.insert(id.key);
        }
    }
    Ok(keys.into_iter().collect())
}

/// The newest version of each key, by name.
fn newest(registry: &Registry) -> Result<Vec<KeyVersionId>, RegistryError> {
    let mut newest: BTreeMap<KeyName, KeyVersionId> = BTreeMap::new();
    for id in registry.key_versions()? {
        // By name, and then by number.
        newest.insert(id.key.clone(), id);
    }
    Ok(newest.into_values().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statements;

    /// Of a key of `team-payments`, `tier=gold`.
    fn holds(text: &str) -> bool {
        let predicate = statements::predicate("payments/kek");
        let now = "2026-12-31T00:00:00Z".parse().unwrap();
        let key = "payments/kek".parse().unwrap();
        Condition::parse(text).unwrap().holds(&key, &predicate, &Targets::default(), now)
    }

    #[test]
    fn every_field_counts() {
        let predicate = statements::predicate("payments/kek");
        let own = format!(
            "name=payments/*,type={},purpose={},owner=team-payments,attribute.tier=gold,state=pre-activation",
            predicate.key_type, predicate.purpose
        );
        assert!(holds(&own));
        for wrong in
            ["name=web/*", "type=rsa-4096", "purpose=mac", "owner=x", "attribute.tier=iron", "state=active", "target=x"]
        {
            assert!(!holds(wrong), "{wrong}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for bad in ["", "name", "color=red", "type=aes", "state=gone", "attribute.=x", "owner=a,owner=b", "name="] {
            assert!(Condition::parse(bad).is_err(), "{bad}");
        }
        assert!(Condition::parse(&"x".repeat(MAX_LENGTH + 1)).is_err());
        let said = Condition::parse("attribute.\0=x,attribute.\0=y").unwrap_err().to_string();
        assert_eq!(said, "a condition with a control character in it");
        let said = Condition::parse("attribute.\u{202e}=x,attribute.\u{202e}=y").unwrap_err().to_string();
        assert!(said.is_ascii(), "{said}");
    }
}
