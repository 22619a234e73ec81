//! The byok.yaml that `init` writes.

use std::fmt::Write as _;
use std::path::Path;

use crate::cli::pin::PinSource;
use crate::ops::access::TokenChoice;

/// What goes into a new byok.yaml.
#[derive(Debug)]
pub(in crate::cli) struct Template<'a> {
    /// The PKCS#11 module.
    pub module: &'a Path,
    /// The token.
    pub token: &'a TokenChoice,
    /// Where its PIN comes from; `None` asks on the terminal.
    pub pin_source: Option<&'a PinSource>,
    /// The registry's folder, relative to the file or absolute.
    pub registry: &'a Path,
    /// The label of the signing key.
    pub signer_label: &'a str,
}

/// The text of the file.
pub(in crate::cli) fn render(template: &Template<'_>) -> String {
    let (kind, name) = match template.token {
        TokenChoice::Label(label) => ("label", label),
        TokenChoice::Serial(serial) => ("serial", serial),
    };
    let mut text =
        String::from("# byok: where the keys are and where their evidence goes. Keep it writable for yourself only.\n");
    let mut line = |text_line: String| {
        let _ = writeln!(text, "{text_line}");
    };
    line("token:".to_owned());
    line(format!("  module: {}", quoted(&template.module.to_string_lossy())));
    line(format!("  {kind}: {}", quoted(name)));
    line("# env:NAME, file:PATH, fd:N, prompt or pinpad; never the PIN itself.".to_owned());
    line(format!("pin-source: {}", quoted(&template.pin_source.unwrap_or(&PinSource::Prompt).to_string())));
    line("# Relative paths start at this file's folder.".to_owned());
    line(format!("registry: {}", quoted(&template.registry.to_string_lossy())));
    line("# The key that signs the evidence.".to_owned());
    line("signer:".to_owned());
    line(format!("  label: {}", quoted(template.signer_label)));
    text.push_str(TARGETS);
    text
}

/// What to write when keys are to go somewhere.
const TARGETS: &str = "\
# Where versions of keys go; `byok rotate` wraps each new version for every target that takes its key.
# targets:
#   prod:
#     provider: openbao          # as `byok providers list` names it
#     target: \"{last}\"           # the key there; {name} and {last} stand for the key's name and its last part
#     mount: transit
#     keys: [\"payments/*\"]      # every key when absent; one level, so that {last} is unique
";

/// A double-quoted YAML scalar: a JSON string is one (YAML 1.2.2, section 1.2).
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
