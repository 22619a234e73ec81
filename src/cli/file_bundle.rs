//! `byok convert --to bundle`: a key file wrapped for one provider.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;

use super::codes::{policy, usage};
use super::dry_run;
use super::failure::{Failure, Outcome, finding_line};
use super::key_file::{self, KeyFileArgs};
use super::output::{new_path, no_marks};
use super::progress::Spinner;
use super::providers;
use super::shell::Shell;
use super::text::{Text, parse_time};
use super::workspace::Workspace;
use super::wrapping_key;
use crate::key::exposure::Exposure;
use crate::key::name::KeyName;
use crate::key::spec::Purpose;
use crate::manifest::file_bundle::{FileBundlePredicate, FileWrapRecord};
use crate::manifest::statement::PublicHalf;
use crate::ops::file_bundle::{Checked, Made, Request, Subject, check, make};
use crate::ops::import::KeyInHand;
use crate::ops::profile::ProbePolicy;
use crate::ops::wrap::authenticate::AuthenticatedBy;
use crate::provider::package::SCRIPT_NAME;
use crate::provider::{Handout, Options, Package, Provider};
use crate::wrap::scrub::scrubbed;

/// What a bundle takes besides the key file.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Options of --to bundle")]
pub(super) struct BundleArgs {
    /// The provider; `byok providers list` shows all
    #[arg(long, value_name = "PROVIDER", requires = "wrapping_key")]
    provider: Option<String>,
    /// What the provider handed out, as it is: JSON answer, PEM, DER, base64 or certificate
    #[arg(long, value_name = "FILE", requires = "provider")]
    wrapping_key: Option<PathBuf>,
    /// The wrap method, in byok's spelling or the provider's [default: what the provider prefers]
    #[arg(long, requires = "provider")]
    method: Option<String>,
    /// The provider's algorithm or key spec [default: by type and purpose]
    #[arg(long, requires = "provider")]
    algorithm: Option<String>,
    /// For what the provider is to take the key: encrypt, mac, sign or wrap [default: by type]
    #[arg(long, requires = "provider")]
    purpose: Option<Purpose>,
    /// The key's name on the provider's side [default: the file's name, where that will do]
    #[arg(long, requires = "provider")]
    target: Option<String>,
    /// The mount of the transit engine (`OpenBao`, Vault)
    #[arg(long, requires = "provider")]
    mount: Option<String>,
    /// The URL of the Azure KEK with its version, when the file does not name it
    #[arg(long, value_name = "URL", requires = "provider")]
    kid: Option<String>,
    /// The Google import job's full name, when the file does not name it
    #[arg(long, value_name = "NAME", requires = "provider")]
    import_job: Option<String>,
    /// The AWS import token, when it is in a file of its own
    #[arg(long, value_name = "FILE", requires = "provider")]
    import_token: Option<PathBuf>,
    /// When AWS is to delete the imported key material (RFC 3339) [default: never]
    #[arg(long, value_name = "TIME", value_parser = parse_time, requires = "provider")]
    valid_to: Option<Timestamp>,
    /// The SHA-256 that the wrapping key must have (DER `SubjectPublicKeyInfo`, hexadecimal)
    #[arg(long, value_name = "HEX", requires = "provider")]
    wrapping_key_sha256: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema: &'static str,
    bundle: &'a Path,
    key_type: &'a str,
    purpose: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    public: Option<&'a PublicHalf>,
    wrap: &'a FileWrapRecord,
}

impl BundleArgs {
    /// Whether anything of a bundle was typed.
    pub(super) fn is_named(&self) -> bool {
        self.provider.is_some()
    }
}

/// Where the key is, where the bundle goes, and what was consented to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Given<'a> {
    /// The key file.
    pub input: &'a Path,
    /// Its options.
    pub file: &'a KeyFileArgs,
    /// The folder to make, as typed.
    pub out: &'a Path,
    /// `--allow-exposure`
    pub consent: Option<Exposure>,
}

pub(super) fn run(shell: &Shell<'_>, given: Given<'_>, args: &BundleArgs) -> Outcome {
    let (Some(provider), Some(answer)) = (&args.provider, &args.wrapping_key) else {
        return Err(Failure::new(&usage::USAGE, "a bundle is for a provider, under its wrapping key")
            .hint("--to bundle --provider PROVIDER --wrapping-key FILE --out DIR"));
    };
    let provider = providers::find(provider)?;
    let out = new_path(&shell.env.directory.join(given.out))?;
    no_marks(&out)?;
    consent(given)?;
    let request = request(shell, given.input, provider, answer, args)?;
    // The registry's signer signs: without a registry there is no manifest, and without a manifest no bundle.
    let workspace = Workspace::open(shell)?;
    let key = scrubbed(|| key_in_hand(shell, given))?;
    let purpose = args.purpose.unwrap_or_else(|| key.spec.default_purpose());
    let subject = Subject { spec: key.spec, purpose, public: key.public(), encoded: key.encoded() };
    let mut checked = check(&request, &subject)?;
    let permission = checked.govern(&workspace.governance, shell.env.now()).map_err(|error| {
        let failure = Failure::from(error);
        if !failure.is(&policy::NEEDS_APPROVALS) {
            return failure;
        }
        failure.hint("byok import NAME FILE, and plan a wrap of that: no plan can hold a key file")
    })?;
    wrapping_key::describe(shell, &checked.challenge, &request.handout.wrapping_key.name);
    wrapping_key::warn(shell, &checked.findings(request.now));
    if shell.globals.dry_run {
        return dry_run::print(shell, "convert", &steps(&checked, &out));
    }
    wrapping_key::authenticate(shell, &mut checked.authenticated_by, &permission)?;
    let package = checked.seal(&subject)?;
    // Nothing of the key is in memory while the PIN is asked for.
    drop(key);
    let authenticated_by = checked.authenticated_by;
    let made = sign(shell, &workspace, checked, &package, &out)?;
    report(shell, &made, authenticated_by, given.out)
}

/// Whoever reads a key file sees the key: that is said, and recorded, like every other exposure.
fn consent(given: Given<'_>) -> Outcome {
    if given.consent.is_some_and(|consent| consent >= Exposure::Plaintext) {
        return Ok(());
    }
    Err(Failure::new(&usage::BUNDLE_CONSENT, "a bundle of a key file needs consent: this host sees the key")
        .hint("--allow-exposure plaintext   consents for this operation; the signed manifest says so"))
}

fn key_in_hand(shell: &Shell<'_>, given: Given<'_>) -> Outcome<KeyInHand> {
    let file = key_file::load(shell, given.input, given.file)?;
    let key = KeyInHand::new(file.material, given.file.spec)?;
    for finding in file.findings.iter().chain(&key.warnings) {
        shell.warn(&finding_line(finding));
    }
    Ok(key)
}

fn request(
    shell: &Shell<'_>,
    input: &Path,
    provider: &'static Provider,
    answer: &Path,
    args: &BundleArgs,
) -> Outcome<Request> {
    let handout = Handout {
        wrapping_key: wrapping_key::file(answer)?,
        import_token: args.import_token.as_deref().map(wrapping_key::file).transpose()?,
        kid: args.kid.clone(),
        import_job: args.import_job.clone(),
    };
    Ok(Request {
        provider,
        handout,
        method: args.method.clone(),
        algorithm: args.algorithm.clone(),
        options: Options { target: args.target.clone(), mount: args.mount.clone(), valid_to: args.valid_to },
        pin: args.wrapping_key_sha256.clone(),
        name: name(input)?,
        now: shell.env.now(),
    })
}

/// The file's name without its endings, in the letters of key names.
fn name(input: &Path) -> Outcome<KeyName> {
    let stem = input.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let stem = stem.split('.').find(|part| !part.is_empty()).unwrap_or_default();
    let letters = stem.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') { c } else { '-' });
    let name: String = letters.skip_while(|c| !c.is_ascii_alphanumeric()).take(64).collect();
    let name = if name.is_empty() { "key".to_owned() } else { name };
    name.parse().map_err(|_| Failure::new(&usage::USAGE, "the file's name makes no key name").hint("--target NAME"))
}

fn steps(checked: &Checked, out: &Path) -> Vec<String> {
    let Checked { spec, provider, algorithm, method, .. } = checked;
    vec![
        format!("wrap the {spec} key for {} as {algorithm} by {method}, exposure plaintext", provider.id),
        "sign a manifest of the bundle".to_owned(),
        format!("make {}", out.display()),
    ]
}

fn sign(shell: &Shell<'_>, workspace: &Workspace, checked: Checked, package: &Package, out: &Path) -> Outcome<Made> {
    let chosen = workspace.choose(shell)?;
    let opened = chosen.open(shell)?;
    let _spinner = Spinner::start(shell, "signing");
    let session = workspace.session(&opened, &[])?;
    Ok(make(&workspace.place(shell, ProbePolicy::Never), &session, checked, package, out)?)
}

fn report(shell: &Shell<'_>, made: &Made, by: AuthenticatedBy, typed: &Path) -> Outcome {
    let FileBundlePredicate { key_type, purpose, public, wrap, .. } = &made.statement.predicate;
    let files = wrap.files.iter().map(|file| file.name.as_str()).chain(["manifest.dsse.json", "bundle.json"]);
    let mut text = Text::new();
    text.line(format_args!("{key_type} key of a file   wrapped for {}", wrap.provider));
    if let Some(public) = public {
        text.field("public half", format_args!("sha256 {}", public.spki_sha256));
    }
    let fingerprint =
        if shell.globals.quiet { format!("sha256 {}   ", wrap.wrapping_key.spki_sha256) } else { String::new() };
    text.field("wrapping key", format_args!("{fingerprint}{}", wrapping_key::said(by)));
    text.field("route", format_args!("{} {}   exposure {}", wrap.plan, wrap.method, wrap.exposure));
    text.field("bundle", format_args!("{}: {}", typed.display(), files.collect::<Vec<_>>().join("  ")));
    let document =
        Document { schema: "byok.file-bundle/v1", bundle: &made.out, key_type, purpose, public: public.as_ref(), wrap };
    shell.data(text.finish(), &document)?;
    if wrap.files.iter().any(|file| file.name == SCRIPT_NAME) {
        shell.next(&format!("sh {}/{SCRIPT_NAME}", typed.display()));
    }
    Ok(())
}
