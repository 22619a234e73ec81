//! The fixtures of the other tests, looked at with an independent tool.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::token::{LABEL, Module, TokenDir, USER_PIN};

/// What `pkcs11-tool` prints about the token.
fn pkcs11_tool(token: &TokenDir, arguments: &[&str]) -> String {
    let mut command = Command::new("pkcs11-tool");
    command.arg("--module").arg(token.module()).args(["--token-label", LABEL, "--login", "--pin", USER_PIN]);
    let output = command.args(arguments).envs(token.env()).output().expect("pkcs11-tool");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_token_is_ready_and_its_own() {
    for module in Module::ALL {
        let (token, other) = (TokenDir::new(module), TokenDir::new(module));
        pkcs11_tool(&token, &["--keygen", "--key-type", "aes:32", "--label", "mine"]);
        assert!(pkcs11_tool(&token, &["--list-objects"]).contains("mine"));
        assert!(!pkcs11_tool(&other, &["--list-objects"]).contains("mine"));
    }
}

#[test]
fn only_the_owner_reads_a_token() {
    for module in Module::ALL {
        let token = TokenDir::new(module);
        for path in [token.path().to_owned(), token.config()] {
            let mode = path.metadata().expect("a file of the token").permissions().mode();
            assert_eq!(mode & 0o077, 0, "{}", path.display());
        }
    }
}

#[test]
fn the_proxy_comes_and_goes() {
    for module in Module::ALL {
        let mut token = TokenDir::new(module);
        token.proxied(&["fail=C_GenerateRandom:0x32"]);
        pkcs11_tool(&token, &["--keygen", "--key-type", "aes:32", "--label", "mine"]);
        let trace = token.trace();
        assert_eq!(trace.first(), Some(&(1, "C_Initialize".to_owned(), 0)));
        assert!(trace.iter().any(|line| line.1 == "C_GenerateKey"));
        token.direct();
        assert!(pkcs11_tool(&token, &["--list-objects"]).contains("mine"));
        assert_eq!(token.trace().len(), trace.len());
    }
}
