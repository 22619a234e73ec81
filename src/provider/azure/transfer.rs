//! What Azure would refuse of a key transfer blob: findings F507 to F511.

use super::MECHANISM;
use super::key_url::KeyUrl;
use crate::format::escape::{SHORT, printable};
use crate::format::lint::Finding;
use crate::format::lint::rules::provider as rules;
use crate::format::reader::{Transfer, Wrapped, Wrapping};
use crate::provider::Provider;

/// What is out of order in a blob, for this provider when one was named.
pub(in super::super) fn findings(transfer: &Transfer, provider: Option<&Provider>) -> Vec<Finding> {
    let header = [
        ("schema_version", "1.0.0", &transfer.version),
        ("header.alg", "dir", &transfer.algorithm),
        ("header.enc", MECHANISM, &transfer.encryption),
    ];
    let differs = header.into_iter().filter(|(_, wanted, found)| wanted != found).map(|(member, wanted, found)| {
        let found = if found.is_empty() { "missing".to_owned() } else { printable(found, SHORT) };
        Finding::new(&rules::TRANSFER_HEADER, member, format!("it is {found}, not {wanted}"))
    });
    let kid = kid(transfer.kid.as_deref(), provider).map(|why| Finding::new(&rules::TRANSFER_KID, "header.kid", why));
    let spelling = (!transfer.url_safe)
        .then(|| Finding::new(&rules::TRANSFER_BASE64, "ciphertext", "it has padding or the other base64 alphabet"));
    differs.chain(kid).chain(spelling).chain(length(&transfer.wrapped)).collect()
}

/// A wrapped key as bytes or base64.
pub(in super::super) fn missing(wrapped: &Wrapped, provider: &Provider) -> Option<Finding> {
    let azure = [&super::super::azure_key_vault::AZURE_KEY_VAULT, &super::super::azure_managed_hsm::AZURE_MANAGED_HSM];
    azure.iter().any(|known| known.id == provider.id).then(|| {
        let detail = format!("{} bytes, and no JSON around them", wrapped.bytes.len());
        Finding::new(&rules::NO_TRANSFER, "", detail)
    })
}

/// Why the kid is none.
fn kid(kid: Option<&str>, provider: Option<&Provider>) -> Option<String> {
    let Some(kid) = kid else { return Some("it is missing".to_owned()) };
    match KeyUrl::parse(kid) {
        Err(rule) => Some(format!("it {rule}")),
        Ok(url) if url.version.is_none() => Some("it has no version".to_owned()),
        Ok(url) => provider
            .filter(|provider| provider.id != url.service.id())
            .map(|_| format!("it belongs to {}", url.service.id())),
    }
}

fn length(wrapped: &Wrapped) -> Option<Finding> {
    let fits = wrapped.candidates.iter().any(|candidate| candidate.method == Wrapping::RsaAesKwp);
    (!fits).then(|| {
        let detail = format!("{} bytes are no RSA head and an AES-KWP part of a key", wrapped.bytes.len());
        Finding::new(&rules::TRANSFER_LENGTH, "ciphertext", detail)
    })
}
