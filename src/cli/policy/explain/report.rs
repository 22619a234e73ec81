//! What `policy explain` prints.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::source::Found;
use super::super::test::RuleRow;
use crate::cli::text::Text;
use crate::key::operation::Operation;
use crate::policy::Demand;
use crate::policy::request::{Decision, KeyFacts, Requirement};

/// `--json` of an explained key.
#[derive(Debug, Serialize)]
pub(super) struct KeyDocument {
    schema: &'static str,
    policy: String,
    sha256: String,
    key: KeyRow,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<Rule>,
    limits: Vec<LimitRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custody: Option<Custody>,
    operations: Vec<OperationRow>,
}

#[derive(Debug, Serialize)]
struct KeyRow {
    name: String,
    #[serde(rename = "type")]
    key_type: String,
    purpose: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    attributes: BTreeMap<String, String>,
}

#[derive(Debug, Serialize)]
struct Rule {
    name: String,
    line: u64,
    path: String,
}

#[derive(Debug, Serialize)]
struct LimitRow {
    line: u64,
    field: String,
    permits: String,
}

#[derive(Debug, Serialize)]
struct Custody {
    classification: String,
    pattern: &'static str,
    advice: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    line: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct OperationRow {
    operation: Operation,
    decision: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<Rule>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    way_out: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    approvals: Option<Approvals>,
    unattended: bool,
    notices: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Approvals {
    count: u32,
    roles: BTreeMap<String, u32>,
    author_counts: bool,
    verify_required: bool,
}

/// `--json` of an explained classification.
#[derive(Debug, Serialize)]
pub(super) struct ClassDocument<'a> {
    schema: &'static str,
    policy: &'a str,
    sha256: &'a str,
    custody: Custody,
}

impl<'a> ClassDocument<'a> {
    pub(super) fn new(found: &'a Found, demand: &Demand) -> Self {
        let (policy, sha256) = (&found.name, &found.sha256);
        Self { schema: "byok.policy-classification/v1", policy, sha256, custody: Custody::new(demand) }
    }
}

impl Custody {
    fn new(demand: &Demand) -> Self {
        Self {
            classification: demand.classification.clone(),
            pattern: demand.custody.as_str(),
            advice: demand.custody.advice(),
            why: demand.why.clone(),
            line: demand.line,
        }
    }
}

impl From<RuleRow<'_>> for Rule {
    fn from(row: RuleRow<'_>) -> Self {
        Self { name: row.name.to_owned(), line: row.line, path: row.path.to_owned() }
    }
}

impl KeyDocument {
    pub(super) fn new(found: &Found, name: &str, key: &KeyFacts<'_>, decisions: &[(Operation, Decision)]) -> Self {
        let (rule, limits) = found.policy.rule_and_limits(key).unzip();
        let limit =
            |limit: crate::policy::Limit| LimitRow { line: limit.line, field: limit.field, permits: limit.text };
        Self {
            schema: "byok.policy-explain/v1",
            policy: found.name.clone(),
            sha256: found.sha256.clone(),
            key: KeyRow {
                name: name.to_owned(),
                key_type: key.spec.to_string(),
                purpose: key.purpose.to_string(),
                owner: key.owner.map(str::to_owned),
                attributes: key.attributes.clone(),
            },
            rule: rule.as_ref().map(|rule| RuleRow::new(rule).into()),
            limits: limits.unwrap_or_default().into_iter().map(limit).collect(),
            custody: found.policy.demand_on(key).as_ref().map(Custody::new),
            operations: decisions.iter().map(|(operation, decision)| OperationRow::new(*operation, decision)).collect(),
        }
    }
}

impl OperationRow {
    fn new(operation: Operation, decision: &Decision) -> Self {
        match decision {
            Decision::Permit(permit) => Self {
                operation,
                decision: "permit",
                rule: Some(RuleRow::new(&permit.rule).into()),
                why: None,
                way_out: None,
                approvals: permit.approvals.as_ref().map(Approvals::new),
                unattended: permit.unattended,
                notices: permit.notices.clone(),
            },
            Decision::Denied(denial) => Self {
                operation,
                decision: "deny",
                rule: denial.rule.as_ref().map(|rule| RuleRow::new(rule).into()),
                why: Some(denial.why.clone()),
                way_out: Some(denial.way_out.clone()),
                approvals: None,
                unattended: false,
                notices: Vec::new(),
            },
        }
    }

    /// What a person reads of it.
    fn answer(&self) -> String {
        let answer = match (&self.why, &self.approvals) {
            (Some(why), _) => format!("denied: {why}"),
            (None, Some(approvals)) => format!("permitted with {}", approvals.text()),
            (None, None) => "permitted".to_owned(),
        };
        if self.unattended { format!("{answer}, --yes suffices") } else { answer }
    }
}

impl Approvals {
    fn new(requirement: &Requirement) -> Self {
        Self {
            count: requirement.threshold,
            roles: requirement.roles.clone(),
            author_counts: requirement.author_counts,
            verify_required: requirement.verify_required,
        }
    }

    fn text(&self) -> String {
        let roles = self.roles.iter().map(|(role, count)| format!(", {count} of them {role}"));
        let noun = if self.count == 1 { "approval" } else { "approvals" };
        let author = if self.author_counts { ", the author counts" } else { ", the author not counted" };
        let verify = if self.verify_required { ", FIDO keys with PIN or fingerprint" } else { "" };
        format!("{} {noun}{}{author}{verify}", self.count, roles.collect::<String>())
    }
}

pub(super) fn key_text(document: &KeyDocument) -> Text {
    let mut text = Text::new();
    let KeyDocument { key, rule, custody, .. } = document;
    text.line(format_args!("{}   {}, {}", key.name, key.key_type, key.purpose));
    text.field("policy", format_args!("{}   sha256 {}", document.policy, document.sha256));
    match rule {
        Some(rule) => text.field("rule", format_args!("{}   line {}", rule.name, rule.line)),
        None => text.field("rule", "none matches: the key may be stopped, and nothing else"),
    };
    if let Some(custody) = custody {
        let Custody { classification, pattern, line, .. } = custody;
        text.field("custody", format_args!("{pattern}, because it is {classification}   line {line}"));
    }
    let rows: Vec<Vec<String>> = document.limits.iter().map(LimitRow::columns).collect();
    if !rows.is_empty() {
        text.raw("\n").table(&rows);
    }
    let rows: Vec<Vec<String>> = document.operations.iter().map(OperationRow::columns).collect();
    text.raw("\n").table(&rows);
    for (operation, notice) in document.operations.iter().flat_map(|row| row.notices.iter().map(|n| (row.operation, n)))
    {
        text.line(format_args!("mind: {operation}: {notice}"));
    }
    text
}

impl LimitRow {
    fn columns(&self) -> Vec<String> {
        vec![format!("  line {}", self.line), self.field.clone(), self.permits.clone()]
    }
}

impl OperationRow {
    fn columns(&self) -> Vec<String> {
        let line = self.rule.as_ref().map(|rule| format!("line {}", rule.line)).unwrap_or_default();
        vec![format!("  {line}"), self.operation.to_string(), self.answer()]
    }
}

pub(super) fn class_text(found: &Found, demand: &Demand) -> Text {
    let mut text = Text::new();
    text.line(format_args!("{}   {}", demand.classification, demand.custody));
    text.field("policy", format_args!("{}   line {}", found.name, demand.line));
    if let Some(why) = &demand.why {
        text.paragraph("  why            ", why);
    }
    text.paragraph("  what to do     ", demand.custody.advice());
    text
}
