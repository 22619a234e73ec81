//! `ssh-keygen`: what it writes in PEM, and what it reads.

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
fn its_own_form_is_read_and_the_comment_is_not_lost_unsaid() {
    for kind in ["ed25519", "ecdsa", "rsa"] {
        let place = Place::new();
        place.run("ssh-keygen", &["-q", "-t", kind, "-N", "", "-C", "me@here", "-f", "id"]);
        let said = place.refused("id", "pkcs8", "E0734");
        assert!(said.contains("comment") && said.contains("--drop-attributes"), "{said}");
        place.convert("id", "spki", "pub.pem");
        let public = place.run("ssh-keygen", &["-i", "-m", "PKCS8", "-f", "pub.pem"]);
        let wanted = place.run("ssh-keygen", &["-y", "-f", "id"]);
        let start = |line: &[u8]| line.splitn(3, |byte| *byte == b' ').take(2).map(<[u8]>::to_vec).collect::<Vec<_>>();
        assert_eq!(start(public.trim_ascii()), start(wanted.trim_ascii()), "{kind}");
    }
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
