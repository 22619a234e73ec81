//! `byok wrap-for-import`: the bundle for one provider.

mod planned;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;

use super::codes::token as codes;
use super::dry_run;
use super::failure::{Outcome, code_of};
use super::output::{new_path, no_marks};
use super::progress::Spinner;
use super::providers;
use super::shell::Shell;
use super::text::{Text, parse_time};
use super::workspace::Workspace;
use super::wrapping_key;
use crate::key::exposure::Exposure;
use crate::key::proof::ContentProof;
use crate::key::spec::KeySpec;
use crate::key::version::KeySelector;
use crate::manifest::statement::WrapRecord;
use crate::ops::access::TokenIdentity;
use crate::ops::profile::{ProbePolicy, cached};
use crate::ops::wrap::check::{Checked, WrapRequest, check};
use crate::ops::wrap::run::{Wrapped, run as wrap, wanted};
use crate::provider::package::SCRIPT_NAME;
use crate::provider::{Handout, Options, Provider};

const EXAMPLES: &str = "\
Examples:
  byok wrap-for-import kek --provider aws-kms --wrapping-key params.json \\
    --method RSAES_OAEP_SHA_256 --out bundle
  byok wrap-for-import kek --provider google-cloud-kms --wrapping-key job.json \\
    --out bundle
  byok wrap-for-import web/tls --provider azure-key-vault \\
    --wrapping-key kek.json --target web-tls --out bundle
  byok wrap-for-import kek@1 --provider openbao --wrapping-key answer.json \\
    --mount transit --out bundle
  byok wrap-for-import web/tls --provider generic --wrapping-key key.pem \\
    --method rsa-aes-sha256 --out bundle";

/// Wrap a key version for import into a provider
///
/// DIR will hold the provider's files, import.sh with the provider's own commands, bundle.json and a signed manifest
/// that lists every file. It appears whole or not at all.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The key, or one version of it [without a version: the newest]
    #[arg(value_name = "NAME[@N]")]
    key: KeySelector,
    /// The provider; `byok providers list` shows all
    #[arg(long, value_name = "PROVIDER")]
    provider: String,
    /// What the provider handed out, as it is: JSON answer, PEM, DER, base64 or certificate; - for standard input
    #[arg(long, value_name = "FILE")]
    wrapping_key: PathBuf,
    /// The folder to make
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The wrap method, in byok's spelling or the provider's [default: least exposure, then the strongest hash]
    #[arg(long)]
    method: Option<String>,
    /// The provider's algorithm or key spec [default: by type and purpose]
    #[arg(long)]
    algorithm: Option<String>,
    /// The key's name on the provider's side
    #[arg(long)]
    target: Option<String>,
    /// The mount of the transit engine (`OpenBao`, Vault)
    #[arg(long)]
    mount: Option<String>,
    /// The URL of the Azure KEK with its version, when the file does not name it
    #[arg(long, value_name = "URL")]
    kid: Option<String>,
    /// The Google import job's full name, when the file does not name it
    #[arg(long, value_name = "NAME")]
    import_job: Option<String>,
    /// The AWS import token, when it is in a file of its own
    #[arg(long, value_name = "FILE")]
    import_token: Option<PathBuf>,
    /// When AWS is to delete the imported key material, as 2027-01-01T00:00:00Z (RFC 3339) [default: never]
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    valid_to: Option<Timestamp>,
    /// The SHA-256 that the wrapping key must have (DER `SubjectPublicKeyInfo`, hexadecimal)
    #[arg(long, value_name = "HEX")]
    wrapping_key_sha256: Option<String>,
    /// Consent, for this operation, to what this host may see: ephemeral-kek or plaintext
    #[arg(long, value_name = "EXPOSURE")]
    allow_exposure: Option<Exposure>,
    /// Refuse instead of probing the token when its profile is stale or missing
    #[arg(long)]
    no_probe: bool,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    id: String,
    bundle: &'a Path,
    revision: u32,
    wrap: &'a WrapRecord,
    #[serde(rename = "rotationsLeft", skip_serializing_if = "Option::is_none")]
    rotations_left: Option<u32>,
}

pub(super) fn run(shell: &Shell<'_>, args: &Args) -> Outcome {
    let provider = providers::find(&args.provider)?;
    let out = new_path(&shell.env.directory.join(&args.out))?;
    no_marks(&out)?;
    let request = request(shell, args, provider)?;
    let workspace = Workspace::open(shell)?;
    // What needs no token is refused before a module is loaded.
    let mut checked = check(&workspace.registry, &request)?;
    checked.restrict(&workspace.governance, request.now)?;
    let permission = workspace.permit(shell, &checked.first_question(request.now))?;
    checked.trust(&permission);
    let chosen = workspace.choose(shell)?;
    checked.check_plan(&workspace.registry, chosen.keys().identity())?;
    wrapping_key::describe(shell, &checked.challenge, &request.handout.wrapping_key.name);
    wrapping_key::warn(shell, &checked.findings(request.now));
    if shell.is_planned(|| planned::action(shell, args, &workspace, (&request, &checked), chosen.keys().identity()))? {
        return Ok(());
    }
    if shell.globals.dry_run {
        return dry_run::print(shell, "wrap-for-import", &steps(&workspace, &checked, chosen.keys().identity(), &out));
    }
    wrapping_key::authenticate(shell, &mut checked.authenticated_by, &permission)?;
    let probe = if args.no_probe { ProbePolicy::Never } else { ProbePolicy::WhenNeeded };
    workspace.announce_probe(shell, chosen.keys().identity(), probe);
    let opened = chosen.open(shell)?;
    let spinner = Spinner::start(shell, "wrapping");
    let session = workspace.session(&opened, &[&wanted(&checked)?])?;
    let seen = |exposure| spinner.aside(|| warn_of(shell, &checked, exposure));
    let wrapped = wrap(&workspace.place(shell, probe), &session, &checked, &out, &seen, &code_of)?;
    drop(spinner);
    report(shell, &checked, &wrapped, &args.out)?;
    if scalar_may_be_short(&workspace, &checked, session.token.identity(), &wrapped) {
        shell.warn(&format!("{SHORT_SCALAR} [{}]", codes::SHORT_SCALAR));
    }
    Ok(())
}

const SHORT_SCALAR: &str = "this token leaves out the zero that the private scalar of one EC key in 256 (on P-521, in 2) \
                            begins with; if the provider refuses the key, another key is needed";

/// Whether the provider may be given an EC key in a form that not everybody takes. Only a key that came into this
/// host's memory has been written anew.
fn scalar_may_be_short(workspace: &Workspace, checked: &Checked, token: &TokenIdentity, wrapped: &Wrapped) -> bool {
    let seen = |wrap: &WrapRecord| wrap.exposure == Exposure::Plaintext;
    matches!(checked.spec, KeySpec::Ec(_))
        && !wrapped.statement.predicate.wraps.last().is_some_and(seen)
        && cached(&workspace.registry, token).is_ok_and(|known| known.profile.capabilities.has_short_scalars())
}

fn request(shell: &Shell<'_>, args: &Args, provider: &'static Provider) -> Outcome<WrapRequest> {
    let handout = Handout {
        wrapping_key: wrapping_key::file(&args.wrapping_key)?,
        import_token: args.import_token.as_deref().map(wrapping_key::file).transpose()?,
        kid: args.kid.clone(),
        import_job: args.import_job.clone(),
    };
    Ok(WrapRequest {
        selector: args.key.clone(),
        provider,
        handout,
        method: args.method.clone(),
        algorithm: args.algorithm.clone(),
        options: Options { target: args.target.clone(), mount: args.mount.clone(), valid_to: args.valid_to },
        pin: args.wrapping_key_sha256.clone(),
        consent: args.allow_exposure.unwrap_or_default(),
        now: shell.env.now(),
    })
}

fn steps(workspace: &Workspace, checked: &Checked, token: &TokenIdentity, out: &Path) -> Vec<String> {
    let route = match cached(&workspace.registry, token) {
        Err(reason) => format!("probe the token, as {reason}, and choose the route"),
        Ok(known) => match checked.plan(&known.profile.capabilities) {
            Ok((method, plan)) => format!("take the route {} {method}, exposure {}", plan.as_str(), plan.exposure()),
            Err(refusal) => refusal.to_string(),
        },
    };
    vec![
        route,
        format!("wrap {} for {} as {}", checked.id, checked.provider.id, checked.algorithm),
        format!("make {}", out.display()),
    ]
}

fn report(shell: &Shell<'_>, checked: &Checked, wrapped: &Wrapped, typed: &Path) -> Outcome {
    let predicate = &wrapped.statement.predicate;
    let Some(wrap) = predicate.wraps.last() else { return Ok(()) };
    let files = wrap.files.iter().map(|file| file.name.as_str()).chain(["manifest.dsse.json", "bundle.json"]);
    let mut text = Text::new();
    text.line(format_args!("{}   wrapped for {}", checked.id, wrap.provider));
    // The fingerprint stands on standard error, where it was to be compared, unless that was to be quiet.
    let fingerprint =
        if shell.globals.quiet { format!("sha256 {}   ", wrap.wrapping_key.spki_sha256) } else { String::new() };
    text.field("wrapping key", format_args!("{fingerprint}{}", wrapping_key::said(checked.authenticated_by)));
    text.field("route", format_args!("{} {}   exposure {}", wrap.plan, wrap.method, wrap.exposure));
    if wrap.exposure == Exposure::Plaintext {
        text.field("content", recognised(&wrap.content_proof));
    }
    text.field("bundle", format_args!("{}: {}", typed.display(), files.collect::<Vec<_>>().join("  ")));
    let rotation =
        checked.provider.rotation(checked.spec, checked.before.others).filter(|_| checked.id.version.get() > 1);
    if let Some((nth, left)) = rotation {
        text.field("rotation", format_args!("{nth} there, as far as the registry knows; {left} are left after it"));
    }
    let document = Document {
        rotations_left: rotation.map(|(_, left)| left),
        schema: "byok.wrap/v1",
        id: checked.id.to_string(),
        bundle: &wrapped.out,
        revision: predicate.revision,
        wrap,
    };
    shell.data(text.finish(), &document)?;
    if wrap.files.iter().any(|file| file.name == SCRIPT_NAME) {
        shell.next(&format!("sh {}/{SCRIPT_NAME}", typed.display()));
    }
    Ok(())
}

/// Said at the moment when it happens. That an ephemeral key is seen stands in the report.
fn warn_of(shell: &Shell<'_>, checked: &Checked, exposure: Exposure) {
    if exposure == Exposure::Plaintext {
        shell.warn(&format!(
            "{} itself comes into this host's memory now; its manifests say so for ever (exposureEver: {exposure})",
            checked.id
        ));
    }
}

/// By what the key was recognised when this host saw it, to people.
fn recognised(proof: &[ContentProof]) -> String {
    match proof {
        [] => "not verified: there was nothing to recognise the key by but its length".to_owned(),
        [ContentProof::CheckValue] => "not verified: its check value is right, and other keys have the same".to_owned(),
        proof => format!("verified by {}", proof.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
    }
}
