//! Whether the people of a policy can give the approvals that it asks for.

use std::collections::BTreeMap;

use super::node::Value;
use super::reader::{Fields, Reader, Spot, entries_of, field_of, items_of};
use super::request::Person;

type People = BTreeMap<String, Person>;

impl Reader {
    /// Looks at every `approvals` of the document. What is not of its form was written down before.
    pub(super) fn check_approvals(&mut self, document: &Fields<'_>, people: &People) {
        let registry = document.get("registry").into_iter();
        let rules = document.get("rules").map(|rules| items_of(&rules)).unwrap_or_default();
        for holder in registry.chain(rules) {
            let approvals = field_of(&holder, "approvals");
            let each = approvals.iter().flat_map(entries_of).collect::<Vec<_>>();
            for (_, requirement) in each {
                self.check_requirement(&requirement, people);
            }
        }
    }

    fn check_requirement(&mut self, requirement: &Spot<'_>, people: &People) {
        if let Some(at) = field_of(requirement, "count") {
            self.reach(&at, people.len(), "");
        }
        let roles = field_of(requirement, "roles");
        for (role, at) in roles.iter().flat_map(entries_of).collect::<Vec<_>>() {
            let having = people.values().filter(|person| person.roles.contains(role)).count();
            if having == 0 {
                self.bad_key(&at, "nobody of people has this role");
            } else {
                self.reach(&at, having, " with this role");
            }
        }
    }

    fn reach(&mut self, spot: &Spot<'_>, having: usize, with: &str) {
        let Value::Number(number) = &spot.node.value else { return };
        let Ok(wanted) = number.parse::<usize>() else { return };
        let are = if having == 1 { "there is 1 person".to_owned() } else { format!("there are {having} people") };
        if wanted > having {
            self.bad(spot, format!("{wanted} cannot be reached: {are}{with}"));
        }
    }
}
