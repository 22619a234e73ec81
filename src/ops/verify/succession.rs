//! Whether a new evidence signer took the place of one that the caller trusts: the statement, the lost signer's last
//! checkpoint, the policy that this checkpoint names, and the people whom the policy asks for.

use super::failure::{Failure, FailureKind};
use super::report::{Findings, ItemKind, ItemReport};
use crate::approval::allowed_signers::AllowedSigners;
use crate::approval::count::Signature;
use crate::approval::replacement::{Replacement, ReplacementError};
use crate::audit::checkpoint::{Checkpoint, PolicyInForce};
use crate::manifest::digest::sha256_hex;
use crate::manifest::dsse::Signed;
use crate::manifest::succession::Succession;
use crate::manifest::trust::Trust;
use crate::policy::Policy;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A statement as it lies in a registry.
#[derive(Debug)]
pub struct Paper {
    /// The path to show.
    pub path: String,
    /// The file's name.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The signatures that lie in the registry for it.
    pub signatures: Vec<Signature>,
}

/// Where the rest of the evidence comes from.
pub struct Sources<'a> {
    /// The registry's log.
    pub origin: &'a str,
    /// The lines of `checkpoints.jsonl`.
    pub checkpoints: &'a dyn Fn() -> Result<Vec<Vec<u8>>, Failure>,
    /// An adopted file by its name: `<sha256>.yaml`, `<sha256>.allowed_signers`.
    pub adopted: &'a dyn Fn(&str) -> Result<Vec<u8>, Failure>,
}

impl std::fmt::Debug for Sources<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sources").field("origin", &self.origin).finish_non_exhaustive()
    }
}

/// The trust with every succession that holds, and a report for each statement.
#[must_use]
pub fn follow(papers: Vec<Paper>, sources: &Sources<'_>, trust: &Trust) -> (Trust, Vec<Held>, Vec<ItemReport>) {
    let (mut trust, mut held, mut reports) = (trust.clone(), Vec::new(), Vec::new());
    let mut papers: Vec<(Paper, Option<Replacement>)> =
        papers.into_iter().map(|paper| (Replacement::parse(&paper.bytes).ok(), paper)).map(|(a, b)| (b, a)).collect();
    // A chain of successions is followed from its beginning.
    papers.sort_by_key(|(_, statement)| statement.as_ref().map_or(u64::MAX, |statement| statement.checkpoint.size));
    for (paper, _) in papers {
        let verdict = verify(&paper, sources, &trust).map(|(succession, findings)| {
            held.push(Held { statement: sha256_hex(&paper.bytes), entries: succession.entries });
            trust = trust.clone().under([&succession]);
            findings
        });
        reports.push(ItemReport::new(&paper.path, ItemKind::Replacement, verdict));
    }
    (trust, held, reports)
}

/// A succession that holds; the log has to say so.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Held {
    /// The statement, by SHA-256.
    pub statement: String,
    /// Entries under the lost signer's last checkpoint.
    pub entries: u64,
}

fn verify(paper: &Paper, sources: &Sources<'_>, trust: &Trust) -> Result<(Succession, Findings), Failure> {
    let malformed = |error: &ReplacementError| Failure::new(FailureKind::Malformed, error.to_string());
    let statement = Replacement::parse(&paper.bytes).map_err(|error| malformed(&error))?;
    if paper.name != format!("{}.json", sha256_hex(&paper.bytes)) {
        return Err(Failure::new(FailureKind::FileMismatch, "its bytes are not those that its name stands for"));
    }
    if statement.origin != sources.origin {
        return Err(Failure::new(FailureKind::Subject, format!("it is about the log {}", statement.origin)));
    }
    let old = &statement.old_signer.spki_sha256;
    if !trust.keys().any(|key| key.spki_sha256() == old) {
        let detail = format!("it replaces {old}, which the trust file does not name");
        return Err(Failure::new(FailureKind::UntrustedSigner, detail));
    }
    let policy = policy_of(&statement, sources, trust)?;
    if !statement.is_under(&policy) {
        return Err(Failure::new(FailureKind::Subject, "it names another policy than the lost signer's checkpoint"));
    }
    let approvals = counted(&statement, &paper.signatures, &policy, sources)?;
    let succession = statement.succession().map_err(|error| malformed(&error))?;
    let mut findings = Findings {
        subject: Some(format!("{} in the place of {old}", statement.new_signer.spki_sha256)),
        ..Findings::default()
    };
    findings.checked(format!("the lost signer's last checkpoint, over {} entries", statement.checkpoint.size));
    findings.checked(format!("approvals of {} under the policy that it names", approvals.join(", ")));
    findings.not_provable(format!(
        "that the lost signer signed nothing after {} entries: it needs a checkpoint kept elsewhere (--since)",
        statement.checkpoint.size
    ));
    findings.not_provable("when the approvals were given: they are counted for the time that the statement says");
    findings.not_provable("that the old signer is lost: whoever has it can still sign what no checkpoint covers");
    Ok((succession, findings))
}

/// The policy that the lost signer's last checkpoint names.
fn policy_of(statement: &Replacement, sources: &Sources<'_>, trust: &Trust) -> Result<PolicyInForce, Failure> {
    let wanted = &statement.checkpoint;
    let lines = (sources.checkpoints)()?;
    let signed = lines.iter().rev().filter_map(|line| Signed::<Checkpoint>::verify(line, trust).ok());
    let by_old = |signed: &Signed<Checkpoint>| {
        let checkpoint = signed.value();
        let same = checkpoint.size == wanted.size && STANDARD.encode(checkpoint.root) == wanted.root;
        let old =
            |signer: &crate::manifest::dsse::VerifiedSigner| signer.spki_sha256 == statement.old_signer.spki_sha256;
        same && checkpoint.origin == sources.origin && signed.signers().iter().any(old)
    };
    let Some(checkpoint) = signed.into_iter().find(by_old) else {
        let detail = format!("the lost signer has signed no checkpoint over {} entries with this root", wanted.size);
        return Err(Failure::new(FailureKind::Subject, detail));
    };
    checkpoint.into_value().policy.ok_or_else(|| {
        Failure::new(FailureKind::Subject, "the lost signer's checkpoint names no policy, so nobody could approve")
    })
}

fn counted(
    statement: &Replacement,
    signatures: &[Signature],
    policy: &PolicyInForce,
    sources: &Sources<'_>,
) -> Result<Vec<String>, Failure> {
    let read = |sha256: &str, extension: &str| {
        let bytes = (sources.adopted)(&format!("{sha256}.{extension}"))?;
        let same = sha256_hex(&bytes) == sha256;
        let altered = || Failure::new(FailureKind::FileMismatch, format!("{sha256}.{extension} has other bytes"));
        if same { Ok(bytes) } else { Err(altered()) }
    };
    let malformed = |error: &dyn std::error::Error| Failure::new(FailureKind::Malformed, error.to_string());
    let rules = Policy::parse(&read(&policy.policy_sha256, "yaml")?).map_err(|error| malformed(&error))?;
    let signers = AllowedSigners::parse(&read(&policy.allowed_signers_sha256, "allowed_signers")?);
    let signers = signers.map_err(|error| malformed(&error))?;
    // Validity is judged at the time that the statement claims: a key that has expired since was good then.
    let approvals = statement.approvals((&rules, &signers), signatures, statement.created_at).map_err(|error| {
        let rejected = match &error {
            ReplacementError::Approvals(error) => error.tally.rejected.iter().map(ToString::to_string).collect(),
            _ => Vec::new(),
        };
        let said: Vec<String> = std::iter::once(error.to_string()).chain(rejected).collect();
        Failure::new(FailureKind::Threshold, said.join("; "))
    })?;
    Ok(approvals.into_iter().map(|approval| approval.person).collect())
}
