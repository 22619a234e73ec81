//! What to type where the policy asks for approvals: the plan of the very command that was typed.

use std::ffi::OsString;

use super::codes::policy;
use super::failure::Failure;
use crate::format::escape::shell_word;

/// Flags that have no place in a plan: what a plan does is decided when it is applied.
const LEFT_OUT: [&str; 2] = ["--dry-run", "--yes"];

/// Adds the way to the approvals, when they are what is missing.
pub(super) fn way(failure: Failure, arguments: &[OsString]) -> Failure {
    if !failure.is(&policy::NEEDS_APPROVALS) {
        return failure;
    }
    let typed = arguments.iter().skip(1).map(|word| word.to_string_lossy());
    let typed: Vec<String> =
        typed.filter(|word| !LEFT_OUT.contains(&word.as_ref())).map(|word| quoted(&word)).collect();
    failure
        .hint(format!("byok plan {} --out plan.json   says exactly what will be done", typed.join(" ")))
        .hint("byok approve plan.json --key KEY   by each who approves")
        .hint("byok apply plan.json")
}

/// As a shell takes it.
pub(super) fn quoted(word: &str) -> String {
    shell_word(word, usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_can_be_typed_again() {
        let typed = ["byok", "import", "a b", "it's", "--yes", "", "k.bin"].map(OsString::from);
        let said = way(Failure::new(&policy::NEEDS_APPROVALS, "x"), &typed).render(false);
        assert!(said.contains(r"hint: byok plan import 'a b' 'it'\''s' '' k.bin --out plan.json"), "{said}");
        assert!(!way(Failure::new(&policy::DENIED, "x"), &typed).render(false).contains("byok plan"));
    }
}
