use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;
use crate::format::material::{RsaFactors, RsaPrivate, SecretKey};
use crate::format::reader::{self, Assumption, Content, Source};
use crate::key::spec::{AesBits, KeySpec};

const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/findings");

fn keys(path: &Path) -> Vec<Material> {
    let bytes = std::fs::read(path).unwrap();
    // Text in place of a key is looked at as the key that it is taken for.
    let from = path.extension().is_some_and(|extension| extension == "bin").then_some(Source::Raw);
    let readings = reader::read(&bytes, &Assumption { from, spec: None })
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        .readings;
    let parts = readings.into_iter().flat_map(|reading| reading.parts);
    parts.filter_map(|part| if let Content::Key(key) = part.content { Some(key) } else { None }).collect()
}

fn codes(path: &Path) -> Vec<String> {
    keys(path).iter().flat_map(of_key).map(|finding| finding.rule.to_string()).collect()
}

/// The files in DER and raw bytes; what else there is goes through `byok check` in tests/findings.rs.
#[test]
fn each_finding_is_in_its_bad_file_and_in_no_good_one() {
    let files = |code: &str| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(Path::new(VECTORS).join(code)).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    };
    let mut seen = 0;
    for rule in rules::all().filter(|rule| (200..500).contains(&rule.number)) {
        let code = rule.to_string();
        for path in files(&code).iter().filter(|path| path.extension().is_some_and(|ext| ext == "der" || ext == "bin"))
        {
            let (found, bad) = (codes(path), path.file_stem().is_some_and(|stem| stem == "bad"));
            assert_eq!(found.contains(&code), bad, "{}: {found:?}", path.display());
            seen += 1;
        }
    }
    assert!(seen > 60, "{seen}");
}

#[test]
fn a_good_key_has_no_finding() {
    for code in ["F301", "F305", "F309", "F401", "F404", "F407", "F408", "F201"] {
        let found = keys(&Path::new(VECTORS).join(code).join(if code == "F201" { "good.bin" } else { "good.der" }));
        let found: Vec<Finding> = found.iter().flat_map(of_key).filter(|found| found.rule.number != 406).collect();
        assert_eq!(found, [], "{code}");
    }
}

#[test]
fn what_a_key_says_of_itself_is_compared() {
    let secret = |length: usize| {
        let value = (0..length).map(|at| u8::try_from(at * at % 251).unwrap()).collect::<Vec<u8>>();
        Material::Secret(SecretKey { value: value.into(), stated: Some(KeySpec::Aes(AesBits::B256)) })
    };
    assert_eq!(of_key(&secret(32)), []);
    let found = of_key(&secret(16));
    assert_eq!(found.iter().map(|found| found.rule.number).collect::<Vec<_>>(), [210]);
}

#[test]
fn raw_bytes_are_told_from_the_text_of_a_key() {
    let one = |bytes: &[u8]| {
        let key = SecretKey { value: bytes.to_vec().into(), stated: None };
        raw::findings(&key).iter().map(|found| found.rule.number).collect::<Vec<_>>()
    };
    for (bytes, wanted) in [
        (&b"00112233445566778899aabbccddeeff\n"[..], &[202][..]),
        (b"0x00112233445566778899AABBCCDDEEFF\r\n", &[202]),
        (b"00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:f1", &[202]),
        (b"3q2+7wABAgMEBQYHCAkKCw==", &[203]),
        (b"3q2-7wABAgMEBQYHCAkKCw\n", &[203]),
        (b"\x01\x09\x03\xf0\x05\xe1\x07\x18\x19\x0a\x1b\x0c\x0d\x0e\x9f\x10\r\n", &[201]),
        (b"k\0e\0y\0!\0k\0e\0y\0?\0", &[204]),
        (b"\0k\0e\0y\0!\0k\0e\0y\0?", &[204]),
        (&[7; 16], &[206]),
        (&[3, 2, 1, 0, 255, 254, 253, 252, 251, 250, 249, 248, 247, 246, 245, 244], &[207]),
        (b"passphrase", &[208]),
        (b"\x01", &[209]),
        (b"", &[209]),
    ] {
        assert_eq!(one(bytes), wanted, "{bytes:?}");
    }
}

/// The bytes as every number of an RSA key.
fn rsa_of(numbers: &[Vec<u8>; 8]) -> Material {
    let [modulus, exponent, private @ ..] = numbers.clone();
    let [private_exponent, p, q, dp, dq, coefficient] = private.map(zeroize::Zeroizing::new);
    let factors = Some(RsaFactors { primes: [p, q], exponents: [dp, dq], coefficient });
    Material::Private(PrivateKey::Rsa(RsaPrivate { modulus, exponent, private_exponent, factors }))
}

#[test]
fn hostile_sizes_take_no_time() {
    let start = std::time::Instant::now();
    let huge = vec![0xff_u8; 1024 * 1024];
    let longest = vec![0xff_u8; 1024];
    for modulus in [&huge, &longest] {
        let numbers = std::array::from_fn(|at| if at == 0 { modulus.clone() } else { huge.clone() });
        assert!(!of_key(&rsa_of(&numbers)).is_empty());
    }
    assert!(start.elapsed() < std::time::Duration::from_secs(20), "{:?}", start.elapsed());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_numbers_are_judged_without_a_panic(
        numbers in prop::array::uniform8(prop::collection::vec(any::<u8>(), 0..140)),
    ) {
        let numbers = numbers.map(|number| crate::format::spki::without_zeros(&number).to_vec());
        prop_assert!(!of_key(&rsa_of(&numbers)).is_empty());
    }

    /// Findings go to screens and logs.
    #[test]
    fn no_finding_shows_a_byte_of_a_secret(value in prop::collection::vec(any::<u8>(), 16..80)) {
        let key = SecretKey { value: value.clone().into(), stated: None };
        for finding in raw::findings(&key) {
            let shown = format!("{finding:?}").to_lowercase();
            prop_assert!(!shown.contains(&hex::encode(&value[..4])), "{}", shown);
        }
    }
}
