//! `hsm probe`: takes a token's profile anew, and says what it means for each provider and key type.

use serde::Serialize;

use super::command::{CommandError, Workplace};
use super::profile::{self, KnownProfile, ProbePolicy};
use super::session::Session;
use crate::audit::record::event;
use crate::hsm::profile::Profile;
use crate::key::method::WrapMethod;
use crate::key::spec::{self, KeySpec};
use crate::provider::{PROVIDERS, Provider, accept_for};
use crate::registry::journal::Journal;
use crate::wrap::route::route;

/// `hsm probe --json`, schema `byok.probe/v1`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProbeView<'a> {
    /// `byok.probe/v1`
    pub schema: &'static str,
    /// SHA-256 of the signed profile, which manifests name.
    pub profile_sha256: &'a str,
    /// The signed profile.
    pub profile: &'a Profile,
    /// What it means for each provider.
    pub providers: Vec<ProviderView>,
}

/// The ways to one provider.
#[derive(Debug, Serialize)]
pub struct ProviderView {
    /// Provider id.
    pub provider: &'static str,
    /// One row for each key type that it takes.
    pub types: Vec<RouteView>,
}

/// The best way of one key type.
#[derive(Debug, Serialize)]
pub struct RouteView {
    /// The key type.
    #[serde(rename = "type")]
    pub spec: KeySpec,
    /// `native`, `direct`, `composed`, `host-kek`, `plaintext only` or `impossible`.
    pub route: &'static str,
    /// The method of the best way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<WrapMethod>,
    /// What a stronger hash would need.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Why it is no better way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub why: Vec<String>,
}

/// Probes the token, whatever is cached, and logs it. Works beside an unfinished run, too: it touches none of its
/// objects.
///
/// # Errors
/// A lock that is held, a probe that was cut short, a log or a signature that failed.
pub fn run(place: &Workplace<'_>, session: &Session<'_>) -> Result<KnownProfile, CommandError> {
    let guard = place.lock(session)?;
    let mut journal = Journal::open(place.registry, &guard, (place.clock)(), place.actor.clone())?;
    let known = profile::ensure(place.registry, session, ProbePolicy::Always, (place.clock)())?;
    journal.set_time((place.clock)());
    journal.note(event::PROFILE_PROBED, None, known.log_detail())?;
    if journal.can_be_signed()? {
        journal.checkpoint(&session.signer, (place.clock)())?;
    }
    Ok(known)
}

/// What a profile means for each provider and key type.
#[must_use]
pub fn view(known: &KnownProfile) -> ProbeView<'_> {
    let providers = PROVIDERS.iter().map(|provider| ProviderView {
        provider: provider.id,
        types: spec::ALL.iter().filter_map(|spec| route_view(provider, *spec, known)).collect(),
    });
    ProbeView {
        schema: "byok.probe/v1",
        profile_sha256: &known.sha256,
        profile: &known.profile,
        providers: providers.collect(),
    }
}

fn route_view(provider: &'static Provider, spec: KeySpec, known: &KnownProfile) -> Option<RouteView> {
    let accept = accept_for(provider, spec, spec.default_purpose()).ok()?;
    let report = route(spec, accept.methods, &known.profile.capabilities);
    Some(RouteView {
        spec,
        route: report.route.as_str(),
        method: report.plan.map(|(method, _)| method),
        note: report.note,
        why: report.why,
    })
}
