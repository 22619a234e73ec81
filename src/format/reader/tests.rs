//! Whole files: what each is read as.

use super::*;
use crate::format::lint::rules::form;
use crate::format::material::{Material, PrivateKey};
use crate::format::pkcs8;
use crate::format::spki::PublicKey;

macro_rules! vector {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/reader/", $name)).as_slice()
    };
}

fn readings(bytes: &[u8]) -> Vec<Reading> {
    read(bytes, &Assumption::default()).unwrap().readings
}

fn only(bytes: &[u8]) -> Reading {
    let mut readings = readings(bytes);
    assert_eq!(readings.len(), 1, "{readings:?}");
    readings.remove(0)
}

/// `PEM: PKCS#8 private key`, the findings behind it.
fn summary(reading: &Reading) -> String {
    let layers: Vec<String> = reading.layers.iter().map(ToString::to_string).collect();
    let parts: Vec<String> = reading.parts.iter().map(describe).collect();
    let findings: Vec<String> = reading.findings.iter().map(|finding| finding.rule.to_string()).collect();
    format!("{}: {} {}", layers.join(" "), parts.join(" + "), findings.join(" ")).trim().to_owned()
}

fn describe(part: &Part) -> String {
    match &part.content {
        Content::Key(Material::Private(key)) => format!("{} {}", part.form, key.description()),
        Content::Key(Material::Public(key)) => format!("{} {}", part.form, key.description()),
        Content::Key(Material::Secret(key)) => {
            let stated = key.stated.map(|spec| format!(" {spec}")).unwrap_or_default();
            format!("{} {}{stated}", part.form, key.value.len())
        }
        Content::Locked(locked) => format!("locked {}", locked.kind),
        Content::Certificate(certificate) => format!("{} {}", part.form, certificate.subject),
        Content::Request(request) => format!("{} {}", part.form, request.subject),
        Content::Wrapped(wrapped) => format!("{} {}", part.form, wrapped.candidates[0].method),
        Content::Transfer(transfer) => format!("{} {}", part.form, transfer.encryption),
        Content::Named { what, .. } => what.clone(),
    }
}

fn is(bytes: &[u8], wanted: &str) {
    assert_eq!(summary(&only(bytes)), wanted);
}

/// The public half of the one private key.
fn public(bytes: &[u8]) -> PublicKey {
    let reading = only(bytes);
    let mut keys = reading.parts.iter().filter_map(|part| match &part.content {
        Content::Key(Material::Private(key)) => Some(pkcs8::public_half(key).unwrap()),
        Content::Key(Material::Public(key)) => Some(key.clone()),
        _ => None,
    });
    keys.next().unwrap()
}

fn error(bytes: &[u8]) -> String {
    read(bytes, &Assumption::default()).unwrap_err().to_string()
}

#[test]
fn every_container_of_private_keys() {
    is(vector!("rsa.pkcs8.pem"), "PEM: PKCS#8 private key RSA-2048");
    is(vector!("rsa.pkcs8.der"), "DER: PKCS#8 private key RSA-2048");
    is(vector!("rsa.pkcs1.pem"), "PEM: PKCS#1 private key RSA-2048");
    is(vector!("ec-prime256v1.pkcs8.pem"), "PEM: PKCS#8 private key EC P-256");
    is(vector!("ec-prime256v1.sec1.pem"), "PEM: PEM `EC PARAMETERS` + SEC 1 private key EC P-256");
    is(vector!("ec-secp384r1.pkcs8.pem"), "PEM: PKCS#8 private key EC P-384");
    is(vector!("ec-secp521r1.sec1.pem"), "PEM: PEM `EC PARAMETERS` + SEC 1 private key EC P-521");
    is(vector!("ec-secp256k1.pkcs8.pem"), "PEM: PKCS#8 private key EC secp256k1");
    is(vector!("ed25519.pem"), "PEM: PKCS#8 private key Ed25519");
    is(vector!("x25519.pem"), "PEM: PKCS#8 private key X25519");
    is(vector!("rsa-pss.pem"), "PEM: PKCS#8 private key RSASSA-PSS");
    is(vector!("dsa.pem"), "PEM: PKCS#8 private key DSA");
    is(vector!("ec.brainpool.pem"), "PEM: SEC 1 private key EC curve brainpoolP256r1");
    is(vector!("ec.brainpool-explicit.pem"), "PEM: SEC 1 private key an EC curve of its own, with explicit parameters");
}

#[test]
fn every_container_of_public_keys() {
    is(vector!("rsa.spki.pem"), "PEM: public key RSA-2048");
    is(vector!("rsa.pkcs1-public.pem"), "PEM: PKCS#1 public key RSA-2048");
    is(vector!("ec.spki.pem"), "PEM: public key EC P-256");
    is(vector!("rsa.pub"), "base64: OpenSSH public key RSA-3072");
    is(vector!("ecdsa.pub"), "base64: OpenSSH public key EC P-256");
    is(vector!("ed25519.pub"), "base64: OpenSSH public key Ed25519");
    is(vector!("certificate.pem"), "PEM: X.509 certificate O=byok,CN=reader test");
    is(vector!("request.pem"), "PEM: certificate request CN=reader test");
    is(vector!("jwk-rsa-public.json"), "JSON: JWK RSA-2048");
}

#[test]
fn one_key_has_one_fingerprint_in_every_form() {
    let rsa = public(vector!("rsa.spki.pem"));
    for bytes in [
        vector!("rsa.pkcs8.pem"),
        vector!("rsa.pkcs1.pem"),
        vector!("rsa.pkcs1-public.pem"),
        vector!("jwk-rsa.json"),
        vector!("jwk-rsa-without-factors.json"),
    ] {
        assert_eq!(public(bytes), rsa);
    }
    let ec = public(vector!("ec.spki.pem"));
    for bytes in [
        vector!("ec-prime256v1.sec1.pem"),
        vector!("ec.compressed.pem"),
        vector!("ec.explicit.pem"),
        vector!("jwk-ec.json"),
    ] {
        assert_eq!(public(bytes), ec);
    }
    assert_eq!(public(vector!("jwk-okp.json")), public(vector!("ed25519.pem")));
    assert_eq!(public(vector!("ed25519.openssh")), public(vector!("ed25519.pub")));
    assert_eq!(public(vector!("ec.explicit-public.pem")), public(vector!("ec-secp521r1.pkcs8.pem")));
}

#[test]
fn curves_and_points_in_other_spellings_are_findings() {
    is(vector!("ec.explicit.pem"), "PEM: SEC 1 private key EC P-256 F107");
    is(vector!("ec.explicit-public.pem"), "PEM: public key EC P-521 F107");
    is(vector!("ec.compressed.pem"), "PEM: public key EC P-256 F112");
    // The last byte of the base point's x, then that of the order: no known curve any more.
    let der = pem::blocks(vector!("ec.explicit-public.pem")).unwrap().remove(0).content;
    let at = der.windows(4).position(|four| four == [0xc2, 0xe5, 0xbd, 0x66]).unwrap();
    let mut forged = der.to_vec();
    forged[at] ^= 1;
    assert!(error(&forged).contains("spelled out"), "{}", error(&forged));
}

#[test]
fn json_keys() {
    is(vector!("jwk-ec.json"), "JSON: JWK EC P-256");
    is(vector!("jwk-okp.json"), "JSON: JWK Ed25519");
    is(vector!("jwk-oct.json"), "JSON: JWK 32 hmac-sha256");
    is(vector!("jwk-set.json"), "JSON: JWK RSA-2048 + JWK EC P-256 + JWK Ed25519 + JWK 32 hmac-sha256");
    let places: Vec<String> = only(vector!("jwk-set.json")).parts.into_iter().map(|part| part.place).collect();
    assert_eq!(places, ["keys[0]", "keys[1]", "keys[2]", "keys[3]"]);
    let without = only(vector!("jwk-rsa-without-factors.json")).parts.remove(0);
    assert!(matches!(without.content, Content::Key(Material::Private(PrivateKey::Rsa(key))) if key.factors.is_none()));
    let oct = only(vector!("jwk-oct.json")).parts.remove(0);
    assert_eq!((oct.name.as_deref(), oct.beside), (Some("an oct key"), vec!["alg \"HS256\"".to_owned()]));
}

/// What a conversion would lose is named, and a key inside a key is a second key.
#[test]
fn a_jwk_loses_no_member_in_silence() {
    let beside = |members: &str| {
        let text = format!(r#"{{"kty":"oct","k":"AAECAwQFBgcICQoLDA0ODw",{members}}}"#);
        let part = only(text.as_bytes()).parts.remove(0);
        (part.name, part.beside.join(", "))
    };
    assert_eq!(beside(r#""exp":1,"nbf":2,"x":null"#), (None, "exp, nbf".to_owned()));
    assert_eq!(beside(r#""kid":"a","https://example/c":1"#), (Some("a".to_owned()), "1 other member".to_owned()));
    assert_eq!(beside(r#""kid":7,"crv":"","d":"""#), (None, "a kid that is not text, 2 other members".to_owned()));
    let inner = std::str::from_utf8(vector!("jwk-ec.json")).unwrap();
    let nested = format!(r#"{{"kty":"oct","k":"AAECAwQFBgcICQoLDA0ODw","inner":[{inner}]}}"#);
    is(nested.as_bytes(), "JSON: JWK 16 + JWK EC P-256");
    let places: Vec<String> = only(nested.as_bytes()).parts.into_iter().map(|part| part.place).collect();
    assert_eq!(places, ["", "inner[0]"]);
}

/// A key can stand where a name should, by mistake or by intent.
#[test]
fn nothing_that_may_be_a_key_is_shown_as_a_name() {
    let secret = "Oq6G7Dyt0luNLNzEucBqPhUGJGrvVh85W_HaEM-USEU";
    let ec = std::str::from_utf8(vector!("jwk-ec.json")).unwrap();
    let ssh = format!("ecdsa-sha2-{secret}");
    let length = u32::try_from(ssh.len()).unwrap().to_be_bytes();
    let line = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, [&length, ssh.as_bytes()].concat());
    for text in [
        format!(r#"{{"kty":"oct","k":"{secret}","kid":"{secret}"}}"#),
        format!(r#"{{"kty":"oct","k":"{secret}","kid":"key 3aae86ec3cadd25b8d2c"}}"#),
        format!(r#"{{"kty":"oct","k":"{secret}","alg":"{secret}","use":"{secret}"}}"#),
        format!(r#"{{"{secret}":{ec}}}"#),
        r#"{"q6G7Dyt0luNL":{"kty":"oct","k":"Oq6G7Dyt0luNLNzEucBqPg"}}"#.to_owned(),
        format!(r#"{{"schema":"byok.{secret}","id":"{secret}"}}"#),
        format!(r#"{{"payloadType":"{secret}","payload":1,"signatures":2}}"#),
        format!("-----BEGIN {secret}-----\nAAEC\n-----END {secret}-----\n"),
        format!(
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: {secret},00\n\nAAEC\n-----END RSA PRIVATE KEY-----"
        ),
        format!("PuTTY-User-Key-File-3: {secret}\n"),
        format!("{ssh} {line}\n"),
        format!(
            r#"{{"schema_version":"1.0.0","header":{{"kid":"{secret}","alg":"dir","enc":"{secret}"}},"ciphertext":"{secret}","generator":"{secret}"}}"#
        ),
    ] {
        let shown = format!("{:?}", read(text.as_bytes(), &Assumption::default()));
        for part in ["Dyt0luNL", "3aae86ec"] {
            assert!(!shown.contains(part), "{shown}");
        }
    }
    let kid = only(format!(r#"{{"kty":"oct","k":"{secret}","kid":"{secret}"}}"#).as_bytes()).parts.remove(0);
    assert_eq!((kid.name, kid.beside), (None, vec!["a kid that repeats the key".to_owned()]));
    let thumbprint = format!(r#"{{"kty":"oct","k":"AAECAwQFBgcICQoLDA0ODw","kid":"{secret}"}}"#);
    assert_eq!(only(thumbprint.as_bytes()).parts.remove(0).name.as_deref(), Some(secret));
}

#[test]
fn bad_members_of_a_jwk_are_named_with_their_path() {
    let ec = std::str::from_utf8(vector!("jwk-ec.json")).unwrap();
    let broken = |from: &str, to: &str| {
        assert!(ec.contains(from));
        error(format!(r#"{{"keys":[{}]}}"#, ec.replacen(from, to, 1)).as_bytes())
    };
    assert_eq!(broken("P-256", "P-257"), "the JWK member `keys[0].crv` is not P-256, P-384, P-521 or secp256k1");
    assert_eq!(broken("\"x\"", "\"z\""), "the JWK member `keys[0].x` is missing");
    assert_eq!(broken("\"EC\"", "7"), "the JWK member `keys[0].kty` is not text");
    assert_eq!(broken("\"d\": \"", "\"d\": \"*"), "the JWK member `keys[0].d` is not base64url");
    assert!(broken("\"y\": \"", "\"y\": \"AAAA").contains("keys[0].y` is not as long as a coordinate"));
    let rsa = std::str::from_utf8(vector!("jwk-rsa.json")).unwrap();
    assert!(error(rsa.replacen("\"qi\"", "\"x\"", 1).as_bytes()).starts_with("the JWK member `qi` is missing, and"));
    is(rsa.replacen("\"AQAB\"", "\"AAEAAQ==\"", 1).as_bytes(), "JSON: JWK RSA-2048 F109 F109");
}

#[test]
fn what_is_locked_is_not_opened() {
    is(vector!("encrypted.pem"), "PEM: locked encrypted PKCS#8 private key F802");
    is(vector!("legacy.pem"), "PEM: locked private key with legacy PEM encryption F801");
    is(vector!("key.p12"), "DER: locked PKCS#12 file F802");
}

#[test]
fn other_files_have_a_name_and_a_way_out() {
    is(vector!("pkcs7.pem"), "PEM: PKCS#7 or CMS");
    is(vector!("crl.pem"), "PEM: an X.509 revocation list of O=byok,CN=reader test");
    is(vector!("rsa.openssh"), "PEM: an OpenSSH private key (ssh-rsa, not encrypted)");
    is(vector!("ecdsa.openssh"), "PEM: an OpenSSH private key (ecdsa-sha2-nistp256, not encrypted)");
    is(vector!("ed25519.openssh"), "PEM: OpenSSH private key Ed25519");
    is(vector!("encrypted.openssh"), "PEM: an OpenSSH private key (ssh-ed25519, encrypted with aes256-ctr)");
    is(vector!("ssh2.txt"), "base64: an SSH2 public key");
    is(vector!("store.jks"), ": a Java keystore (JCEKS)".trim_start_matches(' '));
    is(b"PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n", ": a PuTTY private key (ssh-ed25519, not encrypted)");
    is(br#"{"schema":"byok.bundle/v1","provider":"openbao"}"#, "JSON: byok.bundle/v1 (openbao)");
    is(br#"{"payload":"","payloadType":"application/vnd.in-toto+json","signatures":[]}"#, "JSON: a signed statement");
    is(br#"{"a":[1]}"#, "JSON: JSON without a key in it");
    let log = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/seeds/log_line/intent"));
    is(&[log.as_slice(), b"\n", log].concat(), "JSON: an audit log of byok, 2 entries");
    is(b"-----BEGIN PGP MESSAGE-----\nAAAA\n-----END PGP MESSAGE-----", "PEM: PEM `PGP MESSAGE`");
}

#[test]
fn text_in_every_dress() {
    is(vector!("crlf.pem"), "PEM: PKCS#8 private key Ed25519");
    is(vector!("mixed.pem"), "PEM: PKCS#8 private key Ed25519 F103");
    is(vector!("bom.pem"), "PEM: PKCS#8 private key Ed25519 F104");
    is(vector!("utf16.pem"), "UTF-16 PEM: PKCS#8 private key Ed25519 F105");
    is(vector!("latin1.pem"), "PEM: PKCS#8 private key Ed25519");
    is(vector!("ed25519.b64"), "base64 DER: PKCS#8 private key Ed25519");
    is(vector!("ed25519.hex"), "hex DER: PKCS#8 private key Ed25519");
    is(vector!("ed25519.pem.b64"), "base64 PEM: PKCS#8 private key Ed25519 F108");
    is(vector!("nested.hex"), "hex base64 base64 PEM: PKCS#8 private key Ed25519 F108");
    is(
        vector!("three.pem"),
        "PEM: X.509 certificate O=byok,CN=reader test + PKCS#8 private key EC P-256 + certificate request CN=reader test",
    );
    is(vector!("label.pem"), "PEM: PKCS#8 private key Ed25519 F106");
}

#[test]
fn der_that_is_not_canonical_is_read_and_what_is_broken_says_where() {
    is(vector!("trailing.der"), "DER: PKCS#8 private key Ed25519 F101");
    is(vector!("indefinite.der"), "DER: PKCS#8 private key Ed25519 F102");
    assert_eq!(public(vector!("indefinite.der")), public(vector!("ed25519.pem")));
    let finding = &only(vector!("trailing.der")).findings[0];
    assert_eq!((finding.rule, finding.place.as_str()), (&form::TRAILING_BYTES, "byte 48"));
    assert_eq!(
        error(vector!("truncated.der")),
        "DER that cannot be read: it breaks off: the element at byte 0 needs 18 more bytes than the file has"
    );
    let second = [vector!("ed25519.pem"), b"-----BEGIN PRIVATE KEY-----\nAAAA\n"].concat();
    assert_eq!(error(&second), "block 2 (line 4): PEM that cannot be read: its END line is missing");
}

/// Two readers that differ about a key are an attack: what stands behind the key is read as strictly as the key.
#[test]
fn contradictory_public_halves_are_refused() {
    let one = |tag: u8, content: &[u8]| {
        let length = u8::try_from(content.len()).unwrap();
        let header = if length < 128 { vec![tag, length] } else { vec![tag, 0x81, length] };
        [&header, content].concat()
    };
    let algorithm = hex::decode("301306072a8648ce3d020106082a8648ce3d030107").unwrap();
    let point = |key: &[u8]| match public(key).kind() {
        crate::format::spki::PublicKind::Ec { point, .. } => [&[4][..], point].concat(),
        _ => unreachable!(),
    };
    let own = point(vector!("ec-prime256v1.pkcs8.pem"));
    // The base point of P-256: a public key, and not this one.
    let other = hex::decode("046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5").unwrap();
    let block = pem::blocks(vector!("ec-prime256v1.pkcs8.pem")).unwrap().remove(0).content;
    let elements = tlv::sequence(&block);
    let scalar = tlv::sequence(elements[2].content)[1].content.to_vec();
    let bits = |unused: u8, point: &[u8]| one(3, &[&[unused], point].concat());
    let sec1 = |rest: &[u8]| one(0x30, &[&[2, 1, 1][..], &one(4, &scalar), rest].concat());
    let whole = |inner: &[u8], rest: &[u8]| one(0x30, &[&[2, 1, 1][..], &algorithm, &one(4, inner), rest].concat());
    let outer = |point: &[u8]| one(0x81, &[&[0], point].concat());
    let inside = |unused: u8, point: &[u8]| one(0xa1, &bits(unused, point));
    is(&whole(&sec1(&inside(0, &own)), &outer(&own)), "DER: PKCS#8 private key EC P-256");
    is(&whole(&sec1(&[]), &one(0xa1, &bits(0, &own))), "DER: PKCS#8 private key EC P-256");
    for (bytes, why) in [
        (whole(&sec1(&inside(0, &own)), &outer(&other)), "two public keys that differ"),
        (whole(&sec1(&inside(0, &own)), &one(0xa1, &bits(0, &other))), "two public keys that differ"),
        (whole(&sec1(&inside(1, &other)), &[]), "its public key is no bit string"),
        (whole(&sec1(&[]), &one(0x81, &[&[1], own.as_slice()].concat())), "its public key is no bit string"),
        (whole(&sec1(&one(4, &[1; 32])), &[]), "an element that it may not have"),
        (whole(&sec1(&[inside(0, &own), inside(0, &own)].concat()), &[]), "an element that it may not have"),
        (whole(&sec1(&[]), &one(0x30, b"\x05\x00")), "an element that it may not have"),
        (whole(&sec1(&[]), &[outer(&own), one(0xa0, &[])].concat()), "an element that it may not have"),
    ] {
        assert!(error(&bytes).contains(why), "{why}: {}", error(&bytes));
    }
    let rsa = pem::blocks(vector!("rsa.pkcs8.pem")).unwrap().remove(0).content;
    let parts = tlv::sequence(&rsa);
    let with_public = |exponent: u8| {
        let key = tlv::sequence(parts[2].content);
        let numbers = [key[1].whole, &[2, 3, 1, 0, exponent]].concat();
        let length = |content: &[u8]| u16::try_from(content.len()).unwrap().to_be_bytes();
        let numbers = [&[0x30, 0x82], &length(&numbers)[..], &numbers].concat();
        let public = [&[0], numbers.as_slice()].concat();
        let public = [&[0x81, 0x82], &length(&public)[..], &public].concat();
        let all = [&[2, 1, 1], parts[1].whole, parts[2].whole, &public].concat();
        [&[0x30, 0x82], &length(&all)[..], &all].concat()
    };
    is(&with_public(1), "DER: PKCS#8 private key RSA-2048");
    assert!(error(&with_public(3)).contains("that of another key"), "{}", error(&with_public(3)));
}

#[test]
fn bytes_without_structure_are_what_their_length_allows() {
    is(vector!("key.bin"), ": raw bytes 32");
    let summaries = |bytes: &[u8]| readings(bytes).iter().map(summary).collect::<Vec<_>>();
    assert_eq!(summaries(vector!("key.hex")), ["hex: raw bytes 32", "base64: raw bytes 48", ": raw bytes 64"]);
    assert_eq!(summaries(vector!("key.b64")), ["base64: raw bytes 32"]);
    assert_eq!(summaries(vector!("oaep.bin")), [": wrapped key RSA-OAEP", ": raw bytes 256"]);
    assert_eq!(summaries(vector!("rsa-aes.bin")), [": wrapped key RSA-AES-KWP", ": raw bytes 296"]);
    assert_eq!(summaries(vector!("aes-kw.bin")), [": wrapped key AES-KW", ": raw bytes 40"]);
    is(vector!("key.byok"), "JSON: Azure key transfer blob CKM_RSA_AES_KEY_WRAP");
    is(b"0x00112233445566778899aabbccddeeff", "hex: raw bytes 16");
    assert_eq!(error(b""), "the file is empty");
    assert_eq!(error(b" \r\n"), "the file is empty");
}

#[test]
fn the_caller_can_say_what_it_is() {
    let assume = |bytes: &[u8], from: &str, spec: &str| {
        let assumption = Assumption { from: from.parse().ok(), spec: spec.parse().ok() };
        read(bytes, &assumption).map(|found| found.readings.iter().map(summary).collect::<Vec<_>>().join(" | "))
    };
    let good = |bytes: &[u8], from: &str, spec: &str| assume(bytes, from, spec).unwrap();
    assert_eq!(good(vector!("key.hex"), "hex", ""), "hex: raw bytes 32");
    assert_eq!(good(vector!("key.hex"), "", "aes-256"), "hex: raw bytes 32 aes-256");
    assert_eq!(good(vector!("key.hex"), "", "hmac-sha512"), ": raw bytes 64 hmac-sha512");
    assert_eq!(good(vector!("key.bin"), "", "ed25519"), ": raw bytes Ed25519");
    assert_eq!(good(vector!("key.bin"), "", "ec-secp256k1"), ": raw bytes EC secp256k1");
    assert_eq!(good(vector!("oaep.bin"), "wrapped", ""), ": wrapped key RSA-OAEP");
    assert_eq!(good(vector!("oaep.bin"), "raw", ""), ": raw bytes 256");
    assert_eq!(good(vector!("ed25519.der"), "raw", ""), ": raw bytes 48");
    for (bytes, from) in [
        (vector!("ed25519.pem"), "hex"),
        (vector!("ed25519.pem"), "jwk"),
        (vector!("key.hex"), "pem"),
        (vector!("ed25519.der"), "pkcs12"),
        (vector!("ed25519.pem"), "wrapped"),
    ] {
        assert_eq!(assume(bytes, from, "").unwrap_err(), ReadError::NotThat(from.parse().unwrap()), "{from}");
    }
    assert_eq!(types(32).into_iter().filter(|spec| spec.is_secret()).count(), 2);
}

#[test]
fn too_much_is_refused() {
    let block = "-----BEGIN X-----\nAAAA\n-----END X-----\n";
    assert_eq!(error(block.repeat(10_000).as_bytes()), "the file has more than 256 PEM blocks");
    assert!(error(&[0x30, 0x80].repeat(100_000)).contains("nested deeper than 16 levels"));
    assert!(error("[".repeat(100_000).as_bytes()).contains("nested too deep at line 1, column 33"));
    assert_eq!(error(&vec![0; MAXIMUM + 1]), "the file has 1048577 bytes; at most 1048576 are read");
}

/// Nothing that is changed or cut panics.
#[test]
fn damage_is_no_panic() {
    for good in [
        vector!("rsa.pkcs8.der"),
        vector!("ec.explicit.pem"),
        vector!("certificate.pem"),
        vector!("jwk-set.json"),
        vector!("key.p12"),
        vector!("ed25519.openssh"),
        vector!("indefinite.der"),
        vector!("nested.hex"),
    ] {
        for at in 0..good.len() {
            let _ = read(&good[..at], &Assumption::default());
            let mut bad = good.to_vec();
            bad[at] ^= [0x01, 0x20, 0x80][at % 3];
            let _ = read(&bad, &Assumption::default());
        }
    }
}
