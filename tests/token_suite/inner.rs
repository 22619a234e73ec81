//! The suite: each function runs in a child.

use aes_kw::{KeyInit as _, KwAes256, KwpAes256};
use byok::hsm::error::TokenError;
use byok::hsm::find::{self, Wanted, key_type};
use byok::hsm::login::Pin;
use byok::hsm::module::{Module as HsmModule, ModuleHashCache};
use byok::hsm::pkcs11::Pkcs11Token;
use byok::hsm::request::{
    Class, Handle, ObjectAttributes, PairHandles, PairRequest, RsaPublicKey, Search, SecretKind, SecretRequest,
    SignMechanism, WrapMechanism,
};
use byok::hsm::signer::TokenSigner;
use byok::hsm::slot::TokenChoice;
use byok::hsm::{Token, rv};
use byok::key::spec::{self, Curve, HashAlg, KeySpec, RsaBits};
use byok::key::template::{Usage, usages};
use byok::manifest::signer::EvidenceSigner;
use rsa::pkcs8::DecodePublicKey as _;
use rsa::traits::PublicKeyParts as _;
use secrecy::SecretString;
use sha2::Digest as _;

pub(crate) use super::fleet::sessions_work_beside_each_other;
use super::token::{LABEL, Module, SO_PIN, USER_PIN};

fn load(module: Module) -> HsmModule {
    HsmModule::load(&module.path(), &mut ModuleHashCache::default()).unwrap()
}

pub(crate) fn by_label() -> TokenChoice {
    TokenChoice::Label(LABEL.to_owned())
}

pub(crate) fn pin(text: &str) -> Pin {
    Pin::Secret(SecretString::from(text))
}

pub(crate) fn open(module: Module) -> Pkcs11Token {
    load(module).slot(&by_label()).unwrap().open(&pin(USER_PIN)).unwrap()
}

fn object(id: u8) -> ObjectAttributes {
    ObjectAttributes { label: format!("suite/{id}@1"), id: vec![id; 16], token: false, extractable: true }
}

pub(crate) fn secret(id: u8, kind: SecretKind, usages: &[Usage]) -> SecretRequest {
    SecretRequest { object: object(id), kind, usages: usages.to_vec() }
}

pub(crate) fn pair(id: u8, spec: KeySpec) -> PairRequest {
    let usages = usages(spec, spec.default_purpose()).unwrap();
    PairRequest {
        object: object(id),
        spec,
        private_usages: usages.private.to_vec(),
        public_usages: usages.public.to_vec(),
    }
}

fn generate(token: &dyn Token, id: u8, spec: KeySpec) -> Result<(Handle, Option<Handle>), TokenError> {
    let usages = usages(spec, spec.default_purpose()).unwrap().private;
    let length = spec.secret_bytes().unwrap_or_default();
    match spec {
        KeySpec::Aes(_) => Ok((token.generate_secret(&secret(id, SecretKind::Aes(length), usages))?, None)),
        KeySpec::Hmac(_) => Ok((token.generate_secret(&secret(id, SecretKind::Generic(length), usages))?, None)),
        _ => token.generate_pair(&pair(id, spec)).map(|pair| (pair.private, Some(pair.public))),
    }
}

pub(crate) fn every_type_is_generated_and_read_back(module: Module) {
    let token = open(module);
    for (index, spec) in spec::ALL.iter().enumerate() {
        let id = u8::try_from(index).unwrap();
        let made = generate(&token, id, *spec);
        if module == Module::Kryoptic && *spec == KeySpec::Ec(Curve::Secp256k1) {
            assert_eq!(made.unwrap_err().to_string(), "C_GenerateKeyPair: CKR_GENERAL_ERROR");
            continue;
        }
        let (key, public) = made.unwrap_or_else(|error| panic!("{spec}: {error}"));
        let custody = token.custody(key).unwrap();
        assert_eq!(custody.local, Some(true), "{spec}");
        assert_eq!(custody.sensitive, Some(true), "{spec}");
        assert_eq!(custody.always_sensitive, Some(true), "{spec}");
        assert_eq!(custody.extractable, Some(true), "{spec}");
        assert_eq!(custody.never_extractable, Some(false), "{spec}");
        assert!(!custody.wrap_with_trusted.unwrap_or_default(), "{spec}");
        assert!(custody.key_gen_mechanism.is_some(), "{spec}");
        let class = if spec.is_secret() { Class::Secret } else { Class::Private };
        let found = token.find(Search::Id(class, &[id; 16])).unwrap();
        assert_eq!(found.len(), 1, "{spec}");
        assert_eq!(found[0].key_type, Some(key_type(*spec)), "{spec}");
        if let Some(public) = public {
            let der = token.public_key(public).unwrap_or_else(|error| panic!("{spec}: {error}"));
            let known = byok::format::spki::PublicKey::from_der(&der).unwrap();
            assert_eq!(known.spec(), Some(*spec));
        }
        token.destroy(key).unwrap();
        assert!(token.find(Search::Id(class, &[id; 16])).unwrap().is_empty());
    }
}

pub(crate) fn evidence_is_signed_in_every_scheme(module: Module) {
    let token = open(module);
    let specs = [KeySpec::Ec(Curve::P256), KeySpec::Ec(Curve::P384), KeySpec::Ed25519, KeySpec::Rsa(RsaBits::B3072)];
    for spec in specs {
        let mut request = pair(1, spec);
        request.object.extractable = false;
        let PairHandles { private, public } = token.generate_pair(&request).unwrap();
        assert_eq!(token.custody(private).unwrap().never_extractable, Some(true));
        let spki = token.public_key(public).unwrap();
        let signer = TokenSigner::new(&token, private, &spki).unwrap();
        // Enough tries to meet an r or s with a leading zero byte.
        for round in 0..64_u32 {
            signer.sign(&round.to_be_bytes()).unwrap_or_else(|error| panic!("{spec}: {error}"));
        }
        let other = token.generate_pair(&request).unwrap();
        let wrong = TokenSigner::new(&token, other.private, &spki).unwrap();
        let error = wrong.sign(b"message").unwrap_err();
        assert!(matches!(error, byok::manifest::signer::SignError::DoesNotVerify), "{spec}: {error}");
    }
    // A failed C_Sign leaves nothing open: the next one works.
    let rsa = token.generate_pair(&pair(3, KeySpec::Rsa(RsaBits::B2048))).unwrap().private;
    assert!(token.sign(SignMechanism::RsaPss(HashAlg::Sha256), rsa, b"no digest").is_err());
    assert_eq!(token.sign(SignMechanism::RsaPss(HashAlg::Sha256), rsa, &[1; 32]).unwrap().len(), 256);
    let p521 = token.generate_pair(&pair(2, KeySpec::Ec(Curve::P521))).unwrap();
    let spki = token.public_key(p521.public).unwrap();
    assert!(matches!(TokenSigner::new(&token, p521.private, &spki), Err(TokenError::NotASigningKey(_))));
}

pub(crate) fn a_wrong_pin_is_said_and_not_tried_again(module: Module) {
    let slot = load(module).slot(&by_label()).unwrap();
    assert!(matches!(slot.open(&pin("000000")), Err(TokenError::PinIncorrect { .. })));
    assert!(matches!(slot.open(&pin("")), Err(TokenError::PinMissing)));
    assert!(matches!(slot.open(&Pin::Pinpad), Err(TokenError::NoPinpad)));
    let first = slot.open(&pin(USER_PIN)).unwrap();
    // The login is the process's: a second session finds the user logged in.
    let second = slot.open(&pin(USER_PIN)).unwrap();
    assert_eq!(first.identity(), second.identity());
    assert_eq!(first.identity().label, LABEL);
    assert_eq!(first.identity().module_sha256.len(), 64);
    let module = load(module);
    let serial = TokenChoice::Serial(first.identity().serial.clone());
    assert_eq!(module.slot(&serial).unwrap().identity(), first.identity());
    let error = module.slot(&TokenChoice::Label("nobody".to_owned())).unwrap_err();
    assert!(matches!(&error, TokenError::NoSuchToken { present, .. } if present.contains(&format!("`{LABEL}`"))));
}

pub(crate) fn two_tokens_have_one_label(module: Module) {
    let error = load(module).slot(&by_label()).unwrap_err();
    assert!(matches!(error, TokenError::AmbiguousToken { serials, .. } if serials.len() == 2));
}

pub(crate) fn the_module_is_loaded_again_in_one_process(module: Module) {
    let kept = open(module);
    // Another use of the same module ends; C_Finalize must not end this one.
    drop(load(module));
    kept.find(Search::Class(Class::Secret)).unwrap();
    drop(kept);
    // And after the last one it starts anew.
    open(module).find(Search::Class(Class::Secret)).unwrap();
}

pub(crate) fn a_new_token_is_created_and_resumed(module: Module) {
    let hsm = load(module);
    let (so, user) = (SecretString::from(SO_PIN), SecretString::from(USER_PIN));
    let plan = hsm.plan_token(None, LABEL).unwrap();
    assert!(plan.initialises);
    let create = |slot, so: &SecretString, user: &SecretString| {
        hsm.create_token(slot, LABEL, (so, user), |made| -> Result<(), TokenError> {
            assert_eq!(made.label, LABEL);
            assert!(!hsm.slot(&by_label()).unwrap().status().user_pin_initialised);
            Ok(())
        })
    };
    assert!(matches!(create(Some(4711), &so, &user), Err(TokenError::NoSlotForToken(_))));
    // A user PIN that the token refuses leaves a token without one.
    let refused = create(None, &so, &SecretString::from("1"));
    if module == Module::SoftHsm {
        assert_eq!(refused.unwrap_err().to_string(), "C_InitPIN: CKR_PIN_LEN_RANGE");
        let plan = hsm.plan_token(None, LABEL).unwrap();
        assert!(!plan.initialises);
        let unfinished = hsm.slot(&by_label()).unwrap();
        assert!(matches!(unfinished.open(&pin(USER_PIN)), Err(TokenError::PinNotInitialised)));
        let wrong = SecretString::from("00000000");
        assert!(matches!(create(None, &wrong, &user), Err(TokenError::SoPinIncorrect)));
        create(None, &so, &user).unwrap().open(&pin(USER_PIN)).unwrap();
    } else {
        refused.unwrap().open(&pin("1")).unwrap();
    }
    assert!(matches!(create(None, &so, &user), Err(TokenError::NoSlotForToken(_))));
}

pub(crate) fn mechanisms_are_listed_in_full(module: Module) {
    let token = open(module);
    let list = token.mechanisms().unwrap();
    // cryptoki shows 40 and 82 of them.
    let expected = if module == Module::SoftHsm { 70 } else { 174 };
    assert_eq!(list.len(), expected);
    assert!(list.contains(&0x1081), "CKM_AES_ECB");
}

pub(crate) fn keys_are_found_by_class_id_and_label(module: Module) {
    let token = open(module);
    let made = token.generate_pair(&pair(1, KeySpec::Ec(Curve::P256))).unwrap();
    let aes = token.generate_secret(&secret(1, SecretKind::Aes(16), &[Usage::Encrypt])).unwrap();
    let mut by_label: Vec<_> =
        token.find(Search::Label("suite/1@1")).unwrap().into_iter().map(|found| (found.class, found.handle)).collect();
    by_label.sort();
    assert_eq!(by_label, [(Class::Private, made.private), (Class::Public, made.public), (Class::Secret, aes)]);
    assert_eq!(token.find(Search::Class(Class::Secret)).unwrap().len(), 1);
    let wanted = Wanted { class: Class::Secret, id: Some(&[1; 16]), label: None, key_type: Some(find::AES) };
    let secrets = || token.find(Search::Id(Class::Secret, &[1; 16])).unwrap();
    assert_eq!(wanted.exactly_one(&secrets()).unwrap().handle, aes);
    token.generate_secret(&secret(1, SecretKind::Aes(32), &[Usage::Encrypt])).unwrap();
    let error = wanted.exactly_one(&secrets()).unwrap_err();
    assert!(matches!(&error, TokenError::AmbiguousObject { found, .. } if found.len() == 2), "{error}");
}

pub(crate) fn usages_that_were_not_asked_for_are_off(module: Module) {
    let token = open(module);
    let aes = token.generate_secret(&secret(1, SecretKind::Aes(32), &[])).unwrap();
    let other = token.generate_secret(&secret(2, SecretKind::Aes(32), &[])).unwrap();
    let not_permitted = |result: Result<(), TokenError>| {
        let error = result.unwrap_err();
        let known = [rv::KEY_FUNCTION_NOT_PERMITTED, rv::WRAPPING_KEY_HANDLE_INVALID];
        assert!(matches!(&error, TokenError::Call { rv, .. } if known.contains(rv)), "{error}");
        assert!(error.sentence().is_some());
    };
    not_permitted(token.encrypt_zero_block(aes).map(drop));
    not_permitted(token.sign(SignMechanism::AesCmac, aes, b"m").map(drop));
    let mechanism = if module == Module::SoftHsm { WrapMechanism::AesKwPad } else { WrapMechanism::AesKwp };
    not_permitted(token.wrap(mechanism, aes, other).map(drop));
    // A refused operation leaves nothing open.
    let mac = token.generate_secret(&secret(3, SecretKind::Aes(32), &[Usage::Sign])).unwrap();
    assert_eq!(token.sign(SignMechanism::AesCmac, mac, b"m").unwrap().len(), 16);
    let request = PairRequest { private_usages: vec![], ..pair(4, KeySpec::Ec(Curve::P256)) };
    let signer = token.generate_pair(&request).unwrap();
    not_permitted(token.sign(SignMechanism::Ecdsa, signer.private, &[1; 32]).map(drop));
}

pub(crate) fn known_answers_come_back(module: Module) {
    let token = open(module);
    let usages = [Usage::Encrypt, Usage::Decrypt];
    let key = token.create_secret(&[7; 32], &secret(1, SecretKind::Aes(32), &usages)).unwrap();
    let custody = token.custody(key).unwrap();
    assert!(!custody.local.unwrap_or_default());
    assert_eq!(custody.key_gen_mechanism, None);
    let block = token.encrypt_zero_block(key).unwrap();
    let expected = {
        use aes::cipher::{BlockCipherEncrypt as _, KeyInit as _};
        let mut block = aes::Block::default();
        aes::Aes256::new(&[7; 32].into()).encrypt_block(&mut block);
        block
    };
    assert_eq!(block.as_slice(), expected.as_slice());
    if let Some(value) = token.check_value(key).unwrap() {
        assert_eq!(value, &expected[..3]);
    }
    let sealed = token.encrypt_gcm(key, &[1; 12], b"twenty bytes of text").unwrap();
    let opened = {
        use aes_gcm::aead::{Aead as _, KeyInit as _};
        aes_gcm::Aes256Gcm::new(&[7; 32].into()).decrypt(&[1; 12].into(), sealed.as_slice()).unwrap()
    };
    assert_eq!(opened, b"twenty bytes of text");
    let digest = token.digest_key(key);
    match digest {
        Ok(digest) => assert_eq!(digest, sha2::Sha256::digest([7; 32]).as_slice()),
        Err(error) => assert!(matches!(error, TokenError::Call { function: "C_DigestKey", .. }), "{error}"),
    }
    // Whatever became of the digest, it is over.
    token
        .digest_key(key)
        .map(drop)
        .or_else(|error| match error {
            TokenError::Call { function: "C_DigestKey", .. } => Ok(()),
            other => Err(other),
        })
        .unwrap();
    let mac = token.create_secret(&[9; 28], &secret(2, SecretKind::Generic(28), &[Usage::Sign])).unwrap();
    let answer = token.sign(SignMechanism::Hmac(HashAlg::Sha224), mac, b"message").unwrap();
    let expected = {
        use hmac::{KeyInit as _, Mac as _};
        hmac::Hmac::<sha2::Sha224>::new_from_slice(&[9; 28]).unwrap().chain_update(b"message").finalize().into_bytes()
    };
    assert_eq!(answer, expected.as_slice());
}

pub(crate) fn wrapped_keys_have_exact_lengths(module: Module) {
    let token = open(module);
    let kek = token.create_secret(&[5; 32], &secret(1, SecretKind::Aes(32), &[Usage::Wrap, Usage::Unwrap])).unwrap();
    let target = token.create_secret(&[6; 32], &secret(2, SecretKind::Aes(32), &[Usage::Encrypt])).unwrap();
    let blob = token.wrap(WrapMechanism::AesKw, kek, target).unwrap();
    let mut out = [0; 40];
    let expected = KwAes256::new(&[5; 32].into()).wrap_key(&[6; 32], &mut out).unwrap();
    assert_eq!(blob.as_slice(), expected);
    let padded = if module == Module::SoftHsm { WrapMechanism::AesKwPad } else { WrapMechanism::AesKwp };
    let blob = token.wrap(padded, kek, target).unwrap();
    let expected = KwpAes256::new(&[5; 32].into()).wrap_key(&[6; 32], &mut out).unwrap();
    assert_eq!(blob.as_slice(), expected);
    // Back in, the key encrypts as before.
    let back = token.unwrap(padded, kek, &blob, &secret(3, SecretKind::Aes(32), &[Usage::Encrypt])).unwrap();
    assert_eq!(*token.encrypt_zero_block(back).unwrap(), *token.encrypt_zero_block(target).unwrap());
    assert!(!token.custody(back).unwrap().local.unwrap_or_default());
    oaep(&token, target);
    // No call is made up: a mechanism that the token lacks says so.
    let error = token.wrap(WrapMechanism::RsaAes(HashAlg::Sha256), kek, target).unwrap_err();
    assert!(matches!(error, TokenError::Call { function: "C_WrapKey", .. }), "{error}");
    let sealed = SecretRequest {
        object: ObjectAttributes { extractable: false, ..object(9) },
        ..secret(9, SecretKind::Aes(32), &[Usage::Encrypt])
    };
    let sealed = token.generate_secret(&sealed).unwrap();
    assert_eq!(token.wrap(padded, kek, sealed).unwrap_err().to_string(), "C_WrapKey: CKR_KEY_UNEXTRACTABLE");
}

/// A secret under a public key that came from outside, opened in software, and one that the token unwraps.
fn oaep(token: &dyn Token, target: Handle) {
    let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
    let private = rsa::RsaPrivateKey::new(&mut rng, 2048).unwrap();
    let public = RsaPublicKey { modulus: private.n().to_be_bytes_trimmed_vartime().into(), exponent: vec![1, 0, 1] };
    let wrapping = token.create_wrapping_key(&public).unwrap();
    let blob = token.wrap(WrapMechanism::RsaOaep(HashAlg::Sha1), wrapping, target).unwrap();
    assert_eq!(blob.len(), 256);
    assert_eq!(private.decrypt(rsa::Oaep::<sha1::Sha1>::new(), &blob).unwrap(), [6; 32]);
    let mut request = pair(4, KeySpec::Rsa(RsaBits::B2048));
    request.private_usages = vec![Usage::Unwrap];
    request.public_usages = vec![Usage::Wrap];
    let pair = token.generate_pair(&request).unwrap();
    let spki = token.public_key(pair.public).unwrap();
    let public = rsa::RsaPublicKey::from_public_key_der(&spki).unwrap();
    let blob = public.encrypt(&mut rng, rsa::Oaep::<sha1::Sha1>::new(), &[8; 32]).unwrap();
    let request = secret(5, SecretKind::Aes(32), &[Usage::Encrypt]);
    let key = token.unwrap(WrapMechanism::RsaOaep(HashAlg::Sha1), pair.private, &blob, &request).unwrap();
    let same = token.create_secret(&[8; 32], &secret(6, SecretKind::Aes(32), &[Usage::Encrypt])).unwrap();
    assert_eq!(*token.encrypt_zero_block(key).unwrap(), *token.encrypt_zero_block(same).unwrap());
}
