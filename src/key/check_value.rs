//! Key check values: short, always with their method, never more than five bytes, never a hash of a key.
//!
//! A check value finds a wrong key by accident; it proves nothing. ANSI X9.24-1-2017 asks for CMAC with AES keys.

use serde::{Deserialize, Serialize};

/// How a check value was computed.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckValueMethod {
    /// `CKA_CHECK_VALUE` of an AES key: the first 3 bytes of one encrypted zero block, from the token.
    #[serde(rename = "ecb-zero-3-token")]
    EcbZeroFromToken,
    /// The first 3 bytes of AES-CMAC over a zero block, computed in the token.
    #[serde(rename = "cmac-zero-3")]
    CmacZero,
    /// The first 3 bytes of one zero block that the token encrypted; the host saw the whole block and wiped it.
    #[serde(rename = "ecb-zero-3-host")]
    EcbZeroOnHost,
}

/// A check value with its method.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckValue {
    /// Lower-case hexadecimal, 3 bytes.
    pub kcv: String,
    /// How it came about.
    pub kcv_method: CheckValueMethod,
}

impl CheckValueMethod {
    /// The name that stands in manifests.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EcbZeroFromToken => "ecb-zero-3-token",
            Self::CmacZero => "cmac-zero-3",
            Self::EcbZeroOnHost => "ecb-zero-3-host",
        }
    }
}
