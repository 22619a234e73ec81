//! `byok confirm-import`: what a provider answers about the key that was imported.

use std::path::PathBuf;

use serde::Serialize;

use super::dry_run;
use super::failure::{Outcome, code_of};
use super::progress::Spinner;
use super::providers;
use super::shell::Shell;
use super::text::{Text, seconds};
use super::workspace::Workspace;
use super::wrapping_key;
use crate::key::state::State;
use crate::key::version::KeyVersionId;
use crate::manifest::statement::{PlacementMatch, PlacementRecord};
use crate::ops::confirm::{Checked, Early, Said, check, run as confirm};
use crate::ops::profile::ProbePolicy;

const EXAMPLES: &str = "\
Examples:
  byok confirm-import payments/kek@1 --provider openbao --evidence key.json
  byok confirm-import web/tls@2 --provider aws-kms --evidence key.json \\
    --evidence public.json
  byok confirm-import payments/kek@2 --provider openbao --target-id eu \\
    --evidence eu.json";

/// Record where a key version was imported, and bring it into use
///
/// The evidence is what the provider's own command line answers about the key. Its state, type and name are compared with what
/// byok wrapped, and the public key of a pair. That a symmetric key is the same, no answer shows; nor does an answer of `OpenBao`
/// show from which server or mount it is: with --target-id it counts for the target that is named, whoever gave it.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The key version
    #[arg(value_name = "NAME@N")]
    key: KeyVersionId,
    /// The provider
    #[arg(long)]
    provider: String,
    /// What the provider answered, as it is: describe-key and get-public-key (AWS), keyvault key show (Azure), versions
    /// describe and get-public-key (Google), read transit/keys/NAME (`OpenBao`); may be repeated; - for standard input
    #[arg(long, value_name = "FILE", required = true)]
    evidence: Vec<PathBuf>,
    /// The target of byok.yaml at which the provider was asked; needed where several have a key to which the answer fits
    #[arg(long, value_name = "ID")]
    target_id: Option<String>,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    id: String,
    state: State,
    placement: &'a PlacementRecord,
    manifest: PathBuf,
}

pub(super) fn run(shell: &Shell<'_>, args: &Args) -> Outcome {
    let provider = providers::find(&args.provider)?;
    let files = args.evidence.iter().map(|path| wrapping_key::file(path)).collect::<Outcome<Vec<_>>>()?;
    let workspace = Workspace::open(shell)?;
    let now = shell.env.now();
    let said = Said { provider, files: &files, target_id: args.target_id.as_deref() };
    let checked = check(&workspace.registry, &args.key, said, now)?;
    if let Some(Early { made_at, wrapped_at }) = checked.early {
        let (made_at, wrapped_at) = (seconds(made_at), seconds(wrapped_at));
        shell.warn(&format!(
            "the answer shows a version from {made_at}, and {} was wrapped at {wrapped_at}: one of the two clocks is wrong, or it is something else",
            args.key
        ));
    }
    if !checked.is_made {
        workspace.permit(shell, &checked.question(now)?)?;
    }
    if shell.globals.dry_run {
        return dry_run::print(shell, "confirm-import", &steps(&checked));
    }
    let chosen = workspace.choose(shell)?;
    workspace.announce_probe(shell, chosen.keys().identity(), ProbePolicy::WhenNeeded);
    let opened = chosen.open(shell)?;
    let spinner = Spinner::start(shell, "reading the key back");
    let session = workspace.session(&opened, &[&checked.target.wanted])?;
    let (is_made, placement) = (checked.is_made, checked.placement.clone());
    let statement = confirm(&workspace.place(shell, ProbePolicy::WhenNeeded), &session, checked, &code_of)?;
    drop(spinner);
    if is_made {
        shell.note("this answer was recorded already; nothing was changed");
    }
    let key = &statement.predicate;
    let recorded = key.placements.iter().find(|known| known.place() == placement.place()).unwrap_or(&placement);
    let (state, manifest) =
        (key.state_at(shell.env.now()), workspace.registry.layout().manifest(&args.key, key.revision));
    let mut text = Text::new();
    text.line(format_args!("{}   {}, {}   {state}", args.key, key.key_type, key.purpose));
    describe(recorded, &mut text);
    text.field("manifest", manifest.display());
    let id = args.key.to_string();
    shell.data(text.finish(), &Document { schema: "byok.confirm-import/v1", id, state, placement: recorded, manifest })
}

/// A placement, as `show` has it too.
pub(super) fn describe(placement: &PlacementRecord, text: &mut Text) {
    let PlacementRecord { provider, account, resource, provider_key_version, provider_state, .. } = placement;
    let account = account.as_ref().map(|account| format!("   account {account}")).unwrap_or_default();
    let version = provider_key_version.as_ref().map(|version| format!("   version {version}")).unwrap_or_default();
    let target = placement.target_id.as_ref().map(|id| format!("   target {id}")).unwrap_or_default();
    text.field("placed", format_args!("{provider} {resource}{version}{account}{target}   {provider_state}"));
    let compared: Vec<&str> = placement.matches.iter().map(|found| word(*found)).collect();
    let same = if placement.matches.contains(&PlacementMatch::PublicKey) {
        "the key is the same"
    } else {
        "that the key is the same cannot be shown from outside"
    };
    text.field("compared", format_args!("{}: {same}", compared.join(", ")));
}

fn word(found: PlacementMatch) -> &'static str {
    match found {
        PlacementMatch::PublicKey => "public key",
        PlacementMatch::Target => "name",
        PlacementMatch::Type => "type",
    }
}

fn steps(checked: &Checked) -> Vec<String> {
    let (id, placement) = (&checked.target.id, &checked.placement);
    let target = placement.target_id.as_ref().map(|id| format!(", at the target {id}")).unwrap_or_default();
    if checked.is_made {
        return vec![format!("change nothing: {id} is recorded there already")];
    }
    vec![
        format!("record that {} has {id} as {}{target}", placement.provider, placement.resource),
        format!("activate {id}, unless it is active or a date is set for that"),
        "read the key back and sign a manifest".to_owned(),
        "log both and sign a checkpoint".to_owned(),
    ]
}
