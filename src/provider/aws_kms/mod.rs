//! AWS KMS, keys with origin EXTERNAL.
//!
//! Blob: RSAES-OAEP of the key, or `RSA-OAEP(ephemeral AES-256) || AES-KWP(key)`, MGF1 with the OAEP hash, empty label.
//! The import token goes with it and into the bundle unchanged.

mod answer;
mod confirmation;
mod key_ref;
mod revoke;
mod script;
mod way_back;

use jiff::SignedDuration;

use super::destination::refused;
use super::{Accept, Destination, DestinationError, DestinationRequest, Note, Opt, Provider, Scope, WrappingSizes};
use crate::format::escape::{SHORT, printable};
use crate::key::method::WrapMethod;
use crate::key::spec::{AesBits, Curve, HashAlg, KeySpec, Purpose, RsaBits};
use key_ref::KeyRef;

const ID: &str = "aws-kms";
const TOKEN: &str = "ImportToken.bin";

pub(super) static AWS_KMS: Provider = Provider {
    id: ID,
    aliases: &[],
    name: "AWS KMS, imported key material",
    documentation: "https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys.html",
    checked_on: "2026-11-21",
    wrapping_sizes: WrappingSizes::OneOf(&[2048, 3072, 4096]),
    options: &[Opt::ImportToken, Opt::ValidTo],
    scopes: &[Scope::Account],
    method_unnamed: Some("an AWS answer does not say which wrapping algorithm it was asked for"),
    answer_names_method: false,
    notes: NOTES,
    accepts: ACCEPTS,
    spellings: SPELLINGS,
    read_challenge: answer::read_challenge,
    destination,
    read_confirmation: Some(confirmation::read),
    evidence: &["aws kms describe-key --key-id KEY", "aws kms get-public-key --key-id KEY"],
    answers_for_one_key: true,
    rotations: Some(25),
    counts_up: false,
    way_back: way_back::way_back,
    package: script::package,
    revoke: revoke::revoke,
};

const OAEP_SHA1: WrapMethod = WrapMethod::RsaOaep(HashAlg::Sha1);
const OAEP_SHA256: WrapMethod = WrapMethod::RsaOaep(HashAlg::Sha256);
const AES_SHA1: WrapMethod = WrapMethod::RsaAesKwp(HashAlg::Sha1);
const AES_SHA256: WrapMethod = WrapMethod::RsaAesKwp(HashAlg::Sha256);

/// `AlgorithmSpec` of the service's API model, without SM2PKE (China only) and the retired `RSAES_PKCS1_V1_5`.
const SPELLINGS: &[(&str, WrapMethod)] = &[
    ("RSAES_OAEP_SHA_1", OAEP_SHA1),
    ("RSAES_OAEP_SHA_256", OAEP_SHA256),
    ("RSA_AES_KEY_WRAP_SHA_1", AES_SHA1),
    ("RSA_AES_KEY_WRAP_SHA_256", AES_SHA256),
];

/// The API says that secret keys go by OAEP, RSA keys by RSA-AES, and EC keys by either.
const OAEP: &[WrapMethod] = &[OAEP_SHA1, OAEP_SHA256];
const RSA_AES: &[WrapMethod] = &[AES_SHA1, AES_SHA256];
const EITHER: &[WrapMethod] = &[OAEP_SHA1, OAEP_SHA256, AES_SHA1, AES_SHA256];

/// The algorithm is the `KeySpec` of the AWS key.
const ACCEPTS: &[Accept] = &[
    row(KeySpec::Aes(AesBits::B256), &[Purpose::Encrypt], &["SYMMETRIC_DEFAULT"], OAEP),
    row(KeySpec::Hmac(HashAlg::Sha224), &[Purpose::Mac], &["HMAC_224"], OAEP),
    row(KeySpec::Hmac(HashAlg::Sha256), &[Purpose::Mac], &["HMAC_256"], OAEP),
    row(KeySpec::Hmac(HashAlg::Sha384), &[Purpose::Mac], &["HMAC_384"], OAEP),
    row(KeySpec::Hmac(HashAlg::Sha512), &[Purpose::Mac], &["HMAC_512"], OAEP),
    row(KeySpec::Ec(Curve::P256), &[Purpose::Sign], &["ECC_NIST_P256"], EITHER),
    row(KeySpec::Ec(Curve::P384), &[Purpose::Sign], &["ECC_NIST_P384"], EITHER),
    row(KeySpec::Ec(Curve::P521), &[Purpose::Sign], &["ECC_NIST_P521"], EITHER),
    row(KeySpec::Ec(Curve::Secp256k1), &[Purpose::Sign], &["ECC_SECG_P256K1"], EITHER),
    row(KeySpec::Rsa(RsaBits::B2048), RSA, &["RSA_2048"], RSA_AES),
    row(KeySpec::Rsa(RsaBits::B3072), RSA, &["RSA_3072"], RSA_AES),
    row(KeySpec::Rsa(RsaBits::B4096), RSA, &["RSA_4096"], RSA_AES),
];

const RSA: &[Purpose] = &[Purpose::Sign, Purpose::Encrypt];

const fn row(
    spec: KeySpec,
    purposes: &'static [Purpose],
    algorithms: &'static [&'static str],
    methods: &'static [WrapMethod],
) -> Accept {
    Accept { spec, purposes, algorithms, methods }
}

const PARAMETERS: &str = "https://docs.aws.amazon.com/kms/latest/APIReference/API_GetParametersForImport.html";
const IMPORT: &str = "https://docs.aws.amazon.com/kms/latest/APIReference/API_ImportKeyMaterial.html";
const ROTATE: &str = "https://docs.aws.amazon.com/kms/latest/APIReference/API_RotateKeyOnDemand.html";
const DELETE: &str = "https://docs.aws.amazon.com/kms/latest/APIReference/API_DeleteImportedKeyMaterial.html";

const NOTES: &[Note] = &[
    Note::limit("Wrapping key and import token are a pair, valid for 24 hours.", PARAMETERS),
    Note::limit(
        "The AWS key must have origin EXTERNAL, in the caller's account, and not in a custom key store.",
        IMPORT,
    ),
    Note::limit(
        "The material of asymmetric and HMAC keys never changes: a new version needs a new AWS key. A symmetric key \
         takes new material up to 25 times, by rotate-key-on-demand.",
        ROTATE,
    ),
    Note::limit("--valid-to is at most 365 days ahead; AWS then deletes the material.", IMPORT),
    Note::limit("RSA_AES_KEY_WRAP is not offered in the China regions; byok does not speak SM2PKE.", PARAMETERS),
    Note::quirk(
        "Without an expiration model AWS wants an end of the material; import.sh always names the model.",
        IMPORT,
    ),
    Note::quirk(
        "A key decrypts only while every material that it ever had is there: keep every version re-importable.",
        IMPORT,
    ),
    Note::quirk(
        "The replicas of a multi-Region key take new material as EXISTING_KEY_MATERIAL, each under its own answer, \
         before the primary is rotated.",
        IMPORT,
    ),
    Note::quirk("delete-imported-key-material without --key-material-id deletes the current material.", DELETE),
    Note::quirk(
        "Nothing in the API shows that a symmetric key holds the same bytes as the token; importing the same material \
         again succeeds only with the same bytes.",
        "https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys.html",
    ),
    Note::unconfirmed(
        "Whether RSA_AES_KEY_WRAP is taken for symmetric and HMAC keys: the API text lists it for RSA and ECC only, so \
         byok does not offer it.",
        PARAMETERS,
    ),
    Note::unconfirmed("Whether Ed25519 private keys can be imported; byok does not offer it.", IMPORT),
    Note::unconfirmed(
        "That an HMAC key has exactly the bytes of its hash (28, 32, 48, 64): an emulator demands it.",
        "PyPI ministack 1.5.33",
    ),
    Note::unconfirmed(
        "Whether an EC private key without its public key inside PKCS#8 is taken.",
        "not documented, not tried",
    ),
];

const VALID_TO_RULE: &str = "the end of the material is after now and at most 365 days ahead";

/// The key comes from the answer; what was typed must be the same key.
fn destination(request: &DestinationRequest<'_>) -> Result<Destination, DestinationError> {
    let answer = request.challenge.resource.as_deref().and_then(KeyRef::parse);
    let typed = match request.options.target.as_deref() {
        None => None,
        Some(target) => Some(KeyRef::parse(target).ok_or_else(|| refused("--target", target, key_ref::RULE))?),
    };
    let target = match (answer, typed) {
        (Some(answer), Some(typed)) if !answer.agrees(&typed) => {
            return Err(DestinationError::Contradiction {
                option: "--target",
                typed: printable(typed.text, SHORT),
                answer: printable(answer.text, SHORT),
            });
        }
        (Some(answer), Some(typed)) if typed.is_arn() && !answer.is_arn() => typed,
        (Some(key), _) | (None, Some(key)) => key,
        (None, None) => {
            let proposal = "arn:aws:kms:REGION:ACCOUNT:key/KEY-ID".to_owned();
            let name = request.name.to_string();
            return Err(DestinationError::TargetMissing { name, rule: key_ref::RULE, proposal });
        }
    };
    let destination = Destination::new(Some(target.text.to_owned())).with_account(target.account());
    let Some(end) = request.options.valid_to else { return Ok(destination) };
    let latest = request.now.checked_add(SignedDuration::from_hours(365 * 24));
    if end <= request.now || latest.is_ok_and(|latest| end > latest) {
        return Err(refused("--valid-to", &end.to_string(), VALID_TO_RULE));
    }
    Ok(destination.with_valid_to(end))
}
