//! Runs the examples that stand beside the rules.

use super::document::{Asked, AskedKey, AskedWrap, Example, Expected, Policy};
use super::node::At;
use super::request::{Decision, KeyFacts, Request, RuleRef, WrapFacts};

/// What came of one example.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Outcome {
    /// The example's name.
    pub name: String,
    /// Its line, from 1.
    pub line: u64,
    /// What was expected.
    pub expected: Expected,
    /// What the policy says.
    pub decision: Decision,
    /// How many approvals are needed.
    pub needed: u32,
    /// How many were expected, where the example says it.
    pub approvals: Option<u32>,
    /// What differs; nothing when the example holds.
    pub surprise: Option<Surprise>,
}

/// How an answer differs from what was expected.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Surprise {
    /// The line of the expectation, from 1.
    pub line: u64,
    /// Its column, from 1.
    pub column: u64,
    /// What was expected and what came, as a lower-case fragment.
    pub why: String,
}

impl Policy {
    /// What comes of every example, in their order.
    #[must_use]
    pub fn run_examples(&self) -> Vec<Outcome> {
        self.examples.iter().map(|example| self.run_example(example)).collect()
    }

    fn run_example(&self, example: &Example) -> Outcome {
        let decision = self.decide(&example.asked.request());
        let surprise = surprise(example, &decision);
        Outcome {
            name: example.name.clone(),
            line: example.at.line,
            expected: example.expect.value,
            needed: needed(&decision),
            approvals: example.approvals.as_ref().map(|expected| expected.value),
            decision,
            surprise,
        }
    }
}

fn surprise(example: &Example, decision: &Decision) -> Option<Surprise> {
    let got = if matches!(decision, Decision::Permit(_)) { Expected::Permit } else { Expected::Deny };
    if got != example.expect.value {
        return Some(at(example.expect.at, format!("{} expected; {}", example.expect.value, said(decision))));
    }
    let rule = example.rule.as_ref().filter(|rule| rule_of(decision).is_none_or(|found| found.name != rule.value));
    if let Some(rule) = rule {
        return Some(at(rule.at, format!("rule {} expected; {}", rule.value, said(decision))));
    }
    let approvals = example.approvals.as_ref()?;
    let needed = needed(decision);
    let message = || format!("{} approvals expected; {needed} needed: {}", approvals.value, said(decision));
    (needed != approvals.value).then(|| at(approvals.at, message()))
}

fn needed(decision: &Decision) -> u32 {
    match decision {
        Decision::Permit(permit) => permit.approvals.as_ref().map_or(0, |requirement| requirement.threshold),
        Decision::Denied(_) => 0,
    }
}

fn at(at: At, why: String) -> Surprise {
    Surprise { line: at.line, column: at.column, why }
}

fn rule_of(decision: &Decision) -> Option<&RuleRef> {
    match decision {
        Decision::Permit(permit) => Some(&permit.rule),
        Decision::Denied(denial) => denial.rule.as_ref(),
    }
}

fn said(decision: &Decision) -> String {
    let by = rule_of(decision).map(|rule| format!(" by rule {} (line {})", rule.name, rule.line)).unwrap_or_default();
    match decision {
        Decision::Permit(_) => format!("permitted{by}"),
        Decision::Denied(denial) => format!("denied{by}: {}", denial.why),
    }
}

impl Asked {
    fn request(&self) -> Request<'_> {
        Request {
            operation: self.operation,
            key: self.key.as_ref().map(AskedKey::facts),
            wrap: self.wrap.as_ref().map(AskedWrap::facts),
            now: self.now,
        }
    }
}

impl AskedKey {
    fn facts(&self) -> KeyFacts<'_> {
        KeyFacts {
            name: &self.name,
            spec: self.spec,
            purpose: self.purpose,
            owner: self.owner.as_deref(),
            attributes: &self.attributes,
            exposure: self.exposure,
            made_at: self.made_at,
            protect_stop: self.protect_stop,
        }
    }
}

impl AskedWrap {
    fn facts(&self) -> WrapFacts<'_> {
        WrapFacts {
            provider: &self.provider,
            account: self.account.as_deref(),
            resource: self.resource.as_deref(),
            host: self.host.as_deref(),
            target: self.target.as_deref(),
            method: self.method,
            wrapping_key_sha256: &self.wrapping_key_sha256,
            pinned: self.pinned,
        }
    }
}
