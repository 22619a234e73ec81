//! `tests/standin/opener.py`: the strict reader of bundles for any RSA key, kept running.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use byok::key::spec::KeySpec;
use serde_json::{Value, json};

use crate::clouds::{brought, file};
use crate::workplace::{Workplace, assert_success};

/// Ends when its standard input closes.
#[derive(Debug)]
pub(super) struct Opener {
    private: PathBuf,
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Opener {
    /// With a key pair of its own, `public.pem` in the workplace.
    pub(super) fn start(place: &Workplace) -> Self {
        for words in [
            "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -quiet -out private.pem",
            "pkey -in private.pem -pubout -out public.pem",
        ] {
            assert_success(&place.command("openssl").args(words.split(' ')).output().unwrap(), words);
        }
        let mut child = Command::new(brought("venv/bin/python"))
            .args(["-B", "-s"])
            .arg(file("tests/standin/opener.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python runs");
        let (input, output) = (child.stdin.take(), BufReader::new(child.stdout.take().expect("a pipe")));
        Self { private: place.path("private.pem"), child, input, output }
    }

    /// What is inside, or `refused`.
    pub(super) fn open(&mut self, spec: KeySpec, method: &str, wrapped: &Path) -> Value {
        let request = json!({"private": self.private, "method": method, "type": spec.to_string(), "file": wrapped});
        writeln!(self.input.as_mut().expect("a pipe"), "{request}").expect("the opener reads");
        let mut line = String::new();
        self.output.read_line(&mut line).expect("the opener answers");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{request}: {error}: {line:?}"))
    }
}

impl Drop for Opener {
    fn drop(&mut self) {
        drop(self.input.take());
        _ = self.child.wait();
    }
}
