//! Policies.

use std::collections::BTreeMap;

use byok::key::exposure::Exposure;
use byok::key::operation::Operation;
use byok::key::spec::{ALL, Purpose};
use byok::policy::Policy;
use byok::policy::request::{Decision, KeyFacts, Request};
use jiff::Timestamp;

use crate::assert_printable;

/// A policy is refused with the places of its mistakes, or answers every question.
pub fn policy(input: &[u8]) {
    let policy = match Policy::parse(input) {
        Ok(policy) => policy,
        Err(error) => {
            assert!(!error.problems().is_empty());
            for problem in error.problems() {
                assert!(problem.line > 0 && problem.column > 0);
                assert_printable(problem);
                problem.excerpt.iter().flatten().for_each(assert_printable);
            }
            return;
        }
    };
    let _ = policy.run_examples();
    let (name, attributes) = ("payments/kek".parse().expect("a name"), BTreeMap::new());
    for operation in Operation::ALL {
        let key = KeyFacts {
            name: &name,
            spec: ALL[input.len() % ALL.len()],
            purpose: Purpose::Encrypt,
            owner: None,
            attributes: &attributes,
            exposure: Exposure::None,
            made_at: Some(Timestamp::MIN),
            protect_stop: Some(Timestamp::MAX),
        };
        let request = Request { operation, key: Some(key), wrap: None, now: Timestamp::UNIX_EPOCH };
        match policy.decide(&request) {
            Decision::Permit(permit) => assert!(permit.rule.line > 0),
            Decision::Denied(denial) => assert_printable(&denial.why),
        }
    }
}
