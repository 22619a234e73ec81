//! RSA keys: what the public numbers show, and what the private ones do.

mod fermat;
mod primes;
mod residue;
mod roca;

use super::Finding;
use super::rules::rsa as rules;
use crate::format::material::RsaPrivate;
use crate::format::rsa_numbers::{Disagreement, Half, LONGEST, Numbers};
use crate::format::spki::{bit_length, without_zeros};
use fermat::Distance;
use primes::Prime;

const MODULUS: &str = "modulus";
const EXPONENT: &str = "public exponent";
const PRIVATE_EXPONENT: &str = "private exponent";
const PRIMES: &str = "primes";

/// What is wrong with a public key.
pub(super) fn public(modulus: &[u8], exponent: &[u8]) -> Vec<Finding> {
    let mut findings = of_public_numbers(modulus, exponent);
    // Whatever is this bad already needs no search for more.
    if !is_hopeless(&findings) {
        findings.extend(match fermat::distance(modulus) {
            Distance::Zero => Some(Finding::new(&rules::RSA_EQUAL_PRIMES, MODULUS, "it is a square")),
            Distance::Small => Some(Finding::new(&rules::RSA_CLOSE_PRIMES, MODULUS, "Fermat's method factors it")),
            Distance::Unknown => None,
        });
    }
    findings
}

/// What is wrong with a private key.
pub(super) fn private(key: &RsaPrivate) -> Vec<Finding> {
    let Some(numbers) = Numbers::of(key) else {
        let mut findings = public(&key.modulus, &key.exponent);
        findings.push(Finding::new(&rules::RSA_NO_PRIMES, PRIMES, "they are left out"));
        if !is_hopeless(&findings) {
            findings.extend(short_private_exponent(&key.modulus, &key.private_exponent));
        }
        return findings;
    };
    let mut findings = of_public_numbers(&key.modulus, &key.exponent);
    if !is_hopeless(&findings) {
        findings.extend(of_private_numbers(&numbers));
    }
    findings
}

fn of_public_numbers(modulus: &[u8], exponent: &[u8]) -> Vec<Finding> {
    let bits = bit_length(modulus);
    if bits > LONGEST {
        return vec![Finding::new(&rules::RSA_HUGE, MODULUS, format!("{bits} bits"))];
    }
    let mut findings = Vec::new();
    match bits {
        0..2048 => findings.push(Finding::new(&rules::RSA_SHORT, MODULUS, format!("{bits} bits"))),
        2048 | 3072 | 4096 => {}
        _ => findings.push(Finding::new(&rules::RSA_ODD_SIZE, MODULUS, format!("{bits} bits"))),
    }
    findings.extend(of_exponent(modulus, exponent));
    if let Some(factor) = residue::small_factor(modulus) {
        findings.push(Finding::new(&rules::RSA_SMALL_FACTOR, MODULUS, format!("{factor} divides it")));
    } else if roca::has_fingerprint(modulus) {
        findings.push(Finding::new(&rules::RSA_ROCA, MODULUS, "its remainders are powers of 65537"));
    }
    findings
}

fn of_exponent(modulus: &[u8], exponent: &[u8]) -> Option<Finding> {
    let exponent = without_zeros(exponent);
    let bits = bit_length(exponent);
    let not_below = (bits, exponent) >= (bit_length(modulus), without_zeros(modulus));
    let (rule, detail) = match (bits, exponent.last().map_or(0, |byte| byte % 2)) {
        (0, _) => (&rules::RSA_EXPONENT_USELESS, "it is zero".to_owned()),
        (1, _) => (&rules::RSA_EXPONENT_USELESS, "it is one".to_owned()),
        (_, 0) => (&rules::RSA_EXPONENT_USELESS, "it is even".to_owned()),
        _ if not_below => (&rules::RSA_EXPONENT_USELESS, "it is not below the modulus".to_owned()),
        (2..=16, _) => {
            let value = exponent.iter().fold(0_u32, |value, byte| (value << 8) | u32::from(*byte));
            (&rules::RSA_EXPONENT_SMALL, format!("it is {value}"))
        }
        (33.., _) => (&rules::RSA_EXPONENT_LONG, format!("{bits} bits")),
        _ => return None,
    };
    Some(Finding::new(rule, EXPONENT, detail))
}

/// A modulus that was not looked at further, or whose factors everybody finds.
fn is_hopeless(findings: &[Finding]) -> bool {
    findings.iter().any(|found| [&rules::RSA_HUGE, &rules::RSA_SMALL_FACTOR].contains(&found.rule))
}

/// The product first, then the primes: what fails there makes the rest mean nothing.
fn of_private_numbers(numbers: &Numbers<'_>) -> Vec<Finding> {
    let disagreements = numbers.disagreements();
    let fatal = |found: &&Disagreement| matches!(found, Disagreement::Product | Disagreement::Long);
    if let Some(found) = disagreements.iter().find(fatal) {
        return vec![Finding::new(&rules::RSA_PRODUCT, PRIMES, found.as_str())];
    }
    let mut findings = of_lengths(numbers);
    findings.extend(of_primes(numbers.primes));
    let untrusted = [&rules::RSA_NOT_PRIME, &rules::RSA_EQUAL_PRIMES];
    if findings.iter().any(|found| untrusted.contains(&found.rule)) {
        return findings;
    }
    findings.extend(short_private_exponent(numbers.modulus, numbers.private_exponent));
    findings.extend(disagreements.into_iter().map(of_disagreement));
    findings
}

fn of_lengths(numbers: &Numbers<'_>) -> Vec<Finding> {
    let [p, q] = numbers.primes.map(bit_length);
    let (rule, detail) = match p.min(q) {
        _ if p == q => return Vec::new(),
        least if least < bit_length(numbers.modulus) / 4 => (&rules::RSA_SMALL_FACTOR, format!("one has {least} bits")),
        _ => (&rules::RSA_UNEQUAL_PRIMES, format!("{p} and {q} bits")),
    };
    vec![Finding::new(rule, PRIMES, detail)]
}

fn of_primes([p, q]: [&[u8]; 2]) -> Vec<Finding> {
    if p == q {
        return vec![Finding::new(&rules::RSA_EQUAL_PRIMES, PRIMES, "p is q")];
    }
    let mut findings = Vec::new();
    for (bytes, place) in [(p, "first prime"), (q, "second prime")] {
        if primes::test(bytes) == Prime::Composite {
            findings.push(Finding::new(&rules::RSA_NOT_PRIME, place, "a test of Miller and Rabin, or of Lucas, fails"));
        }
    }
    if let Some(bits) = primes::too_close(p, q) {
        findings.push(Finding::new(&rules::RSA_CLOSE_PRIMES, PRIMES, format!("their first {bits} bits are the same")));
    }
    findings
}

fn short_private_exponent(modulus: &[u8], exponent: &[u8]) -> Option<Finding> {
    let (bits, whole) = (bit_length(exponent), bit_length(modulus));
    let short = bits <= whole / 2;
    short.then(|| {
        let detail = format!("it has at most half of the modulus' {whole} bits");
        Finding::new(&rules::RSA_SHORT_PRIVATE_EXPONENT, PRIVATE_EXPONENT, detail)
    })
}

fn of_disagreement(found: Disagreement) -> Finding {
    let (rule, place, detail) = match found {
        Disagreement::Long | Disagreement::Product => (&rules::RSA_PRODUCT, PRIMES, found.as_str()),
        Disagreement::Degenerate => (&rules::RSA_NOT_PRIME, PRIMES, found.as_str()),
        Disagreement::Range => (&rules::RSA_PRIVATE_EXPONENT, PRIVATE_EXPONENT, "it is not below the modulus"),
        Disagreement::Inverse => {
            (&rules::RSA_PRIVATE_EXPONENT, PRIVATE_EXPONENT, "it is no inverse of the public exponent")
        }
        Disagreement::Reduced(Half::First) => (&rules::RSA_CRT, "first exponent", "it is not d mod p-1"),
        Disagreement::Reduced(Half::Second) => (&rules::RSA_CRT, "second exponent", "it is not d mod q-1"),
        Disagreement::Coefficient => (&rules::RSA_CRT, "coefficient", "it is not the inverse of q modulo p"),
    };
    Finding::new(rule, place, detail)
}
