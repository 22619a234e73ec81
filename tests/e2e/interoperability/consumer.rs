//! The receiving sides: what they hand out, and what they say of what they are given.

use std::path::Path;
use std::process::Output;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use byok::key::method::WrapMethod;
use byok::key::spec::{Curve, HashAlg, KeySpec};
use byok::provider::Provider;
use serde_json::{Value, json};

use super::known::{Known, MESSAGE, bare};
use super::opener::Opener;
use crate::bao::Bao;
use crate::clouds::ministack::Ministack;
use crate::clouds::standin::{StandIn, VAULT};
use crate::use_key::use_key;
use crate::workplace::{Workplace, text};

pub(super) const ANSWER: &str = "answer";
const RING: &str = "--location europe-west3 --keyring ring";

/// The side that takes the bundles of one provider.
#[derive(Debug)]
pub(super) enum Consumer {
    Aws(&'static Ministack),
    Azure(StandIn, &'static str),
    Google(StandIn),
    Generic(Opener),
    OpenBao(&'static Bao),
}

/// What is asked for, and under which name on the other side.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// The key's name in the registry.
    pub(super) name: String,
    pub(super) spec: KeySpec,
    pub(super) method: WrapMethod,
    pub(super) target: String,
}

/// How a key that was taken compares.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Taken {
    /// It is the key in the token.
    Equal,
    /// Nothing that the service answers tells which key it is.
    NotComparable,
}

impl Consumer {
    pub(super) fn of(provider: &Provider, place: &Workplace) -> Self {
        match provider.id {
            "aws-kms" => Self::Aws(Ministack::shared()),
            "azure-key-vault" => Self::azure(place, "--vault-name"),
            "azure-managed-hsm" => Self::azure(place, "--hsm-name"),
            "generic" => Self::Generic(Opener::start(place)),
            "google-cloud-kms" => Self::Google(StandIn::new()),
            "openbao" => Self::open_bao(place),
            other => panic!("{other} has no receiving side in the tests"),
        }
    }

    /// What it is, for the document.
    pub(super) fn described(provider: &Provider) -> &'static str {
        match provider.id {
            "aws-kms" => {
                "ministack 1.5.33, an emulator that unwraps for real, driven by the AWS CLI through `import.sh`. Public \
                 keys and MACs are compared. That a symmetric key is the same cannot be proven through the API of AWS: \
                 the test sees that it is taken and enabled, and compares the emulator's own `KeyMaterialId`."
            }
            "azure-key-vault" | "azure-managed-hsm" | "google-cloud-kms" => {
                "the stand-in of `tests/standin` behind `import.sh`: a strict reading of what the service documents, not \
                 the service. The bytes of secret keys and the public keys are compared."
            }
            "generic" => {
                "`tests/standin/opener.py`, a strict reader written with Python `cryptography`. The bytes of secret keys \
                 and the public keys are compared."
            }
            _ => {
                "OpenBao 2.7.2, the real server, through `import.sh`. The token opens what the server encrypted; MACs and \
                 public keys are compared."
            }
        }
    }

    fn azure(place: &Workplace, whose: &'static str) -> Self {
        let service = StandIn::new();
        let create =
            format!("az keyvault key create {whose} {VAULT} --name KEK --kty RSA-HSM --size 2048 --ops import");
        service.ok(&create);
        place.write(ANSWER, service.ok(&format!("az keyvault key show {whose} {VAULT} --name KEK")));
        Self::Azure(service, if whose == "--hsm-name" { "managedhsm" } else { "vault" })
    }

    fn open_bao(place: &Workplace) -> Self {
        let server = Bao::shared();
        let answer = server.get("transit/wrapping_key").expect("a wrapping key");
        place.write(ANSWER, answer.to_string());
        Self::OpenBao(server)
    }

    /// Puts what the provider hands out into the workplace; the options that go with it.
    pub(super) fn ask(&self, place: &Workplace, asked: &Asked) -> Vec<String> {
        let options: &[&str] = match self {
            Self::Generic(_) => return words(&["--wrapping-key", "public.pem"]),
            Self::Aws(aws) => {
                ask_aws(aws, place, asked);
                &[]
            }
            Self::Google(service) => {
                ask_google(service, place, asked);
                &["--target", &asked.target]
            }
            Self::Azure(..) | Self::OpenBao(_) => &["--target", &asked.target],
        };
        words(&[&["--wrapping-key", ANSWER][..], options].concat())
    }

    /// Imports a bundle; how it compares, or why it is not taken.
    pub(super) fn take(
        &mut self,
        place: &Workplace,
        asked: &Asked,
        bundle: &str,
        known: &Known,
    ) -> Result<Taken, String> {
        let folder = place.path(bundle);
        match self {
            Self::Generic(opener) => {
                same(&opener.open(asked.spec, &asked.method.to_string(), &folder.join("wrapped-key.bin")), known)
            }
            Self::Azure(service, kind) => {
                run(&service.import(&folder))?;
                same(&service.kept(format!("azure/{VAULT}.{kind}.azure.net/{}/0001", asked.target)), known)
            }
            Self::Google(service) => {
                let run = run(&service.import(&folder));
                let kept = service.kept(format!("{}/cryptoKeys/{}/cryptoKeyVersions/1", ring(), asked.target));
                run.map_err(|said| format!("{said}{}", kept["importFailureReason"]))?;
                same(&kept, known)
            }
            Self::Aws(aws) => take_aws(aws, &folder, place, asked, known),
            Self::OpenBao(server) => take_open_bao(server, &folder, place, asked, known),
        }
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn run(output: &Output) -> Result<(), String> {
    if output.status.success() { Ok(()) } else { Err(text(&output.stderr)) }
}

/// What the stand-in kept is the key.
fn same(kept: &Value, known: &Known) -> Result<Taken, String> {
    let equal = match known {
        Known::Aes(material) | Known::Hmac(material, _) => kept["material"] == hex::encode(material),
        Known::Public(public) => kept["public"].as_str().map(bare).as_ref() == Some(public),
    };
    if equal { Ok(Taken::Equal) } else { Err(format!("another key: {kept}")) }
}

fn ask_aws(aws: &Ministack, place: &Workplace, asked: &Asked) {
    let spec = aws_spec(asked.spec);
    let usage = match asked.spec {
        _ if spec == "SYMMETRIC_DEFAULT" => "ENCRYPT_DECRYPT",
        KeySpec::Hmac(_) => "GENERATE_VERIFY_MAC",
        _ => "SIGN_VERIFY",
    };
    let key = json!({"Origin": "EXTERNAL", "KeySpec": spec, "KeyUsage": usage});
    let key = aws.call("create_key", &key).expect("a key without material");
    // Not every key on a curve fits into OAEP under RSA-2048.
    let size = if matches!(asked.spec, KeySpec::Ec(_)) { "RSA_3072" } else { "RSA_2048" };
    let parameters = json!({
        "KeyId": key["KeyMetadata"]["Arn"],
        "WrappingAlgorithm": aws_method(asked.method),
        "WrappingKeySpec": size,
    });
    let answer = aws.call("get_parameters_for_import", &parameters).expect("an import token");
    place.write(ANSWER, answer.to_string());
}

/// `KeySpec` of <https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html>; what is not in the list is
/// refused before it matters.
fn aws_spec(spec: KeySpec) -> String {
    match spec {
        KeySpec::Rsa(_) => spec.to_string().replace("rsa-", "RSA_"),
        KeySpec::Hmac(hash) if hash != HashAlg::Sha1 => format!("HMAC_{}", 8 * hash.digest_bytes()),
        KeySpec::Ec(Curve::Secp256k1) => "ECC_SECG_P256K1".to_owned(),
        KeySpec::Ec(_) => spec.to_string().replace("ec-p", "ECC_NIST_P"),
        KeySpec::Aes(_) | KeySpec::Hmac(_) | KeySpec::Ed25519 => "SYMMETRIC_DEFAULT".to_owned(),
    }
}

fn aws_method(method: WrapMethod) -> &'static str {
    match method {
        WrapMethod::RsaOaep(HashAlg::Sha1) => "RSAES_OAEP_SHA_1",
        WrapMethod::RsaOaep(_) => "RSAES_OAEP_SHA_256",
        WrapMethod::RsaAesKwp(HashAlg::Sha1) => "RSA_AES_KEY_WRAP_SHA_1",
        WrapMethod::RsaAesKwp(_) => "RSA_AES_KEY_WRAP_SHA_256",
    }
}

fn take_aws(aws: &Ministack, bundle: &Path, place: &Workplace, asked: &Asked, known: &Known) -> Result<Taken, String> {
    let answer: Value = serde_json::from_slice(&std::fs::read(place.path(ANSWER)).unwrap()).unwrap();
    let key = &answer["KeyId"];
    let ran = aws.run(&["sh", bundle.join("import.sh").to_str().unwrap()], &place.path(""));
    if !ran.success {
        return Err(ran.stderr);
    }
    match (known, asked.spec) {
        (Known::Public(public), _) => {
            let theirs = aws.call("get_public_key", &json!({"KeyId": key}))?;
            if theirs["PublicKey"] == **public { Ok(Taken::Equal) } else { Err(format!("another key: {theirs}")) }
        }
        (Known::Hmac(_, mac), KeySpec::Hmac(hash)) => {
            let algorithm = format!("HMAC_SHA_{}", 8 * hash.digest_bytes());
            let message = json!({"base64": BASE64.encode(MESSAGE)});
            let theirs =
                aws.call("generate_mac", &json!({"KeyId": key, "MacAlgorithm": algorithm, "Message": message}))?;
            if theirs["Mac"] == **mac { Ok(Taken::Equal) } else { Err(format!("another key: {theirs}")) }
        }
        (Known::Aes(material), _) => {
            let described = &aws.call("describe_key", &json!({"KeyId": key}))?["KeyMetadata"];
            let id = emulated_material_id(material, described["KeyId"].as_str().expect("a key id"));
            let taken = described["KeyState"] == "Enabled" && described["CurrentKeyMaterialId"] == id;
            if taken { Ok(Taken::NotComparable) } else { Err(format!("not taken: {described}")) }
        }
        other => panic!("{other:?}"),
    }
}

/// The emulator's formula; that of AWS is not published.
fn emulated_material_id(material: &[u8], key_id: &str) -> String {
    use hmac::{Hmac, KeyInit, Mac};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(material).unwrap();
    mac.update(format!("ministack:kms:key-material-id:{key_id}").as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

fn ring() -> String {
    format!("google/projects/{}/locations/europe-west3/keyRings/ring", crate::clouds::standin::PROJECT)
}

/// An import job of each method is made once; a key for each cell.
fn ask_google(service: &StandIn, place: &Workplace, asked: &Asked) {
    let job = format!("job-{}", asked.method);
    // Both sizes that Google has: one for what is wrapped in two steps, one for the rest.
    let method = match asked.method {
        WrapMethod::RsaAesKwp(hash) => format!("rsa-oaep-4096-{}-aes-256", hash.as_str()),
        WrapMethod::RsaOaep(hash) => format!("rsa-oaep-3072-{}", hash.as_str()),
    };
    if !service.has(format!("{}/importJobs/{job}", ring())) {
        service
            .ok(&format!("gcloud kms import-jobs create {job} {RING} --import-method {method} --protection-level hsm"));
    }
    place.write(ANSWER, service.ok(&format!("gcloud kms import-jobs describe {job} {RING} --format json")));
    if let Some((purpose, algorithm)) = google_purpose(asked.spec) {
        service.ok(&format!(
            "gcloud kms keys create {} {RING} --purpose {purpose} --default-algorithm {algorithm} --protection-level hsm \
             --skip-initial-version-creation --import-only",
            asked.target
        ));
    }
}

/// <https://cloud.google.com/kms/docs/algorithms>; `None` where Google knows no such key.
fn google_purpose(spec: KeySpec) -> Option<(&'static str, String)> {
    let signing = |algorithm: &str| Some(("asymmetric-signing", algorithm.to_owned()));
    match spec {
        KeySpec::Aes(bits) => match bits.bits() {
            256 => Some(("encryption", "google-symmetric-encryption".to_owned())),
            128 => Some(("raw-encryption", "aes-128-gcm".to_owned())),
            _ => None,
        },
        KeySpec::Hmac(hash) => Some(("mac", format!("hmac-{}", hash.as_str()))),
        KeySpec::Rsa(bits) => signing(&format!("rsa-sign-pss-{}-sha256", bits.bits())),
        KeySpec::Ec(Curve::P256) => signing("ec-sign-p256-sha256"),
        KeySpec::Ec(Curve::P384) => signing("ec-sign-p384-sha384"),
        KeySpec::Ec(Curve::Secp256k1) => signing("ec-sign-secp256k1-sha256"),
        KeySpec::Ec(Curve::P521) => None,
        KeySpec::Ed25519 => signing("ec-sign-ed25519"),
    }
}

fn take_open_bao(
    server: &Bao,
    bundle: &Path,
    place: &Workplace,
    asked: &Asked,
    known: &Known,
) -> Result<Taken, String> {
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", Bao::folder().display());
    let mut script = place.command("sh");
    run(&script.arg(bundle.join("import.sh")).env("PATH", path).envs(server.env()).output().expect("a shell"))?;
    let target = &asked.target;
    let input = BASE64.encode(MESSAGE);
    let equal = match known {
        Known::Aes(_) => {
            let answer = server.post(&format!("transit/encrypt/{target}"), &json!({"plaintext": input}))?;
            let sealed = answer["data"]["ciphertext"].as_str().expect("a ciphertext");
            let label = format!("{}@1", asked.name);
            use_key(place, &[&label, "decrypt"], sealed.as_bytes()).is_ok_and(|opened| opened == MESSAGE)
        }
        Known::Hmac(_, mac) => {
            let hash = asked.spec.to_string().replace("hmac-sha", "sha2-");
            let answer = server.post(&format!("transit/hmac/{target}/{hash}"), &json!({"input": input}))?;
            answer["data"]["hmac"] == format!("vault:v1:{mac}")
        }
        Known::Public(public) => {
            let key = server.get(&format!("transit/keys/{target}"))?;
            let theirs = bare(key["data"]["keys"]["1"]["public_key"].as_str().expect("a public key"));
            theirs == if asked.spec == KeySpec::Ed25519 { raw_ed25519(public) } else { public.clone() }
        }
    };
    if equal { Ok(Taken::Equal) } else { Err(format!("{target} is another key")) }
}

/// The last 32 bytes of an Ed25519 `SubjectPublicKeyInfo` (RFC 8410 section 4), as OpenBao shows the key.
fn raw_ed25519(public: &str) -> String {
    let spki = BASE64.decode(public).unwrap();
    BASE64.encode(&spki[spki.len() - 32..])
}
