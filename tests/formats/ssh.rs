//! `ssh-keygen`: what it writes in PEM, and what it reads.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::place::{PASSPHRASE, Place};

#[test]
fn what_ssh_keygen_writes_is_read() {
    for (kind, bits) in [("rsa", "2048"), ("ecdsa", "256"), ("ecdsa", "521")] {
        for form in ["PEM", "PKCS8"] {
            for passphrase in ["", PASSPHRASE] {
                let place = Place::new();
                let words = ["-q", "-t", kind, "-b", bits, "-m", form, "-N", passphrase, "-f", "id"];
                place.run("ssh-keygen", &words);
                assert_eq!(place.der_by_byok("id", ""), place.der("id"), "{kind} {bits} {form}");
            }
        }
    }
}

#[test]
fn its_own_form_is_read_or_named_with_the_way_out() {
    let place = Place::new();
    place.run("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-C", "me@here", "-f", "id"]);
    let said = place.refused("id", "pkcs8", "E0734");
    assert!(said.contains("comment") && said.contains("--drop-attributes"), "{said}");
    place.convert("id", "spki --encoding der", "pub.der");
    let line = String::from_utf8(place.run("ssh-keygen", &["-y", "-f", "id"])).unwrap();
    let blob = STANDARD.decode(line.split(' ').nth(1).unwrap()).unwrap();
    assert_eq!(blob.last_chunk::<32>(), place.read("pub.der").last_chunk::<32>());

    place.run("ssh-keygen", &["-q", "-t", "ecdsa", "-N", "", "-f", "ec"]);
    let said = place.refused("ec", "pkcs8", "E0716");
    assert!(said.contains("OpenSSH private key") && said.contains("ssh-keygen -p -m PKCS8 -f COPY"), "{said}");
    place.run("ssh-keygen", &["-q", "-p", "-N", "", "-m", "PKCS8", "-f", "ec"]);
    assert_eq!(place.der_by_byok("ec", ""), place.der("ec"));
}

#[test]
fn what_byok_writes_ssh_keygen_reads() {
    for (spec, line) in [("rsa-3072", "pkcs1"), ("ec-p256", "sec1"), ("ec-p384", "pkcs8"), ("rsa-2048", "pkcs8")] {
        let place = Place::with_pair(spec);
        place.convert("key.pem", line, "id");
        let public = place.run("ssh-keygen", &["-y", "-f", "id"]);
        place.run("openssl", &["pkey", "-in", "key.pem", "-traditional", "-out", "old"]);
        std::fs::set_permissions(place.path("old"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        assert_eq!(public, place.run("ssh-keygen", &["-y", "-f", "old"]), "{spec} {line}");
        place.convert("key.pem", "encrypted-pkcs8 --new-passphrase-source env:P", "locked");
        let again = place.run("ssh-keygen", &["-y", "-P", PASSPHRASE, "-f", "locked"]);
        assert_eq!(again, public, "{spec}");
    }
}
