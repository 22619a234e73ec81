//! The clouds, as far as they can stand on one machine: an emulator of AWS, stand-ins for Azure and Google, the CLIs.

pub(crate) mod ministack;
pub(crate) mod parsers;
pub(crate) mod standin;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// A file of the repository.
pub(crate) fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A program that `tests/setup.sh` brings.
pub(crate) fn brought(path: &str) -> PathBuf {
    let program = file(".cache").join(path);
    assert!(program.exists(), "{} is missing: run tests/setup.sh", program.display());
    program
}

/// Runs a Python program that answers each line of JSON with a line of JSON, in an empty environment.
pub(crate) fn answers(python: &str, program: &str, requests: &[Value]) -> Vec<Value> {
    let mut child = Command::new(brought(python))
        .args(["-B", "-s"])
        .arg(file(program))
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("Python runs");
    let mut input = child.stdin.take().expect("a pipe");
    let lines: Vec<String> = requests.iter().map(|request| request.to_string() + "\n").collect();
    // Another thread, as both pipes may fill.
    let writer = std::thread::spawn(move || std::io::Write::write_all(&mut input, lines.concat().as_bytes()));
    let output = child.wait_with_output().expect("Python ends");
    writer.join().expect("the writer ends").expect("the requests are read");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {said}");
    let text = String::from_utf8(output.stdout).expect("JSON is UTF-8");
    let answers: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("an answer")).collect();
    assert_eq!(answers.len(), requests.len(), "{program}: {said}");
    answers
}
