//! A bundle whose place is taken: the manifest is in its place, other keys go on, and `recover --undo` is the way out.

use std::fs;

use super::{Fleet, OUT, TARGET, durable};
use crate::token::Module;
use crate::workplace::{assert_success, code, text};

#[test]
fn a_bundle_whose_place_is_taken_holds_up_its_key_alone() {
    let mut fleet = Fleet::new(Module::SoftHsm, 4);
    let renames = durable::calls(&fleet.copy(), "renameat2", &[], &fleet.rotation());
    let nth = renames.iter().position(|call| call.contains(&format!("{OUT}/"))).expect("a bundle gets its place") + 1;
    let rule = format!("inject=renameat2:error=EEXIST:when={nth}");
    let output = durable::under_strace(&fleet, "renameat2", &["-e", &rule], &fleet.rotation()).0;
    assert_eq!(code(&text(&output.stderr)), Some("E0202"), "{}", text(&output.stderr));
    // The manifests of all keys are in their places, and signed for.
    assert_eq!(fleet.made(2), 4);
    fleet.assert_verifies("registry", "with a bundle that waits");
    let key = fleet.names.iter().find(|name| !bundle(&fleet, name).is_dir() && name.starts_with("fleet/"));
    let key = key.expect("one bundle is not in its place").clone();
    fs::create_dir(bundle(&fleet, &key)).unwrap();
    assert_success(&fleet.byok(&["generate", "another", "--type", "aes-256"]), "another key");
    fleet.place.refused(9, &["recover", "--yes"]);
    let told = fleet.byok(&Fleet::rotation_of(std::slice::from_ref(&key)));
    assert!(text(&told.stderr).contains("recorded: its manifest is in its place"), "{}", text(&told.stderr));
    let refused = fleet.byok(&["activate", &key]);
    assert_eq!(code(&text(&refused.stderr)), Some("E0907"), "{}", text(&refused.stderr));
    fleet.place.ok(&["recover", "--undo", "--yes"]);
    fs::remove_dir(bundle(&fleet, &key)).unwrap();
    assert_success(&fleet.byok(&Fleet::rotation_of(std::slice::from_ref(&key))), "wrapped again");
    assert!(bundle(&fleet, &key).join("bundle.json").is_file());
    fleet.assert_verifies("registry", "at the end");
    fleet.place.ok(&["recover", "--yes"]);
    fleet.proxied(&[]);
}

fn bundle(fleet: &Fleet, name: &str) -> std::path::PathBuf {
    fleet.place.path(OUT).join(format!("{name}@2")).join(TARGET)
}
