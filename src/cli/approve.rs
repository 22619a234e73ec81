//! `byok approve`: a person reads a plan and signs it, or brings a signature that was made elsewhere.

mod key;
mod report;
mod sign;

use std::path::{Path, PathBuf};

use super::codes::{approve as codes, signers, usage};
use super::failure::plan::no_plan;
use super::failure::{Failure, Outcome};
use super::input;
use super::output::{self, Output};
use super::plan;
use super::prompt;
use super::shell::Shell;
use super::signer;
use super::text::Text;
use super::workspace::{self, Workspace};
use crate::approval::count::Signature;
use crate::approval::sshsig::{MAX_SIGNATURE, SshSig};
use crate::ops::approve::{ApproveError, Hearing, Kind, MAX_PAPER, Paper};

const EXAMPLES: &str = "\
Examples:
  byok approve plan.json --key ~/.ssh/id_ed25519
  byok approve plan.json --key card.pub --as alice
  byok approve plan.json --signature plan.json.sig --as bob";

/// Approve a plan with your SSH key
///
/// Shows what will be done, asks, and has ssh-keygen sign the exact bytes: keys in files, in ssh-agent, in PKCS#11
/// tokens and in FIDO devices work. The signature is checked against the adopted policy and its allowed signers, and
/// kept in the registry. `ssh-keygen -Y sign` makes the same signature; --signature takes it.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES, group = clap::ArgGroup::new("how").required(true))]
pub(super) struct Args {
    /// The plan, or the statement of a new evidence signer
    #[arg(value_name = "FILE")]
    paper: PathBuf,
    /// Your key: a private key, or a public key whose private half ssh-agent has
    #[arg(long, value_name = "FILE", group = "how")]
    key: Option<PathBuf>,
    /// A signature that `ssh-keygen -Y sign` made of the same file
    #[arg(long, value_name = "FILE", group = "how")]
    signature: Option<PathBuf>,
    /// Your name in the allowed signers; needed when the key has several
    #[arg(long = "as", value_name = "PERSON")]
    person: Option<String>,
    /// Write the signature to this new file instead of the registry
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn run(shell: &Shell<'_>, args: &Args) -> Outcome {
    let out = args.out.as_ref().map(|out| output::new_path(&shell.env.directory.join(out))).transpose()?;
    let paper = read_paper(args)?;
    let workspace = Workspace::open(shell)?;
    let hearing = Hearing::open(&paper, &workspace.registry, &workspace.governance, shell.env.now())?;
    let case = Case { shell, workspace: &workspace, paper: &paper, hearing: &hearing, name: &args.paper, out };
    match (&args.key, &args.signature) {
        (Some(key), _) => case.sign(key, args.person.as_deref()),
        (None, Some(signature)) => case.take(signature, args.person.as_deref()),
        (None, None) => Err(Failure::new(&usage::USAGE, "--key or --signature is missing")),
    }
}

fn read_paper(args: &Args) -> Outcome<Paper> {
    let bytes = input::read(&args.paper, MAX_PAPER)?;
    match Paper::read(bytes) {
        Err(ApproveError::Unknown) => {
            let what = format!("{} is nothing that people approve", args.paper.display());
            Err(Failure::new(&signers::NOT_APPROVED, what))
        }
        Err(ApproveError::Plan(error)) => Err(no_plan(&args.paper.display().to_string(), &error)),
        read => Ok(read?),
    }
}

/// One approval.
struct Case<'a> {
    shell: &'a Shell<'a>,
    workspace: &'a Workspace,
    paper: &'a Paper,
    hearing: &'a Hearing<'a>,
    /// Of the paper's file, as typed.
    name: &'a Path,
    out: Option<PathBuf>,
}

impl Case<'_> {
    /// Somebody reads it here, and signs.
    fn sign(&self, key: &Path, named: Option<&str>) -> Outcome {
        let public = key::public(key)?;
        let person = self.hearing.person_of(&public, named)?;
        if self.approved_already(&person)? {
            return Ok(());
        }
        self.show();
        if self.shell.globals.dry_run {
            let steps = [format!("ask, sign as {person} with {}, and keep the signature", public.fingerprint())];
            return super::dry_run::print(self.shell, "approve", &steps);
        }
        prompt::confirm(self.shell, &format!("Approve this {} as {person}?", self.what()))?;
        let bytes = sign::sign(self.shell, self.paper, key)?;
        let signature = Signature { name: person, bytes };
        let sig = self.hearing.check(&signature)?;
        self.keep(&signature, &sig)
    }

    /// Somebody has signed elsewhere.
    fn take(&self, file: &Path, named: Option<&str>) -> Outcome {
        let bytes = input::read(file, MAX_SIGNATURE)?;
        let sig = SshSig::parse(&bytes).map_err(|error| {
            let what = format!("{} is no SSH signature that can count: {error}", file.display());
            let way = format!("ssh-keygen -Y sign -n {} -f KEY FILE   signs it", self.paper.namespace());
            Failure::new(&signers::SIGNATURE, what).hint(way)
        })?;
        let person = self.hearing.person_of(sig.key(), named)?;
        let signature = Signature { name: person, bytes };
        let sig = self.hearing.check(&signature)?;
        if self.approved_already(&signature.name)? {
            return Ok(());
        }
        if self.shell.globals.dry_run {
            let steps = [format!("keep the approval of {}, which counts", signature.name)];
            return super::dry_run::print(self.shell, "approve", &steps);
        }
        self.keep(&signature, &sig)
    }

    /// Stores the approval, and says how many there are.
    fn keep(&self, signature: &Signature, sig: &SshSig) -> Outcome {
        let path = if let Some(out) = &self.out {
            output::write_new(out, &signature.bytes)?;
            out.clone()
        } else {
            let registry = &self.workspace.registry;
            let guard = registry.lock(workspace::wait(self.shell), None)?;
            registry.keep_approval(&guard, &self.paper.sha256, (&signature.name, &signature.bytes))?
        };
        let mut signatures = self.kept()?;
        signatures.retain(|kept| kept.name != signature.name);
        signatures.push(signature.clone());
        report::print(self.shell, self.paper, self.hearing, &report::Made { signature, sig, path: &path, signatures })
    }

    /// Whether the registry has this person's approval. One that counts is not made a second time; one that does not
    /// gives way.
    fn approved_already(&self, person: &str) -> Outcome<bool> {
        if self.out.is_some() {
            return Ok(false);
        }
        let signatures = self.kept()?;
        let Some(signature) = signatures.iter().find(|kept| kept.name == person).cloned() else { return Ok(false) };
        let Ok(sig) = self.hearing.check(&signature) else { return Ok(false) };
        self.shell.note(&format!("{person} has approved it already"));
        let path = self.workspace.registry.layout().approval(&self.paper.sha256, person);
        let made = report::Made { signature: &signature, sig: &sig, path: &path, signatures };
        report::print(self.shell, self.paper, self.hearing, &made)?;
        Ok(true)
    }

    fn kept(&self) -> Outcome<Vec<Signature>> {
        let found = self.workspace.registry.approvals_of(&self.paper.sha256)?;
        Ok(found.into_iter().map(|(name, bytes)| Signature { name, bytes }).collect())
    }

    /// What is about to be approved, whatever else is quiet: nobody is asked about what they have not seen.
    fn show(&self) {
        let (name, mut text) = (self.name.to_string_lossy(), Text::new());
        match &self.paper.kind {
            Kind::Plan(plan) => plan::describe(&name, plan, &self.paper.sha256, &mut text),
            Kind::Replacement(statement) => {
                text.line(format_args!("{name}   a new evidence signer in the place of a lost one"));
                text.field("sha256", &self.paper.sha256);
                signer::describe(statement, &mut text);
                text.field("namespace", self.paper.namespace());
            }
        }
        Output::note(text.finish());
    }

    fn what(&self) -> &'static str {
        match self.paper.kind {
            Kind::Plan(_) => "plan",
            Kind::Replacement(_) => "statement",
        }
    }
}

/// What ssh-keygen's failure says.
fn not_signed() -> Failure {
    Failure::new(&codes::NOT_SIGNED, "ssh-keygen did not sign")
}
