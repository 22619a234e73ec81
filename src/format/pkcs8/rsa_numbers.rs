//! Whether the numbers of an RSA private key agree (RFC 8017 section 3.2, with two primes).
//!
//! The arithmetic takes the same time for all keys of a size and has no buffers on the heap. That the factors are
//! primes is not tested: their product is the modulus of a key pair that the token made.

use crypto_bigint::{NonZero, U4096};

use zeroize::Zeroizing;

use super::ProofError;

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

/// Checks every relation between the numbers.
pub(super) fn check(numbers: &Numbers<'_>) -> Result<(), ProofError> {
    let modulus = number(numbers.modulus)?;
    let (exponent, private) = (number(numbers.exponent)?, number(numbers.private_exponent)?);
    let [p, q] = numbers.primes;
    let (p, q) = (number(p)?, number(q)?);
    let (low, high) = p.widening_mul(&q);
    agree(low == modulus && high == U4096::ZERO, "its primes do not make its modulus")?;
    agree(private < modulus, "its exponent is not below its modulus")?;
    for (prime, reduced) in [p, q].into_iter().zip(numbers.exponents) {
        let (reduced, order) = (number(reduced)?, order(&prime)?);
        agree(private.rem(&order) == reduced, "an exponent for a prime is not its exponent")?;
        agree(reduced.mul_mod(&exponent, &order) == U4096::ONE, "its exponents are no inverses")?;
    }
    let (coefficient, prime) = (number(numbers.coefficient)?, non_zero(&p)?);
    let inverse = coefficient < p && coefficient.mul_mod(&q, &prime) == U4096::ONE;
    agree(inverse, "its coefficient is no inverse")
}

fn agree(holds: bool, otherwise: &'static str) -> Result<(), ProofError> {
    if holds { Ok(()) } else { Err(ProofError::Inconsistent(otherwise)) }
}

/// What exponents are reduced by.
fn order(prime: &U4096) -> Result<NonZero<U4096>, ProofError> {
    non_zero(prime)?;
    non_zero(&prime.wrapping_sub(&U4096::ONE))
}

fn non_zero(number: &U4096) -> Result<NonZero<U4096>, ProofError> {
    Option::from(NonZero::new(*number)).ok_or(ProofError::Inconsistent("a prime of it is one or zero"))
}

fn number(bytes: &[u8]) -> Result<U4096, ProofError> {
    let mut whole = Zeroizing::new([0_u8; U4096::BYTES]);
    let start = U4096::BYTES.checked_sub(bytes.len()).ok_or(ProofError::Malformed("an RSA key beyond 4096 bits"))?;
    if let Some(end) = whole.get_mut(start..) {
        end.copy_from_slice(bytes);
    }
    Ok(U4096::from_be_slice(whole.as_slice()))
}
