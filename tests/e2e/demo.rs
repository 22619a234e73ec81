//! What newcomers type: `make demo` with the build and the folder of the tests, and the start in README.md.

use std::net::TcpStream;
use std::path::Path;
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
    for proof in [
        "It is the key.",
        "What AWS got is the key in the token.",
        "What Google got is the key in the token.",
        "Key is valid",
        "   Valid: both halves of what Azure got belong together. No difference: its public half is the one that the token",
    ] {
        assert!(said.lines().any(|line| line == proof), "{proof}\n{said}");
    }
    let (_, after) = said.split_once("BAO_ADDR=http://").expect("the demo says where its server is");
    let address = after.split(' ').next().unwrap();
    assert!(TcpStream::connect(address).is_err(), "the server at {address} still answers");
}

/// What README.md tells a newcomer to type, from the token on, as it stands there.
#[test]
fn the_start_in_the_readme_works() {
    let folder = TempDir::new().unwrap();
    let readme = include_str!("../../README.md");
    let (_, after) = readme.split_once("## Start in 60 seconds").unwrap();
    let (_, typed) = after.split_once("# A throw-away token").expect("the README makes a token first");
    let (typed, _) = typed.split_once("```").unwrap();
    let typed = typed.replace("/tmp/byok-start", folder.path().join("start").to_str().unwrap());
    let byok = Path::new(env!("CARGO_BIN_EXE_byok")).parent().unwrap();
    let output = Command::new("sh")
        .args(["-euc", &format!("#{typed}")])
        .env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", byok.display()))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
    assert!(folder.path().join("start/bundle/wrapped-key.bin").exists());
}
