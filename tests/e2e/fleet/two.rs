//! Two processes on one fleet.

use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use super::Fleet;
use crate::token::Module;
use crate::workplace::{assert_success, code, text};

const KEYS: usize = 24;
/// What a lock that another process holds ends with.
const LOCKED: (i32, &str) = (9, "E0906");

/// What a second process may end with: what it wanted is there by now, or is being put into its place as it looks (E0202).
const HARMLESS: [i32; 3] = [0, 4, 2];

/// The second begins when the first has made some keys, and does not wait.
#[test]
fn the_second_is_refused() {
    for module in Module::ALL {
        let mut fleet = Fleet::new(module, KEYS);
        let script = fleet.script("second", &["--no-wait"]);
        fleet.proxied(&[&format!("run=C_GenerateKey#9:{}", script.display())]);
        assert_success(&fleet.rotate(), "the first");
        let second = fleet.said("second");
        assert_eq!(second.0, LOCKED.0, "{}", second.1);
        assert_eq!(code(&second.1), Some(LOCKED.1), "{}", second.1);
        fleet.assert_whole(&fleet.rotated_once(), "the second was refused");
    }
}

/// The second begins in the middle of the first, with the same keys in mind, and waits for it.
#[test]
fn the_second_waits() {
    let mut fleet = Fleet::new(Module::SoftHsm, KEYS);
    let script = fleet.script("second", &["--lock-timeout", "300"]);
    // The first goes on as soon as the second is on its way; the test waits for both.
    // The second keeps nothing of the first open, least of all its stderr.
    fleet.proxied(&[&format!("run=C_GenerateKey#9:{} 2>/dev/null &", script.display())]);
    let finished = fleet.place.path("second.code");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &finished,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .unwrap();
    assert_success(&fleet.rotate(), "the first");
    // Opens when the second has come to its end.
    let exit = std::fs::read_to_string(&finished).unwrap();
    std::fs::remove_file(finished).unwrap();
    let said = std::fs::read_to_string(fleet.place.path("second.err")).unwrap();
    assert!(HARMLESS.map(|code| code.to_string()).contains(&exit.trim().to_owned()), "{exit}: {said}");
    fleet.remove("second");
    fleet.assert_whole(&fleet.rotated_once(), "the second waited");
}

/// Both at once, in no order.
#[test]
fn both_at_once() {
    for module in Module::ALL {
        let fleet = Fleet::new(module, KEYS);
        let begin = || {
            let mut command = fleet.place.command(env!("CARGO_BIN_EXE_byok"));
            command.args(super::ROTATE).args(["--lock-timeout", "300"]);
            command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let outputs = [begin(), begin()].map(|child| child.wait_with_output().unwrap());
        let codes = outputs.each_ref().map(|output| output.status.code());
        let said = outputs.each_ref().map(|output| text(&output.stderr)).join("\n---\n");
        assert!(codes.contains(&Some(0)), "{codes:?} {said}");
        assert!(codes.iter().all(|code| HARMLESS.map(Some).contains(code)), "{codes:?} {said}");
        fleet.assert_whole(&fleet.rotated_once(), "both at once");
    }
}

/// Different keys of one registry: one after the other, and neither loses anything.
#[test]
fn halves_of_a_fleet() {
    let fleet = Fleet::new(Module::SoftHsm, KEYS);
    let (one, other) = fleet.names.split_at(KEYS / 2);
    let begin = |names: &[String]| {
        let mut command = fleet.place.command(env!("CARGO_BIN_EXE_byok"));
        command.args(Fleet::rotation_of(names)).args(["--lock-timeout", "300"]);
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    for child in [begin(one), begin(other)] {
        assert_success(&child.wait_with_output().unwrap(), "half");
    }
    fleet.assert_whole(&fleet.rotated_once(), "halves");
}

impl Fleet {
    /// A shell script that runs the same command, behind a proxy of its own without any lines, and keeps what it says.
    fn script(&self, name: &str, more: &[&str]) -> std::path::PathBuf {
        let config = self.place.token.path().join(format!("{name}.conf"));
        std::fs::write(&config, format!("module={}\n", self.module.path().display())).unwrap();
        // Only keys that are not in use right after a rotation: one at home may be rotated once more by who comes last.
        let only =
            |word: &&str| if *word == "--all" { "--where 'name=fleet/**'".to_owned() } else { (*word).to_owned() };
        let words: Vec<String> = [super::ROTATE, more].concat().iter().map(only).collect();
        let text = format!(
            "#!/bin/sh\ncd '{}' || exit\nBYOK_TEST_PROXY='{}' '{}' {} > {name}.out 2> {name}.err\necho $? > {name}.code\n",
            self.place.path("").display(),
            config.display(),
            env!("CARGO_BIN_EXE_byok"),
            words.join(" "),
        );
        let path = self.place.token.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
        path
    }

    /// How the script ended, and what it said; its files are taken away.
    fn said(&self, name: &str) -> (i32, String) {
        let read = |what: &str| std::fs::read_to_string(self.place.path(&format!("{name}.{what}"))).unwrap();
        let (exit, said) = (read("code").trim().parse().unwrap(), read("err"));
        std::fs::remove_file(self.place.path(&format!("{name}.code"))).unwrap();
        self.remove(name);
        (exit, said)
    }

    fn remove(&self, name: &str) {
        for what in ["out", "err"] {
            std::fs::remove_file(self.place.path(&format!("{name}.{what}"))).unwrap();
        }
    }
}
