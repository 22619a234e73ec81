//! Puts COUNT active AES-256 keys into a registry and its token, for the benchmarks of fleets: with byok's own library, in
//! groups and on one session. A process for each key would take hours for ten thousand.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::Path;

use byok::audit::record::{Actor, event};
use byok::key::exposure::Exposure;
use byok::key::spec::KeySpec;
use byok::key::state::State;
use byok::key::version::KeyVersionId;
use byok::manifest::dsse::Signed;
use byok::manifest::statement::{KeyVersionPredicate, Origin, Statement};
use byok::ops::access::{Module, ModuleHashCache, Pin, Pkcs11Token, Registry, TokenChoice, Wait};
use byok::ops::birth::{self, Descent, Plan, Reading, Wish};
use byok::ops::command::{Command, CommandError, Ended, Undertaking, Workplace};
use byok::ops::custody;
use byok::ops::govern::Governance;
use byok::ops::object::{Made, MakeRequest};
use byok::ops::profile::ProbePolicy;
use byok::ops::session::{Session, Tokens};
use byok::ops::statement::after_change;
use byok::ops::target::Targets;
use byok::registry::journal::IntentDraft;
use byok::registry::layout::manifest_name;
use byok::registry::release::{Release, Slot, StagedFile, StagedFolder};
use byok_bench::{Result, arguments};
use jiff::Timestamp;
use secrecy::SecretString;

/// As many as byok puts into one group.
const GROUP: usize = 100;

#[expect(clippy::disallowed_methods, reason = "a program of its own reads its own clock")]
fn main() -> Result<()> {
    let [module, token, folder, count] = arguments("make_fleet MODULE TOKEN FOLDER COUNT")?;
    let folder = Path::new(&folder);
    let registry = Registry::open(&folder.join("registry"))?;
    let token = open(&module, token)?;
    let (place, key) = (registry.signer_place()?, registry.signer_key()?);
    let session = Session::open(Tokens { keys: &token, signer: &token }, &place, key.der(), &[])?;
    let governance = Governance::load(&registry, None)?;
    let place = Workplace {
        registry: &registry,
        runtime_dir: &folder.join("runtime"),
        wait: Wait::None,
        clock: &Timestamp::now,
        actor: Actor { id: "maker".to_owned(), host: None },
        probe: ProbePolicy::WhenNeeded,
        may_destroy: false,
        tell: Box::new(|_| ()),
        governance: &governance,
        targets: &Targets::default(),
        presented: None,
    };
    let guard = place.lock(&session)?;
    let mut command = Command::begin(&place, &guard, &session)?;
    let names: Vec<String> = (0..count.parse::<u32>()?).map(|number| format!("fleet/k{number:05}")).collect();
    let made = names.chunks(GROUP).try_for_each(|group| {
        let born = bear(&mut command, &session, group)?;
        activate(&mut command, &session, born)
    });
    command.settle_without_key(&session, Ok::<_, CommandError>(()), &|error| error.to_string())?;
    made
}

#[expect(clippy::disallowed_methods, reason = "a yardstick takes its PIN from the environment")]
fn open(module: &str, token: String) -> Result<Pkcs11Token> {
    let module = Module::load(Path::new(module), &mut ModuleHashCache::default())?;
    let pin = Pin::Secret(SecretString::from(std::env::var("PIN")?));
    Ok(module.slot(&TokenChoice::Label(token))?.open(&pin)?)
}

/// A key that was born a moment ago.
struct Born {
    id: KeyVersionId,
    object_id: Vec<u8>,
    made: Made,
    manifest: Signed<Statement>,
}

fn bear(command: &mut Command<'_>, session: &Session<'_>, names: &[String]) -> Result<Vec<Born>> {
    let plans = names.iter().map(|name| plan(name, session)).collect::<Result<Vec<Plan>>>()?;
    let slots = plans
        .iter()
        .map(|plan| command.registry().key_slot(&plan.id))
        .collect::<std::result::Result<Vec<Slot>, _>>()?;
    let drafts = plans.iter().zip(&slots).map(|(plan, slot)| draft(event::KEY_GENERATE, &plan.id, slot));
    let undertakings = command.intend_all(Vec::new(), drafts.collect())?;
    let (mut ended, mut all) = (Vec::new(), Vec::new());
    for ((plan, slot), undertaking) in plans.into_iter().zip(slots).zip(undertakings) {
        let Some(MakeRequest::Secret(request)) = plan.request() else { return Err("not a secret key".into()) };
        let made = Made::Secret(session.token.generate_secret(&request)?);
        undertaking.has_acted();
        let stamp = undertaking.stamp(session.record.clone(), command.now());
        let reading = Reading::take(session.token, command.profile(), &plan, made)?;
        let origin = Origin { kind: "generated".to_owned(), adopted: false, import: None };
        let descent = Descent { origin, exposure: Exposure::None, at: stamp.now };
        let statement = birth::describe(session, command.profile(), &plan, reading, descent, stamp)?;
        let manifest = Signed::sign(statement, &session.signer)?;
        let mut folder = StagedFolder::create(slot)?;
        folder.write(&manifest_name(1), &manifest.to_json())?;
        ended.push(done(undertaking, &manifest, folder.seal()?));
        all.push(Born { id: plan.id, object_id: plan.object_id, made, manifest });
    }
    finish(command, session, ended)?;
    Ok(all)
}

fn plan(name: &str, session: &Session<'_>) -> Result<Plan> {
    let spec: KeySpec = "aes-256".parse()?;
    let (owner, attributes) = (Some("team-fleet".to_owned()), BTreeMap::new());
    let wish = Wish { name: name.parse()?, spec, purpose: spec.default_purpose(), owner, attributes };
    let id = KeyVersionId { key: wish.name.clone(), version: NonZeroU32::MIN };
    Ok(Plan::new(&wish, id, session.token)?)
}

fn activate(command: &mut Command<'_>, session: &Session<'_>, born: Vec<Born>) -> Result<()> {
    let slots = born.iter().map(|born| command.registry().manifest_slot(&born.id, 2));
    let slots = slots.collect::<std::result::Result<Vec<Slot>, _>>()?;
    let drafts = born.iter().zip(&slots).map(|(born, slot)| draft(event::KEY_ACTIVATE, &born.id, slot));
    let undertakings = command.intend_all(Vec::new(), drafts.collect())?;
    let mut ended = Vec::new();
    for ((born, slot), undertaking) in born.into_iter().zip(slots).zip(undertakings) {
        let stamp = undertaking.stamp(session.record.clone(), command.now());
        let (identity, now) = (session.token.identity(), stamp.now);
        let attrs = session.token.custody(born.made.key())?;
        let custody = custody::record(identity, &born.object_id, attrs, &command.profile().sha256, now);
        let sha256 = born.manifest.payload_sha256();
        let active = |predicate: &mut KeyVersionPredicate| {
            predicate.enter(State::Active, now);
            predicate.dates.activated_at = Some(now);
        };
        let statement = after_change(&born.manifest.into_value(), &sha256, custody, active, stamp)?;
        let manifest = Signed::sign(statement, &session.signer)?;
        let release = StagedFile::create(slot, &manifest.to_json())?.seal();
        ended.push(done(undertaking, &manifest, release));
    }
    finish(command, session, ended)
}

fn draft(
    event: &str,
    id: &KeyVersionId,
    slot: &Slot,
) -> (IntentDraft, Option<byok::manifest::authorization::AuthorizationRecord>) {
    let detail = [("label".to_owned(), id.to_string().into())].into_iter().collect();
    (IntentDraft { event: event.to_owned(), key: Some(id.clone()), staged: vec![slot.clone()], detail }, None)
}

fn done(undertaking: Undertaking, manifest: &Signed<Statement>, release: Release) -> Ended {
    Ended::Done { undertaking, manifest_sha256: manifest.payload_sha256(), release: vec![release] }
}

fn finish(command: &mut Command<'_>, session: &Session<'_>, ended: Vec<Ended>) -> Result<()> {
    match command.finish_all(session, ended, Vec::new())?.into_iter().next() {
        None => Ok(()),
        Some(unplaced) => Err(unplaced.error.into()),
    }
}
