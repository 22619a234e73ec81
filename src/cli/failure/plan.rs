//! Errors of plans: files that are none, plans that may not be made or applied.

use super::{Explained, Failure};
use crate::approval::plan::PlanError;
use crate::cli::codes::{Code, apply, attended, input, plan_file, unexpected, usage};
use crate::cli::text::seconds;
use crate::ops::apply::{ApplyError, Gone};
use crate::ops::plan::MakeError;

/// What an expired plan may have begun.
const LEFT: &str = "byok status   names a rotation that the plan left open";
/// How to get a plan that can be applied.
const AGAIN: &str = "byok plan COMMAND ARGS... --out FILE   makes a new plan, to be approved again";

/// A file that is no plan, by the name that was typed.
pub(in crate::cli) fn no_plan(name: &str, error: &PlanError) -> Failure {
    match error {
        PlanError::TooLarge => Failure::new(&input::INPUT_TOO_LARGE, format!("{name} is {error}")),
        PlanError::Rewritten => Failure::new(&plan_file::REWRITTEN, format!("{name} was edited or reformatted"))
            .cause(error.to_string())
            .hint("use the file as byok plan wrote it"),
        _ => Failure::new(&plan_file::NO_PLAN, format!("{name} is no plan"))
            .because(Some(error))
            .hint("byok plan COMMAND ARGS... --out FILE   makes one"),
    }
}

impl Explained for MakeError {
    fn code(&self) -> &'static Code {
        match self {
            Self::Life => &usage::PLAN_LIFE,
            Self::Plan(_) => &usage::USAGE,
            Self::Random => &unexpected::UNEXPECTED,
            Self::NoPeople | Self::TooFewPeople { .. } => &attended::BREAK_GLASS,
            Self::Registry(error) => error.code(),
        }
    }

    fn causes(&self) -> Vec<String> {
        match self {
            Self::TooFewPeople { found, .. } if found.is_empty() => {
                vec!["nobody of the policy could approve".to_owned()]
            }
            Self::TooFewPeople { found, .. } => vec![format!("who could approve: {}", found.join(", "))],
            _ => Vec::new(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Life => vec!["--expires PT8H, --expires P3D".to_owned()],
            Self::Registry(error) => error.hints(),
            Self::NoPeople | Self::TooFewPeople { .. } => vec![
                "adopt a policy that names two people beside the author, and allowed signers with a key of each"
                    .to_owned(),
                "leave --break-glass out, and wait for what stands in the way".to_owned(),
            ],
            Self::Plan(_) | Self::Random => Vec::new(),
        }
    }
}

impl Explained for ApplyError {
    fn code(&self) -> &'static Code {
        match self {
            Self::OtherRegistry { .. } => &apply::OTHER_REGISTRY,
            Self::Expired(_) => &apply::EXPIRED,
            Self::NotYet(_) => &apply::NOT_YET,
            Self::Base(_) => &apply::BASE_CHANGED,
            Self::Terms => &apply::OTHER_ACTION,
            Self::Applied { .. } => &apply::APPLIED,
            Self::Registry(error) => error.code(),
        }
    }

    fn causes(&self) -> Vec<String> {
        match self {
            Self::OtherRegistry { plan, registry } => vec![format!("plan: {plan}"), format!("registry: {registry}")],
            Self::Applied { seq, at } => vec![format!("log entry {seq}, {}", seconds(*at))],
            _ => Vec::new(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::OtherRegistry { .. } => vec!["name the registry of the plan with --registry".to_owned()],
            Self::NotYet(_) => vec!["set the clock of this host right".to_owned()],
            Self::Base(Gone::Checkpoint) => {
                vec!["byok verify REGISTRY --trust signer.pem   checks the log".to_owned(), AGAIN.to_owned()]
            }
            Self::Expired(_) => vec![AGAIN.to_owned(), LEFT.to_owned()],
            Self::Base(_) | Self::Terms | Self::Applied { .. } => vec![AGAIN.to_owned()],
            Self::Registry(error) => error.hints(),
        }
    }
}
