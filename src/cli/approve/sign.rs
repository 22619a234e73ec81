//! Stock `ssh-keygen` signs: so passphrases, agents, PKCS#11 tokens and FIDO devices work as everywhere else, and byok
//! never holds the key.

use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};

use super::not_signed;
use crate::approval::sshsig::MAX_SIGNATURE;
use crate::cli::codes::usage;
use crate::cli::failure::{Failure, Outcome};
use crate::cli::shell::Shell;
use crate::ops::access::Scratch;
use crate::ops::approve::Paper;

/// What is signed, and what ssh-keygen writes beside it.
const PAPER: &str = "plan.json";
const SIGNED: &str = "plan.json.sig";

/// What ssh-keygen needs of the environment: agents, FIDO providers, the windows in which it asks. A PIN or a passphrase
/// that stands there for byok is none of its business.
const PASSED_ON: [&str; 12] = [
    "DISPLAY",
    "HOME",
    "LANG",
    "PATH",
    "SSH_ASKPASS",
    "SSH_ASKPASS_REQUIRE",
    "SSH_AUTH_SOCK",
    "SSH_SK_HELPER",
    "SSH_SK_PROVIDER",
    "TERM",
    "WAYLAND_DISPLAY",
    "XDG_RUNTIME_DIR",
];

/// The armored signature of the paper's bytes. It is the caller who checks it.
pub(super) fn sign(shell: &Shell<'_>, paper: &Paper, key: &Path) -> Outcome<Vec<u8>> {
    // ssh-keygen asks for passphrases only where standard input is a terminal, so the paper goes in as a file.
    let scratch = Scratch::make(&shell.env.runtime_directory)?;
    scratch.write(PAPER, &paper.bytes)?;
    let mut program = Command::new("ssh-keygen");
    program.args(["-q", "-Y", "sign", "-n", paper.namespace(), "-f"]).arg(key).arg(scratch.path(PAPER));
    program.env_clear().envs(PASSED_ON.iter().filter_map(|name| Some((name, shell.env.var(name)?))));
    program.stdin(Stdio::inherit()).stdout(Stdio::null()).stderr(Stdio::inherit());
    let status = program.status().map_err(|error| not_started(&error))?;
    if !status.success() {
        return Err(not_signed().cause(status.to_string()));
    }
    scratch.read(SIGNED, MAX_SIGNATURE)?.ok_or_else(|| not_signed().cause("it wrote no signature"))
}

fn not_started(error: &std::io::Error) -> Failure {
    let what = match error.kind() {
        ErrorKind::NotFound => "ssh-keygen is not installed",
        _ => "ssh-keygen cannot be started",
    };
    Failure::new(&usage::NO_SSH_KEYGEN, what).because(Some(error)).hint("install OpenSSH's client")
}
