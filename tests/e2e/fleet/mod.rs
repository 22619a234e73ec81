//! Fleets: many keys in one command, and what may happen in the middle of it.

mod blocked;
mod durable;
mod full_disk;
mod gone;
mod growth;
mod kills;
mod latency;
mod make;
mod many;
mod remote;
mod sessions;
mod two;
mod whole;

use std::collections::BTreeSet;
use std::process::Output;
use std::sync::Mutex;

use crate::token::{Files, LABEL, Module, TokenDir};
use crate::workplace::{Workplace, assert_success, code, text};

/// Where the keys are that go to the target.
pub(crate) const KEYS: &str = "fleet";
/// Where the pairs are, which go nowhere.
pub(crate) const PAIRS: &str = "pairs";
/// The id of the target.
pub(crate) const TARGET: &str = "vault";
/// The folder of the bundles.
pub(crate) const OUT: &str = "bundles";

/// One wrapping key for all keys, as OpenBao hands it out.
const ANSWER: &[u8] = include_bytes!("../../vectors/wrapping-keys/openbao.json");

/// Everything again, for every key; the host makes the key-encryption key.
pub(crate) const ROTATE: &[&str] =
    &["rotate", "--all", "--wrapping-keys", "answers", "--out", OUT, "--allow-exposure", "ephemeral-kek", "--yes"];
/// Runs that are needed at most: one that says what is left, one after `recover`, and one more.
const ATTEMPTS: usize = 4;
/// Something that an interrupted run left is for `recover` alone.
const PENDING: &str = "E0907";

/// Class, id, label, proof.
pub(crate) type Object = [String; 4];

/// A workplace behind the proxy with many active keys: most for a target, some pairs for none.
#[derive(Debug)]
pub(crate) struct Fleet {
    pub(crate) place: Workplace,
    module: Module,
    names: Vec<String>,
    /// What the token held at first, with proofs: nothing of it may ever go.
    treasure: Vec<Object>,
}

/// A fleet as files: what is static is not dropped at the end.
struct Kept {
    of: (Module, usize),
    token: Files,
    folder: Files,
    treasure: Vec<Object>,
}

impl Fleet {
    /// This many keys; made once for each number and module, then copied.
    pub(crate) fn new(module: Module, count: usize) -> Self {
        static KEPT: Mutex<Vec<Kept>> = Mutex::new(Vec::new());
        let mut kept = KEPT.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(kept) = kept.iter().find(|kept| kept.of == (module, count)) {
            let place = Workplace::holding(TokenDir::holding(module, &kept.token), &kept.folder);
            return Self::of(place, module, count, kept.treasure.clone());
        }
        let fleet = Self::unique(module, count);
        kept.push(Kept {
            of: (module, count),
            token: fleet.place.token.files(),
            folder: fleet.place.files(),
            treasure: fleet.treasure.clone(),
        });
        fleet
    }

    /// The same without keeping a copy for others.
    pub(crate) fn unique(module: Module, count: usize) -> Self {
        let mut fleet = Self::unlisted(module, count);
        fleet.treasure = fleet.objects();
        fleet
    }

    /// The same without a look at what the token holds, which takes long for very many.
    pub(crate) fn unlisted(module: Module, count: usize) -> Self {
        let place = Workplace::initialised_behind_proxy(module, &[]);
        make::fill(&place, count);
        std::fs::create_dir(place.path("answers")).unwrap();
        place.write(format!("answers/{TARGET}.json").as_str(), ANSWER);
        let config = std::fs::read_to_string(place.path("byok.yaml")).unwrap();
        let targets = format!(
            "targets:\n  {TARGET}:\n    provider: openbao\n    target: \"{{last}}\"\n    keys: [\"{KEYS}/**\"]\n"
        );
        place.write("byok.yaml", config + &targets);
        Self::of(place, module, count, Vec::new())
    }

    fn of(place: Workplace, module: Module, count: usize, treasure: Vec<Object>) -> Self {
        let mut fleet = Self { place, module, names: make::names(count), treasure };
        fleet.proxied(&[]);
        fleet
    }

    /// Another one with the same files, however far it is.
    pub(crate) fn copy(&self) -> Self {
        let (place, treasure) = (self.place.copy(), self.treasure.clone());
        Self::of(place, self.module, self.names.len(), treasure)
    }

    /// The same behind a proxy with these lines.
    pub(crate) fn copy_with(&self, lines: &[&str]) -> Self {
        let mut copy = self.copy();
        copy.proxied(lines);
        copy
    }

    /// An empty trace, and these lines for the proxy.
    pub(crate) fn proxied(&mut self, lines: &[&str]) {
        self.place.token.proxied(lines);
    }

    pub(crate) fn byok(&self, words: &[&str]) -> Output {
        self.place.byok(words)
    }

    /// The command that rotates some keys, each by its name.
    pub(crate) fn rotation_of(names: &[String]) -> Vec<&str> {
        let words = ROTATE.iter().copied().filter(|word| *word != "--all");
        words.chain(names.iter().map(String::as_str)).collect()
    }

    /// A rotation of every key, each by its name.
    pub(crate) fn rotation(&self) -> Vec<&str> {
        Self::rotation_of(&self.names)
    }

    /// Every key with this version.
    pub(crate) fn versions(&self, number: u32) -> BTreeSet<String> {
        self.names.iter().map(|name| format!("{name}@{number}")).collect()
    }

    pub(crate) fn first_versions(&self) -> BTreeSet<String> {
        self.versions(1)
    }

    /// Each key's first two versions: what a rotation of all of them must end in.
    pub(crate) fn rotated_once(&self) -> BTreeSet<String> {
        &self.versions(1) | &self.versions(2)
    }

    /// Rotates every key.
    pub(crate) fn rotate(&self) -> Output {
        self.rotate_with(&[])
    }

    pub(crate) fn rotate_with(&self, more: &[&str]) -> Output {
        self.byok(&[ROTATE, more].concat())
    }

    /// The same command again, with everything there again, until there is nothing left to do. Every key then has one
    /// new version, whatever happened before.
    pub(crate) fn finish(&mut self, label: &str) {
        self.proxied(&[]);
        for _ in 0..ATTEMPTS {
            let output = self.rotate();
            let said = text(&output.stderr);
            match code(&said) {
                None if output.status.success() => return self.assert_whole(&self.rotated_once(), label),
                Some(PENDING) => assert_success(&self.byok(&["recover", "--yes"]), label),
                _ => panic!("{label}: {}: {said}", output.status),
            }
        }
        panic!("{label}: no end of repetitions");
    }

    /// A run that came to its end without some keys: they alone are named now.
    pub(crate) fn finish_rest(&mut self, label: &str) {
        self.proxied(&[]);
        let keys = self.place.path("registry/keys");
        let rest: Vec<String> =
            self.names.iter().filter(|name| !keys.join(format!("{name}@2")).is_dir()).cloned().collect();
        assert_success(&self.byok(&Self::rotation_of(&rest)), label);
        self.assert_whole(&self.rotated_once(), label);
    }

    /// How many keys have this version in the registry.
    pub(crate) fn made(&self, number: u32) -> usize {
        let keys = self.place.path("registry/keys");
        self.versions(number).iter().filter(|version| keys.join(version).is_dir()).count()
    }

    /// How many PKCS#11 calls of a name were answered since the last [`Self::proxied`].
    pub(crate) fn calls(&self, name: &str) -> usize {
        self.place.token.trace().iter().filter(|call| call.1 == name).count()
    }

    /// The number, in its process, of the `nth` call of a name since the last [`Self::proxied`].
    pub(crate) fn call_of(&self, name: &str, nth: usize) -> usize {
        self.place.token.trace().iter().filter(|call| call.1 == name).nth(nth - 1).expect("as many calls").0
    }

    /// What the token holds, by a plain client of the real module.
    pub(crate) fn objects(&self) -> Vec<Object> {
        let program = crate::token::proxy().with_file_name("list_objects");
        let output =
            self.place.command(program).arg(self.module.path()).arg(LABEL).output().expect("list_objects runs");
        assert_success(&output, "list_objects");
        let line = |line: &str| {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            words.try_into().unwrap_or_else(|words| panic!("not four words: {words:?}"))
        };
        text(&output.stdout).lines().map(line).collect()
    }
}
