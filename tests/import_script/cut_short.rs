//! `import.sh` for AWS, killed between any two of its commands: typed again it ends well, and nothing is done twice.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Output;

use byok::key::spec::{HashAlg, KeySpec, Purpose};
use byok::provider::Options;

use crate::Scene;
use crate::answers::{AWS_KEY, bare, key_4096};
use crate::aws_kms::{AES, MULTI_REGION, answer, described, package, target};

const STUB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stubs/killed.sh");
/// Material of an earlier version.
const OLD: &str = "CURRENT byok:0\n";

/// A bundle whose script can be killed at each command that changes anything, and a key at AWS.
struct Cut {
    scene: Scene,
}

impl Cut {
    fn new(scene: Scene, materials: &str) -> Self {
        let bin = scene.folder.path().join("bin");
        for program in ["aws", "mkdir", "mv", "rm", "rmdir"] {
            let _ = fs::remove_file(bin.join(program));
            symlink(STUB, bin.join(program)).unwrap();
        }
        let cut = Self { scene };
        if !materials.is_empty() {
            fs::write(cut.file("materials"), materials).unwrap();
        }
        cut
    }

    fn file(&self, name: &str) -> PathBuf {
        self.scene.folder.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).unwrap_or_default()
    }

    fn run(&self, more: &[(&str, &str)]) -> Output {
        let _ = fs::remove_file(self.file("steps"));
        let (steps, materials) = (self.file("steps"), self.file("materials"));
        let stub = [("STUB_STEPS", steps.to_str().unwrap()), ("STUB_AWS", materials.to_str().unwrap())];
        self.scene.run_with(&[&stub, more].concat())
    }

    /// As a person does whom the script told to.
    fn unlock(&self) {
        let _ = fs::remove_dir(self.scene.mark("lock"));
    }

    fn ended(&self, done: &str, case: &str) {
        let output = self.run(&[]);
        assert!(output.status.success(), "{case}: {output:?}");
        assert_eq!(self.read("materials.done"), done, "{case}");
        assert!(self.scene.mark("imported").exists() && !self.scene.mark("importing").exists(), "{case}");
    }
}

fn later() -> Scene {
    package("kek@2", AES, Purpose::Encrypt, &answer(), &Options::default())
}

fn multi_region() -> Scene {
    let multi = AWS_KEY.replace("1234abcd-12ab-34cd-56ef-1234567890ab", MULTI_REGION);
    let key_alone = bare(byok::provider::find("aws-kms").unwrap(), &key_4096());
    package("kek@2", AES, Purpose::Encrypt, &key_alone, &target(&multi))
}

fn of_its_own() -> Scene {
    package("kek@2", KeySpec::Hmac(HashAlg::Sha256), Purpose::Mac, &answer(), &Options::default())
}

#[test]
fn a_killed_run_is_gone_on_with_from_any_point() {
    for (scene, materials, done) in [
        (later as fn() -> Scene, OLD, "imported\nrotated\n"),
        (later, "", "imported\n"),
        (multi_region, OLD, "imported\n"),
        (of_its_own, "", "imported\n"),
    ] {
        let whole = Cut::new(scene(), materials);
        whole.ended(done, "without a kill");
        let steps = whole.read("steps").lines().count();
        assert!(steps >= 6, "{}", whole.read("steps"));
        for (when, step) in (1..=steps).flat_map(|step| [("before", step), ("after", step)]) {
            let cut = Cut::new(scene(), materials);
            let case = format!("{when} {step} of {steps} with {materials:?}, {done:?}");
            let output = cut.run(&[("STUB_KILL", &format!("{when} {step}"))]);
            assert_eq!(output.status.code(), None, "{case}: {output:?}");
            if cut.scene.mark("lock").exists() {
                let output = cut.run(&[]);
                assert_eq!(output.status.code(), Some(3), "{case}: {output:?}");
            }
            cut.unlock();
            cut.ended(done, &case);
            cut.ended(done, &case);
        }
    }
}

/// What AWS refused was not done, and a second refusal is no other.
#[test]
fn a_refused_step_is_done_by_the_next_run() {
    for failing in ["import-key-material", "rotate-key-on-demand"] {
        let cut = Cut::new(later(), OLD);
        for _ in 0..2 {
            let output = cut.run(&[("STUB_FAILS", failing)]);
            assert_eq!(output.status.code(), Some(254), "{failing}: {output:?}");
        }
        cut.ended("imported\nrotated\n", failing);
    }
}

/// Where AWS does not say, people look: nothing is done on a guess.
#[test]
fn what_aws_does_not_say_is_for_people_to_judge() {
    let listing = format!(
        "\naws kms list-key-rotations --region 'eu-central-1' --key-id '{AWS_KEY}' --include-key-material ALL_KEY_MATERIAL\n"
    );
    for after in ["import-key-material", "rotate-key-on-demand"] {
        let cut = Cut::new(later(), OLD);
        cut.run(&[]);
        let step = cut.read("steps").lines().position(|line| line.contains(after)).unwrap() + 1;
        let killed = || {
            let cut = Cut::new(later(), OLD);
            cut.run(&[("STUB_KILL", &format!("after {step}"))]);
            cut.unlock();
            cut
        };
        let stops = |cut: &Cut, more: &[(&str, &str)]| {
            let before = cut.read("materials.done");
            let output = cut.run(more);
            let told = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(3), "{told}");
            assert!(told.contains(&listing) && told.contains(&described(&cut.scene)), "{told}");
            assert_eq!(cut.read("materials.done"), before, "{told}");
        };
        // The question is refused, or its answer is no word that is known.
        let cut = killed();
        stops(&cut, &[("STUB_FAILS", "list-key-rotations")]);
        fs::write(cut.file("materials"), format!("{OLD}GONE {}\n", described(&cut.scene))).unwrap();
        stops(&cut, &[]);
        fs::rename(cut.scene.mark("importing"), cut.scene.mark("imported")).unwrap();
        assert!(cut.run(&[]).status.success());
        // It was imported, and is not there any more.
        if after == "rotate-key-on-demand" {
            let cut = killed();
            fs::write(cut.file("materials"), OLD).unwrap();
            stops(&cut, &[]);
        }
    }
}

/// A key that keeps its material takes the same again; where it refuses, there is something in it.
#[test]
fn a_key_that_has_material_says_whether_it_is_this() {
    let cut = Cut::new(of_its_own(), "CURRENT another\n");
    assert_eq!(cut.run(&[]).status.code(), Some(255));
    let output = cut.run(&[]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.code() == Some(3) && told.contains("it may have been imported: see what byok confirm-import")
    );
    assert_eq!(cut.read("materials.done"), "");
    // Nothing is in it: the refusal is AWS's alone.
    let cut = Cut::new(of_its_own(), "");
    for _ in 0..2 {
        assert_eq!(cut.run(&[("STUB_FAILS", "import-key-material")]).status.code(), Some(254));
    }
    cut.ended("imported\n", "after two refusals");
}
