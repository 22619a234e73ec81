//! An honest token in software that can be told to lie in one way.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::LazyLock;

use aes_gcm::aead::Aead;
use cmac::Mac;
use der::asn1::OctetStringRef;
use der::{Decode, Encode};
use hmac::KeyInit;
use p256::elliptic_curve::Generate;
use pkcs8::{EncodePrivateKey, EncodePublicKey, PrivateKeyInfoRef};
use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::{BoxedUint, Oaep, Pkcs1v15Encrypt, RsaPrivateKey, RsaPublicKey};
use sec1::EcPrivateKey;
use sha2::Digest;
use zeroize::Zeroizing;

use crate::format::material::PrivateKey;
use crate::format::spki::PublicKey;
use crate::hsm::request::{
    Class, FoundObject, Handle, PairHandles, PairRequest, RsaPublicKey as Numbers, Search, SecretKind, SecretRequest,
    SignMechanism, TokenIdentity, WrapMechanism,
};
use crate::hsm::{Token, TokenError};
use crate::key::custody::Custody;
use crate::key::spec::{Curve, HashAlg, KeySpec};
use crate::wrap::known_answer;
use crate::wrap::software::{OaepKey, kw_wrap, kwp_wrap, oaep_decrypt, oaep_encrypt};
use crate::wrap::throw_away::rsa_key;

/// What the token does wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Lie {
    Nothing,
    /// Keys are padded with zeros to 8 bytes before any AES wrap.
    ZeroPadding,
    /// OAEP uses SHA-1 whatever is asked for.
    OaepSha1,
    /// MGF1 uses SHA-1 whatever is asked for.
    MgfSha1,
    /// PKCS#1 v1.5 instead of OAEP.
    Pkcs1v15,
    /// RFC 3394 behind 0x210B.
    KwBehindKwp,
    /// RFC 3394 over PKCS#7 padding behind 0x210A.
    Pkcs7BehindPad,
    /// Private keys come out as scalars.
    RawScalar,
    /// EC scalars come out without the zeros that they begin with.
    ShortScalar,
    /// Private keys come out without PKCS#8 around them.
    BareFormat,
    /// Two stray bytes after PKCS#8.
    StrayBytes,
    /// The last byte of every blob is missing.
    Truncated,
    /// `CKA_EXTRACTABLE` is ignored.
    LockedKeysLeave,
    /// A check value of zeros.
    CheckValue,
    /// Every mechanism answer but the wraps is wrong.
    Services,
}

/// What the token does not let in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Closed {
    Nothing,
    CreateObject,
    CreateAndUnwrap,
}

enum Material {
    Secret(Zeroizing<Vec<u8>>),
    Private { pkcs8: Vec<u8>, scalar: Vec<u8>, bare: Vec<u8>, rsa: Option<Box<RsaPrivateKey>> },
    Public { spki: Vec<u8> },
    Wrapping(Numbers),
}

struct Object {
    material: Material,
    extractable: bool,
    token: bool,
    id: Vec<u8>,
    label: String,
}

/// See the module.
pub(super) struct FakeToken {
    pub(super) lie: Lie,
    pub(super) closed: Closed,
    /// Session objects are refused.
    pub(super) token_objects_only: bool,
    /// Numbers that are not there: neither listed nor taken.
    pub(super) absent: Vec<u64>,
    /// This call fails with a device error, the first being 1.
    pub(super) fails_at: Cell<u32>,
    pub(super) calls: Cell<u32>,
    identity: TokenIdentity,
    objects: RefCell<BTreeMap<u64, Object>>,
    next: Cell<u64>,
}

static RSA: LazyLock<RsaPrivateKey> = LazyLock::new(|| rsa_key(super::MODULUS).unwrap());

fn refuse<T>(function: &'static str, rv: u64, name: &str) -> Result<T, TokenError> {
    Err(TokenError::Call { function, rv, name: name.to_owned() })
}

impl FakeToken {
    pub(super) fn new(lie: Lie) -> Self {
        let identity = TokenIdentity {
            label: "fake".to_owned(),
            serial: "1".to_owned(),
            manufacturer: "byok tests".to_owned(),
            model: "software".to_owned(),
            firmware: "1.0".to_owned(),
            module_sha256: "00".repeat(32),
        };
        Self {
            lie,
            closed: Closed::Nothing,
            token_objects_only: false,
            absent: Vec::new(),
            fails_at: Cell::new(0),
            calls: Cell::new(0),
            identity,
            objects: RefCell::default(),
            next: Cell::new(1),
        }
    }

    pub(super) fn objects_left(&self) -> usize {
        self.objects.borrow().len()
    }

    /// An object that an earlier, killed probe left behind, or somebody else's.
    pub(super) fn plant(&self, label: &str, id: &[u8]) {
        let material = Material::Public { spki: Vec::new() };
        let object = Object { material, extractable: true, token: true, id: id.to_vec(), label: label.to_owned() };
        self.objects.borrow_mut().insert(self.next_handle(), object);
    }

    fn next_handle(&self) -> u64 {
        self.next.replace(self.next.get().wrapping_add(1))
    }

    fn call(&self, function: &'static str) -> Result<(), TokenError> {
        self.calls.set(self.calls.get().wrapping_add(1));
        if self.calls.get() == self.fails_at.get() {
            return refuse(function, 0x31, "CKR_DEVICE_MEMORY");
        }
        Ok(())
    }

    fn keep(&self, material: Material, object: &crate::hsm::request::ObjectAttributes) -> Result<Handle, TokenError> {
        if self.token_objects_only && !object.token {
            return refuse("C_CreateObject", 0xd1, "CKR_TEMPLATE_INCONSISTENT");
        }
        let handle = self.next_handle();
        let (id, label) = (object.id.clone(), object.label.clone());
        let object = Object { material, extractable: object.extractable, token: object.token, id, label };
        self.objects.borrow_mut().insert(handle, object);
        Ok(Handle(handle))
    }

    fn secret(&self, key: Handle) -> Vec<u8> {
        match &self.objects.borrow()[&key.0].material {
            Material::Secret(value) => value.to_vec(),
            _ => panic!("not a secret key"),
        }
    }

    /// The key in the form in which it is wrapped.
    fn exported(&self, key: Handle) -> Vec<u8> {
        let objects = self.objects.borrow();
        match (&objects[&key.0].material, self.lie) {
            (Material::Secret(value), _) => value.to_vec(),
            (Material::Private { scalar, .. }, Lie::RawScalar) if !scalar.is_empty() => scalar.clone(),
            (Material::Private { bare, .. }, Lie::BareFormat) => bare.clone(),
            (Material::Private { pkcs8, .. }, Lie::ShortScalar) => without_zeros(pkcs8),
            (Material::Private { pkcs8, .. }, Lie::StrayBytes) => [pkcs8, &[5, 0][..]].concat(),
            (Material::Private { pkcs8, .. }, _) => pkcs8.clone(),
            _ => panic!("not a key that can be wrapped"),
        }
    }

    fn oaep(&self, wrapping: Handle, hash: HashAlg, message: &[u8]) -> Result<Vec<u8>, TokenError> {
        let objects = self.objects.borrow();
        let Material::Wrapping(key) = &objects[&wrapping.0].material else { panic!("not a wrapping key") };
        let public = RsaPublicKey::new(
            BoxedUint::from_be_slice_vartime(&key.modulus),
            BoxedUint::from_be_slice_vartime(&key.exponent),
        );
        let mut random = rand_core::UnwrapErr(getrandom::SysRng);
        let wrapped = match (self.lie, hash) {
            (Lie::MgfSha1, HashAlg::Sha256) => {
                let padding = Oaep::<sha2::Sha256, sha1::Sha1>::new_with_mgf_hash();
                return Ok(public.unwrap().encrypt(&mut random, padding, message).unwrap());
            }
            (Lie::Pkcs1v15, _) => return Ok(public.unwrap().encrypt(&mut random, Pkcs1v15Encrypt, message).unwrap()),
            (Lie::OaepSha1, _) => HashAlg::Sha1,
            (_, hash) => hash,
        };
        let key = OaepKey { modulus: &key.modulus, exponent: &key.exponent };
        oaep_encrypt(key, wrapped, message).or_else(|_| refuse("C_WrapKey", 0x62, "CKR_KEY_SIZE_RANGE"))
    }

    fn aes(&self, mechanism: WrapMechanism, kek: &[u8], mut key: Vec<u8>) -> Result<Vec<u8>, TokenError> {
        if self.lie == Lie::ZeroPadding {
            key.resize(key.len().next_multiple_of(8), 0);
        }
        // PKCS#7 adds a whole block where the length fits.
        let padded = key.len().wrapping_add(1).next_multiple_of(8);
        let padding = padded.abs_diff(key.len());
        match (mechanism, self.lie) {
            (WrapMechanism::AesKwPad, Lie::Pkcs7BehindPad) => {
                key.resize(padded, u8::try_from(padding).unwrap());
                kw_wrap(kek, &key)
            }
            (WrapMechanism::AesKw, _) | (WrapMechanism::AesKwp, Lie::KwBehindKwp) => kw_wrap(kek, &key),
            _ => kwp_wrap(kek, &key),
        }
        .or_else(|_| refuse("C_WrapKey", 0x21, "CKR_DATA_LEN_RANGE"))
    }

    fn distort(&self, mut answer: Vec<u8>) -> Vec<u8> {
        if self.lie == Lie::Services {
            answer[0] ^= 1;
        }
        answer
    }
}

fn number(mechanism: WrapMechanism) -> u64 {
    match mechanism {
        WrapMechanism::AesKw => 0x2109,
        WrapMechanism::AesKwPad => 0x210a,
        WrapMechanism::AesKwp => 0x210b,
        WrapMechanism::RsaAes(_) => 0x1054,
        WrapMechanism::RsaOaep(_) => 9,
    }
}

/// Private and public half of a new pair.
fn new_pair(spec: KeySpec) -> (Material, Material) {
    let mut random = rand_core::UnwrapErr(getrandom::SysRng);
    let (pkcs8, scalar, bare, spki, rsa) = match spec {
        KeySpec::Ec(Curve::P256) => {
            let key = p256::SecretKey::generate_from_rng(&mut random);
            let bare = key.to_sec1_der().unwrap().to_vec();
            (pkcs8_of(&key), key.to_bytes().to_vec(), bare, spki_of(&key.public_key()), None)
        }
        KeySpec::Ec(Curve::P521) => {
            let key = p521::SecretKey::generate_from_rng(&mut random);
            let bare = key.to_sec1_der().unwrap().to_vec();
            (pkcs8_of(&key), key.to_bytes().to_vec(), bare, spki_of(&key.public_key()), None)
        }
        KeySpec::Ed25519 => {
            let mut seed = [0; 32];
            getrandom::fill(&mut seed).unwrap();
            let public = ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key();
            let bare = [&[4, 32][..], &seed].concat();
            // RFC 8410 sections 7 and 4.
            let pkcs8 = [&hex::decode("302e020100300506032b65700422").unwrap(), bare.as_slice()].concat();
            let spki = [&hex::decode("302a300506032b6570032100").unwrap()[..], public.as_bytes()].concat();
            (pkcs8, seed.to_vec(), bare, spki, None)
        }
        _ => {
            let bare = RSA.to_pkcs1_der().unwrap().as_bytes().to_vec();
            (pkcs8_of(&*RSA), Vec::new(), bare, spki_of(&RSA.to_public_key()), Some(Box::new(RSA.clone())))
        }
    };
    (Material::Private { pkcs8, scalar, bare, rsa }, Material::Public { spki })
}

/// PKCS#8 of a new pair and the SPKI of its public half.
pub(super) fn pair_bytes(spec: KeySpec) -> (Vec<u8>, Vec<u8>) {
    match new_pair(spec) {
        (Material::Private { pkcs8, .. }, Material::Public { spki }) => (pkcs8, spki),
        _ => panic!("not a pair"),
    }
}

fn pkcs8_of(key: &impl EncodePrivateKey) -> Vec<u8> {
    key.to_pkcs8_der().unwrap().as_bytes().to_vec()
}

/// The same key, if it is an EC key, without the zeros that its scalar begins with.
fn without_zeros(pkcs8: &[u8]) -> Vec<u8> {
    let info = PrivateKeyInfoRef::from_der(pkcs8).unwrap();
    let Ok(key) = EcPrivateKey::from_der(info.private_key.as_bytes()) else { return pkcs8.to_vec() };
    let zeros = key.private_key.iter().take_while(|byte| **byte == 0).count();
    let inner = EcPrivateKey { private_key: &key.private_key[zeros..], ..key }.to_der().unwrap();
    PrivateKeyInfoRef::new(info.algorithm, OctetStringRef::new(&inner).unwrap()).to_der().unwrap()
}

fn spki_of(key: &impl EncodePublicKey) -> Vec<u8> {
    key.to_public_key_der().unwrap().into_vec()
}

impl Token for FakeToken {
    fn identity(&self) -> &TokenIdentity {
        &self.identity
    }

    fn mechanisms(&self) -> Result<Vec<u64>, TokenError> {
        self.call("C_GetMechanismList")?;
        let all = [9, 0x1054, 0x2109, 0x210a, 0x210b];
        Ok(all.into_iter().filter(|number| !self.absent.contains(number)).collect())
    }

    fn generate_secret(&self, request: &SecretRequest) -> Result<Handle, TokenError> {
        self.call("C_GenerateKey")?;
        let (SecretKind::Aes(length) | SecretKind::Generic(length)) = request.kind;
        let mut value = Zeroizing::new(vec![0; length]);
        getrandom::fill(&mut value).unwrap();
        self.keep(Material::Secret(value), &request.object)
    }

    fn generate_pair(&self, request: &PairRequest) -> Result<PairHandles, TokenError> {
        self.call("C_GenerateKeyPair")?;
        let (private, public) = new_pair(request.spec);
        let private = self.keep(private, &request.object)?;
        Ok(PairHandles { private, public: self.keep(public, &request.object)? })
    }

    fn create_secret(&self, value: &[u8], request: &SecretRequest) -> Result<Handle, TokenError> {
        self.call("C_CreateObject")?;
        if self.closed != Closed::Nothing {
            return refuse("C_CreateObject", 0x1b, "CKR_ACTION_PROHIBITED");
        }
        self.keep(Material::Secret(Zeroizing::new(value.to_vec())), &request.object)
    }

    fn create_wrapping_key(&self, key: &Numbers) -> Result<Handle, TokenError> {
        self.call("C_CreateObject")?;
        let attributes = crate::hsm::request::ObjectAttributes {
            label: String::new(),
            id: Vec::new(),
            token: false,
            extractable: true,
        };
        self.keep(Material::Wrapping(key.clone()), &attributes)
    }

    fn wrap(
        &self,
        mechanism: WrapMechanism,
        wrapping: Handle,
        target: Handle,
    ) -> Result<Zeroizing<Vec<u8>>, TokenError> {
        self.call("C_WrapKey")?;
        if self.absent.contains(&number(mechanism)) {
            return refuse("C_WrapKey", 0x70, "CKR_MECHANISM_INVALID");
        }
        if !self.objects.borrow()[&target.0].extractable && self.lie != Lie::LockedKeysLeave {
            return refuse("C_WrapKey", 0x6a, "CKR_KEY_UNEXTRACTABLE");
        }
        let key = self.exported(target);
        let mut blob = match mechanism {
            WrapMechanism::RsaOaep(hash) => self.oaep(wrapping, hash, &key)?,
            WrapMechanism::RsaAes(hash) => {
                let kek = [3; 32];
                [self.oaep(wrapping, hash, &kek)?, self.aes(WrapMechanism::AesKwp, &kek, key)?].concat()
            }
            aes => self.aes(aes, &self.secret(wrapping), key)?,
        };
        if self.lie == Lie::Truncated {
            blob.pop();
        }
        Ok(Zeroizing::new(blob))
    }

    fn unwrap(
        &self,
        mechanism: WrapMechanism,
        unwrapping: Handle,
        wrapped: &[u8],
        request: &SecretRequest,
    ) -> Result<Handle, TokenError> {
        self.call("C_UnwrapKey")?;
        let WrapMechanism::RsaOaep(hash) = mechanism else { panic!("the probe unwraps only by OAEP") };
        // A token that takes SHA-1 only.
        if self.closed == Closed::CreateAndUnwrap || hash != HashAlg::Sha1 {
            return refuse("C_UnwrapKey", 0x71, "CKR_MECHANISM_PARAM_INVALID");
        }
        let value = match &self.objects.borrow()[&unwrapping.0].material {
            Material::Private { rsa: Some(rsa), .. } => oaep_decrypt(rsa, hash, hash, wrapped).unwrap(),
            _ => panic!("not an RSA key"),
        };
        self.keep(Material::Secret(value), &request.object)
    }

    fn unwrap_private(&self, _: WrapMechanism, _: Handle, _: &[u8], _: &PairRequest) -> Result<Handle, TokenError> {
        panic!("the probe puts in no pairs")
    }

    fn create_private(&self, _: &PrivateKey, _: &PairRequest) -> Result<Handle, TokenError> {
        panic!("the probe puts in no pairs")
    }

    fn create_public(&self, _: &PublicKey, _: &PairRequest) -> Result<Handle, TokenError> {
        panic!("the probe puts in no pairs")
    }

    fn decrypt_oaep(&self, _: HashAlg, _: Handle, _: &[u8]) -> Result<Zeroizing<Vec<u8>>, TokenError> {
        panic!("the probe puts in no pairs")
    }

    fn find(&self, search: Search<'_>) -> Result<Vec<FoundObject>, TokenError> {
        self.call("C_FindObjects")?;
        let Search::Label(label) = search else { panic!("the probe searches by label") };
        let objects = self.objects.borrow();
        let found = objects.iter().filter(|(_, object)| object.label == label && object.token);
        Ok(found
            .map(|(handle, object)| FoundObject {
                handle: Handle(*handle),
                class: Class::Public,
                label: object.label.clone().into_bytes(),
                id: object.id.clone(),
                key_type: None,
            })
            .collect())
    }

    fn custody(&self, _: Handle) -> Result<Custody, TokenError> {
        panic!("the probe reads no custody")
    }

    fn public_key(&self, key: Handle) -> Result<Vec<u8>, TokenError> {
        self.call("C_GetAttributeValue")?;
        match &self.objects.borrow()[&key.0].material {
            Material::Public { spki } => Ok(spki.clone()),
            _ => panic!("not a public key"),
        }
    }

    fn check_value(&self, key: Handle) -> Result<Option<Vec<u8>>, TokenError> {
        self.call("C_GetAttributeValue")?;
        if self.lie == Lie::CheckValue {
            return Ok(Some(vec![0; 3]));
        }
        Ok(Some(known_answer::zero_block(&self.secret(key)).unwrap()[..3].to_vec()))
    }

    fn encrypt_zero_block(&self, key: Handle) -> Result<Zeroizing<Vec<u8>>, TokenError> {
        self.call("C_Encrypt")?;
        Ok(known_answer::zero_block(&self.secret(key)).unwrap())
    }

    fn encrypt_gcm(&self, key: Handle, nonce: &[u8; 12], data: &[u8]) -> Result<Vec<u8>, TokenError> {
        self.call("C_Encrypt")?;
        let cipher = aes_gcm::Aes256Gcm::new_from_slice(&self.secret(key)).unwrap();
        Ok(self.distort(cipher.encrypt(&(*nonce).into(), data).unwrap()))
    }

    fn sign(&self, mechanism: SignMechanism, key: Handle, data: &[u8]) -> Result<Vec<u8>, TokenError> {
        self.call("C_Sign")?;
        let key = self.secret(key);
        let answer = match mechanism {
            SignMechanism::AesCmac => {
                let mut mac = <cmac::Cmac<aes::Aes128> as KeyInit>::new_from_slice(&key).unwrap();
                mac.update(data);
                mac.finalize().into_bytes().to_vec()
            }
            SignMechanism::Hmac(HashAlg::Sha256) => {
                let mut mac = <hmac::Hmac<sha2::Sha256> as KeyInit>::new_from_slice(&key).unwrap();
                mac.update(data);
                mac.finalize().into_bytes().to_vec()
            }
            _ => panic!("the probe does not sign so"),
        };
        Ok(self.distort(answer))
    }

    fn digest_key(&self, key: Handle) -> Result<Vec<u8>, TokenError> {
        self.call("C_DigestKey")?;
        Ok(self.distort(sha2::Sha256::digest(self.secret(key)).to_vec()))
    }

    fn clear_extractable(&self, _: Handle) -> Result<(), TokenError> {
        Err(TokenError::BadRequest("nothing is sealed here"))
    }

    fn destroy(&self, object: Handle) -> Result<(), TokenError> {
        // A failure here would be the test's own: the object would stay.
        self.objects
            .borrow_mut()
            .remove(&object.0)
            .map(|_| ())
            .map_or_else(|| refuse("C_DestroyObject", 0x82, "CKR_OBJECT_HANDLE_INVALID"), Ok)
    }
}
