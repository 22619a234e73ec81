//! A real OpenBao server in development mode, one for each test process, on loopback.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const ROOT_TOKEN: &str = "root";

/// Another process may take a port between its choice and the server's start.
const ATTEMPTS: usize = 5;

/// Holds the server's life line: the shell around it reads its standard input and ends the server when that closes,
/// which also happens when this process is killed.
#[derive(Debug)]
pub(crate) struct Bao {
    port: u16,
    _life_line: Child,
    _home: TempDir,
}

impl Bao {
    /// The server of this process, with the transit engine mounted.
    pub(crate) fn shared() -> &'static Self {
        static SERVER: OnceLock<Bao> = OnceLock::new();
        SERVER.get_or_init(|| {
            let server = (0..ATTEMPTS).find_map(|_| Self::start()).expect("OpenBao starts");
            server.post("sys/mounts/transit", &json!({"type": "transit"})).expect("transit is mounted");
            server
        })
    }

    /// Where `bao` stands, for a `PATH`.
    pub(crate) fn folder() -> PathBuf {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(".cache/venv/bin");
        assert!(folder.join("bao").exists(), "OpenBao is missing: run tests/setup.sh");
        folder
    }

    /// What the server's own command line client needs in its environment.
    pub(crate) fn env(&self) -> [(&'static str, String); 2] {
        [("BAO_ADDR", format!("http://127.0.0.1:{}", self.port)), ("BAO_TOKEN", ROOT_TOKEN.to_owned())]
    }

    pub(crate) fn get(&self, path: &str) -> Result<Value, String> {
        self.request("GET", path, "")
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Result<Value, String> {
        self.request("POST", path, &body.to_string())
    }

    /// Starts a server on a free port; `None` when it ends before it is ready.
    fn start() -> Option<Self> {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
        let home = TempDir::new().expect("a temporary folder");
        let log = File::create(home.path().join("log")).expect("a log file");
        let mut life_line = Command::new("sh")
            .args(["-c", "\"$@\" </dev/null & exec >/dev/null; read -r _; kill $!; wait", "sh"])
            .arg(Self::folder().join("bao"))
            .args(["server", "-dev", "-dev-no-store-token"])
            .args([format!("-dev-listen-address={free}"), format!("-dev-root-token-id={ROOT_TOKEN}")])
            .env("HOME", home.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("a shell");
        let mut lines = BufReader::new(life_line.stdout.take().expect("a pipe")).lines();
        let ready = lines.by_ref().map_while(Result::ok).any(|line| line.starts_with("Root Token:"));
        // Nobody reads the rest, but a full pipe would stop the server.
        std::thread::spawn(move || lines.for_each(drop));
        ready.then_some(Self { port: free.port(), _life_line: life_line, _home: home })
    }

    /// One request of the HTTP API; the answer's JSON (null when it is empty), or status and body of a refusal.
    fn request(&self, method: &str, path: &str, body: &str) -> Result<Value, String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("OpenBao answers");
        let head = format!("{method} /v1/{path} HTTP/1.0\r\nX-Vault-Token: {ROOT_TOKEN}\r\n");
        let length = body.len();
        write!(stream, "{head}Content-Length: {length}\r\n\r\n{body}").expect("OpenBao listens");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("OpenBao answers");
        let (head, body) = answer.split_once("\r\n\r\n").expect("an HTTP answer");
        let status = head.split(' ').nth(1).unwrap_or_default();
        if !status.starts_with('2') {
            return Err(format!("{status}: {body}"));
        }
        Ok(if body.is_empty() { Value::Null } else { serde_json::from_str(body).expect("OpenBao speaks JSON") })
    }
}
