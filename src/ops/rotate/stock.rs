//! What the token holds: one search for each class and command, matched in memory, however many keys there are.

use std::collections::{BTreeMap, BTreeSet};

use crate::hsm::find;
use crate::hsm::request::{Class, FoundObject, Handle, Search};
use crate::hsm::{Token, TokenError};
use crate::ops::fleet::Crew;
use crate::ops::object::Wanted;

/// The classes of keys.
const CLASSES: [Class; 3] = [Class::Secret, Class::Private, Class::Public];

/// Who asks the token.
pub(super) enum Source<'a, 'c> {
    /// All sessions that it takes.
    Crew(&'a mut Crew<'c>),
    /// One session, while the others are at work.
    One(&'c dyn Token),
}

impl<'c> Source<'_, 'c> {
    /// One session.
    pub(super) fn token(&self) -> &'c dyn Token {
        match self {
            Self::Crew(crew) => crew.token(),
            Self::One(token) => *token,
        }
    }

    fn all(&mut self, class: Class) -> Result<Vec<FoundObject>, TokenError> {
        match self {
            Self::Crew(crew) => crew.find_all(class),
            Self::One(token) => token.find(Search::Class(class)),
        }
    }
}

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
    pub(super) fn with_label(&mut self, source: &mut Source<'_, '_>, label: &str) -> Result<Vec<String>, TokenError> {
        if !self.many {
            return Ok(source.token().find(Search::Label(label))?.iter().map(shown).collect());
        }
        for class in CLASSES {
            self.learn(source, class)?;
        }
        Ok(self.labels.get(label.as_bytes()).cloned().unwrap_or_default())
    }

    /// The one object that is wanted.
    pub(super) fn exactly_one(&mut self, source: &mut Source<'_, '_>, wanted: &Wanted) -> Result<Handle, TokenError> {
        let fits =
            find::Wanted { class: wanted.class, id: Some(&wanted.id), label: None, key_type: Some(wanted.key_type) };
        if !self.many {
            return Ok(fits.exactly_one(&source.token().find(Search::Id(wanted.class, &wanted.id))?)?.handle);
        }
        self.learn(source, wanted.class)?;
        let found = self.ids.get(&(wanted.class, wanted.id.clone())).map_or(&[][..], Vec::as_slice);
        Ok(fits.exactly_one(found)?.handle)
    }

    fn learn(&mut self, source: &mut Source<'_, '_>, class: Class) -> Result<(), TokenError> {
        if self.learned.contains(&class) {
            return Ok(());
        }
        for object in source.all(class)? {
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
