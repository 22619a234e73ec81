//! Whose key a file holds, as far as that can be seen without a passphrase.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::ssh_key::{SshKey, SshKeyError, is_type};
use super::wire::Reader;

/// The largest key file that is read, in bytes: an RSA key of 16384 bits has 13 KiB.
pub const MAX_KEY_FILE: usize = 64 << 10;

const BEGIN: &str = "-----BEGIN OPENSSH PRIVATE KEY-----";
const END: &str = "-----END OPENSSH PRIVATE KEY-----";
const MAGIC: &[u8] = b"openssh-key-v1\0";

/// The public key in a file of `ssh-keygen`: a line of a public key, or a private key in OpenSSH's own form, which has
/// the public half in the clear (PROTOCOL.key). Nothing for other private keys.
///
/// # Errors
/// [`SshKeyError`]: it is not a key whose signatures count.
pub fn public_half(bytes: &[u8]) -> Result<Option<SshKey>, SshKeyError> {
    let text = str::from_utf8(bytes).map_err(|_| SshKeyError::Malformed("the file is no text"))?;
    let text = text.trim();
    if let Some(body) = text.strip_prefix(BEGIN) {
        return private(body).map(Some);
    }
    if text.starts_with("-----BEGIN ") {
        return Ok(None);
    }
    let mut words = text.lines().next().unwrap_or_default().split_ascii_whitespace();
    match (words.next(), words.next()) {
        (Some(kind), Some(base64)) if is_type(kind) => SshKey::from_words(kind, base64).map(Some),
        _ => Err(SshKeyError::Malformed("the file holds none")),
    }
}

fn private(body: &str) -> Result<SshKey, SshKeyError> {
    let broken = SshKeyError::Malformed("the private key file breaks off");
    let body = body.strip_suffix(END).ok_or_else(|| broken.clone())?;
    let base64: Zeroizing<String> = Zeroizing::new(body.split_ascii_whitespace().collect());
    let blob = Zeroizing::new(STANDARD.decode(base64.as_bytes()).map_err(|_| SshKeyError::Base64)?);
    SshKey::from_blob(public(&blob).ok_or(broken)?)
}

/// Cipher, key derivation and its options stand before the number of keys, which is one, and the public key.
fn public(blob: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader(blob.strip_prefix(MAGIC)?);
    let _before = [reader.string()?, reader.string()?, reader.string()?];
    if reader.number()? == 1 { reader.string() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ssh_signer::{self as model, strings};

    fn private_file(public: &[u8], keys: u32) -> String {
        let mut blob = MAGIC.to_vec();
        blob.extend(strings(&[b"aes256-ctr", b"bcrypt", b"options"]));
        blob.extend(keys.to_be_bytes());
        blob.extend(strings(&[public, b"encrypted"]));
        let base64 = STANDARD.encode(blob);
        let (one, other) = base64.split_at(70);
        format!("{BEGIN}\n{one}\n{other}\n{END}\n")
    }

    #[test]
    fn the_public_half_is_seen_without_a_passphrase() {
        for secret in model::every_kind() {
            let key = SshKey::from_blob(&secret.blob()).unwrap();
            assert_eq!(public_half(private_file(&secret.blob(), 1).as_bytes()), Ok(Some(key.clone())));
            let line = format!("{} alice at work\n", secret.line());
            assert_eq!(public_half(line.as_bytes()), Ok(Some(key)));
        }
        assert_eq!(public_half(b"-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----\n"), Ok(None));
    }

    #[test]
    fn what_holds_no_key_that_approves_is_refused() {
        let good = private_file(&model::ed25519(1).blob(), 1);
        for end in 36..good.len() - 1 {
            assert!(public_half(&good.as_bytes()[..end]).is_err(), "cut at {end}");
        }
        assert!(public_half(private_file(&model::ed25519(1).blob(), 2).as_bytes()).is_err());
        assert!(matches!(
            public_half(private_file(&strings(&[b"ssh-rsa"]), 1).as_bytes()),
            Err(SshKeyError::Refused("ssh-rsa", _))
        ));
        for bad in [&b""[..], b"hello", b"\xff\xfe", b"ssh-ed25519"] {
            assert!(public_half(bad).is_err(), "{bad:?}");
        }
    }
}
