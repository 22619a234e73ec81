//! What an opened file may cost, checked before it is spent.
//!
//! On a machine of 2022 with SHA instructions, a million rounds of PBKDF2 take 0.25 seconds with SHA-256 and 2 seconds
//! with SHA-512, which has no instructions: it counts three times. Two million rounds are three derivations of 600,000,
//! as byok writes them: MAC, key and certificates. More than that is no file that a person waits for. scrypt is held to
//! 32 MiB, which is what OpenSSL takes too; that is 0.1 seconds.

use super::error::OpenError;
use super::kdf::Kdf;
use crate::key::spec::HashAlg;

/// The sum of all hash iterations of a file.
pub(super) const MOST_ROUNDS: u64 = 2_000_000;
/// The memory of one scrypt derivation, in bytes (RFC 7914 section 2: 128 N r).
pub(super) const MOST_MEMORY: u64 = 32 * 1024 * 1024;
/// N r p of all scrypt derivations of a file: four times what 32 MiB take.
const MOST_MIXING: u64 = 4 * MOST_MEMORY / 128;
/// r p: the blocks that lie in memory beside the big table, in units of 128 bytes.
const MOST_BLOCKS: u64 = 1024;

/// What may still be spent.
#[derive(Debug)]
pub struct Budget {
    rounds: u64,
    mixing: u64,
}

impl Budget {
    /// All of it. One file has one budget, however many things are locked in it.
    #[must_use]
    pub fn new() -> Self {
        Self { rounds: MOST_ROUNDS, mixing: MOST_MIXING }
    }

    /// Takes the cost of deriving so many bytes.
    pub(super) fn charge(&mut self, kdf: &Kdf, bytes: usize) -> Result<(), OpenError> {
        match kdf {
            Kdf::Pbkdf1 { rounds, .. } => self.charge_rounds(kdf, *rounds, 1),
            Kdf::Pbkdf2 { hash, rounds } | Kdf::Pkcs12 { hash, rounds } => {
                self.charge_rounds(kdf, *rounds, bytes.div_ceil(hash.digest_bytes()))
            }
            Kdf::Scrypt { cost, block_size, parallelisation } => {
                self.charge_scrypt(kdf, *cost, *block_size, *parallelisation)
            }
            Kdf::BytesToKey | Kdf::Other(_) => Ok(()),
        }
    }

    fn charge_rounds(&mut self, kdf: &Kdf, rounds: u64, blocks: usize) -> Result<(), OpenError> {
        if rounds == 0 {
            return Err(OpenError::Damaged(format!("{kdf} is none")));
        }
        let blocks = u64::try_from(blocks).unwrap_or(u64::MAX);
        let weight = match kdf {
            Kdf::Pbkdf2 { hash: HashAlg::Sha384 | HashAlg::Sha512, .. }
            | Kdf::Pkcs12 { hash: HashAlg::Sha384 | HashAlg::Sha512, .. } => 3,
            _ => 1,
        };
        let left = rounds
            .checked_mul(blocks)
            .and_then(|wanted| wanted.checked_mul(weight))
            .and_then(|wanted| self.rounds.checked_sub(wanted));
        self.rounds = left.ok_or_else(|| {
            OpenError::TooExpensive(format!("{kdf}; byok does {MOST_ROUNDS} rounds for all of a file"))
        })?;
        Ok(())
    }

    fn charge_scrypt(&mut self, kdf: &Kdf, cost: u64, block_size: u64, parallelisation: u64) -> Result<(), OpenError> {
        // RFC 7914 section 2: N is a power of two larger than 1, r and p are positive.
        if cost < 2 || !cost.is_power_of_two() || block_size == 0 || parallelisation == 0 {
            return Err(OpenError::Damaged(format!("{kdf} is none")));
        }
        let memory = cost.checked_mul(block_size).and_then(|blocks| blocks.checked_mul(128));
        let blocks = block_size.checked_mul(parallelisation);
        let left = blocks.and_then(|blocks| blocks.checked_mul(cost)).and_then(|work| self.mixing.checked_sub(work));
        match left {
            Some(left)
                if memory.is_some_and(|bytes| bytes <= MOST_MEMORY) && blocks.is_some_and(|n| n <= MOST_BLOCKS) =>
            {
                self.mixing = left;
                Ok(())
            }
            _ => Err(OpenError::TooExpensive(format!("{kdf}; byok gives scrypt 32 MiB"))),
        }
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pbkdf2(rounds: u64) -> Kdf {
        Kdf::Pbkdf2 { hash: HashAlg::Sha256, rounds }
    }

    fn scrypt(cost: u64, block_size: u64, parallelisation: u64) -> Kdf {
        Kdf::Scrypt { cost, block_size, parallelisation }
    }

    #[test]
    fn rounds_add_up_over_a_file() {
        let mut budget = Budget::new();
        for _ in 0..3 {
            assert_eq!(budget.charge(&pbkdf2(600_000), 32), Ok(()));
        }
        assert!(matches!(budget.charge(&pbkdf2(600_000), 32), Err(OpenError::TooExpensive(_))));
        // What was refused cost nothing, and 33 bytes are two blocks of SHA-256.
        assert_eq!(budget.charge(&pbkdf2(100_000), 33), Ok(()));
        assert!(budget.charge(&pbkdf2(1), 1).is_err());
    }

    #[test]
    fn no_number_overflows() {
        for kdf in
            [pbkdf2(u64::MAX), scrypt(1 << 63, u64::MAX, u64::MAX), scrypt(2, u64::MAX, 2), scrypt(2, 1, 1 << 40)]
        {
            assert!(matches!(Budget::new().charge(&kdf, 64), Err(OpenError::TooExpensive(_))), "{kdf}");
        }
    }

    #[test]
    fn what_is_no_derivation_is_damage() {
        for kdf in [pbkdf2(0), scrypt(0, 8, 1), scrypt(1, 8, 1), scrypt(3, 8, 1), scrypt(16, 0, 1), scrypt(16, 8, 0)] {
            assert!(matches!(Budget::new().charge(&kdf, 32), Err(OpenError::Damaged(_))), "{kdf}");
        }
    }

    #[test]
    fn scrypt_has_the_memory_that_openssl_gives_it() {
        assert_eq!(Budget::new().charge(&scrypt(1 << 15, 8, 1), 32), Ok(()));
        assert_eq!(Budget::new().charge(&scrypt(1 << 14, 8, 8), 32), Ok(()));
        for kdf in [scrypt(1 << 16, 8, 1), scrypt(1 << 15, 8, 8), scrypt(1 << 20, 8, 1)] {
            assert!(matches!(Budget::new().charge(&kdf, 32), Err(OpenError::TooExpensive(_))), "{kdf}");
        }
    }
}
