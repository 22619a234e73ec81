//! Google Cloud KMS, keys imported through an import job.
//!
//! Blob: `RSA-OAEP(ephemeral AES-256) || AES-KWP(key)`, or RSAES-OAEP of the key; MGF1 with the OAEP hash, empty label.

mod answer;
mod confirmation;
mod names;
mod revoke;
mod script;
mod way_back;

use super::destination::refused;
use super::{Accept, Destination, DestinationError, DestinationRequest, Note, Opt, Provider, Scope, WrappingSizes};
use crate::format::escape::{SHORT, printable};
use crate::key::method::WrapMethod;
use crate::key::spec::{AesBits, Curve, HashAlg, KeySpec, Purpose, RsaBits};
use names::{CRYPTO_KEYS, IMPORT_JOBS, Name, is_id};

const ID: &str = "google-cloud-kms";

pub(super) static GOOGLE_CLOUD_KMS: Provider = Provider {
    id: ID,
    aliases: &[],
    name: "Google Cloud KMS, import job",
    documentation: "https://cloud.google.com/kms/docs/importing-a-key",
    checked_on: "2026-11-21",
    wrapping_sizes: WrappingSizes::OneOf(&[3072, 4096]),
    options: &[Opt::ImportJob],
    scopes: &[Scope::Account, Scope::KeyRing],
    method_unnamed: Some("a bare key, without the JSON of its import job, does not say for which import method it is"),
    answer_names_method: true,
    notes: NOTES,
    accepts: ACCEPTS,
    spellings: SPELLINGS,
    read_challenge: answer::read_challenge,
    destination,
    read_confirmation: Some(confirmation::read),
    evidence: &[
        "gcloud kms keys versions describe N --key KEY --format json",
        "gcloud kms keys versions get-public-key N --key KEY --output-file FILE",
    ],
    answers_for_one_key: false,
    rotations: None,
    counts_up: false,
    way_back: way_back::way_back,
    package: script::package,
    revoke: revoke::revoke,
};

const OAEP: WrapMethod = WrapMethod::RsaOaep(HashAlg::Sha256);
const AES_SHA1: WrapMethod = WrapMethod::RsaAesKwp(HashAlg::Sha1);
const AES_SHA256: WrapMethod = WrapMethod::RsaAesKwp(HashAlg::Sha256);

/// `ImportMethod` of the API, and `--import-method` of gcloud. Each names the size of the job's key too.
const SPELLINGS: &[(&str, WrapMethod)] = &[
    ("RSA_OAEP_4096_SHA256", OAEP),
    ("RSA_OAEP_4096_SHA1_AES_256", AES_SHA1),
    ("RSA_OAEP_4096_SHA256_AES_256", AES_SHA256),
    ("RSA_OAEP_3072_SHA256", OAEP),
    ("RSA_OAEP_3072_SHA1_AES_256", AES_SHA1),
    ("RSA_OAEP_3072_SHA256_AES_256", AES_SHA256),
    ("rsa-oaep-4096-sha256", OAEP),
    ("rsa-oaep-4096-sha1-aes-256", AES_SHA1),
    ("rsa-oaep-4096-sha256-aes-256", AES_SHA256),
    ("rsa-oaep-3072-sha256", OAEP),
    ("rsa-oaep-3072-sha1-aes-256", AES_SHA1),
    ("rsa-oaep-3072-sha256-aes-256", AES_SHA256),
];

/// RSA keys do not go by OAEP alone.
const ANY: &[WrapMethod] = &[OAEP, AES_SHA1, AES_SHA256];
const RSA_AES: &[WrapMethod] = &[AES_SHA1, AES_SHA256];

const SIGN: &[Purpose] = &[Purpose::Sign];
const ENCRYPT: &[Purpose] = &[Purpose::Encrypt];
const MAC: &[Purpose] = &[Purpose::Mac];

/// `--algorithm` of `gcloud kms keys versions import` 528.0.0, without the post-quantum ones.
const ACCEPTS: &[Accept] = &[
    row(KeySpec::Aes(AesBits::B128), ENCRYPT, &["aes-128-gcm", "aes-128-cbc", "aes-128-ctr"], ANY),
    row(
        KeySpec::Aes(AesBits::B256),
        ENCRYPT,
        &["google-symmetric-encryption", "aes-256-gcm", "aes-256-cbc", "aes-256-ctr"],
        ANY,
    ),
    row(KeySpec::Hmac(HashAlg::Sha1), MAC, &["hmac-sha1"], ANY),
    row(KeySpec::Hmac(HashAlg::Sha224), MAC, &["hmac-sha224"], ANY),
    row(KeySpec::Hmac(HashAlg::Sha256), MAC, &["hmac-sha256"], ANY),
    row(KeySpec::Hmac(HashAlg::Sha384), MAC, &["hmac-sha384"], ANY),
    row(KeySpec::Hmac(HashAlg::Sha512), MAC, &["hmac-sha512"], ANY),
    row(KeySpec::Ec(Curve::P256), SIGN, &["ec-sign-p256-sha256"], ANY),
    row(KeySpec::Ec(Curve::P384), SIGN, &["ec-sign-p384-sha384"], ANY),
    row(KeySpec::Ec(Curve::Secp256k1), SIGN, &["ec-sign-secp256k1-sha256"], ANY),
    row(KeySpec::Ed25519, SIGN, &["ec-sign-ed25519"], ANY),
    row(
        KeySpec::Rsa(RsaBits::B2048),
        SIGN,
        &["rsa-sign-pss-2048-sha256", "rsa-sign-pkcs1-2048-sha256", "rsa-sign-raw-pkcs1-2048"],
        RSA_AES,
    ),
    row(
        KeySpec::Rsa(RsaBits::B2048),
        ENCRYPT,
        &["rsa-decrypt-oaep-2048-sha256", "rsa-decrypt-oaep-2048-sha1"],
        RSA_AES,
    ),
    row(
        KeySpec::Rsa(RsaBits::B3072),
        SIGN,
        &["rsa-sign-pss-3072-sha256", "rsa-sign-pkcs1-3072-sha256", "rsa-sign-raw-pkcs1-3072"],
        RSA_AES,
    ),
    row(
        KeySpec::Rsa(RsaBits::B3072),
        ENCRYPT,
        &["rsa-decrypt-oaep-3072-sha256", "rsa-decrypt-oaep-3072-sha1"],
        RSA_AES,
    ),
    row(
        KeySpec::Rsa(RsaBits::B4096),
        SIGN,
        &[
            "rsa-sign-pss-4096-sha256",
            "rsa-sign-pss-4096-sha512",
            "rsa-sign-pkcs1-4096-sha256",
            "rsa-sign-pkcs1-4096-sha512",
            "rsa-sign-raw-pkcs1-4096",
        ],
        RSA_AES,
    ),
    row(
        KeySpec::Rsa(RsaBits::B4096),
        ENCRYPT,
        &["rsa-decrypt-oaep-4096-sha256", "rsa-decrypt-oaep-4096-sha512", "rsa-decrypt-oaep-4096-sha1"],
        RSA_AES,
    ),
];

const fn row(
    spec: KeySpec,
    purposes: &'static [Purpose],
    algorithms: &'static [&'static str],
    methods: &'static [WrapMethod],
) -> Accept {
    Accept { spec, purposes, algorithms, methods }
}

const JOBS: &str = "https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.importJobs";
const FORMAT: &str = "https://docs.cloud.google.com/kms/docs/formatting-keys-for-import";
const GCLOUD: &str = "https://cloud.google.com/sdk/gcloud/reference/kms/keys/versions/import; gcloud 528.0.0";
const IMPORT: &str = "https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys.cryptoKeyVersions/import";
const FAILED: &str = "https://cloud.google.com/kms/docs/troubleshooting-failed-imports";
const NOT_TRIED: &str = "not documented, not tried";

const NOTES: &[Note] = &[
    Note::limit("An import job takes imports for three days, as many as wanted.", JOBS),
    Note::limit("The job's protection level must be the key's.", JOBS),
    Note::limit("gcloud looks for the job and the key in one key ring, and so does byok.", GCLOUD),
    Note::limit("A wrapped key has at most 64 KiB.", GCLOUD),
    Note::limit("No P-521; AES-128 only for raw encryption; an HMAC key is as long as its hash.", FORMAT),
    Note::limit("The import methods with HPKE (ML-KEM, X-Wing) are not supported by byok.", JOBS),
    Note::quirk(
        "An import goes on after its command has returned; a blob that cannot be unwrapped shows as IMPORT_FAILED. \
         import.sh waits for the state.",
        FAILED,
    ),
    Note::quirk(
        "An imported version is not the primary one by itself; import.sh makes it so for google-symmetric-encryption, \
         the only algorithm with a primary version.",
        "https://cloud.google.com/sdk/gcloud/reference/kms/keys/create",
    ),
    Note::quirk("The algorithm of a version need not be the default algorithm of its key.", IMPORT),
    Note::unconfirmed("Which of these algorithms the protection level HSM imports.", NOT_TRIED),
    Note::unconfirmed("Whether an EC private key without its public key inside PKCS#8 is taken.", NOT_TRIED),
];

const TARGET_RULE: &str = "a key is named by letters, digits, _ and -, at most 63, or in full by \
                           projects/PROJECT/locations/LOCATION/keyRings/KEY-RING/cryptoKeys/KEY";

/// The key stands in the key ring of the import job.
fn destination(request: &DestinationRequest<'_>) -> Result<Destination, DestinationError> {
    let job = request.challenge.resource.as_deref();
    let Some((job, name)) = job.and_then(|job| Some((job, Name::parse(job, IMPORT_JOBS)?))) else {
        return Err(refused("--import-job", job.unwrap_or_default(), "the job's full name is needed"));
    };
    let target = match request.options.target.as_deref() {
        Some(id) if is_id(id) => name.ring.key(id),
        Some(full) => match Name::parse(full, CRYPTO_KEYS) {
            Some(key) if key.ring == name.ring => full.to_owned(),
            Some(_) => {
                let (typed, answer) = (printable(full, SHORT), printable(job, SHORT));
                return Err(DestinationError::Contradiction { option: "--target", typed, answer });
            }
            None => return Err(refused("--target", full, TARGET_RULE)),
        },
        None if is_id(request.name.as_str()) => name.ring.key(request.name.as_str()),
        None => {
            let proposal = request.name.as_str().replace(['/', '.'], "-");
            let name = request.name.to_string();
            return Err(DestinationError::TargetMissing { name, rule: TARGET_RULE, proposal });
        }
    };
    Ok(Destination::new(Some(target)).with_account(Some(name.ring.project)))
}
