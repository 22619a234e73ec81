//! All manifests of one key version, in their order.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use super::authorization::{Authorizations, Basis};
use super::failure::{Failure, FailureKind};
use super::manifest::{describe, open};
use super::papers::Papers;
use super::report::{Findings, number};
use super::shown::Shown;
use crate::format::escape::{SHORT, printable};
use crate::manifest::authorization::AuthorizationRecord;
use crate::manifest::digest::{Sha256Bytes, parse_sha256, sha256};
use crate::manifest::dsse::Signed;
use crate::manifest::history::{verify_chain, verify_first};
use crate::manifest::rotation::RotationRecord;
use crate::manifest::statement::{KeyVersionPredicate, Statement};
use crate::manifest::trust::Trust;

/// A folder `keys/NAME@N` as it was read.
#[derive(Debug)]
pub struct KeyFolder {
    /// `NAME@N`.
    pub name: String,
    /// File name and bytes of everything in it, in any order.
    pub manifests: Vec<(String, Vec<u8>)>,
}

/// A history that holds in itself.
#[derive(Debug)]
pub(super) struct History {
    pub(super) findings: Findings,
    pub(super) manifests: Vec<ManifestRef>,
    key_name: String,
    logical_key_id: String,
    /// What a rotation made it from.
    pub(super) rotation: Option<RotationRecord>,
    /// Type and purpose.
    pub(super) kind: (String, String),
}

/// What the log must say about one manifest.
#[derive(Debug)]
pub(super) struct ManifestRef {
    pub(super) revision: u32,
    pub(super) payload: Sha256Bytes,
    pub(super) log_seq: u64,
    pub(super) log_entry: Sha256Bytes,
    pub(super) authorization: Option<AuthorizationRecord>,
    pub(super) basis: Basis,
    pub(super) shown: Shown,
    /// When the token was asked, as the manifest says.
    pub(super) at: Timestamp,
}

/// `logicalKeyId` by key name, and the name by id: one key has one, and no two share one.
#[derive(Debug, Default)]
pub(super) struct LogicalIds {
    by_name: HashMap<String, String>,
    by_id: HashMap<String, String>,
}

/// Verifies the manifests of one key version against each other. `origin` is that of the registry's log.
pub(super) fn check_history(
    folder: &KeyFolder,
    origin: Option<&str>,
    papers: &Papers<'_>,
    trust: &Trust,
) -> Result<History, Failure> {
    let mut manifests: Vec<_> = folder.manifests.iter().collect();
    manifests.sort_unstable_by_key(|(name, _)| (name.len(), name.as_str()));
    let mut previous: Option<Signed<Statement>> = None;
    let (mut refs, mut authorizations) = (Vec::new(), Authorizations::default());
    let mut bases: Vec<String> = Vec::new();
    let mut targets = BTreeSet::new();
    for (revision, (file, bytes)) in (1_u32..).zip(manifests) {
        check_file_name(file, revision)?;
        let signed = open(bytes, trust).map_err(|failure| failure.at(file))?;
        let mut made = check_manifest(&signed, folder, origin, revision).map_err(|failure| failure.at(file))?;
        check_succession(previous.as_ref(), &signed).map_err(|failure| failure.at(file))?;
        let predicate = &signed.value().predicate;
        admit_targets(&mut targets, predicate).map_err(|failure| failure.at(file))?;
        made.shown = Shown::of(previous.as_ref().map(|signed| &signed.value().predicate), predicate);
        let authorized = authorizations.check(papers, (&bases, made.shown), predicate);
        made.basis = authorized.map_err(|failure| failure.at(file))?;
        if !made.shown.only_admits() {
            bases.clear();
        }
        bases.push(signed.payload_sha256());
        refs.push(made);
        previous = Some(signed);
    }
    let last = previous.ok_or_else(|| Failure::new(FailureKind::FileMissing, "no manifest in the folder"))?;
    let mut findings = describe(&last);
    findings.checked(format!("chain of {}", number(refs.len(), "manifest")));
    authorizations.describe(&mut findings);
    describe_limits(&last.value().predicate, &mut findings);
    let KeyVersionPredicate { key_name, logical_key_id, rotation, key_type, purpose, .. } = last.into_value().predicate;
    let kind = (key_type, purpose);
    Ok(History { findings, manifests: refs, key_name, logical_key_id, rotation, kind })
}

/// What a manifest says on somebody's word alone, or does not say.
fn describe_limits(predicate: &KeyVersionPredicate, findings: &mut Findings) {
    if predicate.origin.adopted && predicate.rotation.is_some() {
        findings.not_provable(
            "what hosts saw of this version when it was made: the run was interrupted, and exposureEver rests on an entry \
             that nobody signed, and on what its targets can need",
        );
    }
    if predicate.destruction.as_ref().is_some_and(|record| record.absent) {
        findings.note("ABSENT, for review: the token did not find the key, and byok did not take it out".to_owned());
    } else if predicate.absence.is_some() {
        findings.note("ABSENT, for review: the token did not find the key, and nothing was done in it".to_owned());
    }
    if predicate.absence.is_some() || predicate.destruction.as_ref().is_some_and(|record| record.absent) {
        findings.not_provable(
            "that a key that was not found is destroyed: another token, a backup or its owner may have it",
        );
    }
}

/// The files are `manifest-0001.dsse.json` and so on, without a gap.
fn check_file_name(file: &str, revision: u32) -> Result<(), Failure> {
    let due = format!("manifest-{revision:04}.dsse.json");
    if file == due {
        return Ok(());
    }
    let is_manifest = file.strip_prefix("manifest-").and_then(|rest| rest.strip_suffix(".dsse.json"));
    if is_manifest.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err(Failure::new(FailureKind::FileMissing, format!("{due} is not there, and {file} is")));
    }
    Err(Failure::new(FailureKind::FileExtra, format!("{file} is not a manifest")))
}

fn check_manifest(
    signed: &Signed<Statement>,
    folder: &KeyFolder,
    origin: Option<&str>,
    revision: u32,
) -> Result<ManifestRef, Failure> {
    let predicate = &signed.value().predicate;
    let wrong = |detail: String| Failure::new(FailureKind::Subject, detail);
    let name = format!("{}@{}", predicate.key_name, predicate.key_version);
    if name != folder.name {
        return Err(wrong(format!("a manifest of {name}")));
    }
    if predicate.revision != revision {
        return Err(Failure::new(FailureKind::Chain, format!("the manifest is of revision {}", predicate.revision)));
    }
    if origin.is_some_and(|origin| origin != predicate.log_ref.origin) {
        return Err(wrong(format!("a manifest of the log {}", predicate.log_ref.origin)));
    }
    Ok(ManifestRef {
        revision,
        payload: sha256(signed.payload()),
        log_seq: predicate.log_ref.seq,
        log_entry: parse_sha256(&predicate.log_ref.entry_sha256).unwrap_or_default(),
        authorization: predicate.authorization.clone(),
        basis: Basis::Nothing,
        shown: Shown::default(),
        at: predicate.as_of(),
    })
}

/// A placement speaks for a target for which the version was wrapped.
fn admit_targets(known: &mut BTreeSet<(String, String)>, predicate: &KeyVersionPredicate) -> Result<(), Failure> {
    let wrapped = predicate.wraps.iter().filter_map(|wrap| Some((wrap.provider.clone(), wrap.target_id.clone()?)));
    known.extend(wrapped);
    let mut placed = predicate
        .placements
        .iter()
        .filter_map(|placement| Some((placement.provider.clone(), placement.target_id.clone()?)));
    match placed.find(|target| !known.contains(target)) {
        None => Ok(()),
        Some((provider, id)) => {
            let target = printable(&id, SHORT);
            let what = format!("a placement at {} for the target {target}", printable(&provider, SHORT));
            Err(Failure::new(FailureKind::Chain, format!("{what}, for which the key was never wrapped")))
        }
    }
}

fn check_succession(previous: Option<&Signed<Statement>>, next: &Signed<Statement>) -> Result<(), Failure> {
    match previous {
        Some(previous) => verify_chain(previous.value(), &previous.payload_sha256(), next.value()),
        None => verify_first(next.value()),
    }
    .map_err(|error| Failure::from(&error))
}

impl LogicalIds {
    /// Takes in one more history.
    pub(super) fn check(&mut self, history: &History) -> Result<(), Failure> {
        let (name, id) = (&history.key_name, &history.logical_key_id);
        let known_id = self.by_name.entry(name.clone()).or_insert_with(|| id.clone());
        let known_name = self.by_id.entry(id.clone()).or_insert_with(|| name.clone());
        if known_id == id && known_name == name {
            return Ok(());
        }
        let detail = format!("`logicalKeyId` {id} is of {known_name}, and {name} has {known_id}");
        Err(Failure::new(FailureKind::Subject, detail))
    }
}
