use std::sync::LazyLock;

use proptest::prelude::*;
use zeroize::Zeroizing;

use super::content::Truth;
use super::fake_token::{Closed, FakeToken, Lie, pair_bytes};
use super::*;
use crate::key::spec::{Curve, HashAlg, KeySpec, RsaBits};
use crate::wrap::capability::KnownAes;

static KEY: LazyLock<RsaPrivateKey> = LazyLock::new(|| rsa_key(MODULUS).unwrap());

fn probed(token: &FakeToken) -> Capabilities {
    let report = run(token, || Ok(KEY.clone())).unwrap();
    assert_eq!(token.objects_left(), 0, "objects stayed behind");
    assert!(report.checks > 20);
    report.capabilities
}

fn lied(lie: Lie) -> Capabilities {
    probed(&FakeToken::new(lie))
}

/// The verdict and the detail of one cell.
fn aes(token: &Capabilities, number: AesWrap, target: Target) -> (Verdict, &str) {
    cell(&token.aes_wrap[&number][&target])
}

fn cell(finding: &Finding) -> (Verdict, &str) {
    (finding.verdict, finding.detail.as_deref().unwrap_or(""))
}

#[test]
fn an_honest_token_is_conformant_in_everything() {
    let token = lied(Lie::Nothing);
    assert_eq!(token.known_aes, KnownAes::CreateObject);
    for hash in HashAlg::ALL {
        assert_eq!(token.oaep[&hash][&Target::Secret32], Finding::conformant());
        assert_eq!(token.native[&hash][&Target::Secret32], Finding::conformant());
    }
    for target in Target::ALL {
        assert_eq!(token.native[&HashAlg::Sha1][&target], Finding::conformant(), "{target}");
        assert_eq!(token.aes_wrap[&AesWrap::Kwp][&target], Finding::conformant(), "{target}");
        assert_eq!(token.aes_wrap[&AesWrap::Pad][&target], Finding::conformant(), "{target}");
    }
    assert_eq!(aes(&token, AesWrap::Kw, Target::Secret28), (Verdict::Unsupported, "C_WrapKey: CKR_DATA_LEN_RANGE"));
    assert_eq!(aes(&token, AesWrap::Kw, Target::Secret64), (Verdict::Conformant, ""));
    for target in [Target::Secret16, Target::Secret33, Target::Secret64, Target::EcP256, Target::Ed25519] {
        assert_eq!(token.oaep[&HashAlg::Sha1][&target], Finding::conformant(), "{target}");
    }
    for finding in [&token.check_value, &token.digest_key, &token.aes_gcm, &token.aes_cmac, &token.hmac] {
        assert_eq!(*finding, Finding::conformant());
    }
    assert_eq!(cell(&token.non_extractable), (Verdict::Conformant, "C_WrapKey: CKR_KEY_UNEXTRACTABLE"));
}

#[test]
fn zero_padding_shows_in_every_odd_length() {
    let token = lied(Lie::ZeroPadding);
    let padded = (Verdict::ZeroPadded, "28-byte keys become 32 bytes");
    assert_eq!(aes(&token, AesWrap::Pad, Target::Secret28), padded);
    assert_eq!(aes(&token, AesWrap::Kw, Target::Secret28), padded);
    assert_eq!(aes(&token, AesWrap::Kwp, Target::Secret32), (Verdict::Conformant, ""));
    assert_eq!(aes(&token, AesWrap::Kwp, Target::EcP256).0, Verdict::ZeroPadded);
    assert_eq!(aes(&token, AesWrap::Kwp, Target::EcP521).0, Verdict::ZeroPadded);
    assert_eq!(cell(&token.native[&HashAlg::Sha1][&Target::Secret33]).0, Verdict::ZeroPadded);
}

#[test]
fn a_wrong_hash_is_named() {
    let token = lied(Lie::OaepSha1);
    assert!(token.oaep[&HashAlg::Sha1][&Target::Secret32].is_conformant());
    let sha1 = (Verdict::WrongHash, "SHA-1 with MGF1-SHA-1");
    for hash in [HashAlg::Sha224, HashAlg::Sha256, HashAlg::Sha384, HashAlg::Sha512] {
        assert_eq!(cell(&token.oaep[&hash][&Target::Secret32]), sha1);
        assert_eq!(cell(&token.native[&hash][&Target::Secret32]), sha1);
    }
    let token = lied(Lie::MgfSha1);
    let mgf = (Verdict::WrongHash, "SHA-256 with MGF1-SHA-1");
    assert_eq!(cell(&token.oaep[&HashAlg::Sha256][&Target::Secret32]), mgf);
    assert!(token.oaep[&HashAlg::Sha512][&Target::Secret32].is_conformant());
}

#[test]
fn a_wrong_format_is_named() {
    let token = lied(Lie::Pkcs1v15);
    let padding = (Verdict::WrongFormat, "PKCS#1 v1.5 padding instead of OAEP");
    assert_eq!(cell(&token.oaep[&HashAlg::Sha256][&Target::Secret32]), padding);
    let token = lied(Lie::KwBehindKwp);
    let kw = (Verdict::WrongFormat, "RFC 3394 without padding");
    assert_eq!(aes(&token, AesWrap::Kwp, Target::Secret32), kw);
    assert_eq!(cell(&token.native[&HashAlg::Sha256][&Target::Secret32]), kw);
    let token = lied(Lie::Pkcs7BehindPad);
    let pkcs7 = (Verdict::WrongFormat, "RFC 3394 over PKCS#7 padding");
    for target in Target::ALL {
        assert_eq!(aes(&token, AesWrap::Pad, target), pkcs7, "{target}");
    }
    let token = lied(Lie::Truncated);
    assert_eq!(
        cell(&token.oaep[&HashAlg::Sha1][&Target::Secret32]),
        (Verdict::WrongFormat, "255 bytes instead of one RSA block of 256")
    );
    assert_eq!(
        aes(&token, AesWrap::Kwp, Target::Secret32),
        (Verdict::WrongFormat, "39 bytes, neither RFC 3394 nor RFC 5649")
    );
}

#[test]
fn scalars_without_their_first_zeros_show_on_p_521() {
    let token = lied(Lie::ShortScalar);
    let short = (Verdict::ShortScalar, "a scalar of 65 bytes instead of 66");
    assert_eq!(aes(&token, AesWrap::Kwp, Target::EcP521), short);
    assert_eq!(cell(&token.native[&HashAlg::Sha1][&Target::EcP521]), short);
    assert!(token.has_short_scalars() && !lied(Lie::Nothing).has_short_scalars());
}

#[test]
fn private_keys_that_are_not_exactly_pkcs8_are_named() {
    let token = lied(Lie::RawScalar);
    for (target, length) in [(Target::EcP256, 32), (Target::EcP521, 66), (Target::Ed25519, 32)] {
        let detail = format!("{length} bytes without any structure");
        assert_eq!(aes(&token, AesWrap::Kwp, target), (Verdict::RawScalar, detail.as_str()));
    }
    assert!(token.aes_wrap[&AesWrap::Kwp][&Target::Rsa2048].is_conformant());
    let token = lied(Lie::BareFormat);
    let sec1 = (Verdict::WrongFormat, "ECPrivateKey (RFC 5915) without PKCS#8");
    assert_eq!(aes(&token, AesWrap::Kwp, Target::EcP521), sec1);
    let pkcs1 = (Verdict::WrongFormat, "RSAPrivateKey (PKCS#1) without PKCS#8");
    assert_eq!(aes(&token, AesWrap::Kwp, Target::Rsa2048), pkcs1);
    let seed = (Verdict::RawScalar, "an OCTET STRING without PKCS#8");
    assert_eq!(aes(&token, AesWrap::Kwp, Target::Ed25519), seed);
    let token = lied(Lie::StrayBytes);
    let stray = (Verdict::WrongFormat, "PKCS#8 with 2 stray bytes after it");
    assert_eq!(aes(&token, AesWrap::Kwp, Target::EcP256), stray);
}

#[test]
fn a_token_that_lets_locked_keys_out_is_unsafe() {
    let token = lied(Lie::LockedKeysLeave);
    let found = (Verdict::Unsafe, "RSA_PKCS_OAEP let a non-extractable key out");
    assert_eq!(cell(&token.non_extractable), found);
    assert!(token.unsafe_finding().is_some());
}

#[test]
fn wrong_answers_of_other_services_are_found() {
    let token = lied(Lie::CheckValue);
    assert_eq!(token.check_value.verdict, Verdict::WrongFormat);
    assert!(token.aes_gcm.is_conformant());
    let token = lied(Lie::Services);
    for finding in [&token.digest_key, &token.aes_gcm, &token.aes_cmac, &token.hmac] {
        assert_eq!(finding.verdict, Verdict::WrongFormat);
    }
}

#[test]
fn a_token_that_takes_no_known_key_is_judged_by_its_answers() {
    for (closed, entry) in
        [(Closed::CreateObject, KnownAes::UnwrapOnly(HashAlg::Sha1)), (Closed::CreateAndUnwrap, KnownAes::Impossible)]
    {
        let mut token = FakeToken::new(Lie::ZeroPadding);
        token.closed = closed;
        let found = probed(&token);
        assert_eq!(found.known_aes, entry);
        assert_eq!(aes(&found, AesWrap::Kwp, Target::Secret33), (Verdict::ZeroPadded, "33-byte keys become 40 bytes"));
        assert!(found.aes_wrap[&AesWrap::Kwp][&Target::Secret64].is_conformant());
        for finding in [&found.check_value, &found.digest_key, &found.aes_gcm, &found.aes_cmac, &found.hmac] {
            assert_eq!(*finding, Finding::conformant());
        }
    }
}

#[test]
fn what_is_neither_listed_nor_taken_is_asked_for_once() {
    let mut token = FakeToken::new(Lie::Nothing);
    token.absent = vec![0x1054, 0x210a];
    let found = probed(&token);
    let absent = (Verdict::Unsupported, "C_WrapKey: CKR_MECHANISM_INVALID");
    for hash in HashAlg::ALL {
        assert_eq!(cell(&found.native[&hash][&Target::Secret32]), absent);
    }
    for target in Target::ALL {
        assert_eq!(aes(&found, AesWrap::Pad, target), absent);
    }
    let honest = FakeToken::new(Lie::Nothing);
    probed(&honest);
    // The cells of the two mechanisms after the first, the two locked keys that are tried with each at the end, and the
    // 16 more P-521 keys for each.
    assert_eq!(honest.calls.get().checked_sub(token.calls.get()), Some(12 + 8 + 4 + 2 * 16));
}

#[test]
fn a_token_without_session_objects_is_probed_and_cleaned() {
    let mut token = FakeToken::new(Lie::Nothing);
    token.token_objects_only = true;
    token.plant("byok-probe", b"byok-probe-left");
    token.plant("byok-probe", b"somebody else's");
    let report = run(&token, || Ok(KEY.clone())).unwrap();
    assert!(report.capabilities.aes_wrap[&AesWrap::Kwp][&Target::Ed25519].is_conformant());
    assert_eq!(token.objects_left(), 1);
}

#[test]
fn a_device_error_at_any_call_ends_the_probe_and_leaves_nothing() {
    // Fewer mechanisms, so that the test is quick.
    let token = || {
        let mut token = FakeToken::new(Lie::Nothing);
        token.absent = vec![0x1054, 0x210a];
        token
    };
    let whole = token();
    probed(&whole);
    for call in 1..=whole.calls.get() {
        let token = token();
        token.fails_at.set(call);
        let error = run(&token, || Ok(KEY.clone())).unwrap_err();
        assert!(matches!(error, ProbeError::Token(TokenError::Call { rv: 0x31, .. })), "call {call}: {error}");
        assert_eq!(token.objects_left(), 0, "call {call}");
    }
}

#[test]
fn the_report_survives_json() {
    let token = lied(Lie::ZeroPadding);
    let text = serde_json::to_string(&token).unwrap();
    assert_eq!(serde_json::from_str::<Capabilities>(&text).unwrap(), token);
}

#[test]
fn a_private_key_with_any_byte_changed_is_never_taken_for_the_key() {
    let pairs = [
        (Target::EcP256, KeySpec::Ec(Curve::P256)),
        (Target::EcP521, KeySpec::Ec(Curve::P521)),
        (Target::Ed25519, KeySpec::Ed25519),
        (Target::Rsa2048, KeySpec::Rsa(RsaBits::B2048)),
    ];
    for (target, spec) in pairs {
        let (pkcs8, spki) = pair_bytes(spec);
        assert_eq!(private_key::judge(target, &spki, &pkcs8), Finding::conformant());
        for (place, byte) in pkcs8.iter().enumerate() {
            let mut changed = pkcs8.clone();
            changed[place] = byte ^ 1;
            assert!(!private_key::judge(target, &spki, &changed).is_conformant(), "{target}: byte {place}");
            let cut = private_key::judge(target, &spki, &pkcs8[..place]);
            assert!(!cut.is_conformant(), "{target}: {place} bytes");
        }
        assert_eq!(private_key::judge(target, &spki[1..], &pkcs8).verdict, Verdict::Unsupported);
    }
}

proptest! {
    #[test]
    fn no_blob_makes_the_probe_panic(blob in prop::collection::vec(any::<u8>(), 0..600), key in any::<[u8; 32]>()) {
        let truth = Truth::Value(Zeroizing::new(key.to_vec()));
        for number in AesWrap::ALL {
            prop_assert!(!blob::judge_aes(number, &key, &blob, &truth).is_conformant());
        }
        for target in [Target::EcP256, Target::Ed25519, Target::Rsa2048] {
            prop_assert!(!private_key::judge(target, &blob, &blob).is_conformant());
        }
    }
}
