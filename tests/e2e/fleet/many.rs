//! Hundreds of keys in one command: several groups. And ten thousand in the registry: they are looked at, and some of them are
//! rotated. To rotate all of those takes minutes in a debug build, and is for `bench/`.

use serde_json::Value;

use super::{Fleet, KEYS, ROTATE};
use crate::token::Module;
use crate::workplace::assert_success;

const HUNDREDS: usize = 500;
const THOUSANDS: usize = 10_000;
/// The keys that are rotated among them: a hundred names, of which each eighth is a pair's.
const SOME: &str = "name=fleet/k000*";
const OF_SOME: usize = 88;

#[test]
fn hundreds_of_keys_are_rotated() {
    let mut fleet = Fleet::unique(Module::SoftHsm, HUNDREDS);
    fleet.proxied(&[]);
    assert_success(&fleet.byok(ROTATE), "hundreds");
    // One search for each class, whatever the number of keys.
    assert!(fleet.calls("C_FindObjectsInit") <= 4, "{} searches", fleet.calls("C_FindObjectsInit"));
    assert_eq!(fleet.calls("C_Login"), 1);
    fleet.assert_whole(&fleet.rotated_once(), "hundreds");
}

#[test]
fn ten_thousand_keys_are_looked_at_and_some_are_rotated() {
    let mut fleet = Fleet::unlisted(Module::SoftHsm, THOUSANDS);
    let versions = |fleet: &Fleet| {
        let status: Value = serde_json::from_str(&fleet.place.ok(&["status", "--json"])).expect("JSON");
        assert_eq!(status["keys"], THOUSANDS);
        status["versions"].as_u64().and_then(|number| usize::try_from(number).ok()).expect("a number")
    };
    assert_eq!(versions(&fleet), THOUSANDS);
    let steps = fleet.place.ok(&[ROTATE, &["--dry-run"]].concat());
    assert_eq!(steps.matches("in the place of").count(), THOUSANDS, "every key is to be rotated");

    let words: Vec<&str> = ROTATE.iter().copied().filter(|word| *word != "--all").chain(["--where", SOME]).collect();
    fleet.proxied(&[]);
    assert_success(&fleet.byok(&words), "some of many");
    assert!(fleet.calls("C_FindObjectsInit") <= 4, "{} searches", fleet.calls("C_FindObjectsInit"));
    assert_eq!(versions(&fleet), THOUSANDS + OF_SOME);
    let bundles = std::fs::read_dir(fleet.place.path(super::OUT).join(KEYS)).expect("bundles").count();
    assert_eq!(bundles, OF_SOME);
    fleet.assert_verifies("registry", "ten thousand");
}
