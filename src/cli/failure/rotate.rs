//! Errors of `rotate`: what speaks against one key.

use super::Explained;
use crate::cli::codes::{Code, apply, input, key, rollback, usage};
use crate::ops::rotate::error::RotateError;

/// The most canaries that are named.
const NAMED: usize = 10;

impl Explained for RotateError {
    fn code(&self) -> &'static Code {
        match self {
            Self::NotInUse(_) => &key::NEVER_IN_USE,
            Self::NoTarget { .. } => &key::NO_TARGET,
            Self::SharedPlace { .. } => &key::SHARED_PLACE,
            Self::CanariesWait(_) => &key::CANARIES_WAIT,
            Self::CanariesFailed { .. } => &key::CANARIES_FAILED,
            Self::Held { .. } => &rollback::HELD_BY_CANARIES,
            Self::NoRun => &key::NO_RUN,
            Self::OtherPlan { .. } => &apply::OTHER_ACTION,
            Self::Unread { .. } | Self::AnswerChanged { .. } => &input::INPUT_UNREADABLE,
            Self::Limits(_) => &input::CONTRADICTION,
            Self::NoFolder(_) => &usage::USAGE,
            Self::Nested { .. } => &usage::NESTED_BUNDLES,
            Self::Generate(error) => error.code(),
            Self::Wrap(error) => error.code(),
            Self::Command(error) => error.code(),
        }
    }

    fn causes(&self) -> Vec<String> {
        match self {
            Self::CanariesWait(waiting) => waiting.canaries.iter().take(NAMED).map(ToString::to_string).collect(),
            Self::CanariesFailed { canaries, .. } => {
                canaries.iter().take(NAMED).map(|(id, why)| format!("{id}: {why}")).collect()
            }
            Self::Held { run, keys } => {
                keys.iter().take(NAMED).map(ToString::to_string).chain([format!("run {run}")]).collect()
            }
            Self::Generate(error) => error.causes(),
            Self::Wrap(error) => error.causes(),
            Self::Command(error) => error.causes(),
            _ => Vec::new(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::NotInUse(id) => vec![
                format!("byok activate {id}   brings it into use"),
                format!("byok wrap-for-import {id} --provider PROVIDER --wrapping-key FILE --out DIR"),
            ],
            Self::NoTarget { id, provider, key, mount } => {
                let key = if key.is_empty() { String::new() } else { format!(", target: \"{key}\"") };
                let mount = mount.as_ref().map(|mount| format!(", mount: \"{mount}\"")).unwrap_or_default();
                let target = format!("{{provider: {provider}{key}{mount}, keys: [\"{}\"]}}", id.key);
                vec![format!("add to targets in byok.yaml: ID: {target}")]
            }
            Self::SharedPlace { target, .. } => {
                vec![format!(
                    "at targets.{target} in byok.yaml: a target with {{name}}, or keys of which one alone goes there"
                )]
            }
            Self::CanariesWait(waiting) => waiting
                .canaries
                .iter()
                .take(1)
                .flat_map(|id| {
                    [
                        format!("byok confirm-import {id} --provider PROVIDER --evidence FILE"),
                        "byok rotate --continue --wrapping-keys DIR --out DIR   then goes on".to_owned(),
                    ]
                })
                .collect(),
            Self::NoRun => vec![
                "byok rotate NAME...   begins one".to_owned(),
                "byok status   names the targets that wait for a wrap".to_owned(),
            ],
            Self::CanariesFailed { .. } => {
                vec!["byok rotate --continue --abandon   ends the run; what was made stays".to_owned()]
            }
            Self::Held { .. } => vec![
                "byok rotate --continue   goes on with it".to_owned(),
                "byok rotate --continue --abandon   ends it; what was made stays".to_owned(),
            ],
            Self::OtherPlan { .. } => {
                vec!["byok plan rotate ARGS... --out FILE   makes a new plan, to be approved again".to_owned()]
            }
            Self::AnswerChanged { .. } => {
                vec!["type the command again: what is there now is shown, and asked about".to_owned()]
            }
            Self::NoFolder(_) => vec!["--out DIR".to_owned()],
            Self::Nested { .. } => vec!["rotate the key by itself, and name another folder with --out".to_owned()],
            Self::Limits(error) => vec![format!("ask {} for an answer of the right place", error.target)],
            Self::Generate(error) => error.hints(),
            Self::Wrap(error) => error.hints(),
            Self::Command(error) => error.hints(),
            Self::Unread { .. } => Vec::new(),
        }
    }
}
