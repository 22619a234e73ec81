//! `examples/use_key`: a key of a token, used through plain PKCS#11, as any other program would.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::token::LABEL;
use crate::workplace::{Workplace, text};

/// Uses a key of the token without byok: standard output, or standard error of a failure.
pub(crate) fn use_key(place: &Workplace, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, String> {
    place.write("message", input);
    let message = File::open(place.path("message")).unwrap();
    let mut command = place.command(program());
    command.arg(place.token.module()).arg(LABEL).args(arguments).stdin(Stdio::from(message));
    let output = command.output().unwrap();
    if output.status.success() { Ok(output.stdout) } else { Err(text(&output.stderr)) }
}

/// A package of its own, which cargo builds when it is not there or not fresh.
fn program() -> PathBuf {
    static BUILT: OnceLock<()> = OnceLock::new();
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/use_key");
    BUILT.get_or_init(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let build = Command::new(cargo)
            .args(["build", "--quiet", "--locked", "--target-dir", "target"])
            .current_dir(&package)
            .status();
        assert!(build.is_ok_and(|status| status.success()), "examples/use_key does not build");
    });
    package.join("target/debug/use_key")
}
