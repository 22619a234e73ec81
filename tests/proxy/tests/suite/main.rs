//! The proxy in front of both test tokens. `tests/setup.sh` has to have run.

mod alone;
#[path = "../../../e2e/token.rs"]
#[expect(dead_code, reason = "shared with byok's own tests, which use more of it")]
mod token;

mod attributes;
mod busy;
mod calls;
mod slots;
mod watch;
mod wraps;
