//! OpenSSL: every container that its commands write, and every one that they read.

use super::place::{PAIRS, PASSPHRASE, Place};

#[test]
fn what_openssl_writes_without_a_passphrase_is_read() {
    for (spec, _) in PAIRS {
        let place = Place::with_pair(spec);
        let wanted = place.der("key.pem");
        place.openssl("pkey -in key.pem -outform DER -out key.der");
        let old: &[&str] = if spec == "ed25519" { &[] } else { &["old.pem", "old.der"] };
        for name in old {
            let form = name[4..].to_uppercase();
            place.openssl(&format!("pkey -in key.pem -traditional -outform {form} -out {name}"));
        }
        for name in ["key.pem", "key.der"].iter().chain(old) {
            assert_eq!(place.der_by_byok(name, ""), wanted, "{spec} {name}");
        }
        let public = place.openssl("pkey -in key.pem -pubout -outform DER");
        place.openssl("pkey -in key.pem -pubout -out pub.pem");
        for name in ["key.pem", "pub.pem"] {
            place.convert(name, "spki --encoding der", "pub.der");
            assert_eq!(place.read("pub.der"), public, "{spec} {name}");
        }
    }
}

#[test]
fn what_openssl_encrypts_as_pkcs8_is_opened() {
    for spec in ["rsa-2048", "ec-p384", "ed25519"] {
        let place = Place::with_pair(spec);
        let wanted = place.der("key.pem");
        for how in [
            "-v2 aes-128-cbc",
            "-v2 aes-192-cbc",
            "-v2 aes-256-cbc",
            "-v2 des3",
            "-v2 aes-256-cbc -v2prf hmacWithSHA1",
            "-v2 aes-256-cbc -v2prf hmacWithSHA224 -iter 1",
            "-v2 aes-256-cbc -v2prf hmacWithSHA384 -iter 100000",
            "-v2 aes-256-cbc -v2prf hmacWithSHA512",
            "-scrypt",
            "-scrypt -scrypt_N 2 -scrypt_r 1 -scrypt_p 3",
            "-v1 PBE-SHA1-3DES",
            "-v1 PBE-SHA1-2DES",
            "-v1 PBE-SHA1-RC2-40 -provider legacy -provider default",
            "-v1 PBE-SHA1-RC2-128 -provider legacy -provider default",
            "-v1 PBE-MD5-DES -provider legacy -provider default",
            "-v1 PBE-SHA1-DES -provider legacy -provider default",
            "-v1 PBE-MD5-RC2-64 -provider legacy -provider default",
        ] {
            for form in ["PEM", "DER"] {
                place.openssl(&format!(
                    "pkcs8 -topk8 {how} -in key.pem -passout pass:{PASSPHRASE} -outform {form} -out locked"
                ));
                assert_eq!(place.der_by_byok("locked", ""), wanted, "{spec} {how} {form}");
            }
            let said = place.refused("locked", "pkcs8 --passphrase-source env:LC_ALL", "E0222");
            assert!(said.contains("LC_ALL"), "{said}");
        }
    }
}

#[test]
fn what_openssl_encrypts_in_pem_headers_is_opened_with_a_warning() {
    for spec in ["rsa-2048", "ec-p256"] {
        let place = Place::with_pair(spec);
        let wanted = place.der("key.pem");
        for cipher in ["aes128", "aes192", "aes256", "des3", "des -provider legacy -provider default"] {
            place.openssl(&format!("pkey -in key.pem -traditional -passout pass:{PASSPHRASE} -out locked -{cipher}"));
            assert!(String::from_utf8(place.read("locked")).unwrap().contains("Proc-Type: 4,ENCRYPTED"));
            let said = place.convert("locked", "encrypted-pkcs8 --passphrase-source env:P", "new.pem");
            assert!(said.contains("warning: old encryption") && said.contains("[F801]"), "{spec} {cipher}: {said}");
            assert_eq!(place.der("new.pem"), wanted, "{spec} {cipher}");
        }
    }
}

#[test]
fn what_openssl_writes_as_pkcs12_is_opened() {
    for spec in ["rsa-2048", "ec-p521", "ed25519"] {
        let place = Place::with_pair(spec);
        place.certify();
        let wanted = place.der("key.pem");
        for (how, warning) in [
            ("", None),
            ("-legacy", Some("F801")),
            ("-certpbe PBE-SHA1-RC2-40 -keypbe PBE-SHA1-3DES -macalg sha1 -legacy", Some("F801")),
            ("-nomac", Some("F803")),
            ("-noiter", None),
            ("-iter 100000", None),
            ("-macalg sha512", None),
            ("-macalg sha384", None),
            ("-keypbe NONE -certpbe NONE", Some("F804")),
            ("-keypbe AES-128-CBC -certpbe NONE", None),
            ("-name alice", None),
        ] {
            if spec != "ec-p521" && !["", "-legacy"].contains(&how) {
                continue; // the key inside makes no difference to the rest
            }
            for certificate in ["-in cert.pem -inkey key.pem", "-in key.pem -nocerts"] {
                let line = format!("pkcs12 -export {certificate} -passout pass:{PASSPHRASE} -out key.p12 {how}");
                place.openssl(line.trim());
                assert_eq!(place.der_by_byok("key.p12", ""), wanted, "{spec} {how} {certificate}");
                let said = place.convert("key.p12", "pkcs12 --passphrase-source env:P", "new.p12");
                for code in ["F801", "F803", "F804"] {
                    assert_eq!(said.contains(code), warning == Some(code), "{spec} {how} {certificate}: {said}");
                }
                // Modern, and with everything that was in it.
                let line = format!("pkcs12 -in new.p12 -nodes -passin pass:{PASSPHRASE}");
                let inside = String::from_utf8(place.openssl(&line)).unwrap();
                assert_eq!(inside.contains("BEGIN CERTIFICATE"), certificate.contains("cert.pem"), "{inside}");
                assert_eq!(inside.contains("friendlyName: alice"), how.contains("alice"), "{inside}");
                place.write("back.pem", &inside);
                assert_eq!(place.der("back.pem"), wanted, "{spec} {how}");
            }
        }
    }
}

#[test]
fn an_empty_passphrase_of_pkcs12_is_one() {
    let place = Place::with_pair("ec-p256");
    place.write("empty", "\n");
    std::fs::set_permissions(place.path("empty"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    for how in ["", " -legacy"] {
        place.openssl(&format!("pkcs12 -export -in key.pem -nocerts -passout pass: -out key.p12{how}"));
        let line = "pkcs8 --encoding der --unencrypted --passphrase-source file:empty";
        place.convert("key.p12", line, "out.der");
        assert_eq!(place.read("out.der"), place.der("key.pem"), "{how}");
        let said = place.refused("key.p12", "pkcs8 --passphrase-source file:empty", "E0221");
        assert!(said.contains("--new-passphrase-source"), "{said}");
        place.refused("key.p12", "pkcs8 --passphrase-source file:empty --new-passphrase-source file:empty", "E0222");
        place.remove("out.der");
    }
}

#[test]
fn what_byok_writes_openssl_reads() {
    for (spec, _) in PAIRS {
        let place = Place::with_pair(spec);
        let wanted = place.der("key.pem");
        let old: &[&str] = match spec {
            "rsa-2048" | "rsa-3072" => &["pkcs1", "pkcs1 --encoding der"],
            "ed25519" => &[],
            _ => &["sec1", "sec1 --encoding der"],
        };
        let forms = ["pkcs8", "pkcs8 --encoding der", "jwk"];
        let locked = [
            "encrypted-pkcs8 --new-passphrase-source env:P",
            "encrypted-pkcs8 --encoding der --new-passphrase-source file:pass",
            "pkcs12 --new-passphrase-source file:pass",
        ];
        for form in forms.iter().chain(old).chain(&locked) {
            place.convert("key.pem", form, "out");
            match *form {
                "jwk" => assert_eq!(place.der_by_byok("out", ""), wanted, "{spec} {form}"),
                form if form.starts_with("pkcs12") => {
                    let line = format!("pkcs12 -in out -nodes -passin pass:{PASSPHRASE} -out back.pem");
                    place.openssl(&line);
                    assert_eq!(place.der("back.pem"), wanted, "{spec} {form}");
                    assert_eq!(place.der_by_byok("out", ""), wanted, "{spec} {form}");
                }
                _ => {
                    assert_eq!(place.der("out"), wanted, "{spec} {form}");
                    assert_eq!(place.der_by_byok("out", ""), wanted, "{spec} {form}");
                }
            }
        }
    }
}

#[test]
fn the_encoding_alone_changes_nothing_else() {
    for (spec, _) in PAIRS {
        let place = Place::with_pair(spec);
        let first = place.read("key.pem");
        for (line, from) in [("der", ""), ("base64", ""), ("hex", " --from base64"), ("pem", " --from hex")] {
            place.convert("key.pem", &format!("{line}{from}"), "next");
            std::fs::rename(place.path("next"), place.path("key.pem")).unwrap();
        }
        assert_eq!(place.read("key.pem"), first, "{spec}");
    }
}

#[test]
fn symmetric_keys_keep_their_bytes() {
    let place = Place::new();
    for bytes in [16, 24, 32] {
        let hex = place.openssl(&format!("rand -hex {bytes}"));
        place.write("key.hex", &hex);
        place.convert("key.hex", "raw --from hex", "key.bin");
        assert_eq!(hex::encode(place.read("key.bin")), String::from_utf8(hex.clone()).unwrap().trim());
        let mut from = ("key.bin", " --from raw");
        for (line, out, next) in [
            ("jwk", "key.jwk", ""),
            ("pkcs12 --new-passphrase-source env:P", "key.p12", " --passphrase-source env:P --unencrypted"),
            ("base64", "key.b64", " --from base64"),
            ("hex", "again.hex", ""),
        ] {
            // A PKCS#12 file keeps its structure when only the encoding is named.
            let to = if from.0 == "key.p12" { "raw --encoding base64" } else { line };
            place.convert(from.0, &format!("{to}{}", from.1), out);
            from = (out, next);
        }
        assert_eq!(place.read("again.hex"), hex, "{bytes}");
    }
}

#[test]
fn certificates_stay_beside_the_key() {
    let place = Place::with_pair("ec-p256");
    place.certify();
    place.write("both.pem", [place.read("key.pem"), place.read("cert.pem")].concat());
    let certificate = String::from_utf8(place.openssl("x509 -in cert.pem")).unwrap();
    place.convert("both.pem", "pkcs12 --new-passphrase-source env:P", "both.p12");
    let inside = place.openssl(&format!("pkcs12 -in both.p12 -nokeys -passin pass:{PASSPHRASE}"));
    assert!(String::from_utf8(inside).unwrap().contains(certificate.trim()));
    // Back, and with the passphrase that the file had.
    place.convert("both.p12", "pkcs8 --passphrase-source env:P", "back.pem");
    let back = String::from_utf8(place.read("back.pem")).unwrap();
    assert!(back.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----") && back.contains(certificate.trim()), "{back}");
    assert_eq!(place.der("back.pem"), place.der("key.pem"));
    // What cannot hold it is refused, and says what would.
    for line in ["pkcs8 --encoding der", "jwk", "sec1 --encoding der"] {
        let said = place.refused("both.pem", line, "E0734");
        assert!(said.contains("1 certificate") && said.contains("--drop-attributes"), "{said}");
        place.convert("both.pem", &format!("{line} --drop-attributes"), "without");
    }
}
