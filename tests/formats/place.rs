//! A folder with keys, and the programs that run in it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output};

use tempfile::TempDir;

/// The passphrase of every file; not ASCII, so that its encoding matters.
pub(crate) const PASSPHRASE: &str = "geheim-ä-7";

/// Type, and what `openssl genpkey` makes it from.
pub(crate) const PAIRS: [(&str, &[&str]); 7] = [
    ("rsa-2048", &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]),
    ("rsa-3072", &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072"]),
    ("ec-p256", &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]),
    ("ec-p384", &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"]),
    ("ec-p521", &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"]),
    ("ec-secp256k1", &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"]),
    ("ed25519", &["-algorithm", "ED25519"]),
];

/// A folder with `key.pem` and the file `pass` with its passphrase.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        place.write("pass", PASSPHRASE);
        fs::set_permissions(place.path("pass"), PermissionsExt::from_mode(0o600)).unwrap();
        place
    }

    /// With a key pair of one type.
    pub(crate) fn with_pair(spec: &str) -> Self {
        let place = Self::new();
        let (_, words) = PAIRS.iter().find(|(known, _)| *known == spec).unwrap();
        place.run("openssl", &[&["genpkey", "-quiet", "-out", "key.pem"], *words].concat());
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.path(name)).unwrap();
    }

    /// A program in the folder.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder.path()).env("LC_ALL", "C.UTF-8");
        command
    }

    /// Runs another program; it must succeed.
    pub(crate) fn run(&self, program: &str, words: &[&str]) -> Vec<u8> {
        let output = self.command(program).args(words).output().unwrap();
        assert!(output.status.success(), "{program} {words:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// `openssl`, the words in one line.
    pub(crate) fn openssl(&self, line: &str) -> Vec<u8> {
        self.run("openssl", &line.split(' ').collect::<Vec<_>>())
    }

    pub(crate) fn byok(&self, words: &[&str]) -> Output {
        self.command(env!("CARGO_BIN_EXE_byok")).env_clear().env("P", PASSPHRASE).args(words).output().unwrap()
    }

    /// `byok convert`, which must succeed; what was there before under the name is removed.
    pub(crate) fn convert(&self, from: &str, line: &str, out: &str) -> String {
        let _ = fs::remove_file(self.path(out));
        let words: Vec<&str> = ["convert", from, "--out", out, "--to"].into_iter().chain(line.split(' ')).collect();
        let output = self.byok(&words);
        let said = [output.stdout, output.stderr].concat();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&said));
        assert_eq!(fs::metadata(self.path(out)).unwrap().permissions().mode() & 0o777, 0o600, "{out}");
        String::from_utf8(said).unwrap()
    }

    /// `byok convert`, which must be refused with this code and write nothing.
    pub(crate) fn refused(&self, from: &str, line: &str, code: &str) -> String {
        let words: Vec<&str> =
            ["convert", from, "--out", "refused", "--to"].into_iter().chain(line.split(' ')).collect();
        let output = self.byok(&words);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), code[1..3].parse().ok(), "{words:?}: {said}");
        assert!(said.contains(&format!("[{code}]")), "{words:?}: {said}");
        assert!(output.stdout.is_empty(), "{words:?}");
        assert!(!self.path("refused").exists(), "{words:?}");
        let left = fs::read_dir(self.folder.path()).unwrap().filter_map(Result::ok);
        assert!(left.into_iter().all(|entry| !entry.file_name().to_string_lossy().ends_with(".part")), "{words:?}");
        said
    }

    /// The key of a file as PKCS#8, made by OpenSSL.
    pub(crate) fn der(&self, name: &str) -> Vec<u8> {
        self.openssl(&format!("pkcs8 -topk8 -nocrypt -outform DER -in {name} -passin pass:{PASSPHRASE}"))
    }

    /// The key of a file as PKCS#8, made by byok; the file has the usual passphrase, or none.
    pub(crate) fn der_by_byok(&self, name: &str, more: &str) -> Vec<u8> {
        let line = format!("pkcs8 --encoding der --unencrypted --drop-attributes --passphrase-source env:P{more}");
        self.convert(name, &line, "by-byok.der");
        self.read("by-byok.der")
    }

    /// A self-signed certificate for `key.pem`, in `cert.pem`.
    pub(crate) fn certify(&self) {
        self.openssl("req -x509 -new -key key.pem -subj /CN=test -days 30 -out cert.pem");
    }
}
