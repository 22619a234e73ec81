use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::capability::Cells;
use super::super::length::{inner, oaep_maximum};
use super::super::refusal::findings;
use super::super::route::{Route, route};
use super::*;
use crate::key::method::ALL as METHODS;
use crate::key::spec::{self, AesBits, Curve, RsaBits};

const OPENBAO: &[WrapMethod] = &[
    WrapMethod::RsaAesKwp(HashAlg::Sha1),
    WrapMethod::RsaAesKwp(HashAlg::Sha256),
    WrapMethod::RsaAesKwp(HashAlg::Sha512),
];
const AES_256: KeySpec = KeySpec::Aes(AesBits::B256);

fn refused(rv: &str) -> Finding {
    Finding::new(Verdict::Unsupported, format!("C_WrapKey: {rv}"))
}

fn row(finding: impl Fn(Target) -> Finding) -> Cells {
    Target::ALL.into_iter().map(|target| (target, finding(target))).collect()
}

fn by_hash(finding: impl Fn(HashAlg) -> Finding) -> BTreeMap<HashAlg, Cells> {
    HashAlg::ALL.into_iter().map(|hash| (hash, Cells::from([(Target::Secret32, finding(hash))]))).collect()
}

/// tokens.md, SoftHSM 2.6.1: OAEP with SHA-1 only, 0x210A pads, no Ed25519.
fn padding_token() -> Capabilities {
    let padded = |target| match target {
        Target::Secret16 | Target::Secret32 | Target::Secret64 => Finding::conformant(),
        Target::Ed25519 => refused("CKR_KEY_NOT_WRAPPABLE"),
        _ => Finding::new(Verdict::ZeroPadded, "padded to a multiple of 8 bytes"),
    };
    let mut oaep = by_hash(|hash| match hash {
        HashAlg::Sha1 => Finding::conformant(),
        _ => refused("CKR_ARGUMENTS_BAD"),
    });
    oaep.insert(
        HashAlg::Sha1,
        row(|target| if target.secret_bytes().is_some() { Finding::conformant() } else { padded(target) }),
    );
    Capabilities {
        oaep,
        native: by_hash(|_| refused("CKR_MECHANISM_INVALID")),
        aes_wrap: BTreeMap::from([
            (AesWrap::Kw, row(padded)),
            (AesWrap::Pad, row(padded)),
            (AesWrap::Kwp, row(|_| refused("CKR_MECHANISM_INVALID"))),
        ]),
        known_aes: KnownAes::CreateObject,
        check_value: Finding::conformant(),
        digest_key: Finding::conformant(),
        aes_gcm: Finding::conformant(),
        aes_cmac: Finding::conformant(),
        hmac: Finding::conformant(),
        non_extractable: Finding::conformant(),
    }
}

/// tokens.md, kryoptic: every OAEP hash, RFC 5649 behind 0x210B.
fn strict_token() -> Capabilities {
    let mut token = padding_token();
    token.oaep = by_hash(|_| Finding::conformant());
    token.oaep.insert(HashAlg::Sha1, row(|_| Finding::conformant()));
    token.aes_wrap.insert(AesWrap::Kwp, row(|_| Finding::conformant()));
    token.aes_wrap.insert(AesWrap::Pad, row(|_| refused("CKR_MECHANISM_INVALID")));
    token
}

#[test]
fn a_padding_token_keeps_aes_inside_with_sha1_and_needs_consent_with_sha256() {
    let token = padding_token();
    let sha1 = plan(AES_256, WrapMethod::RsaAesKwp(HashAlg::Sha1), &token, Exposure::None);
    assert_eq!(sha1, Ok(WrapPlan::TokenKek { hash: HashAlg::Sha1, aes_wrap: AesWrap::Pad }));
    let sha256 = WrapMethod::RsaAesKwp(HashAlg::Sha256);
    let refusal = plan(AES_256, sha256, &token, Exposure::None).unwrap_err();
    assert_eq!(refusal.consent_that_helps(), Some(Exposure::EphemeralKek));
    let why = findings(&refusal.obstacles);
    assert_eq!(
        why,
        [
            "native-rsa-aes: RSA_AES_KEY_WRAP with SHA-256 of a 32-byte secret key: unsupported (C_WrapKey: CKR_MECHANISM_INVALID)",
            "token-kek: RSA_PKCS_OAEP with SHA-256 of a 32-byte secret key: unsupported (C_WrapKey: CKR_ARGUMENTS_BAD)",
        ]
    );
    let entry = KnownAes::CreateObject;
    assert_eq!(
        plan(AES_256, sha256, &token, Exposure::EphemeralKek),
        Ok(WrapPlan::HostKek { hash: HashAlg::Sha256, aes_wrap: AesWrap::Pad, entry })
    );
}

#[test]
fn a_padding_token_gives_out_a_private_key_by_way_of_the_host_only() {
    let (token, method) = (padding_token(), WrapMethod::RsaAesKwp(HashAlg::Sha1));
    let extraction = Extraction::HostAes { aes_wrap: AesWrap::Pad, entry: KnownAes::CreateObject };
    for spec in [
        KeySpec::Ec(Curve::P256),
        KeySpec::Ec(Curve::P384),
        KeySpec::Rsa(RsaBits::B3072),
        KeySpec::Hmac(HashAlg::Sha224),
    ] {
        let refusal = plan(spec, method, &token, Exposure::EphemeralKek).unwrap_err();
        assert_eq!(refusal.reason, Reason::NeedsConsent(Exposure::Plaintext), "{spec}");
        // What rules out two plans is said once.
        let padded: Vec<_> =
            findings(&refusal.obstacles).into_iter().filter(|why| why.contains("zero-padded")).collect();
        assert!(padded.len() == 1 && padded[0].starts_with("token-kek, host-kek: AES_KEY_WRAP_PAD"), "{padded:?}");
        let found = plan(spec, method, &token, Exposure::Plaintext);
        assert_eq!(found, Ok(WrapPlan::HostPlaintext { method, extraction }), "{spec}");
    }
    let ed25519 = plan(KeySpec::Ed25519, OPENBAO[0], &token, Exposure::Plaintext).unwrap_err();
    assert_eq!(ed25519.reason, Reason::Impossible);
    assert!(ed25519.obstacles.iter().any(|o| o.to_string().contains("CKR_KEY_NOT_WRAPPABLE")));
}

#[test]
fn direct_oaep_takes_what_fits() {
    let oaep = WrapMethod::RsaOaep(HashAlg::Sha256);
    let strict = strict_token();
    for spec in [AES_256, KeySpec::Ec(Curve::P256), KeySpec::Ed25519] {
        assert_eq!(
            plan(spec, oaep, &strict, Exposure::None),
            Ok(WrapPlan::DirectOaep { hash: HashAlg::Sha256 }),
            "{spec}"
        );
    }
    let rsa = plan(KeySpec::Rsa(RsaBits::B2048), oaep, &strict, Exposure::Plaintext).unwrap_err();
    assert_eq!(rsa.reason, Reason::DoesNotFit);
    let padding = plan(AES_256, oaep, &padding_token(), Exposure::EphemeralKek).unwrap_err();
    assert_eq!(padding.consent_that_helps(), Some(Exposure::Plaintext));
    assert_eq!(
        padding.to_string(),
        "this token cannot do rsa-oaep-sha256 for aes-256 without showing the key to this host"
    );
}

#[test]
fn a_key_comes_out_in_the_cleanest_form() {
    let way = |token: &Capabilities, spec| Extraction::choose(spec, token);
    let by_aes = |aes_wrap, entry| Some(Extraction::HostAes { aes_wrap, entry });
    let p256 = KeySpec::Ec(Curve::P256);
    let mut token = strict_token();
    assert_eq!(way(&token, p256), by_aes(AesWrap::Kwp, KnownAes::CreateObject));
    let padded = || row(|_| Finding::new(Verdict::ZeroPadded, ""));
    token.aes_wrap.insert(AesWrap::Kwp, padded());
    token.aes_wrap.insert(AesWrap::Kw, row(|_| Finding::conformant()));
    token.known_aes = KnownAes::UnwrapOnly(HashAlg::Sha1);
    assert_eq!(way(&token, p256), by_aes(AesWrap::Kw, KnownAes::UnwrapOnly(HashAlg::Sha1)));
    // No AES key of the host gets in: an RSA key of the host stays outside.
    token.known_aes = KnownAes::Impossible;
    assert_eq!(way(&token, p256), Some(Extraction::ThrowAwayOaep { hash: HashAlg::Sha512 }));
    assert_eq!(way(&token, KeySpec::Rsa(RsaBits::B2048)), None);
    token.native = by_hash(|_| Finding::conformant());
    token.native.insert(HashAlg::Sha256, padded());
    token.native.insert(HashAlg::Sha1, row(|_| Finding::conformant()));
    let rsa = way(&token, KeySpec::Rsa(RsaBits::B2048));
    assert_eq!(rsa, Some(Extraction::ThrowAwayRsaAes { hash: HashAlg::Sha512 }));
}

#[test]
fn the_throw_away_key_holds_what_comes_out_under_it() {
    for spec in spec::ALL.iter().filter(|spec| !matches!(spec, KeySpec::Rsa(_))) {
        for hash in HashAlg::ALL {
            let modulus = Extraction::throw_away_bits(*spec, hash).bits() / 8;
            let holds = oaep_maximum(usize::try_from(modulus).unwrap(), hash).unwrap();
            assert!(*inner(*spec).end() <= holds, "{spec} {hash}");
        }
    }
}

#[test]
fn a_token_that_gives_away_a_locked_key_is_not_used_at_all() {
    let mut token = strict_token();
    token.non_extractable = Finding::new(Verdict::Unsafe, "C_WrapKey wrapped a key that is not extractable");
    for spec in spec::ALL {
        for method in METHODS {
            let refusal = plan(*spec, method, &token, Exposure::Plaintext).unwrap_err();
            assert_eq!(refusal.reason, Reason::Unsafe);
        }
    }
}

#[test]
fn the_choice_is_the_least_exposure_then_the_strongest_hash() {
    let of = |token: &Capabilities| choose(AES_256, OPENBAO, token, Exposure::Plaintext).map(|(method, _)| method);
    assert_eq!(of(&padding_token()), Ok(WrapMethod::RsaAesKwp(HashAlg::Sha1)));
    assert_eq!(of(&strict_token()), Ok(WrapMethod::RsaAesKwp(HashAlg::Sha512)));
    let nothing = choose(AES_256, &[], &strict_token(), Exposure::Plaintext).unwrap_err();
    assert_eq!(nothing.reason, Reason::NoMethod);
}

#[test]
fn the_table_says_what_a_stronger_hash_takes() {
    let report = route(AES_256, OPENBAO, &padding_token());
    assert_eq!(report.route, Route::Composed);
    assert_eq!(report.note.as_deref(), Some("with SHA-1; host-kek with SHA-512"));
    assert!(report.why.iter().any(|why| why.contains("CKR_ARGUMENTS_BAD")), "{:?}", report.why);
    assert_eq!(route(KeySpec::Ec(Curve::P256), OPENBAO, &padding_token()).route, Route::PlaintextOnly);
    assert_eq!(route(KeySpec::Ed25519, OPENBAO, &padding_token()).route, Route::Impossible);
    let strict = route(KeySpec::Ed25519, OPENBAO, &strict_token());
    assert_eq!((strict.route, strict.note), (Route::Composed, None));
}

#[test]
fn an_empty_profile_supports_nothing() {
    let nothing = Capabilities {
        oaep: BTreeMap::new(),
        native: BTreeMap::new(),
        aes_wrap: BTreeMap::new(),
        known_aes: KnownAes::CreateObject,
        ..padding_token()
    };
    for spec in spec::ALL {
        assert_eq!(route(*spec, &METHODS, &nothing).route, Route::Impossible, "{spec}");
    }
}

fn any_verdict() -> impl Strategy<Value = Verdict> {
    // Unsafe anywhere ends the planning; it must not hide everything else.
    prop_oneof![
        12 => Just(Verdict::Conformant),
        2 => Just(Verdict::Unsupported),
        2 => Just(Verdict::ZeroPadded),
        1 => Just(Verdict::WrongHash),
        1 => Just(Verdict::WrongFormat),
        1 => Just(Verdict::RawScalar),
    ]
}

fn any_finding() -> impl Strategy<Value = Finding> {
    any_verdict().prop_map(|verdict| Finding { verdict, detail: None })
}

fn any_cells() -> impl Strategy<Value = Cells> {
    prop::collection::btree_map(prop::sample::select(Target::ALL.to_vec()), any_finding(), 0..=9)
}

fn any_capabilities() -> impl Strategy<Value = Capabilities> {
    let hashes = || prop::sample::select(HashAlg::ALL.to_vec());
    let table = || prop::collection::btree_map(hashes(), any_cells(), 0..=5);
    let numbers = prop::collection::btree_map(prop::sample::select(AesWrap::ALL.to_vec()), any_cells(), 0..=3);
    let entry =
        prop::sample::select(vec![KnownAes::CreateObject, KnownAes::UnwrapOnly(HashAlg::Sha256), KnownAes::Impossible]);
    let non_extractable = prop_oneof![9 => Just(Verdict::Conformant), 1 => Just(Verdict::Unsafe)];
    (table(), table(), numbers, entry, non_extractable).prop_map(|(oaep, native, aes_wrap, known_aes, locked)| {
        Capabilities {
            oaep,
            native,
            aes_wrap,
            known_aes,
            non_extractable: Finding { verdict: locked, detail: None },
            ..padding_token()
        }
    })
}

fn good(table: &BTreeMap<HashAlg, Cells>, hash: HashAlg, target: Target) -> bool {
    let cell = |hash: &HashAlg, target: &Target| table.get(hash).and_then(|row| row.get(target));
    let conformant = |finding: Option<&Finding>| finding.is_some_and(|f| f.verdict == Verdict::Conformant);
    match cell(&hash, &target) {
        Some(finding) => finding.verdict == Verdict::Conformant,
        // Not probed: this hash works with the common key, and some working hash works with this kind of key.
        None => {
            conformant(cell(&hash, &Target::Secret32))
                && HashAlg::ALL.iter().any(|h| conformant(cell(h, &Target::Secret32)) && conformant(cell(h, &target)))
        }
    }
}

fn supported(token: &Capabilities, spec: KeySpec, plan: WrapPlan) -> bool {
    let wraps = |number: AesWrap| {
        Target::proof_for(spec)
            .iter()
            .all(|t| token.aes_wrap.get(&number).and_then(|row| row.get(t)).is_some_and(Finding::is_conformant))
    };
    match plan {
        WrapPlan::NativeRsaAes { hash } => Target::proof_for(spec).iter().all(|t| good(&token.native, hash, *t)),
        WrapPlan::DirectOaep { hash } => {
            !matches!(spec, KeySpec::Rsa(_)) && Target::oaep_proof_for(spec).iter().all(|t| good(&token.oaep, hash, *t))
        }
        WrapPlan::TokenKek { hash, aes_wrap } => {
            aes_wrap != AesWrap::Kw && wraps(aes_wrap) && good(&token.oaep, hash, Target::Secret32)
        }
        WrapPlan::HostKek { aes_wrap, entry, .. } => {
            aes_wrap != AesWrap::Kw
                && wraps(aes_wrap)
                && entry == token.known_aes
                && token.known_aes != KnownAes::Impossible
        }
        WrapPlan::HostPlaintext { extraction, .. } => comes_out(token, spec, extraction),
    }
}

/// The findings say that the whole key is in what comes out.
fn comes_out(token: &Capabilities, spec: KeySpec, extraction: Extraction) -> bool {
    let whole = |finding: Option<&Finding>| {
        finding.is_some_and(|f| matches!(f.verdict, Verdict::Conformant | Verdict::ZeroPadded | Verdict::RawScalar))
    };
    match extraction {
        Extraction::HostAes { aes_wrap, entry } => {
            entry == token.known_aes
                && entry != KnownAes::Impossible
                && Target::proof_for(spec).iter().all(|t| whole(token.aes_wrap_of(aes_wrap, *t)))
        }
        Extraction::ThrowAwayOaep { hash } => {
            !matches!(spec, KeySpec::Rsa(_))
                && Target::oaep_proof_for(spec).iter().all(|t| whole(token.oaep_of(hash, *t)))
        }
        Extraction::ThrowAwayRsaAes { hash } => {
            Target::proof_for(spec).iter().all(|t| whole(token.native_of(hash, *t)))
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_plan_that_the_profile_lacks_and_none_beyond_consent(
        token in any_capabilities(),
        spec in prop::sample::select(spec::ALL.to_vec()),
        method in prop::sample::select(METHODS.to_vec()),
        consent in prop::sample::select(vec![Exposure::None, Exposure::EphemeralKek, Exposure::Plaintext]),
    ) {
        match plan(spec, method, &token, consent) {
            Ok(found) => {
                prop_assert!(supported(&token, spec, found), "{found:?}");
                prop_assert!(found.exposure() <= consent);
                prop_assert_eq!(found.hash(), method.hash());
                prop_assert_eq!(token.non_extractable.verdict, Verdict::Conformant);
                match found {
                    WrapPlan::HostPlaintext { method: planned, .. } => prop_assert_eq!(planned, method),
                    other => {
                        let is_direct = matches!(other, WrapPlan::DirectOaep { .. });
                        prop_assert_eq!(matches!(method, WrapMethod::RsaOaep(_)), is_direct);
                    }
                }
                // Nothing that shows less would do.
                for less in [Exposure::None, Exposure::EphemeralKek].into_iter().filter(|e| *e < found.exposure()) {
                    prop_assert!(plan(spec, method, &token, less).is_err());
                }
            }
            Err(refusal) => {
                prop_assert!(!refusal.to_string().is_empty());
                if let Some(more) = refusal.consent_that_helps() {
                    prop_assert!(more > consent);
                    prop_assert!(plan(spec, method, &token, more).is_ok());
                }
            }
        }
    }

    #[test]
    fn the_choice_is_one_of_the_methods_and_no_other_shows_less(
        token in any_capabilities(),
        spec in prop::sample::select(spec::ALL.to_vec()),
        methods in prop::collection::vec(prop::sample::select(METHODS.to_vec()), 0..5),
    ) {
        if let Ok((method, chosen)) = choose(spec, &methods, &token, Exposure::Plaintext) {
            prop_assert!(methods.contains(&method));
            prop_assert!(supported(&token, spec, chosen));
            for other in &methods {
                if let Ok(other) = plan(spec, *other, &token, Exposure::Plaintext) {
                    prop_assert!(chosen.exposure() <= other.exposure());
                }
            }
        }
        let report = route(spec, &methods, &token);
        prop_assert_eq!(report.plan.is_none(), report.route == Route::Impossible);
        prop_assert!(report.plan.is_some() || !report.why.is_empty());
    }
}
