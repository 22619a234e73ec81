//! The program's surface: the list of commands, and what happens between parsing and the exit code.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use super::codes::usage;
use super::env::Env;
use super::failure::{Failure, Outcome};
use super::globals::Globals;
use super::output::Output;
use super::shell::Shell;
use super::{
    apply, approvals, approve, check, completions, confirm, convert, explain, export_audit, generate, hsm, import,
    init, inspect, list, man, plan, policy, providers, recover, revoke, rotate, seal, show, signer, state, status,
    verify, wrap,
};

/// What clap says to `--version` too.
const VERSION: &str = concat!("byok ", env!("CARGO_PKG_VERSION"), "\n");

const EXAMPLES: &str = "\
Examples:
  byok init --module /usr/lib/softhsm/libsofthsm2.so --token demo
  byok generate payments/kek --type aes-256
  byok wrap-for-import payments/kek --provider openbao \\
    --wrapping-key answer.json --target kek --out bundle
  byok verify bundle --trust signer.pem";

/// The life of a customer's own keys
///
/// Keys are born in a PKCS#11 token, wrapped for import into clouds, and every step leaves signed evidence that
/// anyone can check offline.
#[derive(Debug, Parser)]
#[command(name = "byok", version, after_help = EXAMPLES, max_term_width = 100, disable_help_subcommand = true)]
struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

/// What can be typed.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Init(init::Args),
    Hsm(hsm::Args),
    Generate(generate::Args),
    Import(Box<import::Args>),
    List(list::Args),
    Show(show::Args),
    Status(status::Args),
    #[command(name = "wrap-for-import")]
    Wrap(Box<wrap::Args>),
    ConfirmImport(confirm::Args),
    Rotate(Box<rotate::Args>),
    Activate(state::ActivateArgs),
    Suspend(state::SuspendArgs),
    Reinstate(state::ReinstateArgs),
    Seal(seal::Args),
    Revoke(Box<revoke::Args>),
    Policy(policy::Args),
    Plan(plan::Args),
    Approve(approve::Args),
    Apply(apply::Args),
    Inspect(inspect::Args),
    Check(check::Args),
    Convert(Box<convert::Args>),
    Verify(verify::Args),
    ExportAudit(export_audit::Args),
    Recover(recover::Args),
    Signer(signer::Args),
    Providers(providers::Args),
    Completions(completions::Args),
    Man(man::Args),
    Explain(explain::Args),
}

/// The command line as a value: completions, manual pages and tests are made from it.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}

/// Answers `byok --version` when nothing else is typed: scripts ask for it often, and it needs neither the parser nor
/// any protection. `None` for everything else.
#[must_use]
pub fn version_alone(arguments: &[OsString]) -> Option<u8> {
    let [_, only] = arguments else { return None };
    let asked = only == "--version" || only == "-V";
    asked.then(|| {
        let output = Output::new(false);
        let Err(failure) = output.data(VERSION) else { return 0 };
        output.failure(&failure, false);
        failure.exit()
    })
}

/// Parses, runs and reports; returns the exit code.
#[must_use]
pub fn run(env: &Env, arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let parsed = Cli::command().try_get_matches_from(&arguments).and_then(|matches| Cli::from_arg_matches(&matches));
    let (outcome, exit, json) = match parsed {
        Ok(cli) => {
            let shell = Shell::new(env, &cli.globals);
            protect(&shell, &cli.command);
            let outcome = dispatch(&shell, &cli.command);
            let outcome = outcome.map_err(|failure| cli.command.way_out(failure, &arguments));
            (outcome, shell.exit.get(), cli.globals.json)
        }
        Err(error) => {
            let json = arguments.iter().take_while(|argument| *argument != "--").any(|argument| argument == "--json");
            (not_parsed(&Output::new(env.lively()), &error, &arguments), 0, json)
        }
    };
    let Err(failure) = outcome else { return exit };
    Output::new(env.lively()).failure(&failure, json);
    failure.exit()
}

/// The rest of what protects the process, and what `-v` says of it.
fn protect(shell: &Shell<'_>, command: &Command) {
    let mut hardening = shell.env.hardening.clone();
    if command.meets_secrets() {
        hardening.lock_memory();
    }
    hardening.lines().for_each(|line| shell.detail(&line));
}

/// A command as it was typed.
#[derive(Debug)]
pub(super) struct Parsed {
    /// Its global options.
    pub globals: Globals,
    /// The command.
    pub command: Command,
}

/// Parses the words of a command, without the program's name.
pub(super) fn parse(words: &[OsString]) -> Result<Parsed, clap::Error> {
    let words = std::iter::once(OsString::from("byok")).chain(words.iter().cloned());
    let Cli { globals, command } =
        Cli::command().try_get_matches_from(words).and_then(|matches| Cli::from_arg_matches(&matches))?;
    Ok(Parsed { globals, command })
}

impl Command {
    /// Whether a plan can hold it.
    pub(super) fn can_be_planned(&self) -> bool {
        match self {
            Self::Import(_) | Self::Wrap(_) | Self::Recover(_) | Self::Revoke(_) | Self::Seal(_) => true,
            Self::Policy(args) => args.can_be_planned(),
            Self::Rotate(args) => args.can_be_planned(),
            _ => false,
        }
    }

    /// What to type where approvals are missing.
    fn way_out(&self, failure: Failure, arguments: &[OsString]) -> Failure {
        if self.can_be_planned() { approvals::way(failure, arguments) } else { failure }
    }

    /// Whether a PIN or a key can come into memory.
    fn meets_secrets(&self) -> bool {
        match self {
            Self::Init(_)
            | Self::Hsm(_)
            | Self::Generate(_)
            | Self::Import(_)
            | Self::Inspect(_)
            | Self::Wrap(_)
            | Self::Rotate(_)
            | Self::Activate(_)
            | Self::Suspend(_)
            | Self::Reinstate(_)
            | Self::Signer(_)
            | Self::Seal(_)
            | Self::Revoke(_)
            | Self::ConfirmImport(_)
            | Self::Check(_)
            | Self::Convert(_)
            | Self::Policy(_)
            | Self::Approve(_)
            | Self::Apply(_)
            | Self::Plan(_)
            | Self::Recover(_) => true,
            Self::List(_)
            | Self::Show(_)
            | Self::Status(_)
            | Self::Verify(_)
            | Self::ExportAudit(_)
            | Self::Providers(_)
            | Self::Completions(_)
            | Self::Man(_)
            | Self::Explain(_) => false,
        }
    }
}

/// Runs a command.
pub(super) fn dispatch(shell: &Shell<'_>, command: &Command) -> Outcome {
    match command {
        Command::Plan(args) => plan::run(shell, args),
        Command::Apply(args) => apply::run(shell, args),
        Command::Init(args) => init::run(shell, args),
        Command::Hsm(args) => hsm::run(shell, args),
        Command::Generate(args) => generate::run(shell, args),
        Command::Import(args) => import::run(shell, args),
        Command::List(args) => list::run(shell, args),
        Command::Show(args) => show::run(shell, args),
        Command::Status(args) => status::run(shell, args),
        Command::Wrap(args) => wrap::run(shell, args),
        Command::Rotate(args) => rotate::run(shell, args),
        Command::Activate(args) => state::activate(shell, args),
        Command::Suspend(args) => state::suspend(shell, args),
        Command::Reinstate(args) => state::reinstate(shell, args),
        Command::Signer(args) => signer::run(shell, args),
        Command::Seal(args) => seal::run(shell, args),
        Command::Revoke(args) => revoke::run(shell, args),
        Command::ConfirmImport(args) => confirm::run(shell, args),
        Command::Inspect(args) => inspect::run(shell, args),
        Command::Check(args) => check::run(shell, args),
        Command::Verify(args) => verify::run(shell, args),
        Command::ExportAudit(args) => export_audit::run(shell, args),
        Command::Approve(args) => approve::run(shell, args),
        Command::Recover(args) => recover::run(shell, args),
        Command::Convert(args) => convert::run(shell, args),
        Command::Policy(args) => policy::run(shell, args),
        Command::Providers(args) => providers::run(shell, args),
        Command::Completions(args) => completions::run(shell, args),
        Command::Man(args) => man::run(shell, args),
        Command::Explain(args) => explain::run(shell, args),
    }
}

/// Help and version are data; anything else is a usage error in the form of all others.
pub(super) fn not_parsed(output: &Output, error: &clap::Error, arguments: &[OsString]) -> Outcome {
    let text = error.render().to_string();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => output.data(&text),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            Output::note(&text);
            Err(Failure::new(&usage::USAGE, "a command is missing").hint(format!("{} --help", typed(arguments))))
        }
        _ => {
            let help = format!("{} --help", typed(arguments));
            Err(bad_source(error).unwrap_or_else(|| usage_failure(&text).hint(help)))
        }
    }
}

/// The options behind which a secret can be typed by mistake, what they name, and what they take.
const SOURCES: [(&str, &str, &str); 4] = [
    ("--so-pin-source", "PIN", "env:NAME, file:PATH, fd:N, prompt, pinpad"),
    ("--pin-source", "PIN", "env:NAME, file:PATH, fd:N, prompt, pinpad"),
    ("--passphrase-source", "passphrase", "env:NAME, file:PATH, fd:N, prompt"),
    ("--new-passphrase-source", "passphrase", "env:NAME, file:PATH, fd:N, prompt"),
];

/// clap repeats the value that it refuses. Behind --pin-source that may be the PIN itself.
fn bad_source(error: &clap::Error) -> Option<Failure> {
    let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg) else { return None };
    let (option, secret, known) = SOURCES.into_iter().find(|(option, ..)| argument.starts_with(option))?;
    let refused = error.get(ContextKind::InvalidValue).is_some();
    refused.then(|| {
        Failure::new(&usage::USAGE, format!("the value of {option} is not a {secret} source"))
            .hint(format!("known: {known}; never the {secret} itself"))
    })
}

/// The command and subcommand as far as they were typed.
fn typed(arguments: &[OsString]) -> String {
    let (mut command, mut path) = (Cli::command(), "byok".to_owned());
    for word in arguments.iter().skip(1).filter_map(|argument| argument.to_str()) {
        if let Some(found) = command.find_subcommand(word).cloned() {
            path = format!("{path} {word}");
            command = found;
        }
    }
    path
}

/// Takes clap's message apart: the first paragraph is the error, `tip:` lines are hints.
fn usage_failure(text: &str) -> Failure {
    let (error, rest) = text.split_once("\n\n").unwrap_or((text, ""));
    let error = error.strip_prefix("error: ").unwrap_or(error);
    let words: Vec<&str> = error.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let mut failure = Failure::new(&usage::USAGE, words.join(" "));
    for line in rest.lines().map(str::trim) {
        if let Some(tip) = line.strip_prefix("tip: ") {
            failure = failure.hint(tip);
        }
    }
    failure
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::codes;
    use crate::format::lint::rules;

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn the_quick_version_is_the_parsers() {
        assert_eq!(command().render_version(), VERSION);
        let typed = |words: &[&str]| version_alone(&words.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(
            (typed(&["byok"]), typed(&["byok", "list"]), typed(&["byok", "--version", "--json"])),
            (None, None, None)
        );
    }

    #[test]
    fn every_command_has_examples_and_a_description() {
        fn check(command: &clap::Command) {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            if !command.has_subcommands() {
                assert!(examples.starts_with("Examples:\n  byok "), "{}", command.get_name());
            }
            command.get_subcommands().for_each(check);
        }
        check(&command());
    }

    #[test]
    fn every_example_parses() {
        fn check(command: &clap::Command) {
            let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            // A longer line would be broken where nobody can paste it.
            assert!(examples.lines().all(|line| line.len() <= 80), "{}", command.get_name());
            let examples = examples.replace("\\\n", "");
            parse_all(&examples);
            command.get_subcommands().for_each(check);
        }
        check(&command());
    }

    /// Except where the command line itself is wrong.
    #[test]
    fn every_example_of_a_code_parses() {
        let codes = codes::all().filter(|code| **code != usage::USAGE).map(|code| code.example);
        codes.chain(rules::all().map(|rule| rule.example)).for_each(parse_all);
    }

    fn parse_all(examples: &str) {
        for line in examples.lines().filter_map(|line| line.trim().strip_prefix("byok ")) {
            let typed = line.split([';', '|', '>', '&']).next().unwrap_or_default();
            let parsed = Cli::command().try_get_matches_from(std::iter::once("byok").chain(typed.split_whitespace()));
            assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
        }
    }
}
