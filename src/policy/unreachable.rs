//! Rules that can never decide, because an earlier rule matches all that they match.

use std::collections::BTreeMap;

use super::document::{Match, Rule};
use super::glob::Union;
use super::problem::Problem;
use super::reader::Reader;

/// How much work the search may do for one policy, in steps of automata; enough for hundreds of ordinary rules. When
/// it runs out, the rest is taken as reachable: the order of the rules decides either way.
const WORK: usize = 4_000_000;
/// What a comparison costs at least.
const PAIR: usize = 16;

impl Reader {
    pub(super) fn unreachable(&mut self, rules: &[Option<Rule>]) {
        let mut work = WORK;
        for (index, later) in rules.iter().enumerate() {
            let Some(later) = later.as_ref().filter(|_| self.match_is_whole(index)) else { continue };
            let mut before =
                (0..index).zip(rules).filter(|(at, _)| self.match_is_whole(*at)).filter_map(|(_, rule)| rule.as_ref());
            let Some(earlier) = before.find(|earlier| hides(&earlier.matches, &later.matches, &mut work)) else {
                continue;
            };
            let message = format!(
                "{} can never decide: {} on line {} matches all that it matches",
                later.name, earlier.name, earlier.at.line
            );
            self.problems.push(Problem::at(later.at, format!("rules[{index}].name"), message));
        }
    }

    /// Of a match with a mistake nobody knows what it would match.
    fn match_is_whole(&self, index: usize) -> bool {
        let path = format!("rules[{index}].match");
        !self.problems.iter().any(|problem| problem.path.starts_with(&path))
    }
}

fn hides(earlier: &Match, later: &Match, work: &mut usize) -> bool {
    attributes_hide(&earlier.attributes, &later.attributes) && keys_hide(earlier, later, work)
}

/// Whatever has the later rule's attributes has the earlier rule's too.
fn attributes_hide(earlier: &BTreeMap<String, Vec<String>>, later: &BTreeMap<String, Vec<String>>) -> bool {
    let any = |values: &[String]| values.iter().any(|value| value == "*");
    earlier.iter().all(|(key, wide)| {
        later.get(key).is_some_and(|narrow| any(wide) || narrow.iter().all(|value| wide.contains(value)))
    })
}

fn keys_hide(earlier: &Match, later: &Match, work: &mut usize) -> bool {
    if earlier.keys.is_empty() || earlier.keys.iter().any(|glob| glob.to_string() == "**") {
        return true;
    }
    if later.keys.is_empty() {
        return false;
    }
    // Comparing costs something even when the first character decides.
    let Some(left) = work.checked_sub(PAIR) else { return false };
    *work = left;
    Union::new(&earlier.keys).covers(&Union::new(&later.keys), work)
}
