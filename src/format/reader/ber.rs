//! BER to DER (X.690 sections 8 and 10): what old tools write, in the one form that all other readers here take.
//!
//! Lengths become definite and minimal, integers minimal, true becomes FF, strings in pieces become whole. The order of
//! sets is left alone: no key depends on it.

use std::ops::Range;

use zeroize::Zeroizing;

/// The deepest nesting; a certificate has some seven levels, in CMS some eleven.
const DEPTH: usize = 16;
/// The most elements: a revocation list of 1 MiB has some 200,000.
const ELEMENTS: usize = 250_000;
/// By how many bytes DER can be longer than the BER of 1 MiB.
const SPARE: usize = 1024;

const CONSTRUCTED: u8 = 0x20;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;

/// One element in DER.
#[derive(Debug)]
pub(in crate::format) struct Canonical {
    /// The element.
    pub der: Zeroizing<Vec<u8>>,
    /// How many bytes of the input it took; what follows is something else.
    pub taken: usize,
    /// The first thing that is not DER, and the byte at which it stands.
    pub deviation: Option<(usize, &'static str)>,
}

/// Bytes that are no BER either, and the byte that shows it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(in crate::format) enum BerError {
    /// Truncated.
    #[error("it breaks off: the element at byte {at} needs {needed} more bytes than the file has")]
    Short {
        /// Where the element begins.
        at: usize,
        /// What is missing.
        needed: usize,
    },
    /// An indefinite length without its end.
    #[error("it breaks off: the element at byte {0} of indefinite length never ends")]
    Endless(usize),
    /// Inside an element that is too short for it.
    #[error("the element at byte {0} is longer than what holds it")]
    Overrun(usize),
    /// Nested deeper than any key.
    #[error("the element at byte {0} is nested deeper than {DEPTH} levels")]
    Deep(usize),
    /// More elements than any key file has.
    #[error("the element at byte {0} is one too many: at most {ELEMENTS} are read")]
    Many(usize),
    /// A rule of X.690.
    #[error("the element at byte {0} {1}")]
    Invalid(usize, &'static str),
}

/// Reads the first element.
pub(in crate::format) fn canonical(input: &[u8]) -> Result<Canonical, BerError> {
    let mut reader = Reader { input, at: 0, end: input.len(), bounded: false, depth: 0, elements: 0, deviation: None };
    // The one buffer, and never another: a definite length can be longer than an indefinite one, by some bytes for each
    // element of 64 KiB and more.
    let mut der = Zeroizing::new(Vec::with_capacity(input.len().saturating_add(SPARE)));
    reader.element(&mut der)?;
    Ok(Canonical { der, taken: reader.at, deviation: reader.deviation })
}

/// Whether bytes begin as DER or BER of a key file does: a sequence, and in it an integer, a sequence or an object
/// identifier. Random bytes do so once in half a million times; `--from raw` is for these.
pub(super) fn looks_like(input: &[u8]) -> bool {
    let Some((0x30, rest)) = input.split_first().map(|(first, rest)| (*first, rest)) else { return false };
    let header: usize = match rest.first() {
        Some(0x02..=0x80) => 1,
        Some(count @ 0x81..=0x84) => usize::from(count.saturating_sub(0x7f)),
        _ => return false,
    };
    match rest.get(header..).unwrap_or_default() {
        // Cut off so early that nothing else can be meant.
        [] | [0x02 | 0x06 | 0x30] => true,
        [0x02, length, ..] => matches!(length, 1..=0x42 | 0x81 | 0x82),
        [0x30, length, ..] => matches!(length, 2..=0x84),
        [0x06, length, ..] => matches!(length, 3..=0x0b),
        _ => false,
    }
}

struct Reader<'a> {
    input: &'a [u8],
    at: usize,
    /// Where the content of the surrounding element ends.
    end: usize,
    /// Whether some surrounding element says where that is; else the file does.
    bounded: bool,
    depth: usize,
    elements: usize,
    deviation: Option<(usize, &'static str)>,
}

impl Reader<'_> {
    /// Appends one element in DER. Its content is written first and then moved to make room for its length, at most once
    /// for each level: all of it takes time in proportion to the file.
    fn element(&mut self, out: &mut Vec<u8>) -> Result<(), BerError> {
        let start = self.at;
        self.elements = self.elements.saturating_add(1);
        if self.elements > ELEMENTS {
            return Err(BerError::Many(start));
        }
        let input = self.input;
        let tag = input.get(self.tag(start)?).unwrap_or_default();
        let first = tag.first().copied().unwrap_or_default();
        let length = self.length(start, first)?;
        let outer = (self.end, self.bounded);
        if let Some(length) = length {
            let end = self.at.checked_add(length).ok_or(BerError::Invalid(start, "has a length beyond all bounds"))?;
            if end > self.end {
                let needed = end.saturating_sub(self.end);
                return Err(self.too_short(start, needed));
            }
            (self.end, self.bounded) = (end, true);
        }
        match tag {
            // A string that came in pieces is primitive (section 10.2).
            [0x23 | 0x24] => out.push(first & !CONSTRUCTED),
            _ => out.extend_from_slice(tag),
        }
        let content = out.len();
        self.content(start, first, length.is_none(), out)?;
        (self.end, self.bounded) = outer;
        insert_length(out, content);
        Ok(())
    }

    /// Steps over the identifier octets (section 8.1.2).
    fn tag(&mut self, start: usize) -> Result<Range<usize>, BerError> {
        let mut byte = self.byte(start)?;
        if byte & 0x1f == 0x1f {
            loop {
                byte = self.byte(start)?;
                if byte & 0x80 == 0 {
                    break;
                }
                if self.at.saturating_sub(start) > 5 {
                    return Err(BerError::Invalid(start, "has a tag number beyond all bounds"));
                }
            }
        }
        Ok(start..self.at)
    }

    /// Reads the length octets (section 8.1.3); `None` is indefinite.
    fn length(&mut self, start: usize, first: u8) -> Result<Option<usize>, BerError> {
        let byte = self.byte(start)?;
        let count = usize::from(byte & 0x7f);
        if byte < 0x80 {
            return Ok(Some(count));
        }
        if count == 0 {
            if first & CONSTRUCTED == 0 {
                return Err(BerError::Invalid(start, "is primitive and of indefinite length"));
            }
            self.deviates(start, "an indefinite length");
            return Ok(None);
        }
        let mut length: usize = 0;
        for index in 0..count {
            let byte = self.byte(start)?;
            if index == 0 && byte == 0 {
                self.deviates(start, "a length with leading zeros");
            }
            if length >> 32 != 0 {
                return Err(BerError::Invalid(start, "has a length beyond all bounds"));
            }
            length = (length << 8) | usize::from(byte);
        }
        if length < 0x80 {
            self.deviates(start, "a length in more bytes than it needs");
        }
        Ok(Some(length))
    }

    fn content(&mut self, start: usize, first: u8, indefinite: bool, out: &mut Vec<u8>) -> Result<(), BerError> {
        let whole = out.len();
        if first & CONSTRUCTED == 0 {
            out.extend_from_slice(self.input.get(self.at..self.end).unwrap_or_default());
            self.at = self.end;
            return self.primitive(start, first, whole, out);
        }
        if self.depth >= DEPTH {
            return Err(BerError::Deep(start));
        }
        self.depth = self.depth.saturating_add(1);
        let pieces = matches!(first & !CONSTRUCTED, BIT_STRING | OCTET_STRING) && first & 0xc0 == 0;
        if pieces {
            self.deviates(start, "a string in pieces");
        }
        while indefinite || self.at < self.end {
            if indefinite && self.input.get(self.at..self.end).unwrap_or_default().starts_with(&[0, 0]) {
                self.at = self.at.saturating_add(2);
                break;
            }
            if self.at >= self.end {
                return Err(BerError::Endless(start));
            }
            if pieces { self.piece(first & !CONSTRUCTED, whole, out)? } else { self.element(out)? }
        }
        self.depth = self.depth.saturating_sub(1);
        Ok(())
    }

    /// One piece of the string whose content begins at `whole` (sections 8.6.4 and 8.7.3).
    fn piece(&mut self, tag: u8, whole: usize, out: &mut Vec<u8>) -> Result<(), BerError> {
        let (start, before) = (self.at, out.len());
        self.element(out)?;
        let element = out.get(before..).unwrap_or_default();
        let header = match element.get(1) {
            Some(length @ 0x81..=0x88) => usize::from(length & 0x7f).saturating_add(2),
            _ => 2,
        };
        if element.first() != Some(&tag) {
            return Err(BerError::Invalid(start, "is no piece of the string that holds it"));
        }
        let mut dropped = header;
        if tag == BIT_STRING {
            let unused = *element.get(header).ok_or(BerError::Invalid(start, "is an empty bit string"))?;
            // The first piece's count of unused bits stands for the whole; that of every other one only replaces it.
            if before > whole {
                match out.get_mut(whole) {
                    Some(count) if *count == 0 => *count = unused,
                    _ => return Err(BerError::Invalid(start, "follows a piece that is not whole")),
                }
                dropped = header.saturating_add(1);
            }
        }
        remove(out, before, dropped);
        Ok(())
    }

    /// Integers and booleans have one form in DER (sections 8.3.2 and 11.1).
    fn primitive(&mut self, start: usize, first: u8, at: usize, out: &mut Vec<u8>) -> Result<(), BerError> {
        match (first, out.get_mut(at..).unwrap_or_default()) {
            (0x02, []) => return Err(BerError::Invalid(start, "is an integer without content")),
            (0x02, content) => {
                let redundant = |pair: &[u8]| {
                    matches!(pair, [0, second] if *second < 0x80) || matches!(pair, [0xff, second] if *second >= 0x80)
                };
                let spare = content.windows(2).take_while(|pair| redundant(pair)).count();
                if spare > 0 {
                    self.deviates(start, "an integer with leading bytes that it does not need");
                    remove(out, at, spare);
                }
            }
            (0x01, [value]) if !matches!(value, 0 | 0xff) => {
                *value = 0xff;
                self.deviates(start, "a boolean that is neither 00 nor FF");
            }
            _ => {}
        }
        Ok(())
    }

    fn byte(&mut self, start: usize) -> Result<u8, BerError> {
        if self.at >= self.end {
            return Err(self.too_short(start, 1));
        }
        let byte = self.input.get(self.at).copied().unwrap_or_default();
        self.at = self.at.saturating_add(1);
        Ok(byte)
    }

    fn too_short(&self, at: usize, needed: usize) -> BerError {
        if self.bounded { BerError::Overrun(at) } else { BerError::Short { at, needed } }
    }

    fn deviates(&mut self, at: usize, what: &'static str) {
        if self.deviation.is_none() {
            self.deviation = Some((at, what));
        }
    }
}

/// Writes the length of the content that goes from `at` to the end before it: definite and minimal (section 10.1).
fn insert_length(out: &mut Vec<u8>, at: usize) {
    let end = out.len();
    let length = end.saturating_sub(at).to_be_bytes();
    let zeros = length.iter().take_while(|byte| **byte == 0).count();
    let digits = length.get(zeros..).unwrap_or_default();
    let (long, digits) = match digits {
        [] => (None, &[0][..]),
        [short] if *short < 0x80 => (None, digits),
        _ => (Some(u8::try_from(digits.len()).unwrap_or(8) | 0x80), digits),
    };
    out.extend(long);
    out.extend_from_slice(digits);
    if let Some(moved) = out.get_mut(at..) {
        moved.rotate_left(end.saturating_sub(at));
    }
}

/// Takes `count` bytes out at a place.
fn remove(out: &mut Vec<u8>, at: usize, count: usize) {
    if let Some(moved) = out.get_mut(at..).filter(|moved| count <= moved.len()) {
        moved.rotate_left(count);
        out.truncate(out.len().saturating_sub(count));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn der(hex: &str) -> Result<(String, Option<&'static str>), BerError> {
        let found = canonical(&hex::decode(hex.replace(' ', "")).unwrap())?;
        Ok((hex::encode(found.der.as_slice()), found.deviation.map(|(_, what)| what)))
    }

    #[test]
    fn der_stays_as_it_is() {
        for hex in ["3003020101", "300602010004 0130", "0500", "a003020102", "9f1f0101"] {
            assert_eq!(der(hex).unwrap(), (hex.replace(' ', ""), None));
        }
    }

    #[test]
    fn every_deviation_is_named_and_put_right() {
        for (ber, wanted, what) in [
            ("3080 020101 0000", "3003020101", "an indefinite length"),
            ("308103 020101", "3003020101", "a length in more bytes than it needs"),
            ("30820003 020101", "3003020101", "a length with leading zeros"),
            ("3004 02020001", "3003020101", "an integer with leading bytes that it does not need"),
            ("3004 0202ffff", "30030201ff", "an integer with leading bytes that it does not need"),
            ("010101", "0101ff", "a boolean that is neither 00 nor FF"),
            ("2406 040101 040102", "04020102", "a string in pieces"),
            ("2480 040101 2403040102 0000", "04020102", "an indefinite length"),
            ("2308 03020001 03020480", "0303040180", "a string in pieces"),
        ] {
            assert_eq!(der(ber), Ok((wanted.to_owned(), Some(what))), "{ber}");
        }
    }

    #[test]
    fn what_is_no_ber_says_at_which_byte() {
        for (bad, error) in [
            ("", BerError::Short { at: 0, needed: 1 }),
            ("30", BerError::Short { at: 0, needed: 1 }),
            ("3005 0201", BerError::Short { at: 0, needed: 3 }),
            ("3080 020101", BerError::Endless(0)),
            ("3003 020201", BerError::Overrun(2)),
            ("0280", BerError::Invalid(0, "is primitive and of indefinite length")),
            ("0200", BerError::Invalid(0, "is an integer without content")),
            ("2403 020101", BerError::Invalid(2, "is no piece of the string that holds it")),
            ("30850100000000", BerError::Short { at: 0, needed: 1 << 32 }),
            ("30890100000000000000 00", BerError::Invalid(0, "has a length beyond all bounds")),
        ] {
            assert_eq!(der(bad), Err(error), "{bad}");
        }
        let deep = [0x30, 0x80].repeat(1000);
        assert_eq!(canonical(&deep).unwrap_err(), BerError::Deep(32));
    }

    /// A buffer for each element, as large as the rest of the file, took minutes for these.
    #[test]
    fn time_is_in_proportion_to_the_size() {
        let began = std::time::Instant::now();
        let pieces = [&[0x24, 0x80][..], &[4, 1, 7].repeat(240_000), &[0, 0]].concat();
        assert_eq!(canonical(&pieces).unwrap().der.len(), 240_000 + 5);
        let bits = [&[0x23, 0x80][..], &[3, 2, 0, 7].repeat(240_000), &[0, 0]].concat();
        assert_eq!(canonical(&bits).unwrap().der.len(), 240_001 + 5);
        let endless = [&[0x30, 0x80][..], &[0x30, 0x80, 0, 0].repeat(240_000), &[0, 0]].concat();
        let found = canonical(&endless).unwrap();
        assert_eq!((found.der.len(), found.der.capacity()), (480_000 + 5, endless.len() + SPARE));
        assert!(began.elapsed() < std::time::Duration::from_secs(10), "{:?}", began.elapsed());
    }

    #[test]
    fn elements_are_counted_and_the_buffer_never_grows() {
        let many = [&[0x30, 0x80][..], &[5, 0].repeat(ELEMENTS), &[0, 0]].concat();
        assert_eq!(canonical(&many).unwrap_err(), BerError::Many(2 * ELEMENTS));
        // Fifteen elements of 64 KiB on every level that there is.
        let long = [&[0x30, 0x80][..], &[0x24, 0x80, 4, 0x82, 0xff, 0xfe], &vec![7; 0xfffe], &[0, 0, 0, 0]].concat();
        let wide = [[0x30, 0x80].repeat(13), long.repeat(15), [0, 0].repeat(13)].concat();
        let found = canonical(&wide).unwrap();
        assert_eq!(found.der.capacity(), wide.len() + SPARE);
    }

    #[test]
    fn what_follows_is_left() {
        let found = canonical(&[0x30, 0, 0x0a]).unwrap();
        assert_eq!((found.taken, found.der.as_slice()), (2, &[0x30, 0][..]));
    }

    #[test]
    fn key_files_are_told_from_random_bytes() {
        assert!(looks_like(&[0x30, 0x82, 0x04, 0xbd, 0x02, 0x01, 0x00]) && looks_like(&[0x30, 0x80, 0x06, 0x09]));
        assert!(looks_like(&[0x30, 0x82]) && !looks_like(&[0x30]) && !looks_like(&[0x30, 0x41, 0x77, 0x01]));
    }
}
