//! Azure's two services that hold keys in HSMs: Key Vault (Premium) and Managed HSM. Their import is the same.
//!
//! Blob: `RSA-OAEP(ephemeral AES-256) || AES-KWP(key)` with SHA-1, MGF1-SHA-1 and an empty label, in a JSON file that
//! names the wrapping key, which Azure calls the key exchange key (KEK). Read in
//! <https://learn.microsoft.com/azure/key-vault/keys/byok-specification>, and in azure-cli 2.91.0 for the commands.

mod answer;
mod bundle;
pub(super) mod confirmation;
mod key_url;
pub(super) mod notes;
mod revoke;
pub(super) mod transfer;
mod way_back;

use super::destination::refused;
use super::{
    Accept, Challenge, ChallengeError, Destination, DestinationError, DestinationRequest, Handout, Opt, Provider,
    WrappingSizes,
};
use crate::format::escape::{SHORT, printable};
use crate::format::wrapping_key;
use crate::key::method::WrapMethod;
use crate::key::spec::{HashAlg, KeySpec, Purpose};
use answer::Answer;
pub(super) use bundle::package;
use key_url::{KeyUrl, is_key_name};
pub(super) use revoke::revoke;
pub(super) use way_back::way_back;

/// What `read_challenge`, `destination` and `package` of the two have in common, apart from their tables.
pub(super) const WRAPPING_SIZES: WrappingSizes = WrappingSizes::OneOf(&[2048, 3072, 4096]);
pub(super) const OPTIONS: &[Opt] = &[Opt::Kid];
pub(super) const SPELLINGS: &[(&str, WrapMethod)] = &[(MECHANISM, WrapMethod::RsaAesKwp(HashAlg::Sha1))];

/// The one method, as PKCS#11 and the bundle spell it.
const MECHANISM: &str = "CKM_RSA_AES_KEY_WRAP";

/// One of the two services.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Service {
    /// Key Vault.
    KeyVault,
    /// Managed HSM.
    ManagedHsm,
}

impl Service {
    /// The provider's id.
    pub(super) const fn id(self) -> &'static str {
        match self {
            Self::KeyVault => "azure-key-vault",
            Self::ManagedHsm => "azure-managed-hsm",
        }
    }

    /// How `az keyvault` names the place.
    fn option(self) -> &'static str {
        match self {
            Self::KeyVault => "--vault-name",
            Self::ManagedHsm => "--hsm-name",
        }
    }
}

/// A row of either table; Azure has one word for each type.
pub(super) const fn row(spec: KeySpec, purposes: &'static [Purpose], algorithms: &'static [&'static str]) -> Accept {
    Accept { spec, purposes, algorithms, methods: &[WrapMethod::RsaAesKwp(HashAlg::Sha1)] }
}

/// What the KEK must be and a file without JSON does not show.
const UNSEEN: &str = "this file does not show that the KEK is RSA-HSM with the key operation import alone; \
                      the JSON of `az keyvault key show` does";

/// The KEK as `az` or the API prints it, as a JWK, or a bare key with `--kid`.
pub(super) fn read(handout: &Handout, provider: &Provider, service: Service) -> Result<Challenge, ChallengeError> {
    let bytes = &handout.wrapping_key.bytes;
    let key = wrapping_key::read(bytes);
    if let Err(error @ wrapping_key::WrappingKeyError::PrivateKey(_)) = key {
        return Err(error.into());
    }
    if let Some(message) = cli_error(bytes) {
        return Err(ChallengeError::ErrorAnswer(message));
    }
    // An answer without a key is named before the missing key is.
    let answer = Answer::read(bytes)?;
    let mut challenge = Challenge::from_key(key?, provider)?;
    match &answer {
        Some(answer) => answer.check_key()?,
        None => challenge.caution = Some(UNSEEN),
    }
    challenge.resource = Some(kid(handout, answer.as_ref(), service)?);
    if let Some(answer) = answer {
        let (not_before, expires_at) = answer.validity()?;
        challenge.not_before = not_before;
        challenge.expires_at = challenge.expires_at.into_iter().chain(expires_at).min();
    }
    Ok(challenge)
}

/// The Azure CLI's own words, saved in place of an answer: `(KeyNotFound) A key with ..`, `ERROR: ..`.
fn cli_error(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?.trim();
    (text.starts_with('(') || text.starts_with("ERROR: ")).then(|| printable(text, SHORT))
}

/// The URL of the KEK, with its version: the import must name the very key that was wrapped under.
fn kid(handout: &Handout, answer: Option<&Answer>, service: Service) -> Result<String, ChallengeError> {
    let answered = answer.map(Answer::kid).transpose()?.flatten();
    let (member, kid) = match (answered, handout.kid.as_deref()) {
        (Some((_, kid)), Some(typed)) if !kid.eq_ignore_ascii_case(typed) => {
            let (typed, answer) = (printable(typed, SHORT), printable(kid, SHORT));
            return Err(ChallengeError::Contradiction { option: "--kid", typed, answer });
        }
        (Some(answered), _) => answered,
        (None, Some(typed)) => ("--kid", typed),
        (None, None) => return Err(ChallengeError::Missing { what: "the KEK and its version", option: "--kid" }),
    };
    let shown = |rule: &str| format!("{} {rule}", printable(kid, SHORT));
    let url = KeyUrl::parse(kid).map_err(|rule| ChallengeError::Member { member, rule: shown(rule) })?;
    if url.service != service {
        let rule = shown(&format!("belongs to {}", url.service.id()));
        return Err(ChallengeError::OtherProvider { member, rule, provider: url.service.id() });
    }
    if url.version.is_none() {
        let hint = format!(
            "az keyvault key show {} {} --name {} --query key.kid   prints it whole",
            service.option(),
            url.place,
            url.name
        );
        return Err(ChallengeError::Incomplete { member, lacks: "version of the KEK", hint });
    }
    Ok(kid.to_owned())
}

const KID_RULE: &str = "the URL of the KEK with its version";
const TARGET_RULE: &str =
    "a key name has letters, digits and dashes, no dash first, at most 127 characters; its URL has no version";

/// A key in the KEK's own vault or HSM; what is recorded is its URL.
pub(super) fn destination(request: &DestinationRequest<'_>) -> Result<Destination, DestinationError> {
    let resource = request.challenge.resource.as_deref().unwrap_or_default();
    let kek = KeyUrl::parse(resource).map_err(|_| refused("--kid", resource, KID_RULE))?;
    let name = match request.options.target.as_deref() {
        Some(target) if target.starts_with("https://") => name_of(target, &kek)?,
        Some(target) if is_key_name(target) => target.to_owned(),
        Some(target) => return Err(refused("--target", target, TARGET_RULE)),
        None if is_key_name(request.name.as_str()) => request.name.to_string(),
        None => {
            let letter = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
            let proposal = request.name.as_str().chars().take(127).map(letter).collect();
            let name = request.name.to_string();
            return Err(DestinationError::TargetMissing { name, rule: TARGET_RULE, proposal });
        }
    };
    if name.eq_ignore_ascii_case(&kek.name) {
        return Err(refused("--target", &name, "it is the name of the KEK itself"));
    }
    Ok(Destination::new(Some(format!("https://{}/keys/{name}", kek.host))).with_host(kek.host))
}

/// The key's name in a URL, which must lead to the place of the KEK.
fn name_of(target: &str, kek: &KeyUrl) -> Result<String, DestinationError> {
    let url = KeyUrl::parse(target).map_err(|rule| refused("--target", target, rule))?;
    if url.version.is_some() {
        return Err(refused("--target", target, "it names a version, and Azure numbers a new version itself"));
    }
    if url.host != kek.host {
        let (typed, answer) = (printable(target, SHORT), format!("https://{}", kek.host));
        return Err(DestinationError::Contradiction { option: "--target", typed, answer });
    }
    Ok(url.name)
}
