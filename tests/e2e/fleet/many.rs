//! Hundreds of keys in one command: several groups. Ten thousand take minutes in a debug build, and are for `bench/`.

use super::{Fleet, ROTATE};
use crate::token::Module;
use crate::workplace::assert_success;

const KEYS: usize = 500;

#[test]
fn hundreds_of_keys_are_rotated() {
    let mut fleet = Fleet::unique(Module::SoftHsm, KEYS);
    fleet.proxied(&[]);
    assert_success(&fleet.byok(ROTATE), "hundreds");
    // One search for each class, whatever the number of keys.
    assert!(fleet.calls("C_FindObjectsInit") <= 4, "{} searches", fleet.calls("C_FindObjectsInit"));
    assert_eq!(fleet.calls("C_Login"), 1);
    fleet.assert_whole(&fleet.rotated_once(), "hundreds");
}
