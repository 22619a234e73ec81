//! Azure Key Vault and Managed HSM: each version is enabled or not and has its own operations; a key is deleted with all
//! its versions, and comes back until it is purged.
//!
//! `az keyvault key set-attributes`, `delete`, `recover` and `purge` of azure-cli 2.91.0;
//! <https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview>, checked on 2026-11-22.

use super::key_url::{Cloud, KeyUrl};
use crate::key::spec::Purpose;
use crate::key::stage::Stage;
use crate::provider::revocation::{Holding, Revocation, RevocationError};
use crate::provider::script::{ScriptError, Word};

/// Where no answer of Azure was read, whoever runs the script says which version it is.
const VERSION: &str = "# The version is the end of the kid that the import printed, 32 hexadecimal digits.\n\
                       version=${1:?the key's version in Azure}";

pub(in crate::provider) fn revoke(stage: Stage, holding: &Holding<'_>) -> Result<Revocation, RevocationError> {
    let url = holding.target.and_then(|target| KeyUrl::parse(target).ok()).ok_or(RevocationError::Unnamed("key"))?;
    let at = At { url: &url, version: holding.key_version };
    let made = match stage {
        Stage::Suspend | Stage::Compromise => at.disabled(),
        Stage::Deactivate => at.old_data_only(holding.purpose),
        Stage::Destroy if holding.earlier.any() || holding.later.any() => at.disabled_for_good(),
        Stage::Destroy => at.deleted(),
    };
    Ok(made?)
}

/// One version of a key.
struct At<'a> {
    url: &'a KeyUrl,
    version: Option<&'a str>,
}

impl<'a> At<'a> {
    fn disabled(&self) -> Result<Revocation, ScriptError> {
        let made = Revocation::in_words(
            "Azure refuses every use of this version, decryption included",
            "other versions of the key; services that cached data keys go on until they ask again",
            "at any time:",
        );
        self.start(made)
            .run(&self.attributes(&[Word::Own("--enabled false")]))?
            .undo(&self.attributes(&[Word::Own("--enabled true")]))
    }

    /// Azure keeps the operations that a key may do with each version: what is left processes old data.
    fn old_data_only(&self, purpose: Purpose) -> Result<Revocation, ScriptError> {
        let (left, all) = match purpose {
            Purpose::Encrypt => ("--ops decrypt", "--ops encrypt decrypt"),
            Purpose::Mac | Purpose::Sign => ("--ops verify", "--ops sign verify"),
            Purpose::Wrap => ("--ops unwrapKey", "--ops wrapKey unwrapKey"),
        };
        let made = Revocation::in_words(
            "this version protects nothing new: encryption, signing and wrapping under it are refused",
            "decryption, verification and unwrapping of what it protected",
            "at any time:",
        );
        self.start(made).run(&self.attributes(&[Word::Own(left)]))?.undo(&self.attributes(&[Word::Own(all)]))
    }

    fn disabled_for_good(&self) -> Result<Revocation, ScriptError> {
        let made = Revocation::in_words(
            "Azure refuses every use of this version; it cannot be deleted alone, only the key with all its versions",
            "the other versions of the key",
            "Azure still has the material, until the whole key is deleted and purged; it could be enabled again:",
        );
        self.start(made)
            .run(&self.attributes(&[Word::Own("--enabled false")]))?
            .undo(&self.attributes(&[Word::Own("--enabled true")]))
    }

    fn deleted(&self) -> Result<Revocation, ScriptError> {
        let made = Revocation::in_words(
            "the key is deleted with all its versions, and goes for good when the 7 to 90 days of the vault's or HSM's \
             own setting are over or it is purged (az keyvault key purge)",
            "nothing under this key",
            "until it is purged:",
        );
        self.in_cloud(made)
            .run(&self.words("az keyvault key delete", &[]))?
            .undo(&self.words("az keyvault key recover", &[]))
    }

    fn start(&self, made: Revocation) -> Revocation {
        let made = self.in_cloud(made);
        if self.version.is_none() { made.after(VERSION) } else { made }
    }

    /// `az` uses the public cloud when nothing was said.
    fn in_cloud(&self, made: Revocation) -> Revocation {
        match self.url.cloud {
            Cloud::Public => made,
            Cloud::China => made.after("# Before it, where az uses another cloud: az cloud set --name AzureChinaCloud"),
            Cloud::UsGovernment => {
                made.after("# Before it, where az uses another cloud: az cloud set --name AzureUSGovernment")
            }
        }
    }

    fn attributes(&self, rest: &[Word<'a>]) -> Vec<Word<'a>> {
        let version = self.version.map_or(Word::Own("\"${version:?}\""), Word::Value);
        self.words("az keyvault key set-attributes", &[&[Word::Own("--version"), version], rest].concat())
    }

    fn words(&self, command: &'static str, rest: &[Word<'a>]) -> Vec<Word<'a>> {
        let url = self.url;
        let key = [
            Word::Own(command),
            Word::Own(url.service.option()),
            Word::Value(&url.place),
            Word::Own("--name"),
            Word::Value(&url.name),
        ];
        [&key, rest].concat()
    }
}
