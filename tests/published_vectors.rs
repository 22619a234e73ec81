//! Vectors of cryptography-vectors through `byok::wrap::software`: AES key wrap of NIST's CAVP (SP 800-38F) and of Botan,
//! RSAES-OAEP of PKCS#1 (SHA-1) and in every pairing of hash and MGF1 hash.
//!
//! Left out are CAVP's files `_inv`, key wrap with the cipher turned round, and `TKW`, with 3DES: byok has neither.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking"
)]

#[path = "support/vectors.rs"]
mod vectors;

use std::collections::BTreeMap;
use std::fs;

use byok::key::spec::HashAlg;
use byok::wrap::software::{kw_unwrap, kw_wrap, kwp_unwrap, kwp_wrap, oaep_decrypt};
use rsa::{BoxedUint, RsaPrivateKey};

/// The records of a file: `NAME = VALUE` lines, a record ends at an empty line; a bare word has no value.
fn records(file: &str) -> Vec<BTreeMap<String, String>> {
    let text = fs::read_to_string(vectors::folder().join("keywrap").join(file)).unwrap();
    let mut records = vec![BTreeMap::new()];
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with(['#', '['])) {
        let (name, value) = line.split_once(" =").unwrap_or((line, ""));
        if name.is_empty() {
            records.push(BTreeMap::new());
            continue;
        }
        let doubled = records.last_mut().unwrap().insert(name.to_owned(), value.trim().to_owned());
        assert_eq!(doubled, None, "{file}: {name} stands twice");
    }
    records.retain(|record| !record.is_empty());
    records
}

fn bytes(record: &BTreeMap<String, String>, name: &str) -> Vec<u8> {
    hex::decode(record.get(name).unwrap_or_else(|| panic!("{name} is missing: {record:?}"))).unwrap()
}

type Wrap = fn(&[u8], &[u8]) -> Option<Vec<u8>>;

const FORMS: [(&str, Wrap, Wrap); 2] = [
    ("KW", |kek, key| kw_wrap(kek, key).ok(), |kek, blob| kw_unwrap(kek, blob).ok().map(|key| key.to_vec())),
    ("KWP", |kek, key| kwp_wrap(kek, key).ok(), |kek, blob| kwp_unwrap(kek, blob).ok().map(|key| key.to_vec())),
];

/// Authenticated encryption: 500 vectors a file, and back again.
#[test]
fn cavp_wraps() {
    for (form, wrap, unwrap) in FORMS {
        for bits in [128, 192, 256] {
            let file = format!("kwtestvectors/{form}_AE_{bits}.txt");
            let records = records(&file);
            assert_eq!(records.len(), 500, "{file}");
            for record in &records {
                let (kek, key, blob) = (bytes(record, "K"), bytes(record, "P"), bytes(record, "C"));
                assert_eq!(kek.len() * 8, bits, "{file}");
                assert_eq!(wrap(&kek, &key), Some(blob.clone()), "{file} {record:?}");
                assert_eq!(unwrap(&kek, &blob), Some(key), "{file} {record:?}");
            }
        }
    }
}

/// Authenticated decryption: 500 vectors a file, of which 100 must fail.
#[test]
fn cavp_unwraps() {
    for (form, _, unwrap) in FORMS {
        for bits in [128, 192, 256] {
            let file = format!("kwtestvectors/{form}_AD_{bits}.txt");
            let records = records(&file);
            let failing = records.iter().filter(|record| record.contains_key("FAIL")).count();
            assert_eq!((records.len(), failing), (500, 100), "{file}");
            for record in &records {
                let expected = (!record.contains_key("FAIL")).then(|| bytes(record, "P"));
                assert_eq!(unwrap(&bytes(record, "K"), &bytes(record, "C")), expected, "{file} {record:?}");
            }
        }
    }
}

/// Short keys of every length, in the lengths that CAVP leaves out.
#[test]
fn botan_wraps_with_padding() {
    let records = records("kwp_botan.txt");
    assert_eq!(records.len(), 129);
    for record in &records {
        let (kek, key, blob) = (bytes(record, "Key"), bytes(record, "Input"), bytes(record, "Output"));
        assert_eq!(kwp_wrap(&kek, &key).as_ref(), Ok(&blob), "{record:?}");
        assert_eq!(kwp_unwrap(&kek, &blob).unwrap().as_slice(), key, "{record:?}");
    }
}

/// What follows a heading `# NAME:`, in hexadecimal over some lines.
type Numbers = Vec<(String, Vec<u8>)>;

fn numbers(text: &str) -> Numbers {
    let mut found: Numbers = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(heading) = line.strip_prefix("# ") {
            found.push((heading.trim_end_matches([':', ' ']).to_owned(), Vec::new()));
            continue;
        }
        let digits = line.replace(' ', "");
        let padded = if digits.len().is_multiple_of(2) { digits } else { format!("0{digits}") };
        // Prose stands before the first heading, and rules between them.
        if let (Some((_, value)), Ok(more)) = (found.last_mut(), hex::decode(padded)) {
            value.extend(more);
        }
    }
    found
}

/// Decrypts every example of a file; the number of examples, all of one pairing of hashes.
fn decrypt_all(file: &str, hash: HashAlg, mgf: HashAlg) -> usize {
    let text = fs::read_to_string(vectors::folder().join("asymmetric/RSA").join(file)).unwrap();
    let (mut key, mut held): (Option<RsaPrivateKey>, BTreeMap<String, Vec<u8>>) = (None, BTreeMap::new());
    let mut ran = 0;
    for (heading, value) in numbers(&text) {
        let name = heading.replace(" to be encrypted", "");
        if let Some((_, stated)) = name.split_once(" alg=") {
            assert_eq!(stated, format!("{} mgf1={}", hash.as_str(), mgf.as_str()), "{file}");
        }
        if name == "Coefficient" {
            let number = |name: &str| BoxedUint::from_be_slice_vartime(&held[name]);
            let primes = vec![number("Prime 1"), number("Prime 2")];
            let made = RsaPrivateKey::from_components(
                number("Modulus"),
                number("Public exponent"),
                number("Exponent"),
                primes,
            );
            key = Some(made.unwrap());
        } else if name == "Encryption" {
            let plain = oaep_decrypt(key.as_ref().unwrap(), hash, mgf, &value);
            assert_eq!(plain.unwrap().as_slice(), held["Message"], "{file}, example {ran}");
            // One wrong pairing each: the hash and MGF1's in turn.
            let other = |known| HashAlg::ALL.into_iter().filter(|other| *other != known).nth(ran % 4).unwrap();
            let wrong = if ran.is_multiple_of(2) { (other(hash), mgf) } else { (hash, other(mgf)) };
            assert!(oaep_decrypt(key.as_ref().unwrap(), wrong.0, wrong.1, &value).is_err(), "{file} with {wrong:?}");
            ran += 1;
        }
        held.insert(name, value);
    }
    ran
}

#[test]
fn oaep_in_every_pairing_of_hashes() {
    let mut files = 0;
    for mgf in HashAlg::ALL {
        for hash in HashAlg::ALL {
            let (file, examples) = match (hash, mgf) {
                (HashAlg::Sha1, HashAlg::Sha1) => ("pkcs-1v2-1d2-vec/oaep-vect.txt".to_owned(), 60),
                _ => (format!("oaep-custom/oaep-{}-{}.txt", mgf.as_str(), hash.as_str()), 60),
            };
            assert_eq!(decrypt_all(&file, hash, mgf), examples, "{file}");
            files += 1;
        }
    }
    let custom = fs::read_dir(vectors::folder().join("asymmetric/RSA/oaep-custom")).unwrap();
    assert_eq!((files, custom.count()), (25, 24));
}
