//! What to type: commands that the policy lets through, with everything that the target says.

use jiff::Timestamp;

use super::facts::{Facts, Subject, WrapFact};
use crate::format::escape::{SHORT, shell_word};
use crate::key::stage::Stage;
use crate::key::state::State;
use crate::ops::target::{Target, Targets};

/// The options of a rotation that wraps.
const FOLDERS: &str = " --wrapping-keys DIR --out DIR";

/// A rotation: of a key with targets it takes answers, and with approvals it begins with a plan.
pub(super) fn rotate(subject: &Subject, targets: &Targets) -> String {
    let wraps = targets.of(&subject.name).next().is_some();
    let folders = if wraps { FOLDERS } else { "" };
    let asks = subject.asks.rotate || (wraps && subject.asks.wrap);
    planned(asks, &format!("rotate {}{folders}", subject.name))
}

/// A wrap for a target, as the target has it.
pub(super) fn wrap(subject: &Subject, key: &str, target: &Target) -> String {
    let place = target.target_for(&subject.name);
    let options = [
        ("--target", place.as_deref()),
        ("--mount", target.mount.as_deref()),
        ("--method", target.method.as_deref()),
        ("--algorithm", target.algorithm.as_deref()),
    ];
    wrap_with(subject, key, target.provider.id, &options)
}

/// A wrap for a place where one went before.
pub(super) fn wrap_again(subject: &Subject, key: &str, wrap: &WrapFact, targets: &Targets) -> String {
    if let Some(target) = wrap.target_id.as_deref().and_then(|id| targets.get(id)) {
        return self::wrap(subject, key, target);
    }
    let options = [("--target", wrap.target.as_deref()), ("--mount", wrap.mount.as_deref())];
    wrap_with(subject, key, &wrap.provider, &options)
}

fn wrap_with(subject: &Subject, key: &str, provider: &str, options: &[(&str, Option<&str>)]) -> String {
    let given = options.iter().filter_map(|(name, value)| Some(format!(" {name} {}", shell_word((*value)?, SHORT))));
    let given: String = given.collect();
    let provider = shell_word(provider, SHORT);
    planned(
        subject.asks.wrap,
        &format!("wrap-for-import {key} --provider {provider} --wrapping-key FILE{given} --out DIR"),
    )
}

/// The next stage on the way to the end of a version, and when the policy lets it come.
pub(super) fn end(
    subject: &Subject,
    version: &Facts,
    key: &str,
    (reason, last): (&str, Stage),
) -> (String, Option<Timestamp>) {
    let periods = &subject.periods;
    let after = |period: Option<crate::policy::Period>| period.and_then(|period| period.after(version.since));
    let (stage, from) = match version.state {
        State::Active if periods.before_deactivation.is_some() => (Stage::Suspend, None),
        State::Active => (Stage::Deactivate, None),
        State::Suspended => (Stage::Deactivate, after(periods.before_deactivation)),
        State::Deactivated | State::Compromised => (last, after(periods.before_destruction)),
        _ => (last, None),
    };
    let asks = if stage == Stage::Destroy { subject.asks.destroy } else { subject.asks.revoke };
    (planned(asks, &format!("revoke {key} --reason {reason} --stage {stage}")), from)
}

fn planned(asks: bool, command: &str) -> String {
    if asks { format!("byok plan {command} --out plan.json") } else { format!("byok {command}") }
}
