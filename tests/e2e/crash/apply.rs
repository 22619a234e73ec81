//! `apply`, killed anywhere: typed again it goes on where it was cut off, and once it is done it is refused. Nothing is done
//! twice.

use super::scene::Scene;
use super::{BEFORE, BUNDLE, Case, WITH_FRESH, WRAP_DIRECT, WRAP_PLAINTEXT, split};
use crate::four_eyes::{APPROVAL, POLICY, govern, plan, sign};
use crate::import::secret;
use crate::token::Module;
use crate::workplace::code;

const APPLY: &str = "apply plan.json --yes";
const FRESH: &str = "registry/keys/fresh@1";
const DESTROY: &str = "byok-destroy-v1";
const ENDED: &str = "registry/keys/fresh@1/manifest-0002.dsse.json";
const SECOND: &str = "registry/keys/canary@1/manifest-0002.dsse.json";

/// A plan of this command, to be applied.
fn planned(module: Module, words: &str, versions: &'static [&'static str], output: &'static str) -> Case {
    let start = Scene::with_canaries(module);
    start.place.write("key.bin", secret(32));
    let plan = format!("plan {words} --out plan.json");
    start.place.ok(&split(&plan).iter().map(String::as_str).collect::<Vec<_>>());
    Case { start, words: split(APPLY), versions, output, each_state_once: false }
}

impl Case {
    /// Crashes, and then once more undisturbed: what is done stays refused.
    fn crash_and_refuse(&self) {
        self.crash();
        let scene = self.start.copy();
        scene.place.ok(&self.words());
        let before = scene.place.files();
        let said = scene.place.refused(3, &self.words());
        assert_eq!(code(&said), Some("E0325"), "{said}");
        assert!(scene.place.files() == before, "a refused plan changes nothing");
    }
}

#[test]
fn softhsm_apply_wrap() {
    planned(Module::SoftHsm, WRAP_DIRECT, &BEFORE, BUNDLE).crash_and_refuse();
}

#[test]
fn softhsm_apply_wrap_plaintext() {
    planned(Module::SoftHsm, WRAP_PLAINTEXT, &BEFORE, BUNDLE).crash_and_refuse();
}

#[test]
fn softhsm_apply_import() {
    planned(Module::SoftHsm, "import fresh key.bin --type aes-256", &WITH_FRESH, FRESH).crash_and_refuse();
}

#[test]
fn kryoptic_apply_import() {
    planned(Module::Kryoptic, "import fresh key.bin --type aes-256", &WITH_FRESH, FRESH).crash_and_refuse();
}

#[test]
fn softhsm_apply_seal() {
    planned(Module::SoftHsm, "seal canary", &BEFORE, SECOND).crash_and_refuse();
}

#[test]
fn kryoptic_apply_seal() {
    planned(Module::Kryoptic, "seal canary", &BEFORE, SECOND).crash_and_refuse();
}

/// The same under a policy, with the approvals of two people.
fn approved(module: Module, words: &str, versions: &'static [&'static str], output: &'static str) -> Case {
    let start = Scene::with_canaries(module);
    // `recover` is typed here when everything is done.
    let policy = POLICY.replace("    recover: {count: 1}\n", "");
    govern(&start.place, &policy);
    start.place.write("newer.yaml", format!("{policy}# reviewed\n"));
    plan(&start.place, words);
    let approvals = ["bob", "carol"].map(|person| sign(&start.place, person, APPROVAL, "plan.json"));
    let words = split(&format!("{APPLY} {}", approvals.join(" ")));
    Case { start, words, versions, output, each_state_once: false }
}

#[test]
fn softhsm_apply_approved_wrap() {
    approved(Module::SoftHsm, WRAP_DIRECT, &BEFORE, BUNDLE).crash_and_refuse();
}

/// The manifest that a killed run owes comes between the one that was approved and the wrap.
#[test]
fn softhsm_apply_approved_wrap_plaintext() {
    approved(Module::SoftHsm, WRAP_PLAINTEXT, &BEFORE, BUNDLE).crash_and_refuse();
}

#[test]
fn kryoptic_apply_approved_import() {
    approved(Module::Kryoptic, "import fresh key.bin --type aes-256", &WITH_FRESH, FRESH).crash_and_refuse();
}

/// In force is what a checkpoint names: before that, killed or not, it is typed again.
#[test]
fn softhsm_apply_policy_adopt() {
    let words = "policy adopt --policy newer.yaml --allowed-signers signers";
    approved(Module::SoftHsm, words, &BEFORE, "").crash_and_refuse();
}

/// The end of a key, approved by two people.
fn doomed(module: Module) -> Case {
    let start = Scene::with_canaries(module);
    let policy = POLICY.replace("    recover: {count: 1}\n", "");
    let policy = policy.replace("      import: {count: 1}\n", "      import: {count: 1}\n      destroy: {count: 2}\n");
    govern(&start.place, &policy.replace("[generate, import,", "[generate, destroy, import,"));
    start.place.ok(&["generate", "fresh", "--type", "ec-p256"]);
    plan(&start.place, "revoke fresh --stage destroy --reason superseded");
    let approvals = ["bob", "carol"].map(|person| sign(&start.place, person, DESTROY, "plan.json"));
    let words = split(&format!("{APPLY} {}", approvals.join(" ")));
    Case { start, words, versions: &WITH_FRESH, output: ENDED, each_state_once: false }
}

#[test]
fn softhsm_apply_approved_destroy() {
    doomed(Module::SoftHsm).crash_and_refuse();
}

#[test]
fn kryoptic_apply_approved_destroy() {
    doomed(Module::Kryoptic).crash_and_refuse();
}

/// A rotation with a wrap, approved by two people.
fn rotated(module: Module) -> Case {
    let mut case = super::rotate::wrapped(module);
    let policy = POLICY.replace("    recover: {count: 1}\n", "");
    govern(&case.start.place, &policy.replace("wrap-for-import]", "rotate, wrap-for-import]"));
    plan(&case.start.place, &case.words.join(" "));
    let approvals = ["bob", "carol"].map(|person| sign(&case.start.place, person, APPROVAL, "plan.json"));
    case.words = split(&format!("{APPLY} {}", approvals.join(" ")));
    case
}

#[test]
fn softhsm_apply_approved_rotate() {
    rotated(Module::SoftHsm).crash_and_refuse();
}

#[test]
fn kryoptic_apply_approved_rotate() {
    rotated(Module::Kryoptic).crash_and_refuse();
}
