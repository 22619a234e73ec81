//! What came out of a wrapped blob, compared with what is known of the key that went in.

use zeroize::Zeroizing;

use super::private_key;
use crate::key::spec::HashAlg;
use crate::wrap::capability::{Finding, Target, Verdict};
use crate::wrap::known_answer;

/// What is known of a throw-away key.
pub(super) enum Truth {
    /// A secret key whose value was put in.
    Value(Zeroizing<Vec<u8>>),
    /// A secret key made in the token: its length, and what it answers.
    Answer {
        /// In bytes.
        length: usize,
        /// What the token computed with it.
        answer: Answer,
    },
    /// The private half of this public one, DER SubjectPublicKeyInfo.
    Public {
        /// Which kind of pair.
        target: Target,
        /// As the token gave it.
        spki: Vec<u8>,
    },
}

/// A value that the token computed with a key, to recognise the key by.
pub(super) enum Answer {
    /// AES-CMAC of [`MESSAGE`].
    Cmac(Vec<u8>),
    /// HMAC-SHA-256 of [`MESSAGE`].
    Hmac(Vec<u8>),
    /// One zero block under AES-ECB.
    ZeroBlock(Zeroizing<Vec<u8>>),
}

/// What the token is asked to encrypt and to sign.
pub(super) const MESSAGE: &[u8] = b"byok probe: a known answer";

impl Answer {
    /// Whether `key` gives the same answer in software.
    fn is_of(&self, key: &[u8]) -> bool {
        match self {
            Self::Cmac(answer) => cmac(key).as_ref() == Some(answer),
            Self::Hmac(answer) => hmac_sha256(key).as_ref() == Some(answer),
            Self::ZeroBlock(answer) => known_answer::zero_block(key).is_some_and(|block| block == *answer),
        }
    }
}

/// AES-CMAC of [`MESSAGE`]; `None` when `key` is no AES key.
pub(super) fn cmac(key: &[u8]) -> Option<Vec<u8>> {
    known_answer::cmac(key, MESSAGE)
}

/// HMAC-SHA-256 of [`MESSAGE`].
pub(super) fn hmac_sha256(key: &[u8]) -> Option<Vec<u8>> {
    known_answer::hmac(HashAlg::Sha256, key, MESSAGE)
}

impl Truth {
    /// Judges what was found inside a blob.
    pub(super) fn judge(&self, plain: &[u8]) -> Finding {
        match self {
            Self::Value(value) => judge_secret(value.len(), |bytes| bytes == value.as_slice(), plain),
            Self::Answer { length, answer } => judge_secret(*length, |bytes| answer.is_of(bytes), plain),
            Self::Public { target, spki } => private_key::judge(*target, spki, plain),
        }
    }

    /// The value, where it is known from the start.
    pub(super) fn value(&self) -> Option<&[u8]> {
        match self {
            Self::Value(value) => Some(value),
            Self::Answer { .. } | Self::Public { .. } => None,
        }
    }
}

/// A secret key is its bytes and nothing more (PKCS#11 v3.1 section 5.18.3).
fn judge_secret(length: usize, is_it: impl Fn(&[u8]) -> bool, plain: &[u8]) -> Finding {
    if plain.len() == length {
        return if is_it(plain) {
            Finding::conformant()
        } else {
            Finding::new(Verdict::WrongFormat, format!("{length} other bytes"))
        };
    }
    let came_out = format!("{length}-byte keys become {} bytes", plain.len());
    match plain.split_at_checked(length) {
        Some((key, rest)) if is_it(key) && is_zero(rest) => Finding::new(Verdict::ZeroPadded, came_out),
        _ => Finding::new(Verdict::WrongFormat, came_out),
    }
}

/// Only zero bytes, and at least one.
pub(super) fn is_zero(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|byte| *byte == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wrap::known_answer::zero_block;

    fn verdicts(truth: &Truth, key: &[u8]) -> [Verdict; 4] {
        let padded = [key, &[0; 4]].concat();
        let other: Vec<u8> = key.iter().map(|byte| byte ^ 1).collect();
        [key, &padded, &other, &key[1..]].map(|plain| truth.judge(plain).verdict)
    }

    #[test]
    fn a_secret_key_is_known_by_its_bytes_or_by_its_answers() {
        use Verdict::{Conformant, WrongFormat, ZeroPadded};
        let (short, long) = ([7; 28], [9; 32]);
        let expected = [Conformant, ZeroPadded, WrongFormat, WrongFormat];
        assert_eq!(verdicts(&Truth::Value(Zeroizing::new(short.to_vec())), &short), expected);
        let hmac = Answer::Hmac(hmac_sha256(&short).unwrap());
        assert_eq!(verdicts(&Truth::Answer { length: 28, answer: hmac }, &short), expected);
        let cmac = Answer::Cmac(cmac(&long).unwrap());
        assert_eq!(verdicts(&Truth::Answer { length: 32, answer: cmac }, &long), expected);
        let block = Answer::ZeroBlock(zero_block(&long).unwrap());
        assert_eq!(verdicts(&Truth::Answer { length: 32, answer: block }, &long), expected);
    }
}
