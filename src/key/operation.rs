//! What byok does that a policy rules on and a plan may hold, by the names of the commands.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An operation on keys or on the rules themselves.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// `activate`
    Activate,
    /// `confirm-import`
    ConfirmImport,
    /// `revoke --stage destroy`: the key goes for ever.
    Destroy,
    /// `generate`
    Generate,
    /// `import`
    Import,
    /// `policy adopt`
    PolicyAdopt,
    /// `recover`
    Recover,
    /// `reinstate`
    Reinstate,
    /// A new evidence signer in the place of a lost one.
    ReplaceSigner,
    /// `revoke` in any other stage.
    Revoke,
    /// `rotate`
    Rotate,
    /// `seal`
    Seal,
    /// `suspend`
    Suspend,
    /// `wrap-for-import`
    WrapForImport,
}

/// Not the name of an operation.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not an operation; known: {}", Operation::ALL.map(Operation::as_str).join(", "))]
pub struct UnknownOperation;

impl Operation {
    /// Every operation.
    pub const ALL: [Self; 14] = [
        Self::Activate,
        Self::ConfirmImport,
        Self::Destroy,
        Self::Generate,
        Self::Import,
        Self::PolicyAdopt,
        Self::Recover,
        Self::Reinstate,
        Self::ReplaceSigner,
        Self::Revoke,
        Self::Rotate,
        Self::Seal,
        Self::Suspend,
        Self::WrapForImport,
    ];

    /// Its name, as typed.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Activate => "activate",
            Self::ConfirmImport => "confirm-import",
            Self::Destroy => "destroy",
            Self::Generate => "generate",
            Self::Import => "import",
            Self::PolicyAdopt => "policy-adopt",
            Self::Recover => "recover",
            Self::Reinstate => "reinstate",
            Self::ReplaceSigner => "replace-signer",
            Self::Revoke => "revoke",
            Self::Rotate => "rotate",
            Self::Seal => "seal",
            Self::Suspend => "suspend",
            Self::WrapForImport => "wrap-for-import",
        }
    }

    /// Whether it is about a key, not about the registry itself.
    #[must_use]
    pub fn is_on_keys(self) -> bool {
        !matches!(self, Self::PolicyAdopt | Self::Recover | Self::ReplaceSigner)
    }

    /// Whether a plan can hold it, and so whether a policy can ask for approvals of it.
    #[must_use]
    pub fn can_be_planned(self) -> bool {
        match self {
            Self::Destroy
            | Self::Import
            | Self::PolicyAdopt
            | Self::Recover
            | Self::ReplaceSigner
            | Self::Revoke
            | Self::Rotate
            | Self::Seal
            | Self::WrapForImport => true,
            Self::Activate | Self::ConfirmImport | Self::Generate | Self::Reinstate | Self::Suspend => false,
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Operation {
    type Err = UnknownOperation;

    fn from_str(text: &str) -> Result<Self, UnknownOperation> {
        Self::ALL.into_iter().find(|operation| operation.as_str() == text).ok_or(UnknownOperation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_has_one_spelling() {
        for operation in Operation::ALL {
            assert_eq!(operation.as_str().parse(), Ok(operation));
            assert_eq!(serde_json::to_value(operation).unwrap(), operation.as_str());
        }
        assert_eq!("Seal".parse::<Operation>(), Err(UnknownOperation));
    }
}
