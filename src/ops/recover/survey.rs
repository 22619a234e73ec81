//! What is there, for looking at many intents: a killed fleet leaves a hundred of them, and a search of the token and of
//! every manifest for each would take longer than the fleet.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Action, Finding, RecoverError, assess};
use crate::hsm::request::{Class, FoundObject, Search};
use crate::hsm::{Token, TokenError};
use crate::registry::error::RegistryError;
use crate::registry::journal::OpenIntent;
use crate::registry::store::Registry;

/// From so many intents on, one look at everything is cheaper than a look for each.
const MANY: usize = 4;

/// The token and the registry, as far as recovery asks about them.
pub(super) struct Survey<'a> {
    pub(super) token: &'a dyn Token,
    pub(super) registry: &'a Registry,
    /// Every key object of the token; `None` when each intent is looked up by itself.
    objects: Option<Vec<FoundObject>>,
    /// The objects that manifests name, once they were read.
    named: Option<BTreeSet<String>>,
    /// Those that were taken over since.
    adopted: BTreeSet<String>,
}

impl<'a> Survey<'a> {
    /// Of so many intents.
    pub(super) fn new(token: &'a dyn Token, registry: &'a Registry, intents: usize) -> Result<Self, TokenError> {
        let objects = if intents < MANY { None } else { Some(all_objects(token)?) };
        Ok(Self { token, registry, objects, named: None, adopted: BTreeSet::new() })
    }

    /// What is left of one open intent.
    pub(super) fn intent(&mut self, open: &OpenIntent) -> Result<Finding, RecoverError> {
        assess::intent(self, open)
    }

    /// Something was done about an intent: what it names is taken over by now, or gone.
    pub(super) fn has_settled(&mut self, open: &OpenIntent, action: Action) {
        let Some(text) = open.detail.get("objectId").and_then(Value::as_str) else { return };
        match (action, &mut self.objects, hex::decode(text)) {
            (Action::Adopted, ..) => _ = self.adopted.insert(text.to_owned()),
            (Action::Destroyed | Action::Ended, Some(objects), Ok(id)) => objects.retain(|object| object.id != id),
            _ => {}
        }
    }

    /// Every object with this id: secret, then private, then public.
    pub(super) fn objects(&self, id: &[u8]) -> Result<Vec<FoundObject>, TokenError> {
        let Some(objects) = &self.objects else { return assess::objects(self.token, id) };
        Ok(objects.iter().filter(|object| object.id == id).cloned().collect())
    }

    /// True when any manifest of the registry names this object. One that does not verify is an error: it could be the
    /// one that names it.
    pub(super) fn is_named(&mut self, object_id: &str) -> Result<bool, RegistryError> {
        let named = match self.named.take() {
            Some(named) => named,
            None => named(self.registry)?,
        };
        Ok(self.named.insert(named).contains(object_id) || self.adopted.contains(object_id))
    }
}

fn all_objects(token: &dyn Token) -> Result<Vec<FoundObject>, TokenError> {
    let mut found = Vec::new();
    for class in [Class::Secret, Class::Private, Class::Public] {
        found.extend(token.find(Search::Class(class))?);
    }
    Ok(found)
}

fn named(registry: &Registry) -> Result<BTreeSet<String>, RegistryError> {
    let trust = registry.trust()?;
    let mut named = BTreeSet::new();
    for id in registry.key_versions()? {
        let manifests = registry.manifests_under(&id, &trust)?;
        named.extend(manifests.into_iter().map(|manifest| manifest.statement.predicate.custody.object_id));
    }
    Ok(named)
}
