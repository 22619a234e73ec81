//! The numbers of an RSA key that may wrap (SP 800-56B revision 2, sections 6.2 and 6.4.2.2).

use crate::format::spki::bit_length;

/// Modulus sizes that are taken, in bits.
pub const MODULUS_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// The greatest exponent, in bits: what RSA libraries take. SP 800-56B allows 256, and none is in use.
const EXPONENT_BITS: usize = 33;

/// SP 800-56B revision 2 section 6.4.2.2: the modulus has no factor below 752.
const SMALL: u32 = 752;

/// Which number breaks which rule.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum RuleError {
    /// Breakable, or unusable.
    #[error("the modulus has {0} bits; {min} to {max} are taken", min = MODULUS_BITS.start(), max = MODULUS_BITS.end())]
    ModulusBits(usize),
    /// A product of two odd primes is odd.
    #[error("the modulus is even; no RSA key has that")]
    ModulusEven,
    /// A product of two great primes has no small factor.
    #[error("the modulus is divisible by {0}; no RSA key has that")]
    ModulusFactor(u32),
    /// 3 and 17, for example.
    #[error("the public exponent is below 65537")]
    ExponentTiny,
    /// No inverse exists.
    #[error("the public exponent is even; no RSA key has that")]
    ExponentEven,
    /// Too long to be honest.
    #[error("the public exponent has {0} bits; at most {EXPONENT_BITS} are taken")]
    ExponentBits(usize),
}

/// Both numbers big-endian without leading zeros.
pub(super) fn check(modulus: &[u8], exponent: &[u8]) -> Result<(), RuleError> {
    let bits = bit_length(modulus);
    if !MODULUS_BITS.contains(&bits) {
        return Err(RuleError::ModulusBits(bits));
    }
    if is_even(modulus) {
        return Err(RuleError::ModulusEven);
    }
    if let Some(factor) = small_factor(modulus) {
        return Err(RuleError::ModulusFactor(factor));
    }
    let bits = bit_length(exponent);
    if bits > EXPONENT_BITS {
        return Err(RuleError::ExponentBits(bits));
    }
    if is_even(exponent) {
        return Err(RuleError::ExponentEven);
    }
    // 65537 is the least odd number of 17 bits.
    if bits < 17 { Err(RuleError::ExponentTiny) } else { Ok(()) }
}

fn is_even(number: &[u8]) -> bool {
    number.last().is_none_or(|byte| byte.is_multiple_of(2))
}

/// The least odd prime below [`SMALL`] that divides the number. One division of the long number serves as many primes
/// as have a product of 32 bits.
fn small_factor(number: &[u8]) -> Option<u32> {
    let mut primes = (3..SMALL).step_by(2).filter(|candidate| is_prime(*candidate)).peekable();
    while primes.peek().is_some() {
        let mut product = 1_u32;
        let mut group = Vec::new();
        while let Some(next) = primes.next_if(|prime| product.checked_mul(*prime).is_some()) {
            product = product.checked_mul(next)?;
            group.push(next);
        }
        let rest = remainder(number, product)?;
        if let Some(factor) = group.into_iter().find(|prime| rest.is_multiple_of(*prime)) {
            return Some(factor);
        }
    }
    None
}

/// For odd numbers below [`SMALL`].
fn is_prime(candidate: u32) -> bool {
    (3..candidate).step_by(2).take_while(|divisor| divisor.pow(2) <= candidate).all(|d| !candidate.is_multiple_of(d))
}

fn remainder(number: &[u8], divisor: u32) -> Option<u32> {
    let (head, words) = number.as_rchunks::<4>();
    let head = head.iter().fold(0_u32, |word, byte| (word << 8) | u32::from(*byte));
    let words = words.iter().map(|word| u32::from_be_bytes(*word));
    // The rest is below the divisor, so that rest * 2^32 + word fits 64 bits.
    let step = |rest: u64, word: u32| ((rest << 32) | u64::from(word)).checked_rem(u64::from(divisor));
    u32::try_from(std::iter::once(head).chain(words).try_fold(0, step)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const F4: [u8; 3] = [1, 0, 1];

    /// 2^(8·length) - 1 - difference, odd.
    fn modulus(length: usize, difference: u8) -> Vec<u8> {
        let mut number = vec![0xff; length];
        if let Some(last) = number.last_mut() {
            *last = 0xff ^ difference;
        }
        number
    }

    /// A modulus that only its size and parity matter of.
    fn good() -> Vec<u8> {
        (0..=126u8).map(|half| modulus(256, half << 1)).find(|number| check(number, &F4).is_ok()).unwrap()
    }

    #[test]
    fn each_rule_is_named() {
        let good = good();
        assert_eq!(check(&modulus(128, 0), &F4), Err(RuleError::ModulusBits(1024)));
        assert_eq!(check(&good[1..], &F4), Err(RuleError::ModulusBits(2040)));
        assert_eq!(check(&modulus(1025, 0), &F4), Err(RuleError::ModulusBits(8200)));
        assert_eq!(check(&modulus(256, 1), &F4), Err(RuleError::ModulusEven));
        assert_eq!(check(&modulus(256, 0), &F4), Err(RuleError::ModulusFactor(3)));
        for (exponent, error) in [
            (&[3][..], RuleError::ExponentTiny),
            (&[17], RuleError::ExponentTiny),
            (&[], RuleError::ExponentEven),
            (&[0xff, 0xff], RuleError::ExponentTiny),
            (&[1, 0, 0], RuleError::ExponentEven),
            (&[2, 0, 0, 0, 1], RuleError::ExponentBits(34)),
        ] {
            assert_eq!(check(&good, exponent), Err(error), "{exponent:?}");
        }
        assert_eq!(check(&good, &[1, 0, 0, 0, 1]), Ok(()));
    }

    #[test]
    fn remainders_are_right() {
        assert_eq!(remainder(&0x1234_5678_u32.to_be_bytes(), 751), Some(0x1234_5678 % 751));
        assert_eq!(remainder(&[], 3), Some(0));
    }
}
