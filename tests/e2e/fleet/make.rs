//! Many active keys, made by the library in groups and on one session: a process for each would take minutes.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::Path;

use byok::audit::record::{Actor, event};
use byok::key::exposure::Exposure;
use byok::key::spec::KeySpec;
use byok::key::state::State;
use byok::key::version::KeyVersionId;
use byok::manifest::dsse::Signed;
use byok::manifest::statement::{Origin, Statement};
use byok::ops::access::{Module as HsmModule, ModuleHashCache, Pin, Pkcs11Token, Registry, TokenChoice, Wait};
use byok::ops::birth::{self, Descent, Plan, Reading, Wish};
use byok::ops::command::{Command, CommandError, Ended, Undertaking, Workplace as Place};
use byok::ops::custody;
use byok::ops::govern::Governance;
use byok::ops::object::{Made, MakeRequest};
use byok::ops::profile::ProbePolicy;
use byok::ops::session::{Session, Tokens};
use byok::ops::statement::after_change;
use byok::ops::target::Targets;
use byok::registry::journal::{IntentDraft, NoteDraft};
use byok::registry::layout::manifest_name;
use byok::registry::release::{Release, Slot, StagedFile, StagedFolder};
use jiff::Timestamp;
use secrecy::SecretString;

use super::{KEYS, PAIRS};
use crate::token::{LABEL, USER_PIN};
use crate::workplace::{Workplace, text};

/// Set in the process that makes keys: how many, and the module. A module reads its process's environment.
const WANTED: &str = "BYOK_TEST_FLEET";
/// The test that is run once more for that.
const TEST: &str = "fleet::make::a_fleet_is_made_whole";
/// As many as byok puts into one group.
const GROUP: usize = 100;
/// Entries that are written at once.
const NOTES: usize = 1000;
/// What makes the log longer, and no keys.
const ENTRIES: &str = "entries";
/// Every so manieth key is a pair, which goes to no target.
const EACH_PAIR: usize = 8;

/// More than a group. What it is for is in the other files.
#[test]
fn a_fleet_is_made_whole() {
    if let Some((what, count, module)) = wanted() {
        return with_command(Path::new(&module), |command, session| match what.as_str() {
            ENTRIES => note(command, session, count),
            _ => make(command, session, count),
        });
    }
    let fleet = super::Fleet::new(crate::token::Module::SoftHsm, GROUP + 20);
    fleet.assert_whole(&fleet.first_versions(), "made");
}

#[expect(clippy::disallowed_methods, reason = "a test has to know which half of itself it is")]
fn wanted() -> Option<(String, usize, String)> {
    let wanted = std::env::var(WANTED).ok()?;
    let (what, rest) = wanted.split_once(' ').unwrap();
    let (count, module) = rest.split_once(' ').unwrap();
    Some((what.to_owned(), count.parse().unwrap(), module.to_owned()))
}

/// The name of each key.
pub(super) fn names(count: usize) -> Vec<String> {
    let name = |at: usize| {
        let folder = if at % EACH_PAIR == EACH_PAIR - 1 { PAIRS } else { KEYS };
        format!("{folder}/k{at:05}")
    };
    (0..count).map(name).collect()
}

/// Makes the keys in an initialised workplace, active.
pub(super) fn fill(place: &Workplace, count: usize) {
    run(place, "keys", count);
}

/// Makes the log longer, by so many facts under one checkpoint.
pub(super) fn lengthen(place: &Workplace, count: usize) {
    run(place, ENTRIES, count);
}

fn run(place: &Workplace, what: &str, count: usize) {
    let module = place.token.module();
    let mut command = place.command(std::env::current_exe().unwrap());
    command.args(["--exact", TEST, "--nocapture", "--test-threads=1"]);
    command.env(WANTED, format!("{what} {count} {}", module.display()));
    let output = command.output().unwrap();
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

fn with_command(module: &Path, act: impl FnOnce(&mut Command<'_>, &Session<'_>)) {
    let registry = Registry::open(&std::env::current_dir().unwrap().join("registry")).unwrap();
    let token = open(module);
    let place = registry.signer_place().unwrap();
    let key = registry.signer_key().unwrap();
    let session = Session::open(Tokens { keys: &token, signer: &token }, &place, key.der(), &[]).unwrap();
    let governance = Governance::load(&registry, None).unwrap();
    let runtime = registry.layout().root().with_file_name("byok");
    let place = Place {
        registry: &registry,
        runtime_dir: &runtime,
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
    let guard = place.lock(&session).unwrap();
    let mut command = Command::begin(&place, &guard, &session).unwrap();
    act(&mut command, &session);
    command.settle_without_key(&session, Ok::<_, CommandError>(()), &|error| error.to_string()).unwrap();
}

fn make(command: &mut Command<'_>, session: &Session<'_>, count: usize) {
    for group in names(count).chunks(GROUP) {
        let born = bear(command, session, group);
        activate(command, session, born);
    }
}

fn note(command: &mut Command<'_>, session: &Session<'_>, count: usize) {
    let fact = NoteDraft { event: event::PROFILE_PROBED.to_owned(), ..NoteDraft::default() };
    for at in (0..count).step_by(NOTES) {
        let notes = vec![fact.clone(); NOTES.min(count - at)];
        command.finish_all(session, Vec::new(), notes).unwrap();
    }
}

fn open(module: &Path) -> Pkcs11Token {
    let module = HsmModule::load(module, &mut ModuleHashCache::default()).unwrap();
    let slot = module.slot(&TokenChoice::Label(LABEL.to_owned())).unwrap();
    slot.open(&Pin::Secret(SecretString::from(USER_PIN))).unwrap()
}

/// A key that was born a moment ago.
struct Born {
    id: KeyVersionId,
    object_id: Vec<u8>,
    key: byok::hsm::request::Handle,
    manifest: Signed<Statement>,
}

/// The births of a group, as `generate` has them.
fn bear(command: &mut Command<'_>, session: &Session<'_>, names: &[String]) -> Vec<Born> {
    let plans: Vec<Plan> = names.iter().map(|name| plan(name, session)).collect();
    let slots: Vec<Slot> = plans.iter().map(|plan| command.registry().key_slot(&plan.id).unwrap().in_group()).collect();
    let drafts = plans.iter().zip(&slots).map(|(plan, slot)| IntentDraft {
        event: event::KEY_GENERATE.to_owned(),
        key: Some(plan.id.clone()),
        staged: vec![slot.clone()],
        detail: plan.detail(),
    });
    let undertakings = intend(command, drafts);
    let (mut ended, mut all) = (Vec::new(), Vec::new());
    for ((plan, slot), undertaking) in plans.iter().zip(slots).zip(undertakings) {
        let made = match plan.request().unwrap() {
            MakeRequest::Pair(request) => Made::Pair(session.token.generate_pair(&request).unwrap()),
            MakeRequest::Secret(request) => Made::Secret(session.token.generate_secret(&request).unwrap()),
        };
        undertaking.has_acted();
        let stamp = undertaking.stamp(session.record.clone(), command.now());
        let reading = Reading::take(session.token, command.profile(), plan, made).unwrap();
        let origin = Origin { kind: "generated".to_owned(), adopted: false, import: None };
        let descent = Descent { origin, exposure: Exposure::None, at: stamp.now };
        let statement = birth::describe(session, command.profile(), plan, reading, descent, stamp).unwrap();
        let manifest = Signed::sign(statement, &session.signer).unwrap();
        let mut folder = StagedFolder::create(slot).unwrap();
        folder.write(&manifest_name(1), &manifest.to_json()).unwrap();
        ended.push(done(undertaking, &manifest, folder.seal().unwrap()));
        all.push(Born { id: plan.id.clone(), object_id: plan.object_id.clone(), key: made.key(), manifest });
    }
    assert!(command.finish_all(session, ended, Vec::new()).unwrap().is_empty());
    all
}

fn plan(name: &str, session: &Session<'_>) -> Plan {
    let spec: KeySpec = if name.starts_with(PAIRS) { "ec-p256" } else { "aes-256" }.parse().unwrap();
    let wish = Wish {
        name: name.parse().unwrap(),
        spec,
        purpose: spec.default_purpose(),
        owner: Some("team-fleet".to_owned()),
        attributes: BTreeMap::new(),
    };
    let id = KeyVersionId { key: wish.name.clone(), version: NonZeroU32::MIN };
    Plan::new(&wish, id, session.token).unwrap()
}

/// `activate` for each of a group.
fn activate(command: &mut Command<'_>, session: &Session<'_>, born: Vec<Born>) {
    let slots: Vec<Slot> =
        born.iter().map(|born| command.registry().manifest_slot(&born.id, 2).unwrap().in_group()).collect();
    let drafts = born.iter().zip(&slots).map(|(born, slot)| IntentDraft {
        event: event::KEY_ACTIVATE.to_owned(),
        key: Some(born.id.clone()),
        staged: vec![slot.clone()],
        detail: [("label".to_owned(), born.id.to_string().into())].into_iter().collect(),
    });
    let undertakings = intend(command, drafts);
    let mut ended = Vec::new();
    for ((born, slot), undertaking) in born.into_iter().zip(slots).zip(undertakings) {
        let stamp = undertaking.stamp(session.record.clone(), command.now());
        let (identity, now) = (session.token.identity(), stamp.now);
        let attrs = session.token.custody(born.key).unwrap();
        let custody = custody::record(identity, &born.object_id, attrs, &command.profile().sha256, now);
        let sha256 = born.manifest.payload_sha256();
        let active = |predicate: &mut byok::manifest::statement::KeyVersionPredicate| {
            predicate.enter(State::Active, now);
            predicate.dates.activated_at = Some(now);
        };
        let statement = after_change(&born.manifest.into_value(), &sha256, custody, active, stamp).unwrap();
        let manifest = Signed::sign(statement, &session.signer).unwrap();
        let release = StagedFile::create(slot, &manifest.to_json()).unwrap().seal();
        ended.push(done(undertaking, &manifest, release));
    }
    assert!(command.finish_all(session, ended, Vec::new()).unwrap().is_empty());
}

fn intend(command: &mut Command<'_>, drafts: impl Iterator<Item = IntentDraft>) -> Vec<Undertaking> {
    command.intend_all(Vec::new(), drafts.map(|draft| (draft, None)).collect()).unwrap()
}

fn done(undertaking: Undertaking, manifest: &Signed<Statement>, release: Release) -> Ended {
    Ended::Done { undertaking, manifest_sha256: manifest.payload_sha256(), release: vec![release] }
}
