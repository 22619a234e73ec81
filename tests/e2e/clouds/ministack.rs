//! AWS KMS as `ministack` has it, one for each test process, in a network namespace of its own: it listens on every
//! interface.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{brought, file};

/// Ends with its standard input, which closes when this process ends or is killed.
#[derive(Debug)]
pub(crate) struct Ministack {
    socket: PathBuf,
    _life_line: Child,
    _home: TempDir,
}

/// What a program inside the namespace came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) success: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ministack {
    /// The emulator of this process.
    pub(crate) fn shared() -> &'static Self {
        static EMULATOR: OnceLock<Ministack> = OnceLock::new();
        EMULATOR.get_or_init(Self::start)
    }

    fn start() -> Self {
        let home = TempDir::new().expect("a temporary folder");
        let socket = home.path().join("socket");
        // Root has no need of a user namespace, which some systems refuse.
        let namespaces: &[&str] =
            if rustix::process::getuid().is_root() { &["--net"] } else { &["--user", "--map-root-user", "--net"] };
        let mut life_line = Command::new("unshare")
            .args(namespaces)
            .arg(brought("clis/bin/python"))
            .arg(file("tests/clis/aws_cloud.py"))
            .arg(&socket)
            .env("HOME", home.path())
            .current_dir(home.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("unshare runs");
        let mut line = String::new();
        BufReader::new(life_line.stdout.take().expect("a pipe")).read_line(&mut line).expect("a pipe");
        assert_eq!(line, "ready\n", "ministack does not start in a network namespace");
        Self { socket, _life_line: life_line, _home: home }
    }

    /// A call of the API by the AWS SDK: the answer as the AWS CLI prints it, or the code of the refusal.
    pub(crate) fn call(&self, operation: &str, parameters: &Value) -> Result<Value, String> {
        let answer = self.request(&json!({"call": operation, "with": parameters}));
        answer["error"].as_str().map_or(Ok(answer.clone()), |error| Err(format!("{error}: {}", answer["message"])))
    }

    /// Runs a program in a folder, with the AWS CLI on its PATH, where the emulator can be reached.
    pub(crate) fn run(&self, words: &[&str], folder: &Path) -> Ran {
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", brought("clis/bin/aws").parent().unwrap().display());
        let env = BTreeMap::from([("PATH", path), ("HOME", folder.display().to_string())]);
        let answer = self.request(&json!({"run": words, "cwd": folder, "env": env}));
        let text = |name: &str| answer[name].as_str().expect("a text").to_owned();
        Ran { success: answer["status"] == 0, stdout: text("stdout"), stderr: text("stderr") }
    }

    fn request(&self, request: &Value) -> Value {
        let mut stream = UnixStream::connect(&self.socket).expect("the emulator listens");
        writeln!(stream, "{request}").expect("the emulator reads");
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).expect("the emulator answers");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{request}: {error}: {line:?}"))
    }
}
