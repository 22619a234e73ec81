//! The tables of rules, one file for each group.

pub mod container;
pub mod ec;
pub mod file;
pub mod form;
pub mod provider;
pub mod raw;
pub mod rsa;
pub mod wrapping;

use super::Rule;

/// Every rule, grouped by hundreds.
static GROUPS: &[&[&Rule]] =
    &[form::ALL, raw::ALL, rsa::ALL, ec::ALL, provider::ALL, wrapping::ALL, file::ALL, container::ALL];

/// Every rule in the order of its code.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    GROUPS.iter().flat_map(|group| group.iter().copied())
}

/// The rule with this code, in either case.
#[must_use]
pub fn find(code: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.to_string().eq_ignore_ascii_case(code))
}

/// Declares the rules of one group: the constants and the list of them all.
macro_rules! rules {
    ($($name:ident = $number:literal, $severity:ident, $title:literal, $meaning:literal, $matters:literal, $way_out:literal,
       $example:literal;)*) => {
        $(
            #[doc = $title]
            pub static $name: $crate::format::lint::Rule = $crate::format::lint::Rule {
                number: $number,
                severity: $crate::format::lint::Severity::$severity,
                title: $title,
                meaning: $meaning,
                matters: $matters,
                way_out: $way_out,
                example: $example,
            };
        )*
        /// Every rule of this file, in order.
        pub(super) static ALL: &[&$crate::format::lint::Rule] = &[$(&$name),*];
    };
}
use rules;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_in_order() {
        let numbers: Vec<u16> = all().map(|rule| rule.number).collect();
        assert!(numbers.is_sorted_by(|one, next| one < next), "{numbers:?}");
        for rule in all() {
            assert_eq!(find(&rule.to_string().to_lowercase()), Some(rule));
        }
    }

    #[test]
    fn texts_are_written_like_the_rest() {
        for rule in all() {
            assert!(!rule.title.ends_with('.') && !rule.title.is_empty(), "{rule}: a title is a fragment");
            for text in [rule.meaning, rule.matters, rule.way_out] {
                assert!(text.ends_with('.') && !text.contains("  "), "{rule}: {text}");
            }
            assert!(!rule.example.is_empty(), "{rule}");
        }
    }
}
