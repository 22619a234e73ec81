//! What a policy says of one request: the first rule that matches the key decides, and no rule means no.

use jiff::Timestamp;

use super::document::{CustodyPattern, Match, Policy, Rule, reference};
use super::limits::Limits;
use super::reader::{Placed, join};
use super::request::{Decision, Denial, KeyFacts, Permit, Request, RuleRef};
use crate::format::escape::printable;
use crate::key::operation::Operation;

/// The attribute that `classifications` speaks of.
pub(super) const CLASSIFICATION: &str = "classification";

/// What stands for a rule where a key is stopped that no rule matches. With its blank it is the name of none.
pub(super) const NO_RULE: &str = "no rule";

impl Policy {
    /// Decides. Total: whatever is asked, there is an answer, and what nobody wrote down is denied.
    #[must_use]
    pub fn decide(&self, request: &Request<'_>) -> Decision {
        self.decide_as(request, false)
    }

    /// Decides; with `any_wrap`, a request that says nothing of a wrap is about any wrap that the rule permits.
    pub(super) fn decide_as(&self, request: &Request<'_>, any_wrap: bool) -> Decision {
        let decided = if request.operation.is_on_keys() {
            self.decide_key(request, any_wrap)
        } else {
            self.decide_registry(request)
        };
        decided.map_or_else(Decision::Denied, Decision::Permit)
    }

    /// The rule that decides for a key, and which one it is, from 0.
    #[must_use]
    pub(super) fn rule_for(&self, key: &KeyFacts<'_>) -> Option<(usize, &Rule)> {
        self.rules.iter().enumerate().find(|(_, rule)| rule.matches.holds(key))
    }

    fn decide_registry(&self, request: &Request<'_>) -> Result<Permit, Denial> {
        self.not_frozen(request.operation, request.now)?;
        let operation = request.operation;
        let approvals = self.registry.approvals.get(&operation);
        let path = format!("registry.approvals.{operation}");
        let rule = reference("registry", approvals.map_or(self.registry.at, |approvals| approvals.at), path);
        if operation == Operation::ReplaceSigner && approvals.is_none() {
            return Err(Denial {
                rule: Some(rule),
                why: "no approvals are named for replace-signer, so anybody could take the signer's place".to_owned(),
                way_out: "write registry.approvals.replace-signer into the policy and adopt it".to_owned(),
            });
        }
        Ok(Permit {
            rule,
            approvals: approvals.map(|approvals| approvals.value.clone()),
            wrapping_key_listed: false,
            unattended: self.registry.unattended.contains(&operation),
            notices: Vec::new(),
        })
    }

    fn decide_key(&self, request: &Request<'_>, any_wrap: bool) -> Result<Permit, Denial> {
        let key = request.key.as_ref().ok_or_else(|| no_key(request.operation))?;
        let Some((index, rule)) = self.rule_for(key) else { return self.decide_without_rule(request, key) };
        self.not_frozen(request.operation, request.now)?;
        self.classified(request.operation, key)?;
        let limits = Limits { rule, index, request, key, any_wrap };
        let notices = limits.check()?;
        let approvals = rule.approvals.get(&request.operation);
        let own = || reference(&rule.name, rule.at, format!("rules[{index}]"));
        let rule_ref = approvals.map_or_else(own, |approvals| {
            reference(&rule.name, approvals.at, format!("rules[{index}].approvals.{}", request.operation))
        });
        Ok(Permit {
            rule: rule_ref,
            approvals: approvals.map(|approvals| approvals.value.clone()),
            wrapping_key_listed: limits.wrapping_key_listed(),
            unattended: rule.unattended.contains(&request.operation),
            notices,
        })
    }

    /// A key that the rules forgot can be stopped, and nothing else.
    fn decide_without_rule(&self, request: &Request<'_>, key: &KeyFacts<'_>) -> Result<Permit, Denial> {
        if !super::limits::only_stops(request.operation) {
            return Err(self.no_rule(key));
        }
        self.not_frozen(request.operation, request.now)?;
        Ok(Permit {
            rule: reference(NO_RULE, self.rules_at, "rules"),
            approvals: None,
            wrapping_key_listed: false,
            unattended: false,
            notices: vec![format!("no rule matches the key {}; it may be stopped all the same", key.name)],
        })
    }

    fn no_rule(&self, key: &KeyFacts<'_>) -> Denial {
        let names: Vec<&str> = self.rule_names().take(8).collect();
        let known = if names.is_empty() { "it has none".to_owned() } else { format!("it has {}", join(&names)) };
        Denial {
            rule: None,
            why: format!("no rule matches the key {}, and what no rule matches is denied", key.name),
            way_out: format!(
                "a name or attributes that a rule of the policy matches ({known}), or a rule for this key"
            ),
        }
    }

    fn not_frozen(&self, operation: Operation, now: Timestamp) -> Result<(), Denial> {
        let holds = |(_, window): &(usize, &super::document::Freeze)| {
            window.operations.contains(&operation) && window.from <= now && now < window.to
        };
        let Some((index, window)) = self.freeze.iter().enumerate().find(holds) else { return Ok(()) };
        let why = window.why.as_deref().map(|why| format!(": {}", printable(why, 200))).unwrap_or_default();
        Err(Denial {
            rule: Some(reference(&window.name, window.at, format!("freeze[{index}]"))),
            why: format!("{operation} rests from {} to {}{why}", window.from, window.to),
            way_out: format!("wait until {}, or adopt a policy without this window", window.to),
        })
    }

    /// A key whose classification demands that it stays at home does not go to a provider; one of an unknown
    /// classification goes nowhere.
    fn classified(&self, operation: Operation, key: &KeyFacts<'_>) -> Result<(), Denial> {
        let Some(value) = key.attributes.get(CLASSIFICATION).filter(|_| !self.classifications.is_empty()) else {
            return Ok(());
        };
        if !super::limits::is_use(operation) {
            return Ok(());
        }
        let Some(class) = self.classifications.get(value) else {
            let known: Vec<&String> = self.classifications.keys().collect();
            return Err(Denial {
                rule: None,
                why: format!("classification {} is none of the policy's: {}", printable(value, 64), join(&known)),
                way_out: "a classification that the policy knows".to_owned(),
            });
        };
        let leaves = matches!(operation, Operation::WrapForImport | Operation::ConfirmImport);
        if class.custody != CustodyPattern::Hyok || !leaves {
            return Ok(());
        }
        Err(Denial {
            rule: Some(reference(value, class.at, format!("classifications.{}", printable(value, 64)))),
            why: format!("classification {} demands hyok: the key never leaves its own token", printable(value, 64)),
            way_out: "let the provider call your own token (an external key store), or use another key".to_owned(),
        })
    }
}

impl Match {
    /// Whether the rule is for this key.
    pub(super) fn holds(&self, key: &KeyFacts<'_>) -> bool {
        let named = self.keys.is_empty() || self.keys.iter().any(|glob| glob.matches(key.name.as_str()));
        named
            && self.attributes.iter().all(|(name, values)| {
                let value = key.attributes.get(name);
                value.is_some_and(|value| values.iter().any(|wanted| wanted == "*" || wanted == value))
            })
    }
}

fn no_key(operation: Operation) -> Denial {
    Denial {
        rule: None,
        why: format!("{operation} is about a key, and none is named"),
        way_out: "name the key".to_owned(),
    }
}

/// The denial at a place of a rule.
pub(super) fn denied<T>(rule: &Rule, index: usize, part: (&str, &Placed<T>), why: String, way_out: String) -> Denial {
    let (path, placed) = part;
    let rule: RuleRef = reference(&rule.name, placed.at, format!("rules[{index}].{path}"));
    Denial { rule: Some(rule), why, way_out }
}
