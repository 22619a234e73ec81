//! The whole path to AWS KMS by its own CLI, to an emulator that unwraps for real; every type and method is in
//! `interoperability`.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use byok::key::spec::{AesBits, KeySpec, Purpose};
use byok::provider::{DestinationRequest, Handout, ImportFile, Options, PackageRequest, Source, accept_for};
use serde_json::{Value, json};

use crate::clouds::ministack::Ministack;
use crate::clouds::parsers;
use crate::token::Module;
use crate::use_key::use_key;
use crate::workplace::{WRAPPING_KEY, Workplace};

const MESSAGE: &[u8] = b"the quick brown fox";

/// A token with a registry, and AWS.
struct Import {
    place: Workplace,
    aws: &'static Ministack,
}

/// What `import.sh` came to.
type Imported = Result<(), String>;

impl Import {
    fn new(module: Module) -> Self {
        Self { place: Workplace::initialised(module), aws: Ministack::shared() }
    }

    /// `aws` as a user types it; its standard output.
    fn cli(&self, words: &str) -> String {
        let words: Vec<&str> = ["aws", "kms"].into_iter().chain(words.split(' ')).collect();
        let ran = self.aws.run(&words, &self.place.path(""));
        assert!(ran.success, "{words:?}: {}", ran.stderr);
        ran.stdout
    }

    /// A key without material; its ARN.
    fn key(&self, spec: &str, usage: &str) -> String {
        let parameters = json!({"Origin": "EXTERNAL", "KeySpec": spec, "KeyUsage": usage});
        let made = self.aws.call("create_key", &parameters).unwrap();
        made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
    }

    /// The answer of get-parameters-for-import, in a file as version 2 of the CLI prints it.
    fn ask(&self, arn: &str, algorithm: &str, wrapping: &str) {
        let parameters = json!({"KeyId": arn, "WrappingAlgorithm": algorithm, "WrappingKeySpec": wrapping});
        let answer = self.aws.call("get_parameters_for_import", &parameters).unwrap();
        self.place.write("answer.json", answer.to_string());
    }

    /// The same by the CLI itself, of version 1.
    fn ask_by_cli(&self, arn: &str, algorithm: &str, wrapping: &str) {
        let words = "get-parameters-for-import --key-id ARN --wrapping-algorithm ALGORITHM --wrapping-key-spec SPEC";
        let words = words.replace("ARN", arn).replace("ALGORITHM", algorithm).replace("SPEC", wrapping);
        self.place.write("answer.json", self.cli(&words));
    }

    /// Wraps a key under the answer into a new bundle.
    fn wrap(&self, key: &str, method: &str, out: &str, more: &[&str]) {
        let words = ["wrap-for-import", key, "--provider", "aws-kms", "--wrapping-key", "answer.json"];
        self.place.ok(&[&words, &["--method", method, "--out", out][..], more].concat());
    }

    /// Another key is not even wrapped for a KMS key that one was wrapped for.
    fn refuses(&self, key: &str, arn: &str, method: &str) {
        self.ask(arn, method, "RSA_4096");
        let words = ["wrap-for-import", key, "--provider", "aws-kms", "--wrapping-key", "answer.json"];
        let said = self.place.refused(4, &[&words, &["--method", method, "--out", "second"][..]].concat());
        assert!(said.contains("right@1 was wrapped for that [E0418]"), "{said}");
    }

    fn import(&self, bundle: &str) -> Imported {
        let script = self.place.path(bundle).join("import.sh");
        let ran = self.aws.run(&["sh", script.to_str().unwrap()], &self.place.path(""));
        if ran.success { Ok(()) } else { Err(ran.stderr) }
    }

    /// Asks, wraps and imports.
    fn arrive(&self, key: &str, arn: &str, algorithm: &str, bundle: &str) -> Imported {
        self.ask(arn, algorithm, "RSA_2048");
        self.wrap(key, algorithm, bundle, &[]);
        self.import(bundle)
    }

    fn mac(&self, arn: &str) -> Vec<u8> {
        let parameters =
            json!({"KeyId": arn, "MacAlgorithm": "HMAC_SHA_256", "Message": {"base64": BASE64.encode(MESSAGE)}});
        let answer = self.aws.call("generate_mac", &parameters).unwrap();
        BASE64.decode(answer["Mac"].as_str().unwrap()).unwrap()
    }

    fn token_mac(&self, label: &str) -> Vec<u8> {
        let said = use_key(&self.place, &[label, "mac", "sha256"], MESSAGE).unwrap();
        BASE64.decode(said.trim_ascii()).unwrap()
    }

    fn describe(&self, arn: &str) -> Value {
        self.aws.call("describe_key", &json!({"KeyId": arn})).unwrap()["KeyMetadata"].take()
    }
}

/// The operation of each call that the real CLI would make.
fn operations(sent: &[Value]) -> Vec<&str> {
    sent.iter().map(|sent| sent["operation"].as_str().unwrap_or_else(|| panic!("{sent}"))).collect()
}

#[test]
fn a_mac_key_arrives_and_no_other_takes_its_place() {
    let import = Import::new(Module::SoftHsm);
    for name in ["right", "wrong"] {
        import.place.ok(&["generate", name, "--type", "hmac-sha256"]);
    }
    let arn = import.key("HMAC_256", "GENERATE_VERIFY_MAC");
    import.arrive("right", &arn, "RSAES_OAEP_SHA_1", "first").unwrap();
    assert_eq!(import.mac(&arn), import.token_mac("right@1"));
    assert_ne!(import.mac(&arn), import.token_mac("wrong@1"), "the proof can fail");

    import.refuses("wrong", &arn, "RSAES_OAEP_SHA_1");
    import.arrive("right", &arn, "RSAES_OAEP_SHA_1", "third").unwrap();
    assert_eq!(import.mac(&arn), import.token_mac("right@1"));
}

/// The CLI's own answers confirm the import, once the material is there.
#[test]
fn an_import_is_confirmed_by_the_clis_own_answers() {
    let import = Import::new(Module::Kryoptic);
    let place = &import.place;
    for (spec, theirs, usage, algorithm) in [
        ("aes-256", "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "RSAES_OAEP_SHA_256"),
        ("ec-p256", "ECC_NIST_P256", "SIGN_VERIFY", "RSA_AES_KEY_WRAP_SHA_256"),
        ("rsa-2048", "RSA_2048", "SIGN_VERIFY", "RSA_AES_KEY_WRAP_SHA_1"),
    ] {
        place.ok(&["generate", spec, "--type", spec]);
        let (arn, label, bundle) = (import.key(theirs, usage), format!("{spec}@1"), format!("{spec}-bundle"));
        import.ask(&arn, algorithm, "RSA_4096");
        import.wrap(spec, algorithm, &bundle, &[]);
        let confirm = ["confirm-import", &label, "--provider", "aws-kms", "--evidence", "key.json"];
        let ask = |operation| import.aws.call(operation, &json!({"KeyId": arn})).unwrap().to_string();
        let describe = || place.write("key.json", ask("describe_key"));
        describe();
        assert!(place.refused(7, &confirm).contains("KeyState is PendingImport [E0771]"), "{spec}");
        import.import(&bundle).unwrap();
        describe();
        let mut words = confirm.to_vec();
        if spec != "aes-256" {
            assert!(place.refused(7, &confirm).contains("the evidence shows no public key"), "{spec}");
            place.write("public.json", ask("get_public_key"));
            words.extend(["--evidence", "public.json"]);
        }
        words.push("--json");
        let confirmed: Value = serde_json::from_str(&place.ok(&words)).unwrap();
        let placement = &confirmed["placement"];
        assert_eq!((&confirmed["state"], &placement["resource"]), (&json!("active"), &json!(arn)), "{spec}");
        assert_eq!(placement["matches"][0], if spec == "aes-256" { "target" } else { "public-key" }, "{spec}");
        assert_eq!(placement["account"], arn.split(':').nth(4).unwrap(), "{spec}");
    }
    place.ok(&["verify", "registry", "--trust", "signer.pem"]);
}

#[test]
fn private_keys_arrive() {
    let import = Import::new(Module::Kryoptic);
    for (spec, theirs, algorithm) in
        [("ec-p256", "ECC_NIST_P256", "RSA_AES_KEY_WRAP_SHA_256"), ("rsa-2048", "RSA_2048", "RSA_AES_KEY_WRAP_SHA_1")]
    {
        import.place.ok(&["generate", spec, "--type", spec]);
        let arn = import.key(theirs, "SIGN_VERIFY");
        let bundle = format!("{spec}-bundle");
        import.ask_by_cli(&arn, algorithm, "RSA_4096");
        import.wrap(spec, algorithm, &bundle, &[]);
        import.import(&bundle).unwrap();
        let shown = import.cli(&format!("get-public-key --key-id {arn}"));
        let shown: Value = serde_json::from_str(&shown).unwrap();
        let predicate = import.place.predicate(format!("{bundle}/manifest.dsse.json"));
        let ours = predicate["public"]["spkiPem"].as_str().unwrap();
        let ours: String = ours.lines().filter(|line| !line.starts_with("-----")).collect();
        assert_eq!(shown["PublicKey"], ours, "{spec}");
    }
}

/// Nothing in the API of AWS tells what a symmetric key is: its ciphertexts open nowhere else. The emulator's
/// `KeyMaterialId`, which AWS has too but computes in a way of its own, tells whether two imports were of the same key.
#[test]
fn a_symmetric_key_is_taken_and_cannot_be_compared() {
    let import = Import::new(Module::Kryoptic);
    for name in ["right", "wrong"] {
        import.place.ok(&["generate", name, "--type", "aes-256"]);
    }
    let arn = import.key("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT");
    assert_eq!(import.describe(&arn)["KeyState"], "PendingImport");
    import.arrive("right", &arn, "RSAES_OAEP_SHA_256", "first").unwrap();
    let after = import.describe(&arn);
    assert_eq!((after["KeyState"].as_str(), after["Enabled"].as_bool()), (Some("Enabled"), Some(true)));
    assert_eq!(after["ExpirationModel"], "KEY_MATERIAL_DOES_NOT_EXPIRE");

    import.refuses("wrong", &arn, "RSAES_OAEP_SHA_256");
    let material = after["CurrentKeyMaterialId"].clone();
    import.arrive("right", &arn, "RSAES_OAEP_SHA_256", "third").unwrap();
    assert_eq!(import.describe(&arn)["CurrentKeyMaterialId"], material);
}

/// The answer does not say what it was asked for, so a wrong guess is found out here, by AWS.
#[test]
fn a_wrong_hash_is_refused() {
    let import = Import::new(Module::Kryoptic);
    import.place.ok(&["generate", "mac", "--type", "hmac-sha256"]);
    import.place.ok(&["generate", "ec", "--type", "ec-p256"]);
    for (key, spec, usage, asked, used) in [
        ("mac", "HMAC_256", "GENERATE_VERIFY_MAC", "RSAES_OAEP_SHA_256", "RSAES_OAEP_SHA_1"),
        ("ec", "ECC_NIST_P256", "SIGN_VERIFY", "RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256"),
        ("ec", "ECC_NIST_P256", "SIGN_VERIFY", "RSAES_OAEP_SHA_256", "RSA_AES_KEY_WRAP_SHA_256"),
    ] {
        let arn = import.key(spec, usage);
        import.ask(&arn, asked, "RSA_3072");
        let bundle = format!("{asked}-{used}");
        import.wrap(key, used, &bundle, &[]);
        let refusal = import.import(&bundle).unwrap_err();
        assert!(refusal.contains("InvalidCiphertextException"), "{asked} {used}: {refusal}");
        assert_eq!(import.describe(&arn)["KeyState"], "PendingImport");
    }
}

/// One answer serves one key, and byok says so before AWS does.
#[test]
fn an_import_token_of_another_key_is_refused() {
    let import = Import::new(Module::SoftHsm);
    import.place.ok(&["generate", "mac", "--type", "hmac-sha256"]);
    let (one, other) = (import.key("HMAC_256", "GENERATE_VERIFY_MAC"), import.key("HMAC_256", "GENERATE_VERIFY_MAC"));
    import.ask(&one, "RSAES_OAEP_SHA_1", "RSA_2048");
    let wrap = ["wrap-for-import", "mac", "--provider", "aws-kms", "--wrapping-key", "answer.json", "--out", "bundle"];
    let said = import.place.refused(7, &[&wrap[..], &["--method", "RSAES_OAEP_SHA_1", "--target", &other]].concat());
    assert!(said.contains(&other), "{said}");
    assert!(!import.place.path("bundle").exists());
}

/// The real CLI takes what the script says for what it means.
#[test]
fn the_cli_knows_every_argument() {
    let import = Import::new(Module::SoftHsm);
    import.place.ok(&["generate", "aes", "--type", "aes-256"]);
    let arn = import.key("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT");
    import.ask(&arn, "RSAES_OAEP_SHA_1", "RSA_2048");
    let end = (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * 30)).to_string();
    import.wrap("aes", "RSAES_OAEP_SHA_1", "bundle", &["--valid-to", &end]);
    let sent = parsers::aws(&parsers::in_script(&import.place.path("bundle"), "aws"));
    assert_eq!(operations(&sent), ["DescribeKey", "ImportKeyMaterial", "DeleteImportedKeyMaterial"]);
    let body = &sent[1]["body"];
    assert_eq!((&body["KeyId"], &body["ExpirationModel"]), (&json!(arn), &json!("KEY_MATERIAL_EXPIRES")));
    let file = |name: &str| json!(BASE64.encode(fs::read(import.place.path("bundle").join(name)).unwrap()));
    assert_eq!(body["EncryptedKeyMaterial"], file("EncryptedKeyMaterial.bin"));
    assert_eq!(body["ImportToken"], file("ImportToken.bin"));
    import.import("bundle").unwrap();
    assert!(import.describe(&arn)["ValidTo"].is_string());
    // Killed before its mark: AWS takes the same again.
    fs::rename(import.place.path("bundle.imported"), import.place.path("bundle.importing")).unwrap();
    import.import("bundle").unwrap();
}

/// A target for AWS, and the provider's answer where `rotate` looks for it.
fn led(import: &Import, arn: &str, method: &str) {
    let yaml = fs::read_to_string(import.place.path("byok.yaml")).unwrap();
    if !yaml.contains("targets:\n  aw") {
        import.place.write("byok.yaml", format!("{yaml}targets:\n  aw: {{provider: aws-kms, method: {method}}}\n"));
    }
    import.ask(arn, method, "RSA_4096");
    fs::create_dir_all(import.place.path("answers")).unwrap();
    fs::rename(import.place.path("answer.json"), import.place.path("answers/aw.json")).unwrap();
}

const ROTATE: [&str; 6] = ["rotate", "kek", "--wrapping-keys", "answers", "--out", "out"];

/// New material is imported into the same key, and current after its rotation. In the emulator earlier material decrypts
/// nothing any more, so that old ciphertext opens is not shown here; nor are the 25 rotations, which it does not count.
#[test]
fn a_symmetric_key_is_rotated_to_its_new_material() {
    let import = Import::new(Module::Kryoptic);
    let (place, method) = (&import.place, "RSAES_OAEP_SHA_256");
    place.ok(&["generate", "kek", "--type", "aes-256"]);
    let arn = import.key("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT");
    import.arrive("kek", &arn, method, "first").unwrap();
    let describe = || import.aws.call("describe_key", &json!({"KeyId": arn})).unwrap().to_string();
    let confirm = |id: &str| {
        place.write("key.json", describe());
        place.ok(&["confirm-import", id, "--provider", "aws-kms", "--evidence", "key.json"]);
    };
    let material = || import.describe(&arn)["CurrentKeyMaterialId"].clone();
    confirm("kek@1");
    let first = material();
    led(&import, &arn, method);
    place.ok(&ROTATE);
    import.import("out/kek@2/aw").unwrap();
    let second = material();
    assert_ne!(first, second);
    // Once more: nothing, with the marks and without.
    import.import("out/kek@2/aw").unwrap();
    let mark = fs::read_to_string(place.path("out/kek@2/aw.imported")).unwrap();
    fs::remove_file(place.path("out/kek@2/aw.imported")).unwrap();
    assert!(import.import("out/kek@2/aw").unwrap_err().contains("aws kms list-key-rotations"));
    assert_eq!(material(), second);
    // A run that was killed after the rotation: AWS says that the material is current.
    place.write("out/kek@2/aw.importing", mark);
    import.import("out/kek@2/aw").unwrap();
    assert_eq!(material(), second);
    confirm("kek@2");
    // A rotation that fails is made up for, without the import.
    led(&import, &arn, method);
    place.ok(&ROTATE);
    let script = fs::read_to_string(place.path("out/kek@3/aw/import.sh")).unwrap();
    place.write("out/kek@3/aw/import.sh", script.replace("rotate-key-on-demand", "rotate-key-some-day"));
    assert!(import.import("out/kek@3/aw").is_err());
    assert_eq!(material(), second);
    place.write("out/kek@3/aw/import.sh", script);
    // Killed after the import, before its mark.
    fs::remove_file(place.path("out/kek@3/aw.material")).unwrap();
    import.import("out/kek@3/aw").unwrap();
    let third = material();
    assert!(third != second && third != first);
    confirm("kek@3");
    // Another key that has no material yet: there is nothing to rotate from, and the emulator would refuse.
    let fresh = import.key("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT");
    led(&import, &fresh, method);
    place.ok(&ROTATE);
    import.import("out/kek@4/aw").unwrap();
    assert_eq!(import.describe(&fresh)["KeyState"], "Enabled");
    place.ok(&["verify", "registry", "--trust", "signer.pem"]);
}

/// The material of other keys never changes: each version has a KMS key of its own, and the alias leads to the newest.
#[test]
fn a_pair_is_rotated_by_a_new_key_and_the_alias() {
    for (kind, theirs, usage, method) in [
        ("ec-p256", "ECC_NIST_P256", "SIGN_VERIFY", "RSA_AES_KEY_WRAP_SHA_256"),
        ("hmac-sha256", "HMAC_256", "GENERATE_VERIFY_MAC", "RSAES_OAEP_SHA_256"),
    ] {
        let import = Import::new(Module::Kryoptic);
        let place = &import.place;
        place.ok(&["generate", "kek", "--type", kind]);
        let alias = format!("alias/byok-{kind}");
        let (old, new) = (import.key(theirs, usage), import.key(theirs, usage));
        let leads = || import.describe(&alias)["Arn"].clone();
        led(&import, &old, method);
        import.ask(&old, method, "RSA_4096");
        import.wrap("kek", method, "first", &[]);
        import.import("first").unwrap();
        place.ok(&["activate", "kek"]);
        import.aws.call("create_alias", &json!({"AliasName": alias, "TargetKeyId": old})).unwrap();
        led(&import, &new, method);
        place.ok(&ROTATE);
        import.import("out/kek@2/aw").unwrap();
        import.import("out/kek@2/aw").unwrap();
        place.ok(&["activate", "kek@2"]);
        assert_eq!(leads(), old.as_str(), "{kind}");
        let script = fs::read_to_string(place.path("out/kek@2/aw/import.sh")).unwrap();
        let update =
            script.lines().find_map(|line| line.strip_prefix("#   ").filter(|line| line.contains("update-alias")));
        place.write("switch.sh", update.unwrap().replace("alias/NAME", &alias));
        let run = |words: &[&str]| {
            let ran = import.aws.run(words, &place.path(""));
            assert!(ran.success, "{words:?}: {}", ran.stderr);
        };
        run(&["sh", "switch.sh"]);
        assert_eq!(leads(), new.as_str(), "{kind}");
        place.ok(&["rotate", "--rollback", "kek", "--out", "back", "--yes"]);
        for _ in 0..2 {
            run(&["sh", "back/aw/rollback.sh", &alias]);
            assert_eq!(leads(), old.as_str(), "{kind}");
        }
    }
}

/// Every word of a later version's script, as the CLI sends it.
#[test]
fn the_cli_knows_what_a_later_version_needs() {
    let folder = tempfile::tempdir().unwrap();
    let provider = byok::provider::find("aws-kms").unwrap();
    let answer = json!({
        "KeyId": "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "ImportToken": BASE64.encode([0x7e; 1200]),
        "PublicKey": BASE64.encode(byok::format::wrapping_key::read(WRAPPING_KEY.as_bytes()).unwrap().spki),
        "ParametersValidTo": (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1)).to_string(),
    });
    let wrapping_key = ImportFile { name: String::new(), bytes: answer.to_string().into_bytes() };
    let handout = Handout { wrapping_key, import_token: None, kid: None, import_job: None };
    let challenge = (provider.read_challenge)(&handout).unwrap();
    let (name, now) = ("kek".parse().unwrap(), jiff::Timestamp::now());
    let request = DestinationRequest { name: &name, options: &Options::default(), challenge: &challenge, now };
    let destination = (provider.destination)(&request).unwrap();
    let spec = KeySpec::Aes(AesBits::B256);
    let row = accept_for(provider, spec, Purpose::Encrypt).unwrap();
    let request = PackageRequest {
        others: 0,
        latest: None,
        source: Source::Version(&"kek@2".parse().unwrap()),
        spec,
        purpose: Purpose::Encrypt,
        wrapped: &[0x5a; 384],
        method: row.methods[0],
        algorithm: row.algorithm(None).unwrap(),
        destination: &destination,
        challenge: &challenge,
    };
    for (name, bytes) in (provider.package)(&request).unwrap().files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let sent = parsers::aws(&parsers::in_script(folder.path(), "aws"));
    assert_eq!(
        operations(&sent),
        ["ListKeyRotations", "DescribeKey", "ImportKeyMaterial", "RotateKeyOnDemand", "DeleteImportedKeyMaterial"]
    );
    assert_eq!(sent[0]["body"]["IncludeKeyMaterial"], "ALL_KEY_MATERIAL");
    assert_eq!(sent[2]["body"]["ImportType"], "NEW_KEY_MATERIAL");
    assert!(sent.iter().all(|call| call["body"]["KeyId"] == answer["KeyId"]), "{sent:#?}");
}
