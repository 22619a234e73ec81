//! `byok policy explain`: which rule decides what for a key, and what a classification demands.

mod report;

use std::path::PathBuf;

use self::report::{ClassDocument, KeyDocument, class_text, key_text};
use super::source::{self, Found};
use crate::cli::codes::usage;
use crate::cli::config::Settings;
use crate::cli::failure::{Failure, Outcome};
use crate::cli::shell::Shell;
use crate::cli::wish::WishArgs;
use crate::key::exposure::Exposure;
use crate::key::operation::Operation;
use crate::key::spec::KeySpec;
use crate::key::version::KeySelector;
use crate::ops::access::Registry;
use crate::ops::birth::Wish;
use crate::ops::govern::{of_key, of_wish};
use crate::ops::inventory::{InventoryError, Show, show};
use crate::policy::Policy;
use crate::policy::request::{KeyFacts, Request};

const EXAMPLES: &str = "\
Examples:
  byok policy explain payments/kek
  byok policy explain payments/new --type aes-256 --attribute env=prod
  byok policy explain web/tls --operation wrap-for-import --policy policy.yaml
  byok policy explain --classification secret --policy policy.yaml";

/// Say which rule of the policy decides what for a key
///
/// The key is one of the registry, or one that could be, with --type. Every operation is answered: permitted or denied,
/// with which approvals, by which line. With --classification: which custody it demands, and why.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The key, or one version of it
    #[arg(value_name = "NAME[@N]", required_unless_present = "classification")]
    key: Option<KeySelector>,
    /// The type of a key that is not there yet
    #[arg(long = "type", value_name = "TYPE", conflicts_with = "classification")]
    spec: Option<KeySpec>,
    #[command(flatten)]
    wish: WishArgs,
    /// This operation only; may be repeated [default: every operation on keys]
    #[arg(long = "operation", value_name = "OPERATION", conflicts_with = "classification")]
    operations: Vec<Operation>,
    /// What this classification demands
    #[arg(long, value_name = "CLASSIFICATION", conflicts_with = "key")]
    classification: Option<String>,
    /// The policy [default: the adopted one, or the one of byok.yaml]
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
}

pub(super) fn run(shell: &Shell<'_>, args: &Args) -> Outcome {
    let found = source::find(shell, args.policy.as_deref())?;
    match (&args.key, &args.classification) {
        (_, Some(value)) => classification(shell, &found, value),
        (Some(key), None) => explain(shell, args, key, &found),
        (None, None) => Err(Failure::new(&usage::USAGE, "a key or a classification is missing")),
    }
}

fn classification(shell: &Shell<'_>, found: &Found, value: &str) -> Outcome {
    let demands = found.policy.demands();
    let Some(demand) = demands.iter().find(|demand| demand.classification == value) else {
        let known: Vec<&str> = demands.iter().map(|demand| demand.classification.as_str()).collect();
        let what = format!("the policy has no classification {value}");
        let hint =
            if known.is_empty() { "it has none at all".to_owned() } else { format!("known: {}", known.join(", ")) };
        return Err(Failure::new(&usage::UNKNOWN_CLASSIFICATION, what).hint(hint));
    };
    shell.data(class_text(found, demand).finish(), &ClassDocument::new(found, demand))
}

fn explain(shell: &Shell<'_>, args: &Args, selector: &KeySelector, found: &Found) -> Outcome {
    if let Some(spec) = args.spec {
        let wish: Wish = args.wish.wish(&selector.key, spec)?;
        return say(shell, args, found, &selector.to_string(), &of_wish(&wish, Exposure::None));
    }
    let shown = in_registry(shell, selector)?;
    let key = of_key(&selector.key, &shown.key, Exposure::None);
    let key = key.ok_or_else(|| Failure::new(&usage::USAGE, format!("{} is of a type unknown here", shown.id)))?;
    say(shell, args, found, &shown.id, &key)
}

/// The key of the registry; none is an error that names the way out.
fn in_registry(shell: &Shell<'_>, selector: &KeySelector) -> Outcome<Show> {
    let unknown = || {
        let what = format!("{selector} is no key of a registry, and no --type says what it would be");
        Failure::new(&usage::KEY_UNKNOWN_TO_EXPLAIN, what)
            .hint(format!("byok policy explain {} --type aes-256", selector.key))
    };
    let settings = Settings::load(shell.env, shell.globals)?;
    let folder = settings.registry.as_deref().ok_or_else(unknown)?;
    match show(&Registry::open(folder)?, selector, shell.env.now()) {
        Err(InventoryError::Unknown(_)) => Err(unknown()),
        other => Ok(other?),
    }
}

fn say(shell: &Shell<'_>, args: &Args, found: &Found, name: &str, key: &KeyFacts<'_>) -> Outcome {
    let operations = if args.operations.is_empty() { on_keys() } else { args.operations.clone() };
    let request = Request { operation: Operation::Generate, key: Some(key.clone()), wrap: None, now: shell.env.now() };
    let policy: &Policy = &found.policy;
    let decisions = policy.explain(&request, &operations);
    let document = KeyDocument::new(found, name, key, &decisions);
    shell.data(key_text(&document).finish(), &document)
}

fn on_keys() -> Vec<Operation> {
    Operation::ALL.into_iter().filter(|operation| operation.is_on_keys()).collect()
}
