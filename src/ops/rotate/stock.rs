//! What the token holds: one search for each class and command, matched in memory, however many keys there are.

use std::collections::{BTreeMap, BTreeSet};

use crate::hsm::find;
use crate::hsm::request::{Class, FoundObject, Handle, Search};
use crate::hsm::{Token, TokenError};
use crate::ops::object::Wanted;

/// The classes of keys.
const CLASSES: [Class; 3] = [Class::Secret, Class::Private, Class::Public];

/// Labels and ids of a token's keys. For one key alone the token is asked for just that key.
#[derive(Debug, Default)]
pub(super) struct Stock {
    many: bool,
    learned: BTreeSet<Class>,
    labels: BTreeMap<Vec<u8>, Vec<String>>,
    ids: BTreeMap<(Class, Vec<u8>), Vec<FoundObject>>,
}

impl Stock {
    /// For this many keys.
    pub(super) fn of(keys: usize) -> Self {
        Self { many: keys > 1, ..Self::default() }
    }

    /// Class and id of each object with this label.
    pub(super) fn with_label(&mut self, token: &dyn Token, label: &str) -> Result<Vec<String>, TokenError> {
        if !self.many {
            return Ok(token.find(Search::Label(label))?.iter().map(shown).collect());
        }
        for class in CLASSES {
            self.learn(token, class)?;
        }
        Ok(self.labels.get(label.as_bytes()).cloned().unwrap_or_default())
    }

    /// The one object that is wanted.
    pub(super) fn exactly_one(&mut self, token: &dyn Token, wanted: &Wanted) -> Result<Handle, TokenError> {
        let fits =
            find::Wanted { class: wanted.class, id: Some(&wanted.id), label: None, key_type: Some(wanted.key_type) };
        if !self.many {
            return Ok(fits.exactly_one(&token.find(Search::Id(wanted.class, &wanted.id))?)?.handle);
        }
        self.learn(token, wanted.class)?;
        let found = self.ids.get(&(wanted.class, wanted.id.clone())).map_or(&[][..], Vec::as_slice);
        Ok(fits.exactly_one(found)?.handle)
    }

    fn learn(&mut self, token: &dyn Token, class: Class) -> Result<(), TokenError> {
        if self.learned.contains(&class) {
            return Ok(());
        }
        for object in token.find(Search::Class(class))? {
            self.labels.entry(object.label.clone()).or_default().push(shown(&object));
            self.ids.entry((class, object.id.clone())).or_default().push(object);
        }
        self.learned.insert(class);
        Ok(())
    }
}

fn shown(object: &FoundObject) -> String {
    format!("{:?} {}", object.class, hex::encode(&object.id))
}
