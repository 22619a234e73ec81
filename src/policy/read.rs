//! Reads a policy: size, YAML, fields, and what they say together.

use std::collections::BTreeMap;

use super::document::{Classification, CustodyPattern, Freeze, MAX_BYTES, Policy, RegistryRules, Rule, SCHEMA};
use super::node::{self, At};
use super::not_yaml::not_yaml;
use super::problem::{PolicyError, Problem};
use super::reader::{Reader, Spot};
use crate::key::operation::Operation;

/// Fields of the document.
pub(super) const FIELDS: &[&str] =
    &["schema", "people", "revoked-keys", "registry", "freeze", "classifications", "rules", "tests"];
/// The most rules of one policy.
const MAX_RULES: usize = 1024;
/// The most examples of one policy.
const MAX_EXAMPLES: usize = 4096;

impl Policy {
    /// Reads a policy of at most [`MAX_BYTES`].
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(bytes: &[u8]) -> Result<Self, PolicyError> {
        if bytes.len() > MAX_BYTES {
            return Err(PolicyError::whole(format!("{} bytes; a policy has at most {MAX_BYTES}", bytes.len())));
        }
        let Ok(text) = str::from_utf8(bytes) else {
            return Err(PolicyError::whole("not UTF-8 text"));
        };
        if text.starts_with('\u{feff}') {
            return Err(PolicyError::whole("a byte order mark stands before the text; save it as plain UTF-8"));
        }
        // What a file holds that was named by mistake is not shown.
        let claims = text.lines().any(|line| line.starts_with("schema:") && line.contains("byok.policy/"));
        let root = node::read(text).map_err(|error| not_yaml(&error, text, claims))?;
        let result = Reader::default().document(&Spot::root(&root));
        result.map_err(|error| if claims { error.with_excerpts(text) } else { error })
    }
}

/// First of all: another schema may have other fields.
fn check_schema(root: &Spot<'_>) -> Result<(), PolicyError> {
    let node::Value::Map(entries) = &root.node.value else {
        return Err(PolicyError::whole(format!("not a {SCHEMA} document, which is a map of fields")));
    };
    let Some(entry) = entries.iter().find(|entry| entry.key == "schema") else {
        return Err(PolicyError::whole(format!("schema is missing; write schema: {SCHEMA}")));
    };
    if matches!(&entry.value.value, node::Value::Text(text) if text == SCHEMA) {
        return Ok(());
    }
    Err(PolicyError::new(vec![Problem::at(entry.value.at, "schema", format!("unknown schema; known: {SCHEMA}"))]))
}

impl Reader {
    fn document(mut self, root: &Spot<'_>) -> Result<Policy, PolicyError> {
        check_schema(root)?;
        let Some(fields) = self.fields(root, FIELDS) else { return Err(PolicyError::new(self.problems)) };
        let people = fields.get("people").map(|at| self.people(&at)).unwrap_or_default();
        let revoked = fields.get("revoked-keys").map(|at| self.revoked(&at)).unwrap_or_default();
        let registry = fields.get("registry").and_then(|at| self.registry(&at));
        let registry = registry.unwrap_or_else(|| RegistryRules { at: root.node.at, ..RegistryRules::default() });
        let freeze = fields.get("freeze").map(|at| self.freezes(&at)).unwrap_or_default();
        let classifications = fields.get("classifications").map(|at| self.classifications(&at)).unwrap_or_default();
        let rules = self.required(&fields, "rules");
        let rules_at = rules.as_ref().map_or(root.node.at, |at| at.key_at);
        let rules = rules.map(|at| self.rules(&at)).unwrap_or_default();
        let examples = fields.get("tests").map(|at| self.examples(&at, &rules)).unwrap_or_default();
        if let Some(at) = fields.get("tests").filter(|_| examples.len() > MAX_EXAMPLES) {
            self.bad_key(&at, format!("more than {MAX_EXAMPLES} examples"));
        }
        self.check_approvals(&fields, &people);
        let policy = Policy { people, revoked, registry, freeze, classifications, rules_at, rules, examples };
        if self.problems.is_empty() { Ok(policy) } else { Err(PolicyError::new(self.problems)) }
    }

    fn registry(&mut self, spot: &Spot<'_>) -> Option<RegistryRules> {
        let fields = self.fields(spot, &["approvals", "unattended"])?;
        Some(RegistryRules {
            at: spot.key_at,
            approvals: fields.get("approvals").map(|at| self.approvals(&at, true)).unwrap_or_default(),
            unattended: fields.get("unattended").map(|at| self.unattended(&at, true)).unwrap_or_default(),
        })
    }

    fn freezes(&mut self, spot: &Spot<'_>) -> Vec<Freeze> {
        let list = self.list(spot);
        let windows: Vec<Freeze> = list.iter().filter_map(|item| self.freeze(item)).collect();
        self.no_name_twice(
            &windows.iter().map(|window| (window.name.as_str(), window.at)).collect::<Vec<_>>(),
            "freeze",
        );
        windows
    }

    fn freeze(&mut self, spot: &Spot<'_>) -> Option<Freeze> {
        let fields = self.fields(spot, &["name", "from", "to", "operations", "why"])?;
        let name = self.required(&fields, "name").and_then(|at| Some((self.name(&at)?, at.node.at)));
        let from = self.required(&fields, "from").and_then(|at| self.time(&at));
        let to = self.required(&fields, "to").and_then(|at| Some((self.time(&at)?, at)));
        let operations = self.required(&fields, "operations").map(|at| self.each(&at, Self::frozen).value);
        let why = fields.get("why").and_then(|at| self.text(&at)).map(str::to_owned);
        if let Some((_, at)) = to.as_ref().filter(|(to, _)| from.is_some_and(|from| *to <= from)) {
            self.bad(at, "the window ends before it begins");
        }
        let ((name, at), from, (to, _)) = (name?, from?, to?);
        let operations = operations?.into_iter().collect();
        Some(Freeze { name: name.to_owned(), at, from, to, operations, why })
    }

    /// What repairs is never frozen.
    fn frozen(&mut self, spot: &Spot<'_>) -> Option<Operation> {
        let operation = self.one_of(spot, "operation", &Operation::ALL)?;
        if matches!(operation, Operation::Recover | Operation::ReplaceSigner) {
            self.bad(spot, format!("{operation} repairs what broke and is never frozen"));
        }
        Some(operation)
    }

    fn classifications(&mut self, spot: &Spot<'_>) -> BTreeMap<String, Classification> {
        let mut classifications = BTreeMap::new();
        for (value, at) in self.map(spot) {
            let Some(fields) = self.fields(&at, &["custody", "why"]) else { continue };
            let custody = self.required(&fields, "custody");
            let custody = custody.and_then(|at| self.one_of(&at, "custody pattern", &CustodyPattern::ALL));
            let why = fields.get("why").and_then(|at| self.text(&at)).map(str::to_owned);
            let Some(custody) = custody else { continue };
            classifications.insert(value.value.to_owned(), Classification { at: value.at, custody, why });
        }
        classifications
    }

    fn rules(&mut self, spot: &Spot<'_>) -> Vec<Rule> {
        let list = self.list(spot);
        if list.len() > MAX_RULES {
            self.bad_key(spot, format!("more than {MAX_RULES} rules"));
            return Vec::new();
        }
        let rules: Vec<Option<Rule>> = list.iter().map(|item| self.rule(item)).collect();
        // A rule that could not be read hides nothing and is hidden by nothing.
        self.unreachable(&rules);
        let rules: Vec<Rule> = rules.into_iter().flatten().collect();
        self.no_name_twice(&rules.iter().map(|rule| (rule.name.as_str(), rule.at)).collect::<Vec<_>>(), "rules");
        rules
    }

    /// A refusal names a rule: two of one name would leave open which one it was.
    pub(super) fn no_name_twice(&mut self, names: &[(&str, At)], list: &str) {
        let mut seen = BTreeMap::new();
        for (index, (name, at)) in names.iter().enumerate() {
            if let Some(line) = seen.insert(*name, at.line) {
                let message = format!("{name} is the name of another on line {line}");
                self.problems.push(Problem::at(*at, format!("{list}[{index}].name"), message));
            }
        }
    }
}
