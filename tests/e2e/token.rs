//! Ready test tokens: label `demo`, user PIN `123456`, SO PIN `12345678`, in a folder of their own.
//!
//! One token per module is initialised in each test process; every test gets a copy of its files, which takes a few
//! milliseconds. The folders are in memory where `/dev/shm` can be written.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

pub(crate) const LABEL: &str = "demo";
pub(crate) const USER_PIN: &str = "123456";
pub(crate) const SO_PIN: &str = "12345678";

/// The variable that names the proxy's configuration.
const PROXY: &str = "BYOK_TEST_PROXY";

/// The PKCS#11 modules that every test of a token runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Module {
    SoftHsm,
    Kryoptic,
}

/// Files, and folders without content, by their paths relative to a folder; outer folders come first.
pub(crate) type Files = Vec<(PathBuf, Option<Vec<u8>>)>;

impl Module {
    pub(crate) const ALL: [Self; 2] = [Self::SoftHsm, Self::Kryoptic];

    /// The module's file.
    pub(crate) fn path(self) -> PathBuf {
        match self {
            Self::SoftHsm => softhsm(),
            Self::Kryoptic => built("kryoptic/target/release/libbyok_test_kryoptic.so"),
        }
    }

    /// The variable that names the module's configuration.
    fn variable(self) -> &'static str {
        match self {
            Self::SoftHsm => "SOFTHSM2_CONF",
            Self::Kryoptic => "KRYOPTIC_CONF",
        }
    }

    fn config(self, dir: &Path) -> String {
        let dir = dir.display();
        match self {
            Self::SoftHsm => format!(
                "directories.tokendir = {dir}/tokens\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = false\n"
            ),
            Self::Kryoptic => format!("[[slots]]\nslot = 1\ndbtype = \"sqlite\"\ndbargs = \"{dir}/token.sql\"\n"),
        }
    }

    fn template(self) -> &'static Files {
        static SOFTHSM: OnceLock<Files> = OnceLock::new();
        static KRYOPTIC: OnceLock<Files> = OnceLock::new();
        match self {
            Self::SoftHsm => SOFTHSM.get_or_init(|| self.initialise()),
            Self::Kryoptic => KRYOPTIC.get_or_init(|| self.initialise()),
        }
    }

    /// Initialises a token and reads its files.
    fn initialise(self) -> Files {
        let token = TokenDir::blank(self);
        let module = self.path();
        let module = module.to_str().expect("the module's path is UTF-8");
        if self == Self::SoftHsm {
            let pins = ["--so-pin", SO_PIN, "--pin", USER_PIN];
            run(&token, &[&["softhsm2-util", "--init-token", "--free", "--label", LABEL], &pins[..]].concat());
        } else {
            let tool = ["pkcs11-tool", "--module", module, "--slot", "1", "--so-pin", SO_PIN];
            run(&token, &[&tool[..], &["--init-token", "--label", LABEL]].concat());
            run(&token, &[&tool[..], &["--login", "--login-type", "so", "--init-pin", "--new-pin", USER_PIN]].concat());
        }
        token.files()
    }
}

/// A folder with a token of its own, gone when this is dropped.
#[derive(Debug)]
pub(crate) struct TokenDir {
    dir: TempDir,
    module: Module,
    proxied: bool,
}

impl TokenDir {
    /// A token that is ready for use.
    pub(crate) fn new(module: Module) -> Self {
        Self::holding(module, module.template())
    }

    /// A token with these files.
    pub(crate) fn holding(module: Module, files: &Files) -> Self {
        let token = Self::empty(module);
        write_tree(token.path(), files);
        token
    }

    /// A store in which a token can be made.
    pub(crate) fn blank(module: Module) -> Self {
        let token = Self::empty(module);
        create_dir(&token.path().join("tokens"));
        token
    }

    /// A folder that has a module's configuration and no token yet.
    pub(crate) fn empty(module: Module) -> Self {
        let dir = folder("byok-token-");
        let token = Self { dir, module, proxied: false };
        write(&token.config(), module.config(token.path()).as_bytes());
        token
    }

    /// Another token with the same content, without the proxy.
    pub(crate) fn copy(&self) -> Self {
        Self::holding(self.module, &self.files())
    }

    /// Every file but the configuration, which names the folder.
    pub(crate) fn files(&self) -> Files {
        let mut files = tree(self.path());
        files.retain(|(path, _)| path != Path::new("token.conf"));
        files
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// The module's configuration file.
    pub(crate) fn config(&self) -> PathBuf {
        self.path().join("token.conf")
    }

    /// The file to load: the module itself, or the proxy in front of it.
    pub(crate) fn module(&self) -> PathBuf {
        if self.proxied { proxy() } else { self.module.path() }
    }

    /// What a process needs in its environment to find the token.
    pub(crate) fn env(&self) -> Vec<(String, String)> {
        let text = |path: PathBuf| path.to_str().expect("temporary paths are UTF-8").to_owned();
        let mut env = vec![(self.module.variable().to_owned(), text(self.config()))];
        if self.proxied {
            env.push((PROXY.to_owned(), text(self.path().join("proxy.conf"))));
        }
        env
    }

    /// Puts the proxy in front of the module, with these lines in its configuration and an empty trace.
    pub(crate) fn proxied(&mut self, lines: &[&str]) -> &mut Self {
        self.proxied = true;
        let module = format!("module={}", self.module.path().display());
        let trace = format!("trace={}", self.trace_file().display());
        let pin = format!("pin={USER_PIN}");
        let all = [&[module.as_str(), &trace, &pin], lines].concat();
        write(&self.path().join("proxy.conf"), (all.join("\n") + "\n").as_bytes());
        write(&self.trace_file(), b"");
        self
    }

    /// Takes the proxy away again.
    pub(crate) fn direct(&mut self) -> &mut Self {
        self.proxied = false;
        self
    }

    /// The calls since [`Self::proxied`]: number within its process, name, answer.
    pub(crate) fn trace(&self) -> Vec<(usize, String, u64)> {
        let text = fs::read_to_string(self.trace_file()).expect("the trace of a proxied token");
        text.lines().map(|line| traced(line).unwrap_or_else(|| panic!("not a line of a trace: {line}"))).collect()
    }

    fn trace_file(&self) -> PathBuf {
        self.path().join("trace")
    }
}

fn traced(line: &str) -> Option<(usize, String, u64)> {
    let mut words = line.split(' ');
    let number = words.next()?.parse().ok()?;
    let name = words.next()?.to_owned();
    let rv = u64::from_str_radix(words.next()?.strip_prefix("0x")?, 16).ok()?;
    Some((number, name, rv))
}

/// Where the distributions put SoftHSM.
fn softhsm() -> PathBuf {
    let places = [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
        "/usr/lib64/pkcs11/libsofthsm2.so",
        "/usr/local/lib/softhsm/libsofthsm2.so",
    ];
    let found = places.iter().map(PathBuf::from).find(|path| path.exists());
    found.expect("SoftHSM is installed; tests/setup.sh does it")
}

/// The proxy that can stand in front of a module.
pub(crate) fn proxy() -> PathBuf {
    built("proxy/target/debug/libbyok_test_proxy.so")
}

/// A module that `tests/setup.sh` builds. The tests of the proxy share this file, hence the search upwards.
fn built(path: &str) -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tests = here.ancestors().map(|dir| dir.join("tests")).find(|tests| tests.join("setup.sh").exists());
    let file = tests.expect("the tests folder").join(path);
    assert!(file.exists(), "{} is missing: run tests/setup.sh", file.display());
    file
}

/// Runs a tool on the token; it makes files that only their owner can read.
fn run(token: &TokenDir, command: &[&str]) {
    let output = Command::new("sh")
        .args(["-c", "umask 077; exec \"$@\"", "sh"])
        .args(command)
        .envs(token.env())
        .output()
        .expect("a shell");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {said}", command.join(" "));
}

/// A folder of this user alone, in memory where that is possible.
pub(crate) fn folder(prefix: &str) -> TempDir {
    let named = || {
        let mut builder = tempfile::Builder::new();
        builder.prefix(prefix).permissions(fs::Permissions::from_mode(0o700));
        builder
    };
    named().tempdir_in("/dev/shm").or_else(|_| named().tempdir()).expect("a temporary folder")
}

/// Every file in a folder.
pub(crate) fn tree(folder: &Path) -> Files {
    let mut files = Files::new();
    read_tree(folder, Path::new(""), &mut files);
    files
}

/// Puts files into a folder; they and their folders become this user's alone.
pub(crate) fn write_tree(folder: &Path, files: &Files) {
    for (path, bytes) in files {
        let path = folder.join(path);
        match bytes {
            Some(bytes) => write(&path, bytes),
            None => create_dir(&path),
        }
    }
}

fn read_tree(root: &Path, below: &Path, files: &mut Files) {
    for entry in fs::read_dir(root.join(below)).expect("a folder of the token") {
        let entry = entry.expect("an entry of the token's folder");
        let path = below.join(entry.file_name());
        if entry.path().is_dir() {
            files.push((path.clone(), None));
            read_tree(root, &path, files);
        } else {
            files.push((path, Some(fs::read(entry.path()).expect("a file of the folder"))));
        }
    }
}

fn create_dir(path: &Path) {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path).expect("a folder of the token");
}

fn write(path: &Path, bytes: &[u8]) {
    let mut options = fs::OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(bytes)).expect("a file of the token");
}
