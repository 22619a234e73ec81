//! A workplace in which something was done, to be copied and crashed in.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::OnceLock;

use super::kill::masked;
use crate::token::{Files, LABEL, Module, TokenDir};
use crate::workplace::{WRAPPING_KEY, Workplace, text};

/// So that SoftHSM and kryoptic offer the same hashes, and both know a plan in which the host makes a key.
const ONLY_SHA1: &str = "lie=hide-hash=sha256";

/// `RSA_PKCS_OAEP` and the three AES key wraps.
const HIDDEN: [&str; 4] = ["0x9", "0x2109", "0x210A", "0x210B"];

#[derive(Debug)]
pub(super) struct Scene {
    pub(super) place: Workplace,
    module: Module,
    /// In every configuration of the proxy.
    lines: Vec<String>,
}

impl Scene {
    /// A copy of a workplace with a registry and two keys that must survive everything, `canary` (AES) and `sparrow`
    /// (a pair).
    pub(super) fn with_canaries(module: Module) -> Self {
        // Files and not folders: what is static is not dropped at the end.
        static SOFTHSM: OnceLock<[Files; 2]> = OnceLock::new();
        static KRYOPTIC: OnceLock<[Files; 2]> = OnceLock::new();
        let lines = vec![ONLY_SHA1.to_owned()];
        let cell = match module {
            Module::SoftHsm => &SOFTHSM,
            Module::Kryoptic => &KRYOPTIC,
        };
        let [token, folder] = cell.get_or_init(|| {
            let mut scene = Self { place: Workplace::new(module), module, lines: lines.clone() };
            scene.proxied(&[]);
            scene.place.ok(&scene.place.init_words().each_ref().map(String::as_str));
            scene.place.ok(&["generate", "canary", "--type", "aes-256"]);
            scene.place.ok(&["generate", "sparrow", "--type", "ec-p256"]);
            scene.place.write("wrapping.pem", WRAPPING_KEY);
            [scene.place.token.files(), scene.place.files()]
        });
        let place = Workplace::holding(TokenDir::holding(module, token), folder);
        let mut scene = Self { place, module, lines };
        scene.proxied(&[]);
        scene
    }

    /// The token with the keys and the signer of that registry, and an empty folder for another. Without mechanisms
    /// to wrap with, its probe is short.
    pub(super) fn of_another_registry(module: Module) -> Self {
        let place = Self::with_canaries(module).place.copy_of_token();
        let lines = HIDDEN.map(|number| format!("lie=no-mechanism={number}")).to_vec();
        let mut scene = Self { place, module, lines };
        scene.proxied(&[]);
        scene
    }

    /// A module without any token, and an empty folder.
    pub(super) fn without_token(module: Module) -> Self {
        let lines = HIDDEN.map(|number| format!("lie=no-mechanism={number}")).to_vec();
        let mut scene = Self { place: Workplace::without_token(module), module, lines };
        scene.proxied(&[]);
        scene
    }

    pub(super) fn copy(&self) -> Self {
        let mut copy = Self { place: self.place.copy(), module: self.module, lines: self.lines.clone() };
        copy.proxied(&[]);
        copy
    }

    /// An empty trace, and these lines for the proxy besides those of every run.
    pub(super) fn proxied(&mut self, lines: &[&str]) {
        let all: Vec<&str> = self.lines.iter().map(String::as_str).chain(lines.iter().copied()).collect();
        self.place.token.proxied(&all);
    }

    pub(super) fn byok(&self, words: &[&str]) -> Output {
        self.place.byok(words)
    }

    /// How many PKCS#11 calls were answered since the last [`Self::proxied`].
    pub(super) fn calls(&self) -> Vec<String> {
        self.place.token.trace().into_iter().map(|(_, name, _)| name).collect()
    }

    /// What the token holds, by a plain client of the real module: class, id, label, proof.
    pub(super) fn objects(&self) -> Vec<[String; 4]> {
        let program = self.place.token.module().with_file_name("list_objects");
        let mut command: Command = self.place.command(program);
        let output = command.arg(self.module.path()).arg(LABEL).output().expect("list_objects runs");
        assert!(output.status.success(), "{}", text(&output.stderr));
        let line = |line: &str| {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            words.try_into().unwrap_or_else(|words| panic!("not four words: {words:?}"))
        };
        text(&output.stdout).lines().map(line).collect()
    }

    /// What is on the disk and in the token, without what differs from run to run: names, whether there is anything
    /// in a file and how many lines, objects.
    pub(super) fn state(&self) -> Vec<String> {
        let mut state: Vec<_> = self.objects().iter().map(|[class, _, label, _]| format!("{class} {label}")).collect();
        let root = self.place.path("");
        files_below(&root, &root, &mut state);
        let mut state: Vec<_> = state.iter().map(|line| masked(line)).collect();
        state.sort();
        state
    }

    /// The lines of the log, from its first.
    pub(super) fn log(&self) -> Vec<String> {
        let log = self.place.path("registry/audit/log-000000.jsonl");
        let text = fs::read(log).map(|bytes| text(&bytes)).unwrap_or_default();
        text.split_inclusive('\n').map(str::to_owned).collect()
    }
}

fn files_below(folder: &Path, root: &Path, state: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder of the workplace") {
        let path = entry.expect("an entry of the workplace").path();
        let name = path.strip_prefix(root).expect("below the root").display().to_string();
        if path.is_dir() {
            state.push(name);
            files_below(&path, root, state);
        } else {
            let text = text(&fs::read(&path).expect("a file of the workplace"));
            state.push(format!("{name} empty: {} lines: {}", text.is_empty(), "|".repeat(text.lines().count())));
        }
    }
}
