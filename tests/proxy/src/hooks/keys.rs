//! The birth of keys: what the client asks, what the real token is told, what is remembered of the difference.

use std::io::Write;

use cryptoki_sys::*;

use crate::lie::Lie;
use crate::memory::Record;
use crate::proxy::Proxy;
use crate::real::forward;
use crate::template::Template;

type Attributes = *mut CK_ATTRIBUTE;

/// The lies that must see a key's bytes, or that overrule what protects it.
const NEEDS_BYTES: [Lie; 13] = [
    Lie::PadPkcs7,
    Lie::KwpAsKw,
    Lie::KwpZeroPad,
    Lie::RawScalar,
    Lie::OtherKey,
    Lie::Pkcs8Trailing,
    Lie::Oaep,
    Lie::OaepHash,
    Lie::OaepMgfSha1,
    Lie::Kwp,
    Lie::NativeRsaAes,
    Lie::WrapsNonextractable,
    Lie::IgnoresWrapWithTrusted,
];

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Birth {
    Generated,
    /// Created or unwrapped.
    Given,
    /// Not born: `C_SetAttributeValue`.
    Changed,
}

/// Changes the template of a secret or private key; whether the record now differs from the token.
pub(crate) fn disguise(proxy: &Proxy, template: &mut Template, record: &mut Record, birth: Birth) -> bool {
    if proxy.lies(Lie::AlwaysAuthenticate) {
        template.take(CKA_ALWAYS_AUTHENTICATE);
    }
    let mut kinds = vec![];
    if proxy.lies(Lie::EchoKcv) {
        kinds.push(CKA_CHECK_VALUE);
    }
    let born_here = birth != Birth::Changed || record.get(CKA_EXTRACTABLE).is_some();
    if born_here && proxy.config.lies.any(&[NEEDS_BYTES.as_slice(), &[Lie::UserSetsTrusted]].concat()) {
        kinds.extend([CKA_WRAP_WITH_TRUSTED, CKA_EXTRACTABLE]);
    }
    let changed = disguise_trust(proxy, template, record) | remember(template, record, &kinds);
    if birth == Birth::Changed || !kinds.contains(&CKA_EXTRACTABLE) {
        return changed;
    }
    let extractable = record.flag(CKA_EXTRACTABLE).unwrap_or(false);
    record.set_flag(CKA_EXTRACTABLE, extractable);
    record.set_flag(CKA_NEVER_EXTRACTABLE, birth == Birth::Generated && !extractable);
    template.set(CKA_EXTRACTABLE, &[CK_TRUE]);
    true
}

/// The part of the disguise that public keys need too.
fn disguise_trust(proxy: &Proxy, template: &mut Template, record: &mut Record) -> bool {
    proxy.lies(Lie::UserSetsTrusted) && remember(template, record, &[CKA_TRUSTED])
}

/// Moves attributes from the template to the record.
fn remember(template: &mut Template, record: &mut Record, kinds: &[CK_ATTRIBUTE_TYPE]) -> bool {
    let taken = kinds.iter().filter_map(|kind| Some((*kind, template.take(*kind)?)));
    let taken: Vec<_> = taken.collect();
    let any = !taken.is_empty();
    for (kind, value) in taken {
        record.set(kind, value);
    }
    any
}

pub(crate) unsafe fn create(
    proxy: &Proxy,
    session: CK_SESSION_HANDLE,
    template: Attributes,
    count: CK_ULONG,
    object: *mut CK_OBJECT_HANDLE,
) -> CK_RV {
    let (mut template, mut record) = (unsafe { Template::copy(template, count) }, Record::default());
    let class = template.number(CKA_CLASS);
    let changed = match class {
        Some(CKO_SECRET_KEY | CKO_PRIVATE_KEY) => disguise(proxy, &mut template, &mut record, Birth::Given),
        _ => disguise_trust(proxy, &mut template, &mut record),
    };
    if matches!(class, Some(CKO_SECRET_KEY | CKO_PRIVATE_KEY)) {
        note_value(proxy, &mut template);
    }
    let rv = forward!(proxy, C_CreateObject(session, template.as_mut_ptr(), template.len(), object));
    unsafe { born(proxy, session, rv, object, changed.then_some(record)) }
}

/// Writes the value down as it is, without a copy in this process's memory, and gives the real token another one.
fn note_value(proxy: &Proxy, template: &mut Template) {
    let Some(value) = template.get(CKA_VALUE) else { return };
    if let Some(mut file) = proxy.config.created.as_ref()
        && let Err(error) = file.write_all(value)
    {
        eprintln!("byok-test-proxy: record_created: {error}");
    }
    if proxy.lies(Lie::OtherValue) {
        let other: Vec<u8> = value.iter().map(|byte| !byte).collect();
        template.set(CKA_VALUE, &other);
    }
}

pub(crate) unsafe fn generate(
    proxy: &Proxy,
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    template: Attributes,
    count: CK_ULONG,
    key: *mut CK_OBJECT_HANDLE,
) -> CK_RV {
    let (mut template, mut record) = (unsafe { Template::copy(template, count) }, Record::default());
    let changed = disguise(proxy, &mut template, &mut record, Birth::Generated);
    let rv = forward!(proxy, C_GenerateKey(session, mechanism, template.as_mut_ptr(), template.len(), key));
    unsafe { born(proxy, session, rv, key, changed.then_some(record)) }
}

#[expect(clippy::too_many_arguments, reason = "the C function has them")]
pub(crate) unsafe fn generate_pair(
    proxy: &Proxy,
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    public: Attributes,
    public_count: CK_ULONG,
    private: Attributes,
    private_count: CK_ULONG,
    public_key: *mut CK_OBJECT_HANDLE,
    private_key: *mut CK_OBJECT_HANDLE,
) -> CK_RV {
    let (mut public, mut public_record) = (unsafe { Template::copy(public, public_count) }, Record::default());
    let (mut private, mut private_record) = (unsafe { Template::copy(private, private_count) }, Record::default());
    let public_changed = disguise_trust(proxy, &mut public, &mut public_record);
    let private_changed = disguise(proxy, &mut private, &mut private_record, Birth::Generated);
    let (public_list, private_list) = (public.as_mut_ptr(), private.as_mut_ptr());
    let (public_len, private_len) = (public.len(), private.len());
    let rv = forward!(
        proxy,
        C_GenerateKeyPair(
            session,
            mechanism,
            public_list,
            public_len,
            private_list,
            private_len,
            public_key,
            private_key
        )
    );
    let dropped = [(Lie::DropPublic, public_key), (Lie::DropPrivate, private_key)];
    for (_, key) in dropped.iter().filter(|(lie, _)| rv == CKR_OK && proxy.lies(*lie)) {
        // The token says nothing of the half that is gone; neither do we.
        let _ = proxy.real.destroy(session, unsafe { **key });
    }
    unsafe { born(proxy, session, rv, public_key, public_changed.then_some(public_record)) };
    unsafe { born(proxy, session, rv, private_key, private_changed.then_some(private_record)) }
}

#[expect(clippy::too_many_arguments, reason = "the C function has them")]
pub(crate) unsafe fn unwrap(
    proxy: &Proxy,
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    unwrapping: CK_OBJECT_HANDLE,
    data: *mut CK_BYTE,
    len: CK_ULONG,
    template: Attributes,
    count: CK_ULONG,
    key: *mut CK_OBJECT_HANDLE,
) -> CK_RV {
    let (mut template, mut record) = (unsafe { Template::copy(template, count) }, Record::default());
    let changed = disguise(proxy, &mut template, &mut record, Birth::Given);
    if proxy.lies(Lie::OtherUnwrapped) && template.get(CKA_TOKEN) == Some(&[CK_TRUE]) {
        let rv = another(proxy, session, &mut template, key);
        return unsafe { born(proxy, session, rv, key, changed.then_some(record)) };
    }
    let mut mechanism = unsafe { *mechanism };
    if mechanism.mechanism == CKM_AES_KEY_WRAP_KWP && proxy.lies(Lie::Kwp) && !really_has_kwp(proxy, session) {
        // SoftHSM knows RFC 5649 under this number, and unwraps it exactly.
        mechanism.mechanism = CKM_AES_KEY_WRAP_PAD;
    }
    let (list, list_len) = (template.as_mut_ptr(), template.len());
    let rv = forward!(proxy, C_UnwrapKey(session, &raw mut mechanism, unwrapping, data, len, list, list_len, key));
    unsafe { born(proxy, session, rv, key, changed.then_some(record)) }
}

/// A new key of the template's class and type in the place of the one that was given.
fn another(proxy: &Proxy, session: CK_SESSION_HANDLE, template: &mut Template, key: *mut CK_OBJECT_HANDLE) -> CK_RV {
    let (class, kind) = (template.number(CKA_CLASS), template.number(CKA_KEY_TYPE));
    let mechanism = match (class, kind) {
        (Some(CKO_SECRET_KEY), Some(CKK_AES)) => CKM_AES_KEY_GEN,
        (Some(CKO_SECRET_KEY), _) => CKM_GENERIC_SECRET_KEY_GEN,
        (_, Some(CKK_RSA)) => CKM_RSA_PKCS_KEY_PAIR_GEN,
        (_, Some(CKK_EC_EDWARDS)) => CKM_EC_EDWARDS_KEY_PAIR_GEN,
        _ => CKM_EC_KEY_PAIR_GEN,
    };
    let mut mechanism = CK_MECHANISM { mechanism, pParameter: std::ptr::null_mut(), ulParameterLen: 0 };
    if class == Some(CKO_SECRET_KEY) {
        template.set(CKA_VALUE_LEN, &(32 as CK_ULONG).to_ne_bytes());
        return forward!(proxy, C_GenerateKey(session, &raw mut mechanism, template.as_mut_ptr(), template.len(), key));
    }
    let mut public = Template::default().with(CKA_TOKEN, &[CK_FALSE]);
    match kind {
        Some(CKK_RSA) => {
            public.set(CKA_MODULUS_BITS, &(2048 as CK_ULONG).to_ne_bytes());
            public.set(CKA_PUBLIC_EXPONENT, &[1, 0, 1]);
        }
        Some(CKK_EC_EDWARDS) => public.set(CKA_EC_PARAMS, &[0x06, 0x03, 0x2b, 0x65, 0x70]),
        _ => public.set(CKA_EC_PARAMS, &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]),
    }
    let (mut half, list, length) = (0, public.as_mut_ptr(), public.len());
    let (private, private_length) = (template.as_mut_ptr(), template.len());
    forward!(
        proxy,
        C_GenerateKeyPair(session, &raw mut mechanism, list, length, private, private_length, &raw mut half, key)
    )
}

fn really_has_kwp(proxy: &Proxy, session: CK_SESSION_HANDLE) -> bool {
    proxy.real.slot(session).is_ok_and(|slot| proxy.real.has_mechanism(slot, CKM_AES_KEY_WRAP_KWP))
}

/// Keeps the record of a key that was just made.
unsafe fn born(
    proxy: &Proxy,
    session: CK_SESSION_HANDLE,
    rv: CK_RV,
    object: *const CK_OBJECT_HANDLE,
    record: Option<Record>,
) -> CK_RV {
    if let Some(record) = record
        && rv == CKR_OK
    {
        proxy.memory.keep(&proxy.real, session, unsafe { *object }, record);
    }
    rv
}
