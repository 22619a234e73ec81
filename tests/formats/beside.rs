//! Keys with certificates and other keys beside them: what belongs to what is found by the public keys.

use super::place::{PASSPHRASE, Place};

/// A CA, and two keys that it certified: `ca.pem`, `one.pem`, `one.crt`, `two.pem`, `two.crt`.
fn certified() -> Place {
    let place = Place::with_pair("ec-p256");
    place.certify();
    for name in ["one", "two"] {
        place.openssl(&format!("genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out {name}.pem"));
        place.openssl(&format!("req -new -key {name}.pem -subj /CN={name} -out {name}.csr"));
        place.openssl(&format!("x509 -req -in {name}.csr -CA cert.pem -CAkey key.pem -days 30 -out {name}.crt"));
    }
    place
}

fn join(place: &Place, names: &[&str], out: &str) {
    place.write(out, names.iter().flat_map(|name| place.read(name)).collect::<Vec<_>>());
}

/// What OpenSSL says of the certificates in a PKCS#12 file; `-clcerts` are those that belong to the key.
fn certificates(place: &Place, name: &str, which: &str) -> String {
    let line = format!("pkcs12 -in {name} -nokeys{which} -passin pass:{PASSPHRASE}");
    String::from_utf8(place.openssl(&line)).unwrap().replace("CN = ", "CN=")
}

#[test]
fn the_certificate_of_the_key_is_found_by_its_public_key() {
    let place = certified();
    for (order, file) in
        [(["cert.pem", "one.pem", "one.crt"], "ca-first"), (["one.crt", "cert.pem", "one.pem"], "leaf")]
    {
        join(&place, &order, file);
        let said = place.convert(file, "pkcs12 --new-passphrase-source env:P", "out.p12");
        assert!(!said.contains("F708"), "{said}");
        let own = certificates(&place, "out.p12", " -clcerts");
        assert!(own.contains("subject=CN=one") && !own.contains("subject=CN=test"), "{file}: {own}");
        let all = certificates(&place, "out.p12", "");
        assert!(all.find("subject=CN=one").unwrap() < all.find("subject=CN=test").unwrap(), "{file}: {all}");
    }
}

#[test]
fn a_certificate_of_another_key_is_not_bound_to_this_one() {
    let place = certified();
    join(&place, &["one.pem", "two.crt"], "strange.pem");
    let said = place.convert("strange.pem", "pkcs12 --new-passphrase-source env:P", "out.p12");
    assert!(said.contains("1 certificate [F708]"), "{said}");
    assert!(!certificates(&place, "out.p12", " -clcerts").contains("subject="));
    assert!(certificates(&place, "out.p12", "").contains("subject=CN=two"));
    // Behind a passphrase as well: only the opened key tells.
    place.openssl(&format!("pkcs8 -topk8 -in one.pem -passout pass:{PASSPHRASE} -out locked.pem"));
    join(&place, &["locked.pem", "two.crt"], "strange.pem");
    let said = place.convert("strange.pem", "pkcs12 --passphrase-source env:P", "out.p12");
    assert!(said.contains("[F708]"), "{said}");
}

#[test]
fn what_else_the_file_holds_is_not_dropped_in_silence() {
    let place = certified();
    place.openssl("pkey -in one.pem -pubout -out one.pub");
    place.openssl("pkey -in two.pem -pubout -out two.pub");
    join(&place, &["one.pem", "two.pub"], "other.pem");
    let said = place.refused("other.pem", "pkcs8", "E0734");
    assert!(said.contains("a public key of another pair (EC P-256)") && said.contains("[F708]"), "{said}");
    let said = place.convert("other.pem", "pkcs8 --drop-attributes", "out.pem");
    assert!(said.contains("left out       a public key of another pair"), "{said}");
    // Its own public key is in it already, and so is the curve that `ecparam` writes before it.
    place.openssl("ecparam -name prime256v1 -genkey -out curve.pem");
    for names in [["one.pem", "one.pub"], ["one.crt", "curve.pem"]] {
        join(&place, &names, "whole.pem");
        let said = place.convert("whole.pem", "pkcs8", "out.pem");
        assert!(!said.contains("left out"), "{said}");
    }
    join(&place, &["one.pem", "two.csr"], "request.pem");
    assert!(place.refused("request.pem", "pkcs8", "E0734").contains("certificate request"));
}

#[test]
fn certificates_keep_their_names() {
    let place = certified();
    place.openssl(&format!(
        "pkcs12 -export -inkey one.pem -in one.crt -certfile cert.pem -name leaf -caname authority -out named.p12 -passout pass:{PASSPHRASE}"
    ));
    place.convert("named.p12", "pkcs12 --passphrase-source env:P", "out.p12");
    let all = certificates(&place, "out.p12", "");
    assert!(all.contains("friendlyName: leaf") && all.contains("friendlyName: authority"), "{all}");
    let said = place.refused("named.p12", "pkcs8 --passphrase-source env:P", "E0734");
    assert!(said.contains("the name \"leaf\", the name of 1 certificate"), "{said}");
}

#[test]
fn one_of_two_keys_takes_its_own_certificates_only() {
    let place = certified();
    join(&place, &["one.pem", "one.crt", "two.pem", "two.crt", "cert.pem"], "both.pem");
    for (number, mine, other) in [(1, "CN=one", "CN=two"), (3, "CN=two", "CN=one")] {
        let line = format!("pkcs12 --part {number} --new-passphrase-source env:P");
        let said = place.convert("both.pem", &line, "out.p12");
        assert!(said.contains("kept           2 certificates"), "{said}");
        assert!(said.contains("left out       PKCS#8 private key (EC P-256), 1 certificate"), "{said}");
        let all = certificates(&place, "out.p12", "");
        assert!(all.contains(&format!("subject={mine}")) && all.contains("subject=CN=test"), "{all}");
        assert!(!all.contains(&format!("subject={other}")), "{all}");
    }
}
