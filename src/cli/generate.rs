//! `byok generate`: a key version in the token.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

use super::dry_run;
use super::failure::{Outcome, code_of};
use super::progress::Spinner;
use super::shell::Shell;
use super::text::Text;
use super::workspace::Workspace;
use crate::key::name::KeyName;
use crate::key::spec::{KeySpec, Purpose};
use crate::key::version::KeyVersionId;
use crate::manifest::statement::KeyVersionPredicate;
use crate::ops::generate::{Checked, GenerateRequest, check, run as generate};
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
    /// What the key does: encrypt, mac, sign or wrap [default: aes encrypt, hmac mac, all others sign]
    #[arg(long)]
    purpose: Option<Purpose>,
    /// Who answers for the key
    #[arg(long, value_parser = parse_owner)]
    owner: Option<String>,
    /// A free attribute; may be repeated
    #[arg(long = "attribute", value_name = "K=V", value_parser = parse_attribute)]
    attributes: Vec<(String, String)>,
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

fn parse_owner(text: &str) -> Result<String, &'static str> {
    if is_plain(text) { Ok(text.to_owned()) } else { Err("an owner has 1 to 256 bytes and no control characters") }
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.len() <= 256 && !text.chars().any(char::is_control)
}

fn parse_attribute(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text.split_once('=').ok_or("an attribute is K=V")?;
    if is_plain(name) && is_plain(value) {
        Ok((name.to_owned(), value.to_owned()))
    } else {
        Err("an attribute's name and value have 1 to 256 bytes and no control characters")
    }
}

pub(super) fn run(shell: &Shell<'_>, args: &Args) -> Outcome {
    let workspace = Workspace::open(shell)?;
    let request = request(args)?;
    let Checked { id, is_made } = check(&workspace.registry, &request)?;
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

fn request(args: &Args) -> Outcome<GenerateRequest> {
    let mut attributes = BTreeMap::new();
    for (name, value) in &args.attributes {
        if attributes.insert(name.clone(), value.clone()).is_some() {
            return Err(super::failure::Failure::new(
                &super::codes::usage::USAGE,
                format!("the attribute {name} is given twice"),
            ));
        }
    }
    Ok(GenerateRequest {
        name: args.name.clone(),
        spec: args.spec,
        purpose: args.purpose.unwrap_or_else(|| args.spec.default_purpose()),
        owner: args.owner.clone(),
        attributes,
    })
}

fn steps(request: &GenerateRequest, id: &KeyVersionId, is_made: bool) -> Vec<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_one_line_of_text() {
        assert_eq!(parse_owner("team payments"), Ok("team payments".to_owned()));
        for bad in ["", "a\nb", &"a".repeat(257)] {
            assert!(parse_owner(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn attributes_have_a_name_and_a_value() {
        assert_eq!(parse_attribute("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        for bad in ["a", "=b", "a=", "a=\u{1b}", &format!("a={}", "b".repeat(257))] {
            assert!(parse_attribute(bad).is_err(), "{bad}");
        }
    }
}
