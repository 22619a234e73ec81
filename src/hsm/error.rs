//! What can go wrong with a token.

/// An error of the module or of the choice of token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// A PKCS#11 function answered something else than `CKR_OK`.
    #[error("{function}: {name}")]
    Call {
        /// The C function, for example `C_WrapKey`.
        function: &'static str,
        /// The `CK_RV`.
        rv: u64,
        /// Its name, for example `CKR_KEY_UNEXTRACTABLE`, or its number in hexadecimal.
        name: String,
    },
}
