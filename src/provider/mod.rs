//! Providers: data and small functions, one file each, listed in [`PROVIDERS`].
//!
//! A wrap goes through a provider in this order: [`find`], [`Provider::check_options`], [`Provider::read_challenge`],
//! [`Provider::destination`], [`accept_for`], [`Accept::algorithm`], [`methods::choose`], and, when the key is wrapped,
//! [`Provider::package`].

pub mod accept;
pub mod agreement;
mod aws_kms;
mod azure;
mod azure_key_vault;
mod azure_managed_hsm;
pub mod challenge;
pub mod confirmation;
pub mod destination;
mod generic;
mod google_cloud_kms;
mod json_answer;
pub mod methods;
pub mod notes;
mod openbao;
pub mod options;
pub mod package;
pub mod revocation;
pub mod script;
pub mod way_back;

use crate::key::method::WrapMethod;
use crate::key::spec::KeySpec;
use crate::key::stage::Stage;

pub use accept::{Accept, NotTaken, UnknownAlgorithm, accept_for};
pub use challenge::{Challenge, ChallengeError, Handout, ImportFile, WrappingSizes};
pub use confirmation::{Confirmation, ConfirmationRequest, Mark};
pub use destination::{Destination, DestinationError, DestinationRequest};
pub use methods::MethodError;
pub use notes::{Note, NoteKind};
pub use options::{Opt, Options, Scope};
pub use package::{Package, PackageError, PackageRequest, Source};
pub use revocation::{Holding, Others, Revocation, RevocationError};
pub use way_back::{Standing, WAY_BACK_NAME, WayBack, WayBackRequest};

/// Reads what a provider answers about an imported key.
pub type ReadConfirmation = fn(&ConfirmationRequest<'_>) -> Result<Confirmation, ChallengeError>;

/// A provider: what it hands out, what it takes, and how its bundle looks.
#[derive(Debug)]
pub struct Provider {
    /// The name that people type.
    pub id: &'static str,
    /// Other names that mean the same.
    pub aliases: &'static [&'static str],
    /// The name that people read.
    pub name: &'static str,
    /// Where its import format is documented.
    pub documentation: &'static str,
    /// When that was last checked, `YYYY-MM-DD`.
    pub checked_on: &'static str,
    /// The wrapping keys that it hands out.
    pub wrapping_sizes: WrappingSizes,
    /// The options, apart from `--target`, that mean something to it.
    pub options: &'static [Opt],
    /// What a target in byok.yaml can be limited to.
    pub scopes: &'static [Scope],
    /// Why the method must be typed when the answer does not name it; `None` when byok may choose.
    pub method_unnamed: Option<&'static str>,
    /// Whether its answer, as it hands it out, says for which method it is.
    pub answer_names_method: bool,
    /// Limits and quirks that the table does not show, and what is not confirmed.
    pub notes: &'static [Note],
    /// Key types, purposes, methods and algorithms that it takes.
    pub accepts: &'static [Accept],
    /// The methods in its own words: `SHA256` is OpenBao's `hash_function` for `rsa-aes-sha256`.
    pub spellings: &'static [(&'static str, WrapMethod)],
    /// Reads what the provider handed out.
    pub read_challenge: fn(&Handout) -> Result<Challenge, ChallengeError>,
    /// Checks what was typed against its grammar and its answer, and fills in what follows from the key's name.
    pub destination: fn(&DestinationRequest<'_>) -> Result<Destination, DestinationError>,
    /// Reads what it answers about an imported key; nothing where byok knows no such answer.
    pub read_confirmation: Option<ReadConfirmation>,
    /// The commands whose answers that are, for hints.
    pub evidence: &'static [&'static str],
    /// Whether an answer is for one key of its own, and no other may be imported under it.
    pub answers_for_one_key: bool,
    /// How often the material of a symmetric key can be replaced, where there is a limit.
    pub rotations: Option<u32>,
    /// Whether versions of a key there are counted up, so that an import can say which one it follows.
    pub counts_up: bool,
    /// The way back from a new version to the one before it.
    pub way_back: fn(&WayBackRequest<'_>) -> Result<WayBack, PackageError>,
    /// Makes the bundle's files.
    pub package: fn(&PackageRequest<'_>) -> Result<Package, PackageError>,
    /// What to do there when a key version is revoked.
    pub revoke: fn(Stage, &Holding<'_>) -> Result<Revocation, RevocationError>,
}

/// Every provider, in the order of tables and help.
pub static PROVIDERS: &[&Provider] = &[
    &aws_kms::AWS_KMS,
    &azure_key_vault::AZURE_KEY_VAULT,
    &azure_managed_hsm::AZURE_MANAGED_HSM,
    &google_cloud_kms::GOOGLE_CLOUD_KMS,
    &openbao::OPENBAO,
    &generic::GENERIC,
];

/// The provider with this id or alias.
#[must_use]
pub fn find(name: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().copied().find(|provider| provider.id == name || provider.aliases.contains(&name))
}

/// There is one of each id.
impl PartialEq for Provider {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Provider {}

impl Provider {
    /// What to do there when a key version is revoked. Nothing is deleted that was not seen there.
    ///
    /// # Errors
    /// As [`Provider::revoke`].
    pub fn revocation(&self, stage: Stage, holding: &Holding<'_>) -> Result<Revocation, RevocationError> {
        if stage == Stage::Destroy && !holding.arrived {
            return Ok(Revocation::of_nothing());
        }
        (self.revoke)(stage, holding)
    }

    /// The method of this name, in byok's spelling or the provider's.
    #[must_use]
    pub fn method_named(&self, text: &str) -> Option<WrapMethod> {
        let own = || self.spellings.iter().find(|(spelling, _)| *spelling == text).map(|(_, method)| *method);
        text.parse().ok().or_else(own)
    }

    /// The provider's word for a method, or byok's where it has none.
    #[must_use]
    pub fn spelling(&self, method: WrapMethod) -> String {
        self.spelling_under(method, None)
    }

    /// The same under a wrapping key of this size, in bits, for a provider whose words say the size.
    #[must_use]
    pub fn spelling_under(&self, method: WrapMethod, bits: Option<u32>) -> String {
        let suits = |spelling: &str| self.spelled_bits(spelling).zip(bits).is_none_or(|(said, bits)| said == bits);
        let mut own = self.spellings.iter().filter(|(_, meant)| *meant == method).map(|(spelling, _)| *spelling);
        own.find(|spelling| suits(spelling)).map_or_else(|| method.to_string(), str::to_owned)
    }

    /// What to type for a method under a wrapping key of this size: the provider's own word where the request to it names
    /// the method, else byok's. Azure and `OpenBao` are not asked for a method, and their words say half of it.
    #[must_use]
    pub fn to_type(&self, method: WrapMethod, bits: Option<u32>) -> String {
        if self.method_unnamed.is_some() { self.spelling_under(method, bits) } else { method.to_string() }
    }

    /// The size of the wrapping key, in bits, when one of the provider's own spellings says it as a part of its name.
    #[must_use]
    pub fn spelled_bits(&self, spelling: &str) -> Option<u32> {
        let (WrappingSizes::OneOf(sizes), true) =
            (self.wrapping_sizes, self.spellings.iter().any(|(own, _)| *own == spelling))
        else {
            return None;
        };
        let said = |size: &u32| spelling.split(['_', '-']).any(|part| part.parse() == Ok(*size));
        sizes.iter().copied().find(said)
    }

    /// Which rotation of the provider's key the import of a further version is, and how many are left after it, when
    /// `others` versions went there before; nothing where no limit is known.
    #[must_use]
    pub fn rotation(&self, spec: KeySpec, others: u32) -> Option<(u32, u32)> {
        let most = self.rotations.filter(|_| others > 0 && matches!(spec, KeySpec::Aes(_)))?;
        Some((others, most.saturating_sub(others)))
    }

    /// Refuses what was typed and means nothing to this provider.
    ///
    /// # Errors
    /// [`DestinationError::Unused`], for the first such option.
    pub fn check_options(&self, handout: &Handout, options: &Options) -> Result<(), DestinationError> {
        let unused = options::typed(handout, options).find(|option| !self.options.contains(option));
        unused.map_or(Ok(()), |option| Err(DestinationError::Unused { option: option.as_str(), provider: self.id }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::spec::{AesBits, HashAlg};

    #[test]
    fn rotations_are_counted_where_they_are_limited() {
        let aes = KeySpec::Aes(AesBits::B256);
        let aws = find("aws-kms").unwrap();
        assert_eq!(aws.rotation(aes, 0), None);
        assert_eq!(aws.rotation(aes, 1), Some((1, 24)));
        assert_eq!(aws.rotation(aes, 25), Some((25, 0)));
        assert_eq!(aws.rotation(aes, 26), Some((26, 0)));
        assert_eq!(aws.rotation(KeySpec::Hmac(HashAlg::Sha256), 3), None);
        assert_eq!(find("openbao").unwrap().rotation(aes, 3), None);
    }
}
