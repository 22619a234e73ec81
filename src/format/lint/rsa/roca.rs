//! The fingerprint of CVE-2017-15361.
//!
//! M. Nemec, M. Sys, P. Svenda, D. Klinec, V. Matyas: "The Return of Coppersmith's Attack: Practical Factorization of
//! Widely Used RSA Moduli", ACM CCS 2017, sections 2.1 and 2.2. The primes of the affected library are
//! `k * M + (65537^a mod M)`, where `M` is the product of the first primes; so the remainder of the modulus by each of
//! these primes is a power of 65537. The primes here are those of the authors' detection tool
//! (<https://github.com/crocs-muni/roca>); a random modulus passes all of them with a probability of about 2^-27.8.

use super::residue::remainder;

/// 3 to 167: they divide the `M` of every key size.
const PRIMES: [u32; 38] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109,
    113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];
const GENERATOR: u32 = 65_537;

/// Whether the modulus leaves a power of 65537 modulo every one of the primes.
pub(super) fn has_fingerprint(modulus: &[u8]) -> bool {
    PRIMES.iter().all(|prime| is_power(remainder(modulus, *prime), *prime))
}

/// Whether the remainder is in the group that 65537 generates modulo the prime.
fn is_power(remainder: u32, prime: u32) -> bool {
    let times = |power: &u32| power.checked_mul(GENERATOR)?.checked_rem(prime);
    let powers = std::iter::successors(Some(1), times).take(usize::try_from(prime).unwrap_or(usize::MAX));
    powers.into_iter().any(|power| power == remainder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_groups_have_the_orders_of_the_paper() {
        // The order of 65537 modulo 11, 13 and 17: 65537 = 10 mod 11, 4 mod 13, 2 mod 17.
        let order = |prime| (1..prime).filter(|remainder| is_power(*remainder, prime)).count();
        assert_eq!([11, 13, 17].map(order), [2, 6, 8]);
    }
}
