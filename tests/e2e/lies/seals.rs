//! Seals that are none.

use super::{GENERATE, assert_unwrapped, lied_to, refused, wrap};
use crate::token::Module;
use crate::workplace::Workplace;

const SEAL: [&str; 3] = ["seal", "k", "--yes"];

fn verified(place: &Workplace) {
    place.ok(&["verify", "registry", "--trust", "registry/trust/signer.pem"]);
}

#[test]
fn a_token_that_says_that_it_sealed_a_key_is_asked_again() {
    for module in Module::ALL {
        let mut place = lied_to(module, &[]);
        place.ok(&GENERATE);
        place.token.proxied(&["lie=keeps-extractable"]);
        let said = refused(&place, &SEAL, "E0527", "keeps-extractable");
        assert!(said.contains("the token answered that CKA_EXTRACTABLE of k@1 is cleared, and it is not"), "{said}");
        assert!(place.token.trace().iter().any(|call| call.1 == "C_SetAttributeValue"));
        assert_unwrapped(&place, "keeps-extractable");
        verified(&place);
        // The key is as it was, and an honest token seals it.
        place.token.proxied(&[]);
        place.ok(&wrap("rsa-oaep-sha1"));
        place.ok(&SEAL);
        verified(&place);
    }
}

#[test]
fn a_token_that_refuses_leaves_the_key_as_it_was() {
    for module in Module::ALL {
        let mut place = lied_to(module, &[]);
        place.ok(&GENERATE);
        // CKR_ACTION_PROHIBITED
        place.token.proxied(&["fail=C_SetAttributeValue:0x1B"]);
        let output = place.byok(&SEAL);
        assert_eq!(output.status.code(), Some(5), "{module:?}: {output:?}");
        assert_unwrapped(&place, "refused");
        verified(&place);
        place.token.proxied(&[]);
        place.ok(&wrap("rsa-oaep-sha1"));
    }
}
