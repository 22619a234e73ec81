//! A wrapping key, and what the provider handed out with it.

use jiff::{SignedDuration, Timestamp};

use crate::format::lint::rules::wrapping as rules;
use crate::format::lint::{self, Finding};
use crate::format::material::Material;
use crate::format::spki::PublicKey;
use crate::format::wrapping_key::WrappingKeyError;
use crate::key::spec::KeySpec;
use crate::key::strength;
use crate::provider::{Challenge, ChallengeError, Handout, ImportFile, PROVIDERS, Provider};

/// Less time than this is short: people, approvals and uploads lie between a bundle and its import.
const SHORT: SignedDuration = SignedDuration::from_hours(1);

/// The id of the provider that takes any key.
const ANY: &str = "generic";

/// The provider that takes these bytes as its own answer, if there is one.
#[must_use]
pub fn whose(bytes: &[u8]) -> Option<(&'static Provider, Challenge)> {
    let wrapping_key = ImportFile { name: String::new(), bytes: bytes.to_vec() };
    let handout = Handout { wrapping_key, import_token: None, kid: None, import_job: None };
    let named = PROVIDERS.iter().filter(|provider| provider.id != ANY);
    named.into_iter().find_map(|provider| Some((*provider, (provider.read_challenge)(&handout).ok()?)))
}

/// Everything that can be said of an answer, for a key of type `spec` when that is known.
#[must_use]
pub fn of_answer(
    provider: &'static Provider,
    handout: &Handout,
    spec: Option<KeySpec>,
    now: Timestamp,
) -> (Option<Challenge>, Vec<Finding>) {
    match (provider.read_challenge)(handout) {
        Ok(challenge) => {
            let findings = of_challenge(&challenge, provider, spec, now);
            (Some(challenge), findings)
        }
        Err(error) => (None, vec![of_refusal(&error)]),
    }
}

/// Why a provider's own reader refuses a file, as a finding.
#[must_use]
pub fn of_refusal(error: &ChallengeError) -> Finding {
    let rule = match error {
        ChallengeError::Key(WrappingKeyError::PrivateKey(_)) => &rules::WRAPPING_PRIVATE,
        ChallengeError::Key(WrappingKeyError::NotRsa(_)) => &rules::WRAPPING_TYPE,
        ChallengeError::Key(WrappingKeyError::Rule(_)) => &rules::WRAPPING_NUMBERS,
        ChallengeError::Size { .. } => &rules::WRAPPING_SIZE,
        ChallengeError::Missing { .. } | ChallengeError::Incomplete { .. } => &rules::WRAPPING_INCOMPLETE,
        ChallengeError::Key(_)
        | ChallengeError::ErrorAnswer(_)
        | ChallengeError::OtherAnswer(_)
        | ChallengeError::Member { .. }
        | ChallengeError::OtherProvider { .. }
        | ChallengeError::NotReady(_)
        | ChallengeError::Contradiction { .. } => &rules::WRAPPING_ANSWER,
    };
    Finding::new(rule, "", error.to_string())
}

/// What is to be said of a wrapping key that the provider's reader took: its numbers, strength, time.
#[must_use]
pub fn of_challenge(
    challenge: &Challenge,
    provider: &'static Provider,
    spec: Option<KeySpec>,
    now: Timestamp,
) -> Vec<Finding> {
    let mut findings = of_numbers(challenge);
    findings.extend(of_terms(challenge, provider, spec, now));
    findings
}

/// What is to be said of the numbers of a wrapping key.
#[must_use]
pub fn of_numbers(challenge: &Challenge) -> Vec<Finding> {
    let numbers = PublicKey::from_der(&challenge.spki).ok().map(Material::Public);
    numbers.iter().flat_map(lint::of_key).collect()
}

/// What is to be said of a wrapping key but for its numbers: strength, time, what the answer says of it.
#[must_use]
pub fn of_terms(
    challenge: &Challenge,
    provider: &'static Provider,
    spec: Option<KeySpec>,
    now: Timestamp,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(spec.and_then(|spec| of_strength(challenge, provider, spec)));
    findings.extend(of_time(challenge, now));
    findings.extend(challenge.caution.map(|caution| Finding::new(&rules::WRAPPING_CAUTION, "", caution)));
    findings
}

fn of_strength(challenge: &Challenge, provider: &'static Provider, spec: KeySpec) -> Option<Finding> {
    let bits = u32::try_from(challenge.bits()).unwrap_or(u32::MAX);
    let (key, wrapping) = (strength::of(spec), strength::of_rsa(bits));
    if wrapping >= key {
        return None;
    }
    let text = format!("the wrapping key ({wrapping} bits of strength) is weaker than {spec} ({key} bits)");
    Some(match provider.wrapping_sizes.maximum() {
        Some(most) if bits < most => {
            let detail = format!("{text}; {} hands out larger ones up to RSA-{most}", provider.id);
            Finding::new(&rules::WRAPPING_WEAKER, "", detail)
        }
        None => Finding::new(&rules::WRAPPING_WEAKER, "", text),
        Some(_) => {
            Finding::new(&rules::WRAPPING_LARGEST, "", format!("{text}, and {} hands out no larger one", provider.id))
        }
    })
}

fn of_time(challenge: &Challenge, now: Timestamp) -> Option<Finding> {
    if let Some(start) = challenge.not_before.filter(|start| *start > now) {
        return Some(Finding::new(&rules::WRAPPING_NOT_YET, "", format!("it is not valid before {}", shown(start))));
    }
    let end = challenge.expires_at?;
    let left = end.duration_since(now);
    if left <= SignedDuration::ZERO {
        return Some(Finding::new(&rules::WRAPPING_EXPIRED, "", format!("it expired at {}", shown(end))));
    }
    (left < SHORT).then(|| {
        let detail = format!("{} minutes are left for the import, until {}", left.as_mins(), shown(end));
        Finding::new(&rules::WRAPPING_ENDS_SOON, "", detail)
    })
}

/// To the second, UTC.
fn shown(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
