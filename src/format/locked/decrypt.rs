//! Derivation and cipher together: from passphrase and ciphertext to what was encrypted.

use zeroize::Zeroizing;

use super::Scheme;
use super::algorithm::Encryption;
use super::cipher::Cipher;
use super::error::OpenError;
use super::kdf::{Passphrase, Use};
use super::limit::Budget;

/// PBES1 derives the key and then the initialisation vector, eight bytes each (RFC 8018 section 6.1.2).
const PBES1_HALF: usize = 8;

impl Encryption<'_> {
    /// Takes what the derivation costs, and refuses what byok does not have.
    pub(super) fn charge(&self, budget: &mut Budget) -> Result<(), OpenError> {
        let protection = &self.protection;
        if matches!(protection.cipher, Cipher::Other(_)) || matches!(protection.kdf, super::Kdf::Other(_)) {
            return Err(OpenError::Unsupported(protection.to_string()));
        }
        let wanted = protection.cipher.key_bytes();
        if self.key_length.is_some_and(|stated| usize::try_from(stated) != Ok(wanted)) {
            return Err(OpenError::Damaged(format!("another key length than {} has", protection.cipher)));
        }
        budget.charge(&protection.kdf, wanted)?;
        match protection.scheme {
            Scheme::Pkcs12 => budget.charge(&protection.kdf, protection.cipher.block_bytes()),
            _ => Ok(()),
        }
    }

    /// Decrypts. Wrong padding is the passphrase's fault or the file's.
    pub(super) fn decrypt(&self, passphrase: Passphrase<'_>, data: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let cipher = &self.protection.cipher;
        let derive = |used, length| self.protection.kdf.derive(passphrase, self.salt, used, length);
        let plain = match self.protection.scheme {
            Scheme::Pbes1 => {
                let both = derive(Use::Key, PBES1_HALF.saturating_mul(2))?;
                let (key, iv) = both.split_at_checked(PBES1_HALF).unwrap_or_default();
                cipher.decrypt(key, iv, data)
            }
            Scheme::Pkcs12 => {
                let key = derive(Use::Key, cipher.key_bytes())?;
                cipher.decrypt(&key, &derive(Use::Iv, cipher.block_bytes())?, data)
            }
            Scheme::Pbes2 | Scheme::LegacyPem => cipher.decrypt(&derive(Use::Key, cipher.key_bytes())?, self.iv, data),
            Scheme::Other => return Err(OpenError::Unsupported(self.protection.to_string())),
        };
        plain.map_err(|_| OpenError::WrongOrDamaged)
    }
}
