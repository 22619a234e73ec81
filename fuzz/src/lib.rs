//! What each fuzz target does with its input: it reads it as untrusted, and what was read must hold together.

mod answer;
mod approvals;
mod confirmation;
mod evidence;
mod keys;
mod lint;
mod locked;
mod policy;
mod rotate;
mod shell;
mod text;

pub use answer::answer;
pub use approvals::{allowed_signers, sshsig};
pub use confirmation::confirmation;
pub use evidence::{bundle, checkpoint, dsse, log_line, plan, statement, token_profile, trust};
pub use keys::{key_wrap, pkcs8, reader, spki, wrapping_key};
pub use lint::lint;
pub use locked::locked;
pub use policy::policy;
pub use rotate::{condition, run_file};
pub use shell::destination;
pub use text::{configuration, json, name};

use byok::key::version::KeyVersionId;

/// Panics on key version `kek@7`, which no seed holds: the runner must find it, or it would find nothing else.
pub fn seeded_panic(input: &[u8]) {
    let Ok(id) = std::str::from_utf8(input).unwrap_or_default().parse::<KeyVersionId>() else { return };
    let mut known = 0;
    for (found, wanted) in id.key.as_str().bytes().zip(*b"kek") {
        if found != wanted {
            return;
        }
        known = step(known);
    }
    assert!(known < 3 || id.version.get() != 7, "the seeded panic was found");
}

/// Each byte is a step of its own, so that coverage shows the way; optimised, three comparisons would become one.
#[inline(never)]
fn step(known: u32) -> u32 {
    match std::hint::black_box(known) {
        0 => std::hint::black_box(1),
        1 => std::hint::black_box(2),
        _ => std::hint::black_box(3),
    }
}

/// What goes to a terminal neither moves its cursor nor turns text around.
fn assert_printable(message: &impl ToString) {
    let message = message.to_string();
    let acts = |c: char| {
        c.is_control() || matches!(c, '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(!message.contains(acts), "{message:?}");
}
