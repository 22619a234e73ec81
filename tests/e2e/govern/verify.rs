//! What `verify` says of governance: to an auditor, who has the registry and the signer's key and nothing else.

use std::fs;

use super::{KEK, POLICY, adopt, governed};
use crate::token::Module;
use crate::workplace::text;

const VERIFY: [&str; 4] = ["verify", "registry", "--trust", "signer.pem"];

#[test]
fn what_was_checked_is_said() {
    let place = governed(Module::SoftHsm);
    place.ok(&KEK);
    adopt(&place, &POLICY.replace("types: [aes-256]", "types: [aes-256, aes-192]"));
    place.ok(&["activate", "payments/kek"]);
    let said = place.ok(&[&VERIFY[..], &["-v"]].concat());
    assert!(said.contains("2 adoptions of a policy, each later one under the policy before it"), "{said}");
    assert!(said.contains("the policy in force at each change"), "{said}");
}

#[test]
fn a_policy_that_is_gone_or_changed_is_a_failure() {
    for (extension, gone) in [("yaml", true), ("yaml", false), ("allowed_signers", true), ("allowed_signers", false)] {
        let place = governed(Module::SoftHsm);
        place.ok(&KEK);
        let files = fs::read_dir(place.path("registry/policy")).unwrap().map(|entry| entry.unwrap().path());
        let path = files.into_iter().find(|path| path.extension().is_some_and(|found| found == extension)).unwrap();
        if gone {
            fs::remove_file(&path).unwrap();
        } else {
            fs::write(&path, "# nothing\n").unwrap();
        }
        let output = place.byok(&VERIFY);
        let said = text(&output.stdout);
        assert_eq!(output.status.code(), Some(8), "{said}");
        assert!(said.contains(if gone { "is not there" } else { "is another file" }), "{said}");
    }
}
