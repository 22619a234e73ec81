//! A process of its own for one test: a module reads its configuration from its process's environment.

use std::process::Command;

use super::token::{Module, TokenDir};

/// Set in a child.
const CHILD: &str = "BYOK_TEST_CHILD";

/// Spawns this binary again for the test of this name only, in an environment that has the token; there, `body` runs.
/// A test that is not there is a failure. The parent gets the token back; the child has none.
pub(crate) fn in_child(test: &str, token: impl FnOnce() -> TokenDir, body: impl FnOnce()) -> Option<TokenDir> {
    if is_child() {
        body();
        return None;
    }
    let token = token();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .envs(token.env())
        .env(CHILD, "1")
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out.contains("1 passed"), "{test}:\n{out}\n{err}");
    Some(token)
}

/// A configured folder without a token.
pub(crate) fn without_token(module: Module) -> TokenDir {
    let token = TokenDir::empty(module);
    std::fs::create_dir(token.path().join("tokens")).unwrap();
    token
}

#[expect(clippy::disallowed_methods, reason = "a test has to know which half of itself it is")]
pub(crate) fn is_child() -> bool {
    std::env::var_os(CHILD).is_some()
}
