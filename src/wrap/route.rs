//! For the probe's table: how a type of key gets from this token to a provider, at best.

use super::capability::Capabilities;
use super::plan::{WrapPlan, choose, survey};
use super::refusal::findings;
use crate::key::exposure::Exposure;
use crate::key::method::WrapMethod;
use crate::key::spec::KeySpec;

/// The way of a key, in one word.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Route {
    /// One mechanism of the token does it all.
    Native,
    /// Two mechanisms and an ephemeral key in the token.
    Composed,
    /// RSAES-OAEP of the key itself, in the token.
    Direct,
    /// With an ephemeral key that the host knows for a moment.
    HostKek,
    /// Only with the key itself in the host's memory.
    PlaintextOnly,
    /// Not at all.
    Impossible,
}

/// The best way and what is to be known about it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RouteReport {
    /// The way.
    pub route: Route,
    /// Method and plan; `None` when there is no plan.
    pub plan: Option<(WrapMethod, WrapPlan)>,
    /// When a stronger hash needs another way: `with SHA-1; host-kek with SHA-512`.
    pub note: Option<String>,
    /// Why it is no better way, one finding each.
    pub why: Vec<String>,
}

impl Route {
    /// As the table shows it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Composed => "composed",
            Self::Direct => "direct",
            Self::HostKek => "host-kek",
            Self::PlaintextOnly => "plaintext only",
            Self::Impossible => "impossible",
        }
    }

    fn of(plan: WrapPlan) -> Self {
        match plan {
            WrapPlan::NativeRsaAes { .. } => Self::Native,
            WrapPlan::DirectOaep { .. } => Self::Direct,
            WrapPlan::TokenKek { .. } => Self::Composed,
            WrapPlan::HostKek { .. } => Self::HostKek,
            WrapPlan::HostPlaintext { .. } => Self::PlaintextOnly,
        }
    }
}

/// The best way for a key of this type by any of `methods`, with whatever consent it takes.
#[must_use]
pub fn route(spec: KeySpec, methods: &[WrapMethod], capabilities: &Capabilities) -> RouteReport {
    match choose(spec, methods, capabilities, Exposure::Plaintext) {
        Ok((method, plan)) => {
            let better = survey(spec, method, capabilities).1;
            let (note, of_strongest) = stronger(spec, methods, capabilities, plan);
            let why = findings(&better).into_iter().chain(of_strongest).collect();
            RouteReport { route: Route::of(plan), plan: Some((method, plan)), note, why }
        }
        Err(refusal) => {
            let why = match refusal.obstacles.as_slice() {
                [] => vec![refusal.to_string()],
                obstacles => findings(obstacles),
            };
            RouteReport { route: Route::Impossible, plan: None, note: None, why }
        }
    }
}

/// What the strongest hash on offer would take when the best plan uses a weaker one, and why.
fn stronger(
    spec: KeySpec,
    methods: &[WrapMethod],
    capabilities: &Capabilities,
    best: WrapPlan,
) -> (Option<String>, Vec<String>) {
    let Some(strongest) = methods.iter().map(|method| method.hash()).max().filter(|hash| *hash > best.hash()) else {
        return (None, Vec::new());
    };
    let with_it: Vec<WrapMethod> = methods.iter().copied().filter(|method| method.hash() == strongest).collect();
    let mut note = format!("with {}", best.hash().standard_name());
    let other = choose(spec, &with_it, capabilities, Exposure::Plaintext);
    let (why, way) = match other {
        Ok((method, plan)) => (survey(spec, method, capabilities).1, Some(Route::of(plan))),
        Err(refusal) => (refusal.obstacles, None),
    };
    if let Some(way) = way {
        note = format!("{note}; {} with {}", way.as_str(), strongest.standard_name());
    }
    (Some(note), findings(&why))
}
