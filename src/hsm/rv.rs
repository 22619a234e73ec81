//! The table of `CK_RV` values that users meet: number, name, and a short sentence of ours.
//!
//! Numbers and names: PKCS#11 v3.2, `pkcs11t.h`. A number that is not here is shown in hexadecimal.

/// `CKR_DEVICE_REMOVED`
pub const DEVICE_REMOVED: u64 = 0x32;
/// `CKR_GENERAL_ERROR`
pub const GENERAL_ERROR: u64 = 0x5;
/// `CKR_FUNCTION_NOT_SUPPORTED`
pub const FUNCTION_NOT_SUPPORTED: u64 = 0x54;
/// `CKR_KEY_FUNCTION_NOT_PERMITTED`
pub const KEY_FUNCTION_NOT_PERMITTED: u64 = 0x68;
/// `CKR_PIN_INCORRECT`
pub const PIN_INCORRECT: u64 = 0xa0;
/// `CKR_PIN_LEN_RANGE`
pub const PIN_LEN_RANGE: u64 = 0xa2;
/// `CKR_PIN_EXPIRED`
pub const PIN_EXPIRED: u64 = 0xa3;
/// `CKR_PIN_LOCKED`
pub const PIN_LOCKED: u64 = 0xa4;
/// `CKR_SESSION_CLOSED`
pub const SESSION_CLOSED: u64 = 0xb0;
/// `CKR_SESSION_COUNT`
pub const SESSION_COUNT: u64 = 0xb1;
/// `CKR_SESSION_HANDLE_INVALID`
pub const SESSION_HANDLE_INVALID: u64 = 0xb3;
/// `CKR_TOKEN_NOT_PRESENT`
pub const TOKEN_NOT_PRESENT: u64 = 0xe0;
/// `CKR_USER_ALREADY_LOGGED_IN`
pub const USER_ALREADY_LOGGED_IN: u64 = 0x100;
/// `CKR_USER_PIN_NOT_INITIALIZED`
pub const USER_PIN_NOT_INITIALIZED: u64 = 0x102;
/// `CKR_BUFFER_TOO_SMALL`
pub const BUFFER_TOO_SMALL: u64 = 0x150;
/// `CKR_WRAPPING_KEY_HANDLE_INVALID`
pub const WRAPPING_KEY_HANDLE_INVALID: u64 = 0x113;
/// `CKR_CRYPTOKI_ALREADY_INITIALIZED`
pub const CRYPTOKI_ALREADY_INITIALIZED: u64 = 0x191;

/// One row of the table.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Row {
    /// The `CK_RV`.
    pub rv: u64,
    /// Its name, `CKR_...`.
    pub name: &'static str,
    /// What it means, a lower-case fragment.
    pub sentence: &'static str,
}

/// The row of a `CK_RV`.
#[must_use]
pub fn lookup(rv: u64) -> Option<&'static Row> {
    TABLE.binary_search_by_key(&rv, |row| row.rv).ok().and_then(|index| TABLE.get(index))
}

/// The name of a `CK_RV`, or its number in hexadecimal.
#[must_use]
pub fn name(rv: u64) -> String {
    lookup(rv).map_or_else(|| format!("CK_RV 0x{rv:08X}"), |row| row.name.to_owned())
}

const fn row(rv: u64, name: &'static str, sentence: &'static str) -> Row {
    Row { rv, name, sentence }
}

/// Ascending by number.
pub static TABLE: &[Row] = &[
    row(0x1, "CKR_CANCEL", "the operation was cancelled on the token"),
    row(0x2, "CKR_HOST_MEMORY", "this computer has too little memory for the operation"),
    row(0x3, "CKR_SLOT_ID_INVALID", "the slot does not exist any more"),
    row(
        0x5,
        "CKR_GENERAL_ERROR",
        "the module failed without saying why; a missing or unreadable configuration is the usual cause",
    ),
    row(0x6, "CKR_FUNCTION_FAILED", "the token could not do it and does not say why"),
    row(0x7, "CKR_ARGUMENTS_BAD", "the module refuses the arguments; it may not know the hash or the parameters"),
    row(0x8, "CKR_NO_EVENT", "nothing happened in any slot"),
    row(0x9, "CKR_NEED_TO_CREATE_THREADS", "the module needs threads of its own"),
    row(0xa, "CKR_CANT_LOCK", "the module cannot lock as it should"),
    row(0x10, "CKR_ATTRIBUTE_READ_ONLY", "the attribute cannot be set or changed"),
    row(0x11, "CKR_ATTRIBUTE_SENSITIVE", "the token does not reveal the attribute"),
    row(0x12, "CKR_ATTRIBUTE_TYPE_INVALID", "the token does not know the attribute"),
    row(0x13, "CKR_ATTRIBUTE_VALUE_INVALID", "the token refuses the value of an attribute"),
    row(0x1b, "CKR_ACTION_PROHIBITED", "the object's own attributes forbid it"),
    row(0x20, "CKR_DATA_INVALID", "the token refuses the data"),
    row(0x21, "CKR_DATA_LEN_RANGE", "the data or the key has a length that the mechanism does not take"),
    row(0x30, "CKR_DEVICE_ERROR", "the token reports a fault of its own"),
    row(0x31, "CKR_DEVICE_MEMORY", "the token has no memory left, or another program is using it at this moment"),
    row(0x32, "CKR_DEVICE_REMOVED", "the token was removed"),
    row(0x40, "CKR_ENCRYPTED_DATA_INVALID", "the ciphertext is not valid"),
    row(0x41, "CKR_ENCRYPTED_DATA_LEN_RANGE", "the ciphertext has an impossible length"),
    row(0x42, "CKR_AEAD_DECRYPT_FAILED", "the ciphertext does not authenticate"),
    row(0x50, "CKR_FUNCTION_CANCELED", "the operation was cancelled"),
    row(0x54, "CKR_FUNCTION_NOT_SUPPORTED", "the module does not offer this function"),
    row(0x60, "CKR_KEY_HANDLE_INVALID", "the key does not exist any more"),
    row(0x62, "CKR_KEY_SIZE_RANGE", "the token does not work with keys of this size"),
    row(0x63, "CKR_KEY_TYPE_INCONSISTENT", "the key's type does not go with the mechanism"),
    row(0x67, "CKR_KEY_INDIGESTIBLE", "the token does not hash keys"),
    row(0x68, "CKR_KEY_FUNCTION_NOT_PERMITTED", "the key's own attributes forbid this use"),
    row(0x69, "CKR_KEY_NOT_WRAPPABLE", "the token cannot wrap this key"),
    row(0x6a, "CKR_KEY_UNEXTRACTABLE", "the key may not leave the token"),
    row(0x70, "CKR_MECHANISM_INVALID", "the token does not offer the mechanism"),
    row(0x71, "CKR_MECHANISM_PARAM_INVALID", "the token refuses the mechanism's parameters"),
    row(0x82, "CKR_OBJECT_HANDLE_INVALID", "the object does not exist any more"),
    row(0x90, "CKR_OPERATION_ACTIVE", "another operation of this session has not ended"),
    row(0x91, "CKR_OPERATION_NOT_INITIALIZED", "the operation was not started or has already ended"),
    row(0xa0, "CKR_PIN_INCORRECT", "the PIN is wrong"),
    row(0xa1, "CKR_PIN_INVALID", "the new PIN has a character that the token does not take"),
    row(0xa2, "CKR_PIN_LEN_RANGE", "the PIN is too short or too long"),
    row(0xa3, "CKR_PIN_EXPIRED", "the PIN has expired and must be changed"),
    row(0xa4, "CKR_PIN_LOCKED", "the PIN is locked"),
    row(0xb0, "CKR_SESSION_CLOSED", "the session was closed"),
    row(0xb1, "CKR_SESSION_COUNT", "the token takes no more sessions"),
    row(0xb3, "CKR_SESSION_HANDLE_INVALID", "the session does not exist any more"),
    row(0xb4, "CKR_SESSION_PARALLEL_NOT_SUPPORTED", "the module asks for a serial session"),
    row(0xb5, "CKR_SESSION_READ_ONLY", "the session may only read"),
    row(0xb6, "CKR_SESSION_EXISTS", "a session with the token is open"),
    row(0xb7, "CKR_SESSION_READ_ONLY_EXISTS", "a read-only session with the token is open"),
    row(0xb8, "CKR_SESSION_READ_WRITE_SO_EXISTS", "the security officer is logged in"),
    row(0xc0, "CKR_SIGNATURE_INVALID", "the signature does not verify"),
    row(0xc1, "CKR_SIGNATURE_LEN_RANGE", "the signature has an impossible length"),
    row(0xd0, "CKR_TEMPLATE_INCOMPLETE", "the token asks for an attribute that was not given"),
    row(0xd1, "CKR_TEMPLATE_INCONSISTENT", "the token refuses this combination of attributes"),
    row(0xe0, "CKR_TOKEN_NOT_PRESENT", "there is no token in the slot"),
    row(0xe1, "CKR_TOKEN_NOT_RECOGNIZED", "the module does not recognise the token in the slot"),
    row(0xe2, "CKR_TOKEN_WRITE_PROTECTED", "the token is write-protected"),
    row(0xf0, "CKR_UNWRAPPING_KEY_HANDLE_INVALID", "the unwrapping key does not exist or may not unwrap"),
    row(0xf1, "CKR_UNWRAPPING_KEY_SIZE_RANGE", "the token does not unwrap with keys of this size"),
    row(0xf2, "CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT", "the unwrapping key's type does not go with the mechanism"),
    row(0x100, "CKR_USER_ALREADY_LOGGED_IN", "the user is logged in already"),
    row(0x101, "CKR_USER_NOT_LOGGED_IN", "the operation needs a login"),
    row(0x102, "CKR_USER_PIN_NOT_INITIALIZED", "the user PIN has not been set"),
    row(0x103, "CKR_USER_TYPE_INVALID", "the token does not know this kind of user"),
    row(0x104, "CKR_USER_ANOTHER_ALREADY_LOGGED_IN", "another user is logged in"),
    row(0x105, "CKR_USER_TOO_MANY_TYPES", "too many users are logged in"),
    row(0x110, "CKR_WRAPPED_KEY_INVALID", "the wrapped key is not valid"),
    row(0x112, "CKR_WRAPPED_KEY_LEN_RANGE", "the wrapped key has an impossible length"),
    row(0x113, "CKR_WRAPPING_KEY_HANDLE_INVALID", "the wrapping key does not exist or may not wrap this key"),
    row(0x114, "CKR_WRAPPING_KEY_SIZE_RANGE", "the token does not wrap with keys of this size"),
    row(0x115, "CKR_WRAPPING_KEY_TYPE_INCONSISTENT", "the wrapping key's type does not go with the mechanism"),
    row(0x120, "CKR_RANDOM_SEED_NOT_SUPPORTED", "the token's random generator takes no seed"),
    row(0x121, "CKR_RANDOM_NO_RNG", "the token has no random generator"),
    row(0x130, "CKR_DOMAIN_PARAMS_INVALID", "the token does not know the curve"),
    row(0x140, "CKR_CURVE_NOT_SUPPORTED", "the token does not know the curve"),
    row(0x150, "CKR_BUFFER_TOO_SMALL", "the answer is larger than the module said"),
    row(0x170, "CKR_INFORMATION_SENSITIVE", "the token does not reveal the information"),
    row(0x190, "CKR_CRYPTOKI_NOT_INITIALIZED", "the module was not initialised"),
    row(0x191, "CKR_CRYPTOKI_ALREADY_INITIALIZED", "the module is initialised already"),
    row(0x1b5, "CKR_EXCEEDED_MAX_ITERATIONS", "the token could not find a key in the allowed time"),
    row(0x1b6, "CKR_FIPS_SELF_TEST_FAILED", "the token failed its own self-test and must be serviced"),
    row(0x1b7, "CKR_LIBRARY_LOAD_FAILED", "the module could not load a library that it needs"),
    row(0x1b8, "CKR_PIN_TOO_WEAK", "the new PIN is too easy to guess"),
    row(0x1b9, "CKR_PUBLIC_KEY_INVALID", "the token refuses the public key"),
    row(0x200, "CKR_FUNCTION_REJECTED", "the person at the token refused"),
    row(0x201, "CKR_TOKEN_RESOURCE_EXCEEDED", "the token has run out of something"),
    row(0x202, "CKR_OPERATION_CANCEL_FAILED", "the operation could not be cancelled"),
    row(0x203, "CKR_KEY_EXHAUSTED", "the key has reached its limit of uses"),
    row(0x208, "CKR_TOKEN_NOT_INITIALIZED", "the token is not initialised"),
    row(0x209, "CKR_PARAMETER_SET_NOT_SUPPORTED", "the token does not know the parameter set"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_ascend_and_names_are_unique() {
        assert!(TABLE.windows(2).all(|pair| pair[0].rv < pair[1].rv));
        let names: std::collections::BTreeSet<_> = TABLE.iter().map(|row| row.name).collect();
        assert_eq!(names.len(), TABLE.len());
    }

    #[test]
    fn sentences_are_lower_case_fragments() {
        for row in TABLE {
            let first = row.sentence.chars().next().unwrap();
            assert!(first.is_ascii_lowercase() && !row.sentence.ends_with('.'), "{}", row.name);
        }
    }

    #[test]
    fn every_row_is_found() {
        for row in TABLE {
            assert_eq!(lookup(row.rv), Some(row));
        }
        assert_eq!(name(0xdead), "CK_RV 0x0000DEAD");
    }
}
