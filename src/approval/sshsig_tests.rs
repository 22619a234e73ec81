use sha2::{Digest, Sha256};

use super::*;
use crate::ssh_signer::{self as model, Secret, armor, mpint, strings};

const NAMESPACE: &str = "byok-approval-v1";

fn parse(secret: &Secret) -> SshSig {
    SshSig::parse(&secret.sign(NAMESPACE, b"plan")).unwrap()
}

/// An SSHSIG of an Ed25519 key, part by part.
fn blob(namespace: &[u8], reserved: &[u8], hash: &[u8], signature: &[u8]) -> Vec<u8> {
    let head = [&b"SSHSIG"[..], &1_u32.to_be_bytes()].concat();
    [head, strings(&[&model::ed25519(1).blob(), namespace, reserved, hash, signature])].concat()
}

#[test]
fn every_kind_of_key_verifies_its_own_bytes_only() {
    for secret in model::every_kind() {
        let sig = parse(&secret);
        assert_eq!(sig.namespace(), NAMESPACE);
        assert!(sig.verifies(b"plan"), "{}", secret.type_name());
        assert!(!sig.verifies(b"plan\n") && !sig.verifies(b""), "{}", secret.type_name());
    }
}

#[test]
fn sha256_is_taken_too_and_nothing_else() {
    let secret = model::p384(3);
    let sig = SshSig::from_blob(&secret.sshsig_with(NAMESPACE, "sha256", &Sha256::digest(b"plan"))).unwrap();
    assert!(sig.verifies(b"plan"));
    for hash in ["sha1", "sha384", "SHA256", ""] {
        let blob = secret.sshsig_with(NAMESPACE, hash, &[0; 20]);
        assert_eq!(SshSig::from_blob(&blob).unwrap_err(), SshSigError::Hash(hash.to_owned()));
    }
}

#[test]
fn every_cut_is_refused_and_every_flipped_bit_fails() {
    for secret in model::every_kind() {
        let blob = secret.sshsig(NAMESPACE, b"plan");
        for end in 0..blob.len() {
            assert!(SshSig::from_blob(&blob[..end]).is_err(), "{} cut at {end}", secret.type_name());
        }
        assert!(SshSig::from_blob(&[&blob[..], &[0]].concat()).is_err());
        for at in 0..blob.len() {
            let mut bad = blob.clone();
            bad[at] ^= 1;
            let good = SshSig::from_blob(&bad).is_ok_and(|sig| sig.verifies(b"plan"));
            assert!(!good, "{} with byte {at} flipped", secret.type_name());
        }
    }
}

#[test]
fn the_touch_is_covered_by_the_signature() {
    for (flags, present, verified) in [(0, false, false), (1, true, false), (4, false, true), (5, true, true)] {
        for secret in [model::sk_ed25519(1, flags), model::sk_p256(1, flags)] {
            let sig = parse(&secret);
            assert_eq!(sig.touch(), Some(Touch { present, verified, counter: 7 }));
            assert!(sig.verifies(b"plan"));
        }
    }
    assert_eq!(parse(&model::ed25519(1)).touch(), None);
}

#[test]
fn numbers_of_ecdsa_have_one_spelling() {
    let blob = model::p256(1).blob();
    let head = [&b"SSHSIG"[..], &1_u32.to_be_bytes()].concat();
    let with = |numbers: &[&[u8]]| {
        let signature = strings(&[b"ecdsa-sha2-nistp256", &strings(numbers)]);
        let rest = strings(&[&blob, NAMESPACE.as_bytes(), b"", b"sha512", &signature]);
        SshSig::from_blob(&[head.clone(), rest].concat())
    };
    let (good, wide) = (mpint(&[0x81; 32]), [1; 33]);
    assert!(with(&[&good, &good]).is_ok());
    // Superfluous zero, negative, zero, empty, too long for the curve, one number, three.
    for bad in [&[0, 1][..], &[0x81; 32], &[0], &[], &wide] {
        assert!(with(&[bad, &good]).is_err() && with(&[&good, bad]).is_err(), "{bad:?}");
    }
    assert!(with(&[&good]).is_err() && with(&[&good, &good, &good]).is_err());
}

#[test]
fn the_blob_has_one_form() {
    let signature = strings(&[b"ssh-ed25519", &[7; 64]]);
    let name = NAMESPACE.as_bytes();
    assert!(SshSig::from_blob(&blob(name, b"", b"sha512", &signature)).is_ok());
    assert!(SshSig::from_blob(&blob(name, b"x", b"sha512", &signature)).unwrap_err().to_string().contains("reserved"));
    for bad in [&b""[..], b"two words", b"esc\x1b", &[b'a'; 129]] {
        assert!(SshSig::from_blob(&blob(bad, b"", b"sha512", &signature)).is_err(), "{bad:?}");
    }
    let other = strings(&[b"ecdsa-sha2-nistp256", &[7; 64]]);
    assert!(SshSig::from_blob(&blob(name, b"", b"sha512", &other)).is_err());
    let mut version = blob(name, b"", b"sha512", &signature);
    version[9] = 2;
    assert_eq!(SshSig::from_blob(&version).unwrap_err(), SshSigError::Version(2));
}

#[test]
fn the_armor_is_one_block_and_nothing_else() {
    let good = String::from_utf8(model::ed25519(1).sign(NAMESPACE, b"plan")).unwrap();
    assert!(SshSig::parse(good.replace('\n', "\r\n").as_bytes()).unwrap().verifies(b"plan"));
    assert!(SshSig::parse(good.trim_end().as_bytes()).is_ok());
    let bad = [
        String::new(),
        format!(" {good}"),
        format!("{good}{good}"),
        format!("{good}x"),
        good.replace("SSH SIGNATURE", "SIGNATURE"),
        good.replacen("SIGNATURE-----\n", "SIGNATURE-----", 1),
    ];
    for text in bad {
        assert_eq!(SshSig::parse(text.as_bytes()).unwrap_err(), SshSigError::Armor, "{text}");
    }
    let spaced = good.replacen("SIGNATURE-----\n", "SIGNATURE-----\n ", 1);
    assert_eq!(SshSig::parse(spaced.as_bytes()).unwrap_err(), SshSigError::Base64);
    assert!(matches!(SshSig::parse(&vec![b'a'; MAX_SIGNATURE + 1]), Err(SshSigError::TooLarge(_))));
    assert_eq!(
        SshSig::parse(&armor(b"SSHSI")).unwrap_err().to_string(),
        "not an SSHSIG blob: it does not begin with SSHSIG"
    );
}
