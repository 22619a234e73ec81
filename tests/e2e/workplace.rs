//! A folder with a token, in which the binary is run as a user runs it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;
use tempfile::TempDir;

use crate::token::{self, Files, LABEL, Module, TokenDir, USER_PIN};

/// The PIN stands in this variable of every run.
pub(crate) const PIN_SOURCE: &str = "env:PIN";

/// A wrapping key whose private half nobody kept.
pub(crate) const WRAPPING_KEY: &str = include_str!("wrapping.pem");

#[derive(Debug)]
pub(crate) struct Workplace {
    pub(crate) token: TokenDir,
    folder: TempDir,
}

impl Workplace {
    /// A token and an empty folder.
    pub(crate) fn new(module: Module) -> Self {
        Self { token: TokenDir::new(module), folder: token::folder("byok-work-") }
    }

    /// A module without any token, and an empty folder.
    pub(crate) fn without_token(module: Module) -> Self {
        Self { token: TokenDir::blank(module), folder: token::folder("byok-work-") }
    }

    /// Another workplace with the same token and an empty folder.
    pub(crate) fn copy_of_token(&self) -> Self {
        Self { token: self.token.copy(), folder: token::folder("byok-work-") }
    }

    /// Another workplace with the same files.
    pub(crate) fn copy(&self) -> Self {
        Self::holding(self.token.copy(), &self.files())
    }

    /// A token, and a folder with these files.
    pub(crate) fn holding(token: TokenDir, files: &Files) -> Self {
        let place = Self { token, folder: token::folder("byok-work-") };
        token::write_tree(place.folder.path(), files);
        place
    }

    /// Every file of the folder.
    pub(crate) fn files(&self) -> Files {
        token::tree(self.folder.path())
    }

    /// The same after `byok init`.
    pub(crate) fn initialised(module: Module) -> Self {
        let place = Self::new(module);
        place.init();
        place
    }

    /// The same with the proxy in front of the module, with these lines, from the first call on.
    pub(crate) fn initialised_behind_proxy(module: Module, lines: &[&str]) -> Self {
        let mut place = Self::new(module);
        place.token.proxied(lines);
        place.init();
        place
    }

    fn init(&self) {
        let words = self.init_words();
        self.ok(&words.each_ref().map(String::as_str));
    }

    /// `init`, as words.
    pub(crate) fn init_words(&self) -> [String; 7] {
        let module = self.token.module();
        let module = module.to_str().expect("the module's path is UTF-8");
        ["init", "--module", module, "--token", LABEL, "--pin-source", PIN_SOURCE].map(str::to_owned)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).expect("a file of the workplace");
    }

    /// A command in the folder, with nothing in its environment but the token, the PIN and the usual paths.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(self.token.env())
            .envs([("PATH", "/usr/local/bin:/usr/bin:/bin"), ("PIN", USER_PIN), ("LANG", "C.UTF-8")])
            .env("HOME", self.folder.path())
            .env("XDG_RUNTIME_DIR", self.folder.path())
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs byok.
    pub(crate) fn byok(&self, arguments: &[&str]) -> Output {
        self.command(env!("CARGO_BIN_EXE_byok")).args(arguments).output().expect("byok runs")
    }

    /// Runs byok, which must succeed; its standard output.
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let output = self.byok(arguments);
        assert!(output.status.success(), "byok {}: {}\n{}", arguments.join(" "), output.status, text(&output.stderr));
        text(&output.stdout)
    }

    /// Runs byok, which must end with this exit code; its standard error.
    pub(crate) fn refused(&self, exit: i32, arguments: &[&str]) -> String {
        let output = self.byok(arguments);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(exit), "byok {}\n{said}", arguments.join(" "));
        said
    }

    /// The predicate of a manifest; its signature is not looked at.
    pub(crate) fn predicate(&self, manifest: impl AsRef<Path>) -> Value {
        let envelope = fs::read(self.folder.path().join(manifest)).expect("a manifest");
        let envelope: Value = serde_json::from_slice(&envelope).expect("a manifest is JSON");
        let payload = BASE64.decode(envelope["payload"].as_str().expect("a payload")).expect("a payload is base64");
        let mut statement: Value = serde_json::from_slice(&payload).expect("a payload is JSON");
        statement["predicate"].take()
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub(crate) fn assert_success(output: &Output, what: &str) {
    assert!(output.status.success(), "{what}: {}: {}", output.status, text(&output.stderr));
}

/// The stable code of an error.
pub(crate) fn code(said: &str) -> Option<&str> {
    said.lines().find(|line| line.starts_with("error: "))?.rsplit_once('[')?.1.strip_suffix(']')
}
