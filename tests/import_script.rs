//! `import.sh` under a real shell, with a stub of the provider's CLI that records the bytes of its arguments.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use byok::key::spec::{AesBits, KeySpec, Purpose};
use byok::provider::script::{Script, ScriptError, Word};
use byok::provider::{
    Challenge, Destination, DestinationError, DestinationRequest, Handout, ImportFile, Options, PackageRequest, Source,
    accept_for, find,
};
use tempfile::TempDir;

#[path = "support/answers.rs"]
mod answers;
#[path = "import_script/aws_kms.rs"]
mod aws_kms;
#[path = "import_script/azure.rs"]
mod azure;
#[path = "import_script/cut_short.rs"]
mod cut_short;
#[path = "import_script/google_cloud_kms.rs"]
mod google_cloud_kms;
#[path = "import_script/marks.rs"]
mod marks;
#[path = "import_script/revoke.rs"]
mod revoke;
#[path = "import_script/way_back.rs"]
mod way_back;

const ANSWER: &[u8] = include_bytes!("vectors/wrapping-keys/openbao.json");

/// Records its name and arguments, each with a NUL behind it, and answers as its `STUB_` variables say. A file of its
/// own, because a script that a test has just written may still be "busy" in a child of another test.
const STUB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stubs/provider-cli.sh");

/// A folder of tools that is the whole PATH, and a bundle folder with an unpleasant name.
struct Scene {
    folder: TempDir,
    bundle: PathBuf,
}

impl Scene {
    fn new(clis: &[&str], tools: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let bin = folder.path().join("bin");
        let bundle = folder.path().join("-bun'dle $(id) \"x\"");
        fs::create_dir(&bin).unwrap();
        fs::create_dir(&bundle).unwrap();
        for cli in clis {
            symlink(STUB, bin.join(cli)).unwrap();
        }
        for tool in tools {
            symlink(Path::new("/usr/bin").join(tool), bin.join(tool)).unwrap();
        }
        Self { folder, bundle }
    }

    /// What the script leaves beside the bundle.
    fn mark(&self, name: &str) -> PathBuf {
        let mut mark = self.bundle.clone().into_os_string();
        mark.push(format!(".{name}"));
        mark.into()
    }

    /// A mark of this bundle: the hash of its first file, and a text.
    fn marked(&self, text: &str) -> String {
        let script = fs::read_to_string(self.bundle.join("import.sh")).unwrap();
        let check = script.lines().find_map(|line| line.strip_prefix("check ")).unwrap();
        format!("{} {text}\n", check.split(' ').next().unwrap())
    }

    fn put(&self, files: &[(String, Vec<u8>)]) {
        for (name, bytes) in files {
            fs::write(self.bundle.join(name), bytes).unwrap();
        }
    }

    /// Runs the script where a stub says whether there is a key.
    fn run(&self, has_key: bool) -> Output {
        // Each run is the first one: what the marks are for is tried on its own.
        for mark in ["imported", "importing", "material"] {
            let _ = fs::remove_file(self.mark(mark));
        }
        self.run_with(if has_key { &[("STUB_HAS_KEY", "1")] } else { &[] })
    }

    /// Runs the script as a user in the folder above would, with a CDPATH in the way.
    fn run_with(&self, stub: &[(&str, &str)]) -> Output {
        self.run_by("import.sh", stub, &[])
    }

    /// The same with another script and with arguments.
    fn run_script(&self, name: &str, arguments: &[&str]) -> Output {
        self.run_by(name, &[], arguments)
    }

    fn run_by(&self, name: &str, stub: &[(&str, &str)], arguments: &[&str]) -> Output {
        let mut shell = Command::new("/bin/sh");
        shell.current_dir(self.folder.path()).env_clear();
        shell.env("PATH", self.folder.path().join("bin")).env("CDPATH", "/tmp:/");
        shell.env("STUB_RECORD", self.folder.path().join("record"));
        shell.envs(stub.iter().copied());
        let script = Path::new(self.bundle.file_name().unwrap()).join(name);
        shell.arg("--").arg(script).args(arguments).output().unwrap()
    }

    /// The calls of the stub: one line each, arguments between NULs.
    fn calls(&self) -> Vec<Vec<String>> {
        let record = fs::read(self.folder.path().join("record")).unwrap_or_default();
        let text = String::from_utf8(record).unwrap();
        let split = |call: &str| call.trim_end_matches('\0').split('\0').map(str::to_owned).collect();
        text.split_terminator("\0\n").map(split).collect()
    }
}

fn destination(target: Option<&str>, mount: Option<&str>) -> Result<Destination, DestinationError> {
    let options = Options { target: target.map(str::to_owned), mount: mount.map(str::to_owned), valid_to: None };
    let (name, challenge) = ("kek".parse().unwrap(), challenge());
    let now = "2026-11-22T12:00:00Z".parse().unwrap();
    let request = DestinationRequest { name: &name, options: &options, challenge: &challenge, now };
    (find("openbao").unwrap().destination)(&request)
}

fn challenge() -> Challenge {
    let wrapping_key = ImportFile { name: String::new(), bytes: ANSWER.to_vec() };
    let handout = Handout { wrapping_key, import_token: None, kid: None, import_job: None };
    (find("openbao").unwrap().read_challenge)(&handout).unwrap()
}

fn package(version: &str, destination: &Destination) -> Vec<(String, Vec<u8>)> {
    package_after(version, None, destination)
}

fn package_after(version: &str, latest: Option<u64>, destination: &Destination) -> Vec<(String, Vec<u8>)> {
    let provider = find("openbao").unwrap();
    let row = accept_for(provider, KeySpec::Aes(AesBits::B256), Purpose::Encrypt).unwrap();
    let request = PackageRequest {
        others: 0,
        latest,
        source: Source::Version(&version.parse().unwrap()),
        spec: row.spec,
        purpose: Purpose::Encrypt,
        wrapped: &[0x5a; 552],
        method: provider.method_named("SHA256").unwrap(),
        algorithm: row.algorithm(None).unwrap(),
        destination,
        challenge: &challenge(),
    };
    (provider.package)(&request).unwrap().files
}

fn words(call: &str) -> Vec<String> {
    call.split(' ').map(str::to_owned).collect()
}

const TOOLS: [&str; 7] = ["cat", "dirname", "mkdir", "mv", "rm", "rmdir", "sha256sum"];
/// What a broken or hostile server may answer where a number belongs.
const NO_NUMBERS: [&str; 9] =
    ["", "null", "-5", "08", "1.5", "1 2", "99999999999999999999999", "1; touch pwned #", "$(touch pwned)"];
const LOOK: &str = "bao read -field=latest_version transit/keys/kek";
const IMPORT: &str =
    "bao write transit/keys/kek/import ciphertext=@ciphertext.b64 hash_function=SHA256 type=aes256-gcm96";
const ADD: &str = "bao write transit/keys/kek/import_version ciphertext=@ciphertext.b64 hash_function=SHA256";

#[test]
fn a_first_version_is_imported() {
    let scene = Scene::new(&["bao", "vault"], &TOOLS);
    scene.put(&package("kek@1", &destination(None, None).unwrap()));
    let output = scene.run(false);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(scene.calls(), [words(LOOK), words(LOOK), words(IMPORT)]);
    // Somebody else's key, or this one in a folder that has lost its mark.
    let output = scene.run(true);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert_eq!(scene.calls()[3..], [words(LOOK)]);
}

#[test]
fn a_later_version_is_added_where_the_key_is() {
    let scene = Scene::new(&["bao"], &TOOLS);
    scene.put(&package_after("kek@2", Some(1), &destination(None, None).unwrap()));
    assert!(scene.run(true).status.success());
    assert_eq!(scene.calls(), [words(LOOK), words(ADD)]);
    fs::remove_file(scene.folder.path().join("record")).unwrap();
    assert!(scene.run(false).status.success());
    assert_eq!(scene.calls(), [words(LOOK), words(LOOK), words(IMPORT)]);
}

/// Versions are counted up: what does not follow the last known one is for people to judge, and a mark ends a second run.
#[test]
fn no_version_is_added_twice() {
    let scene = Scene::new(&["bao"], &TOOLS);
    scene.put(&package_after("kek@2", Some(1), &destination(None, None).unwrap()));
    let run = |latest: &str, words: &[&str], more: &[(&str, &str)]| {
        let output = scene.run_by("import.sh", &[&[("STUB_HAS_KEY", latest)], more].concat(), words);
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let unmark = |mark: &str| fs::remove_file(scene.mark(mark)).unwrap();
    let adds = || scene.calls().iter().filter(|call| **call == words(ADD)).count();
    // A refusal of the server is no import: the number says so.
    assert_eq!(run("1", &[], &[("STUB_FAILS", "import_version")]).0, Some(2));
    assert_eq!(run("1", &[], &[]).0, Some(0));
    assert_eq!(fs::read_to_string(scene.mark("imported")).unwrap(), scene.marked("version 2"));
    assert!(!scene.mark("importing").exists() && !scene.mark("lock").exists());
    assert_eq!(adds(), 2);
    let (code, told) = run("2", &[], &[]);
    assert_eq!(code, Some(0));
    assert!(told.starts_with("import.sh: imported already (version 2); nothing was done."), "{told}");
    assert_eq!(adds(), 2);
    // The same bundle in a fresh folder.
    unmark("imported");
    let (code, told) = run("2", &[], &[]);
    assert_eq!((code, adds()), (Some(3), 2));
    assert!(
        told.contains("transit/keys/kek is at version 2, and byok last saw version 1") && told.contains("--after 2")
    );
    assert_eq!((run("2", &["--after"], &[]).0, adds()), (Some(2), 2));
    assert_eq!((run("2", &["--after", "1"], &[]).0, adds()), (Some(3), 2));
    assert_eq!((run("2", &["--after", "2"], &[]).0, adds()), (Some(0), 3));
    // A run that was killed before the server had it.
    unmark("imported");
    fs::write(scene.mark("importing"), scene.marked("after version 1")).unwrap();
    assert_eq!((run("1", &[], &[]).0, adds()), (Some(0), 4));
}

/// After a run that was cut short another number may be its doing, or anybody's: people decide, in either way.
#[test]
fn a_number_is_no_proof_of_an_import() {
    for (version, latest, at) in [("kek@1", None, "1"), ("kek@2", Some(1), "2")] {
        let scene = Scene::new(&["bao"], &TOOLS);
        scene.put(&package_after(version, latest, &destination(None, None).unwrap()));
        let before = latest.unwrap_or(0);
        fs::write(scene.mark("importing"), scene.marked(&format!("after version {before}"))).unwrap();
        let output = scene.run_by("import.sh", &[("STUB_HAS_KEY", at)], &[]);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{told}");
        assert!(told.contains("it may have been imported: see bao read transit/keys/kek"), "{told}");
        assert!(!scene.mark("imported").exists() && scene.calls() == [words(LOOK)], "{told}");
        fs::rename(scene.mark("importing"), scene.mark("imported")).unwrap();
        assert!(scene.run_with(&[("STUB_HAS_KEY", at)]).status.success());
        assert_eq!(scene.calls(), [words(LOOK)]);
    }
}

/// Permission denied, or no server, is not "no key"; and what is no number goes nowhere.
#[test]
fn only_a_number_is_a_version() {
    let scene = Scene::new(&["bao"], &TOOLS);
    scene.put(&package_after("kek@2", Some(1), &destination(None, None).unwrap()));
    let output = scene.run_with(&[("STUB_HAS_KEY", "1"), ("STUB_FAILS", "read")]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && told.contains("cannot be read; nothing was done"), "{told}");
    for bad in NO_NUMBERS {
        let output = scene.run_with(&[("STUB_HAS_KEY", "1"), ("STUB_latest_version", bad)]);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{bad:?}: {told}");
        assert_eq!(told, "import.sh: the latest version of transit/keys/kek is no number; nothing was done\n");
    }
    assert!(scene.calls().iter().all(|call| call[1] == "read"));
    assert!(!scene.mark("importing").exists());
}

/// Without an answer that byok saw, nobody knows which version is the one before.
#[test]
fn an_unknown_predecessor_is_named_by_people() {
    let scene = Scene::new(&["bao"], &TOOLS);
    scene.put(&package("kek@2", &destination(None, None).unwrap()));
    assert_eq!(scene.run(true).status.code(), Some(3));
    assert_eq!(scene.calls(), [words(LOOK)]);
    let output = scene.run_by("import.sh", &[("STUB_HAS_KEY", "1")], &["--after", "1"]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(scene.calls()[2..], [words(ADD)]);
}

#[test]
fn vault_serves_where_bao_is_missing_and_neither_is_an_error() {
    let files = package("kek@1", &destination(None, None).unwrap());
    let scene = Scene::new(&["vault"], &TOOLS);
    scene.put(&files);
    assert!(scene.run(false).status.success());
    assert_eq!(scene.calls(), [LOOK, LOOK, IMPORT].map(|call| words(&call.replacen("bao", "vault", 1))));

    let scene = Scene::new(&[], &TOOLS);
    scene.put(&files);
    let output = scene.run(true);
    assert_eq!(output.status.code(), Some(127));
    assert_eq!(output.stderr, b"import.sh: neither bao nor vault is on the PATH\n");
}

#[test]
fn a_changed_or_missing_file_stops_the_script_before_any_call() {
    for change in [Some(&b"QUFB"[..]), Some(b""), None] {
        let scene = Scene::new(&["bao"], &TOOLS);
        scene.put(&package("kek@1", &destination(None, None).unwrap()));
        match change {
            Some(bytes) => fs::write(scene.bundle.join("ciphertext.b64"), bytes).unwrap(),
            None => fs::remove_file(scene.bundle.join("ciphertext.b64")).unwrap(),
        }
        let output = scene.run(true);
        assert_eq!(output.status.code(), Some(1));
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.ends_with("import.sh: ciphertext.b64 is not the file that byok wrote\n"), "{told}");
        assert!(scene.calls().is_empty());
    }
}

#[test]
fn any_of_three_tools_computes_the_hash() {
    let files = package("kek@1", &destination(None, None).unwrap());
    for tools in [&["sha256sum"][..], &["openssl"], &["shasum", "perl", "env"]] {
        let tools = &[tools, &["dirname", "mkdir", "mv", "rm", "rmdir"]].concat()[..];
        if !tools.iter().all(|tool| Path::new("/usr/bin").join(tool).exists()) {
            continue; // shasum comes with perl, which a small system may lack
        }
        let scene = Scene::new(&["bao"], tools);
        scene.put(&files);
        let output = scene.run(false);
        assert!(output.status.success(), "{tools:?} {output:?}");
        fs::write(scene.bundle.join("ciphertext.b64"), "QUFB").unwrap();
        assert_eq!(scene.run(true).status.code(), Some(1), "{tools:?}");
    }
    // Without any of them nothing is imported.
    let scene = Scene::new(&["bao"], &["dirname"]);
    scene.put(&files);
    assert_eq!(scene.run(true).status.code(), Some(1));
    assert!(scene.calls().is_empty());
}

const HOSTILE: [&str; 22] = [
    "",
    "-rf",
    "--help",
    "a'b",
    "'; touch pwned; '",
    "a\"b",
    "$(touch pwned)",
    "`touch pwned`",
    "${HOME}",
    "a\nb",
    "a\rb",
    "a;touch pwned",
    "a|b",
    "a&b",
    "a b",
    "a*b",
    "~root",
    "a\\b",
    "@/etc/passwd",
    "a\u{1b}[2Jb",
    "../../sys/seal",
    "ü",
];

#[test]
fn hostile_targets_and_mounts_are_refused_with_the_rule() {
    for value in HOSTILE {
        for (target, mount, option) in [(Some(value), None, "--target"), (None, Some(value), "--mount")] {
            let error = destination(target, mount).unwrap_err();
            assert!(matches!(error, DestinationError::Grammar { option: named, .. } if named == option), "{value:?}");
            assert!(!error.to_string().contains(char::is_control), "{value:?}");
        }
        assert!(value.parse::<byok::key::name::KeyName>().is_err(), "{value:?}");
    }
}

/// The second wall: if a grammar let such a value through, the shell would still see one literal word.
#[test]
fn what_reaches_the_script_reaches_the_command_byte_by_byte() {
    for value in HOSTILE {
        let scene = Scene::new(&["bao"], &["dirname", "sha256sum", "touch"]);
        let mut script = Script::new("title").unwrap();
        let refused = script.command(0, &[Word::Own("bao"), Word::Value(value), Word::Pair("type", value)]);
        if value.is_empty() || value.starts_with('-') || value.contains(char::is_control) {
            assert!(matches!(refused, Err(ScriptError::Control | ScriptError::Dash | ScriptError::Empty)), "{value:?}");
            continue;
        }
        refused.unwrap();
        scene.put(&[("import.sh".to_owned(), script.into_bytes())]);
        let output = scene.run(true);
        assert!(output.status.success(), "{value:?} {output:?}");
        assert_eq!(scene.calls(), [["bao".to_owned(), value.to_owned(), format!("type={value}")]]);
        let names: Vec<OsString> =
            fs::read_dir(&scene.bundle).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["import.sh"], "{value:?}");
    }
}

#[test]
fn a_script_holds_no_ciphertext_and_nothing_of_the_environment() {
    let files = package("kek@1", &destination(Some("Kek.1"), Some("team/a")).unwrap());
    let script = String::from_utf8(files[1].1.clone()).unwrap();
    let blob = std::str::from_utf8(&files[0].1).unwrap();
    assert!(!script.contains(blob) && !script.contains("TOKEN") && script.len() < 6000);
    assert!(script.contains("key='team/a/keys/Kek.1'\n"));
}
