//! Rotations that somebody with the evidence signer's PIN made, logged and signed: what the policy asks of a wrap it asks
//! of a wrap in a rotation, and a new version replaces what it says.

use byok::manifest::rotation::RotationRecord;
use byok::manifest::statement::KeyVersionPredicate;

use crate::approvals::Scene;
use crate::forged::{item, why};
use crate::world::KEK;

const NEW: &str = "payments/kek@2";

/// Approvals for what follows `approvals:`.
fn policy(approvals: &str) -> String {
    let head = "schema: byok.policy/v1\npeople:\n  alice: {roles: [officer]}\n  bob: {roles: [officer]}\n";
    format!("{head}rules:\n  - name: payments\n    match: {{keys: [\"**\"]}}\n    approvals: {{{approvals}}}\n")
}

/// The key's next version, wrapped as the one before it was, under the authorization of the scene; then changed.
fn rotate(scene: &mut Scene, change: impl FnOnce(&mut KeyVersionPredicate)) {
    let mut next = scene.next(|_| ());
    let manifest_sha256 = next.previous_manifest.take().unwrap();
    (next.key_version, next.revision) = (2, 1);
    next.rotation = Some(RotationRecord { replaces: KEK.to_owned(), manifest_sha256, overlap: None });
    change(&mut next);
    scene.world.operate("key.rotate", next);
}

/// What is wrong with the new version, or nothing.
fn verdict(approvals: &str, change: impl FnOnce(&mut KeyVersionPredicate)) -> String {
    let mut scene = Scene::before(&policy(approvals));
    rotate(&mut scene, change);
    why(&item(&scene, NEW))
}

#[test]
fn a_wrap_in_a_rotation_needs_the_approvals_of_a_wrap() {
    let lacks = |what: &str| format!("the policy asks for {what} of this, and the manifest names no plan");
    assert_eq!(verdict("seal: {count: 2}", |_| ()), "");
    assert!(verdict("wrap-for-import: {count: 2}", |_| ()).contains(&lacks("2 approvals")));
    assert!(verdict("rotate: {count: 1}", |_| ()).contains(&lacks("1 approval")));
    assert!(verdict("rotate: {count: 1}, wrap-for-import: {count: 2}", |_| ()).contains(&lacks("2 approvals")));
    assert_eq!(verdict("wrap-for-import: {count: 2}", |next| next.wraps.clear()), "", "nothing is wrapped");
}
