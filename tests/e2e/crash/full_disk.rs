//! A full disk at any change: exit code 9, and what was begun is settled once there is room again.

use super::after::Treasure;
use super::kill::{Kill, changes};
use super::{Case, GENERATE_PAIR, WRAP_DIRECT, generate, wrap};
use crate::token::Module;
use crate::workplace::{assert_success, text};

/// What saves time, and the notes in the locks of who holds them: a command goes on without.
const DISPOSABLE: [&str; 3] = ["/registry/cache", "/registry/lock>", "/byok/token-"];

#[test]
fn generate_on_a_full_disk() {
    fill(&generate(Module::SoftHsm, GENERATE_PAIR));
}

#[test]
fn wrap_on_a_full_disk() {
    fill(&wrap(Module::Kryoptic, WRAP_DIRECT));
}

fn fill(case: &Case) {
    let words = case.words();
    let treasure = Treasure::of(&case.start);
    let (output, changes) = changes(&mut case.start.copy(), &words);
    assert_success(&output, "under strace");
    assert!(changes.len() > 10, "{} changes", changes.len());
    for change in &changes {
        let label = format!("{} without room for {change:?}", case.words.join(" "));
        let mut scene = case.start.copy();
        let output = change.run_out_of_space(&mut scene, &words);
        let said = text(&output.stderr);
        if output.status.success() {
            assert!(DISPOSABLE.iter().any(|path| change.concerns(path)), "{label}: went unnoticed");
        } else {
            assert_eq!(output.status.code(), Some(9), "{label}: {said}");
        }
        case.resume(&mut scene, &Kill::Call(usize::MAX), &label);
        case.assert_done(&scene, &treasure, &label);
    }
}
