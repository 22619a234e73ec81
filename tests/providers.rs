//! The suite that every provider passes: its table, its grammar, its reader, its bundle.

#![expect(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "helpers of tests fail by panicking")]

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

use byok::format::bundle::Bundle;
use byok::format::wrapping_key::WrappingKeyError;
use byok::key::method::WrapMethod;
use byok::key::spec::{ALL, AesBits, Curve, HashAlg, KeySpec, Purpose, RsaBits};
use byok::key::template::usages;
use byok::provider::{
    Accept, Challenge, ChallengeError, Destination, DestinationError, DestinationRequest, Handout, MethodError,
    Options, PROVIDERS, Package, PackageRequest, Provider, Source, accept_for, find, methods,
};
use byok::wrap::length::{check_fits, kwp_part};

use answers::{alone, answer, bare, key_4096};

#[path = "support/answers.rs"]
mod answers;
#[path = "providers/aws_kms.rs"]
mod aws_kms;
#[path = "providers/azure.rs"]
mod azure;
#[path = "providers/confirmation.rs"]
mod confirmation;
#[path = "providers/google_cloud_kms.rs"]
mod google_cloud_kms;

const KEY_4096: &[u8] = include_bytes!("vectors/wrapping-keys/openbao.json");
const KEY_2048: &[u8] = include_bytes!("vectors/wrapping-keys/rsa-2048.spki.pem");

fn options(target: Option<&str>, mount: Option<&str>) -> Options {
    Options { target: target.map(str::to_owned), mount: mount.map(str::to_owned), valid_to: None }
}

fn challenge(provider: &Provider, bytes: &[u8]) -> Result<Challenge, ChallengeError> {
    (provider.read_challenge)(&bare(provider, bytes))
}

fn destination(
    provider: &Provider,
    name: &str,
    options: &Options,
    challenge: &Challenge,
) -> Result<Destination, DestinationError> {
    let now = "2026-11-22T12:00:00Z".parse().unwrap();
    (provider.destination)(&DestinationRequest { name: &name.parse().unwrap(), options, challenge, now })
}

fn package(provider: &'static Provider, row: &Accept, method: WrapMethod, algorithm: &str, version: &str) -> Package {
    let key_version = version.parse().unwrap();
    let challenge = (provider.read_challenge)(&answer(provider, &key_4096())).unwrap();
    let destination = destination(provider, "kek", &Options::default(), &challenge).unwrap();
    let wrapped = vec![0x5a; 512 + kwp_part(row.spec).start()];
    let request = PackageRequest {
        others: 0,
        latest: None,
        source: Source::Version(&key_version),
        spec: row.spec,
        purpose: *row.purposes.first().unwrap(),
        wrapped: &wrapped,
        method,
        algorithm,
        destination: &destination,
        challenge: &challenge,
    };
    (provider.package)(&request).unwrap()
}

#[test]
fn ids_and_aliases_are_unique_and_found() {
    let mut seen = BTreeSet::new();
    for provider in PROVIDERS {
        for name in std::iter::once(&provider.id).chain(provider.aliases) {
            assert!(seen.insert(*name), "{name} stands twice");
            assert_eq!(find(name).unwrap().id, provider.id);
        }
    }
    assert!(find("OPENBAO").is_none());
    assert_eq!(find("vault").unwrap().id, "openbao");
}

#[test]
fn every_table_has_source_and_date() {
    for provider in PROVIDERS {
        assert!(provider.documentation.starts_with("https://"), "{}", provider.id);
        assert!(provider.checked_on.parse::<jiff::civil::Date>().is_ok(), "{}", provider.id);
        assert!(!provider.name.is_empty() && provider.wrapping_sizes.minimum() >= 2048, "{}", provider.id);
    }
}

#[test]
fn every_row_is_consistent() {
    for provider in PROVIDERS {
        let mut seen = BTreeSet::new();
        for row in provider.accepts {
            assert!(!row.algorithms.is_empty() && !row.methods.is_empty(), "{} {}", provider.id, row.spec);
            for purpose in row.purposes {
                assert!(seen.insert((row.spec, *purpose)), "{} {} {purpose} stands twice", provider.id, row.spec);
                assert!(usages(row.spec, *purpose).is_some(), "{} cannot {purpose}", row.spec);
                let found = accept_for(provider, row.spec, *purpose).unwrap();
                assert_eq!(found.algorithm(None), Ok(row.algorithms[0]));
            }
            for method in row.methods {
                assert_eq!(provider.method_named(&method.to_string()), Some(*method));
            }
            // At least one method holds the key under the smallest wrapping key.
            let modulus = usize::try_from(provider.wrapping_sizes.minimum()).unwrap() / 8;
            assert!(row.methods.iter().any(|method| check_fits(*method, modulus, row.spec).is_ok()), "{}", row.spec);
        }
        for (spelling, method) in provider.spellings {
            assert_eq!(provider.method_named(spelling), Some(*method), "{spelling}");
        }
    }
}

#[test]
fn what_is_not_taken_comes_with_what_is() {
    let openbao = find("openbao").unwrap();
    for (spec, purpose) in [
        (KeySpec::Aes(AesBits::B192), Purpose::Encrypt),
        (KeySpec::Aes(AesBits::B256), Purpose::Wrap),
        (KeySpec::Ec(Curve::Secp256k1), Purpose::Sign),
        (KeySpec::Hmac(HashAlg::Sha224), Purpose::Mac),
    ] {
        let refusal = accept_for(openbao, spec, purpose).unwrap_err();
        assert_eq!(refusal.to_string(), format!("openbao does not take {spec} keys for {purpose}"));
        assert!(refusal.takes.contains(&(KeySpec::Ed25519, vec![Purpose::Sign])), "{refusal:?}");
        assert!(!refusal.takes.iter().any(|(taken, purposes)| *taken == spec && purposes.contains(&purpose)));
    }
    let generic = find("generic").unwrap();
    for spec in ALL {
        for purpose in Purpose::ALL {
            assert_eq!(
                accept_for(generic, *spec, purpose).is_ok(),
                usages(*spec, purpose).is_some(),
                "{spec} {purpose}"
            );
        }
    }
}

#[test]
fn algorithms_are_the_providers_own() {
    let row = accept_for(find("openbao").unwrap(), KeySpec::Aes(AesBits::B256), Purpose::Encrypt).unwrap();
    assert_eq!(row.algorithm(Some("xchacha20-poly1305")), Ok("xchacha20-poly1305"));
    let error = row.algorithm(Some("aes128-gcm96")).unwrap_err().to_string();
    assert_eq!(
        error,
        "aes-256 keys cannot be imported as \"aes128-gcm96\"; known: aes256-gcm96, chacha20-poly1305, xchacha20-poly1305"
    );
}

#[test]
fn every_row_makes_a_bundle_of_plain_names() {
    for provider in PROVIDERS {
        let mut names = BTreeSet::new();
        for row in provider.accepts {
            for method in row.methods {
                for algorithm in row.algorithms {
                    for version in ["payments/kek@1", "payments/kek@2"] {
                        let package = package(provider, row, *method, algorithm, version);
                        names.insert(package.files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>());
                    }
                }
            }
        }
        assert_eq!(names.len(), 1, "{}: file names depend on the key", provider.id);
        let names = names.pop_first().unwrap();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
        for name in &names {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
            assert!(name.chars().all(plain) && name.starts_with(|c: char| c.is_ascii_alphanumeric()), "{name}");
            assert!(!["bundle.json", "manifest.dsse.json"].contains(&name.as_str()), "{name} is taken");
        }
    }
}

/// What `byok verify` reads back. A provider's words must pass there as they are.
#[test]
fn every_word_of_a_provider_is_read_back_from_bundle_json() {
    const BUNDLE: &str = include_str!("vectors/bundles/openbao-v1.json");
    for provider in PROVIDERS {
        for row in provider.accepts {
            for algorithm in row.algorithms {
                let text = BUNDLE.replace("\"openbao\"", &format!("{:?}", provider.id));
                let text = text.replace("\"aes256-gcm96\"", &format!("{algorithm:?}"));
                let bundle = Bundle::parse(text.as_bytes()).unwrap();
                assert_eq!((&*bundle.provider, bundle.algorithm.as_deref()), (provider.id, Some(*algorithm)));
            }
        }
    }
}

#[test]
fn every_script_is_a_shell_script_that_checks_its_files() {
    for provider in PROVIDERS {
        for (row, version) in provider.accepts.iter().zip(["kek@1", "kek@2"].into_iter().cycle()) {
            let package = package(provider, row, *row.methods.last().unwrap(), row.algorithms[0], version);
            let Some((_, script)) = package.files.iter().find(|(name, _)| name == "import.sh") else { continue };
            let mut shell = Command::new("sh").arg("-n").stdin(Stdio::piped()).spawn().unwrap();
            shell.stdin.take().unwrap().write_all(script).unwrap();
            assert!(shell.wait().unwrap().success(), "{} {}", provider.id, row.spec);
            let text = std::str::from_utf8(script).unwrap();
            assert!(text.starts_with("#!/bin/sh\n") && text.contains("\nset -eu\n"));
            for (name, _) in package.files.iter().filter(|(name, _)| name != "import.sh") {
                assert!(text.lines().any(|line| line.starts_with("check ") && line.ends_with(&format!(" {name}"))));
            }
        }
    }
}

#[test]
fn every_provider_reads_a_bare_key_and_its_own_answer_and_refuses_small_ones() {
    for provider in PROVIDERS {
        let read = challenge(provider, answers::pem(&key_4096()).as_bytes()).unwrap();
        assert_eq!((read.bits(), read.modulus.len()), (4096, 512), "{}", provider.id);
        let whole = (provider.read_challenge)(&answer(provider, &key_4096())).unwrap();
        assert_eq!(whole.spki, read.spki, "{}", provider.id);
        let small = challenge(provider, KEY_2048);
        match provider.wrapping_sizes {
            sizes if sizes.minimum() == 2048 => assert_eq!(small.unwrap().bits(), 2048),
            sizes => assert_eq!(small, Err(ChallengeError::Size { provider: provider.id, found: 2048, sizes })),
        }
        assert_eq!(challenge(provider, b""), Err(WrappingKeyError::Empty.into()), "{}", provider.id);
    }
}

#[test]
fn answers_of_openbao_that_are_no_wrapping_key_are_named() {
    let openbao = find("openbao").unwrap();
    let pem = "-----BEGIN PUBLIC KEY-----\\nAAAA\\n-----END PUBLIC KEY-----";
    for (answer, expected) in [
        (
            r#"{"errors":["permission denied\u001b[2J"]}"#.to_owned(),
            "an error answer of the provider: permission denied\\u{1b}",
        ),
        (r#"{"data":null,"wrap_info":{"token":"s.x"}}"#.to_owned(), "a response-wrapped one"),
        (format!(r#"{{"data":{{"keys":{{"1":{{"public_key":"{pem}"}}}}}}}}"#), "it has no data.public_key"),
        (
            format!(r#"{{"mount_type":"transform","data":{{"public_key":"{pem}"}}}}"#),
            "mount_type is transform; byok imports into the transit engine",
        ),
    ] {
        // Some programs put a byte-order mark before what they save.
        for answer in [answer.clone(), format!("\u{feff}{answer}")] {
            let message = challenge(openbao, answer.as_bytes()).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }
    let vault = String::from_utf8(KEY_4096.to_vec()).unwrap().replacen('{', r#"{"mount_type":"transit","#, 1);
    assert_eq!(challenge(openbao, vault.as_bytes()).unwrap().recognised, "JSON data.public_key: PEM public key");
}

#[test]
fn openbao_destinations_follow_the_servers_grammar() {
    let resolve = |name: &str, target: Option<&str>, mount: Option<&str>| {
        let openbao = find("openbao").unwrap();
        destination(openbao, name, &options(target, mount), &challenge(openbao, KEY_4096).unwrap())
    };
    let plain = resolve("kek", None, None).unwrap();
    assert_eq!((plain.target(), plain.mount()), (Some("kek"), Some("transit")));
    let named = resolve("payments/kek", Some("Payments_Kek.1"), Some("team/a/transit/")).unwrap();
    assert_eq!((named.target(), named.mount()), (Some("Payments_Kek.1"), Some("team/a/transit")));
    match resolve("payments/kek", None, None) {
        Err(DestinationError::TargetMissing { proposal, .. }) => assert_eq!(proposal, "payments-kek"),
        other => panic!("{other:?}"),
    }
    let too_long = "a".repeat(129);
    for bad in ["", "-x", ".x", "x.", "x-", "a/b", "a b", "a'b", "a\nb", "a@b", "ü", "$(id)", "`id`", &too_long] {
        assert!(matches!(resolve("kek", Some(bad), None), Err(DestinationError::Grammar { .. })), "{bad:?}");
    }
    let too_long = "a/".repeat(128) + "a";
    for bad in ["", "/", "/a", "a//b", "../sys", "a/..", "-a", "a b", "a'b", "a\nb", "sys;id", &too_long] {
        assert!(matches!(resolve("kek", None, Some(bad)), Err(DestinationError::Grammar { .. })), "{bad:?}");
    }
}

#[test]
fn generic_destinations_are_only_recorded() {
    let resolve = |target: Option<&str>| {
        let generic = find("generic").unwrap();
        destination(generic, "kek", &options(target, None), &challenge(generic, KEY_2048).unwrap())
    };
    assert_eq!(resolve(None).unwrap().target(), None);
    assert_eq!(resolve(Some("Tresor 7, Zürich")).unwrap().target(), Some("Tresor 7, Zürich"));
    for bad in ["", "-x", "a\nb", "a\u{1b}b"] {
        assert!(matches!(resolve(Some(bad)), Err(DestinationError::Grammar { .. })), "{bad:?}");
    }
}

#[test]
fn an_option_that_means_nothing_to_the_provider_is_refused() {
    let typed = Options { mount: Some("transit".to_owned()), ..Options::default() };
    let handout = alone(KEY_4096);
    assert_eq!(find("openbao").unwrap().check_options(&handout, &typed), Ok(()));
    let unused = DestinationError::Unused { option: "--mount", provider: "generic" };
    assert_eq!(find("generic").unwrap().check_options(&handout, &typed), Err(unused));
    let handout = Handout { kid: Some("https://x".to_owned()), ..handout };
    let unused = DestinationError::Unused { option: "--kid", provider: "openbao" };
    assert_eq!(find("openbao").unwrap().check_options(&handout, &typed), Err(unused));
}

#[test]
fn methods_are_chosen_by_name_answer_table_and_size() {
    let generic = find("generic").unwrap();
    let rsa = accept_for(generic, KeySpec::Rsa(RsaBits::B2048), Purpose::Sign).unwrap();
    let aes = accept_for(generic, KeySpec::Aes(AesBits::B256), Purpose::Encrypt).unwrap();
    let mut answer = challenge(generic, KEY_2048).unwrap();
    let oaep = WrapMethod::RsaOaep(HashAlg::Sha256);

    assert_eq!(methods::choose(generic, aes, Some("rsa-oaep-sha256"), &answer), Ok(vec![oaep]));
    assert_eq!(methods::choose(generic, aes, None, &answer).unwrap().len(), 10);
    let fitting: Vec<_> = HashAlg::ALL.into_iter().map(WrapMethod::RsaAesKwp).collect();
    assert_eq!(methods::choose(generic, rsa, None, &answer), Ok(fitting));
    match methods::choose(generic, rsa, Some("rsa-oaep-sha256"), &answer) {
        Err(MethodError::DoesNotFit { overrun, fitting: hint }) => {
            assert!(overrun.to_string().ends_with("OAEP with sha256 under a 2048-bit key holds 190"), "{overrun}");
            assert_eq!(hint.as_deref(), Some("rsa-aes-sha512"));
        }
        other => panic!("{other:?}"),
    }
    answer.method = Some(oaep);
    assert_eq!(methods::choose(generic, aes, None, &answer), Ok(vec![oaep]));
    let contradiction = methods::choose(generic, aes, Some("rsa-oaep-sha1"), &answer);
    assert!(matches!(contradiction, Err(MethodError::Contradiction { .. })));
}

#[test]
fn openbao_methods_have_two_spellings_and_no_oaep() {
    let openbao = find("openbao").unwrap();
    let row = accept_for(openbao, KeySpec::Ed25519, Purpose::Sign).unwrap();
    let answer = challenge(openbao, KEY_4096).unwrap();
    let sha512 = Ok(vec![WrapMethod::RsaAesKwp(HashAlg::Sha512)]);
    assert_eq!(methods::choose(openbao, row, Some("SHA512"), &answer), sha512);
    assert_eq!(methods::choose(openbao, row, Some("rsa-aes-sha512"), &answer), sha512);
    assert!(matches!(methods::choose(openbao, row, Some("sha512"), &answer), Err(MethodError::Unknown { .. })));
    assert!(matches!(methods::choose(openbao, row, Some("rsa-oaep-sha1"), &answer), Err(MethodError::NotTaken { .. })));
}
