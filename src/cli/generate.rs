//! `byok generate`: a key version in the token.

use std::path::PathBuf;

use serde::Serialize;

use super::dry_run;
use super::failure::{Outcome, code_of};
use super::progress::Spinner;
use super::shell::Shell;
use super::text::Text;
use super::wish::WishArgs;
use super::workspace::Workspace;
use crate::key::name::KeyName;
use crate::key::spec::KeySpec;
use crate::key::version::KeyVersionId;
use crate::manifest::statement::KeyVersionPredicate;
use crate::ops::birth::Wish;
use crate::ops::generate::{Checked, check, question, run as generate};
use crate::ops::profile::ProbePolicy;

const EXAMPLES: &str = "\
Examples:
  byok generate payments/kek --type aes-256 --owner team-payments
  byok generate web/tls --type ec-p256 --attribute env=prod
  byok generate backup/wrap --type aes-256 --purpose wrap";

/// Make a key version in the token
///
/// The key is made inside the token, sensitive and extractable for wrapping, in state pre-activation. What the token
/// says about it is read back and signed.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The key's name: a-z 0-9 . _ - in parts joined by /
    #[arg(value_name = "NAME")]
    name: KeyName,
    /// The key's type: aes-128, aes-192, aes-256, hmac-sha1 to hmac-sha512, rsa-2048, rsa-3072, rsa-4096, ec-p256,
    /// ec-p384, ec-p521, ec-secp256k1, ed25519
    #[arg(long = "type", value_name = "TYPE")]
    spec: KeySpec,
    #[command(flatten)]
    wish: WishArgs,
    /// Refuse instead of probing the token when its profile is stale or missing
    #[arg(long)]
    no_probe: bool,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    id: String,
    key: &'a KeyVersionPredicate,
    manifest: PathBuf,
}

pub(super) fn run(shell: &Shell<'_>, args: &Args) -> Outcome {
    let workspace = Workspace::open(shell)?;
    let request = args.wish.wish(&args.name, args.spec)?;
    let Checked { id, is_made } = check(&workspace.registry, &request)?;
    if !is_made {
        workspace.permit(shell, &question(&request, shell.env.now()))?;
    }
    if shell.globals.dry_run {
        return dry_run::print(shell, "generate", &steps(&request, &id, is_made));
    }
    let chosen = workspace.choose(shell)?;
    let probe = if args.no_probe { ProbePolicy::Never } else { ProbePolicy::WhenNeeded };
    workspace.announce_probe(shell, chosen.keys().identity(), probe);
    let opened = chosen.open(shell)?;
    let spinner = Spinner::start(shell, "making the key");
    let session = workspace.session(&opened, &[])?;
    let statement = generate(&workspace.place(shell, probe), &session, &request, &code_of)?;
    drop(spinner);
    if is_made {
        shell.note(&format!("key.generate {id}   made by an interrupted run, finished"));
    }
    let key = &statement.predicate;
    let manifest = workspace.registry.layout().manifest(&id, key.revision);
    let text = text(key, &id, &manifest);
    shell.data(&text, &Document { schema: "byok.generate/v1", id: id.to_string(), key, manifest })?;
    shell.next(&format!("byok wrap-for-import {} --provider PROVIDER --wrapping-key FILE --out DIR", id.key));
    Ok(())
}

fn steps(request: &Wish, id: &KeyVersionId, is_made: bool) -> Vec<String> {
    if is_made {
        return vec![format!("sign the checkpoint that an interrupted run, which made {id}, left out")];
    }
    vec![
        format!("make {id}, {}, {}, in the token", request.spec, request.purpose),
        "read it back and sign a manifest".to_owned(),
        "log both and sign a checkpoint".to_owned(),
    ]
}

fn text(key: &KeyVersionPredicate, id: &KeyVersionId, manifest: &std::path::Path) -> String {
    let mut text = Text::new();
    text.line(format_args!("{id}   {}, {}   {}", key.key_type, key.purpose, key.state));
    super::show::describe(key, &mut text);
    text.field("manifest", manifest.display());
    text.finish().to_owned()
}
