use super::*;
use crate::ssh_signer::{self as model, strings};

fn words(line: &str) -> Result<SshKey, SshKeyError> {
    let (kind, base64) = line.split_once(' ').unwrap();
    SshKey::from_words(kind, base64)
}

#[test]
fn every_kind_that_approves_is_read() {
    for secret in model::every_kind() {
        let key = words(&secret.line()).unwrap();
        assert_eq!(key.type_name(), secret.type_name());
        assert_eq!(key.is_security_key(), secret.type_name().starts_with("sk-"));
        assert!(key.fingerprint().starts_with("SHA256:") && key.fingerprint().len() == 50);
    }
}

#[test]
fn every_cut_and_every_addition_is_refused() {
    for secret in model::every_kind() {
        let blob = secret.blob();
        for end in 0..blob.len() {
            assert!(SshKey::from_blob(&blob[..end]).is_err(), "{} cut at {end}", secret.type_name());
        }
        assert_eq!(
            SshKey::from_blob(&[&blob[..], &[0]].concat()),
            Err(SshKeyError::Malformed("it has bytes after its end"))
        );
    }
}

#[test]
fn a_type_and_a_curve_that_disagree_are_refused() {
    let key = p384::ecdsa::SigningKey::from_slice(&[1; 48]).unwrap();
    let point = key.verifying_key().to_sec1_point(false).to_bytes();
    for curve in ["nistp256", "nistp521", "secp256k1", ""] {
        let blob = strings(&[b"ecdsa-sha2-nistp384", curve.as_bytes(), &point]);
        assert_eq!(SshKey::from_blob(&blob), Err(SshKeyError::Malformed("its type and its curve disagree")), "{curve}");
    }
    let other = strings(&[b"ecdsa-sha2-nistp256", b"nistp256", &point]);
    assert!(matches!(SshKey::from_blob(&other), Err(SshKeyError::Malformed(_))));
}

#[test]
fn points_are_uncompressed_and_on_their_curve() {
    let key = p256::ecdsa::SigningKey::from_slice(&[1; 32]).unwrap();
    let compressed = key.verifying_key().to_sec1_point(true).to_bytes();
    let mut off = key.verifying_key().to_sec1_point(false).to_bytes();
    off[64] ^= 1;
    for point in [&compressed[..], &off[..], &[0][..], &[4; 65][..]] {
        let blob = strings(&[b"ecdsa-sha2-nistp256", b"nistp256", point]);
        assert!(matches!(SshKey::from_blob(&blob), Err(SshKeyError::Malformed(_))), "{point:?}");
    }
}

#[test]
fn weak_ed25519_keys_are_refused() {
    // The neutral element, and a point of order two: (0, -1).
    let mut one = [0; 32];
    one[0] = 1;
    let mut minus_one = [0xff; 32];
    (minus_one[0], minus_one[31]) = (0xec, 0x7f);
    for point in [one, minus_one] {
        assert_eq!(SshKey::from_blob(&strings(&[b"ssh-ed25519", &point])), Err(SshKeyError::Weak));
    }
}

#[test]
fn what_does_not_approve_is_refused_by_name() {
    for name in ["ssh-rsa", "rsa-sha2-512", "ssh-dss", "webauthn-sk-ecdsa-sha2-nistp256@openssh.com"] {
        assert!(matches!(words(&format!("{name} AAAA")), Err(SshKeyError::Refused(said, _)) if said == name));
        assert!(matches!(SshKey::from_blob(&strings(&[name.as_bytes()])), Err(SshKeyError::Refused(..))));
    }
    for name in ["ssh-ed25519-cert-v01@openssh.com", "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com"] {
        assert!(SshKey::from_blob(&strings(&[name.as_bytes()])).unwrap_err().to_string().contains("certificate"));
    }
    assert_eq!(words("ssh-xmss AAAACHNzaC14bXNz"), Err(SshKeyError::Unknown("ssh-xmss".to_owned())));
}

#[test]
fn a_line_says_what_it_holds() {
    let line = model::ed25519(1).line().replace("ssh-ed25519", "ecdsa-sha2-nistp256");
    assert!(matches!(words(&line), Err(SshKeyError::Type { is: "ssh-ed25519", .. })));
    assert_eq!(words("ssh-ed25519 AAAA*"), Err(SshKeyError::Base64));
}

#[test]
fn an_application_begins_with_ssh() {
    let public = [&model::ed25519(1).blob()[19..]].concat();
    for application in ["https://bank.example", "", "SSH:"] {
        let blob = strings(&[b"sk-ssh-ed25519@openssh.com", &public, application.as_bytes()]);
        assert!(
            matches!(SshKey::from_blob(&blob), Err(SshKeyError::Malformed(why)) if why.contains("ssh:")),
            "{application}"
        );
    }
    assert!(SshKey::from_blob(&strings(&[b"sk-ssh-ed25519@openssh.com", &public, b"ssh:byok"])).is_ok());
}

#[test]
fn one_key_in_two_guises_is_one_key() {
    let plain = SshKey::from_blob(&model::p256(1).blob()).unwrap();
    let device = SshKey::from_blob(&model::sk_p256(1, model::TOUCHED).blob()).unwrap();
    assert_ne!(plain, device);
    assert!(plain.is_same_as(&device));
    assert!(!plain.is_same_as(&SshKey::from_blob(&model::p256(2).blob()).unwrap()));
}
