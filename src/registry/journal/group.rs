//! Group commit: the lines of many operations go to the disk together, and what they stage and rename is made durable by
//! one sync of each file system.
//!
//! A group costs one sync for its intents, one for what it stages, and one for its results; its renames are durable with
//! the next group's sync, at the latest with the checkpoint's. What is claimed is what `syncfs` claims on a file system of
//! the kernel's own from Linux 5.8 on, where it tells of errors in writing back: each file system is held open from before
//! the first write to the sync, so that no error is told to another process alone. A network or FUSE file system may
//! answer before its server has anything; the registry does not belong on one. A power failure may leave the first lines of a group:
//! intents of which nothing came yet, or results of which the others are open intents, which recovery knows.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{IntentDraft, Journal, NoteDraft, OperationId, ResultDraft, Staging, key_ref};
use crate::audit::record::{Entry, Outcome, Phase};
use crate::key::name::KeyName;
use crate::registry::error::RegistryError;
use crate::registry::files;
use crate::registry::release::{self, Release};

/// What is logged when the group is.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    entries: Vec<Entry>,
    /// What ends, with all that it releases.
    ended: BTreeMap<OperationId, Vec<Release>>,
    /// The keys that this is about.
    keys: Vec<KeyName>,
    /// What is to be renamed once the results are on the disk.
    release: Vec<OperationId>,
    /// Where something was taken away, which is to be so on the disk before the results say that nothing is left.
    removed: Renamed,
}

fn occupied(release: &Release) -> RegistryError {
    RegistryError::Exists { path: release.to.as_path().into() }
}

/// File systems in which something was renamed and is not durable yet, by device.
pub(super) type Renamed = BTreeMap<u64, PathBuf>;

impl Journal<'_> {
    /// Writes down some facts, and then what is about to happen to many keys: all of it is on the disk when this returns.
    ///
    /// # Errors
    /// When it could not be written; nothing of it must happen then.
    pub fn intents(
        &mut self,
        notes: Vec<NoteDraft>,
        drafts: Vec<IntentDraft>,
    ) -> Result<Vec<OperationId>, RegistryError> {
        self.flush()?;
        drafts.iter().flat_map(|draft| &draft.staged).try_for_each(|slot| self.systems.watch(slot.from()))?;
        let mut entries = self.notes(notes)?;
        let mut ids = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let id = self.new_id()?;
            entries.push(self.intent_entry(&id, draft));
            ids.push(id);
        }
        self.append_all(entries)?;
        Ok(ids)
    }

    /// Makes durable what is staged; then writes down what came of many intents, and some facts. All of it is on the disk
    /// when this returns, and what it releases may be renamed.
    ///
    /// # Errors
    /// As [`Journal::result`].
    pub fn results(
        &mut self,
        results: Vec<(OperationId, Outcome, ResultDraft)>,
        notes: Vec<NoteDraft>,
    ) -> Result<(), RegistryError> {
        self.flush()?;
        let releases = results.iter().flat_map(|(_, _, draft)| &draft.release);
        let staged: Vec<PathBuf> =
            releases.filter(|release| release.pending).map(|release| release.from.clone()).collect();
        let mut entries = Vec::with_capacity(results.len());
        for (id, outcome, draft) in results {
            entries.push(self.result_entry(&id, outcome, draft)?);
        }
        entries.extend(self.notes(notes)?);
        self.make_durable(staged)?;
        self.append_all(entries)
    }

    /// Renames into place what the results of these operations release and what is still staged; durable with the next
    /// group, or the checkpoint. Answers with those that could not be put in their place, which stay staged.
    pub fn release_all(&mut self, ids: &[OperationId]) -> Vec<(OperationId, RegistryError)> {
        let failed = ids.iter().filter_map(|id| Some((id.clone(), self.release_for_now(id).err()?)));
        failed.collect()
    }

    /// As [`Journal::release_all`] for one operation, and for nothing of it that does not fit. An output that stays
    /// where it is keeps other outputs from their places only when evidence would come after it.
    ///
    /// # Errors
    /// The first thing that could not be put in its place.
    pub fn release_fitting(
        &mut self,
        id: &OperationId,
        fits: &dyn Fn(&Release) -> Result<bool, RegistryError>,
    ) -> Result<(), RegistryError> {
        let releases = self.operations.releases(id);
        let mut failed = None;
        for (at, release) in releases.iter().enumerate() {
            if self.is_lost_evidence(release)? {
                self.operations.reopen(id);
                return Err(release.lost());
            }
            if !release.is_staged()? {
                continue;
            }
            let placed =
                fits(release).and_then(|fits| if fits { self.rename(release) } else { Err(occupied(release)) });
            if let Err(error) = placed {
                failed = failed.or(Some(error));
                // Evidence never gets before what was to be there first.
                if releases.iter().skip(at).any(|later| self.registry.is_evidence(&later.to)) {
                    break;
                }
            }
        }
        failed.map_or(Ok(()), Err)
    }

    fn release_for_now(&mut self, id: &OperationId) -> Result<(), RegistryError> {
        self.release_fitting(id, &|_| Ok(true))?;
        self.ensure_placed(id)?;
        self.operations.released(id);
        Ok(())
    }

    /// What this process staged a moment ago and neither finds nor has renamed was taken away: nobody may be told that it
    /// is there.
    pub(super) fn ensure_placed(&mut self, id: &OperationId) -> Result<(), RegistryError> {
        for release in self.operations.releases(id) {
            if !release.is_lost()? {
                continue;
            }
            if self.is_lost_evidence(&release)? {
                self.operations.reopen(id);
            }
            return Err(release.lost());
        }
        Ok(())
    }

    fn is_lost_evidence(&self, release: &Release) -> Result<bool, RegistryError> {
        Ok(self.registry.is_evidence(&release.to) && release.is_lost()?)
    }

    fn rename(&mut self, release: &Release) -> Result<(), RegistryError> {
        let (device, folder) = files::file_system(&release.to)?;
        self.renamed.insert(device, folder);
        release.release_for_now()?;
        self.registry.has_released(&release.to);
        Ok(())
    }

    /// The next lines are made durable with all that was written to the registry before them: files that a command puts
    /// there beside its intents need no sync of their own.
    pub fn cover_files(&mut self) {
        self.with_files = true;
    }

    /// From here on results and facts wait for each other, until [`Journal::flush`]; so does what they release.
    pub fn collect_results(&mut self) {
        self.waiting.get_or_insert_default();
    }

    /// Whether something about this key waits.
    #[must_use]
    pub fn awaits(&self, key: &KeyName) -> bool {
        self.waiting.as_ref().is_some_and(|waiting| waiting.keys.contains(key))
    }

    /// How many results and facts wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.as_ref().map_or(0, |waiting| waiting.entries.len())
    }

    /// Writes down what waits, and puts in its place what it releases. The results that follow wait again.
    ///
    /// # Errors
    /// As [`Journal::result`] and [`Journal::release`].
    pub fn flush(&mut self) -> Result<(), RegistryError> {
        let Some(waiting) = &mut self.waiting else { return Ok(()) };
        let Waiting { entries, ended, release, removed, .. } = std::mem::take(waiting);
        let staged = ended.into_values().flatten().filter(|release| release.pending).map(|release| release.from);
        self.make_durable_with(staged.collect(), removed)?;
        self.append_all(entries)?;
        self.release_all(&release).into_iter().next().map_or(Ok(()), |(_, error)| Err(error))
    }

    /// [`Journal::flush`]; from here on each result goes to the disk by itself.
    ///
    /// # Errors
    /// As [`Journal::flush`].
    pub fn flush_and_end(&mut self) -> Result<(), RegistryError> {
        self.flush()?;
        self.waiting = None;
        Ok(())
    }

    pub(super) fn intent_entry(&self, id: &OperationId, draft: IntentDraft) -> Entry {
        let mut entry = self.entry(id, &draft.event, Phase::Intent);
        entry.key = draft.key.as_ref().map(|key| key_ref(key, None));
        entry.detail = self.operations.intent_detail(draft.detail, &draft.staged);
        entry
    }

    fn notes(&self, notes: Vec<NoteDraft>) -> Result<Vec<Entry>, RegistryError> {
        notes.into_iter().map(|note| self.note_entry(note)).collect()
    }

    pub(super) fn note_entry(&self, note: NoteDraft) -> Result<Entry, RegistryError> {
        let mut entry = self.entry(&self.new_id()?, &note.event, Phase::Note);
        entry.key = note.key.as_ref().map(|key| key_ref(key, None));
        entry.detail = note.detail;
        Ok(entry)
    }

    /// An entry that needs not be on the disk before others.
    pub(super) fn append_or_collect(&mut self, entry: Entry) -> Result<(), RegistryError> {
        match &mut self.waiting {
            Some(waiting) => waiting.entries.push(entry),
            None => self.append(entry)?,
        }
        Ok(())
    }

    /// The end of an operation and what it releases: now, or with what waits.
    pub(super) fn end(&mut self, id: &OperationId, entry: Entry, release: Vec<Release>) -> Result<(), RegistryError> {
        let key = self.operations.intent(id).and_then(|intent| intent.key.as_ref()).map(|id| id.key.clone());
        if let Some(waiting) = &mut self.waiting {
            waiting.entries.push(entry);
            waiting.keys.extend(key);
            waiting.ended.insert(id.clone(), release);
            return Ok(());
        }
        self.make_durable(release.into_iter().filter(|release| release.pending).map(|release| release.from).collect())?;
        self.append(entry)
    }

    /// Whether what the operation releases waits for its result; it is released with it then.
    pub(super) fn releases_later(&mut self, id: &OperationId) -> bool {
        let waiting = self.waiting.as_mut().filter(|waiting| waiting.ended.contains_key(id));
        waiting.map(|waiting| waiting.release.push(id.clone())).is_some()
    }

    /// Whether the operation has ended, be it that its result waits.
    pub(super) fn ends(&self, id: &OperationId) -> bool {
        self.waiting.as_ref().is_some_and(|waiting| waiting.ended.contains_key(id))
    }

    /// Takes away what is staged; on the disk with what waits, else with the next group or the checkpoint.
    ///
    /// # Errors
    /// When the names are not those of stagings, or something could not be removed.
    pub fn discard_all(&mut self, staged: &[Staging]) -> Result<(), RegistryError> {
        for staging in staged {
            if release::discard_for_now(&staging.from, &staging.to)? {
                let (device, folder) = files::file_system(&staging.from)?;
                match &mut self.waiting {
                    Some(waiting) => waiting.removed.insert(device, folder),
                    None => self.renamed.insert(device, folder),
                };
            }
        }
        Ok(())
    }

    /// One sync for each file system in which one of these is staged, which covers what was renamed there before.
    fn make_durable(&mut self, staged: Vec<PathBuf>) -> Result<(), RegistryError> {
        self.make_durable_with(staged, Renamed::new())
    }

    fn make_durable_with(&mut self, staged: Vec<PathBuf>, mut systems: Renamed) -> Result<(), RegistryError> {
        for path in staged {
            let (device, folder) = files::file_system(&path)?;
            systems.insert(device, folder);
        }
        for (device, folder) in systems {
            self.systems.sync(device, &folder)?;
            self.renamed.remove(&device);
        }
        Ok(())
    }

    /// Makes the renames durable that are in other file systems than the registry. Whether there are some in it.
    pub(super) fn sync_other_file_systems(&mut self) -> Result<bool, RegistryError> {
        let before = self.renamed.len();
        self.renamed.retain(|device, _| !self.systems.is_own(*device));
        let here = self.renamed.len() < before;
        for (device, folder) in std::mem::take(&mut self.renamed) {
            self.systems.sync(device, &folder)?;
        }
        Ok(here)
    }
}
