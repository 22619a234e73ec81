//! Azure and Google as `tests/standin` has them: a strict reading of what the services document, apart from byok.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use super::{brought, file};
use crate::workplace::{assert_success, text};

pub(crate) const VAULT: &str = "kiste";
pub(crate) const PROJECT: &str = "project-1";

/// The memory of both services.
#[derive(Debug)]
pub(crate) struct StandIn {
    state: TempDir,
}

impl StandIn {
    /// Services with a vault and a Managed HSM, and nothing in them.
    pub(crate) fn new() -> Self {
        let state = TempDir::new().expect("a temporary folder");
        for kind in ["vault", "managedhsm"] {
            fs::create_dir_all(state.path().join(format!("azure/{VAULT}.{kind}.azure.net"))).expect("a vault");
        }
        Self { state }
    }

    /// A program with `az` and `gcloud` on its PATH, and nothing of byok's in its environment.
    pub(crate) fn command(&self, program: &str) -> Command {
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", file("tests/standin/bin").display());
        let mut command = Command::new(program);
        command.env_clear().env("PATH", path).env("STANDIN_STATE", self.state.path());
        command.env("STANDIN_PYTHON", brought("venv/bin/python")).env("CLOUDSDK_CORE_PROJECT", PROJECT);
        command
    }

    /// Runs `az` or `gcloud` with these words, which must succeed; its standard output.
    pub(crate) fn ok(&self, line: &str) -> String {
        let (program, words) = line.split_once(' ').expect("a program and its words");
        // Not through PATH of this process.
        let output = self.command("sh").args(["-c", "exec \"$@\"", "sh", program]).args(words.split(' ')).output();
        let output = output.expect("a shell");
        assert_success(&output, line);
        text(&output.stdout)
    }

    /// Runs the script of a bundle.
    pub(crate) fn import(&self, bundle: &Path) -> Output {
        self.command("sh").arg(bundle.join("import.sh")).output().expect("a shell")
    }

    /// What a service keeps, by the path of its file without `.json`.
    pub(crate) fn kept(&self, path: impl AsRef<Path>) -> Value {
        let file: PathBuf = self.state.path().join(path).with_extension("json");
        let bytes = fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        serde_json::from_slice(&bytes).expect("a resource is JSON")
    }

    /// The imports that `az` was called for, in their order: folder and words.
    pub(crate) fn calls(&self) -> Vec<Value> {
        let record = fs::read_to_string(self.state.path().join("calls")).unwrap_or_default();
        let calls = record.lines().map(|line| serde_json::from_str::<Value>(line).expect("a call is JSON"));
        calls.filter(|call| call["words"][2] == "import").collect()
    }

    /// Whether a service keeps such a thing.
    pub(crate) fn has(&self, path: impl AsRef<Path>) -> bool {
        self.state.path().join(path).with_extension("json").exists()
    }
}

/// The stand-in itself: it takes what is good and refuses each defect for its own reason.
#[test]
fn the_stand_in_refuses_every_defect() {
    let python = brought("venv/bin/python");
    let output = Command::new(&python)
        .args(["-B", "-s", "-m", "unittest", "discover", "--pattern", "selftest_*.py", "--start-directory"])
        .arg(file("tests/standin"))
        .env("STANDIN_PYTHON", &python)
        .output()
        .expect("Python runs");
    let said = text(&output.stderr);
    assert!(output.status.success() && said.contains("\nOK\n"), "{said}");
}
