//! A token behind a socket, as `p11-kit server` serves it, whose server is killed in the middle of a fleet.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use rustix::process::{Pid, Signal};

use super::Fleet;
use crate::token::{LABEL, Module};
use crate::workplace::{assert_success, code, text};

const KEYS: usize = 24;
/// The `C_GenerateKey` or `C_GenerateKeyPair` before which the server dies.
const AT: [&str; 3] = ["C_GenerateKey#2", "C_GenerateKey#13", "C_GenerateKeyPair#2"];
/// One call at a time, so that none is under way when the server dies: SoftHSM would leave an object half written, and the
/// client of p11-kit 0.24 lets a second thread wait for ever when the connection breaks.
const ONE: &[&str] = &["--sessions", "1"];
/// What a token problem ends with.
const TOKEN: i32 = 5;
/// The client's half: its mechanisms are few, for it must know the parameters of each to send them.
const TARGET: &str = "provider: generic\n    method: rsa-oaep-sha1\n";

/// A server and a fleet whose module is its client. The proxy stands in front of the client: that one gives each caller
/// an instance of its own, and byok calls its module in two ways.
struct Remote {
    fleet: Fleet,
    client: PathBuf,
    server: Child,
}

#[test]
fn the_server_dies() {
    for call in AT {
        let mut remote = Remote::start();
        let kill = format!("run={call}:kill -9 -{}", remote.server.id());
        remote.proxied(&[&kill]);
        let output = remote.byok(&[super::ROTATE, ONE].concat());
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(TOKEN), "{call}: {said}");
        let made = remote.fleet.made(2);
        assert!(made < KEYS, "{call}: {made} are made");
        remote.fleet.assert_verifies("registry", call);
        // Nobody serves the token.
        remote.proxied(&[]);
        assert_eq!(remote.rotate().status.code(), Some(TOKEN), "{call}");
        remote.restart();
        remote.finish(call);
    }
}

/// Nothing happens to it: the number of sessions is measured across the socket.
#[test]
fn a_fleet_across_a_socket() {
    let mut remote = Remote::start();
    remote.proxied(&[]);
    assert_success(&remote.rotate(), "across a socket");
    remote.fleet.assert_whole(&remote.fleet.rotated_once(), "across a socket");
}

/// Refused at once and by name, as sessions of one instance are unknown to the other.
#[test]
fn a_module_with_many_instances_is_refused() {
    let remote = Remote::start();
    let client = client();
    let output = remote.byok(&["hsm", "probe", "--module", client.to_str().unwrap()]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(TOKEN), "{said}");
    assert!(said.contains("another instance of itself at each C_GetFunctionList"), "{said}");
}

impl Remote {
    fn start() -> Self {
        let fleet = Fleet::new(Module::SoftHsm, KEYS);
        let config = std::fs::read_to_string(fleet.place.path("byok.yaml")).unwrap();
        fleet.place.write("byok.yaml", config.replace("provider: openbao\n    target: \"{last}\"\n", TARGET));
        fleet.place.write(format!("answers/{}.json", super::TARGET).as_str(), crate::workplace::WRAPPING_KEY);
        let server = serve(&fleet);
        let mut remote = Self { fleet, client: client(), server };
        remote.proxied(&[]);
        // What the client can send is less than what the token can do.
        assert_success(&remote.byok(&["hsm", "probe"]), "the probe");
        remote
    }

    fn restart(&mut self) {
        self.server.wait().unwrap();
        self.server = serve(&self.fleet);
    }

    fn proxied(&mut self, lines: &[&str]) {
        let module = format!("module={}", self.client.display());
        self.fleet.proxied(&[&[module.as_str()], lines].concat());
    }

    fn byok(&self, words: &[&str]) -> Output {
        let mut command = self.fleet.place.command(env!("CARGO_BIN_EXE_byok"));
        let address = format!("unix:path={}", socket(&self.fleet).display());
        // The module's own configuration is the server's affair.
        command.env_remove("SOFTHSM2_CONF").env("P11_KIT_SERVER_ADDRESS", address);
        command.args(words).output().expect("byok runs")
    }

    fn rotate(&self) -> Output {
        self.byok(super::ROTATE)
    }

    fn finish(&mut self, label: &str) {
        let mut output = self.rotate();
        if code(&text(&output.stderr)) == Some(super::PENDING) {
            assert_success(&self.byok(&["recover", "--yes"]), label);
            output = self.rotate();
        }
        assert_success(&output, label);
        self.fleet.assert_whole(&self.fleet.rotated_once(), label);
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        // It leads a group of its own: one process for each client.
        if let Some(group) = Pid::from_raw(i32::try_from(self.server.id()).unwrap()) {
            let _ = rustix::process::kill_process_group(group, Signal::KILL);
        }
        let _ = self.server.wait();
    }
}

fn socket(fleet: &Fleet) -> PathBuf {
    fleet.place.token.path().join("socket")
}

/// Starts the server; it listens when this returns.
fn serve(fleet: &Fleet) -> Child {
    let socket = socket(fleet);
    if socket.exists() {
        std::fs::remove_file(&socket).unwrap();
    }
    let mut command: Command = fleet.place.command("p11-kit");
    command.args(["server", "--foreground", "--provider"]).arg(Module::SoftHsm.path()).arg("--name").arg(&socket);
    command.arg(format!("pkcs11:token={LABEL}")).process_group(0).stdout(Stdio::piped());
    let mut server = command.spawn().expect("p11-kit is installed; tests/setup.sh does it");
    // It says where it listens.
    let mut line = String::new();
    BufReader::new(server.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("P11_KIT_SERVER_ADDRESS"), "{line}");
    server
}

/// Where the distributions put the client's module.
fn client() -> PathBuf {
    let places = [
        "/usr/lib/x86_64-linux-gnu/pkcs11",
        "/usr/lib/aarch64-linux-gnu/pkcs11",
        "/usr/lib64/pkcs11",
        "/usr/lib/pkcs11",
    ];
    let found = places.iter().map(|place| PathBuf::from(place).join("p11-kit-client.so")).find(|path| path.exists());
    found.expect("p11-kit-modules is installed; tests/setup.sh does it")
}
