//! `byok plan COMMAND ARGS...`

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use jiff::{SignedDuration, Span, SpanRelativeTo};

use super::Own;
use super::draft::Draft;
use super::text::{Document, describe};
use crate::approval::plan::{Action, USUAL_LIFE};
use crate::cli::app::{self, Parsed};
use crate::cli::codes::usage;
use crate::cli::dry_run;
use crate::cli::failure::{Failure, Outcome};
use crate::cli::globals::Globals;
use crate::cli::output::{new_path, write_new};
use crate::cli::shell::Shell;
use crate::cli::text::Text;
use crate::cli::workspace::{Workspace, login};
use crate::ops::govern::Governance;
use crate::ops::plan::{Made, MakeError, Order, make};
use crate::policy::request::Permit;

/// Commands of later versions.
const LATER: [&str; 1] = ["restore"];
/// What can be planned.
pub(in crate::cli) const KNOWN: &str =
    "plans hold rotate, wrap-for-import, import, revoke, seal, recover and policy adopt";

pub(super) fn run(shell: &Shell<'_>, own: &Own, words: &[OsString]) -> Outcome {
    let (own, words) = take_own(own, words)?;
    if let Some(later) = words.first().and_then(|word| LATER.into_iter().find(|name| word == name)) {
        return Err(cannot(later).cause(format!("this version of byok has no {later} yet")));
    }
    let Parsed { globals, command } = match app::parse(&words) {
        Ok(parsed) => parsed,
        Err(error) => return app::not_parsed(&shell.output, &error, &words),
    };
    let globals = globals.over(shell.globals);
    let mut inner = Shell::new(shell.env, &globals);
    if !command.can_be_planned() {
        return Err(cannot(&name_of(&words)));
    }
    let path = own.out.clone().ok_or_else(|| {
        Failure::new(&usage::USAGE, "the plan has no name").hint("--out plan.json   the last --out is the plan's")
    })?;
    if path.as_os_str() == "-" {
        return Err(
            Failure::new(&usage::USAGE, "a plan is written to a file: others are to sign it").hint("--out plan.json")
        );
    }
    let out = new_path(&shell.env.directory.join(&path))?;
    let life = life(own.expires.as_deref())?;
    inner.draft = Some(Draft::default());
    app::dispatch(&inner, &command)?;
    let (action, permit) = inner.draft.take().unwrap_or_default().finish();
    let action = action.ok_or_else(|| cannot(&name_of(&words)))?;
    let workspace = Workspace::of_plan(&inner, std::slice::from_ref(&action))?;
    let author = author(&inner, &workspace.governance, own.author.as_deref(), permit.as_ref())?;
    let order = Order { action, permit, author, life, now: inner.env.now() };
    let made = make(&workspace.registry, &workspace.governance, order)?;
    if globals.dry_run {
        return dry_run::print(&inner, "plan", &[format!("make {}", out.display()), said(&made)]);
    }
    write_new(&out, &made.bytes)?;
    report(&inner, &made, &path)
}

/// The command as it was typed: options stand behind it here.
fn name_of(words: &[OsString]) -> String {
    words.first().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default()
}

fn cannot(name: &str) -> Failure {
    Failure::new(&usage::CANNOT_PLAN, format!("{name} cannot be planned")).hint(KNOWN)
}

/// One line for `--dry-run`.
fn said(made: &Made) -> String {
    made.plan.actions.iter().map(|action| format!("in it: {}", name(action))).collect::<Vec<_>>().join(", ")
}

fn name(action: &Action) -> String {
    match action.changes() {
        Some(key) => format!("{} of {key}", action.operation()),
        None => match action.all_changes().len() {
            0 => action.operation().to_string(),
            keys => format!("{} of {keys} keys", action.operation()),
        },
    }
}

/// Takes out what belongs to the plan. The last one of each counts, so that a command with an `--out` of its own keeps
/// the one before.
fn take_own(own: &Own, words: &[OsString]) -> Outcome<(Own, Vec<OsString>)> {
    let mut own = own.clone();
    let mut words = words.to_vec();
    if let Some(out) = take(&mut words, "--out")? {
        own.out = Some(PathBuf::from(out));
    }
    for (option, member) in [("--expires", &mut own.expires), ("--author", &mut own.author)] {
        if let Some(value) = take(&mut words, option)? {
            let text = value.into_string();
            *member = Some(text.map_err(|_| Failure::new(&usage::USAGE, format!("{option} is not UTF-8 text")))?);
        }
    }
    Ok((own, words))
}

/// Takes the last `OPTION VALUE` or `OPTION=VALUE` before a `--` out of the words.
fn take(words: &mut Vec<OsString>, option: &str) -> Outcome<Option<OsString>> {
    let end = words.iter().position(|word| word == "--").unwrap_or(words.len());
    let joined = format!("{option}=");
    let is_it = |word: &OsString| word == option || value_after(word, &joined).is_some();
    let Some(at) = words.iter().take(end).rposition(is_it) else { return Ok(None) };
    let word = words.remove(at);
    if let Some(value) = value_after(&word, &joined) {
        return Ok(Some(value));
    }
    if at.saturating_add(1) >= end {
        return Err(Failure::new(&usage::USAGE, format!("a value is required for '{option}' but none was supplied")));
    }
    Ok(Some(words.remove(at)))
}

fn value_after(word: &OsStr, prefix: &str) -> Option<OsString> {
    Some(OsString::from(word.to_str()?.strip_prefix(prefix)?))
}

/// Days are 24 hours here, and longer units have no one length.
fn life(typed: Option<&str>) -> Outcome<SignedDuration> {
    let Some(typed) = typed else { return Ok(USUAL_LIFE) };
    let span: Option<Span> = typed.parse().ok();
    let life = span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok());
    life.ok_or_else(|| MakeError::Life.into())
}

/// A person of the policy, by name or by login. Where approvals leave the author out somebody must be found.
fn author(shell: &Shell<'_>, governance: &Governance, typed: Option<&str>, permit: Option<&Permit>) -> Outcome<String> {
    let login = login(shell.env);
    let name = typed.map_or_else(|| login.clone(), str::to_owned);
    let Some((policy, _)) = governance.parts() else { return Ok(name) };
    let people = policy.people();
    let own = people.iter().find(|(_, person)| person.logins.contains(&login)).map(|(name, _)| name);
    if let Some(own) = own.filter(|own| typed.is_some_and(|typed| typed != own.as_str())) {
        return Err(Failure::new(
            &usage::AUTHOR_NEEDED,
            format!("the login name {login} is that of {own}, not of {name}"),
        )
        .hint(format!("--author {own}   or leave it out")));
    }
    if people.contains_key(&name) {
        return Ok(name);
    }
    let excluded = permit.and_then(|permit| permit.approvals.as_ref()).is_some_and(|asked| !asked.author_counts);
    let person = people.iter().find(|(_, person)| typed.is_none() && person.logins.contains(&login));
    match person {
        Some((person, _)) => Ok(person.clone()),
        None if !excluded && typed.is_none() => Ok(name),
        None => Err(nobody(typed, &login, people.keys())),
    }
}

fn nobody<'a>(typed: Option<&str>, login: &str, people: impl Iterator<Item = &'a String>) -> Failure {
    let error = match typed {
        Some(typed) => format!("nobody of the policy is called {typed}"),
        None => format!("nobody of the policy has the login name {login}"),
    };
    let known: Vec<&str> = people.map(String::as_str).collect();
    Failure::new(&usage::AUTHOR_NEEDED, error).hint(format!("--author PERSON   one of {}", known.join(", ")))
}

fn report(shell: &Shell<'_>, made: &Made, path: &std::path::Path) -> Outcome {
    let document = Document::new(&path.to_string_lossy(), &made.bytes, &made.plan);
    let mut text = Text::new();
    describe(&document.file, &made.plan, &document.sha256, &mut text);
    shell.data(text.finish(), &document)?;
    let then = if made.plan.required_approvals.is_some() { "approve" } else { "apply" };
    shell.next(&format!("byok {then} {}{}", path.display(), if then == "approve" { " --key FILE" } else { "" }));
    Ok(())
}

impl Globals {
    /// These, and what the outer ones say where these say nothing.
    fn over(self, outer: &Self) -> Self {
        let outer = outer.clone();
        Self {
            config: self.config.or(outer.config),
            registry: self.registry.or(outer.registry),
            module: self.module.or(outer.module),
            token: self.token.or(outer.token),
            pin_source: self.pin_source.or(outer.pin_source),
            json: self.json || outer.json,
            dry_run: self.dry_run || outer.dry_run,
            yes: self.yes || outer.yes,
            no_wait: self.no_wait || outer.no_wait,
            lock_timeout: self.lock_timeout.or(outer.lock_timeout),
            quiet: self.quiet || outer.quiet,
            verbose: self.verbose.max(outer.verbose),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<OsString> {
        text.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn the_last_out_is_the_plans() {
        let typed = "wrap-for-import kek --out bundle --expires=PT8H --json --out plan.json --author ann";
        let (own, rest) = take_own(&Own::default(), &words(typed)).unwrap();
        assert_eq!(rest, words("wrap-for-import kek --out bundle --json"));
        assert_eq!(own.out, Some(PathBuf::from("plan.json")));
        assert_eq!((own.expires.as_deref(), own.author.as_deref()), (Some("PT8H"), Some("ann")));
    }

    #[test]
    fn what_stands_after_two_dashes_is_not_an_option() {
        let (own, rest) = take_own(&Own::default(), &words("import --out=p -- kek --out")).unwrap();
        assert_eq!(rest, words("import -- kek --out"));
        assert_eq!(own.out, Some(PathBuf::from("p")));
        for cut in ["seal kek --out", "seal kek --out -- x"] {
            assert_eq!(take_own(&Own::default(), &words(cut)).unwrap_err().exit(), 2, "{cut}");
        }
    }

    #[test]
    fn a_period_has_one_length() {
        assert_eq!(life(None).unwrap(), SignedDuration::from_hours(72));
        assert_eq!(life(Some("P3DT1H")).unwrap(), SignedDuration::from_hours(73));
        for bad in ["", "8", "P1M", "P1Y", "x"] {
            assert_eq!(life(Some(bad)).unwrap_err().exit(), 2, "{bad}");
        }
    }
}
