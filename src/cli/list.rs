//! `byok list`: the key versions of the registry.

use super::failure::Outcome;
use super::providers;
use super::shell::Shell;
use super::text::Text;
use super::workspace::Workspace;
use crate::key::exposure::Exposure;
use crate::key::state::State;
use crate::ops::inventory::{Filter, Row, list};
use crate::policy::{Period, PeriodError};

const EXAMPLES: &str = "\
Examples:
  byok list
  byok list --state active --state suspended --older-than P1Y
  byok list --provider aws-kms --owner team-payments --json
  byok list --attribute env=prod --exposure plaintext";

/// List the key versions of the registry
///
/// With several conditions, those that meet all of them. The state is that of now, dates included.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// In this state; may be repeated, for one of several
    #[arg(long, value_name = "STATE")]
    state: Vec<State>,
    /// Wrapped for this provider
    #[arg(long)]
    provider: Option<String>,
    /// Made longer ago than this ISO 8601 period: P90D, P1Y
    #[arg(long, value_name = "PERIOD", value_parser = parse_period)]
    older_than: Option<Period>,
    /// Of this owner
    #[arg(long)]
    owner: Option<String>,
    /// With this attribute; may be repeated, for all of several
    #[arg(long = "attribute", value_name = "K=V", value_parser = parse_attribute)]
    attributes: Vec<(String, String)>,
    /// With this worst exposure: none, ephemeral-kek or plaintext
    #[arg(long, value_parser = parse_exposure)]
    exposure: Option<Exposure>,
}

fn parse_period(text: &str) -> Result<Period, PeriodError> {
    Period::parse(text)
}

fn parse_attribute(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text.split_once('=').ok_or("an attribute is K=V")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// As elsewhere, and `none`, to which nobody has to consent.
fn parse_exposure(text: &str) -> Result<Exposure, &'static str> {
    if text == Exposure::None.as_str() {
        return Ok(Exposure::None);
    }
    text.parse().map_err(|_| "unknown exposure; known: none, ephemeral-kek, plaintext")
}

impl Args {
    fn filter(&self) -> Outcome<Filter> {
        let provider = self.provider.as_deref().map(providers::find).transpose()?;
        Ok(Filter {
            states: self.state.clone(),
            provider: provider.map(|provider| provider.id.to_owned()),
            older_than: self.older_than,
            owner: self.owner.clone(),
            attributes: self.attributes.clone(),
            exposure: self.exposure,
        })
    }

    fn has_condition(&self) -> bool {
        !self.state.is_empty()
            || self.provider.is_some()
            || self.older_than.is_some()
            || self.owner.is_some()
            || !self.attributes.is_empty()
            || self.exposure.is_some()
    }
}

pub(super) fn run(shell: &Shell<'_>, args: &Args) -> Outcome {
    let filter = args.filter()?;
    let list = list(&Workspace::open_to_read(shell)?.registry, &filter, shell.env.now())?;
    let head = ["key", "type", "purpose", "state", "exposure", "owner"].map(str::to_owned).to_vec();
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(list.keys.iter().map(columns)).collect();
    let mut text = Text::new();
    if !list.keys.is_empty() {
        text.table(&rows);
    }
    shell.data(text.finish(), &list)?;
    if list.keys.is_empty() {
        let why = if args.has_condition() { "no key version meets all that" } else { "the registry has no keys yet" };
        shell.note(why);
    }
    Ok(())
}

fn columns(row: &Row) -> Vec<String> {
    vec![
        format!("{}@{}", row.name, row.version),
        row.key_type.clone(),
        row.purpose.clone(),
        row.state.to_string(),
        row.exposure_ever.to_string(),
        row.owner.clone().unwrap_or_default(),
    ]
}
