//! What a policy wants a person to answer, neither --yes nor a plan that nobody approved answers.

use expectrl::Expect as _;

use super::{adopt, verified};
use crate::prompts::{finish, spawn};
use crate::token::Module;
use crate::workplace::{WRAPPING_KEY, Workplace, code};

const RULES: &str = "\
schema: byok.policy/v1
people:
  alice: {roles: [security]}
  bob: {roles: [security]}
registry: {unattended: [policy-adopt]}
rules:
  - name: web
    match: {keys: ['web/*']}
    unattended: [generate]
";
const WRAP: &str =
    "wrap-for-import web/a --provider generic --wrapping-key wrapping.pem --method rsa-oaep-sha1 --out bundle";

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

fn started() -> Workplace {
    let place = Workplace::initialised(Module::SoftHsm);
    place.write("wrapping.pem", WRAPPING_KEY);
    place.ok(&words("generate web/a --type aes-256"));
    place
}

fn refusal(place: &Workplace, exit: i32, command: &str) -> String {
    let said = place.refused(exit, &words(command));
    code(&said).unwrap_or_else(|| panic!("{said}")).to_owned()
}

#[test]
fn a_plan_that_nobody_approved_answers_nothing() {
    let place = started();
    place.ok(&words("plan seal web/a --out plan.json"));
    assert_eq!(refusal(&place, 2, "apply plan.json"), "E0210", "without a policy --yes answers");
    adopt(&place, RULES);
    std::fs::remove_file(place.path("plan.json")).unwrap();
    place.ok(&words("plan seal web/a --author alice --out plan.json"));
    for command in ["seal web/a", "seal web/a --yes", "apply plan.json", "apply plan.json --yes"] {
        assert_eq!(refusal(&place, 3, command), "E0306", "{command}");
    }
    assert!(!place.path("registry/keys/web/a@1/manifest-0002.dsse.json").exists());
    // A person at a terminal is asked for the name, as for the typed command.
    let mut session = spawn(&place, &words("apply plan.json --yes"));
    session.expect("Type web/a@1 to go on").unwrap();
    session.send("web/a@1\r").unwrap();
    let (said, code) = finish(session);
    assert_eq!(code, 0, "{said}");
    verified(&place);
}

#[test]
fn a_wrapping_key_is_compared_by_a_person_or_pinned() {
    let place = started();
    adopt(&place, RULES);
    for more in ["", " --yes"] {
        let said = place.refused(3, &words(&format!("{WRAP}{more}")));
        assert!(said.contains("[E0306]") && said.contains("hint: --wrapping-key-sha256"), "{said}");
    }
    // --yes at a terminal answers for nobody: the question is shown.
    for (answer, expected) in [("n\r", 2), ("y\r", 0)] {
        let mut session = spawn(&place, &words(&format!("{WRAP} --yes")));
        session.expect("Does the provider show this fingerprint").unwrap();
        session.send(answer).unwrap();
        let (said, code) = finish(session);
        assert_eq!(code, expected, "{said}");
    }
    let predicate = place.predicate("bundle/manifest.dsse.json");
    assert_eq!(predicate["wraps"][0]["wrappingKey"]["authenticatedBy"], "operator");
}
