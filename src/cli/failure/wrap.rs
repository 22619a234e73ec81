//! Errors of `wrap-for-import`: the wrapping key, the provider's table, the plan, the token's answer.

use super::Explained;
use crate::cli::codes::{Code, input, key, rollback, storage, token, unexpected, usage};
use crate::key::exposure::Exposure;
use crate::ops::occupied::Occupied;
use crate::ops::wrap::authenticate::PinError;
use crate::ops::wrap::check::CheckError;
use crate::ops::wrap::execute::ExecuteError;
use crate::ops::wrap::run::WrapError;
use crate::provider::{ChallengeError, DestinationError, MethodError, NotTaken};
use crate::wrap::capability::Verdict;
use crate::wrap::plan::{PlanRefusal, Reason};
use crate::wrap::refusal::findings;

impl Explained for WrapError {
    fn code(&self) -> &'static Code {
        match self {
            Self::Custody { .. } => &key::CUSTODY_CHANGED,
            Self::Check(error) => error.code(),
            Self::Command(error) => error.code(),
            Self::Execute(error) => error.code(),
            Self::Length(_) => &token::WRONG_LENGTH,
            Self::Package(_) => &unexpected::UNEXPECTED,
            Self::Statement(error) => error.code(),
            Self::Token(error) => error.code(),
        }
    }

    fn causes(&self) -> Vec<String> {
        match self {
            Self::Check(error) => error.causes(),
            Self::Command(error) => error.causes(),
            Self::Execute(error) => error.causes(),
            Self::Token(error) => error.causes(),
            _ => Vec::new(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Check(error) => error.hints(),
            Self::Command(error) => error.hints(),
            Self::Execute(error) => error.hints(),
            Self::Token(error) => error.hints(),
            _ => Vec::new(),
        }
    }
}

impl Explained for CheckError {
    fn code(&self) -> &'static Code {
        match self {
            Self::Algorithm(_) => &input::ALGORITHM,
            Self::BrokenWrappingKey(_) => &input::WRAPPING_KEY,
            Self::Challenge(error) => error.code(),
            Self::Destination(DestinationError::Contradiction { .. }) => &input::CONTRADICTION,
            Self::Destination(_) => &usage::DESTINATION,
            Self::Expired(_) => &input::EXPIRED,
            Self::Manifest(_) => &storage::MALFORMED,
            Self::Method(error) => error.code(),
            Self::NotTaken(_) => &key::TYPE_NOT_TAKEN,
            Self::NotYet(_) => &input::NOT_READY,
            Self::Occupied(error) => error.code(),
            Self::Pin(PinError::Differs { .. }) => &input::PIN_DIFFERS,
            Self::Pin(PinError::Malformed) => &usage::USAGE,
            Self::Plan(error) => error.code(),
            Self::Registry(error) => error.code(),
            Self::Sealed(_) => &key::SEALED,
            Self::GivenUp { .. } => &rollback::GIVEN_UP,
            Self::State(error) => error.code(),
            Self::Unknown(error) => error.code(),
        }
    }

    fn causes(&self) -> Vec<String> {
        match self {
            Self::Method(error) => error.causes(),
            Self::Plan(refusal) => refusal.causes(),
            _ => Vec::new(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::State(error) => error.hints(),
            Self::BrokenWrappingKey(finding) => vec![format!("byok explain {}", finding.rule)],
            Self::Challenge(error) => error.hints(),
            Self::Destination(DestinationError::TargetMissing { proposal, .. }) => vec![format!("--target {proposal}")],
            Self::Expired(_) => vec!["ask the provider for a new wrapping key".to_owned()],
            Self::Method(error) => error.hints(),
            Self::NotTaken(refusal) => refusal.hints(),
            Self::Occupied(error) => {
                let own = "--wrapping-key FILE   with the provider's answer about another key there";
                std::iter::once(own.to_owned()).chain(error.hints()).collect()
            }
            Self::Pin(PinError::Differs { .. }) => {
                vec!["do not go on before you know whose key this file holds".to_owned()]
            }
            Self::Plan(refusal) => refusal.hints(),
            Self::Registry(error) => error.hints(),
            Self::GivenUp { id, .. } => vec![format!("byok rotate {}   makes another version", id.key)],
            Self::Sealed(id) => vec![format!("byok show {id}   says when; a new key can be wrapped")],
            Self::Unknown(error) => error.hints(),
            _ => Vec::new(),
        }
    }
}

impl Explained for Occupied {
    fn code(&self) -> &'static Code {
        &key::SHARED_PLACE
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Taken { other, .. } => vec![format!("byok show {other}   says where that went")],
            Self::Shared { .. } => Vec::new(),
        }
    }
}

impl Explained for ChallengeError {
    fn code(&self) -> &'static Code {
        match self {
            Self::Key(_) | Self::Size { .. } => &input::WRAPPING_KEY,
            Self::ErrorAnswer(_) | Self::OtherAnswer(_) => &input::OTHER_ANSWER,
            Self::Member { .. } | Self::OtherProvider { .. } | Self::Incomplete { .. } => &input::ANSWER_RULE,
            Self::NotReady(_) => &input::NOT_READY,
            Self::Missing { .. } => &usage::DESTINATION,
            Self::Contradiction { .. } => &input::CONTRADICTION,
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::OtherProvider { provider, .. } => vec![format!("--provider {provider}")],
            Self::Incomplete { hint, .. } => vec![hint.clone()],
            _ => Vec::new(),
        }
    }
}

impl Explained for MethodError {
    fn code(&self) -> &'static Code {
        match self {
            Self::Unknown { .. } | Self::NotTaken { .. } => &input::METHOD,
            Self::Required { .. } => &usage::METHOD_REQUIRED,
            Self::Contradiction { .. } | Self::Size { .. } => &input::CONTRADICTION,
            Self::DoesNotFit { .. } => &input::DOES_NOT_FIT,
        }
    }

    fn causes(&self) -> Vec<String> {
        match self {
            Self::Required { why, .. } => vec![(*why).to_owned()],
            _ => Vec::new(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Required { choices, spec, fitting, .. } => {
                let all = format!("--method {}: whichever the provider was asked for", choices.join(" | "));
                let some = (fitting.len() < choices.len())
                    .then(|| format!("{spec} keys can be wrapped with {}", fitting.join(" or ")));
                std::iter::once(all).chain(some).collect()
            }
            Self::DoesNotFit { fitting, .. } => fitting.iter().map(|method| format!("--method {method}")).collect(),
            _ => Vec::new(),
        }
    }
}

impl Explained for NotTaken {
    fn code(&self) -> &'static Code {
        &key::TYPE_NOT_TAKEN
    }

    fn hints(&self) -> Vec<String> {
        let others = self.takes.iter().find(|(spec, _)| *spec == self.spec).map(|(_, purposes)| purposes);
        let takes = if let Some(purposes) = others {
            let purposes: Vec<String> = purposes.iter().map(ToString::to_string).collect();
            format!("{} keys for {}; `byok generate --purpose` sets it", self.spec, purposes.join(" or "))
        } else {
            self.takes.iter().map(|(spec, _)| spec.to_string()).collect::<Vec<_>>().join(", ")
        };
        vec![format!("{} takes {takes}", self.provider), format!("byok providers show {}", self.provider)]
    }
}

impl Explained for PlanRefusal {
    fn code(&self) -> &'static Code {
        let pads = self.obstacles.iter().any(|obstacle| obstacle.finding.verdict == Verdict::ZeroPadded);
        match self.reason {
            Reason::NeedsConsent(_) => &token::NEEDS_CONSENT,
            Reason::Impossible if pads => &token::PADS_KEYS,
            Reason::Impossible => &token::IMPOSSIBLE,
            Reason::DoesNotFit => &input::DOES_NOT_FIT,
            Reason::NoMethod => &input::METHOD,
            Reason::Unsafe => &token::UNSAFE,
        }
    }

    fn causes(&self) -> Vec<String> {
        findings(&self.obstacles)
    }

    fn hints(&self) -> Vec<String> {
        let instead = self.instead.as_ref().map(|(method, exposure)| match exposure {
            Exposure::None => {
                format!("--method {method} keeps the key inside the token; the provider must have been asked for it")
            }
            other => format!(
                "--method {method} --allow-exposure {other} shows less; the provider must have been asked for it"
            ),
        });
        let consent = self.consent_that_helps().map(|exposure| format!("consent with --allow-exposure {exposure}"));
        instead.into_iter().chain(consent).chain(["byok hsm probe   shows what is possible".to_owned()]).collect()
    }
}

impl Explained for ExecuteError {
    fn code(&self) -> &'static Code {
        match self {
            Self::Random | Self::Software(_) => &unexpected::UNEXPECTED,
            Self::PublicKey(_) => &token::BAD_ANSWER,
            Self::Token(error) | Self::CleanUp(error) => error.code(),
            Self::NoEntry => &token::IMPOSSIBLE,
            Self::NotTheKey(_) => &token::NOT_THE_KEY,
        }
    }

    fn causes(&self) -> Vec<String> {
        match self {
            Self::Token(error) | Self::CleanUp(error) => error.causes(),
            _ => Vec::new(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Token(error) | Self::CleanUp(error) => error.hints(),
            _ => Vec::new(),
        }
    }
}
