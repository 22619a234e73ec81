//! Symmetric keys: all that bytes without structure can give away about how they came to be.

use super::rules::raw as rules;
use super::{Finding, Rule};
use crate::format::material::SecretKey;
use crate::key::spec;

/// The longest run of bytes whose repetition is looked for.
const LONGEST_PERIOD: usize = 8;

/// What is wrong with a symmetric key.
pub(super) fn findings(key: &SecretKey) -> Vec<Finding> {
    let bytes = key.value.as_slice();
    let mut findings: Vec<Finding> = mistaken(bytes).into_iter().collect();
    findings.extend(pattern(bytes).map(|(rule, detail)| Finding::new(rule, "", detail)));
    if findings.is_empty() && is_printable(bytes) {
        findings.push(Finding::new(&rules::RAW_TEXT, "", format!("{} printable characters", bytes.len())));
    }
    findings.extend(size(key, findings.is_empty()));
    findings
}

/// Text, or a key with a newline, in place of a key.
fn mistaken(bytes: &[u8]) -> Option<Finding> {
    let text = without_newline(bytes);
    let end = match bytes.len().checked_sub(text.len())? {
        0 => "",
        _ => " and a newline",
    };
    if is_utf16(bytes) {
        return Some(Finding::new(&rules::RAW_UTF16, "", format!("{} bytes of UTF-16", bytes.len())));
    }
    if let Some(length) = hex_length(text) {
        let detail = format!("{} hexadecimal digits{end}, the text of {length} bytes", length.saturating_mul(2));
        return Some(Finding::new(&rules::RAW_HEX, "", detail));
    }
    if let Some(length) = base64_length(text) {
        let detail = format!("{} base64 characters{end}, the text of {length} bytes", text.len());
        return Some(Finding::new(&rules::RAW_BASE64, "", detail));
    }
    if text.len() < bytes.len() && is_size(text.len()) {
        let place = format!("byte {}", text.len().saturating_add(1));
        return Some(Finding::new(&rules::RAW_NEWLINE, place, format!("a key of {} bytes{end}", text.len())));
    }
    None
}

/// The pattern that all bytes follow, for the scalars and seeds of pairs too.
pub(super) fn pattern(bytes: &[u8]) -> Option<(&'static Rule, String)> {
    if bytes.len() < LONGEST_PERIOD {
        return None;
    }
    if bytes.iter().all(|byte| *byte == 0) {
        return Some((&rules::RAW_ZERO, format!("{} bytes", bytes.len())));
    }
    if let Some(period) = (1..=LONGEST_PERIOD.min(bytes.len() / 2)).find(|period| repeats(bytes, *period)) {
        let what = if period == 1 { "one byte".to_owned() } else { format!("a run of {period} bytes") };
        return Some((&rules::RAW_REPEATED, format!("{what}, repeated")));
    }
    counts(bytes).then(|| (&rules::RAW_COUNTING, format!("all {} bytes", bytes.len())))
}

fn repeats(bytes: &[u8], period: usize) -> bool {
    bytes.iter().zip(bytes.iter().skip(period)).all(|(one, next)| one == next)
}

fn counts(bytes: &[u8]) -> bool {
    let mut steps = bytes.iter().zip(bytes.iter().skip(1)).map(|(one, next)| next.wrapping_sub(*one));
    let Some(first) = steps.next() else { return false };
    steps.all(|step| step == first)
}

fn is_printable(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|byte| matches!(byte, b' '..=b'~'))
}

fn size(key: &SecretKey, alone: bool) -> Option<Finding> {
    let length = key.value.len();
    match key.stated {
        Some(stated) if stated.secret_bytes() != Some(length) => {
            Some(Finding::new(&rules::STATED_SIZE, "", format!("{length} bytes, stated as {stated}")))
        }
        // Whatever was found before says better why the size is wrong.
        _ => (alone && !is_size(length)).then(|| Finding::new(&rules::RAW_SIZE, "", format!("{length} bytes"))),
    }
}

/// A size that a symmetric key of some type has.
fn is_size(length: usize) -> bool {
    spec::ALL.iter().any(|spec| spec.secret_bytes() == Some(length))
}

fn without_newline(bytes: &[u8]) -> &[u8] {
    let shorter = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    shorter.strip_suffix(b"\r").filter(|_| shorter.len() < bytes.len()).unwrap_or(shorter)
}

/// ASCII in either byte order, with or without a mark; of other text random bytes cannot be told.
fn is_utf16(bytes: &[u8]) -> bool {
    let unmarked = bytes.strip_prefix(&[0xff, 0xfe]).or_else(|| bytes.strip_prefix(&[0xfe, 0xff])).unwrap_or(bytes);
    let (units, rest) = unmarked.as_chunks::<2>();
    let text = |byte: u8| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~');
    rest.is_empty()
        && units.len() >= LONGEST_PERIOD / 2
        && (units.iter().all(|[low, high]| *high == 0 && text(*low))
            || units.iter().all(|[high, low]| *high == 0 && text(*low)))
}

/// The number of bytes that hexadecimal digits stand for, with or without `0x` and colons or spaces between.
fn hex_length(text: &[u8]) -> Option<usize> {
    let digits = text.strip_prefix(b"0x").or_else(|| text.strip_prefix(b"0X")).unwrap_or(text);
    let (mut count, mut gaps) = (0_usize, 0_usize);
    for byte in digits {
        match byte {
            b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F' => count = count.saturating_add(1),
            b':' | b' ' | b'-' => gaps = gaps.saturating_add(1),
            _ => return None,
        }
    }
    let length = count / 2;
    (count % 2 == 0 && gaps < length && is_size(length)).then_some(length)
}

/// The number of bytes that base64 characters stand for (RFC 4648 sections 4 and 5), with or without padding.
fn base64_length(text: &[u8]) -> Option<usize> {
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    let digits = text.len().checked_sub(padding)?;
    let whole = padding <= 2 && (padding == 0 || text.len().is_multiple_of(4)) && digits % 4 != 1;
    let length = digits.checked_mul(3)? / 4;
    let of_alphabet = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
    (whole && is_size(length) && text.iter().take(digits).all(of_alphabet)).then_some(length)
}
