//! What a policy permits although whoever wrote it may not have meant it: no mistakes, but worth a second look.

use super::decide::CLASSIFICATION;
use super::document::{Policy, Rule};
use super::reader::Placed;
use super::request::Requirement;
use crate::key::operation::Operation;

/// Something to look at again.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Concern {
    /// The line, from 1.
    pub line: u64,
    /// The key path.
    pub path: String,
    /// What it permits, as a lower-case fragment.
    pub message: String,
}

impl Policy {
    /// What to look at again, in the order of the file.
    #[must_use]
    pub fn concerns(&self) -> Vec<Concern> {
        let mut found: Vec<Concern> = self.adoption().into_iter().collect();
        for (operation, asked) in &self.registry.approvals {
            found.extend(alone(asked, format!("registry.approvals.{operation}")));
        }
        for (index, rule) in self.rules.iter().enumerate() {
            found.extend(unclassified(self, rule, index));
            found.extend(substituted(rule, index));
            for (operation, asked) in &rule.approvals {
                found.extend(alone(asked, format!("rules[{index}].approvals.{operation}")));
            }
        }
        found.sort_by_key(|concern| concern.line);
        found
    }

    /// Approvals hold as long as the policy that asks for them.
    fn adoption(&self) -> Option<Concern> {
        if self.registry.approvals.contains_key(&Operation::PolicyAdopt) || self.people.is_empty() {
            return None;
        }
        let asks = !self.registry.approvals.is_empty() || self.rules.iter().any(|rule| !rule.approvals.is_empty());
        let what = if asks { ", so one person can take away all approvals that this one asks for" } else { "" };
        let message = format!("nobody's approval is asked for the next policy{what}");
        Some(Concern { line: self.registry.at.line, path: "registry.approvals.policy-adopt".to_owned(), message })
    }
}

/// Who made a plan is what they say: one person can give the one approval for a plan that names another as its author.
fn alone(asked: &Placed<Requirement>, path: String) -> Option<Concern> {
    let message = if asked.value.threshold > 1 {
        return None;
    } else if asked.value.author_counts {
        "1 approval, and the author counts: one person decides alone"
    } else {
        "1 approval by another than the author: who made a plan is what its author says, and nobody checks it; count: 2 \
         needs two people whoever made it"
    };
    Some(Concern { line: asked.at.line, path, message: message.to_owned() })
}

/// A classification that is left out demands nothing.
fn unclassified(policy: &Policy, rule: &Rule, index: usize) -> Option<Concern> {
    if policy.classifications.is_empty() || rule.matches.attributes.contains_key(CLASSIFICATION) {
        return None;
    }
    let message = "a key without a classification is matched too, and no classification limits it; attributes: \
                   {classification: [\"*\"]} demands one";
    Some(Concern { line: rule.at.line, path: format!("rules[{index}].match"), message: message.to_owned() })
}

/// What an answer says of its wrapping key is as good as the way on which it came.
fn substituted(rule: &Rule, index: usize) -> Option<Concern> {
    let asked = rule.approvals.get(&Operation::WrapForImport)?;
    let keys = rule.wrapping_keys.as_ref();
    let binds = |keys: &super::document::WrappingKeys| {
        keys.fingerprints.is_some() || keys.pin_required.as_ref().is_some_and(|pin| pin.value)
    };
    if keys.is_some_and(binds) {
        return None;
    }
    let message =
        "wraps are approved, and neither wrapping-keys.fingerprints nor pin-required says whose wrapping key it is";
    Some(Concern { line: asked.at.line, path: format!("rules[{index}].wrapping-keys"), message: message.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn concerns(text: &str) -> Vec<(u64, String)> {
        let policy = Policy::parse(format!("schema: byok.policy/v1\n{text}").as_bytes()).unwrap();
        policy.concerns().into_iter().map(|concern| (concern.line, concern.path)).collect()
    }

    const PEOPLE: &str = "people: {a: {}, b: {}, c: {}}\n";
    const ADOPT: &str = "registry: {approvals: {policy-adopt: {count: 2}}}\n";

    #[test]
    fn approvals_that_one_person_can_take_away_are_a_concern() {
        let rules = "rules:\n  - {name: all, match: {keys: ['**']}, approvals: {seal: {count: 2}}}\n";
        let missing = (1, "registry.approvals.policy-adopt".to_owned());
        assert_eq!(concerns(&format!("{PEOPLE}{rules}")), [missing]);
        assert_eq!(concerns(&format!("{PEOPLE}{ADOPT}{rules}")), []);
        assert_eq!(concerns("rules:\n  - {name: all, match: {keys: ['**']}}\n"), []);
    }

    #[test]
    fn an_approval_that_one_person_can_give_alone_is_a_concern() {
        let rules = |asked: &str| {
            let rule = format!("rules:\n  - {{name: all, match: {{keys: ['**']}}, approvals: {{seal: {asked}}}}}\n");
            concerns(&format!("{PEOPLE}{ADOPT}{rule}"))
        };
        let path = "rules[0].approvals.seal".to_owned();
        assert_eq!(rules("{count: 1}"), [(5, path.clone())]);
        assert_eq!(rules("{count: 1, author-counts: true}"), [(5, path)]);
        assert_eq!(rules("{count: 2}"), []);
    }

    #[test]
    fn approved_wraps_under_any_key_are_a_concern() {
        let rules = |keys: &str| {
            let approvals = "approvals: {wrap-for-import: {count: 2}}";
            let rule = format!("rules:\n  - {{name: all, match: {{keys: ['**']}}, {approvals}{keys}}}\n");
            concerns(&format!("{PEOPLE}{ADOPT}{rule}"))
        };
        assert_eq!(rules(""), [(5, "rules[0].wrapping-keys".to_owned())]);
        assert_eq!(rules(", wrapping-keys: {pin-required: true}"), []);
        assert_eq!(rules(", wrapping-keys: {pin-required: false}").len(), 1);
    }

    #[test]
    fn classifications_that_can_be_left_out_are_a_concern() {
        let classes = "classifications: {secret: {custody: hyok}}\n";
        let rules = |matches: &str| concerns(&format!("{classes}rules:\n  - {{name: all, match: {matches}}}\n"));
        assert_eq!(rules("{keys: ['**']}"), [(4, "rules[0].match".to_owned())]);
        assert_eq!(rules("{attributes: {classification: ['*']}}"), []);
    }
}
