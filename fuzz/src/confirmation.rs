//! What providers answer about imported keys.

use byok::format::spki::PublicKey;
use byok::provider::{ConfirmationRequest, ImportFile, PROVIDERS};

use crate::assert_printable;

/// One or two answers, the second after a line of its own, `next:`. What is read of them can be shown and recorded.
pub fn confirmation(input: &[u8]) {
    let cut = input.windows(7).position(|window| window == b"\nnext:\n");
    let parts = match cut {
        Some(at) => vec![&input[..at], &input[at + 7..]],
        None => vec![input],
    };
    let files: Vec<ImportFile> =
        parts.into_iter().map(|part| ImportFile { name: String::new(), bytes: part.to_vec() }).collect();
    let request = ConfirmationRequest { files: &files, target: Some("kek") };
    for read in PROVIDERS.iter().filter_map(|provider| provider.read_confirmation) {
        match read(&request) {
            Err(error) => assert_printable(&error),
            Ok(found) => {
                for text in
                    [Some(&found.resource), Some(&found.state), found.account.as_ref(), found.key_version.as_ref()]
                {
                    let text = text.map(String::as_str).unwrap_or("nothing");
                    assert!(!text.is_empty() && text.len() <= 1024);
                    assert_printable(&text);
                }
                if let Some(key) = found.public {
                    assert_eq!(PublicKey::from_der(key.der()).expect("a key"), key);
                }
            }
        }
    }
}
