//! Which way leads from a key in this token to what the receiving side asks for.
//!
//! Pure and total: the planner believes the probe's findings and nothing else, never returns a plan that they do not
//! support, and never one that shows more than was consented to.

use std::cmp::Reverse;

use super::capability::{AesWrap, Capabilities, Finding, KnownAes, Target, Verdict};
use super::extraction::Extraction;
pub use super::refusal::{Obstacle, PlanRefusal, Reason};
use crate::key::exposure::Exposure;
use crate::key::method::WrapMethod;
use crate::key::spec::{HashAlg, KeySpec};

const NATIVE: &str = "native-rsa-aes";
const DIRECT: &str = "direct-oaep";
const TOKEN_KEK: &str = "token-kek";
const HOST_KEK: &str = "host-kek";
const HOST_PLAINTEXT: &str = "host-plaintext";

/// How this token can do it; best first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum WrapPlan {
    /// One `C_WrapKey` with `CKM_RSA_AES_KEY_WRAP`.
    NativeRsaAes {
        /// The OAEP hash.
        hash: HashAlg,
    },
    /// One `C_WrapKey` with `CKM_RSA_PKCS_OAEP` of the key itself.
    DirectOaep {
        /// The OAEP hash.
        hash: HashAlg,
    },
    /// An ephemeral AES-256 key made in the token; the key under it, it under the wrapping key; destroyed.
    TokenKek {
        /// The OAEP hash.
        hash: HashAlg,
        /// The number behind which this token does RFC 5649.
        aes_wrap: AesWrap,
    },
    /// An ephemeral AES-256 key made in process memory and put into the token; OAEP in software; wiped.
    HostKek {
        /// The OAEP hash.
        hash: HashAlg,
        /// The number behind which this token does RFC 5649.
        aes_wrap: AesWrap,
        /// How the ephemeral key gets in.
        entry: KnownAes,
    },
    /// The key itself in process memory, proven, and wrapped in software; wiped.
    HostPlaintext {
        /// What the software makes of it.
        method: WrapMethod,
        /// How the key gets out.
        extraction: Extraction,
    },
}

impl WrapPlan {
    /// What this host sees when the plan is carried out.
    #[must_use]
    pub fn exposure(self) -> Exposure {
        match self {
            Self::NativeRsaAes { .. } | Self::DirectOaep { .. } | Self::TokenKek { .. } => Exposure::None,
            Self::HostKek { .. } => Exposure::EphemeralKek,
            Self::HostPlaintext { .. } => Exposure::Plaintext,
        }
    }

    /// The name that stands in manifests.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NativeRsaAes { .. } => NATIVE,
            Self::DirectOaep { .. } => DIRECT,
            Self::TokenKek { .. } => TOKEN_KEK,
            Self::HostKek { .. } => HOST_KEK,
            Self::HostPlaintext { .. } => HOST_PLAINTEXT,
        }
    }

    /// The OAEP hash.
    #[must_use]
    pub fn hash(self) -> HashAlg {
        match self {
            Self::NativeRsaAes { hash }
            | Self::DirectOaep { hash }
            | Self::TokenKek { hash, .. }
            | Self::HostKek { hash, .. } => hash,
            Self::HostPlaintext { method, .. } => method.hash(),
        }
    }

    fn rank(self) -> u8 {
        match self {
            Self::NativeRsaAes { .. } => 0,
            Self::DirectOaep { .. } => 1,
            Self::TokenKek { .. } => 2,
            Self::HostKek { .. } => 3,
            Self::HostPlaintext { .. } => 4,
        }
    }
}

/// The best plan for a key of this type and this method that shows no more than `consent`.
///
/// Whether the key fits under a given modulus is not decided here: see `wrap::length`.
///
/// # Errors
/// Why there is none: every way with the finding that rules it out, and the consent that would help.
pub fn plan(
    spec: KeySpec,
    method: WrapMethod,
    capabilities: &Capabilities,
    consent: Exposure,
) -> Result<WrapPlan, PlanRefusal> {
    let refuse = |reason, obstacles| PlanRefusal { spec, method: Some(method), reason, obstacles, instead: None };
    if let Some(finding) = capabilities.unsafe_finding() {
        let mechanism = "a non-extractable key".to_owned();
        let obstacle = Obstacle { plan: "every plan", mechanism, target: None, finding: finding.clone() };
        return Err(refuse(Reason::Unsafe, vec![obstacle]));
    }
    if matches!(method, WrapMethod::RsaOaep(_)) && Target::oaep_proof_for(spec).is_empty() {
        return Err(refuse(Reason::DoesNotFit, Vec::new()));
    }
    let (plans, obstacles) = survey(spec, method, capabilities);
    match plans.iter().min_by_key(|plan| (plan.exposure(), plan.rank())) {
        Some(best) if best.exposure() <= consent => Ok(*best),
        Some(best) => Err(refuse(Reason::NeedsConsent(best.exposure()), obstacles)),
        None => Err(refuse(Reason::Impossible, obstacles)),
    }
}

/// The best of several methods: least exposure first, then the strongest hash, then the better plan.
///
/// # Errors
/// The refusal that is easiest to overcome, of the strongest hash.
pub fn choose(
    spec: KeySpec,
    methods: &[WrapMethod],
    capabilities: &Capabilities,
    consent: Exposure,
) -> Result<(WrapMethod, WrapPlan), PlanRefusal> {
    let attempts = methods.iter().map(|method| (*method, plan(spec, *method, capabilities, consent)));
    let (mut found, mut refused) = (Vec::new(), Vec::new());
    for (method, attempt) in attempts {
        match attempt {
            Ok(plan) => found.push((method, plan)),
            Err(refusal) => refused.push((Reverse(method.hash()), refusal)),
        }
    }
    let best = found.into_iter().min_by_key(|(_, plan)| (plan.exposure(), Reverse(plan.hash()), plan.rank()));
    best.ok_or_else(|| {
        let mildest = refused.into_iter().min_by_key(|(hash, refusal)| (refusal.reason, *hash));
        let none = PlanRefusal { spec, method: None, reason: Reason::NoMethod, obstacles: Vec::new(), instead: None };
        mildest.map_or(none, |(_, refusal)| refusal)
    })
}

/// The refusal with the best of `methods`, all that the receiving side takes, if that needs less consent; `spelled` says
/// how they are typed.
#[must_use]
pub fn with_instead(
    mut refusal: PlanRefusal,
    methods: &[WrapMethod],
    spelled: impl Fn(WrapMethod) -> String,
    capabilities: &Capabilities,
) -> PlanRefusal {
    let best = choose(refusal.spec, methods, capabilities, Exposure::Plaintext).ok();
    let less = best.map(|(method, plan)| (spelled(method), plan.exposure()));
    refusal.instead =
        less.filter(|(_, exposure)| refusal.consent_that_helps().is_some_and(|needed| *exposure < needed));
    refusal
}

/// Every plan that the findings support, whatever it shows, and what rules out the others.
pub(super) fn survey(spec: KeySpec, method: WrapMethod, capabilities: &Capabilities) -> (Vec<WrapPlan>, Vec<Obstacle>) {
    let attempts = match method {
        WrapMethod::RsaOaep(hash) => vec![direct(spec, hash, capabilities)],
        WrapMethod::RsaAesKwp(hash) => vec![
            native(spec, hash, capabilities),
            token_kek(spec, hash, capabilities),
            host_kek(spec, hash, capabilities),
        ],
    };
    let (mut plans, mut obstacles) = (Vec::new(), Vec::new());
    for attempt in attempts {
        match attempt {
            Ok(plan) => plans.push(plan),
            Err(found) => obstacles.extend(found),
        }
    }
    // What rules it out rules out a better plan, too, and is said there.
    let extraction = Extraction::choose(spec, capabilities);
    plans.extend(extraction.map(|extraction| WrapPlan::HostPlaintext { method, extraction }));
    (plans, obstacles)
}

fn native(spec: KeySpec, hash: HashAlg, capabilities: &Capabilities) -> Result<WrapPlan, Vec<Obstacle>> {
    let mechanism = format!("RSA_AES_KEY_WRAP with {}", hash.standard_name());
    proven(NATIVE, &mechanism, Target::proof_for(spec), |target| capabilities.native_of(hash, target))
        .map(|()| WrapPlan::NativeRsaAes { hash })
        .map_err(|obstacle| vec![obstacle])
}

fn direct(spec: KeySpec, hash: HashAlg, capabilities: &Capabilities) -> Result<WrapPlan, Vec<Obstacle>> {
    oaep(DIRECT, Target::oaep_proof_for(spec), hash, capabilities)
        .map(|()| WrapPlan::DirectOaep { hash })
        .map_err(|obstacle| vec![obstacle])
}

fn token_kek(spec: KeySpec, hash: HashAlg, capabilities: &Capabilities) -> Result<WrapPlan, Vec<Obstacle>> {
    let of_kek = oaep(TOKEN_KEK, &[Target::Secret32], hash, capabilities);
    match (of_kek, padded_wrap(TOKEN_KEK, spec, capabilities)) {
        (Ok(()), Ok(aes_wrap)) => Ok(WrapPlan::TokenKek { hash, aes_wrap }),
        (of_kek, of_target) => Err(of_kek.err().into_iter().chain(of_target.err().unwrap_or_default()).collect()),
    }
}

fn host_kek(spec: KeySpec, hash: HashAlg, capabilities: &Capabilities) -> Result<WrapPlan, Vec<Obstacle>> {
    let entry = capabilities.known_aes;
    let aes_wrap = padded_wrap(HOST_KEK, spec, capabilities)?;
    if entry == KnownAes::Impossible {
        let mechanism = "an AES key made by the host".to_owned();
        let finding = Finding::new(Verdict::Unsupported, "neither C_CreateObject nor C_UnwrapKey puts it in");
        return Err(vec![Obstacle { plan: HOST_KEK, mechanism, target: None, finding }]);
    }
    Ok(WrapPlan::HostKek { hash, aes_wrap, entry })
}

fn oaep(plan: &'static str, targets: &[Target], hash: HashAlg, capabilities: &Capabilities) -> Result<(), Obstacle> {
    let mechanism = format!("RSA_PKCS_OAEP with {}", hash.standard_name());
    proven(plan, &mechanism, targets, |target| capabilities.oaep_of(hash, target))
}

/// The number behind which this token does RFC 5649 with keys of this type.
fn padded_wrap(plan: &'static str, spec: KeySpec, capabilities: &Capabilities) -> Result<AesWrap, Vec<Obstacle>> {
    let mut obstacles = Vec::new();
    for number in AesWrap::PADDED {
        let found =
            proven(plan, number.as_str(), Target::proof_for(spec), |target| capabilities.aes_wrap_of(number, target));
        match found {
            Ok(()) => return Ok(number),
            Err(obstacle) => obstacles.push(obstacle),
        }
    }
    Err(obstacles)
}

/// All of `targets` come out usable.
fn proven<'a>(
    plan: &'static str,
    mechanism: &str,
    targets: &[Target],
    finding_of: impl Fn(Target) -> Option<&'a Finding>,
) -> Result<(), Obstacle> {
    for target in targets {
        let finding = finding_of(*target);
        if !finding.is_some_and(Finding::is_usable) {
            return Err(Obstacle::new(plan, mechanism, *target, finding));
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
