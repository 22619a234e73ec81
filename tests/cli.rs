//! The command line without a token: what is refused early, with which exit code, and what never reaches a terminal.

#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use assert_cmd::Command;
use tempfile::TempDir;

/// A folder with a byok.yaml whose module does not exist, and a PIN file.
fn place() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "pin", "1234\n", 0o600);
    let config = "token: {module: /nonexistent/module.so, label: demo}\npin-source: file:pin\nregistry: registry\n";
    write(&folder, "byok.yaml", config, 0o600);
    folder
}

fn write(folder: &TempDir, name: &str, text: &str, mode: u32) {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
}

fn byok(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_byok"));
    command.current_dir(folder).env_clear().args(arguments).timeout(std::time::Duration::from_mins(1));
    command
}

/// Runs, expects this exit code and error code, and nothing on standard output.
fn refused(folder: &TempDir, arguments: &[&str], exit: i32, code: &str) -> String {
    let output = byok(folder.path(), arguments).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {stderr}");
    assert!(stderr.starts_with("error: ") && stderr.contains(&format!(" [{code}]\n")), "{arguments:?}: {stderr}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    stderr
}

const INIT: [&str; 1] = ["init"];

#[test]
fn what_is_typed_wrongly_is_usage() {
    let folder = place();
    for arguments in [
        &["--bogus"][..],
        &["bogus"],
        &["generate"],
        &["generate", "a"],
        &["generate", "A", "--type", "aes-256"],
        &["generate", "a", "--type", "aes-512"],
        &["generate", "a", "--type", "aes-256", "--attribute", "novalue"],
        &["list", "--pin-source", "1234"],
        &["list", "--no-wait", "--lock-timeout", "5"],
        &["explain", "E9999"],
        &["providers", "show", "nobody"],
        &["man", "nobody"],
    ] {
        refused(&folder, arguments, 2, "E0201");
    }
    for arguments in [&["list", "--pin-source", "98765"][..], &["init", "--create-token", "--so-pin-source=98765"]] {
        assert!(!refused(&folder, arguments, 2, "E0201").contains("98765"), "a PIN is not repeated");
    }
}

#[test]
fn help_lists_what_is_there_and_nothing_else() {
    let help = String::from_utf8(byok(Path::new("/"), &["--help"]).output().unwrap().stdout).unwrap();
    let commands = help.split("Commands:").nth(1).unwrap().split("Options:").next().unwrap();
    let names: Vec<&str> =
        commands.lines().filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next()).collect();
    for name in [
        "init",
        "hsm",
        "generate",
        "import",
        "list",
        "show",
        "wrap-for-import",
        "rotate",
        "seal",
        "revoke",
        "policy",
        "plan",
        "approve",
        "apply",
        "verify",
    ] {
        assert!(names.contains(&name), "{name}: {names:?}");
    }
    for later in ["backup", "restore"] {
        assert!(!names.contains(&later), "{later}");
    }
    let version = byok(Path::new("/"), &["--version"]).output().unwrap().stdout;
    assert_eq!(version, concat!("byok ", env!("CARGO_PKG_VERSION"), "\n").as_bytes());
}

#[test]
fn pin_sources_are_judged_before_the_module_is_loaded() {
    let folder = place();
    let source = |source: &str| {
        [&INIT[..], &["--pin-source", source]].concat().iter().map(|s| (*s).to_owned()).collect::<Vec<_>>()
    };
    let refused_with = |kind: &str, code: &str| {
        let arguments = source(kind);
        refused(&folder, &arguments.iter().map(String::as_str).collect::<Vec<_>>(), 2, code)
    };
    refused_with("prompt", "E0203");
    refused_with("env:NOT_SET", "E0205");
    refused_with("file:none", "E0205");
    refused_with("file:.", "E0205");
    refused_with("fd:77", "E0205");
    write(&folder, "open", "1234", 0o644);
    refused_with("file:open", "E0204");
    // Only a good source lets the module be looked at.
    refused(&folder, &INIT, 5, "E0501");
}

#[test]
fn no_source_and_no_terminal_is_refused() {
    let folder = place();
    write(&folder, "byok.yaml", "token: {module: /nonexistent/module.so, label: demo}\n", 0o600);
    refused(&folder, &INIT, 2, "E0203");
}

#[test]
fn a_configuration_that_others_can_change_is_not_used() {
    let folder = place();
    for mode in [0o666, 0o620, 0o602] {
        fs::set_permissions(folder.path().join("byok.yaml"), PermissionsExt::from_mode(mode)).unwrap();
        refused(&folder, &["list"], 2, "E0206");
        refused(&folder, &INIT, 2, "E0206");
    }
    fs::set_permissions(folder.path().join("byok.yaml"), PermissionsExt::from_mode(0o600)).unwrap();
    fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o777)).unwrap();
    refused(&folder, &["list"], 2, "E0206");
}

#[test]
fn a_configuration_is_read_strictly() {
    let folder = place();
    for bad in ["tokn: {}\n", "registry: a\nregistry: b\n", "token: {module: relative.so}\n", "pin-source: '1234'\n"] {
        write(&folder, "byok.yaml", bad, 0o600);
        assert!(!refused(&folder, &["list"], 2, "E0207").contains("1234"));
    }
    refused(&folder, &["list", "--config", "none.yaml"], 2, "E0213");
    fs::remove_file(folder.path().join("byok.yaml")).unwrap();
    refused(&folder, &["list"], 2, "E0208");
    refused(&folder, &["init", "--module", "relative.so", "--token", "demo"], 2, "E0212");
}

#[test]
fn what_is_no_module_is_said() {
    let folder = place();
    write(&folder, "text.so", "no library", 0o600);
    let text = folder.path().join("text.so");
    for module in ["/nonexistent.so", "/", "/dev/zero", text.to_str().unwrap()] {
        refused(&folder, &["init", "--module", module], 5, "E0501");
    }
}

#[test]
fn input_is_read_from_regular_files_only() {
    let folder = place();
    let fifo = folder.path().join("fifo");
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0).unwrap();
    let big = fs::File::create(folder.path().join("big")).unwrap();
    big.set_len(50 << 20).unwrap();
    for (file, code) in [("fifo", "E0701"), ("/dev/zero", "E0701"), (".", "E0701"), ("none", "E0701"), ("big", "E0702")]
    {
        refused(
            &folder,
            &["wrap-for-import", "a", "--provider", "generic", "--wrapping-key", file, "--out", "o"],
            7,
            code,
        );
        refused(&folder, &["verify", "pin", "--trust", file], 7, code);
    }
    assert!(!folder.path().join("o").exists());
}

#[test]
fn output_is_never_overwritten() {
    let folder = place();
    let arguments = ["wrap-for-import", "a", "--provider", "generic", "--wrapping-key", "pin", "--out", "pin"];
    refused(&folder, &arguments, 2, "E0202");
    fs::create_dir(folder.path().join("registry")).unwrap();
    refused(&folder, &INIT, 2, "E0202");
    refused(&folder, &["man", "--out", "pin"], 9, "E0901");
}

#[test]
fn without_a_registry_nothing_is_touched() {
    let folder = place();
    for arguments in
        [&["list"][..], &["show", "a"], &["generate", "a", "--type", "aes-256"], &["recover"], &["hsm", "probe"]]
    {
        refused(&folder, arguments, 9, "E0903");
    }
    refused(&folder, &["export-audit", "--format", "csv"], 9, "E0903");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn verification_needs_an_anchor_and_evidence() {
    let folder = place();
    refused(&folder, &["verify", "."], 2, "E0209");
    // The PIN is no trust file, and is not repeated.
    assert!(!refused(&folder, &["verify", ".", "--trust", "pin"], 7, "E0711").contains("1234"));
}

#[test]
fn hostile_names_reach_no_terminal() {
    let folder = place();
    for hostile in ["a\u{1b}[2J", "\u{9b}31m", "\u{202e}x", "a\rb"] {
        for arguments in [
            &["generate", hostile, "--type", "aes-256"][..],
            &["providers", "show", hostile],
            &["explain", hostile],
            &["verify", hostile, "--trust", hostile],
            &["list", "--config", hostile],
            &[hostile],
        ] {
            let output = byok(folder.path(), arguments).output().unwrap();
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert!(!output.status.success());
            let acts = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
            assert!(!stderr.contains(acts), "{arguments:?}: {stderr:?}");
        }
    }
    let bytes = std::ffi::OsStr::from_bytes(b"\xff\x1b[0m");
    let output = byok(folder.path(), &["show"]).arg(bytes).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(!output.stderr.contains(&0x1b));
}

#[test]
fn a_full_disk_is_an_error_and_a_reader_that_left_is_none() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let run = |stdout: Stdio| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_byok"));
        command.args(["explain", "--markdown"]).stdout(stdout).stderr(Stdio::null()).status().unwrap().code()
    };
    assert_eq!(run(full.into()), Some(9));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    assert_eq!(run(writer.into()), Some(0));
}

#[test]
fn no_colour_without_a_terminal() {
    let output = byok(Path::new("/"), &["explain", "nonsense"]).output().unwrap();
    assert!(!output.stderr.contains(&0x1b));
}
