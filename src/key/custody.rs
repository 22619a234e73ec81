//! What the token said about a key, read back after every operation. Never what we hoped.

use serde::{Deserialize, Serialize};

/// PKCS#11 attributes of a secret or private key; `None` where the token does not answer.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Custody {
    /// `CKA_LOCAL`: made in the token, or so it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local: Option<bool>,
    /// `CKA_SENSITIVE`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sensitive: Option<bool>,
    /// `CKA_ALWAYS_SENSITIVE`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub always_sensitive: Option<bool>,
    /// `CKA_EXTRACTABLE`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extractable: Option<bool>,
    /// `CKA_NEVER_EXTRACTABLE`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub never_extractable: Option<bool>,
    /// `CKA_WRAP_WITH_TRUSTED`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wrap_with_trusted: Option<bool>,
    /// `CKA_MODIFIABLE`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modifiable: Option<bool>,
    /// `CKA_KEY_GEN_MECHANISM`, the PKCS#11 number; absent for imported keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_gen_mechanism: Option<u64>,
    /// `CKA_VALUE_LEN` of a secret key, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_len: Option<u64>,
}

impl Custody {
    /// The first attribute in which `self` differs from an earlier reading, with both values as text.
    #[must_use]
    pub fn difference(&self, earlier: &Self) -> Option<(&'static str, String, String)> {
        let rows = [
            ("CKA_LOCAL", self.local, earlier.local),
            ("CKA_SENSITIVE", self.sensitive, earlier.sensitive),
            ("CKA_ALWAYS_SENSITIVE", self.always_sensitive, earlier.always_sensitive),
            ("CKA_EXTRACTABLE", self.extractable, earlier.extractable),
            ("CKA_NEVER_EXTRACTABLE", self.never_extractable, earlier.never_extractable),
            ("CKA_WRAP_WITH_TRUSTED", self.wrap_with_trusted, earlier.wrap_with_trusted),
            ("CKA_MODIFIABLE", self.modifiable, earlier.modifiable),
        ];
        let numbers = [
            ("CKA_KEY_GEN_MECHANISM", self.key_gen_mechanism, earlier.key_gen_mechanism),
            ("CKA_VALUE_LEN", self.value_len, earlier.value_len),
        ];
        let flag = rows.into_iter().find(|(_, now, then)| now != then);
        let number = || numbers.into_iter().find(|(_, now, then)| now != then);
        let shown = flag.map(|(name, now, then)| (name, show(now), show(then)));
        shown.or_else(|| number().map(|(name, now, then)| (name, show(now), show(then))))
    }
}

fn show<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "absent".to_owned(), |v| v.to_string())
}
