//! What the token holds: one search for each class and command, matched in memory, however many keys there are.

use std::collections::BTreeSet;

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

/// The objects of a token's keys. For one key alone the token is asked for just that key.
#[derive(Debug, Default)]
pub(super) struct Stock {
    many: bool,
    learned: BTreeSet<Class>,
    /// In the order of their labels.
    objects: Vec<FoundObject>,
    /// Places in `objects`, in the order of their classes and ids.
    by_id: Vec<usize>,
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
        let label = label.as_bytes();
        let first = self.objects.partition_point(|object| object.label.as_slice() < label);
        let found = self.objects.iter().skip(first).take_while(|object| object.label == label);
        Ok(found.map(shown).collect())
    }

    /// The one object that is wanted.
    pub(super) fn exactly_one(&mut self, source: &mut Source<'_, '_>, wanted: &Wanted) -> Result<Handle, TokenError> {
        let fits =
            find::Wanted { class: wanted.class, id: Some(&wanted.id), label: None, key_type: Some(wanted.key_type) };
        if !self.many {
            return Ok(fits.exactly_one(&source.token().find(Search::Id(wanted.class, &wanted.id))?)?.handle);
        }
        self.learn(source, wanted.class)?;
        Ok(fits.exactly_one(&self.with_id(wanted.class, &wanted.id))?.handle)
    }

    fn with_id(&self, class: Class, id: &[u8]) -> Vec<FoundObject> {
        let key = |at: &usize| self.objects.get(*at).map(|object| (object.class, object.id.as_slice()));
        let first = self.by_id.partition_point(|at| key(at) < Some((class, id)));
        let places = self.by_id.iter().skip(first).take_while(|at| key(at) == Some((class, id)));
        places.filter_map(|at| self.objects.get(*at).cloned()).collect()
    }

    fn learn(&mut self, source: &mut Source<'_, '_>, class: Class) -> Result<(), TokenError> {
        if !self.learned.contains(&class) {
            self.take(source.all(class)?);
            self.learned.insert(class);
        }
        Ok(())
    }

    fn take(&mut self, objects: Vec<FoundObject>) {
        self.objects.extend(objects);
        self.objects.sort_unstable_by(|one, other| one.label.cmp(&other.label));
        self.objects.shrink_to_fit();
        self.by_id = (0..self.objects.len()).collect();
        let objects = &self.objects;
        self.by_id.sort_unstable_by_key(|at| objects.get(*at).map(|object| (object.class, object.id.as_slice())));
    }
}

fn shown(object: &FoundObject) -> String {
    format!("{:?} {}", object.class, hex::encode(&object.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(handle: u64, class: Class, label: &str, id: &[u8]) -> FoundObject {
        FoundObject { handle: Handle(handle), class, label: label.into(), id: id.to_vec(), key_type: Some(find::AES) }
    }

    #[test]
    fn what_was_learned_is_found_by_label_and_by_class_and_id() {
        let mut stock = Stock { many: true, ..Stock::default() };
        stock.take(vec![
            object(1, Class::Secret, "b", b"2"),
            object(2, Class::Secret, "a", b"1"),
            object(3, Class::Secret, "c", b"1"),
        ]);
        stock.take(vec![object(4, Class::Private, "b", b"1"), object(5, Class::Public, "", b"")]);
        stock.learned = CLASSES.into();
        let handles = |class, id: &[u8]| -> BTreeSet<u64> {
            stock.with_id(class, id).into_iter().map(|object| object.handle.0).collect()
        };
        assert_eq!(handles(Class::Secret, b"1"), [2, 3].into());
        assert_eq!(handles(Class::Secret, b"2"), [1].into());
        assert_eq!(handles(Class::Private, b"1"), [4].into());
        assert!(handles(Class::Private, b"2").is_empty() && handles(Class::Secret, b"").is_empty());
        assert_eq!(handles(Class::Public, b""), [5].into());
    }
}
