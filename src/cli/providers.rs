//! `byok providers`: what each provider takes, with source and date.

use clap::Subcommand;
use serde::Serialize;

use super::codes::usage;
use super::failure::{Failure, Outcome};
use super::shell::Shell;
use super::text::Text;
use crate::provider::{self, Accept, Note, PROVIDERS, Provider, WrappingSizes};

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
    /// The provider's words for the methods, in the same order.
    spellings: Vec<String>,
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
    #[serde(rename = "wrappingBits", skip_serializing_if = "Option::is_none")]
    wrapping_bits: Option<&'static [u32]>,
    #[serde(rename = "methodRequired")]
    method_required: bool,
    options: Vec<&'static str>,
    accepts: Vec<Row>,
    notes: Vec<NoteRow>,
}

#[derive(Serialize)]
struct NoteRow {
    kind: &'static str,
    text: &'static str,
    source: &'static str,
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
    let rows: Vec<Row> = provider.accepts.iter().map(|accept| row(provider, accept)).collect();
    let mut text = Text::new();
    text.line(format_args!("{}  {}", provider.id, provider.name));
    text.field("source", provider.documentation).field("checked", provider.checked_on);
    text.field("wrapping key", provider.wrapping_sizes);
    text.field("options", options(provider).join(" "));
    if let Some(why) = provider.method_unnamed {
        text.field("--method", format_args!("required: {why}"));
    }
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
    notes(&mut text, provider);
    let document = ShowDocument {
        schema: "byok.provider/v1",
        summary: summary(provider),
        wrapping_bits: match provider.wrapping_sizes {
            WrappingSizes::AtLeast(_) => None,
            WrappingSizes::OneOf(sizes) => Some(sizes),
        },
        method_required: provider.method_unnamed.is_some(),
        options: options(provider),
        accepts: rows,
        notes: provider.notes.iter().map(|note| note_row(*note)).collect(),
    };
    shell.data(text.finish(), &document)
}

/// Limits, quirks and what is not confirmed, each with its source.
fn notes(text: &mut Text, provider: &Provider) {
    for note in provider.notes {
        text.raw("\n").line(format_args!("{}: {}", note.kind.as_str(), note.text));
        text.line(format_args!("  ({})", note.source));
    }
}

fn note_row(Note { kind, text, source }: Note) -> NoteRow {
    NoteRow { kind: kind.as_str(), text, source }
}

/// Every option of `wrap-for-import` about the provider's side that means something to it.
fn options(provider: &Provider) -> Vec<&'static str> {
    std::iter::once("--target").chain(provider.options.iter().map(|option| option.as_str())).collect()
}

fn summary(provider: &'static Provider) -> Summary {
    let Provider { id, aliases, name, documentation, checked_on, wrapping_sizes, .. } = *provider;
    Summary { id, aliases, name, documentation, checked_on, minimum_wrapping_bits: wrapping_sizes.minimum() }
}

fn row(provider: &Provider, accept: &Accept) -> Row {
    Row {
        key_type: accept.spec.to_string(),
        purposes: accept.purposes.iter().map(ToString::to_string).collect(),
        methods: accept.methods.iter().map(ToString::to_string).collect(),
        spellings: accept.methods.iter().map(|method| provider.spelling(*method)).collect(),
        algorithms: accept.algorithms,
    }
}
