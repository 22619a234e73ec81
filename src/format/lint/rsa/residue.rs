//! Remainders of a modulus by small numbers.

use std::sync::LazyLock;

/// Trial division goes up to here.
const BOUND: u32 = 10_000;

/// The smallest prime below ten thousand that divides the modulus.
pub(super) fn small_factor(modulus: &[u8]) -> Option<u32> {
    static PRIMES: LazyLock<Vec<u32>> = LazyLock::new(|| small_primes().collect());
    PRIMES.iter().copied().find(|prime| remainder(modulus, *prime) == 0)
}

/// The remainder of a big-endian number; zero when it is empty.
pub(super) fn remainder(number: &[u8], divisor: u32) -> u32 {
    // Four bytes at a time; the first ones may be fewer.
    let (head, words) = number.as_rchunks::<4>();
    let head = head.iter().fold(0_u32, |value, byte| (value << 8) | u32::from(*byte));
    let step = |rest: u64, word: u32| {
        let whole = (rest << 32) | u64::from(word);
        whole.checked_rem(u64::from(divisor)).unwrap_or(0)
    };
    let words = words.iter().map(|word| u32::from_be_bytes(*word));
    u32::try_from(std::iter::once(head).chain(words).fold(0, step)).unwrap_or(0)
}

/// The primes below the bound: those that no smaller number up to their root divides.
fn small_primes() -> impl Iterator<Item = u32> {
    std::iter::once(2).chain((3..BOUND).step_by(2).filter(|number| is_prime(*number)))
}

fn is_prime(number: u32) -> bool {
    let roots = (3_u32..).step_by(2).take_while(|root| root.checked_mul(*root).is_some_and(|square| square <= number));
    roots.into_iter().all(|root| number.checked_rem(root) != Some(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remainders_of_numbers_of_any_length() {
        for length in 0..20 {
            let bytes: Vec<u8> = (1..=length).collect();
            let value = bytes.iter().fold(0_u32, |rest, byte| (rest * 256 + u32::from(*byte)) % 65_521);
            assert_eq!(remainder(&bytes, 65_521), value, "{length}");
        }
        assert_eq!(remainder(&[0xff; 512], 3), 0);
    }

    #[test]
    fn the_small_primes_are_all_there() {
        assert_eq!(small_primes().take(6).collect::<Vec<_>>(), [2, 3, 5, 7, 11, 13]);
        // pi(10^4) = 1229
        assert_eq!(small_primes().count(), 1229);
    }
}
