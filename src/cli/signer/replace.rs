//! `byok signer replace`: first a statement that people sign, then what it says.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::approval::count::Signature;
use crate::approval::replacement::{MAX_BYTES, Replacement};
use crate::approval::sshsig::MAX_SIGNATURE;
use crate::cli::codes::usage;
use crate::cli::dry_run;
use crate::cli::failure::{Failure, Outcome};
use crate::cli::input;
use crate::cli::output::{self, write_new};
use crate::cli::progress::Spinner;
use crate::cli::shell::Shell;
use crate::cli::text::{Text, seconds};
use crate::cli::workspace::{Workspace, actor, wait};
use crate::format::escape::{SHORT, printable};
use crate::key::spec::{Curve, KeySpec};
use crate::manifest::digest::sha256_hex;
use crate::ops::replace_signer::{self, Case, Replaced, Site};
use crate::ops::session::Tokens;

const EXAMPLES: &str = "\
Examples:
  byok signer replace --token new --out statement.json
  byok approve statement.json --key ~/.ssh/id_ed25519
  byok signer replace --token new --statement statement.json
  byok signer replace --statement statement.json --approval ann@x.sshsig";

/// Replace a lost evidence signer, with the approvals that the policy asks for
///
/// With --out: makes a signing key in the token and writes a statement that names it and the last checkpoint of the lost
/// signer. People sign the statement, with `byok approve` or with `ssh-keygen -Y sign -n byok-recovery-v1`. With
/// --statement: counts the approvals, puts the new signer in the lost one's place, and signs the next checkpoint with it.
/// `verify` with the old signer.pem follows the statement.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES, group = clap::ArgGroup::new("step").required(true))]
pub(super) struct Args {
    /// Make the new key, and write the statement to this new file
    #[arg(long, value_name = "FILE", group = "step")]
    out: Option<PathBuf>,
    /// Carry out this statement
    #[arg(long, value_name = "FILE", group = "step")]
    statement: Option<PathBuf>,
    /// An approval, `PERSON.sshsig`, besides those in the registry; may be repeated
    #[arg(long = "approval", value_name = "FILE", requires = "statement")]
    approvals: Vec<PathBuf>,
    /// The new signing key's type: ec-p256, ec-p384, ed25519 or rsa-3072
    #[arg(long, value_name = "TYPE", conflicts_with = "statement", default_value_t = KeySpec::Ec(Curve::P256))]
    signer_type: KeySpec,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PreparedDocument<'a> {
    schema: &'static str,
    statement: &'a Path,
    sha256: String,
    old_spki_sha256: &'a str,
    new_spki_sha256: &'a str,
    label: &'a str,
    checkpoint_size: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReplacedDocument<'a> {
    schema: &'static str,
    statement: &'a str,
    old_spki_sha256: &'a str,
    new_spki_sha256: &'a str,
    label: &'a str,
    signer_pem: &'a Path,
    approvals: Vec<&'a str>,
    finished: bool,
}

pub(super) fn run(shell: &Shell<'_>, args: &Args) -> Outcome {
    let workspace = Workspace::open(shell)?;
    match (&args.out, &args.statement) {
        (Some(out), _) => prepare(shell, &workspace, args, out),
        (None, Some(statement)) => replace(shell, &workspace, args, statement),
        (None, None) => Err(Failure::new(&usage::USAGE, "--out or --statement is missing")),
    }
}

fn site<'a>(shell: &'a Shell<'_>, workspace: &'a Workspace) -> Site<'a> {
    Site {
        registry: &workspace.registry,
        governance: &workspace.governance,
        runtime_dir: &shell.env.runtime_directory,
        wait: wait(shell),
        clock: &shell.env.now,
        actor: actor(shell.env),
    }
}

fn prepare(shell: &Shell<'_>, workspace: &Workspace, args: &Args, out: &Path) -> Outcome {
    let (site, out) = (site(shell, workspace), output::new_path(out)?);
    replace_signer::check(&site, args.signer_type)?;
    if shell.globals.dry_run {
        let steps = [
            format!("make a signing key of type {} in the token, not extractable", args.signer_type),
            format!("write the statement {}, which changes nothing until people approve it", out.display()),
        ];
        return dry_run::print(shell, "signer replace", &steps);
    }
    let opened = workspace.choose(shell)?.open(shell)?;
    let spinner = Spinner::start(shell, "making the new signing key");
    let statement = replace_signer::prepare(&site, opened.signer(), args.signer_type)?;
    drop(spinner);
    let bytes = statement.to_json();
    write_new(&out, &bytes)?;
    report_statement(shell, &out, &statement, sha256_hex(&bytes))
}

/// What a statement says, to those who sign it.
pub(in crate::cli) fn describe(statement: &Replacement, text: &mut Text) {
    let new = &statement.new_signer;
    let token = (printable(&new.token_label, SHORT), printable(&new.token_serial, SHORT));
    text.field("lost signer", &statement.old_signer.spki_sha256);
    text.field("new signer", &new.spki_sha256);
    text.field("its key", format_args!("{} ({})", printable(&new.key_label, SHORT), printable(&new.key_type, SHORT)));
    text.field("on token", format_args!("{}, serial {}", token.0, token.1));
    text.field("log", format_args!("{}, {} entries", printable(&statement.origin, SHORT), statement.checkpoint.size));
    text.field("policy", format_args!("sha256 {}", statement.policy.sha256));
    text.field("", format_args!("allowed signers sha256 {}", statement.policy.allowed_signers_sha256));
    text.field("made", seconds(statement.created_at));
}

fn report_statement(shell: &Shell<'_>, out: &Path, statement: &Replacement, sha256: String) -> Outcome {
    let (old, new) = (&statement.old_signer.spki_sha256, &statement.new_signer);
    let mut text = Text::new();
    text.line(format_args!("{}   sha256 {sha256}", out.display()));
    describe(statement, &mut text);
    let document = PreparedDocument {
        schema: "byok.signer-prepared/v1",
        statement: out,
        sha256,
        old_spki_sha256: old,
        new_spki_sha256: &new.spki_sha256,
        label: &new.key_label,
        checkpoint_size: statement.checkpoint.size,
    };
    shell.data(text.finish(), &document)?;
    shell.next(&format!("byok approve {} --key KEY   by those whom the policy asks for", out.display()));
    Ok(())
}

fn replace(shell: &Shell<'_>, workspace: &Workspace, args: &Args, file: &Path) -> Outcome {
    let site = site(shell, workspace);
    let given = args.approvals.iter().map(|path| approval(path)).collect::<Outcome<Vec<_>>>()?;
    let case = replace_signer::open(&site, &input::read(file, MAX_BYTES.saturating_add(1))?, given)?;
    if shell.globals.dry_run {
        return dry_run::print(shell, "signer replace", &steps(&case));
    }
    let opened = workspace.choose(shell)?.open(shell)?;
    let spinner = Spinner::start(shell, "replacing the signer");
    let tokens = Tokens { keys: &opened.keys, signer: opened.signer() };
    let replaced = replace_signer::run(&site, &case, tokens)?;
    drop(spinner);
    report(shell, workspace, &replaced)
}

/// The person is the name of the file.
fn approval(path: &Path) -> Outcome<Signature> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let Some(person) = name.strip_suffix(".sshsig") else {
        let what = format!("{} does not say whose approval it is", path.display());
        return Err(Failure::new(&usage::UNNAMED_APPROVAL, what).hint("call it PERSON.sshsig"));
    };
    Ok(Signature { name: person.to_owned(), bytes: input::read(path, MAX_SIGNATURE)? })
}

fn steps(case: &Case) -> Vec<String> {
    let Replacement { old_signer, new_signer, checkpoint, .. } = case.statement();
    vec![
        format!("find the key {} on token {}", new_signer.key_label, new_signer.token_label),
        format!(
            "keep the statement and its approvals in the registry, and sign a checkpoint after {} entries",
            checkpoint.size
        ),
        format!("put {} in the place of {}", new_signer.spki_sha256, old_signer.spki_sha256),
    ]
}

fn report(shell: &Shell<'_>, workspace: &Workspace, replaced: &Replaced) -> Outcome {
    let Replaced { signer, old, statement, approvals, finished } = replaced;
    let pem = workspace.registry.layout().signer();
    let people: Vec<&str> = approvals.iter().map(|approval| approval.person.as_str()).collect();
    let mut text = Text::new();
    text.line(format_args!("{}   signs the evidence from now on", signer.spki_sha256));
    text.field("in place of", old);
    text.field("its key", format_args!("{} ({}) on token {}", signer.key_label, signer.key_type, signer.token_label));
    if *finished {
        text.field("mind", "an interrupted run had done all but the last step");
    } else {
        text.field("approved by", people.join(", "));
    }
    text.field("public key", pem.display());
    let document = ReplacedDocument {
        schema: "byok.signer-replaced/v1",
        statement,
        old_spki_sha256: old,
        new_spki_sha256: &signer.spki_sha256,
        label: &signer.key_label,
        signer_pem: &pem,
        approvals: people,
        finished: *finished,
    };
    shell.data(text.finish(), &document)?;
    if workspace.settings.signer_label.as_ref().is_some_and(|label| *label != signer.key_label) {
        shell.warn(&format!("byok.yaml names another signer: write label: {} under signer:", signer.key_label));
    }
    shell.next("hand the new public key to whoever verifies bundles, by another channel than the evidence");
    Ok(())
}
