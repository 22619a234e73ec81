//! `byok hsm probe`: findings first, then what they mean for each provider and type.

use std::collections::BTreeMap;

use super::codes::token as codes;
use super::failure::Outcome;
use super::progress::Spinner;
use super::shell::Shell;
use super::text::{Text, seconds};
use super::workspace::Workspace;
use crate::key::spec::{self, HashAlg};
use crate::ops::probe::{ProbeView, RouteView, run as probe, view};
use crate::ops::profile::ProbePolicy;
use crate::wrap::capability::{Capabilities, Cells, Finding, KnownAes, Target, Verdict};

const EXAMPLES: &str = "\
Examples:
  byok hsm probe
  byok hsm probe --json";

/// What the words of the last table mean.
const LEGEND: &str = "
native, direct, composed: this host sees no key
host-kek: it sees the ephemeral key; plaintext: the key itself; both with --allow-exposure only
";

/// Find out what this token can really do
///
/// Wraps throw-away keys under throw-away keys, unwraps them in software and compares. The findings are signed and
/// kept; every wrap rests on them.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {}

pub(super) fn run(shell: &Shell<'_>, _args: &Args) -> Outcome {
    let workspace = Workspace::open_to_read(shell)?;
    let chosen = workspace.choose(shell)?;
    if shell.globals.dry_run {
        return super::dry_run::print(
            shell,
            "hsm probe",
            &["make and destroy throw-away keys in the token".to_owned()],
        );
    }
    let opened = chosen.open(shell)?;
    let spinner = Spinner::start(shell, "probing the token");
    let session = workspace.session(&opened, &[])?;
    let known = probe(&workspace.place(shell, ProbePolicy::Always), &session)?;
    drop(spinner);
    let view = view(&known);
    shell.data(&text(&view), &view)?;
    warn(shell, &known.profile.capabilities);
    Ok(())
}

/// Says what is wrong with a token as a whole.
pub(super) fn warn(shell: &Shell<'_>, capabilities: &Capabilities) {
    let code = match capabilities {
        _ if capabilities.unsafe_finding().is_some() => &codes::UNSAFE,
        _ if pads(capabilities) => &codes::PADS_KEYS,
        _ if capabilities.has_short_scalars() => &codes::SHORT_SCALAR,
        _ => return,
    };
    shell.warn(&format!("{} [{code}]", code.title));
    shell.note(&format!("hint: byok explain {code}"));
}

fn pads(capabilities: &Capabilities) -> bool {
    let cells = capabilities.aes_wrap.values().chain(capabilities.native.values()).flat_map(Cells::values);
    cells.into_iter().any(|finding| finding.verdict == Verdict::ZeroPadded)
}

fn text(view: &ProbeView<'_>) -> String {
    let profile = view.profile;
    let token = &profile.token;
    let mut text = Text::new();
    text.line(format_args!(
        "token    {}  ({} {}, serial {}, firmware {})   {} checks, {}",
        token.label,
        token.manufacturer,
        token.model,
        token.serial,
        token.firmware,
        profile.checks,
        seconds(profile.probed_at)
    ));
    text.raw("\n").table(&mechanisms(&profile.capabilities));
    text.raw("\n").table(&services(&profile.capabilities));
    let (table, notes) = providers(view);
    text.raw("\n").table(&table);
    for note in notes {
        text.line(note);
    }
    text.raw(LEGEND);
    text.finish().to_owned()
}

/// A row for each mechanism: verdicts for secret and private keys, and what they rest on. Neighbouring hashes with the
/// same findings share one.
fn mechanisms(capabilities: &Capabilities) -> Vec<Vec<String>> {
    let mut rows = vec![["route", "mechanism", "secret keys", "private keys", ""].map(str::to_owned).to_vec()];
    rows.extend(hashes("native", "RSA_AES_KEY_WRAP", &capabilities.native));
    rows.extend(hashes("direct", "RSA_PKCS_OAEP", &capabilities.oaep));
    for (number, cells) in &capabilities.aes_wrap {
        rows.push(row("padded", number.to_string(), findings(cells)));
    }
    rows
}

fn hashes(route: &str, mechanism: &str, by_hash: &BTreeMap<HashAlg, Cells>) -> Vec<Vec<String>> {
    let found: Vec<(&HashAlg, [String; 3])> = by_hash.iter().map(|(hash, cells)| (hash, findings(cells))).collect();
    let same = found.chunk_by(|(_, left), (_, right)| left == right);
    let rows = same.filter_map(|group| {
        let ((first, said), (last, _)) = (group.first()?, group.last()?);
        let name =
            if first == last { format!("{mechanism} {first}") } else { format!("{mechanism} {first} to {last}") };
        Some(row(route, name, said.clone()))
    });
    rows.collect()
}

fn row(route: &str, name: String, said: [String; 3]) -> Vec<String> {
    [route.to_owned(), name].into_iter().chain(said).collect()
}

/// The worst verdict for secret keys and for private keys, and the first detail of the worst of all.
fn findings(cells: &Cells) -> [String; 3] {
    let worst_of = |secret: bool| {
        let findings = cells.iter().filter(|(target, _)| is_secret(**target) == secret).map(|(_, finding)| finding);
        findings.max_by_key(|finding| finding.verdict)
    };
    let verdict = |finding: Option<&Finding>| finding.map_or_else(|| "-".to_owned(), |f| f.verdict.to_string());
    let worst = cells.values().rev().filter(|finding| finding.detail.is_some()).max_by_key(|finding| finding.verdict);
    let detail = worst.and_then(|finding| finding.detail.clone()).unwrap_or_default();
    [verdict(worst_of(true)), verdict(worst_of(false)), detail]
}

fn is_secret(target: Target) -> bool {
    matches!(target, Target::Secret16 | Target::Secret28 | Target::Secret32 | Target::Secret33 | Target::Secret64)
}

fn services(capabilities: &Capabilities) -> Vec<Vec<String>> {
    let row = |name: &str, finding: &Finding| {
        vec![name.to_owned(), finding.verdict.to_string(), finding.detail.clone().unwrap_or_default()]
    };
    vec![
        row("check value", &capabilities.check_value),
        row("AES-CMAC", &capabilities.aes_cmac),
        row("HMAC", &capabilities.hmac),
        row("AES-GCM", &capabilities.aes_gcm),
        row("C_DigestKey", &capabilities.digest_key),
        vec!["known AES key".to_owned(), known_aes(capabilities.known_aes), String::new()],
        row("not extractable", &capabilities.non_extractable),
    ]
}

fn known_aes(entry: KnownAes) -> String {
    match entry {
        KnownAes::CreateObject => "with C_CreateObject".to_owned(),
        KnownAes::UnwrapOnly(hash) => format!("with C_UnwrapKey and {hash} only"),
        KnownAes::Impossible => "cannot be put in".to_owned(),
    }
}

/// The table of types and providers, and the notes under it.
fn providers(view: &ProbeView<'_>) -> (Vec<Vec<String>>, Vec<String>) {
    // Names in two lines, so that the table fits beside what people have open.
    let (mut above, mut head) = (vec![String::new()], vec!["type".to_owned()]);
    for provider in &view.providers {
        let (vendor, service) = provider.provider.split_once('-').unwrap_or(("", provider.provider));
        above.push(if vendor.is_empty() { String::new() } else { format!("{vendor}-") });
        head.push(service.to_owned());
    }
    let mut rows = vec![above, head];
    let mut notes: Vec<String> = Vec::new();
    for spec in spec::ALL {
        let mut row = vec![spec.to_string()];
        for provider in &view.providers {
            row.push(cell(provider.types.iter().find(|route| route.spec == *spec), &mut notes));
        }
        rows.push(row);
    }
    let notes = notes.iter().zip(1..).map(|(note, number)| format!("[{number}] {note}")).collect();
    (rows, notes)
}

fn cell(report: Option<&RouteView>, notes: &mut Vec<String>) -> String {
    let Some(RouteView { route, note, .. }) = report else { return "-".to_owned() };
    // `plaintext only` is `plaintext` here; the legend says what it means.
    let route = route.split(' ').next().unwrap_or_default();
    let Some(note) = note else { return route.to_owned() };
    let at = notes.iter().position(|known| known == note).unwrap_or_else(|| {
        notes.push(note.clone());
        notes.len().saturating_sub(1)
    });
    format!("{route} [{}]", at.saturating_add(1))
}
