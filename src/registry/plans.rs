//! Plans that were applied and the approvals of people: `plans/<sha256>.json` and `approvals/<sha256>/<person>.sshsig`.
//! Nothing in them is believed because it lies here: a plan is what its hash says, an approval what its signature says.

use std::path::{Path, PathBuf};

use super::error::RegistryError;
use super::files::{self, Kind};
use super::layout::Layout;
use super::lock::Guard;
use super::store::Registry;
use crate::approval::plan::MAX_PLAN;
use crate::manifest::digest::{is_sha256, sha256_hex};

/// How the name of an approval's file ends; before it stands the person's.
pub const APPROVAL_SUFFIX: &str = ".sshsig";
/// The largest approval, in bytes: an armored SSHSIG has less than one KiB.
pub const MAX_APPROVAL: usize = 16 << 10;
/// The most approvals of one plan that are read.
pub const MAX_APPROVALS: usize = 256;
/// The longest name of a person that a file can have, in bytes.
const MAX_PERSON: usize = 200;

impl Layout {
    /// Plans that were applied.
    #[must_use]
    pub fn plans(&self) -> PathBuf {
        self.root().join("plans")
    }

    /// The plan whose bytes have this hash.
    #[must_use]
    pub fn plan(&self, sha256: &str) -> PathBuf {
        self.plans().join(format!("{sha256}.json"))
    }

    /// The approvals of all plans.
    #[must_use]
    pub fn approvals(&self) -> PathBuf {
        self.root().join("approvals")
    }

    /// The approvals of the plan with this hash.
    #[must_use]
    pub fn approvals_of(&self, sha256: &str) -> PathBuf {
        self.approvals().join(sha256)
    }

    /// One person's approval of the plan with this hash.
    #[must_use]
    pub fn approval(&self, sha256: &str, person: &str) -> PathBuf {
        self.approvals_of(sha256).join(format!("{person}{APPROVAL_SUFFIX}"))
    }
}

/// Whether a person's name can be that of a file.
#[must_use]
pub fn is_person_file(person: &str) -> bool {
    let plain = !person.chars().any(|c| c == '/' || c.is_control());
    (1..=MAX_PERSON).contains(&person.len()) && !person.starts_with('.') && plain
}

impl Registry {
    /// Keeps a plan under its hash, durably, and says what that is.
    ///
    /// # Errors
    /// When the guard locks another registry, or the file could not be written.
    pub fn keep_plan(&self, guard: &Guard, bytes: &[u8]) -> Result<String, RegistryError> {
        let sha256 = sha256_hex(bytes);
        self.keep(guard, Path::new("plans"), &self.layout().plan(&sha256), bytes)?;
        Ok(sha256)
    }

    /// The bytes of the plan with this hash, whatever they are by now; `None` when there is none.
    ///
    /// # Errors
    /// A file that cannot be read, or is too large.
    pub fn kept_plan(&self, sha256: &str) -> Result<Option<Vec<u8>>, RegistryError> {
        let path = self.layout().plan(sha256);
        if !is_sha256(sha256) {
            return Err(RegistryError::Unexpected { path: path.as_path().into() });
        }
        files::read(&path, u64::try_from(MAX_PLAN).unwrap_or(u64::MAX))
    }

    /// Keeps a person's approval of the plan with this hash, durably. Another one of the same person gives way.
    ///
    /// # Errors
    /// A name that no file can have, a guard of another registry, or when the file could not be written.
    pub fn keep_approval(
        &self,
        guard: &Guard,
        sha256: &str,
        (person, bytes): (&str, &[u8]),
    ) -> Result<PathBuf, RegistryError> {
        let path = self.layout().approval(sha256, person);
        if !is_sha256(sha256) || !is_person_file(person) {
            return Err(RegistryError::Unexpected { path: path.as_path().into() });
        }
        self.keep(guard, &Path::new("approvals").join(sha256), &path, bytes)?;
        Ok(path)
    }

    fn keep(&self, guard: &Guard, folder: &Path, path: &Path, bytes: &[u8]) -> Result<(), RegistryError> {
        if !guard.holds(&self.layout().lock()) {
            return Err(RegistryError::NotLocked { path: self.layout().root().into() });
        }
        files::make_folders(self.layout().root(), folder)?;
        files::sweep(&self.layout().root().join(folder))?;
        let limit = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if files::read(path, limit).is_ok_and(|found| found.as_deref() == Some(bytes)) {
            return Ok(());
        }
        files::replace(path, bytes)
    }

    /// The approvals that lie here for the plan with this hash, by person. What is no regular file of an approval's size
    /// is none.
    ///
    /// # Errors
    /// When the folder cannot be read, can be written by others, or has more files than people approve with.
    pub fn approvals_of(&self, sha256: &str) -> Result<Vec<(String, Vec<u8>)>, RegistryError> {
        let folder = self.layout().approvals_of(sha256);
        if !is_sha256(sha256) || !files::present(&folder)? {
            return Ok(Vec::new());
        }
        files::check_folder(&folder)?;
        let entries = files::list(&folder)?.into_iter().filter(|entry| entry.kind == Kind::File);
        let people = entries.filter_map(|entry| entry.name.strip_suffix(APPROVAL_SUFFIX).map(str::to_owned));
        let people: Vec<String> = people.filter(|person| is_person_file(person)).collect();
        if people.len() > MAX_APPROVALS {
            return Err(RegistryError::malformed(&folder, format!("more than {MAX_APPROVALS} approvals")));
        }
        let limit = u64::try_from(MAX_APPROVAL).unwrap_or(u64::MAX);
        let mut found = Vec::new();
        for person in people {
            match files::read(&self.layout().approval(sha256, &person), limit) {
                Ok(bytes) => found.extend(bytes.map(|bytes| (person, bytes))),
                // Too large for an approval: it is none, and keeps no other from counting.
                Err(RegistryError::Malformed { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::registry::fixture::Fixture;

    #[test]
    fn a_plan_is_kept_under_its_hash_and_mended() {
        let f = Fixture::new();
        let guard = f.lock();
        let sha256 = f.registry.keep_plan(&guard, b"plan").unwrap();
        assert_eq!(sha256, sha256_hex(b"plan"));
        let path = f.registry.layout().plan(&sha256);
        fs::write(&path, b"damaged").unwrap();
        f.registry.keep_plan(&guard, b"plan").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"plan");
        drop(guard);
        let other = Fixture::new();
        assert!(matches!(f.registry.keep_plan(&other.lock(), b"plan"), Err(RegistryError::NotLocked { .. })));
    }

    #[test]
    fn approvals_are_found_by_person() {
        let f = Fixture::new();
        let (guard, plan) = (f.lock(), sha256_hex(b"plan"));
        assert!(f.registry.approvals_of(&plan).unwrap().is_empty());
        f.registry.keep_approval(&guard, &plan, ("bob@corp", b"second")).unwrap();
        let path = f.registry.keep_approval(&guard, &plan, ("alice", b"first")).unwrap();
        f.registry.keep_approval(&guard, &plan, ("alice", b"again")).unwrap();
        let folder = path.parent().unwrap();
        fs::write(folder.join("note.txt"), b"x").unwrap();
        fs::write(folder.join(".bob.sshsig"), b"x").unwrap();
        symlink("alice.sshsig", folder.join("carol.sshsig")).unwrap();
        let found = f.registry.approvals_of(&plan).unwrap();
        assert_eq!(found, [("alice".to_owned(), b"again".to_vec()), ("bob@corp".to_owned(), b"second".to_vec())]);
        fs::write(folder.join("mallory.sshsig"), vec![b'x'; MAX_APPROVAL + 1]).unwrap();
        assert_eq!(f.registry.approvals_of(&plan).unwrap(), found);
    }

    #[test]
    fn no_name_leads_elsewhere() {
        let f = Fixture::new();
        let (guard, plan) = (f.lock(), sha256_hex(b"plan"));
        for person in ["", "../x", "a/b", ".hidden", "a\nb", &"a".repeat(201)] {
            let kept = f.registry.keep_approval(&guard, &plan, (person, b"x"));
            assert!(matches!(kept, Err(RegistryError::Unexpected { .. })), "{person}");
        }
        let kept = f.registry.keep_approval(&guard, "..", ("alice", b"x"));
        assert!(matches!(kept, Err(RegistryError::Unexpected { .. })));
    }
}
