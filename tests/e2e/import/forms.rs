//! The forms in which keys are handed around: all become the same key.

use super::{assert_public, secret};
use crate::token::Module;
use crate::workplace::Workplace;

#[test]
fn one_key_in_every_container() {
    let place = Workplace::initialised(Module::SoftHsm);
    for (kind, conversions) in [
        (
            "ec-p256",
            &[
                ("sec1.pem", "ec -in key.pem -out sec1.pem"),
                ("sec1.der", "ec -in key.pem -outform DER -out sec1.der"),
                ("pkcs8.der", "pkcs8 -topk8 -nocrypt -in key.pem -outform DER -out pkcs8.der"),
            ][..],
        ),
        (
            "rsa-2048",
            &[
                ("pkcs1.pem", "rsa -in key.pem -traditional -out pkcs1.pem"),
                ("pkcs1.der", "rsa -in key.pem -traditional -outform DER -out pkcs1.der"),
            ],
        ),
    ] {
        place.private_key(kind, "key.pem");
        for (file, line) in conversions {
            place.openssl(line);
            let document = place.imported(&format!("{kind}/{file} {file}"));
            assert_eq!(document["key"]["keyType"], kind);
            assert_public(&place, &document, "key.pem");
        }
    }
    place.ok(&["verify", "registry", "--trust", "signer.pem"]);
}

/// The passphrase comes before the PIN, and a wrong one leaves nothing.
#[test]
fn encrypted_files_are_opened_on_the_way() {
    let place = Workplace::initialised(Module::SoftHsm);
    place.private_key("ec-p256", "key.pem");
    place.write("passphrase", "correct horse");
    place.write("wrong", "battery staple");
    for file in ["passphrase", "wrong"] {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(place.path(file), mode).unwrap();
    }
    place.openssl("req -x509 -new -key key.pem -subj /CN=x -out certificate.pem");
    place.openssl("pkcs12 -export -inkey key.pem -in certificate.pem -passout file:passphrase -out key.p12");
    place.openssl("pkcs8 -topk8 -in key.pem -passout file:passphrase -out encrypted.pem");
    for file in ["key.p12", "encrypted.pem"] {
        let wrong = ["import", file, file, "--passphrase-source", "file:wrong"];
        place.refused(7, &wrong);
        assert!(!place.path(&format!("registry/keys/{file}@1")).exists());
        let document = place.imported(&format!("{file} {file} --passphrase-source file:passphrase"));
        assert_public(&place, &document, "key.pem");
    }
}

/// One key once more, under another name: the registry has two, and their public halves are the same.
#[test]
fn the_same_key_twice_is_two_key_versions() {
    let place = Workplace::initialised(Module::SoftHsm);
    place.write("key.bin", secret(32));
    let one = place.imported("one key.bin --type aes-256 --owner ann --attribute from=old");
    let two = place.imported("two key.bin --type aes-256");
    assert_eq!((&one["key"]["owner"], &one["key"]["attributes"]["from"]), (&"ann".into(), &"old".into()));
    assert_eq!(one["key"]["check"], two["key"]["check"]);
    assert_ne!(one["key"]["custody"]["objectId"], two["key"]["custody"]["objectId"]);
}
