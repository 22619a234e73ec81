use super::*;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

macro_rules! vector {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/wrapping-keys/", $name)).as_slice()
    };
}

const SPKI: &[u8] = vector!("rsa-2048.spki.der");

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Reads bytes that must be the RSA-2048 key of the vectors, and says what they were recognised as.
fn form(bytes: &[u8]) -> String {
    let key = read(bytes).unwrap();
    assert_eq!(key.spki, SPKI);
    assert_eq!((key.modulus.len(), key.exponent.as_slice()), (256, &[1, 0, 1][..]));
    key.recognised
}

fn refusal(bytes: &[u8]) -> String {
    read(bytes).unwrap_err().to_string()
}

fn jwk() -> String {
    let key = read(SPKI).unwrap();
    format!(r#"{{"kty":"RSA","n":"{}","e":"AQAB"}}"#, URL_SAFE_NO_PAD.encode(key.modulus))
}

#[test]
fn every_form_gives_the_same_key() {
    assert_eq!(form(SPKI), "DER public key");
    assert_eq!(form(vector!("rsa-2048.spki.pem")), "PEM public key");
    assert_eq!(form(vector!("rsa-2048.text-around.pem")), "PEM public key");
    assert_eq!(form(vector!("rsa-2048.pkcs1.der")), "DER RSA public key (PKCS#1)");
    assert_eq!(form(vector!("rsa-2048.pkcs1.pem")), "PEM RSA public key (PKCS#1)");
    assert_eq!(form(vector!("rsa-2048.certificate.der")), "DER certificate");
    assert_eq!(form(vector!("rsa-2048.certificate.pem")), "PEM certificate");
    assert_eq!(form(vector!("rsa-2048.base64")), "base64 of DER public key");
    assert_eq!(form(URL_SAFE_NO_PAD.encode(SPKI).as_bytes()), "base64 of DER public key");
    assert_eq!(form(jwk().as_bytes()), "JSON JWK");
    assert_eq!(form(format!(r#"{{"key":{}}}"#, jwk()).as_bytes()), "JSON key: JWK");
}

#[test]
fn line_ends_marks_and_breaks_do_not_matter() {
    let pem = text(vector!("rsa-2048.spki.pem"));
    form(format!("\u{feff}{}", pem.replace('\n', "\r\n")).as_bytes());
    form(format!("\n\n  {pem}\n\n").as_bytes());
    let base64 = text(vector!("rsa-2048.base64"));
    let broken: Vec<&str> = base64.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    form(broken.join("\r\n").as_bytes());
    form(base64.trim_end_matches('=').as_bytes());
}

#[test]
fn a_certificate_says_when_it_ends() {
    assert!(read(vector!("rsa-2048.certificate.pem")).unwrap().expires_at.is_some());
    assert_eq!(read(SPKI).unwrap().expires_at, None);
}

#[test]
fn json_answers_are_read_where_the_key_stands() {
    let openbao = read(vector!("openbao.json")).unwrap();
    assert_eq!(openbao.recognised, "JSON data.public_key: PEM public key");
    assert_eq!(openbao.modulus.len(), 512);
    let der = text(vector!("rsa-2048.base64"));
    assert_eq!(
        form(format!(r#"{{"KeyId":"x","PublicKey":"{der}"}}"#).as_bytes()),
        "JSON PublicKey: base64 of DER public key"
    );
    let pem = serde_json::to_string(&text(vector!("rsa-2048.spki.pem"))).unwrap();
    assert_eq!(form(pem.as_bytes()), "JSON PEM public key");
    assert_eq!(form(format!(r#"{{"a":[{{"pem":{pem}}}]}}"#).as_bytes()), "JSON a[0].pem: PEM public key");
}

#[test]
fn a_jwk_may_use_the_standard_alphabet_and_nulls() {
    let modulus = STANDARD.encode(read(SPKI).unwrap().modulus);
    form(format!(r#"{{"key":{{"kty":"RSA-HSM","crv":null,"d":null,"n":"{modulus}","e":"AQAB"}}}}"#).as_bytes());
}

#[test]
fn a_jwk_that_breaks_a_rule_names_the_member() {
    let good = jwk();
    for (from, to, expected) in [
        (r#""n":""#, r#""n":"AA"#, "the JWK member `n`"),
        (r#""n":""#, r#""x":""#, "the JWK member `n` is missing"),
        ("AQAB", "", "the JWK member `e` is empty"),
        ("AQAB", "A!AB", "the JWK member `e` is not base64"),
        ("AQAB", "AAEAAQ", "the JWK member `e` starts with a zero byte"),
        (r#""kty":"RSA""#, r#""kty":7"#, "the JWK member `kty` is not text"),
        (r#""kty":"RSA""#, r#""use":"sig","kty":"RSA""#, "the JWK member `use` is `sig`"),
        (r#""kty":"RSA""#, r#""kty":"EC""#, "the key is a JWK of type EC"),
        (r#""kty":"RSA""#, r#""kty":"RSA","kty":"RSA""#, "the member `kty` stands twice"),
    ] {
        let message = refusal(good.replace(from, to).as_bytes());
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn private_keys_are_named_and_never_repeated() {
    let secret = "MIIBSECRETSECRETSECRET";
    for label in ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "OPENSSH PRIVATE KEY"] {
        let block = format!("-----BEGIN {label}-----\n{secret}\n-----END {label}-----\n");
        let message = refusal(block.as_bytes());
        assert!(message.contains("private or secret key") && message.contains(label), "{message}");
        let both = format!("{}{block}", text(vector!("rsa-2048.spki.pem")));
        assert!(matches!(read(both.as_bytes()), Err(WrappingKeyError::PrivateKey(_))), "{label}");
        let json = format!(r#"{{"data":{{"public_key":{}}}}}"#, serde_json::to_string(&both).unwrap());
        assert!(matches!(read(json.as_bytes()), Err(WrappingKeyError::PrivateKey(_))), "{label}");
        let twice = STANDARD.encode(&block);
        assert!(matches!(read(twice.as_bytes()), Err(WrappingKeyError::PrivateKey(_))), "{label}");
        assert!(!message.contains("SECRET"));
    }
    for der in ["3009020100020101020101", "300702010030000400", "30060201010401ff", "300430000400"] {
        let der = hex::decode(der).unwrap();
        assert!(matches!(read(&der), Err(WrappingKeyError::PrivateKey(_))), "{der:02x?}");
        assert!(matches!(read(STANDARD.encode(&der).as_bytes()), Err(WrappingKeyError::PrivateKey(_))));
    }
    let jwk = jwk().replace(r#""kty""#, r#""d":"AQAB","kty""#);
    assert_eq!(refusal(jwk.as_bytes()), refusal(br#"{"kty":"oct","k":"c2VjcmV0"}"#));
}

#[test]
fn one_file_holds_one_key() {
    let message = refusal(vector!("bad-two.pem"));
    assert_eq!(message, "the file holds more than one key: PUBLIC KEY and RSA PUBLIC KEY");
    let message = refusal(format!(r#"{{"keys":[{0},{0}]}}"#, jwk()).as_bytes());
    assert_eq!(message, "the file holds more than one key: `keys[0]` and `keys[1]`");
    let around = jwk().replace(r#""kty""#, &format!(r#""key":{},"kty""#, jwk()));
    assert_eq!(refusal(around.as_bytes()), "the file holds more than one key: `` and `key`");
}

#[test]
fn other_keys_are_named() {
    for (bytes, what) in [
        (vector!("bad-ec-p256.pem"), "the key is EC P-256"),
        (vector!("bad-ec-p521.pem"), "the key is EC P-521"),
        (vector!("bad-ed25519.pem"), "the key is Ed25519"),
        (vector!("bad-rsa-pss.pem"), "the key is RSASSA-PSS"),
        (vector!("bad-request.pem"), "the file is a certificate request"),
        (vector!("bad-rsa-1024.pem"), "the modulus has 1024 bits; 2048 to 8192 are taken"),
        (vector!("bad-exponent-3.pem"), "the public exponent is below 65537"),
        (vector!("bad-exponent-17.pem"), "the public exponent is below 65537"),
        (b"ssh-rsa AAAAB3NzaC1yc2E= me@here", "the file is an OpenSSH key line"),
        (
            b"-----BEGIN PGP PUBLIC KEY BLOCK-----\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----",
            "the file is PEM `PGP PUBLIC",
        ),
        (b"30820122300d", "the file is hexadecimal text"),
    ] {
        let message = refusal(bytes);
        assert!(message.starts_with(what), "{message}");
    }
    let request = pem::parse(vector!("bad-request.pem")).unwrap();
    assert_eq!(refusal(request.contents()), "the file is a certificate request, not a public key");
}

#[test]
fn base64_of_the_wrong_thing_is_named() {
    let wrong = |bytes: &[u8]| refusal(STANDARD.encode(bytes).as_bytes());
    assert_eq!(wrong(vector!("rsa-2048.spki.pem")), "the base64 holds PEM, not the DER of a public key");
    assert_eq!(wrong(br#"{"a":1}"#), "the base64 holds JSON, not the DER of a public key");
    assert_eq!(wrong(b"hello there"), "the base64 holds text, not the DER of a public key");
    assert_eq!(wrong(vector!("rsa-2048.base64")), "the base64 holds base64 once more, not the DER of a public key");
    assert_eq!(wrong(&[0xff; 40]), "the base64 holds bytes that are no DER, not the DER of a public key");
    assert!(refusal(b"hello, there").contains("',' stands at byte 5"));
    assert!(refusal(b"MIIB+_A=").contains("mixes the two alphabets"));
    assert!(refusal(b"MIIBA").contains("cut off"));
}

#[test]
fn what_is_no_text_and_no_der_is_refused() {
    assert_eq!(read(b""), Err(WrappingKeyError::Empty));
    assert_eq!(read(b" \n"), Err(WrappingKeyError::Empty));
    assert_eq!(read(&vec![b'A'; MAXIMUM + 1]), Err(WrappingKeyError::TooLarge(MAXIMUM + 1)));
    assert_eq!(read(b"\xff\xfe{\0}\0"), Err(WrappingKeyError::Utf16));
    assert_eq!(read(b"{\"a\": \"\xff\"}"), Err(WrappingKeyError::NotText(7)));
    assert_eq!(read(b"AB\0"), Err(WrappingKeyError::Control { character: '\0', offset: 2 }));
    assert_eq!(read(&[SPKI, b"\n"].concat()), Err(WrappingKeyError::Trailing(1)));
    assert!(matches!(read(&SPKI[..200]), Err(WrappingKeyError::Der(_))));
    assert_eq!(read(b"{}"), Err(WrappingKeyError::NoKeyInJson));
    let deep = format!("{}1{}", "[".repeat(33), "]".repeat(33));
    assert!(refusal(deep.as_bytes()).contains("nested deeper than 32"));
}

#[test]
fn damaged_pem_says_how() {
    let pem = text(vector!("rsa-2048.spki.pem"));
    let refused = |text: String| refusal(text.as_bytes());
    assert_eq!(refused(pem.replace("-----END", "-----")), "the PEM block is damaged: its END line is missing");
    assert_eq!(
        refused(pem.replace("END PUBLIC", "END RSA")),
        "the PEM block is damaged: its BEGIN and END lines differ"
    );
    assert_eq!(refused(pem.replacen("MII", "M!I", 1)), "the PEM block is damaged: its content is not base64");
    let with_header = pem.replacen("-----\n", "-----\nProc-Type: 4,CLEAR\n\n", 1);
    assert_eq!(refused(with_header), "the PEM block is damaged: a public key has no header lines");
}

#[test]
fn no_cut_and_no_flipped_byte_panics() {
    for good in [SPKI, vector!("rsa-2048.certificate.der"), vector!("openbao.json"), vector!("rsa-2048.pkcs1.pem")] {
        for at in 0..good.len() {
            let _ = read(&good[..at]);
            let mut bad = good.to_vec();
            bad[at] ^= 0x21;
            let _ = read(&bad);
        }
    }
}
