//! `byok providers`: what each provider takes, with source and date.

use clap::Subcommand;
use serde::Serialize;

use super::codes::usage;
use super::failure::{Failure, Outcome};
use super::shell::Shell;
use super::text::{Text, WIDTH};
use crate::key::method::WrapMethod;
use crate::provider::{self, Accept, Note, NoteKind, PROVIDERS, Provider, WrappingSizes};

const LIST_EXAMPLES: &str = "\
Examples:
  byok providers list
  byok providers list --json";

const SHOW_EXAMPLES: &str = "\
Examples:
  byok providers show aws-kms
  byok providers show openbao --json";

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
    let document = ShowDocument {
        schema: "byok.provider/v1",
        summary: summary(provider),
        wrapping_bits: match provider.wrapping_sizes {
            WrappingSizes::AtLeast(_) => None,
            WrappingSizes::OneOf(sizes) => Some(sizes),
        },
        method_required: provider.method_unnamed.is_some(),
        options: options(provider),
        accepts: provider.accepts.iter().map(|accept| row(provider, accept)).collect(),
        notes: provider.notes.iter().map(|note| note_row(*note)).collect(),
    };
    shell.data(text(provider).finish(), &document)
}

fn text(provider: &Provider) -> Text {
    let mut text = Text::new();
    text.line(format_args!("{}  {}", provider.id, provider.name));
    text.paragraph("  source         ", provider.documentation).field("checked", provider.checked_on);
    text.field("wrapping key", provider.wrapping_sizes);
    text.field("options", options(provider).join(" "));
    if let Some(why) = provider.method_unnamed {
        text.paragraph("  --method       required: ", why);
    }
    // One list of methods is said once.
    let mut each = provider.accepts.iter().map(|accept| accept.methods);
    let methods = each.next().filter(|first| each.all(|other| other == *first));
    if let Some(methods) = methods {
        text.field("methods", joined(methods));
    }
    text.raw("\n").table(&table(provider, methods.is_none()));
    notes(&mut text, provider);
    text
}

/// A row for each type and set of purposes; what does not fit of the algorithms stands in rows of its own below.
fn table(provider: &Provider, with_methods: bool) -> Vec<Vec<String>> {
    let cells = |accept: &Accept| {
        let purposes: Vec<String> = accept.purposes.iter().map(ToString::to_string).collect();
        let methods = with_methods.then(|| joined(accept.methods));
        [accept.spec.to_string(), purposes.join(" ")].into_iter().chain(methods).collect::<Vec<String>>()
    };
    let firsts: Vec<Vec<String>> = provider.accepts.iter().map(cells).collect();
    let column = |at: usize| firsts.iter().filter_map(|row| row.get(at)).map(String::len).max();
    let taken = (0..3).filter_map(column).fold(0, |sum: usize, width| sum.saturating_add(width).saturating_add(2));
    let names = ["type", "purposes"].into_iter().chain(with_methods.then_some("methods"));
    let mut rows = vec![names.chain(["algorithms, the default first"]).map(str::to_owned).collect()];
    for (accept, mut first) in provider.accepts.iter().zip(firsts) {
        for line in lines(accept.algorithms, WIDTH.saturating_sub(taken)) {
            let blanks = vec![String::new(); first.len()];
            rows.push(std::mem::replace(&mut first, blanks).into_iter().chain([line]).collect());
        }
    }
    rows
}

/// Words in lines of at most so many characters, or of one word that is longer.
fn lines(words: &[&str], width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut().filter(|line| line.len().saturating_add(word.len()) < width) {
            Some(line) => *line = format!("{line} {word}"),
            None => lines.push((*word).to_owned()),
        }
    }
    lines
}

/// `rsa-oaep-sha1|sha256 rsa-aes-sha1|sha256`: the hashes of neighbours in one word.
fn joined(methods: &[WrapMethod]) -> String {
    let kind = |method: &WrapMethod| matches!(method, WrapMethod::RsaOaep(_));
    let mut words = Vec::new();
    for group in methods.chunk_by(|left, right| kind(left) == kind(right)) {
        let hashes = group.iter().skip(1).map(|method| format!("|{}", method.hash()));
        words.push(group.iter().take(1).map(ToString::to_string).chain(hashes).collect::<String>());
    }
    words.join(" ")
}

/// Limits, quirks and what is not confirmed, each with its source.
fn notes(text: &mut Text, provider: &Provider) {
    for (kind, title) in
        [(NoteKind::Limit, "limits"), (NoteKind::Quirk, "quirks"), (NoteKind::Unconfirmed, "unconfirmed")]
    {
        let mut title = Some(title);
        for note in provider.notes.iter().filter(|note| note.kind == kind) {
            if let Some(title) = title.take() {
                text.raw("\n").line(title);
            }
            text.paragraph("  - ", note.text).paragraph("    ", note.source);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_of_a_provider_fits_a_terminal() {
        for provider in PROVIDERS {
            for line in text(provider).finish().lines() {
                // A link cannot be broken.
                assert!(line.chars().count() <= WIDTH || line.trim().starts_with("https://"), "{line}");
            }
        }
    }
}
