//! Why something that is locked does not open.

/// Why a passphrase opens nothing. No variant holds any part of a key or passphrase.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum OpenError {
    /// The MAC does not match. Who changed the file without the passphrase would get this answer too.
    #[error("the passphrase is wrong, or the file was changed: its MAC does not match")]
    WrongPassphrase,
    /// Nothing sensible came out, and nothing authenticates the file.
    #[error("the passphrase is wrong, or the file is damaged; it is not authenticated, so that byok cannot say which")]
    WrongOrDamaged,
    /// The passphrase is right, or does not matter, and what is there cannot be read.
    #[error("the file is damaged: {0}")]
    Damaged(String),
    /// Beyond the limits.
    #[error("the file asks for more work than byok does: {0}")]
    TooExpensive(String),
    /// An algorithm that byok does not have.
    #[error("the file is encrypted in a way that byok does not open: {0}")]
    Unsupported(String),
}
