//! Why a key version was taken out of use: the Revocation Reason Code of KMIP 2.1 (section 11.48).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The reason, in the words of KMIP.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// None of the others.
    Unspecified,
    /// The key is known to others, or is feared to be.
    KeyCompromise,
    /// The authority that vouched for the key is.
    CaCompromise,
    /// Who answers for the key has changed.
    AffiliationChanged,
    /// Another key has taken its place.
    Superseded,
    /// What the key was for has ended.
    CessationOfOperation,
    /// Its owner may not use it any more.
    PrivilegeWithdrawn,
}

/// A text that names no reason.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "unknown reason; known: unspecified, key-compromise, ca-compromise, affiliation-changed, superseded, \
     cessation-of-operation, privilege-withdrawn"
)]
pub struct UnknownReason;

impl Reason {
    /// Every reason, in KMIP's order.
    pub const ALL: [Self; 7] = [
        Self::Unspecified,
        Self::KeyCompromise,
        Self::CaCompromise,
        Self::AffiliationChanged,
        Self::Superseded,
        Self::CessationOfOperation,
        Self::PrivilegeWithdrawn,
    ];

    /// Its name, as typed and as manifests have it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::KeyCompromise => "key-compromise",
            Self::CaCompromise => "ca-compromise",
            Self::AffiliationChanged => "affiliation-changed",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "cessation-of-operation",
            Self::PrivilegeWithdrawn => "privilege-withdrawn",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Reason {
    type Err = UnknownReason;

    fn from_str(text: &str) -> Result<Self, UnknownReason> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text).ok_or(UnknownReason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_has_one_spelling_and_the_error_lists_them_all() {
        let known = UnknownReason.to_string();
        for reason in Reason::ALL {
            assert_eq!(reason.as_str().parse(), Ok(reason));
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
            assert!(known.contains(reason.as_str()), "{reason}");
        }
        assert_eq!("Superseded".parse::<Reason>(), Err(UnknownReason));
    }
}
