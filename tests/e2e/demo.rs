//! `make demo`, with the build and the folder of the tests.

use std::net::TcpStream;
use std::process::Command;

use tempfile::TempDir;

use crate::workplace::text;

#[test]
fn the_demo_runs_to_its_end_and_leaves_no_server() {
    let folder = TempDir::new().unwrap();
    let demo = folder.path().join("demo");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/demo.sh");
    let output = Command::new("sh").arg(script).env("DEMO", &demo).env("PROFILE", "dev").output().unwrap();
    let said = text(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", text(&output.stderr));
    assert!(said.lines().any(|line| line == "It is the key."), "{said}");
    let (_, after) = said.split_once("BAO_ADDR=http://").expect("the demo says where its server is");
    let address = after.split(' ').next().unwrap();
    assert!(TcpStream::connect(address).is_err(), "the server at {address} still answers");
}
