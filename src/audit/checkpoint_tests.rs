use super::*;
use crate::manifest::dsse::{EnvelopeError, Signed};
use crate::manifest::trust::Trust;
use crate::soft_signer::SoftSigner;

fn checkpoint() -> Checkpoint {
    let mut frontier = Frontier::new();
    frontier.push([7; 32]);
    Checkpoint::of("byok/0f9e", &frontier)
}

#[test]
fn the_body_is_three_lines_in_one_spelling() {
    let body = checkpoint().body().unwrap();
    assert_eq!(body, "byok/0f9e\n1\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n");
    assert_eq!(Checkpoint::parse(body.as_bytes()), Ok(checkpoint()));
    for (from, to, error) in [
        ("\n1\n", "\n01\n", CheckpointError::Size),
        ("\n1\n", "\n+1\n", CheckpointError::Size),
        ("\n1\n", "\n18446744073709551616\n", CheckpointError::Size),
        ("Bwc=", "Bwd=", CheckpointError::Root),
        ("Bwc=", "Bw==", CheckpointError::Root),
        ("Bwc=\n", "Bwc=\nextension\n", CheckpointError::Policy),
        ("Bwc=\n", "Bwc=\n\n", CheckpointError::Policy),
        ("Bwc=\n", "Bwc=", CheckpointError::Lines),
        ("byok/0f9e", "", CheckpointError::Origin),
        ("byok/0f9e", "a b", CheckpointError::Origin),
        ("byok/0f9e", "a+b", CheckpointError::Origin),
        ("byok/0f9e", "a\r", CheckpointError::Origin),
    ] {
        assert_eq!(Checkpoint::parse(body.replacen(from, to, 1).as_bytes()), Err(error), "{to:?}");
    }
}

#[test]
fn a_fourth_line_names_the_policy_in_force() {
    let (policy, signers) = ("ab".repeat(32), "cd".repeat(32));
    let in_force = PolicyInForce { seq: 0, policy_sha256: policy.clone(), allowed_signers_sha256: signers.clone() };
    let with = checkpoint().with_policy(Some(in_force));
    let body = with.body().unwrap();
    assert_eq!(body, format!("{}policy 0 {policy} {signers}\n", checkpoint().body().unwrap()));
    assert_eq!(Checkpoint::parse(body.as_bytes()), Ok(with.clone()));
    for (from, to) in [
        ("policy 0", "policy 1"),
        ("policy 0", "policy 00"),
        ("policy 0", "policy  0"),
        ("policy 0", "Policy 0"),
        ("ab", "AB"),
        ("ab", ""),
        ("cd", "cd "),
    ] {
        let forged = body.replacen(from, to, 1);
        assert_eq!(Checkpoint::parse(forged.as_bytes()), Err(CheckpointError::Policy), "{to:?}");
    }
    for rest in ["\n", "policy\n"] {
        assert_eq!(Checkpoint::parse(format!("{body}{rest}").as_bytes()), Err(CheckpointError::Lines));
    }
    let signer = SoftSigner::new(Scheme::Ed25519);
    let key = VerifyingKey::from_spki(signer.spki()).unwrap();
    assert_eq!(Checkpoint::from_note(&with.to_note(&signer).unwrap(), &key), Ok((with, true)));
}

#[test]
fn the_envelope_holds_the_body() {
    let signer = SoftSigner::new(Scheme::EcdsaP256);
    let trust = Trust::from_spki(signer.spki()).unwrap();
    let envelope = Signed::sign(checkpoint(), &signer).unwrap().to_json();
    let verified = Signed::<Checkpoint>::verify(&envelope, &trust).unwrap();
    assert_eq!(verified.payload(), checkpoint().body().unwrap().as_bytes());
    let foreign = Trust::from_spki(SoftSigner::new(Scheme::EcdsaP256).spki()).unwrap();
    assert!(matches!(Signed::<Checkpoint>::verify(&envelope, &foreign), Err(EnvelopeError::Signatures(_))));
}

#[test]
fn a_note_is_signed_by_the_schemes_that_notes_have() {
    for (scheme, signs) in
        [(Scheme::EcdsaP256, true), (Scheme::Ed25519, true), (Scheme::EcdsaP384, false), (Scheme::RsaPssSha256, false)]
    {
        let signer = SoftSigner::new(scheme);
        let key = VerifyingKey::from_spki(signer.spki()).unwrap();
        let note = checkpoint().to_note(&signer).unwrap();
        assert_eq!(Checkpoint::from_note(&note, &key), Ok((checkpoint(), signs)), "{scheme}");
        assert_eq!(note.contains("\n\n\u{2014} byok/0f9e "), signs);
        let other = VerifyingKey::from_spki(SoftSigner::new(scheme).spki()).unwrap();
        assert_eq!(Checkpoint::from_note(&note, &other), Ok((checkpoint(), false)));
        let grown = note.replacen("\n1\n", "\n2\n", 1);
        assert_eq!(Checkpoint::from_note(&grown, &key), Ok((Checkpoint { size: 2, ..checkpoint() }, false)));
    }
}

/// The example of C2SP signed-note (at 0552876): the key id stands in front of the signature.
#[test]
fn the_note_of_the_specification_has_our_line_form() {
    let line = "\u{2014} quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0\
                xMcXxj99ihAQwaqP3ZekRwNtIc=";
    let id = [0x36, 0x7b, 0xa0, 0x4b];
    assert_eq!(note_signature(line, "quasimodo.example/salvatore", id).unwrap().len(), 64);
    assert_eq!(note_signature(line, "quasimodo.example/salvatore", [0; 4]), None);
    assert_eq!(note_signature(line, "quasimodo.example", id), None);
}
