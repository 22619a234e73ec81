//! Files that are to tie up whoever opens them: refused with the right passphrase at hand, in a second of processor time
//! and 64 MiB of memory, with nothing written.

use std::os::unix::fs::symlink;

use rustix::fs::{CWD, FileType, Mode};
use sha2::Sha256;

use super::place::{PASSPHRASE, Place};

const PBES2: &str = "2a864886f70d01050d";
const PBKDF2: &str = "2a864886f70d01050c";
const SCRYPT: &str = "2b06010401da47040b";
const AES_256_CBC: &str = "60864801650304012a";
const TRIPLE_DES: &str = "2a864886f70d0307";
const DATA: &str = "2a864886f70d010701";
const ENCRYPTED_DATA: &str = "2a864886f70d010706";
const BAG: &str = "2a864886f70d010c0a01";
/// A passphrase source is given, so that it is not the reason.
const LINE: &str = "pkcs8 --passphrase-source env:P";

/// One DER element.
fn element(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len().to_be_bytes();
    let length: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let head = match content.len() {
        0..=0x7f => vec![tag, u8::try_from(content.len()).unwrap()],
        _ => [vec![tag, 0x80 | u8::try_from(length.len()).unwrap()], length].concat(),
    };
    [head, content].concat()
}

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    element(0x30, parts)
}

fn oid(hex: &str) -> Vec<u8> {
    element(6, &[hex::decode(hex).unwrap()])
}

fn octets(bytes: &[u8]) -> Vec<u8> {
    element(4, &[bytes.to_vec()])
}

fn integer(number: u64) -> Vec<u8> {
    let bytes: Vec<u8> = number.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
    let sign = if bytes.first().is_none_or(|first| *first >= 0x80) { vec![0] } else { Vec::new() };
    element(2, &[sign, bytes])
}

fn pbes2(derivation: Vec<u8>, cipher: &str, iv: &[u8]) -> Vec<u8> {
    sequence(&[oid(PBES2), sequence(&[derivation, sequence(&[oid(cipher), octets(iv)])])])
}

fn pbkdf2(rounds: u64) -> Vec<u8> {
    let prf = sequence(&[oid("2a864886f70d0209"), element(5, &[])]);
    sequence(&[oid(PBKDF2), sequence(&[octets(b"salt"), integer(rounds), prf])])
}

fn scrypt(cost: u64, block_size: u64, parallelisation: u64) -> Vec<u8> {
    let numbers = [octets(b"salt"), integer(cost), integer(block_size), integer(parallelisation)];
    sequence(&[oid(SCRYPT), sequence(&numbers)])
}

/// `EncryptedPrivateKeyInfo` around nothing sensible.
fn locked(algorithm: Vec<u8>) -> Vec<u8> {
    sequence(&[algorithm, octets(&[7; 64])])
}

fn shrouded_bag(rounds: u64) -> Vec<u8> {
    bag("02", locked(pbes2(pbkdf2(rounds), AES_256_CBC, &[7; 16])))
}

fn bag(kind: &str, content: Vec<u8>) -> Vec<u8> {
    sequence(&[oid(&format!("{BAG}{kind}")), element(0xa0, &[content])])
}

fn clear_safe(bags: &[Vec<u8>]) -> Vec<u8> {
    sequence(&[oid(DATA), element(0xa0, &[octets(&sequence(bags))])])
}

/// A safe that this passphrase opens, after one round.
fn encrypted_safe(bags: &[Vec<u8>]) -> Vec<u8> {
    use cbc::cipher::{BlockModeEncrypt, KeyIvInit, block_padding::Pkcs7};
    let mut key = [0; 32];
    pbkdf2::pbkdf2_hmac::<Sha256>(PASSPHRASE.as_bytes(), b"salt", 1, &mut key);
    let plain = sequence(bags);
    let mut buffer = [plain.clone(), vec![0; 16]].concat();
    let mode = cbc::Encryptor::<aes::Aes256>::new(&key.into(), &[7; 16].into());
    let data = mode.encrypt_padded::<Pkcs7>(&mut buffer, plain.len()).unwrap().to_vec();
    let algorithm = pbes2(pbkdf2(1), AES_256_CBC, &[7; 16]);
    let info = sequence(&[oid(DATA), algorithm, element(0x80, &[data])]);
    sequence(&[oid(ENCRYPTED_DATA), element(0xa0, &[sequence(&[integer(0), info])])])
}

fn pkcs12(safes: &[Vec<u8>]) -> Vec<u8> {
    let safe = sequence(&[oid(DATA), element(0xa0, &[octets(&sequence(safes))])]);
    sequence(&[integer(3), safe])
}

/// Refused within the limits that the kernel keeps.
fn refused(place: &Place, what: &str, bytes: &[u8], code: &str) -> String {
    place.write("bad", bytes);
    let script = format!("ulimit -t 1; ulimit -v 65536; exec \"$0\" convert bad --out refused --to {LINE}");
    let mut command = place.command("sh");
    command.env_clear().env("P", PASSPHRASE).args(["-c", &script, env!("CARGO_BIN_EXE_byok")]);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(7), "{what}: {said}");
    assert!(said.contains(&format!("[{code}]")), "{what}: {said}");
    assert!(output.stdout.is_empty() && !place.path("refused").exists(), "{what}");
    said
}

#[test]
fn a_derivation_that_costs_too_much_is_not_begun() {
    let place = Place::new();
    let with = |derivation| locked(pbes2(derivation, AES_256_CBC, &[7; 16]));
    for (what, bytes) in [
        ("ten million rounds", with(pbkdf2(10_000_000))),
        ("2^31 rounds", with(pbkdf2(1 << 31))),
        ("2^63 rounds", with(pbkdf2(1 << 63))),
        ("scrypt with a gigabyte", with(scrypt(1 << 20, 8, 1))),
        ("scrypt with huge blocks", with(scrypt(2, 1 << 30, 1))),
        ("scrypt, over and over", with(scrypt(1 << 14, 8, 1 << 20))),
        ("scrypt, all of it", with(scrypt(1 << 63, u64::MAX >> 1, u64::MAX >> 1))),
    ] {
        refused(&place, what, &bytes, "E0732");
    }
    for (what, bytes) in [
        ("no rounds", with(pbkdf2(0))),
        ("scrypt without a cost", with(scrypt(0, 8, 1))),
        ("scrypt with a cost that is no power of two", with(scrypt(1000, 8, 1))),
        ("scrypt without blocks", with(scrypt(1024, 0, 1))),
    ] {
        refused(&place, what, &bytes, "E0731");
    }
    let short = locked(pbes2(pbkdf2(1), TRIPLE_DES, &[7; 3]));
    assert!(refused(&place, "a short vector", &short, "E0715").contains("initialisation vector of 3 bytes"));
    let negative = with(sequence(&[oid(PBKDF2), sequence(&[octets(b"salt"), element(2, &[vec![0xff]])])]));
    assert!(refused(&place, "negative rounds", &negative, "E0715").contains("negative"));
}

#[test]
fn a_pkcs12_bomb_does_not_go_off() {
    let place = Place::new();
    let many: Vec<Vec<u8>> = (0..1000).map(|_| shrouded_bag(1_000_000)).collect();
    refused(&place, "a thousand dear bags", &pkcs12(&[clear_safe(&many)]), "E0732");
    // What only the passphrase shows is looked at before it is paid for, too.
    refused(&place, "a thousand hidden dear bags", &pkcs12(&[encrypted_safe(&many)]), "E0732");
    let three: Vec<Vec<u8>> = (0..3).map(|_| shrouded_bag(900_000)).collect();
    refused(&place, "three bags that are too dear together", &pkcs12(&[encrypted_safe(&three)]), "E0732");
    let hidden_scrypt = bag("02", locked(pbes2(scrypt(0, 8, 1), AES_256_CBC, &[7; 16])));
    refused(&place, "hidden scrypt without a cost", &pkcs12(&[encrypted_safe(&[hidden_scrypt])]), "E0731");
    let crowd: Vec<Vec<u8>> = (0..20_000).map(|_| bag("04", sequence(&[]))).collect();
    refused(&place, "twenty thousand bags", &pkcs12(&[clear_safe(&crowd)]), "E0715");
    let deep = (0..2000).fold(sequence(&[]), |inside, _| sequence(&[bag("06", inside)]));
    let deep = sequence(&[oid(DATA), element(0xa0, &[octets(&deep)])]);
    refused(&place, "safes in safes", &pkcs12(&[deep]), "E0715");
    let safes: Vec<Vec<u8>> = (0..3000).map(|_| encrypted_safe(&[])).collect();
    refused(&place, "three thousand cheap safes", &pkcs12(&safes), "E0716");
}

#[test]
fn what_is_no_small_file_is_not_read() {
    let place = Place::new();
    let said = refused(&place, "50 MB", &vec![0x30; 50_000_000], "E0702");
    assert!(said.contains("larger than"), "{said}");
    place.remove("bad");
    rustix::fs::mknodat(CWD, place.path("pipe"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    symlink("/dev/zero", place.path("device")).unwrap();
    for name in ["pipe", "device", "."] {
        place.refused(name, LINE, "E0701");
    }
}
