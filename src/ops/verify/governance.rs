//! Which policy was in force where in the log: what the signed checkpoints say, against the adoptions in the log; and
//! whether each later policy was adopted under the one before it.

use std::collections::HashMap;

use jiff::Timestamp;

use super::anchors::Roots;
use super::authorization::{Once, Recovery, approved, check_adoption, describe_plans};
use super::failure::{Failure, FailureKind};
use super::papers::Papers;
use super::report::{Findings, Unattested, number};
use crate::audit::checkpoint::{Checkpoint, PolicyInForce};
use crate::audit::record::{Entry, EntryView, Outcome, Phase, event};
use crate::manifest::authorization::AuthorizationRecord;
use crate::registry::journal::past::BEGUN;

/// The policies of a log, in their order.
#[derive(Debug, Default)]
pub(super) struct Policies {
    /// What checkpoints put in force, each once.
    named: Vec<PolicyInForce>,
    /// A checkpoint that names none, after one that does.
    dropped: Option<u64>,
    /// Adoptions in the log that succeeded, whoever wrote them.
    adoptions: Vec<Adoption>,
    /// Intents to adopt one, by the operation's id.
    begun: HashMap<String, (u64, Timestamp)>,
    /// Planned recoveries.
    recoveries: Vec<Recovery>,
}

/// An entry that says that a policy was adopted.
#[derive(Debug)]
struct Adoption {
    seq: u64,
    entry: Entry,
    /// Its intent.
    begun: Option<(u64, Timestamp)>,
}

impl Policies {
    /// Takes in an entry of the log.
    pub(super) fn see(&mut self, seq: u64, view: &EntryView<'_>, line: &[u8]) {
        let entry = || Entry::parse(line).ok();
        match (view.event.as_ref(), view.phase, view.outcome) {
            (event::POLICY_ADOPT, Phase::Intent, _) => _ = self.begun.insert(view.id.to_string(), (seq, view.ts)),
            (event::POLICY_ADOPT, Phase::Result, Some(Outcome::Success)) => {
                let begun = self.begun.remove(view.id.as_ref());
                self.adoptions.extend(entry().map(|entry| Adoption { seq, entry, begun }));
            }
            (BEGUN, Phase::Note, _) => self.recoveries.extend(entry().map(|entry| Recovery { seq, entry })),
            _ => {}
        }
    }

    /// Takes in a signed checkpoint, after those that cover less.
    pub(super) fn sign(&mut self, checkpoint: &Checkpoint) {
        match &checkpoint.policy {
            None if !self.named.is_empty() => self.dropped = self.dropped.or(Some(checkpoint.size)),
            Some(policy) if self.named.last() != Some(policy) => self.named.push(policy.clone()),
            None | Some(_) => {}
        }
    }

    /// Whether the checkpoints follow from each other, and each policy from an adoption.
    ///
    /// # Errors
    /// What does not.
    pub(super) fn check(&self) -> Result<(), Failure> {
        if let Some(size) = self.dropped {
            let detail = format!("the checkpoint over {size} entries names no policy, and one before it does");
            return Err(Failure::new(FailureKind::Chain, detail));
        }
        if !self.named.is_sorted_by(|one, next| one.seq < next.seq) {
            let detail = "a checkpoint names another policy than the one before it, which was adopted no later";
            return Err(Failure::new(FailureKind::Chain, detail));
        }
        self.named.iter().try_for_each(|policy| self.adoption(policy).map(|_| ()))
    }

    fn adoption(&self, policy: &PolicyInForce) -> Result<&Adoption, Failure> {
        let found = self.adoptions.iter().find(|adoption| adoption.seq == policy.seq);
        let says = |adoption: &&Adoption, member: &str, sha256: &str| {
            adoption.entry.detail.get(member).and_then(serde_json::Value::as_str) == Some(sha256)
        };
        let same = found.filter(|found| {
            says(found, "policySha256", &policy.policy_sha256)
                && says(found, "allowedSignersSha256", &policy.allowed_signers_sha256)
        });
        same.ok_or_else(|| {
            let detail = format!("entry {} is not the adoption of the policy that checkpoints name", policy.seq);
            Failure::new(FailureKind::Subject, detail)
        })
    }

    /// Whether every policy is there, and each but the first was adopted under the one before it.
    ///
    /// # Errors
    /// What is missing or was changed, or an adoption without its approvals.
    pub(super) fn check_papers(
        &self,
        papers: &Papers<'_>,
        (origin, roots): (&str, &Roots),
        once: &mut Once,
    ) -> Result<(), Failure> {
        let mut before: Option<&PolicyInForce> = None;
        for policy in &self.named {
            let at = |failure: Failure| failure.at(format!("the policy adopted by entry {}", policy.seq));
            papers.rules(&policy.policy_sha256, &policy.allowed_signers_sha256).map_err(at)?;
            if let Some(old) = before {
                let Adoption { seq, entry, begun } = self.adoption(policy)?;
                let begun = begun.unwrap_or((*seq, entry.ts));
                let used = check_adoption(papers, (old, policy), (entry, begun.1), origin).map_err(at)?;
                let used = used.iter().try_for_each(|used| used.check(begun, roots).and_then(|()| once.check(used)));
                used.map_err(at)?;
            }
            before = Some(policy);
        }
        Ok(())
    }

    /// Whether every planned recovery was approved. What nobody vouches for makes a note, and no failure: anybody who
    /// can write the log can have added it.
    ///
    /// # Errors
    /// The first that was not.
    pub(super) fn check_recoveries(
        &self,
        papers: &Papers<'_>,
        (origin, roots): (&str, &Roots),
        unattested: &[Unattested],
    ) -> Result<Findings, Failure> {
        let (mut findings, mut count, mut people) = (Findings::default(), 0_usize, Vec::new());
        for recovery in &self.recoveries {
            let seq = recovery.seq;
            let Some(policy) = self.at(seq) else { continue };
            let checked = recovery.check(papers, policy, origin).and_then(|(used, people)| {
                used.check((seq, recovery.entry.ts), roots)?;
                Ok(people)
            });
            let stranger = unattested.iter().any(|range| (range.from..range.to).contains(&seq));
            match checked {
                Ok(more) => {
                    count = count.saturating_add(1);
                    people.extend(more);
                }
                Err(failure) if stranger => {
                    findings.note(format!("entry {seq}, which nobody vouches for, names a plan: {failure}"));
                }
                Err(failure) => return Err(failure.at(format!("the recovery that entry {seq} begins"))),
            }
        }
        if count > 0 {
            findings.checked(approved(count, "recovery", people));
            describe_plans(&mut findings);
        }
        Ok(findings)
    }

    /// Whether any policy was ever in force.
    pub(super) fn any(&self) -> bool {
        !self.named.is_empty()
    }

    /// The policy in force before this entry.
    fn at(&self, seq: u64) -> Option<&PolicyInForce> {
        self.named.iter().rev().find(|policy| policy.seq < seq)
    }

    /// Whether the manifest of an operation between these two entries names the policy that was in force then. What
    /// recovery writes names that of its own time. What is a fact and no permission may name none.
    ///
    /// # Errors
    /// A manifest that names another one, or none.
    pub(super) fn check_manifest(
        &self,
        (intent, result): (u64, Option<u64>),
        is_fact: bool,
        authorization: Option<&AuthorizationRecord>,
    ) -> Result<(), Failure> {
        let wrong = |detail: String| Err(Failure::new(FailureKind::Subject, detail));
        let (before, after) = (self.at(intent), result.map_or_else(|| self.at(intent), |result| self.at(result)));
        let is = |policy: &PolicyInForce, record: &AuthorizationRecord| {
            record.policy_sha256 == policy.policy_sha256
                && record.allowed_signers_sha256.as_deref() == Some(&policy.allowed_signers_sha256)
        };
        match authorization {
            Some(record) if [before, after].into_iter().flatten().any(|policy| is(policy, record)) => Ok(()),
            Some(record) => wrong(format!("it names the policy {}, which was not in force", record.policy_sha256)),
            None if after.is_none() || is_fact => Ok(()),
            None => wrong("a policy was in force, and the manifest names none".to_owned()),
        }
    }

    /// Says what was checked.
    pub(super) fn describe(&self, findings: &mut Findings) {
        let count = self.named.len();
        if count == 0 {
            return;
        }
        let adoptions = number(count, "adoption");
        findings.checked(format!("{adoptions} of a policy, each later one under the policy before it"));
        let in_force = |adoption: &&Adoption| self.named.iter().any(|policy| policy.seq == adoption.seq);
        for adoption in self.adoptions.iter().filter(|adoption| !in_force(adoption)) {
            findings.note(format!("entry {} adopted a policy, and no checkpoint put it in force", adoption.seq));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::merkle::Frontier;

    fn policy(seq: u64, letter: &str) -> PolicyInForce {
        PolicyInForce { seq, policy_sha256: letter.repeat(64), allowed_signers_sha256: "e".repeat(64) }
    }

    fn authorized(letter: &str) -> AuthorizationRecord {
        AuthorizationRecord {
            policy_sha256: letter.repeat(64),
            allowed_signers_sha256: Some("e".repeat(64)),
            rule: "rule".to_owned(),
            plan: None,
        }
    }

    fn signed(named: &[Option<PolicyInForce>]) -> Policies {
        let mut policies = Policies::default();
        for policy in named {
            policies.sign(&Checkpoint::of("o", &Frontier::new()).with_policy(policy.clone()));
        }
        policies
    }

    #[test]
    fn a_manifest_names_the_policy_of_its_place_in_the_log() {
        let policies = signed(&[None, Some(policy(10, "a")), Some(policy(20, "b"))]);
        for (positions, is_fact, named, good) in [
            ((5, Some(6)), false, None, true),
            ((5, Some(6)), false, Some("a"), false),
            // The adoption itself is the entry 10.
            ((9, Some(10)), false, None, true),
            ((11, Some(12)), false, None, false),
            ((11, None), false, None, false),
            ((11, Some(12)), true, None, true),
            ((11, Some(12)), false, Some("a"), true),
            ((11, Some(12)), false, Some("b"), false),
            ((21, Some(22)), false, Some("a"), false),
            // Begun under one policy and recovered under the next.
            ((11, Some(22)), false, Some("a"), true),
            ((11, Some(22)), false, Some("b"), true),
            ((5, Some(22)), false, Some("b"), true),
            // Begun before the first policy, and finished under it.
            ((5, Some(12)), false, None, false),
            ((5, None), false, None, true),
        ] {
            let record = named.map(authorized);
            let said = policies.check_manifest(positions, is_fact, record.as_ref());
            assert_eq!(said.is_ok(), good, "{positions:?} {is_fact} {named:?}: {said:?}");
        }
        let other = AuthorizationRecord { allowed_signers_sha256: None, ..authorized("a") };
        assert!(policies.check_manifest((11, Some(12)), false, Some(&other)).is_err());
    }

    #[test]
    fn a_policy_neither_ends_nor_comes_from_nowhere() {
        let dropped = signed(&[Some(policy(10, "a")), None]);
        assert!(dropped.check().unwrap_err().detail.contains("names no policy"));
        let back = signed(&[Some(policy(20, "b")), Some(policy(10, "a"))]);
        assert!(back.check().unwrap_err().detail.contains("adopted no later"));
        let unheard = signed(&[Some(policy(10, "a"))]);
        assert!(unheard.check().unwrap_err().detail.contains("entry 10 is not the adoption"));
        assert!(signed(&[None, None]).check().is_ok());
    }
}
