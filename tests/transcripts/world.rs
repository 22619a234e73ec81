//! What a case finds around it: a folder with a token, a registry if it wants one, and a bare environment.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use regex::Regex;
use snapbox::Redactions;

use crate::token::{Module, TokenDir, USER_PIN, proxy};

/// The script that makes the registry of the cases in `registry/`.
const REGISTRY: &str = include_str!("../cmd/registry.sh");
/// No command of a transcript takes longer, in seconds.
const LIMIT: &str = "60";
/// What changes with each run, and the word that stands for it.
const VOLATILE: [(&str, &str); 15] = [
    ("[TIME]", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
    ("[INSTANT]", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z"),
    ("[HASH]", r"\b[0-9a-f]{64}\b"),
    ("[ID]", r"\b([0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})\b"),
    ("[SERIAL]", r"\b[0-9a-f]{16}\b"),
    ("[SIGNER]", r"\bbyok-signer-[0-9a-f]{8}\b"),
    ("[KCV]", r#"(check value +|"kcv": ")(?<redacted>[0-9a-f]{6})\b"#),
    ("[THUMBPRINT]", r#""jwkThumbprint": "(?<redacted>[^"]*)""#),
    ("[PEM]", r#""spkiPem": "(?<redacted>[^"]*)""#),
    ("[SIZE]", r#""size": (?<redacted>\d+)"#),
    ("[UID]", r"(uid|owner) (?<redacted>\d+)\b"),
    ("[HOST]", r#""host":"(?<redacted>[^"]*)""#),
    ("[PID]", r"process (?<redacted>\d+)\b"),
    ("[FINGERPRINT]", r"SHA256:[A-Za-z0-9+/]{43}"),
    ("[LIBM]", r"/lib[^` ]*/libm\.so\.6"),
];

/// A token and a folder to work in, of one case.
#[derive(Debug)]
pub(crate) struct World {
    token: TokenDir,
}

impl World {
    /// The world of a case, after the folder that it stands in.
    pub(crate) fn of(case: &Path) -> Self {
        if case.parent().and_then(Path::file_name) == Some(OsStr::new("registry")) {
            Self::with_registry()
        } else {
            Self::with_token()
        }
    }

    /// A ready token, its PIN in the file `pin`, and no registry.
    pub(crate) fn with_token() -> Self {
        let world = Self { token: TokenDir::new(Module::SoftHsm) };
        for folder in [world.folder(), world.token.path().join("run")] {
            fs::create_dir(folder).expect("a folder of the case");
        }
        let (_, status) = world.shell(&format!("printf %s {USER_PIN} > pin"));
        assert_eq!(status, 0, "the PIN file is written");
        world
    }

    /// A copy of the registry of `registry.sh`, with its token.
    pub(crate) fn with_registry() -> Self {
        static READY: OnceLock<World> = OnceLock::new();
        let ready = READY.get_or_init(|| {
            let world = Self::with_token();
            let (printed, status) = world.shell(REGISTRY);
            assert_eq!(status, 0, "registry.sh: {printed}");
            world
        });
        let world = Self { token: TokenDir::empty(Module::SoftHsm) };
        for name in ["tokens", "run", "work"] {
            copy(&ready.token.path().join(name), &world.token.path().join(name));
        }
        world
    }

    /// Where the commands run.
    pub(crate) fn folder(&self) -> PathBuf {
        self.token.path().join("work")
    }

    /// Runs a line of shell; returns what it printed and its exit code.
    pub(crate) fn shell(&self, line: &str) -> (String, i32) {
        let script = format!("umask 077\nexec 2>&1\n{line}");
        let mut command = Command::new("timeout");
        command.args([LIMIT, "sh", "-c", &script]).current_dir(self.folder()).env_clear().envs(self.env());
        let output = command.output().expect("a shell");
        (String::from_utf8_lossy(&output.stdout).into_owned(), output.status.code().unwrap_or(-1))
    }

    /// The whole environment of a case.
    pub(crate) fn env(&self) -> Vec<(String, String)> {
        let byok = Path::new(env!("CARGO_BIN_EXE_byok")).parent().expect("the folder of the program");
        let keys = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/wrapping-keys");
        let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/reader");
        let answers = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd/answers");
        let findings = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/findings");
        let own = [
            ("PATH", format!("{}:/usr/bin:/bin", byok.display())),
            ("XDG_RUNTIME_DIR", self.token.path().join("run").display().to_string()),
            ("MODULE", Module::SoftHsm.path().display().to_string()),
            ("PROXY", proxy().display().to_string()),
            ("BYOK_TEST_PROXY", self.folder().join("proxy.conf").display().to_string()),
            ("KEYS", keys.display().to_string()),
            ("ANSWERS", answers.display().to_string()),
            ("FILES", files.display().to_string()),
            ("FINDINGS", findings.display().to_string()),
        ];
        self.token.env().into_iter().chain(own.map(|(name, value)| (name.to_owned(), value))).collect()
    }

    /// What to write for the things that change with each run.
    pub(crate) fn redactions(&self) -> Redactions {
        let mut redactions = Redactions::new();
        for (word, pattern) in VOLATILE {
            redactions.insert(word, Regex::new(pattern).expect("a pattern")).expect("a word in brackets");
        }
        for (word, path) in [("[DIR]", self.folder()), ("[MODULE]", Module::SoftHsm.path()), ("[PROXY]", proxy())] {
            redactions.insert(word, path.display().to_string()).expect("a word in brackets");
        }
        redactions
    }
}

/// Copies a folder with its contents, access rights included.
fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-a").args([from, to]).status().expect("cp");
    assert!(status.success(), "{} is copied", from.display());
}
