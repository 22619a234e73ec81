//! The lies a configuration can ask for, as one table.

use cryptoki_sys::{CK_ULONG, CKM_SHA_1, CKM_SHA224, CKM_SHA256, CKM_SHA384, CKM_SHA512};

/// What may follow `lie=NAME=`.
enum Takes {
    Nothing,
    Number,
    Hash,
}

macro_rules! lies {
    ($($name:literal $lie:ident $takes:ident;)*) => {
        #[derive(Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Lie { $($lie),* }

        const NAMES: &[(&str, Lie, Takes)] = &[$(($name, Lie::$lie, Takes::$takes)),*];
    };
}

lies! {
    "pad-pkcs7" PadPkcs7 Nothing;
    "kwp-as-kw" KwpAsKw Nothing;
    "kwp-zero-pad" KwpZeroPad Nothing;
    "raw-scalar" RawScalar Nothing;
    "pkcs8-trailing" Pkcs8Trailing Nothing;
    "other-key" OtherKey Nothing;
    "oaep" Oaep Nothing;
    "oaep-hash" OaepHash Hash;
    "oaep-mgf-sha1" OaepMgfSha1 Nothing;
    "hide-hash" HideHash Hash;
    "kwp" Kwp Nothing;
    "native-rsa-aes" NativeRsaAes Nothing;
    "native-oaep-hash" NativeOaepHash Hash;
    "no-mechanism" NoMechanism Number;
    "short-query" ShortQuery Nothing;
    "long-query" LongQuery Nothing;
    "wraps-nonextractable" WrapsNonextractable Nothing;
    "ignores-wrap-with-trusted" IgnoresWrapWithTrusted Nothing;
    "user-sets-trusted" UserSetsTrusted Nothing;
    "local-false" LocalFalse Nothing;
    "keeps-extractable" KeepsExtractable Nothing;
    "echo-kcv" EchoKcv Nothing;
    "wrong-kcv" WrongKcv Nothing;
    "wrong-sign" WrongSign Nothing;
    "drop-public" DropPublic Nothing;
    "drop-private" DropPrivate Nothing;
    "dup-find" DupFind Nothing;
    "other-value" OtherValue Nothing;
    "other-unwrapped" OtherUnwrapped Nothing;
    "other-pin" OtherPin Nothing;
    "pinpad" Pinpad Nothing;
    "always-authenticate" AlwaysAuthenticate Nothing;
    "pin-never-locks" PinNeverLocks Nothing;
    "pin-locks" PinLocks Number;
    "user-pin-count-low" UserPinCountLow Nothing;
    "user-pin-final-try" UserPinFinalTry Nothing;
    "user-pin-locked" UserPinLocked Nothing;
    "uninitialised-slot" UninitialisedSlot Nothing;
    "two-same-label" TwoSameLabel Nothing;
    "bad-utctime" BadUtctime Nothing;
    "device-removed" DeviceRemoved Number;
    "stale-handles" StaleHandles Number;
}

/// The lies that are on.
#[derive(Default)]
pub(crate) struct Lies(Vec<(Lie, CK_ULONG)>);

impl Lies {
    /// Adds the lie written `NAME` or `NAME=VALUE`.
    pub(crate) fn add(&mut self, text: &str) -> Result<(), String> {
        let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
        let (_, lie, takes) = NAMES.iter().find(|row| row.0 == name).ok_or_else(|| format!("unknown lie {name}"))?;
        let value = match (takes, value) {
            (Takes::Nothing, None) => 0,
            (Takes::Number, Some(value)) => number(value)?,
            (Takes::Hash, Some(value)) => hash(value)?,
            (Takes::Nothing, Some(_)) => return Err(format!("lie {name} takes no value")),
            (_, None) => return Err(format!("lie {name} needs a value")),
        };
        self.0.push((*lie, value));
        Ok(())
    }

    pub(crate) fn has(&self, lie: Lie) -> bool {
        self.value(lie).is_some()
    }

    pub(crate) fn any(&self, lies: &[Lie]) -> bool {
        lies.iter().any(|lie| self.has(*lie))
    }

    pub(crate) fn value(&self, lie: Lie) -> Option<CK_ULONG> {
        self.0.iter().find(|(each, _)| *each == lie).map(|(_, value)| *value)
    }

    /// Whether the lie is on with this very value, for lies that may be given several times.
    pub(crate) fn lists(&self, lie: Lie, value: CK_ULONG) -> bool {
        self.0.contains(&(lie, value))
    }
}

/// A decimal number, or a hexadecimal one after `0x`.
pub(crate) fn number(text: &str) -> Result<CK_ULONG, String> {
    let parsed = match text.strip_prefix("0x") {
        Some(hex) => CK_ULONG::from_str_radix(hex, 16),
        None => text.parse(),
    };
    parsed.map_err(|_| format!("not a number: {text}"))
}

fn hash(name: &str) -> Result<CK_ULONG, String> {
    match name {
        "sha1" => Ok(CKM_SHA_1),
        "sha224" => Ok(CKM_SHA224),
        "sha256" => Ok(CKM_SHA256),
        "sha384" => Ok(CKM_SHA384),
        "sha512" => Ok(CKM_SHA512),
        _ => Err(format!("unknown hash {name}")),
    }
}
