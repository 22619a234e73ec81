//! Bad input and what it gets: the exit code, before any PIN is asked for, with nothing written.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use crate::token::{LABEL, Module, USER_PIN};
use crate::workplace::{WRAPPING_KEY, Workplace, assert_success, code, text};

const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/wrapping-keys");
const WRAP: &str = "wrap-for-import aes --provider generic --wrapping-key wrapping.pem --out bundle";

/// A workplace with one key of each kind that the refusals need.
pub(crate) struct Bad {
    pub(crate) place: Workplace,
}

impl Bad {
    pub(crate) fn new() -> Self {
        let mut place = Workplace::initialised_behind_proxy(Module::SoftHsm, &[]);
        place.write("wrapping.pem", WRAPPING_KEY);
        place.ok(&["generate", "aes", "--type", "aes-256"]);
        place.ok(&["generate", "ec", "--type", "ec-p256"]);
        place.token.proxied(&[]);
        Self { place }
    }

    /// Refused with this code, without a PIN, without a login, and nothing is different afterwards.
    pub(crate) fn refused(&mut self, words: &str, wanted: &str) -> String {
        let words: Vec<&str> = words.split(' ').collect();
        self.refused_by(wanted, |command| command.args(&words).env_remove("PIN"))
    }

    fn refused_by(&mut self, wanted: &str, prepare: impl FnOnce(&mut Command) -> &mut Command) -> String {
        let before = self.files();
        self.place.token.proxied(&[]);
        let mut command = self.place.command(env!("CARGO_BIN_EXE_byok"));
        let output = prepare(&mut command).output().expect("byok runs");
        let said = assert_refused(&output, wanted);
        let trace = self.place.token.trace();
        let asked = ["C_Login", "C_OpenSession"];
        assert!(trace.iter().all(|call| !asked.contains(&call.1.as_str())), "{wanted}: {trace:?}\n{said}");
        assert_eq!(self.files(), before, "{wanted}: something was written\n{said}");
        said
    }

    /// A wrapping key is refused.
    fn wrapping_key(&mut self, provider: &str, bytes: &[u8], wanted: &str) -> String {
        self.place.write("bad", bytes);
        self.refused(&format!("wrap-for-import aes --provider {provider} --wrapping-key bad --out bundle"), wanted)
    }

    /// Every file of the workplace and its content.
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(&self.place.path(""), &mut files);
        files
    }
}

fn collect(folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let (path, kind) = (entry.path(), entry.file_type().unwrap());
        // What the cache holds is derived and disposable.
        if kind.is_dir() && entry.file_name() != "cache" {
            collect(&path, files);
        }
        let content = if kind.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
        files.insert(path.display().to_string(), content);
    }
}

fn assert_refused(output: &Output, wanted: &str) -> String {
    let said = text(&output.stderr);
    assert_eq!(code(&said), Some(wanted), "{said}");
    assert_eq!(output.status.code(), wanted.get(1..3).and_then(|exit| exit.parse().ok()), "{said}");
    assert!(output.stdout.is_empty(), "{}", text(&output.stdout));
    said
}

pub(crate) fn vector(name: &str) -> Vec<u8> {
    fs::read(Path::new(VECTORS).join(name)).unwrap()
}

#[test]
fn wrapping_keys_that_are_none() {
    let mut bad = Bad::new();
    for name in [
        "bad-rsa-1024.pem",
        "bad-exponent-3.pem",
        "bad-exponent-17.pem",
        "bad-ec-p256.pem",
        "bad-ec-p521.pem",
        "bad-ed25519.pem",
        "bad-rsa-pss.pem",
        "bad-request.pem",
        "bad-two.pem",
    ] {
        bad.wrapping_key("generic", &vector(name), "E0705");
    }
    // Under what the provider uses: transit hands out RSA-4096.
    bad.wrapping_key("openbao", &vector("rsa-2048.spki.pem"), "E0705");
    bad.wrapping_key("generic", b"bm90IGEga2V5IGF0IGFsbCwganVzdCB0ZXh0Cg==", "E0705");
    bad.wrapping_key("generic", b"", "E0705");
    bad.wrapping_key("generic", &even_exponent(), "E0705");
    bad.wrapping_key("generic", &[0xFF, 0xFE, 0x00, 0xC3, 0x28], "E0705");
}

#[test]
fn documents_that_are_hostile() {
    let mut bad = Bad::new();
    let answer = String::from_utf8(vector("openbao.json")).unwrap();
    let doubled = answer.replacen("\"lease_id\"", "\"request_id\"", 1);
    assert_ne!(doubled, answer);
    let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for provider in ["generic", "openbao"] {
        bad.wrapping_key(provider, doubled.as_bytes(), "E0705");
        bad.wrapping_key(provider, nested.as_bytes(), "E0705");
        bad.wrapping_key(provider, b"{\"data\": {\"public_key\": \"\xff\xfe\"}}", "E0705");
        bad.wrapping_key(provider, &vec![b' '; 50_000_000], "E0702");
    }
    bad.wrapping_key("openbao", br#"{"errors": ["permission denied"]}"#, "E0706");
}

#[test]
fn files_that_are_no_files() {
    let mut bad = Bad::new();
    let fifo = bad.place.path("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    for name in ["fifo", "/dev/zero", "/dev/tty", "registry", "nothing"] {
        let said = bad.refused(&WRAP.replace("wrapping.pem", name), "E0701");
        assert!(said.contains(name), "{said}");
    }
}

#[test]
fn types_that_the_provider_does_not_take() {
    let mut bad = Bad::new();
    bad.place.ok(&["generate", "hmac", "--type", "hmac-sha224"]);
    bad.place.write("bad", vector("openbao.json"));
    let said = bad.refused("wrap-for-import hmac --provider openbao --wrapping-key bad --out bundle", "E0405");
    let hint = said.lines().find(|line| line.starts_with("hint: ")).unwrap();
    assert!(hint.contains("aes-256") && hint.contains("hmac-sha256"), "{said}");
}

/// An RSA key is longer than a block of OAEP; the hint names what fits.
#[test]
fn keys_that_do_not_fit_the_method() {
    let mut bad = Bad::new();
    bad.place.ok(&["generate", "rsa", "--type", "rsa-2048"]);
    let words = WRAP.replace(" aes ", " rsa ") + " --method rsa-oaep-sha256";
    let said = bad.refused(&words, "E0709");
    assert!(said.lines().any(|line| line.starts_with("hint: ") && line.contains("rsa-aes-sha512")), "{said}");
}

#[test]
fn pins_and_targets_that_contradict() {
    let mut bad = Bad::new();
    let said = bad.refused(&format!("{WRAP} --wrapping-key-sha256 {}", "0".repeat(64)), "E0710");
    assert!(said.contains(&"0".repeat(64)), "{said}");
    let answer = String::from_utf8(vector("openbao.json")).unwrap();
    let other = answer.replacen('{', "{\"mount_type\": \"kv\",", 1).replace("\"mount_type\": \"transit\"", "\"x\": 0");
    bad.wrapping_key("openbao", other.as_bytes(), "E0713");
}

#[test]
fn names_that_are_not_there() {
    let mut bad = Bad::new();
    bad.refused(&WRAP.replace(" aes ", " none "), "E0401");
    bad.refused(&WRAP.replace(" aes ", " aes@2 "), "E0401");
    bad.refused(&WRAP.replace("generic", "nobody"), "E0201");
    bad.refused("generate aes --type aes-256", "E0404");
    bad.refused("generate UPPER --type aes-256", "E0201");
    bad.refused("generate k --type aes-512", "E0201");
}

#[test]
fn outputs_that_exist() {
    let mut bad = Bad::new();
    fs::create_dir(bad.place.path("bundle")).unwrap();
    bad.refused(WRAP, "E0202");
    fs::remove_dir(bad.place.path("bundle")).unwrap();
    std::os::unix::fs::symlink("nowhere", bad.place.path("bundle")).unwrap();
    bad.refused(WRAP, "E0202");
}

#[test]
fn pin_sources_that_are_none() {
    let mut bad = Bad::new();
    // The variable that byok.yaml names is not set.
    bad.refused("generate k --type aes-256", "E0205");
    bad.refused("generate k --type aes-256 --pin-source prompt", "E0203");
    bad.refused("generate k --type aes-256 --pin-source file:none", "E0205");
    bad.refused("generate k --type aes-256 --pin-source 123456", "E0201");
    bad.place.write("pin", USER_PIN);
    for mode in [0o644, 0o640, 0o604, 0o660] {
        fs::set_permissions(bad.place.path("pin"), fs::Permissions::from_mode(mode)).unwrap();
        bad.refused("generate k --type aes-256 --pin-source file:pin", "E0204");
    }
    fs::set_permissions(bad.place.path("pin"), fs::Permissions::from_mode(0o600)).unwrap();
    bad.place.ok(&["generate", "k", "--type", "aes-256", "--pin-source", "file:pin"]);
}

/// Refused before byok.yaml could name a module that is then loaded.
#[test]
fn a_configuration_that_others_can_write() {
    let mut bad = Bad::new();
    let config = bad.place.path("byok.yaml");
    for mode in [0o666, 0o620, 0o602] {
        fs::set_permissions(&config, fs::Permissions::from_mode(mode)).unwrap();
        bad.refused("generate k --type aes-256", "E0206");
        assert_eq!(bad.place.token.trace(), []);
    }
    fs::set_permissions(&config, fs::Permissions::from_mode(0o600)).unwrap();
    let folder = bad.place.path("");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
    bad.refused("generate k --type aes-256", "E0206");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn tokens_that_are_not_there() {
    let mut bad = Bad::new();
    let with_pin = |words: &str| words.split(' ').map(str::to_owned).collect::<Vec<_>>();
    bad.place.write("text.so", "not a library");
    let text_file = bad.place.path("text.so").display().to_string();
    for (words, wanted) in [
        ("generate k --type aes-256 --token nobody".to_owned(), "E0502"),
        ("generate k --type aes-256 --module /nowhere/module.so".to_owned(), "E0501"),
        (format!("generate k --type aes-256 --module {text_file}"), "E0501"),
        (format!("generate k --type aes-256 --module {}", library_without_pkcs11()), "E0501"),
        ("generate k --type aes-256 --module module.so".to_owned(), "E0212"),
    ] {
        bad.refused_by(wanted, |command| command.args(with_pin(&words)));
    }
}

/// The token has an object of this label already; byok neither uses nor replaces it.
#[test]
fn labels_that_are_taken() {
    for module in Module::ALL {
        let mut place = Workplace::initialised_behind_proxy(module, &[]);
        let tool = ["--token-label", LABEL, "--login", "--pin", USER_PIN, "--keygen", "--key-type", "aes:16"];
        let mut foreign = place.command("pkcs11-tool");
        foreign.arg("--module").arg(module.path()).args(tool).args(["--label", "k@1", "--id", "0badc0de"]);
        assert_success(&foreign.output().unwrap(), "pkcs11-tool");
        place.token.proxied(&[]);
        let output = place.byok(&["generate", "k", "--type", "aes-256"]);
        let said = assert_refused(&output, "E0403");
        assert!(said.contains("0badc0de"), "{said}");
        assert!(place.token.trace().iter().all(|call| call.1 != "C_GenerateKey"));
        assert!(!place.path("registry/keys/k@1").exists());
        place.ok(&["verify", "registry", "--trust", "registry/trust/signer.pem"]);
    }
}

#[test]
fn a_lock_that_is_held() {
    let bad = Bad::new();
    let lock = fs::OpenOptions::new().read(true).write(true).open(bad.place.path("registry/lock")).unwrap();
    lock.lock().unwrap();
    let before = bad.files();
    let output = bad.place.byok(&["generate", "k", "--type", "aes-256", "--no-wait"]);
    assert_refused(&output, "E0906");
    assert_eq!(bad.files(), before);
    lock.unlock().unwrap();
    bad.place.ok(&["generate", "k", "--type", "aes-256", "--no-wait"]);
}

#[test]
fn a_manifest_that_does_not_verify() {
    let mut bad = Bad::new();
    let path = bad.place.path("registry/keys/aes@1/manifest-0001.dsse.json");
    let good = fs::read_to_string(&path).unwrap();
    let at = good.find("\"sig\"").expect("a signature") + 20;
    let mut altered = good.clone().into_bytes();
    altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
    fs::write(&path, &altered).unwrap();
    let said = bad.refused(WRAP, "E0802");
    assert!(said.contains("manifest-0001") && said.contains("signature"), "{said}");
    fs::write(&path, good.replace("byok@", "byok#").replace("\"payload\":\"e", "\"payload\":\"f")).unwrap();
    bad.refused(WRAP, "E0802");
}

/// A shared library of the system that is no PKCS#11 module.
fn library_without_pkcs11() -> String {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let library = maps.lines().find_map(|line| line.split_whitespace().last().filter(|path| path.contains("/libc.so")));
    library.expect("this program uses the C library").to_owned()
}

/// RSA-2048 with the exponent 65536: the last byte of the DER is the exponent's.
fn even_exponent() -> Vec<u8> {
    let mut der = vector("rsa-2048.spki.der");
    let last = der.last_mut().unwrap();
    assert_eq!(*last, 1);
    *last = 0;
    der
}
