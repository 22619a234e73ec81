//! `byok providers`: what each provider takes, with source and date.

use clap::Subcommand;
use serde::Serialize;

use super::codes::usage;
use super::failure::{Failure, Outcome};
use super::shell::Shell;
use super::text::Text;
use crate::provider::{self, Accept, PROVIDERS, Provider};

const LIST_EXAMPLES: &str = "\
Examples:
  byok providers list
  byok providers list --json";

const SHOW_EXAMPLES: &str = "\
Examples:
  byok providers show openbao";

/// Show what each provider takes, with source and date
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the providers
    #[command(after_help = LIST_EXAMPLES)]
    List,
    /// Show the key types, methods and algorithms that one provider takes
    #[command(after_help = SHOW_EXAMPLES)]
    Show {
        /// The provider's name
        #[arg(value_name = "PROVIDER")]
        provider: String,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    id: &'static str,
    aliases: &'static [&'static str],
    name: &'static str,
    documentation: &'static str,
    checked_on: &'static str,
    minimum_wrapping_bits: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    #[serde(rename = "type")]
    key_type: String,
    purposes: Vec<String>,
    methods: Vec<String>,
    algorithms: &'static [&'static str],
}

#[derive(Serialize)]
struct ListDocument {
    schema: &'static str,
    providers: Vec<Summary>,
}

#[derive(Serialize)]
struct ShowDocument {
    schema: &'static str,
    #[serde(flatten)]
    summary: Summary,
    accepts: Vec<Row>,
}

pub(super) fn run(shell: &Shell<'_>, args: &Args) -> Outcome {
    match &args.command {
        Command::List => list(shell),
        Command::Show { provider } => show(shell, find(provider)?),
    }
}

/// The provider with this name or alias.
pub(super) fn find(name: &str) -> Outcome<&'static Provider> {
    provider::find(name).ok_or_else(|| {
        let known: Vec<&str> = PROVIDERS.iter().map(|provider| provider.id).collect();
        Failure::new(&usage::USAGE, format!("unknown provider {name}")).hint(format!("known: {}", known.join(", ")))
    })
}

fn list(shell: &Shell<'_>) -> Outcome {
    let line = |p: &&Provider| vec![p.id.to_owned(), p.name.to_owned(), format!("checked {}", p.checked_on)];
    let rows: Vec<Vec<String>> = PROVIDERS.iter().map(line).collect();
    let providers = PROVIDERS.iter().map(|provider| summary(provider)).collect();
    shell.data(Text::new().table(&rows).finish(), &ListDocument { schema: "byok.providers/v1", providers })
}

fn show(shell: &Shell<'_>, provider: &'static Provider) -> Outcome {
    let rows: Vec<Row> = provider.accepts.iter().map(row).collect();
    let mut text = Text::new();
    text.line(format_args!("{}  {}", provider.id, provider.name));
    text.field("source", provider.documentation).field("checked", provider.checked_on);
    text.field("wrapping key", format_args!("at least RSA-{}", provider.minimum_wrapping_bits));
    // One list of methods is said once.
    let methods = rows.first().map(|row| row.methods.clone()).filter(|all| rows.iter().all(|row| row.methods == *all));
    if let Some(methods) = &methods {
        text.field("methods", methods.join(" "));
    }
    let columns = |row: &Row| {
        let own = methods.is_none().then(|| row.methods.join(" "));
        let rest = [Some(row.key_type.clone()), Some(row.purposes.join(" ")), own, Some(row.algorithms.join(" "))];
        rest.into_iter().flatten().collect()
    };
    let head = ["type", "purposes", "methods", "algorithms"]
        .into_iter()
        .filter(|name| *name != "methods" || methods.is_none());
    let head: Vec<String> = head.map(str::to_owned).collect();
    let table: Vec<Vec<String>> = std::iter::once(head).chain(rows.iter().map(columns)).collect();
    text.raw("\n").table(&table);
    let document = ShowDocument { schema: "byok.provider/v1", summary: summary(provider), accepts: rows };
    shell.data(text.finish(), &document)
}

fn summary(provider: &'static Provider) -> Summary {
    let Provider { id, aliases, name, documentation, checked_on, minimum_wrapping_bits, .. } = *provider;
    Summary { id, aliases, name, documentation, checked_on, minimum_wrapping_bits }
}

fn row(accept: &Accept) -> Row {
    Row {
        key_type: accept.spec.to_string(),
        purposes: accept.purposes.iter().map(ToString::to_string).collect(),
        methods: accept.methods.iter().map(ToString::to_string).collect(),
        algorithms: accept.algorithms,
    }
}
