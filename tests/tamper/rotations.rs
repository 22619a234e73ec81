//! Rotations that somebody with the evidence signer's PIN made, logged and signed: what the policy asks of a wrap it asks
//! of a wrap in a rotation, and a new version replaces what it says.

use byok::manifest::digest::sha256_hex;
use byok::manifest::rotation::RotationRecord;
use byok::manifest::statement::KeyVersionPredicate;

use crate::approvals::Scene;
use crate::forged::{item, why};
use crate::world::{KEK, payload_of};

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

#[test]
fn a_new_version_is_of_the_kind_of_the_one_that_it_replaces_and_names_it() {
    let free = "seal: {count: 2}";
    let other = |next: &mut KeyVersionPredicate| next.purpose = "wrap".to_owned();
    let said = verdict(free, other);
    assert!(
        said.contains("it is aes-256 to wrap, and payments/kek@1, which it replaces, is aes-256 to encrypt"),
        "{said}"
    );
    let none = "its rotation names a manifest that is none of payments/kek@1";
    let named = |key: &str, at: usize| {
        let mut scene = Scene::before(&policy(free));
        let hash = sha256_hex(&payload_of(&scene.world.manifests(key)[at].1));
        rotate(&mut scene, |next| next.rotation.as_mut().unwrap().manifest_sha256 = hash);
        why(&item(&scene, NEW))
    };
    assert!(named("other@1", 0).contains(none), "a manifest of another key");
    assert_eq!(named(KEK, 0), "", "an earlier one of the same version");
    let nothing = |next: &mut KeyVersionPredicate| next.rotation.as_mut().unwrap().manifest_sha256 = "ab".repeat(32);
    assert!(verdict(free, nothing).contains(none));
}
