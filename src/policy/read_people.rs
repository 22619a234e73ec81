//! Reads the people, and the keys that are revoked.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use jiff::Timestamp;

use super::reader::{Reader, Spot};
use super::request::Person;
use crate::format::escape::printable;

/// The most people of one policy.
const MAX_PEOPLE: usize = 1024;

impl Reader {
    /// `people`: principal to roles and logins.
    pub(super) fn people(&mut self, spot: &Spot<'_>) -> BTreeMap<String, Person> {
        let mut people = BTreeMap::new();
        let mut logins = BTreeMap::new();
        let mut folded: BTreeMap<String, &str> = BTreeMap::new();
        for (principal, value) in self.map(spot) {
            if !is_principal(principal.value) {
                self.bad_key(
                    &value,
                    "a principal has up to 128 of a-z A-Z 0-9 @ . _ + - and starts with a letter or a digit",
                );
            }
            let folding = folded.insert(principal.value.to_ascii_lowercase(), principal.value);
            if let Some(other) = folding.filter(|other| *other != principal.value) {
                self.bad_key(&value, format!("{other} differs in capitals only; who reads it takes the two for one"));
            }
            let Some(person) = self.person(&value, &mut logins, principal.value) else { continue };
            people.insert(principal.value.to_owned(), person);
        }
        if people.len() > MAX_PEOPLE {
            self.bad_key(spot, format!("more than {MAX_PEOPLE} people"));
        }
        people
    }

    fn person(&mut self, spot: &Spot<'_>, logins: &mut BTreeMap<String, String>, principal: &str) -> Option<Person> {
        let fields = self.fields(spot, &["roles", "logins"])?;
        let roles = fields.get("roles").map(|at| self.each(&at, |reader, item| reader.name(item)).value);
        let own =
            fields.get("logins").map(|at| self.each(&at, |reader, item| reader.login(item, logins, principal)).value);
        let owned =
            |list: Option<Vec<&str>>| list.unwrap_or_default().into_iter().map(str::to_owned).collect::<BTreeSet<_>>();
        Some(Person { roles: owned(roles), logins: owned(own) })
    }

    /// A login belongs to one person: else the author of a plan could be two.
    fn login<'n>(
        &mut self,
        spot: &Spot<'n>,
        logins: &mut BTreeMap<String, String>,
        principal: &str,
    ) -> Option<&'n str> {
        let login = self.text(spot)?;
        if let Some(other) = logins.get(login).filter(|other| *other != principal) {
            let message = format!("this login is {}'s already", printable(other, 128));
            self.bad(spot, message);
        }
        logins.insert(login.to_owned(), principal.to_owned());
        Some(login)
    }

    /// `revoked-keys`: a fingerprint as `ssh-keygen -l` shows it, and since when.
    pub(super) fn revoked(&mut self, spot: &Spot<'_>) -> BTreeMap<String, Option<Timestamp>> {
        let mut revoked = BTreeMap::new();
        for item in self.list(spot) {
            let Some(fields) = self.fields(&item, &["fingerprint", "since", "why"]) else { continue };
            let fingerprint = self.required(&fields, "fingerprint");
            let since = fields.get("since").and_then(|at| self.time(&at));
            fields.get("why").map(|at| self.text(&at));
            let Some(at) = fingerprint else { continue };
            let Some(key) = self.parsed(&at, ssh_fingerprint) else { continue };
            if revoked.insert(key, since).is_some() {
                self.bad(&at, "this key is revoked twice");
            }
        }
        revoked
    }
}

fn ssh_fingerprint(text: &str) -> Result<String, &'static str> {
    let hash = text.strip_prefix("SHA256:").and_then(|text| STANDARD_NO_PAD.decode(text).ok());
    let good = hash.is_some_and(|hash| hash.len() == 32);
    good.then(|| text.to_owned()).ok_or("not a fingerprint as ssh-keygen -l shows it: SHA256: and 43 characters")
}

/// Names of rules, roles and windows.
pub(super) fn is_name(text: &str) -> bool {
    let character = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    text.len() <= 128 && text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(character)
}

/// A principal is the name of a file too, and one entry of an allowed signers file.
fn is_principal(text: &str) -> bool {
    let character = |c: char| c.is_ascii_alphanumeric() || matches!(c, '@' | '.' | '_' | '+' | '-');
    text.len() <= 128 && text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(character)
}
