//! Objects that have the id, the label and the class of an intent, and that byok cannot have made.

use super::*;
use crate::format::spki::PublicKey;
use crate::hsm::find::RSA;

fn rsa_pair() -> FakeToken {
    FakeToken::new().with(Class::Private, "a/b@1", RSA).with(Class::Public, "a/b@1", RSA)
}

#[test]
fn a_key_of_another_size_or_origin_was_not_made_by_byok() {
    for custody in
        [Custody { value_len: Some(16), ..Custody::default() }, Custody { local: Some(false), ..Custody::default() }]
    {
        let (f, token) = (Fixture::new(), FakeToken { custody, ..aes() });
        die_generating(&f, "aes-256");
        assert_eq!(found(&f, &token), [Left::Refused(Refusal::Other)]);
        assert_eq!(actions(&f, &token, Mode::Undo, true), [Action::Dismissed]);
        assert_eq!(token.labels(), ["a/b@1"], "a key that an intent only names is not destroyed");
    }
    let rsa = PublicKey::rsa(&[0xc1; 256], &[1, 0, 1]).unwrap();
    let (f, token) = (Fixture::new(), FakeToken { spki: rsa.der().to_vec(), ..rsa_pair() });
    die_generating(&f, "rsa-4096");
    assert_eq!(found(&f, &token), [Left::Refused(Refusal::Other)]);
}

/// `CKR_MECHANISM_INVALID` is what SoftHSM answers for a key without a value.
#[test]
fn an_object_without_a_key_in_it_is_destroyed_with_consent() {
    let custody = Custody { local: Some(false), value_len: Some(32), ..Custody::default() };
    for mode in [Mode::Finish, Mode::Undo] {
        let (f, token) = (Fixture::new(), FakeToken { custody: custody.clone(), refuses: Some(0x70), ..aes() });
        die_generating(&f, "aes-256");
        assert!(matches!(found(&f, &token)[..], [Left::Hollow(_)]));
        assert_eq!(actions(&f, &token, mode, false), [Action::NeedsConsent]);
        assert_eq!(actions(&f, &token, mode, true), [Action::Destroyed]);
        assert!(token.labels().is_empty());
        assert_settled(&f, &token);
    }
    // One that a manifest names is a live key, whatever it answers.
    let (f, token) = (Fixture::new(), FakeToken { custody, refuses: Some(0x70), ..aes() });
    f.put_manifest("c@1", 1, None, OBJECT);
    die_generating(&f, "aes-256");
    assert_eq!(found(&f, &token), [Left::Refused(Refusal::Live)]);
}
