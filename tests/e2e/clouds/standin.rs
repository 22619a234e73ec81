//! Azure and Google as `tests/standin` has them: a strict reading of what the services document, apart from byok.

use std::process::Command;

use super::{brought, file};
use crate::workplace::assert_success;

/// The stand-in itself: it takes what is good and refuses each defect for its own reason.
#[test]
fn the_stand_in_refuses_every_defect() {
    let python = brought("venv/bin/python");
    let output = Command::new(&python)
        .args(["-B", "-s"])
        .arg(file("tests/standin/selftest.py"))
        .env("STANDIN_PYTHON", &python)
        .output()
        .expect("Python runs");
    assert_success(&output, "tests/standin/selftest.py");
}
