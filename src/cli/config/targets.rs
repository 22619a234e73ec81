//! `targets` of byok.yaml: ids, providers and patterns, each problem with its place.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_saphyr::{Location, Spanned};

use crate::format::escape::{SHORT, printable};
use crate::key::name::KeyName;
use crate::ops::target::{Limits, Target, Targets};
use crate::policy::Glob;
use crate::provider::{self, Opt, PROVIDERS, Provider, Scope};

/// The longest id: it names a file and a folder for each key.
const MAX_ID: usize = 64;
/// The most targets of one file.
const MAX_TARGETS: usize = 256;
/// What may stand in braces.
const PLACEHOLDERS: [&str; 2] = ["name", "last"];

/// The map as it stands there, in its order.
#[derive(Default)]
pub(super) struct Written(Vec<(Spanned<String>, Fields)>);

/// What a target may say.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Fields {
    provider: Spanned<String>,
    target: Option<Spanned<String>>,
    mount: Option<Spanned<String>>,
    method: Option<Spanned<String>>,
    algorithm: Option<Spanned<String>>,
    account: Option<Spanned<String>>,
    vault: Option<Spanned<String>>,
    key_ring: Option<Spanned<String>>,
    #[serde(default)]
    keys: Vec<Spanned<String>>,
}

/// Why a target is not taken.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
#[error(":{line}:{column}: {path} {what}")]
pub(in crate::cli) struct TargetProblem {
    line: u64,
    column: u64,
    path: String,
    what: String,
    /// What would be taken.
    pub(super) known: Option<String>,
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries)
    }
}

struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = Written;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of targets")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Written, A::Error> {
        let mut written = Vec::new();
        while let Some(id) = entries.next_key()? {
            written.push((id, entries.next_value()?));
        }
        Ok(Written(written))
    }
}

impl Written {
    /// The targets, by id.
    pub(super) fn check(self) -> Result<Targets, TargetProblem> {
        if let Some((id, _)) = self.0.get(MAX_TARGETS) {
            return Err(problem(id.referenced, "targets", format!("has more than {MAX_TARGETS} of them")));
        }
        let mut targets: Vec<Target> =
            self.0.iter().map(|(id, fields)| target(id, fields)).collect::<Result<_, _>>()?;
        targets.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(Targets(targets))
    }
}

fn target(id: &Spanned<String>, fields: &Fields) -> Result<Target, TargetProblem> {
    check_id(id)?;
    let place = Place { id: &id.value };
    let provider = place.provider(&fields.provider)?;
    place.check_words(provider, fields)?;
    place.check_method(provider, fields)?;
    place.check_target(fields)?;
    let text = |field: &Option<Spanned<String>>| field.as_ref().map(|field| field.value.clone());
    let limits =
        Limits { account: text(&fields.account), vault: text(&fields.vault), key_ring: text(&fields.key_ring) };
    Ok(Target {
        id: id.value.clone(),
        provider,
        target: text(&fields.target),
        mount: text(&fields.mount),
        method: text(&fields.method),
        algorithm: text(&fields.algorithm),
        limits,
        keys: place.keys(&fields.keys)?,
    })
}

/// What `import.sh` leaves beside the folder of a bundle, which has the target's id for a name.
const MARKS: [&str; 5] = ["imported", "importing", "lock", "material", "part"];

/// An id is a file name and a folder: the grammar of a key name without slashes.
fn check_id(id: &Spanned<String>) -> Result<(), TargetProblem> {
    let name = &id.value;
    let path = || format!("targets.{}", printable(name, SHORT));
    if name.len() > MAX_ID {
        return Err(problem(id.referenced, path(), format!("has an id of more than {MAX_ID} characters")));
    }
    if name.rsplit_once('.').is_some_and(|(_, end)| MARKS.contains(&end)) {
        return Err(problem(id.referenced, path(), "has an id that ends like a mark of import.sh"));
    }
    match name.parse::<KeyName>() {
        Ok(_) if !name.contains('/') => Ok(()),
        Ok(_) => Err(problem(id.referenced, path(), "has an id with a slash")),
        Err(error) => Err(problem(id.referenced, path(), format!("has no id that can be used: {error}"))),
    }
}

/// A target whose id is good.
struct Place<'a> {
    id: &'a str,
}

impl Place<'_> {
    fn bad(&self, field: &str, value: &Spanned<String>, what: impl Into<String>) -> TargetProblem {
        problem(value.referenced, format!("targets.{}.{field}", self.id), what)
    }

    fn provider(&self, written: &Spanned<String>) -> Result<&'static Provider, TargetProblem> {
        provider::find(&written.value).ok_or_else(|| {
            let what = format!("{} is no provider", printable(&written.value, SHORT));
            let known: Vec<&str> = PROVIDERS.iter().map(|provider| provider.id).collect();
            TargetProblem { known: Some(format!("known: {}", known.join(", "))), ..self.bad("provider", written, what) }
        })
    }

    /// What means nothing to the provider is a mistake, not a wish.
    fn check_words(&self, provider: &'static Provider, fields: &Fields) -> Result<(), TargetProblem> {
        let rows = [
            ("mount", &fields.mount, provider.options.contains(&Opt::Mount)),
            ("account", &fields.account, provider.scopes.contains(&Scope::Account)),
            ("vault", &fields.vault, provider.scopes.contains(&Scope::Vault)),
            ("key-ring", &fields.key_ring, provider.scopes.contains(&Scope::KeyRing)),
        ];
        for (field, written, known) in rows {
            if let Some(written) = written.as_ref().filter(|_| !known) {
                return Err(self.bad(field, written, format!("means nothing to {}", provider.id)));
            }
        }
        if let Some(method) = fields.method.as_ref().filter(|method| provider.method_named(&method.value).is_none()) {
            let what = format!("{} is no method of {}", printable(&method.value, SHORT), provider.id);
            return Err(self.bad("method", method, what));
        }
        let known = |name: &String| provider.accepts.iter().any(|row| row.algorithms.contains(&name.as_str()));
        if let Some(algorithm) = fields.algorithm.as_ref().filter(|algorithm| !known(&algorithm.value)) {
            let what = format!("{} is no algorithm of {}", printable(&algorithm.value, SHORT), provider.id);
            return Err(self.bad("algorithm", algorithm, what));
        }
        Ok(())
    }

    /// Where no answer says for which method it is, the target has to.
    fn check_method(&self, provider: &'static Provider, fields: &Fields) -> Result<(), TargetProblem> {
        let Some(why) = provider.method_unnamed.filter(|_| !provider.answer_names_method && fields.method.is_none())
        else {
            return Ok(());
        };
        let mut methods: Vec<_> = provider.accepts.iter().flat_map(|row| row.methods).copied().collect();
        methods.sort_unstable();
        methods.dedup();
        let known: Vec<String> = methods.into_iter().map(|method| provider.spelling(method)).collect();
        let what = format!("is missing, and {} wants one: {why}", provider.id);
        let problem = self.bad("method", &fields.provider, what);
        Err(TargetProblem { known: Some(format!("known: {}", known.join(", "))), ..problem })
    }

    /// The provider's grammar is checked with its answer; here only what stands in braces.
    fn check_target(&self, fields: &Fields) -> Result<(), TargetProblem> {
        let Some(target) = &fields.target else { return Ok(()) };
        let plain =
            PLACEHOLDERS.iter().fold(target.value.clone(), |text, name| text.replace(&format!("{{{name}}}"), ""));
        if plain.contains(['{', '}']) {
            return Err(self.bad("target", target, "has braces around another word than {name} or {last}"));
        }
        Ok(())
    }

    fn keys(&self, written: &[Spanned<String>]) -> Result<Vec<Glob>, TargetProblem> {
        let glob = |text: &Spanned<String>| {
            let why = |error: crate::policy::GlobError| {
                self.bad("keys", text, format!("has the pattern {}: {}", printable(&text.value, SHORT), error.why))
            };
            Glob::parse(&text.value).map_err(why)
        };
        written.iter().map(glob).collect()
    }
}

fn problem(at: Location, path: impl Into<String>, what: impl Into<String>) -> TargetProblem {
    let (line, column) = (at.line().max(1), at.column().max(1));
    TargetProblem { line, column, path: path.into(), what: what.into(), known: None }
}
