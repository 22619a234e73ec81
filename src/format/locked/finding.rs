//! What is out of order with a locked file, as far as that shows without its passphrase.

use super::{Kind, Locked, Scheme};
use crate::format::lint::Finding;
use crate::format::lint::rules::container as rules;

/// Below this, guessing passphrases is cheap (OWASP wants 600,000 of PBKDF2 with SHA-256 today).
const FEW_ROUNDS: u64 = 100_000;

impl Locked {
    /// Every finding about the container, at `place`.
    #[must_use]
    pub fn findings(&self, place: &str) -> Vec<Finding> {
        let mut findings = Vec::new();
        for protection in &self.protection {
            let old = matches!(protection.scheme, Scheme::Pbes1 | Scheme::Pkcs12 | Scheme::LegacyPem);
            if old || protection.cipher.is_weak() {
                findings.push(Finding::new(&rules::WEAK_ENCRYPTION, place, protection.to_string()));
            } else if protection.kdf.rounds().is_some_and(|rounds| rounds < FEW_ROUNDS) {
                findings.push(Finding::new(&rules::FEW_ROUNDS, place, protection.kdf.to_string()));
            }
        }
        if self.kind == Kind::Pkcs12 && self.mac.is_none() {
            findings.push(Finding::new(&rules::NO_MAC, place, "the PKCS#12 file has no MAC"));
        }
        if self.unencrypted_keys > 0 {
            let detail = format!("{} of its keys can be read without a passphrase", self.unencrypted_keys);
            findings.push(Finding::new(&rules::UNENCRYPTED_KEY, place, detail));
        }
        if let Err(error) = self.affordable() {
            findings.push(Finding::new(&rules::NOT_OPENED, place, error.to_string()));
        }
        findings
    }
}
