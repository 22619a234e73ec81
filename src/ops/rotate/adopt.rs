//! A version that an interrupted rotation made: taken over by recovery, with a manifest without wraps. `rotate` goes on
//! with it.
//!
//! Nobody can tell how far the rotation got, and its intent is one line that nobody signed. So the manifest admits the
//! worst that a wrap for the key's targets can show on this token, the overlap is the one of the policy in force, and the
//! version comes into use only where no target takes the key, so that nobody could confirm it.

use jiff::Timestamp;

use super::error::RotateError;
use super::job::is_born;
use super::prepare::{ACTIVE, EXPOSURE, ROTATION};
use crate::approval::plan::Action;
use crate::audit::record::Outcome;
use crate::key::exposure::Exposure;
use crate::key::operation::Operation;
use crate::key::version::KeyVersionId;
use crate::manifest::authorization::AuthorizationRecord;
use crate::manifest::dsse::Signed;
use crate::manifest::rotation::RotationRecord;
use crate::manifest::statement::{Origin, Statement};
use crate::ops::birth::{self, Descent, Plan, Reading};
use crate::ops::command::CommandError;
use crate::ops::custody::check_read_back;
use crate::ops::generate::GenerateError;
use crate::ops::govern::{Governance, of_plan};
use crate::ops::object::Made;
use crate::ops::profile::KnownProfile;
use crate::ops::session::Session;
use crate::ops::statement::{Stamp, StatementError};
use crate::ops::target::{Target, Targets};
use crate::policy::request::Request;
use crate::provider::accept_for;
use crate::registry::error::RegistryError;
use crate::registry::journal::{Journal, OpenIntent, ResultDraft};
use crate::registry::layout::manifest_name;
use crate::registry::release::StagedFolder;
use crate::registry::store::Registry;
use crate::wrap::capability::Capabilities;
use crate::wrap::plan::choose;

/// What an intent says that was to be made.
#[derive(Debug)]
pub struct Known {
    plan: Plan,
    rotation: RotationRecord,
    /// The version comes into use at once.
    active: bool,
    exposure: Exposure,
    authorization: Option<AuthorizationRecord>,
}

/// What the intent says, and what the policy says of taking it over.
///
/// # Errors
/// An intent that says nothing of the kind, or a denial.
pub fn permitted(
    (registry, governance): (&Registry, &Governance),
    intent: &OpenIntent,
    now: Timestamp,
) -> Result<Known, RotateError> {
    let unreadable = || GenerateError::Intent(intent.id.to_string());
    let plan = Plan::from_intent(intent).ok_or_else(unreadable)?;
    let member = |name: &str| intent.detail.get(name).cloned().unwrap_or_default();
    let rotation: RotationRecord = serde_json::from_value(member(ROTATION)).map_err(|_| unreadable())?;
    let exposure: Exposure = serde_json::from_value(member(EXPOSURE)).map_err(|_| unreadable())?;
    let active = member(ACTIVE).as_bool().ok_or_else(unreadable)?;
    if !replaces(registry, &plan, &rotation)? {
        return Err(unreadable().into());
    }
    let key = Some(of_plan(&plan, exposure));
    let request = Request { operation: Operation::Rotate, key, wrap: None, now };
    let authorization =
        governance.recovered(registry, intent, &request, &|action| is_planned(action, &plan, &rotation))?;
    Ok(Known { plan, rotation, active, exposure, authorization })
}

/// Whether a plan says that this version is made in the place of that one.
fn is_planned(action: &Action, plan: &Plan, rotation: &RotationRecord) -> bool {
    let Action::Rotate(planned) = action else { return false };
    planned.of_version(&plan.id.to_string()).is_some_and(|row| {
        row.is_born() && row.base.version == rotation.replaces && row.base.manifest_sha256 == rotation.manifest_sha256
    })
}

/// Whether the version that the intent says is replaced is the one before, with such a manifest, and the same key: what
/// an intent says is a claim.
fn replaces(registry: &Registry, plan: &Plan, rotation: &RotationRecord) -> Result<bool, RegistryError> {
    let Ok(old) = rotation.replaces.parse::<KeyVersionId>() else { return Ok(false) };
    let is_before = old.key == plan.id.key && old.version.checked_add(1) == Some(plan.id.version);
    if !is_before || !registry.versions(&old.key)?.contains(&old) {
        return Ok(false);
    }
    let manifests = registry.manifests(&old)?;
    let base = manifests.iter().find(|manifest| manifest.payload_sha256 == rotation.manifest_sha256);
    Ok(base.is_some_and(|base| {
        let base = &base.statement.predicate;
        base.key_type == plan.spec.to_string()
            && base.purpose == plan.purpose.to_string()
            && base.owner == plan.owner
            && base.attributes == plan.attributes
            && base.logical_key_id == plan.logical_key_id
    }))
}

/// The worst that wraps of this key can show on this token; nothing where no target takes it.
fn worst(plan: &Plan, targets: &Targets, capabilities: &Capabilities) -> Option<Exposure> {
    targets.of(&plan.id.key).map(|target| worst_for(target, plan, capabilities)).max()
}

fn worst_for(target: &Target, plan: &Plan, capabilities: &Capabilities) -> Exposure {
    let takes = accept_for(target.provider, plan.spec, plan.purpose).map(|accept| accept.methods.to_vec());
    let typed = target.method.as_ref().and_then(|method| method.parse().ok());
    let methods = typed.map_or_else(|| takes.unwrap_or_default(), |method| vec![method]);
    let best = |method| choose(plan.spec, &[method], capabilities, Exposure::Plaintext).ok();
    methods.into_iter().filter_map(best).map(|(_, way)| way.exposure()).max().unwrap_or_default()
}

/// What the policy in force says of how long the replaced version goes on.
fn overlap(governance: &Governance, plan: &Plan, exposure: Exposure) -> Option<String> {
    let (policy, _) = governance.parts()?;
    Some(policy.overlap(&of_plan(plan, exposure))?.to_string())
}

/// Takes over a version that an interrupted rotation made: read back as if it had just been made. The intent is closed by
/// it.
///
/// # Errors
/// A key that is not what the intent says, and whatever the token, the registry or the signer refuse.
pub fn adopt(
    journal: &mut Journal<'_>,
    (registry, governance, targets): (&Registry, &Governance, &Targets),
    session: &Session<'_>,
    profile: &KnownProfile,
    intent: &OpenIntent,
    made: Made,
    now: Timestamp,
) -> Result<(), RotateError> {
    let Known { plan, mut rotation, active, exposure, authorization } = permitted((registry, governance), intent, now)?;
    let worst = worst(&plan, targets, &profile.profile.capabilities);
    let (active, exposure) = (active && worst.is_none(), exposure.max(worst.unwrap_or_default()));
    rotation.overlap = overlap(governance, &plan, exposure);
    let reading = Reading::take(session.token, profile, &plan, made)?;
    check_read_back(plan.spec, &reading.attrs, true, reading.spki.as_deref()).map_err(GenerateError::from)?;
    let stamp = Stamp { signer: session.record.clone(), log_ref: journal.entry_ref(&intent.id)?, now, authorization };
    let origin = Origin { kind: "generated".to_owned(), adopted: true, import: None };
    let place = (session.token.identity(), profile.sha256.as_str());
    let mut predicate = birth::born(place, &plan, reading, Descent { origin, exposure, at: intent.at }, stamp)?;
    is_born(&mut predicate, &rotation, active);
    let statement = Statement::new(predicate).map_err(StatementError::from)?;
    let signed = Signed::sign(statement, &session.signer).map_err(CommandError::from)?;
    let mut folder = StagedFolder::create(registry.key_slot_of(&plan.id, &intent.staged)?.in_group())?;
    folder.write(&manifest_name(1), &signed.to_json())?;
    let draft = ResultDraft {
        manifest_sha256: Some(signed.payload_sha256()),
        release: vec![folder.seal()?],
        ..ResultDraft::default()
    };
    journal.result(&intent.id, Outcome::Success, draft)?;
    Ok(journal.release(&intent.id)?)
}
