//! Azure Managed HSM.

use super::azure::{
    OPTIONS, SPELLINGS, Service, WRAPPING_SIZES, confirmation, destination, notes, package, read, revoke, row, way_back,
};
use super::{Accept, Challenge, ChallengeError, Confirmation, ConfirmationRequest, Handout, Note, Provider, Scope};
use crate::key::spec::{AesBits, Curve, KeySpec, Purpose, RsaBits};

pub(super) static AZURE_MANAGED_HSM: Provider = Provider {
    id: Service::ManagedHsm.id(),
    aliases: &[],
    name: "Azure Managed HSM",
    documentation: "https://learn.microsoft.com/azure/key-vault/managed-hsm/hsm-protected-keys-byok",
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
    evidence: &["az keyvault key show --hsm-name HSM --name KEY"],
    answers_for_one_key: false,
    rotations: None,
    counts_up: false,
    way_back,
    package,
    revoke,
};

const NOTES: &[Note] = &[
    notes::KEK,
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
    row(KeySpec::Aes(AesBits::B128), AES, &["oct-HSM"]),
    row(KeySpec::Aes(AesBits::B192), AES, &["oct-HSM"]),
    row(KeySpec::Aes(AesBits::B256), AES, &["oct-HSM"]),
    row(KeySpec::Ec(Curve::P256), &[Purpose::Sign], &["P-256"]),
    row(KeySpec::Ec(Curve::P384), &[Purpose::Sign], &["P-384"]),
    row(KeySpec::Ec(Curve::P521), &[Purpose::Sign], &["P-521"]),
    row(KeySpec::Ec(Curve::Secp256k1), &[Purpose::Sign], &["P-256K"]),
    row(KeySpec::Rsa(RsaBits::B2048), RSA, &["RSA-HSM"]),
    row(KeySpec::Rsa(RsaBits::B3072), RSA, &["RSA-HSM"]),
    row(KeySpec::Rsa(RsaBits::B4096), RSA, &["RSA-HSM"]),
];

const AES: &[Purpose] = &[Purpose::Encrypt, Purpose::Wrap];
const RSA: &[Purpose] = &[Purpose::Sign, Purpose::Encrypt, Purpose::Wrap];

fn read_challenge(handout: &Handout) -> Result<Challenge, ChallengeError> {
    read(handout, &AZURE_MANAGED_HSM, Service::ManagedHsm)
}

fn read_confirmation(request: &ConfirmationRequest<'_>) -> Result<Confirmation, ChallengeError> {
    confirmation::read(request, Service::ManagedHsm)
}
