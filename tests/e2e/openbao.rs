//! The whole path to a real OpenBao, through the bundle's own `import.sh`, with proof that the imported key is the key.

mod apart;
mod places;
mod recipes;
mod revoked;
mod rotation;

use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD as BASE64, URL_SAFE_NO_PAD as BASE64_URL};
use serde_json::{Value, json};

use crate::bao::Bao;
use crate::schema::assert_valid;
use crate::token::Module;
use crate::use_key::use_key;
use crate::workplace::{Workplace, text};

const MESSAGE: &[u8] = b"the quick brown fox";
const WRAPPING_KEY: &str = "wrapping-key.json";
const HASHES: [&str; 3] = ["sha1", "sha256", "sha512"];

/// A token with a registry, and the server's wrapping key in a file, as a user fetches it.
struct Import {
    place: Workplace,
    server: &'static Bao,
    /// Keeps the server's keys of one test apart from those of another.
    test: &'static str,
}

/// A key version on both sides.
struct Imported {
    /// `NAME@1`, its label in the token.
    label: String,
    /// Its name at the server.
    target: String,
    /// The predicate of the bundle's manifest.
    predicate: Value,
}

#[test]
fn softhsm_secret_keys_arrive() {
    let import = Import::new("softhsm", Module::SoftHsm);
    for spec in ["aes-128", "aes-256", "hmac-sha256", "hmac-sha384", "hmac-sha512"] {
        for hash in HASHES {
            // SoftHSM knows OAEP with SHA-1 only; for others the host makes the ephemeral key.
            let (plan, exposure) = if hash == "sha1" { ("token-kek", "none") } else { ("host-kek", "ephemeral-kek") };
            import.prove(&import.arrive(spec, hash, plan, exposure), spec);
        }
    }
}

#[test]
fn softhsm_gives_no_key_away_without_consent() {
    let import = Import::new("consent", Module::SoftHsm);
    import.place.ok(&["generate", "k", "--type", "aes-256"]);
    let wrap = wrap_arguments("k", "rsa-aes-sha256", "k", "bundle");
    import.place.refused(5, &wrap);
    assert!(!import.place.path("bundle").exists());
    import.place.ok(&[&wrap[..], &["--allow-exposure", "ephemeral-kek"]].concat());
}

#[test]
fn softhsm_private_keys_stay() {
    let import = Import::new("padded", Module::SoftHsm);
    for spec in ["ec-p256", "rsa-2048", "ed25519"] {
        import.place.ok(&["generate", spec, "--type", spec]);
        let wrap = wrap_arguments(spec, "rsa-aes-sha1", spec, "bundle");
        let output = import.place.byok(&[&wrap[..], &["--allow-exposure", "ephemeral-kek"]].concat());
        assert!(!output.status.success(), "{spec}");
        assert!(!import.place.path("bundle").exists(), "{spec}");
    }
}

/// Without the zeros that this token adds, proven, and with everything said.
#[test]
fn softhsm_private_keys_arrive_by_way_of_the_host() {
    let import = Import::new("host", Module::SoftHsm);
    for (spec, hash) in [("ec-p256", "sha1"), ("ec-p384", "sha256"), ("ec-p521", "sha512"), ("rsa-2048", "sha256")] {
        let imported = import.arrive(spec, hash, "host-plaintext", "plaintext");
        import.prove(&imported, spec);
        assert_eq!(imported.predicate["wraps"][0]["contentProof"], json!(["public-key"]), "{spec}");
    }
}

#[test]
fn kryoptic_secret_keys_arrive() {
    let import = Import::new("kryoptic", Module::Kryoptic);
    for spec in ["aes-128", "aes-256", "hmac-sha256", "hmac-sha384", "hmac-sha512"] {
        import.arrive_inside_the_token(spec);
    }
}

#[test]
fn kryoptic_elliptic_keys_arrive() {
    let import = Import::new("elliptic", Module::Kryoptic);
    for spec in ["ec-p256", "ec-p384", "ec-p521", "ed25519"] {
        import.arrive_inside_the_token(spec);
    }
}

#[test]
fn kryoptic_rsa_keys_arrive() {
    let import = Import::new("rsa", Module::Kryoptic);
    for spec in ["rsa-2048", "rsa-4096"] {
        import.arrive_inside_the_token(spec);
    }
}

#[test]
fn without_a_method_the_strongest_that_shows_nothing_is_taken() {
    for (module, method) in [(Module::SoftHsm, "rsa-aes-sha1"), (Module::Kryoptic, "rsa-aes-sha512")] {
        let import = Import::new("method", module);
        import.place.ok(&["generate", "k", "--type", "aes-256"]);
        import.place.ok(&[
            "wrap-for-import",
            "k",
            "--provider",
            "openbao",
            "--wrapping-key",
            WRAPPING_KEY,
            "--out",
            "bundle",
        ]);
        let wrap = &import.place.predicate("bundle/manifest.dsse.json")["wraps"][0];
        assert_eq!((wrap["method"].as_str(), wrap["exposure"].as_str()), (Some(method), Some("none")));
    }
}

/// What the server answers about each kind of key, by its own client, confirms the import; what it answers about another
/// key does not.
#[test]
fn an_import_is_confirmed_by_the_servers_own_answer() {
    let import = Import::new("confirmed", Module::Kryoptic);
    let place = &import.place;
    let read = |target: &str, file: &str| {
        let answer = import.client("bao").args(["read", "-format=json", &format!("transit/keys/{target}")]).output();
        place.write(file, answer.unwrap().stdout);
    };
    let confirm = |label: &str, file: &str| {
        let words = ["confirm-import", label, "--provider", "openbao", "--evidence", file, "--json"];
        place.byok(&words.map(str::to_owned).each_ref().map(String::as_str))
    };
    for spec in ["aes-256", "hmac-sha256", "ec-p256", "ec-p384", "ec-p521", "ed25519", "rsa-2048"] {
        let imported = import.arrive(spec, "sha256", "token-kek", "none");
        read(&imported.target, "answer.json");
        let output = confirm(&imported.label, "answer.json");
        assert!(output.status.success(), "{spec}: {}", text(&output.stderr));
        let confirmed: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_valid(&confirmed);
        let is_pair = !spec.starts_with("aes") && !spec.starts_with("hmac");
        let same = if is_pair { json!(["public-key", "target", "type"]) } else { json!(["target", "type"]) };
        let placement = &confirmed["placement"];
        assert_eq!((&confirmed["state"], &placement["matches"]), (&json!("active"), &same), "{spec}");
        assert_eq!((&placement["resource"], &placement["providerKeyVersion"]), (&json!(imported.target), &json!("1")));
        // Once more: it is recorded, and nothing is added.
        let again: Value = serde_json::from_slice(&confirm(&imported.label, "answer.json").stdout).unwrap();
        assert_eq!(again["manifest"], confirmed["manifest"], "{spec}");
    }
    place.ok(&["verify", "registry", "--trust", "signer.pem"]);
    // Another key, made there or imported from elsewhere.
    import.arrive("ec-p256", "sha512", "token-kek", "none");
    read("confirmed-ec-p256-sha256", "answer.json");
    let said = text(&confirm("ec-p256-sha512@1", "answer.json").stderr);
    assert!(said.contains("E0772") && said.contains("the provider's public key has sha256"), "{said}");
    import.server.post("transit/keys/made-there", &json!({"type": "ecdsa-p256"})).unwrap();
    read("made-there", "answer.json");
    let said = text(&confirm("ec-p256-sha512@1", "answer.json").stderr);
    assert!(said.contains("E0770") && said.contains("the key was made there"), "{said}");
}

/// The server is a judge: it takes the blob with the right hash and with no other.
#[test]
fn the_server_refuses_a_wrong_hash() {
    let import = Import::new("wrong", Module::Kryoptic);
    let imported = import.arrive("aes-256", "sha256", "token-kek", "none");
    let ciphertext = std::fs::read_to_string(import.place.path("aes-256-sha256/ciphertext.b64")).unwrap();
    for (hash, taken) in [("SHA1", false), ("SHA512", false), ("SHA256", true)] {
        let path = format!("transit/keys/{}-{hash}/import", imported.target);
        let body = json!({"ciphertext": ciphertext.trim(), "hash_function": hash, "type": "aes256-gcm96"});
        let answer = import.server.post(&path, &body);
        assert_eq!(answer.is_ok(), taken, "{hash}: {answer:?}");
    }
}

/// The proof can fail: another key of the same token neither opens the ciphertext nor gives the same MAC.
#[test]
fn the_proof_tells_keys_apart() {
    let import = Import::new("other", Module::SoftHsm);
    let aes = import.arrive("aes-256", "sha1", "token-kek", "none");
    let hmac = import.arrive("hmac-sha256", "sha1", "token-kek", "none");
    import.place.ok(&["generate", "other-aes", "--type", "aes-256"]);
    import.place.ok(&["generate", "other-hmac", "--type", "hmac-sha256"]);
    let ciphertext = import.encrypted_by_server(&aes.target);
    assert!(import.use_key(&["other-aes@1", "decrypt"], ciphertext.as_bytes()).is_err());
    assert!(import.use_key(&[&aes.label, "decrypt"], ciphertext.as_bytes()).is_ok());
    let mac = import.use_key(&["other-hmac@1", "mac", "sha256"], MESSAGE).unwrap();
    assert_ne!(mac, import.use_key(&[&hmac.label, "mac", "sha256"], MESSAGE).unwrap());
}

impl Import {
    fn new(test: &'static str, module: Module) -> Self {
        let import = Self { place: Workplace::initialised(module), server: Bao::shared(), test };
        let answer = import.client("bao").args(["read", "-format=json", "transit/wrapping_key"]).output().unwrap();
        assert!(answer.status.success(), "{}", text(&answer.stderr));
        import.place.write(WRAPPING_KEY, answer.stdout);
        import
    }

    /// A program that may talk to the server.
    fn client(&self, program: &str) -> Command {
        let mut client = self.place.command(program);
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", Bao::folder().display());
        client.env("PATH", path).envs(self.server.env());
        client
    }

    /// A new key of this type for each hash, wrapped with nothing shown to the host, imported and proved.
    fn arrive_inside_the_token(&self, spec: &str) {
        for hash in HASHES {
            self.prove(&self.arrive(spec, hash, "token-kek", "none"), spec);
        }
    }

    /// Generates, wraps and imports; the manifest must name this plan and exposure.
    fn arrive(&self, spec: &str, hash: &str, plan: &str, exposure: &str) -> Imported {
        let name = format!("{spec}-{hash}");
        let target = format!("{}-{name}", self.test);
        let method = format!("rsa-aes-{hash}");
        self.place.ok(&["generate", &name, "--type", spec]);
        let mut wrap = wrap_arguments(&name, &method, &target, &name);
        if exposure != "none" {
            wrap.extend(["--allow-exposure", exposure]);
        }
        self.place.ok(&wrap);
        let output = self.client("sh").arg(format!("{name}/import.sh")).output().unwrap();
        assert!(output.status.success(), "{name}/import.sh: {}", text(&output.stderr));
        let predicate = self.place.predicate(format!("{name}/manifest.dsse.json"));
        let record = &predicate["wraps"][0];
        assert_eq!(record["method"], method);
        assert_eq!((&record["plan"], &record["exposure"]), (&json!(plan), &json!(exposure)), "{name}");
        assert_eq!(predicate["exposureEver"], exposure, "{name}");
        Imported { label: format!("{name}@1"), target, predicate }
    }

    fn prove(&self, imported: &Imported, spec: &str) {
        match spec.split_once('-') {
            Some(("aes", _)) => self.prove_encryption(imported),
            Some(("hmac", hash)) => self.prove_mac(imported, hash),
            Some(("ec", _)) => self.prove_signing(imported, "ecdsa"),
            Some(("rsa", _)) => self.prove_signing(imported, "rsa"),
            _ => self.prove_signing(imported, "ed25519"),
        }
    }

    /// What the server encrypted opens with the key in the token.
    fn prove_encryption(&self, imported: &Imported) {
        let ciphertext = self.encrypted_by_server(&imported.target);
        let opened = self.use_key(&[&imported.label, "decrypt"], ciphertext.as_bytes()).unwrap();
        assert_eq!(opened, MESSAGE, "{}", imported.label);
    }

    /// The server and the token compute the same MAC.
    fn prove_mac(&self, imported: &Imported, hash: &str) {
        let path = format!("transit/hmac/{}/{}", imported.target, hash.replace("sha", "sha2-"));
        let theirs = self.ask(&path, &json!({"input": BASE64.encode(MESSAGE)}), "hmac");
        let ours = self.use_key(&[&imported.label, "mac", hash], MESSAGE).unwrap();
        assert_eq!(theirs, format!("vault:v1:{}", text(&ours).trim()), "{}", imported.label);
    }

    /// The server's public key is the manifest's, and what the server signs verifies with the token's public half.
    fn prove_signing(&self, imported: &Imported, method: &str) {
        let key = self.server.get(&format!("transit/keys/{}", imported.target)).unwrap();
        let theirs = key["data"]["keys"]["1"]["public_key"].as_str().unwrap().trim().to_owned();
        let ours = imported.predicate["public"]["spkiPem"].as_str().unwrap().trim();
        assert_eq!(theirs, if method == "ed25519" { raw_ed25519(ours) } else { ours.to_owned() }, "{}", imported.label);

        let path = format!("transit/sign/{}/sha2-256", imported.target);
        let input = BASE64.encode(MESSAGE);
        // `jws` is r || s, which is what PKCS#11 takes.
        let body = match method {
            "ecdsa" => json!({"input": input, "marshaling_algorithm": "jws"}),
            "rsa" => json!({"input": input, "signature_algorithm": "pkcs1v15"}),
            _ => json!({"input": input}),
        };
        let answer = self.ask(&path, &body, "signature");
        let signature = answer.strip_prefix("vault:v1:").unwrap();
        let signature =
            if method == "ecdsa" { BASE64.encode(BASE64_URL.decode(signature).unwrap()) } else { signature.to_owned() };
        let verify = [imported.label.as_str(), "verify", method, &signature];
        self.use_key(&verify, MESSAGE).unwrap();
        self.use_key(&verify, b"another message").expect_err("a signature is for one message");
    }

    fn encrypted_by_server(&self, target: &str) -> String {
        let body = json!({"plaintext": BASE64.encode(MESSAGE)});
        self.ask(&format!("transit/encrypt/{target}"), &body, "ciphertext")
    }

    /// A text field of the server's answer.
    fn ask(&self, path: &str, body: &Value, field: &str) -> String {
        let answer = self.server.post(path, body).unwrap_or_else(|refusal| panic!("{path}: {refusal}"));
        answer["data"][field].as_str().unwrap().to_owned()
    }

    fn use_key(&self, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, String> {
        use_key(&self.place, arguments, input)
    }
}

fn wrap_arguments<'a>(name: &'a str, method: &'a str, target: &'a str, out: &'a str) -> Vec<&'a str> {
    vec![
        "wrap-for-import",
        name,
        "--provider",
        "openbao",
        "--wrapping-key",
        WRAPPING_KEY,
        "--method",
        method,
        "--target",
        target,
        "--out",
        out,
    ]
}

/// The last 32 bytes of an Ed25519 SubjectPublicKeyInfo (RFC 8410 section 4) in base64, as OpenBao shows the key.
fn raw_ed25519(pem: &str) -> String {
    let lines: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let spki = BASE64.decode(lines).unwrap();
    BASE64.encode(&spki[spki.len() - 32..])
}
