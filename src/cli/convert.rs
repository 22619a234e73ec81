//! `byok convert`: a key file in another form.

mod plan;
mod report;

use std::io::{Write as _, stdout};
use std::path::PathBuf;

use secrecy::{ExposeSecret as _, SecretString};

use super::codes::{Code, convert as codes, unexpected, usage};
use super::dry_run;
use super::failure::{Explained, Failure, Outcome};
use super::file_bundle::{self, BundleArgs, Given};
use super::key_file::{self, KeyFile, KeyFileArgs, Stated};
use super::output::{NewFile, new_path, write_failed};
use super::passphrase::{PassphraseSource, needed};
use super::shell::Shell;
use super::unwrapping::{self, UnwrapArgs};
use crate::format::lint::{self, Severity};
use crate::format::material::Material;
use crate::format::write::{self, Encoding, Entry, Structure, WriteError};
use crate::key::exposure::Exposure;
use crate::wrap::scrub::scrubbed;
pub(super) use plan::counted;
use plan::{Goal, Plan, Target};
use report::Report;

const EXAMPLES: &str = "\
Examples:
  byok convert key.p12 --to pkcs8 --out key.pem --unencrypted --drop-attributes
  byok convert key.pem --to pkcs12 --out key.p12 \\
    --new-passphrase-source file:secret
  byok convert key.jwk --to encrypted-pkcs8 --encoding der --out key.der
  byok convert aes.hex --from hex --to raw --out aes.bin
  byok convert key.pem --to spki --stdout
  byok convert tls.pem --to bundle --provider openbao --out bundle \\
    --wrapping-key answer.json --allow-exposure plaintext
  byok convert blob --from rsa-aes-sha256 --unwrapping-key file:private.pem \\
    --to pkcs8 --out key.pem --allow-exposure plaintext";

/// Convert a key file to another form
///
/// Nothing is lost unless you say so: a name, an attribute or a certificate that the new form cannot hold is a reason to
/// refuse. A private key that was encrypted stays so, with the same passphrase unless you name a new one. It goes to a
/// new file that only you can read, never to a terminal. What is encrypted is written with AES-256 and 600,000 rounds of
/// PBKDF2-HMAC-SHA-256.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The key file
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// The new form: `pkcs8`, `encrypted-pkcs8`, `pkcs1`, `sec1`, `spki`, `jwk`, `raw` or `pkcs12`; or only another
    /// encoding of the same: `pem`, `der`, `base64` or `hex`; or a `bundle` for a provider
    #[arg(long, value_name = "FORM")]
    to: Goal,
    /// The new file, or the folder of a bundle, which must not exist
    #[arg(long, value_name = "OUT", required_unless_present = "stdout")]
    out: Option<PathBuf>,
    /// How the new form is encoded: `pem`, `der`, `base64` or `hex` [default: pem where there is one]
    #[arg(long, value_name = "ENCODING")]
    encoding: Option<Encoding>,
    #[command(flatten)]
    file: KeyFileArgs,
    /// Where the passphrase of the new file comes from [default: the one of the old file, else a question]
    #[arg(long, value_name = "SOURCE", conflicts_with = "unencrypted")]
    new_passphrase_source: Option<PassphraseSource>,
    /// Write the private key without a passphrase, although it had one
    #[arg(long)]
    unencrypted: bool,
    /// Leave out what the new form cannot hold: names, attributes, certificates
    #[arg(long)]
    drop_attributes: bool,
    /// Write to standard output, which must not be a terminal
    #[arg(long, conflicts_with_all = ["out", "json"])]
    stdout: bool,
    /// Consent, for this operation: `plaintext` for a key in the clear on standard output, for a bundle of a key file, and
    /// for a wrapped key that is opened
    #[arg(long, value_name = "EXPOSURE")]
    allow_exposure: Option<Exposure>,
    #[command(flatten)]
    unwrap: UnwrapArgs,
    #[command(flatten)]
    bundle: BundleArgs,
}

pub(super) fn run(shell: &Shell<'_>, args: &Args) -> Outcome {
    match args.to {
        Goal::Bundle => to_bundle(shell, args),
        Goal::File(_) if args.bundle.is_named() => {
            Err(Failure::new(&usage::USAGE, "--provider is for a bundle").hint("--to bundle"))
        }
        Goal::File(to) => to_file(shell, args, to),
    }
}

fn to_bundle(shell: &Shell<'_>, args: &Args) -> Outcome {
    let misplaced = [
        ("--stdout", args.stdout),
        ("--encoding", args.encoding.is_some()),
        ("--new-passphrase-source", args.new_passphrase_source.is_some()),
        ("--unencrypted", args.unencrypted),
        ("--unwrapping-key", args.unwrap.is_named()),
    ];
    let out = args.out.as_deref().filter(|_| misplaced.iter().all(|(_, typed)| !typed));
    let Some(out) = out else {
        let named = misplaced.iter().find(|(_, typed)| *typed).map_or("--stdout", |(name, _)| name);
        return Err(
            Failure::new(&usage::USAGE, format!("{named} means nothing to a bundle")).hint("byok convert --help")
        );
    };
    let given = Given { input: &args.input, file: &args.file, out, consent: args.allow_exposure };
    file_bundle::run(shell, given, &args.bundle)
}

fn to_file(shell: &Shell<'_>, args: &Args, to: Target) -> Outcome {
    // Whoever reads the report may take their time: the key does not wait for that, nor what it left on the stack.
    match scrubbed(|| converted(shell, args, to))? {
        Done::Written(report) => report.print(shell, args),
        Done::Planned(steps) => dry_run::print(shell, "convert", &steps),
    }
}

/// What came of it, without the key.
enum Done {
    Written(Box<Report>),
    Planned(Vec<String>),
}

fn converted(shell: &Shell<'_>, args: &Args, to: Target) -> Outcome<Done> {
    // Everything that can be said without a passphrase comes before the question for it.
    let out = args.out.as_ref().map(|out| new_path(&shell.env.directory.join(out))).transpose()?;
    refuse_terminal(shell, args)?;
    to.check(args.encoding)?;
    let mut key = key(shell, args)?;
    warn(shell, &key);
    let plan = Plan::of(args, to, &key)?;
    consent(args, &plan)?;
    if plan.structure != Structure::Jwk && !plan.structure.is_public() {
        key.material = write::completed(key.material)?;
    }
    refuse_broken(shell, &key.material)?;
    if shell.globals.dry_run {
        return Ok(Done::Planned(plan.steps(args, &key)));
    }
    let bytes = written(shell, args, &plan, &key)?;
    match &out {
        Some(path) => {
            let mut file = NewFile::create(path)?;
            file.write_all(&bytes).map_err(|error| write_failed(path, &error))?;
            file.publish()?;
        }
        None => to_stdout(&bytes)?,
    }
    Ok(Done::Written(Box::new(Report::of(args, &plan, &key, bytes.len()))))
}

/// The key of the file, out of its container.
fn key(shell: &Shell<'_>, args: &Args) -> Outcome<KeyFile> {
    let new_passphrase = || match &args.new_passphrase_source {
        Some(source) => source.check(shell.env, "--new-passphrase-source"),
        None => Ok(()),
    };
    match (args.file.from, args.unwrap.is_named()) {
        (Some(Stated::Wrapped(method)), true) => {
            unwrapping::consent(args.allow_exposure)?;
            new_passphrase()?;
            let (material, form) = unwrapping::open(shell, &args.input, method, args.file.spec, &args.unwrap)?;
            Ok(KeyFile::alone(material, form))
        }
        (_, true) => Err(Failure::new(&usage::USAGE, "--unwrapping-key opens what --from names by its method")
            .hint("--from rsa-oaep-sha256, or whatever wrapped it")),
        (Some(Stated::Wrapped(_)), false) => {
            Err(Failure::new(&usage::USAGE, "no key is named that opens the wrapped key")
                .hint("--unwrapping-key file:PATH or token:NAME"))
        }
        (_, false) => {
            let found = key_file::find(&args.input, &args.file)?;
            found.check(shell, &args.file)?;
            new_passphrase()?;
            found.unlock(shell, &args.file)
        }
    }
}

/// The bytes of the new file.
fn written(shell: &Shell<'_>, args: &Args, plan: &Plan, key: &KeyFile) -> Outcome<zeroize::Zeroizing<Vec<u8>>> {
    let entry = Entry {
        material: &key.material,
        name: key.name.as_deref(),
        certificates: if plan.kept.certificates { &key.certificates } else { &[] },
    };
    let written = if plan.encrypted {
        write::encrypted(entry, plan.structure, &new_passphrase(shell, args, key)?)?
    } else {
        write::plain(entry, plan.structure)?
    };
    let mut bytes = written.encoded(plan.encoding)?;
    if plan.kept.certificates && plan.encoding == Encoding::Pem {
        let blocks = write::certificates(&key.certificates).ok_or(WriteError::Encoding)?;
        let mut whole = zeroize::Zeroizing::new(Vec::with_capacity(bytes.len().saturating_add(blocks.len())));
        whole.extend_from_slice(&bytes);
        whole.extend_from_slice(&blocks);
        bytes = whole;
    }
    Ok(bytes)
}

/// The one that was named, else the old one, else the answer to a question.
fn new_passphrase(shell: &Shell<'_>, args: &Args, key: &KeyFile) -> Outcome<SecretString> {
    let name = args.out.as_ref().map_or_else(|| "the new file".into(), |path| path.display().to_string());
    let question = format!("New passphrase of {name}");
    let old = key.unlocked.as_ref().map(|unlocked| &unlocked.passphrase);
    match (&args.new_passphrase_source, old) {
        (Some(source), _) => Ok(source.read_new(shell.env, &question)?),
        (None, Some(old)) if !old.expose_secret().is_empty() => Ok(old.clone()),
        (None, _) if shell.env.can_ask() => Ok(PassphraseSource::prompt().read_new(shell.env, &question)?),
        (None, _) => Err(needed(&name, "--new-passphrase-source")),
    }
}

fn to_stdout(bytes: &[u8]) -> Outcome {
    let mut stream = stdout().lock();
    let written = stream.write_all(bytes).and_then(|()| stream.flush());
    written.map_err(|error| write_failed("standard output".as_ref(), &error))
}

fn refuse_terminal(shell: &Shell<'_>, args: &Args) -> Outcome {
    if args.stdout && shell.env.terminals.stdout {
        return Err(Failure::new(&usage::KEY_TO_STDOUT, "keys are not shown on a terminal")
            .hint("pass --out FILE, or pipe the output of --stdout into another program"));
    }
    Ok(())
}

/// A key in the clear leaves byok by standard output only with consent: the next program decides who sees it.
fn consent(args: &Args, plan: &Plan) -> Outcome {
    let allowed = args.allow_exposure.is_some_and(|allowed| allowed >= Exposure::Plaintext);
    if args.stdout && plan.secret && !plan.encrypted && !allowed {
        return Err(Failure::new(
            &usage::KEY_TO_STDOUT,
            "a key in the clear goes to standard output only with consent",
        )
        .hint("--stdout --allow-exposure plaintext"));
    }
    Ok(())
}

/// What is out of order in the form of the file, aloud.
fn warn(shell: &Shell<'_>, key: &KeyFile) {
    for finding in key.findings.iter().filter(|finding| finding.rule.severity >= Severity::Warning) {
        shell.warn(&format!("{}: {} [{}]", finding.rule.title, finding.detail, finding.rule));
    }
}

/// A key that is broken is not made to look new.
fn refuse_broken(shell: &Shell<'_>, material: &Material) -> Outcome {
    let (errors, others): (Vec<_>, Vec<_>) =
        lint::of_key(material).into_iter().partition(|finding| finding.rule.severity == Severity::Error);
    for finding in others.iter().filter(|finding| finding.rule.severity == Severity::Warning) {
        shell.warn(&format!("{}: {} [{}]", finding.rule.title, finding.detail, finding.rule));
    }
    let Some(first) = errors.first() else { return Ok(()) };
    let failure = Failure::new(&codes::BROKEN_KEY, "the key is broken and is not converted");
    let failure = errors.iter().fold(failure, |failure, finding| {
        failure.cause(format!("{}: {} [{}]", finding.rule.title, finding.detail, finding.rule))
    });
    Err(failure.hint(format!("byok explain {}", first.rule)))
}

impl Explained for WriteError {
    fn code(&self) -> &'static Code {
        match self {
            Self::NoForm { .. } | Self::NoEncoding { .. } | Self::NoFactors | Self::NeedsPassphrase => &codes::NO_FORM,
            Self::Numbers(_) => &codes::BROKEN_KEY,
            Self::EmptyPassphrase => &usage::PASSPHRASE_SOURCE_UNUSABLE,
            Self::Random | Self::Encoding => &unexpected::UNEXPECTED,
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::NoFactors => vec!["--to jwk keeps the key without its primes".to_owned()],
            Self::EmptyPassphrase => vec!["--new-passphrase-source names another one".to_owned()],
            _ => Vec::new(),
        }
    }
}
