//! Errors of `rotate`: what speaks against one key.

use super::Explained;
use crate::cli::codes::{Code, apply, input, key, rollback, usage};
use crate::key::version::KeyVersionId;
use crate::ops::rotate::error::RotateError;

/// The most canaries that are named.
const NAMED: usize = 10;

/// What is an option of `wrap-for-import` is a field of the target here.
fn of_target(hint: &str, target: &str) -> String {
    let fields = ["method", "target", "algorithm", "mount", "provider"];
    let found = fields.iter().find_map(|field| Some((field, hint.strip_prefix(&format!("--{field} "))?)));
    let Some((field, rest)) = found else { return hint.to_owned() };
    let (value, rest) = rest.split_once(": ").map_or_else(
        || rest.split_once(' ').map_or((rest, String::new()), |(value, rest)| (value, format!(", {rest}"))),
        |(value, rest)| (value, format!(": {rest}")),
    );
    format!("{field}: {value} at targets.{target} in byok.yaml{rest}")
}

/// A run, as people know it: by its id, and by what was typed.
fn of_run(run: &str, asked: &str) -> String {
    format!("run {run}: byok {asked}")
}

impl Explained for RotateError {
    fn code(&self) -> &'static Code {
        match self {
            Self::NotInUse(_) => &key::NEVER_IN_USE,
            Self::Waits { .. } => &rollback::TARGETS_WAIT,
            Self::NoTarget { .. } => &key::NO_TARGET,
            Self::SharedPlace { .. } | Self::OneKey { .. } => &key::SHARED_PLACE,
            Self::CanariesWait { .. } => &key::CANARIES_WAIT,
            Self::CanariesFailed { .. } => &key::CANARIES_FAILED,
            Self::Held { .. } => &rollback::HELD_BY_CANARIES,
            Self::NoRun(_) => &key::NO_RUN,
            Self::SeveralRuns { .. } => &rollback::SEVERAL_RUNS,
            Self::OtherPlan { .. } => &apply::OTHER_ACTION,
            Self::Unread { .. } | Self::AnswerChanged { .. } => &input::INPUT_UNREADABLE,
            Self::Limits(_) => &input::CONTRADICTION,
            Self::NoFolder(_) | Self::NoSuchTarget { .. } => &usage::USAGE,
            Self::Nested { .. } => &usage::NESTED_BUNDLES,
            Self::Target { error, .. } => error.code(),
            Self::Generate(error) => error.code(),
            Self::Wrap(error) => error.code(),
            Self::Command(error) => error.code(),
        }
    }

    fn causes(&self) -> Vec<String> {
        match self {
            Self::CanariesWait { waiting, asked, why } => {
                let each = waiting.canaries.iter().zip(why).take(NAMED).map(|(id, why)| format!("{id}: {why}"));
                each.chain([of_run(&waiting.run, asked)]).collect()
            }
            Self::CanariesFailed { canaries, run, asked, .. } => {
                let each = canaries.iter().take(NAMED).map(|(id, why)| format!("{id}: {why}"));
                each.chain([of_run(run, asked)]).collect()
            }
            Self::Held { run, keys, asked, .. } => {
                keys.iter().take(NAMED).map(ToString::to_string).chain([of_run(run, asked)]).collect()
            }
            Self::SeveralRuns { runs, .. } => runs.iter().take(NAMED).map(|run| of_run(&run.id, &run.asked)).collect(),
            Self::Target { error, .. } => error.causes(),
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
            Self::Waits { id, targets } => waits(id, targets),
            Self::NoTarget { id, provider, key, mount } => {
                vec![format!(
                    "add to targets in byok.yaml: ID: {}",
                    missing_target(id, provider, key, mount.as_deref())
                )]
            }
            Self::SharedPlace { target, .. } => {
                vec![format!(
                    "at targets.{target} in byok.yaml: a target with {{name}}, or keys of which one alone goes there"
                )]
            }
            Self::OneKey { key, target, error, .. } => {
                let own = format!("DIR/{key}/{target}.json   is the place for an answer about a key of its own there");
                std::iter::once(own).chain(error.hints()).collect()
            }
            Self::CanariesWait { waiting, .. } => vec![
                "byok status   says what each of them waits for, and what to type".to_owned(),
                format!("{}   then goes on", waiting.goes_on),
            ],
            Self::SeveralRuns { runs, ends: true } => {
                runs.iter().take(NAMED).map(|run| format!("byok rotate --continue {} --abandon", run.id)).collect()
            }
            Self::SeveralRuns { runs, .. } => runs.iter().take(NAMED).map(|run| run.next.clone()).collect(),
            Self::NoSuchTarget { known, .. } if known.is_empty() => {
                vec!["byok.yaml has no targets; \"Targets\" in README.md shows some".to_owned()]
            }
            Self::NoSuchTarget { known, .. } => vec![format!("targets of byok.yaml: {}", known.join(", "))],
            Self::NoRun(_) => vec![
                "byok rotate NAME...   begins one".to_owned(),
                "byok status   names the runs that are open, and the targets that wait for a wrap".to_owned(),
            ],
            Self::CanariesFailed { abandons, .. } => vec![format!("{abandons}   ends the run; what was made stays")],
            Self::Held { ways, .. } => {
                let [goes_on, abandons] = ways.as_ref();
                vec![format!("{goes_on}   goes on with it"), format!("{abandons}   ends it; what was made stays")]
            }
            Self::OtherPlan { .. } => {
                vec!["byok plan rotate ARGS... --out FILE   makes a new plan, to be approved again".to_owned()]
            }
            Self::AnswerChanged { .. } => {
                vec!["type the command again: what is there now is shown, and asked about".to_owned()]
            }
            Self::NoFolder(_) => vec!["--out DIR".to_owned()],
            Self::Nested { .. } => vec!["rotate the key by itself, and name another folder with --out".to_owned()],
            Self::Limits(error) => vec![format!("ask {} for an answer of the right place", error.target)],
            Self::Target { target, error, .. } => error.hints().iter().map(|hint| of_target(hint, target)).collect(),
            Self::Generate(error) => error.hints(),
            Self::Wrap(error) => error.hints(),
            Self::Command(error) => error.hints(),
            Self::Unread { .. } => Vec::new(),
        }
    }
}

/// The ways out of waiting for answers.
fn waits(id: &KeyVersionId, targets: &[String]) -> Vec<String> {
    let answers = targets.iter().take(NAMED).map(|target| format!("DIR/{}/{target}.json", id.key));
    let answers = answers.collect::<Vec<_>>().join(", ");
    vec![
        format!("--wrapping-keys DIR --out DIR   with the answer as {answers}"),
        format!("byok rotate {} --again   makes a new version, whatever {id} owes", id.key),
    ]
}

/// The entry of byok.yaml that leads where a version is.
fn missing_target(id: &KeyVersionId, provider: &str, key: &str, mount: Option<&str>) -> String {
    let key = if key.is_empty() { String::new() } else { format!(", target: \"{key}\"") };
    let mount = mount.map(|mount| format!(", mount: \"{mount}\"")).unwrap_or_default();
    format!("{{provider: {provider}{key}{mount}, keys: [\"{}\"]}}", id.key)
}

#[cfg(test)]
mod tests {
    use super::of_target;

    #[test]
    fn an_option_that_rotate_lacks_is_a_field_of_the_target() {
        for (hint, expected) in [
            ("--method rsa-aes-sha1 keeps the key", "method: rsa-aes-sha1 at targets.eu in byok.yaml, keeps the key"),
            ("--method A | B: whichever", "method: A | B at targets.eu in byok.yaml: whichever"),
            ("--method rsa-aes-sha1", "method: rsa-aes-sha1 at targets.eu in byok.yaml"),
            ("consent with --allow-exposure plaintext", "consent with --allow-exposure plaintext"),
        ] {
            assert_eq!(of_target(hint, "eu"), expected);
        }
    }
}
