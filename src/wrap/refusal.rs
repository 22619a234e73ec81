//! Why there is no wrap plan: every better way with the probe's finding that rules it out.

use std::fmt;

use super::capability::{Finding, Target, Verdict};
use crate::key::exposure::Exposure;
use crate::key::method::WrapMethod;
use crate::key::spec::KeySpec;

/// Why a key cannot be wrapped as asked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PlanRefusal {
    /// The key type.
    pub spec: KeySpec,
    /// The method; `None` when there was none to choose from.
    pub method: Option<WrapMethod>,
    /// What kind of refusal it is.
    pub reason: Reason,
    /// Every way that was looked at and what rules it out, best way first.
    pub obstacles: Vec<Obstacle>,
    /// Another method that the receiving side takes and that shows this host less, as it is typed; only for a lack of
    /// consent.
    pub instead: Option<(String, Exposure)>,
}

/// Kinds of refusal; the order is from the one that is easiest to overcome to the hardest.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Reason {
    /// A plan exists that needs consent to this exposure.
    NeedsConsent(Exposure),
    /// A key of this type does not fit into one RSAES-OAEP block; a `rsa-aes` method takes it.
    DoesNotFit,
    /// There was no method to choose from.
    NoMethod,
    /// The token gives out no key of this type in any usable form.
    Impossible,
    /// The token wraps keys that must not leave it; nothing is wrapped with it.
    Unsafe,
}

/// A way of wrapping and what rules it out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Obstacle {
    /// The plan that it rules out, as [`super::plan::WrapPlan::as_str`] names it.
    pub plan: &'static str,
    /// Mechanism and parameters: `RSA_PKCS_OAEP with SHA-256`.
    pub mechanism: String,
    /// The kind of key with which it failed, where that matters.
    pub target: Option<Target>,
    /// What the probe found.
    pub finding: Finding,
}

impl Obstacle {
    pub(super) fn new(
        plan: &'static str,
        mechanism: impl Into<String>,
        target: Target,
        finding: Option<&Finding>,
    ) -> Self {
        let finding = finding.cloned().unwrap_or_else(|| Finding::new(Verdict::Unsupported, "not probed"));
        Self { plan, mechanism: mechanism.into(), target: Some(target), finding }
    }
}

/// The obstacles in words, each finding once, with every plan that it rules out.
#[must_use]
pub fn findings(obstacles: &[Obstacle]) -> Vec<String> {
    let is_same =
        |a: &Obstacle, b: &Obstacle| a.mechanism == b.mechanism && a.target == b.target && a.finding == b.finding;
    let of_first = |(at, first): (usize, &Obstacle)| {
        let earlier = obstacles.iter().take(at).any(|other| is_same(other, first));
        let plans: Vec<_> = obstacles.iter().filter(|other| is_same(other, first)).map(|other| other.plan).collect();
        (!earlier).then(|| format!("{}: {first}", plans.join(", ")))
    };
    obstacles.iter().enumerate().filter_map(of_first).collect()
}

impl fmt::Display for Obstacle {
    /// `RSA_PKCS_OAEP with SHA-256 of a 32-byte secret key: unsupported (C_WrapKey: CKR_ARGUMENTS_BAD)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.mechanism)?;
        if let Some(target) = self.target {
            write!(f, " of {target}")?;
        }
        write!(f, ": {}", self.finding)
    }
}

impl fmt::Display for PlanRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (spec, method) = (self.spec, self.method.map_or_else(|| "any method".to_owned(), |m| m.to_string()));
        match self.reason {
            Reason::NeedsConsent(Exposure::Plaintext) => {
                write!(f, "this token cannot do {method} for {spec} without showing the key to this host")
            }
            Reason::NeedsConsent(_) => {
                write!(f, "this token cannot do {method} for {spec} without showing an ephemeral key to this host")
            }
            Reason::DoesNotFit => write!(f, "{spec} keys do not fit into {method}"),
            Reason::NoMethod => write!(f, "there is no wrap method for {spec}"),
            Reason::Impossible => write!(f, "this token cannot do {method} for {spec} in any way"),
            Reason::Unsafe => f.write_str("this token wraps keys that must not leave it"),
        }
    }
}

impl std::error::Error for PlanRefusal {}

impl PlanRefusal {
    /// The exposure that, if consented to, makes a plan possible.
    #[must_use]
    pub fn consent_that_helps(&self) -> Option<Exposure> {
        match self.reason {
            Reason::NeedsConsent(exposure) => Some(exposure),
            _ => None,
        }
    }
}
