//! cryptoki's errors as [`TokenError`]: the C function's name and the `CK_RV`.

use cryptoki::context::Function;
use cryptoki::error::{Error, Rv, RvError};

use super::error::TokenError;
use super::rv;

/// The functions that this program calls through cryptoki.
const FUNCTIONS: &[&str] = &[
    "C_CloseSession",
    "C_CreateObject",
    "C_DestroyObject",
    "C_DigestFinal",
    "C_DigestInit",
    "C_DigestKey",
    "C_Encrypt",
    "C_EncryptInit",
    "C_Finalize",
    "C_FindObjects",
    "C_FindObjectsFinal",
    "C_FindObjectsInit",
    "C_GenerateKey",
    "C_GenerateKeyPair",
    "C_GetAttributeValue",
    "C_GetFunctionList",
    "C_GetInterface",
    "C_GetSlotList",
    "C_GetTokenInfo",
    "C_InitPIN",
    "C_InitToken",
    "C_Initialize",
    "C_Login",
    "C_Logout",
    "C_OpenSession",
    "C_SetAttributeValue",
    "C_Sign",
    "C_SignInit",
];

/// The error of a cryptoki call; `function` names the C function where cryptoki does not.
pub(super) fn token_error(function: &'static str, error: &Error) -> TokenError {
    match error {
        Error::Pkcs11(rv_error, at) => TokenError::from_rv(function_name(*at).unwrap_or(function), number(*rv_error)),
        Error::NullFunctionPointer => TokenError::from_rv(function, rv::FUNCTION_NOT_SUPPORTED),
        _ => TokenError::BadAnswer { function, what: "something that PKCS#11 does not define" },
    }
}

/// The `CK_RV` behind cryptoki's error.
pub(super) fn number(error: RvError) -> u64 {
    match error {
        RvError::UnknownErrorCode(number) | RvError::VendorDefined(number) => number,
        known => rv::TABLE
            .iter()
            .map(|row| row.rv)
            .find(|number| Rv::from(*number) == Rv::Error(known))
            .unwrap_or(rv::GENERAL_ERROR),
    }
}

fn function_name(function: Function) -> Option<&'static str> {
    let name = format!("C_{function:?}");
    FUNCTIONS.iter().copied().find(|known| *known == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_in_our_table_is_cryptokis_name() {
        for row in rv::TABLE {
            let Rv::Error(error) = Rv::from(row.rv) else { panic!("{} is CKR_OK", row.name) };
            if matches!(error, RvError::UnknownErrorCode(_)) {
                assert!(row.rv >= 0x200 || row.rv == 0x42, "{} is unknown to cryptoki", row.name);
                continue;
            }
            let ours = row.name.trim_start_matches("CKR_").replace('_', "").to_lowercase();
            assert_eq!(ours, format!("{error:?}").to_lowercase());
            assert_eq!(number(error), row.rv);
        }
    }

    #[test]
    fn errors_keep_function_and_number() {
        let error = token_error("C_Sign", &Error::Pkcs11(RvError::KeyFunctionNotPermitted, Function::SignInit));
        assert_eq!(error.to_string(), "C_SignInit: CKR_KEY_FUNCTION_NOT_PERMITTED");
        let error = token_error("C_Sign", &Error::NullFunctionPointer);
        assert_eq!(error.to_string(), "C_Sign: CKR_FUNCTION_NOT_SUPPORTED");
    }
}
