//! What the manifest of a bundle that was made from a key file shows, and what it cannot.

use super::report::Findings;
use crate::manifest::dsse::Signed;
use crate::manifest::file_bundle::FileBundleStatement;

/// What a verified manifest shows.
pub(super) fn describe(signed: &Signed<FileBundleStatement>) -> Findings {
    let predicate = &signed.value().predicate;
    let mut findings = Findings {
        subject: Some(format!("{} key of a file", predicate.key_type)),
        signers: signed.signers().to_vec(),
        checked: vec!["signature".into(), "subject".into(), "statement".into()],
        ..Findings::default()
    };
    findings.not_provable("signing time");
    findings.not_provable("where the key was before and where else it is: it came from a file");
    findings.not_provable("that a log has it: a bundle of a key file leaves no entry");
    match &predicate.public {
        Some(public) => findings.not_provable(format!(
            "that the key inside belongs to the public key {}: the host that wrapped it says so",
            public.spki_sha256
        )),
        None => findings.not_provable("which key is inside: nothing that is stated tells a secret key"),
    }
    findings.note("exposure plaintext: the key itself was in a host's memory");
    findings
}
