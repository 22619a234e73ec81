//! Errors of `revoke`.

use super::Explained;
use crate::cli::codes::{Code, attended, revoke, stage, token, unexpected, usage};
use crate::key::stage::Stage;
use crate::key::state::State;
use crate::manifest::destruction::USE;
use crate::ops::change::ChangeError;
use crate::ops::revoke::{Hurdle, RevokeError};
use crate::provider::RevocationError;

impl Explained for RevokeError {
    fn code(&self) -> &'static Code {
        match self {
            Self::NoStage { .. } => &stage::NO_STAGE,
            Self::NotSuperseded { .. } | Self::IsThere { .. } => &usage::USAGE,
            Self::InUse { .. } => &revoke::STILL_IN_USE,
            Self::Waits { hurdles, .. } if hurdles.iter().any(|hurdle| hurdle.kind == USE) => &revoke::DEPENDED_ON,
            Self::Waits { .. } => &attended::WAITING,
            Self::Alone { .. } => &attended::BREAK_GLASS,
            Self::OtherToken { .. } => &revoke::ON_ANOTHER_TOKEN,
            Self::Foreign { .. } => &revoke::FOREIGN_OBJECT,
            Self::StillThere { .. } => &token::NOT_DESTROYED,
            Self::NotThere(_) => &revoke::NOT_THERE,
            Self::Change(error) => error.code(),
        }
    }

    fn causes(&self) -> Vec<String> {
        match self {
            Self::Foreign { objects, .. } => objects.clone(),
            Self::Waits { hurdles, .. } => hurdles.iter().map(said).collect(),
            Self::Change(error) => error.causes(),
            _ => Vec::new(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::NoStage { state, .. } => stages(*state),
            Self::NotSuperseded { id, earlier } => vec![
                format!("byok revoke {earlier} --reason superseded"),
                format!("byok revoke {id} --reason superseded   if that one is meant all the same"),
            ],
            Self::InUse { id, state } => {
                let stage = if *state == State::Active { Stage::Suspend } else { Stage::Deactivate };
                vec![format!("byok revoke {id} --stage {stage} --reason REASON")]
            }
            Self::Waits { id, stage, absent, governed, hurdles } => {
                let mut hints: Vec<String> = hurdles.iter().filter_map(|hurdle| hurdle.next.clone()).collect();
                let waits = hurdles.iter().filter_map(|hurdle| hurdle.until).max();
                hints.extend(waits.map(|until| format!("wait until {until:.0}")));
                let absent = if *absent { " --absent" } else { "" };
                hints.extend(governed.then(|| format!("byok plan revoke {id} --stage {stage}{absent} --reason REASON --message WHY --break-glass --out plan.json   in an emergency, with the approvals of two people")));
                hints
            }
            Self::Alone { .. } => vec![
                "byok plan revoke KEY ... --break-glass --out plan.json   and byok approve by two people whom the policy names".to_owned(),
            ],
            Self::OtherToken { .. } => vec!["--token LABEL   of the token that has the key".to_owned()],
            Self::Foreign { .. } => vec!["remove the foreign object with the vendor's tool".to_owned()],
            Self::StillThere { partly: true, .. } => vec!["byok recover".to_owned()],
            Self::StillThere { .. } => Vec::new(),
            Self::NotThere(id) => vec![
                format!("byok show {id}   names the token that had it"),
                format!("byok revoke {id} --stage destroy --absent --reason REASON   records that it was not found, and no more"),
            ],
            Self::IsThere { id, stage: Stage::Destroy, .. } => {
                vec![format!("byok revoke {id} --stage destroy --reason REASON   destroys it")]
            }
            Self::IsThere { id, stage, .. } => vec![format!("byok revoke {id} --stage {stage} --reason REASON")],
            Self::Change(ChangeError::State(error)) => {
                let possible = stages(error.transition.from);
                if possible.is_empty() { vec![format!("byok show {}", error.id)] } else { possible }
            }
            Self::Change(error) => error.hints(),
        }
    }
}

impl Explained for RevocationError {
    fn code(&self) -> &'static Code {
        &unexpected::UNEXPECTED
    }
}

fn said(hurdle: &Hurdle) -> String {
    let until = hurdle.until.map(|until| format!(" (until {until:.0})")).unwrap_or_default();
    format!("{}{until}", hurdle.what)
}

/// The stages that can be named in a state; the one that takes nothing away first.
fn stages(state: State) -> Vec<String> {
    let possible = Stage::ALL.into_iter().filter(|stage| state.on(stage.event()).is_ok());
    let named: Vec<String> = possible.map(|stage| format!("--stage {stage}")).collect();
    if named.is_empty() { named } else { vec![named.join(", or ")] }
}
