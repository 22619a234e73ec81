//! What was approved, by whom, and what is still missing.

use std::path::Path;

use serde::Serialize;

use crate::approval::count::{Rejected, Signature};
use crate::approval::sshsig::SshSig;
use crate::cli::failure::Outcome;
use crate::cli::shell::Shell;
use crate::cli::text::Text;
use crate::manifest::digest::sha256_hex;
use crate::ops::approve::{Hearing, Paper};

/// An approval that counts, and where it is.
pub(super) struct Made<'a> {
    pub(super) signature: &'a Signature,
    pub(super) sig: &'a SshSig,
    pub(super) path: &'a Path,
    /// All that there are, this one among them.
    pub(super) signatures: Vec<Signature>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema: &'static str,
    /// Of the document that was approved.
    sha256: &'a str,
    person: &'a str,
    key: String,
    key_type: &'a str,
    namespace: &'a str,
    signature: String,
    signature_sha256: String,
    approvals: Approvals,
}

#[derive(Serialize)]
struct Approvals {
    needed: u32,
    enough: bool,
    counted: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lacking: Option<String>,
    rejected: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    why: String,
}

/// Says what there is now.
pub(super) fn print(shell: &Shell<'_>, paper: &Paper, hearing: &Hearing<'_>, made: &Made<'_>) -> Outcome {
    let tally = hearing.tally(&made.signatures);
    let lacking = hearing.lacking(&made.signatures);
    let counted: Vec<String> = tally.counted.into_iter().map(|record| record.person).collect();
    let key = made.sig.key();
    let mut text = Text::new();
    text.line(format_args!("approved by {}", made.signature.name));
    text.field("sha256", &paper.sha256);
    text.field("key", format_args!("{} ({})", key.fingerprint(), key.type_name()));
    text.field("signature", made.path.display());
    text.field("approvals", said(&counted, lacking.as_deref()));
    for rejected in &tally.rejected {
        text.field("not counted", rejected);
    }
    let document = Document {
        schema: "byok.approval/v1",
        sha256: &paper.sha256,
        person: &made.signature.name,
        key: key.fingerprint(),
        key_type: key.type_name(),
        namespace: paper.namespace(),
        signature: made.path.display().to_string(),
        signature_sha256: sha256_hex(&made.signature.bytes),
        approvals: Approvals {
            needed: hearing.requirement().threshold,
            enough: lacking.is_none(),
            counted,
            lacking,
            rejected: tally.rejected.iter().map(row).collect(),
        },
    };
    shell.data(text.finish(), &document)
}

fn said(counted: &[String], lacking: Option<&str>) -> String {
    let people = counted.join(", ");
    match lacking {
        None => format!("{people}: enough"),
        Some(lacking) => format!("{people}: {lacking}"),
    }
}

fn row(rejected: &Rejected) -> Row {
    Row { name: rejected.name.clone(), why: rejected.reason.to_string() }
}
