//! Whether the numbers of an RSA private key agree (RFC 8017 section 3.2, with two primes).
//!
//! The arithmetic takes the same time for all keys of a size and has no buffers on the heap.

use std::fmt;

use crypto_bigint::{NonZero, U2048, U4096, U8192, Uint};
use zeroize::Zeroizing;

use super::material::RsaPrivate;

/// The longest modulus that is calculated with, in bits: what is longer costs seconds, and nobody takes it.
pub(super) const LONGEST: usize = 8192;

/// Big-endian, without leading zeros.
pub(super) struct Numbers<'a> {
    /// n
    pub(super) modulus: &'a [u8],
    /// e
    pub(super) exponent: &'a [u8],
    /// d
    pub(super) private_exponent: &'a [u8],
    /// p, q
    pub(super) primes: [&'a [u8]; 2],
    /// d mod p-1, d mod q-1
    pub(super) exponents: [&'a [u8]; 2],
    /// The inverse of q modulo p.
    pub(super) coefficient: &'a [u8],
}

/// A relation between the numbers that does not hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Disagreement {
    /// A number has more bits than the longest modulus.
    Long,
    /// n is not p times q.
    Product,
    /// p or q is one or zero.
    Degenerate,
    /// d is not below n.
    Range,
    /// d is no inverse of e modulo p-1 or q-1.
    Inverse,
    /// The first or second reduced exponent is not d reduced.
    Reduced(Half),
    /// The coefficient is no inverse of q.
    Coefficient,
}

/// One of the two primes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Half {
    /// p
    First,
    /// q
    Second,
}

impl<'a> Numbers<'a> {
    /// The numbers of a key that has its primes.
    pub(super) fn of(key: &'a RsaPrivate) -> Option<Self> {
        let factors = key.factors.as_ref()?;
        let ([p, q], [dp, dq]) = (&factors.primes, &factors.exponents);
        Some(Self {
            modulus: &key.modulus,
            exponent: &key.exponent,
            private_exponent: &key.private_exponent,
            primes: [p, q],
            exponents: [dp, dq],
            coefficient: &factors.coefficient,
        })
    }

    /// Every relation that does not hold; the product alone when that is wrong, since nothing else means anything then.
    pub(super) fn disagreements(&self) -> Vec<Disagreement> {
        let longest = self.all().map(<[u8]>::len).max().unwrap_or(0);
        let found = if longest <= U2048::BYTES {
            disagreements::<{ U2048::LIMBS }>(self)
        } else if longest <= U4096::BYTES {
            disagreements::<{ U4096::LIMBS }>(self)
        } else {
            disagreements::<{ U8192::LIMBS }>(self)
        };
        found.unwrap_or_else(|one| vec![one])
    }

    fn all(&self) -> impl Iterator<Item = &'a [u8]> {
        let alone = [self.modulus, self.exponent, self.private_exponent, self.coefficient];
        alone.into_iter().chain(self.primes).chain(self.exponents)
    }
}

/// `Err`: the one that makes all others meaningless.
fn disagreements<const LIMBS: usize>(numbers: &Numbers<'_>) -> Result<Vec<Disagreement>, Disagreement> {
    let modulus = number::<LIMBS>(numbers.modulus)?;
    let (exponent, private) = (number(numbers.exponent)?, number(numbers.private_exponent)?);
    let [p, q] = numbers.primes;
    let (p, q) = (number::<LIMBS>(p)?, number::<LIMBS>(q)?);
    let (low, high) = p.widening_mul(&q);
    if low != modulus || high != Uint::ZERO {
        return Err(Disagreement::Product);
    }
    let mut found = Vec::new();
    let mut require = |holds: bool, otherwise| {
        if !holds {
            found.push(otherwise);
        }
    };
    require(private < modulus, Disagreement::Range);
    let [dp, dq] = numbers.exponents;
    for (prime, reduced, half) in [(p, dp, Half::First), (q, dq, Half::Second)] {
        let (reduced, order) = (number(reduced)?, order(&prime)?);
        let right = private.rem(&order);
        require(right.mul_mod(&exponent, &order) == Uint::ONE, Disagreement::Inverse);
        require(right == reduced, Disagreement::Reduced(half));
    }
    let (coefficient, prime) = (number(numbers.coefficient)?, non_zero(&p)?);
    let inverse = coefficient < p && coefficient.mul_mod(&q, &prime) == Uint::ONE;
    require(inverse, Disagreement::Coefficient);
    found.dedup();
    Ok(found)
}

/// What exponents are reduced by.
fn order<const LIMBS: usize>(prime: &Uint<LIMBS>) -> Result<NonZero<Uint<LIMBS>>, Disagreement> {
    non_zero(prime)?;
    non_zero(&prime.wrapping_sub(&Uint::ONE))
}

fn non_zero<const LIMBS: usize>(number: &Uint<LIMBS>) -> Result<NonZero<Uint<LIMBS>>, Disagreement> {
    Option::from(NonZero::new(*number)).ok_or(Disagreement::Degenerate)
}

fn number<const LIMBS: usize>(bytes: &[u8]) -> Result<Uint<LIMBS>, Disagreement> {
    uint(bytes).ok_or(Disagreement::Long)
}

/// A big-endian number; `None` when it is longer than the type.
pub(super) fn uint<const LIMBS: usize>(bytes: &[u8]) -> Option<Uint<LIMBS>> {
    let mut whole = Zeroizing::new([0_u8; U8192::BYTES]);
    let start = Uint::<LIMBS>::BYTES.checked_sub(bytes.len())?;
    let field = whole.get_mut(..Uint::<LIMBS>::BYTES)?;
    field.get_mut(start..)?.copy_from_slice(bytes);
    Some(Uint::from_be_slice(field))
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Disagreement {
    /// What people read.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Long => "a number is longer than 8192 bits",
            Self::Product => "its primes do not make its modulus",
            Self::Degenerate => "a prime of it is one or zero",
            Self::Range => "its exponent is not below its modulus",
            Self::Inverse => "its exponents are no inverses",
            Self::Reduced(_) => "an exponent for a prime is not its exponent",
            Self::Coefficient => "its coefficient is no inverse",
        }
    }
}
