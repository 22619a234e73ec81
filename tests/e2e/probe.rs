//! The probe on real tokens: what SoftHSM and kryoptic are known to do, and one lie of the proxy for every verdict.
//!
//! A module reads its configuration from the environment, so every probe runs in a process of its own: this test
//! program again, with one test.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use byok::hsm::login::Pin;
use byok::hsm::module::{Module as Library, ModuleHashCache};
use byok::hsm::probe::{ProbeReport, probe};
use byok::hsm::request::{Class, Search};
use byok::hsm::slot::TokenChoice;
use byok::hsm::{Token, TokenError};
use byok::key::spec::HashAlg;
use byok::wrap::capability::{AesWrap, Capabilities, Finding, KnownAes, Target, Verdict};
use serde::{Deserialize, Serialize};

use crate::token::{LABEL, Module, TokenDir, USER_PIN};

/// Names the module for the process that probes.
const CHILD: &str = "BYOK_TEST_PROBE";

/// What stands before the answer on the standard output, among the words of the test harness.
const MARK: &str = "probe: ";

/// What the process that probes says.
#[derive(Debug, Deserialize, Serialize)]
struct Answer {
    capabilities: Option<Capabilities>,
    checks: u32,
    error: Option<String>,
    /// Keys in the token afterwards.
    left: usize,
}

/// Probes in a new process.
fn ask(token: &TokenDir) -> Answer {
    let program = std::env::current_exe().expect("this program");
    let output = Command::new(program)
        .args(["--exact", "probe::a_probe_in_a_process_of_its_own", "--nocapture"])
        .envs(token.env())
        .env(CHILD, token.module())
        .output()
        .expect("this program again");
    let said = String::from_utf8_lossy(&output.stdout);
    let line = said.lines().find_map(|line| line.split_once(MARK));
    let (_, json) = line.unwrap_or_else(|| panic!("{said}\n{}", String::from_utf8_lossy(&output.stderr)));
    serde_json::from_str(json).expect("an answer")
}

/// Probes an honest module in a new process.
fn probed(token: &TokenDir) -> Capabilities {
    let answer = ask(token);
    assert_eq!(answer.error, None);
    assert_eq!(answer.left, 0, "objects stayed behind");
    answer.capabilities.expect("a report")
}

/// Probes a module with the proxy in front of it.
fn lied(module: Module, lines: &[&str]) -> Capabilities {
    let mut token = TokenDir::new(module);
    probed(token.proxied(lines))
}

/// In the process that probes.
fn answer(module: &Path) -> Answer {
    let library = Library::load(module, &mut ModuleHashCache::default()).expect("the module");
    let slot = library.slot(&TokenChoice::Label(LABEL.to_owned())).expect("the token");
    let token = slot.open(&Pin::Secret(USER_PIN.to_owned().into())).expect("a session");
    let found = probe(&token);
    let left = [Class::Private, Class::Public, Class::Secret].map(|class| token.find(Search::Class(class)));
    let left = left.into_iter().map(|found: Result<_, TokenError>| found.map_or(0, |found| found.len())).sum();
    match found {
        Ok(ProbeReport { capabilities, checks }) => {
            Answer { capabilities: Some(capabilities), checks, error: None, left }
        }
        Err(error) => Answer { capabilities: None, checks: 0, error: Some(error.to_string()), left },
    }
}

#[test]
fn a_probe_in_a_process_of_its_own() {
    #[expect(clippy::disallowed_methods, reason = "the rule is for the program")]
    let child = std::env::var_os(CHILD);
    if let Some(module) = child {
        let text = serde_json::to_string(&answer(Path::new(&module))).expect("JSON");
        println!("\n{MARK}{text}");
        return;
    }
    let answer = ask(&TokenDir::new(Module::SoftHsm));
    assert!((40..=80).contains(&answer.checks), "{} checks", answer.checks);
}

fn cell(finding: &Finding) -> (Verdict, &str) {
    (finding.verdict, finding.detail.as_deref().unwrap_or(""))
}

fn aes(found: &Capabilities, number: AesWrap, target: Target) -> (Verdict, &str) {
    cell(found.aes_wrap_of(number, target).expect("a probed cell"))
}

fn oaep(found: &Capabilities, hash: HashAlg, target: Target) -> (Verdict, &str) {
    cell(found.oaep_of(hash, target).expect("a probed cell"))
}

fn native(found: &Capabilities, hash: HashAlg, target: Target) -> (Verdict, &str) {
    cell(found.native_of(hash, target).expect("a probed cell"))
}

const CONFORMANT: (Verdict, &str) = (Verdict::Conformant, "");
const NO_MECHANISM: (Verdict, &str) = (Verdict::Unsupported, "C_WrapKey: CKR_MECHANISM_INVALID");
const SECRETS: [Target; 5] = [Target::Secret16, Target::Secret28, Target::Secret32, Target::Secret33, Target::Secret64];

#[test]
fn softhsm_pads_and_knows_one_hash() {
    let found = probed(&TokenDir::new(Module::SoftHsm));
    assert_eq!(found.known_aes, KnownAes::CreateObject);
    for target in SECRETS {
        assert_eq!(oaep(&found, HashAlg::Sha1, target), CONFORMANT, "{target}");
    }
    let arguments = (Verdict::Unsupported, "C_WrapKey: CKR_ARGUMENTS_BAD");
    for hash in [HashAlg::Sha224, HashAlg::Sha256, HashAlg::Sha384, HashAlg::Sha512] {
        assert_eq!(oaep(&found, hash, Target::Secret32), arguments);
    }
    let not_wrappable = (Verdict::Unsupported, "C_WrapKey: CKR_KEY_NOT_WRAPPABLE");
    for number in [AesWrap::Kw, AesWrap::Pad] {
        for target in [Target::Secret16, Target::Secret32, Target::Secret64] {
            assert_eq!(aes(&found, number, target), CONFORMANT, "{number} {target}");
        }
        for (target, detail) in [
            (Target::Secret28, "28-byte keys become 32 bytes"),
            (Target::Secret33, "33-byte keys become 40 bytes"),
            (Target::EcP256, "67 bytes of PKCS#8 become 72"),
            (Target::EcP521, "98 bytes of PKCS#8 become 104"),
        ] {
            assert_eq!(aes(&found, number, target), (Verdict::ZeroPadded, detail), "{number} {target}");
        }
        assert_eq!(aes(&found, number, Target::Ed25519), not_wrappable);
    }
    assert_eq!(aes(&found, AesWrap::Kwp, Target::Secret32), NO_MECHANISM);
    assert_eq!(native(&found, HashAlg::Sha1, Target::Secret32), NO_MECHANISM);
    for finding in [&found.check_value, &found.digest_key, &found.aes_gcm, &found.aes_cmac] {
        assert_eq!(cell(finding), CONFORMANT);
    }
    assert_eq!(found.hmac.verdict, Verdict::Conformant);
    assert_eq!(cell(&found.non_extractable), (Verdict::Conformant, "C_WrapKey: CKR_KEY_UNEXTRACTABLE"));
}

/// What an honest module may be found to do. kryoptic leaves out the zeros that scalars begin with: one P-521 key in 2
/// has one, of which the probe makes many, and one P-256 key in 256.
fn good(module: Module, target: Target) -> &'static [Verdict] {
    match (module, target) {
        (Module::Kryoptic, Target::EcP521) => &[Verdict::ShortScalar],
        (Module::Kryoptic, Target::EcP256) => &[Verdict::Conformant, Verdict::ShortScalar],
        _ => &[Verdict::Conformant],
    }
}

#[test]
fn kryoptic_is_exact_but_for_short_scalars() {
    let found = probed(&TokenDir::new(Module::Kryoptic));
    assert_eq!(found.known_aes, KnownAes::CreateObject);
    for hash in HashAlg::ALL {
        for target in [Target::Secret16, Target::Secret28, Target::Secret32, Target::EcP256, Target::Ed25519] {
            assert!(good(Module::Kryoptic, target).contains(&oaep(&found, hash, target).0), "{hash} {target}");
        }
        assert_eq!(native(&found, hash, Target::Secret32), NO_MECHANISM);
    }
    for target in Target::ALL {
        assert!(good(Module::Kryoptic, target).contains(&aes(&found, AesWrap::Kwp, target).0), "{target}");
        assert_eq!(aes(&found, AesWrap::Pad, target), NO_MECHANISM, "{target}");
    }
    let length = (Verdict::Unsupported, "C_WrapKey: CKR_DATA_LEN_RANGE");
    for target in [Target::Secret28, Target::Secret33, Target::EcP256, Target::EcP521] {
        assert_eq!(aes(&found, AesWrap::Kw, target), length, "{target}");
    }
    for target in [Target::Secret16, Target::Secret32, Target::Secret64] {
        assert_eq!(aes(&found, AesWrap::Kw, target), CONFORMANT, "{target}");
    }
    assert_eq!(cell(&found.check_value), (Verdict::Unsupported, "absent"));
    for finding in [&found.digest_key, &found.aes_gcm, &found.aes_cmac, &found.hmac] {
        assert_eq!(cell(finding), CONFORMANT);
    }
    assert_eq!(found.non_extractable.verdict, Verdict::Conformant);
}

#[test]
fn a_token_with_every_mechanism_is_conformant_in_all() {
    for module in Module::ALL {
        let found = lied(module, &["lie=oaep", "lie=kwp", "lie=native-rsa-aes"]);
        for target in Target::ALL {
            if (module, target) == (Module::SoftHsm, Target::Ed25519) {
                assert_eq!(native(&found, HashAlg::Sha256, target).0, Verdict::Unsupported);
                continue;
            }
            let good = good(module, target);
            for hash in HashAlg::ALL {
                assert!(good.contains(&native(&found, hash, target).0), "{module:?} {hash} {target}");
            }
            assert!(good.contains(&aes(&found, AesWrap::Kwp, target).0), "{module:?} {target}");
        }
        for hash in HashAlg::ALL {
            assert_eq!(oaep(&found, hash, Target::Secret64), CONFORMANT, "{module:?} {hash}");
        }
    }
}

#[test]
fn lie_zero_padded() {
    let found = lied(Module::Kryoptic, &["lie=kwp-zero-pad"]);
    let padded = |detail| (Verdict::ZeroPadded, detail);
    assert_eq!(aes(&found, AesWrap::Kwp, Target::Secret28), padded("28-byte keys become 32 bytes"));
    assert_eq!(aes(&found, AesWrap::Kwp, Target::EcP256).0, Verdict::ZeroPadded);
    assert_eq!(aes(&found, AesWrap::Kwp, Target::Secret32), CONFORMANT);
}

#[test]
fn lie_wrong_hash() {
    for module in Module::ALL {
        let found = lied(module, &["lie=oaep", "lie=oaep-hash=sha1"]);
        let sha1 = (Verdict::WrongHash, "SHA-1 with MGF1-SHA-1");
        assert_eq!(oaep(&found, HashAlg::Sha256, Target::Secret32), sha1);
        assert_eq!(oaep(&found, HashAlg::Sha256, Target::Secret16), sha1);
        let found = lied(module, &["lie=oaep", "lie=oaep-mgf-sha1"]);
        assert_eq!(oaep(&found, HashAlg::Sha512, Target::Secret32), (Verdict::WrongHash, "SHA-512 with MGF1-SHA-1"));
        let found = lied(module, &["lie=native-rsa-aes", "lie=native-oaep-hash=sha384"]);
        let sha384 = (Verdict::WrongHash, "SHA-384 with MGF1-SHA-384");
        assert_eq!(native(&found, HashAlg::Sha256, Target::Secret32), sha384);
        assert_eq!(native(&found, HashAlg::Sha384, Target::Secret32), CONFORMANT);
    }
}

#[test]
fn lie_wrong_format() {
    for module in Module::ALL {
        let found = lied(module, &["lie=pad-pkcs7"]);
        for target in SECRETS.into_iter().chain([Target::EcP256, Target::Rsa2048]) {
            let pkcs7 = (Verdict::WrongFormat, "RFC 3394 over PKCS#7 padding");
            assert_eq!(aes(&found, AesWrap::Pad, target), pkcs7, "{module:?} {target}");
        }
        let found = lied(module, &["lie=kwp", "lie=native-rsa-aes", "lie=kwp-as-kw"]);
        let exact = (Verdict::WrongFormat, "RFC 3394 without padding");
        assert_eq!(aes(&found, AesWrap::Kwp, Target::Secret32), exact);
        assert_eq!(native(&found, HashAlg::Sha1, Target::Secret32), exact);
        let zeros = (Verdict::WrongFormat, "RFC 3394 over zero padding");
        assert_eq!(aes(&found, AesWrap::Kwp, Target::Secret33), zeros);
        let found = lied(module, &["lie=kwp", "lie=pkcs8-trailing"]);
        let stray = (Verdict::WrongFormat, "PKCS#8 with 5 stray bytes after it");
        for target in [Target::EcP256, Target::EcP521, Target::Rsa2048] {
            assert_eq!(aes(&found, AesWrap::Kwp, target), stray, "{module:?} {target}");
        }
    }
}

#[test]
fn lie_raw_scalar() {
    for module in Module::ALL {
        let found = lied(module, &["lie=kwp", "lie=raw-scalar"]);
        for target in [Target::EcP256, Target::EcP521] {
            assert_eq!(aes(&found, AesWrap::Kwp, target).0, Verdict::RawScalar, "{module:?} {target}");
        }
        assert_eq!(aes(&found, AesWrap::Kwp, Target::Rsa2048), CONFORMANT);
    }
    let found = lied(Module::Kryoptic, &["lie=raw-scalar"]);
    assert_eq!(aes(&found, AesWrap::Kwp, Target::Ed25519).0, Verdict::RawScalar);
}

#[test]
fn lie_unsupported() {
    let found = lied(Module::Kryoptic, &["lie=hide-hash=sha256", "lie=no-mechanism=0x210B"]);
    assert_eq!(oaep(&found, HashAlg::Sha256, Target::Secret32), (Verdict::Unsupported, "C_WrapKey: CKR_ARGUMENTS_BAD"));
    assert_eq!(oaep(&found, HashAlg::Sha384, Target::Secret32), CONFORMANT);
    assert_eq!(aes(&found, AesWrap::Kwp, Target::Secret16), NO_MECHANISM);
}

#[test]
fn lie_unsafe() {
    for module in Module::ALL {
        let found = lied(module, &["lie=wraps-nonextractable"]);
        assert_eq!(found.non_extractable.verdict, Verdict::Unsafe, "{module:?}");
        assert!(found.unsafe_finding().is_some());
    }
}

#[test]
fn lie_check_value() {
    for module in Module::ALL {
        for lie in ["lie=echo-kcv", "lie=wrong-kcv"] {
            let found = lied(module, &[lie]);
            let wrong = (Verdict::WrongFormat, "not the first 3 bytes of one encrypted zero block");
            assert_eq!(cell(&found.check_value), wrong, "{module:?} {lie}");
        }
    }
}

#[test]
fn a_wrong_size_query_changes_nothing() {
    for module in Module::ALL {
        let honest = lied(module, &["lie=kwp"]);
        for lie in ["lie=short-query", "lie=long-query"] {
            let found = lied(module, &["lie=kwp", lie]);
            for target in SECRETS {
                assert_eq!(aes(&found, AesWrap::Kwp, target), CONFORMANT, "{module:?} {lie} {target}");
            }
            assert_eq!(found.oaep, honest.oaep, "{module:?} {lie}");
        }
    }
}

#[test]
fn a_token_without_create_object_takes_a_known_key_by_unwrapping() {
    for (module, hash) in [(Module::SoftHsm, HashAlg::Sha1), (Module::Kryoptic, HashAlg::Sha256)] {
        // The session object and then the token object; the wrapping key is the third and may come in.
        let found = lied(module, &["fail=C_CreateObject#1:0x1B", "fail=C_CreateObject#2:0x1B"]);
        assert_eq!(found.known_aes, KnownAes::UnwrapOnly(hash), "{module:?}");
        assert_eq!(aes(&found, AesWrap::Kw, Target::Secret64), CONFORMANT);
        assert_eq!(cell(&found.aes_gcm), CONFORMANT);
    }
}

#[test]
fn a_device_error_ends_the_probe_and_leaves_nothing() {
    for module in Module::ALL {
        for call in ["C_GenerateKeyPair#3", "C_WrapKey#1", "C_WrapKey#30", "C_SignInit#1"] {
            let mut token = TokenDir::new(module);
            let answer = ask(token.proxied(&[&format!("fail={call}:0x31")]));
            let error = answer.error.expect("an error");
            assert!(error.ends_with(": CKR_DEVICE_MEMORY"), "{module:?} {call}: {error}");
            assert_eq!(answer.left, 0, "{module:?} {call}");
        }
        let mut token = TokenDir::new(module);
        let answer = ask(token.proxied(&["lie=device-removed=40"]));
        assert!(answer.error.expect("an error").starts_with("the token was removed"), "{module:?}");
    }
}

#[test]
fn the_probe_is_short() {
    for module in Module::ALL {
        let mut token = TokenDir::new(module);
        probed(token.proxied(&[]));
        let mut calls = BTreeMap::new();
        for (_, name, _) in token.trace() {
            *calls.entry(name).or_insert(0_usize) += 1;
        }
        assert_eq!(calls.get("C_Initialize"), Some(&1));
        assert_eq!(calls.get("C_Login"), Some(&1));
        // The three searches of this test itself, and none of the probe.
        assert_eq!(calls.get("C_FindObjectsInit"), Some(&3));
        // Scalars are looked for where they come out whole: 16 more pairs are made, read, wrapped and destroyed.
        let most = if module == Module::Kryoptic { 200 } else { 130 };
        assert!(calls.values().sum::<usize>() < most, "{module:?}: {calls:?}");
    }
}
