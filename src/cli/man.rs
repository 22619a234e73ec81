//! `byok man`: manual pages, made from the same description as the help.

use std::path::PathBuf;

use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use super::app;
use super::codes::{EXITS, unexpected, usage};
use super::failure::{Failure, Outcome};
use super::output::{make_folder, write_new};
use super::shell::Shell;

const EXAMPLES: &str = "\
Examples:
  byok man generate | man -l -
  byok man --out man1";

/// Print the manual page of a command, or write all pages into a folder
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The command, for example `generate` or `hsm probe` [default: byok itself]
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
    /// Write every page into this folder, as byok.1, byok-generate.1 and so on
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    out: Option<PathBuf>,
}

struct Page {
    /// `byok-hsm-probe`
    name: String,
    text: Vec<u8>,
}

pub(super) fn run(shell: &Shell<'_>, args: &Args) -> Outcome {
    let pages = pages()?;
    if let Some(folder) = &args.out {
        make_folder(folder)?;
        return pages.iter().try_for_each(|page| write_new(&folder.join(format!("{}.1", page.name)), &page.text));
    }
    let words: Vec<&str> = std::iter::once("byok").chain(args.command.iter().map(String::as_str)).collect();
    let wanted = words.join("-");
    let page = pages.iter().find(|page| page.name == wanted).ok_or_else(|| {
        Failure::new(&usage::USAGE, format!("no command {}", args.command.join(" "))).hint("byok --help")
    })?;
    shell.output.data(&String::from_utf8_lossy(&page.text))
}

fn pages() -> Outcome<Vec<Page>> {
    let mut root = app::command();
    root.build();
    let mut pages = Vec::new();
    collect(&root, "byok", &mut pages)
        .map_err(|error| Failure::new(&unexpected::UNEXPECTED, "the manual was not made").because(Some(&error)))?;
    Ok(pages)
}

fn collect(command: &clap::Command, name: &str, pages: &mut Vec<Page>) -> std::io::Result<()> {
    pages.push(Page { name: name.to_owned(), text: page(command, name)? });
    command.get_subcommands().try_for_each(|sub| collect(sub, &format!("{name}-{}", sub.get_name()), pages))
}

fn page(command: &clap::Command, name: &str) -> std::io::Result<Vec<u8>> {
    let version = concat!("byok ", env!("CARGO_PKG_VERSION"));
    let titled = command.clone().name(name.to_owned()).display_name(name.to_owned());
    let man = Man::new(titled).title(name.to_uppercase()).section("1").source(version).manual("byok");
    let mut text = Vec::new();
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut text)?;
    }
    tail(command).to_writer(&mut text)?;
    Ok(text)
}

/// EXAMPLES, EXIT STATUS, FILES and SEE ALSO.
fn tail(command: &clap::Command) -> Roff {
    let mut roff = Roff::new();
    if let Some(examples) = command.get_after_help().map(ToString::to_string) {
        roff.control("SH", ["EXAMPLES"]).control("nf", []);
        for line in examples.lines().skip(1) {
            roff.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
        }
        roff.control("fi", []);
    }
    roff.control("SH", ["EXIT STATUS"]);
    for exit in EXITS {
        roff.control("TP", ["4"]).text([roman(exit.status.to_string())]).text([roman(exit.meaning)]);
    }
    roff.control("SH", ["FILES"]).control("TP", []).text([roman("byok.yaml")]);
    roff.text([roman(
        "the module, the token, the PIN source, the registry and the signer; the nearest one upwards is used",
    )]);
    roff.control("SH", ["SEE ALSO"]);
    roff.text([roman("byok explain CODE says what the code in an error's brackets means.")]);
    roff
}
