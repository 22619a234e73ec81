//! `import`: keys that exist as files begin a governed life in a token, and go on to clouds from there.

mod forms;
mod refused;
mod wrapped;

use serde_json::Value;

use crate::schema::assert_valid;
use crate::token::Module;
use crate::workplace::{WRAPPING_KEY, Workplace, assert_success};

/// Types of pairs, and the words for openssl's genpkey.
const PAIRS: [(&str, &str); 8] = [
    ("ec-p256", "EC -pkeyopt ec_paramgen_curve:P-256"),
    ("ec-p384", "EC -pkeyopt ec_paramgen_curve:P-384"),
    ("ec-p521", "EC -pkeyopt ec_paramgen_curve:P-521"),
    ("ec-secp256k1", "EC -pkeyopt ec_paramgen_curve:secp256k1"),
    ("ed25519", "ed25519"),
    ("rsa-2048", "RSA -pkeyopt rsa_keygen_bits:2048"),
    ("rsa-3072", "RSA -pkeyopt rsa_keygen_bits:3072"),
    ("rsa-4096", "RSA -pkeyopt rsa_keygen_bits:4096"),
];
/// Types of secret keys, and their lengths.
const SECRETS: [(&str, u8); 8] = [
    ("aes-128", 16),
    ("aes-192", 24),
    ("aes-256", 32),
    ("hmac-sha1", 20),
    ("hmac-sha224", 28),
    ("hmac-sha256", 32),
    ("hmac-sha384", 48),
    ("hmac-sha512", 64),
];

impl Workplace {
    pub(super) fn openssl(&self, line: &str) -> Vec<u8> {
        let output = self.command("openssl").args(line.split(' ')).output().unwrap();
        assert_success(&output, line);
        output.stdout
    }

    /// A private key of this type in `FILE`, PKCS#8 in PEM.
    pub(super) fn private_key(&self, kind: &str, file: &str) {
        let words = PAIRS.iter().find(|(name, _)| *name == kind).unwrap().1;
        self.openssl(&format!("genpkey -quiet -algorithm {words} -out {file}"));
    }

    /// The document of an import, which keeps to its schema.
    pub(super) fn imported(&self, words: &str) -> Value {
        let words: Vec<&str> = ["import"].into_iter().chain(words.split(' ')).chain(["--json"]).collect();
        let document = serde_json::from_str(&self.ok(&words)).unwrap();
        assert_valid(&document);
        document
    }
}

/// Bytes that no other test has, and that are not alike.
pub(super) fn secret(length: u8) -> Vec<u8> {
    (0..length).map(|at| at.wrapping_mul(37) ^ 0xa5 ^ length).collect()
}

/// Recorded as what it is: from outside, seen, compared.
fn assert_recorded(place: &Workplace, document: &Value, route: &str, proof: &[&str]) {
    let key = &document["key"];
    assert_eq!((&key["origin"]["kind"], &key["exposureEver"]), (&"imported".into(), &"plaintext".into()), "{key:#}");
    let import = &key["origin"]["import"];
    assert_eq!((&import["form"], &import["exposure"]), (&"file".into(), &"plaintext".into()), "{import:#}");
    assert_eq!(import["route"], route, "{import:#}");
    let found: Vec<&str> = import["contentProof"].as_array().unwrap().iter().map(|by| by.as_str().unwrap()).collect();
    assert!(proof.iter().all(|by| found.contains(by)), "{found:?}, not {proof:?}");
    assert_eq!(key["custody"]["attrs"]["local"], false);
    assert_eq!(key["custody"]["attrs"]["sensitive"], true);
    let id = document["id"].as_str().unwrap();
    assert_eq!(place.predicate(format!("registry/keys/{id}/manifest-0001.dsse.json"))["origin"], key["origin"]);
}

/// The public half of a file is the one that the manifest names.
fn assert_public(place: &Workplace, document: &Value, file: &str) {
    let pem = place.openssl(&format!("pkey -in {file} -pubout"));
    assert_eq!(document["key"]["public"]["spkiPem"].as_str().unwrap().as_bytes(), pem);
}

/// What the token gives out afterwards is the key: this host recognises it before it wraps it.
fn assert_wraps(place: &Workplace, name: &str) {
    let words = "--provider generic --wrapping-key wrapping.pem --method rsa-aes-sha256 --allow-exposure plaintext";
    let out = format!("{name}.bundle");
    let words: Vec<&str> = ["wrap-for-import", name, "--out", &out].into_iter().chain(words.split(' ')).collect();
    place.ok(&words);
    place.ok(&["verify", &out, "--trust", "signer.pem"]);
}

fn pairs(module: Module) {
    let place = Workplace::initialised(module);
    place.write("wrapping.pem", WRAPPING_KEY);
    for (kind, _) in PAIRS {
        place.private_key(kind, "key.pem");
        if module == Module::Kryoptic && kind == "ec-secp256k1" {
            // It knows no such curve.
            assert!(place.refused(5, &["import", kind, "key.pem"]).contains("[E0523]"));
            continue;
        }
        let document = place.imported(&format!("{kind} key.pem"));
        assert_eq!(document["key"]["keyType"], kind);
        // SoftHSM 2.6.1 unwraps no Ed25519 keys, and wraps none.
        let created = module == Module::SoftHsm && kind == "ed25519";
        let route = if created { "create-object" } else { "unwrap-under-session-key" };
        assert_recorded(&place, &document, route, &["public-key"]);
        assert_public(&place, &document, "key.pem");
        if !created {
            assert_wraps(&place, kind);
        }
    }
    place.ok(&["verify", "registry", "--trust", "signer.pem"]);
}

#[test]
fn softhsm_takes_every_pair() {
    pairs(Module::SoftHsm);
}

#[test]
fn kryoptic_takes_every_pair() {
    pairs(Module::Kryoptic);
}

#[test]
fn every_secret_key_goes_in() {
    for module in Module::ALL {
        let place = Workplace::initialised(module);
        place.write("wrapping.pem", WRAPPING_KEY);
        for (kind, length) in SECRETS {
            place.write("key.bin", secret(length));
            let document = place.imported(&format!("{kind} key.bin --type {kind}"));
            assert_recorded(&place, &document, "unwrap-under-session-key", &["known-answer"]);
            // SoftHSM 2.6.1 pads keys whose length is no multiple of eight before it wraps them.
            if length % 8 == 0 || module == Module::Kryoptic {
                assert_wraps(&place, kind);
            }
        }
        place.ok(&["verify", "registry", "--trust", "signer.pem"]);
        let list: Value = serde_json::from_str(&place.ok(&["list", "--json"])).unwrap();
        let exposures = list["keys"].as_array().unwrap().iter().map(|key| key["exposureEver"].as_str().unwrap());
        assert!(exposures.clone().count() == SECRETS.len() && exposures.into_iter().all(|it| it == "plaintext"));
        let show = place.ok(&["show", "aes-256"]);
        assert!(show.contains("(imported)") && show.contains("exposure       plaintext so far"), "{show}");
    }
}

/// A key is compared by what its purpose lets it do, and may do nothing else.
#[test]
fn every_purpose_is_compared_by_itself() {
    for module in Module::ALL {
        let place = Workplace::initialised(module);
        place.private_key("rsa-2048", "rsa.pem");
        place.write("aes.bin", secret(32));
        for (words, proof) in [
            ("r1 rsa.pem --purpose sign", "public-key"),
            ("r2 rsa.pem --purpose encrypt", "public-key"),
            ("r3 rsa.pem --purpose wrap", "public-key"),
            ("a1 aes.bin --type aes-256 --purpose encrypt", "known-answer"),
            ("a2 aes.bin --type aes-256 --purpose mac", "fingerprint"),
            ("a3 aes.bin --type aes-256 --purpose wrap", "known-answer"),
        ] {
            let document = place.imported(words);
            assert_recorded(&place, &document, "unwrap-under-session-key", &[proof]);
        }
        assert!(place.refused(2, &["import", "r4", "rsa.pem", "--purpose", "mac"]).contains("[E0214]"));
    }
}
