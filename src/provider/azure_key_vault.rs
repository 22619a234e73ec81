//! Azure Key Vault, Premium tier.

use super::azure::{
    OPTIONS, SPELLINGS, Service, WRAPPING_SIZES, confirmation, destination, notes, package, read, revoke, row, way_back,
};
use super::{Accept, Challenge, ChallengeError, Confirmation, ConfirmationRequest, Handout, Note, Provider, Scope};
use crate::key::spec::{Curve, KeySpec, Purpose, RsaBits};

pub(super) static AZURE_KEY_VAULT: Provider = Provider {
    id: Service::KeyVault.id(),
    aliases: &[],
    name: "Azure Key Vault Premium",
    documentation: "https://learn.microsoft.com/azure/key-vault/keys/byok-specification",
    checked_on: "2026-11-22",
    wrapping_sizes: WRAPPING_SIZES,
    options: OPTIONS,
    scopes: &[Scope::Vault],
    method_unnamed: None,
    answer_names_method: false,
    notes: NOTES,
    accepts: ACCEPTS,
    spellings: SPELLINGS,
    read_challenge,
    destination,
    read_confirmation: Some(read_confirmation),
    evidence: &["az keyvault key show --vault-name VAULT --name KEY"],
    answers_for_one_key: false,
    rotations: None,
    counts_up: false,
    way_back,
    package,
    revoke,
};

const NOTES: &[Note] = &[
    notes::KEK,
    notes::PREMIUM,
    notes::NO_SYMMETRIC,
    notes::TDE,
    notes::LUNA,
    notes::SHA1,
    notes::VERSIONS,
    notes::ROTATE,
    notes::SPELLING,
    notes::PEM,
    notes::HSMS,
    notes::EC_FORM,
    notes::KEK_TIMES,
];

/// `kty` of the key there or, for EC-HSM, its `crv`.
const ACCEPTS: &[Accept] = &[
    row(KeySpec::Ec(Curve::P256), &[Purpose::Sign], &["P-256"]),
    row(KeySpec::Ec(Curve::P384), &[Purpose::Sign], &["P-384"]),
    row(KeySpec::Ec(Curve::P521), &[Purpose::Sign], &["P-521"]),
    row(KeySpec::Ec(Curve::Secp256k1), &[Purpose::Sign], &["P-256K"]),
    row(KeySpec::Rsa(RsaBits::B2048), RSA, &["RSA-HSM"]),
    row(KeySpec::Rsa(RsaBits::B3072), RSA, &["RSA-HSM"]),
    row(KeySpec::Rsa(RsaBits::B4096), RSA, &["RSA-HSM"]),
];

const RSA: &[Purpose] = &[Purpose::Sign, Purpose::Encrypt, Purpose::Wrap];

fn read_challenge(handout: &Handout) -> Result<Challenge, ChallengeError> {
    read(handout, &AZURE_KEY_VAULT, Service::KeyVault)
}

fn read_confirmation(request: &ConfirmationRequest<'_>) -> Result<Confirmation, ChallengeError> {
    confirmation::read(request, Service::KeyVault)
}
