//! Reads the examples that stand beside the rules.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::document::{Asked, AskedKey, AskedWrap, Example, Expected, Rule};
use super::read_rule::EXPOSURES;
use super::reader::{Fields, Placed, Reader, Spot};
use crate::key::method;
use crate::key::name::KeyName;
use crate::key::operation::Operation;
use crate::key::spec::{self, Purpose};
use crate::provider;

/// Fields of an example.
pub(super) const FIELDS: &[&str] = &[
    "name",
    "operation",
    "at",
    "key",
    "type",
    "purpose",
    "owner",
    "attributes",
    "exposure",
    "made",
    "protect-stop",
    "provider",
    "account",
    "resource",
    "host",
    "target",
    "method",
    "wrapping-key",
    "pinned",
    "expect",
    "rule",
    "approvals",
];

impl Reader {
    /// `tests`: examples, which `rules` decide.
    pub(super) fn examples(&mut self, spot: &Spot<'_>, rules: &[Rule]) -> Vec<Example> {
        let items = self.list(spot);
        let examples: Vec<Example> = items.iter().filter_map(|item| self.example(item)).collect();
        let names: Vec<_> = examples.iter().map(|example| (example.name.as_str(), example.at)).collect();
        self.no_name_twice(&names, "tests");
        for (item, example) in items.iter().zip(&examples).filter(|_| items.len() == examples.len()) {
            let Some(rule) = &example.rule else { continue };
            // A window and a classification decide too.
            let known = rules.iter().any(|known| known.name == rule.value);
            if !known && matches!(example.expect.value, Expected::Permit) && rule.value != "registry" {
                let spot = super::reader::field_of(item, "rule").unwrap_or_else(|| item.clone());
                self.bad(&spot, "no rule has this name");
            }
        }
        examples
    }

    fn example(&mut self, spot: &Spot<'_>) -> Option<Example> {
        let fields = self.fields(spot, FIELDS)?;
        let name = self.required(&fields, "name");
        let name = name.and_then(|at| Some((self.text(&at)?.to_owned(), at.node.at)));
        let operation = self.required(&fields, "operation");
        let operation = operation.and_then(|at| self.one_of(&at, "operation", &Operation::ALL));
        let now = fields.get("at").and_then(|at| self.time(&at));
        let expect = self.required(&fields, "expect").and_then(|at| {
            let value = self.one_of(&at, "expectation", &[Expected::Permit, Expected::Deny])?;
            Some(Placed { value, at: at.key_at })
        });
        let rule = fields.get("rule").and_then(|at| Some(Placed { value: self.text(&at)?.to_owned(), at: at.key_at }));
        let approvals =
            fields.get("approvals").and_then(|at| Some(Placed { value: self.zero_or_count(&at)?, at: at.key_at }));
        let key = operation.and_then(|operation| self.example_key(&fields, operation));
        let wrap = self.example_wrap(&fields);
        let (name, at) = name?;
        // Before every window, so that an example without a time speaks of an ordinary day.
        let now = now.unwrap_or(Timestamp::UNIX_EPOCH);
        Some(Example {
            name,
            at,
            asked: Asked { operation: operation?, now, key, wrap },
            expect: expect?,
            rule,
            approvals,
        })
    }

    fn zero_or_count(&mut self, spot: &Spot<'_>) -> Option<u32> {
        if matches!(&spot.node.value, super::node::Value::Number(number) if number == "0") {
            return Some(0);
        }
        self.count(spot, 64)
    }

    fn example_key(&mut self, fields: &Fields<'_>, operation: Operation) -> Option<AskedKey> {
        if !operation.is_on_keys() {
            return None;
        }
        let name = self.required(fields, "key").and_then(|at| self.parsed(&at, str::parse::<KeyName>));
        let spec = self.required(fields, "type").and_then(|at| self.one_of(&at, "key type", spec::ALL));
        let purpose = fields.get("purpose").and_then(|at| self.one_of(&at, "purpose", &Purpose::ALL));
        let owner = self.text_of(fields, "owner");
        let mut attributes = BTreeMap::new();
        for (key, value) in fields.get("attributes").map(|at| self.map(&at)).unwrap_or_default() {
            if let Some(text) = self.text(&value) {
                attributes.insert(key.value.to_owned(), text.to_owned());
            }
        }
        let exposure = fields.get("exposure").and_then(|at| self.one_of(&at, "exposure", &EXPOSURES));
        let made_at = fields.get("made").and_then(|at| self.time(&at));
        let protect_stop = fields.get("protect-stop").and_then(|at| self.time(&at));
        let (name, spec) = (name?, spec?);
        let purpose = purpose.unwrap_or(spec.default_purpose());
        let exposure = exposure.unwrap_or_default();
        Some(AskedKey { name, spec, purpose, owner, attributes, exposure, made_at, protect_stop })
    }

    fn example_wrap(&mut self, fields: &Fields<'_>) -> Option<AskedWrap> {
        let provider = fields.get("provider").and_then(|at| {
            let ids: Vec<&str> = provider::PROVIDERS.iter().map(|provider| provider.id).collect();
            self.one_of(&at, "provider", &ids)
        });
        let [account, resource, host, target] =
            ["account", "resource", "host", "target"].map(|name| self.text_of(fields, name));
        let method = fields.get("method").and_then(|at| self.one_of(&at, "wrap method", &method::ALL));
        let key = fields.get("wrapping-key").and_then(|at| self.spki_sha256(&at));
        let pinned = fields.get("pinned").and_then(|at| self.boolean(&at)).unwrap_or_default();
        Some(AskedWrap {
            provider: provider?.to_owned(),
            account,
            resource,
            host,
            target,
            method,
            wrapping_key_sha256: key.unwrap_or_else(|| "0".repeat(64)),
            pinned,
        })
    }

    fn text_of(&mut self, fields: &Fields<'_>, name: &str) -> Option<String> {
        fields.get(name).and_then(|at| self.text(&at)).map(str::to_owned)
    }
}
