//! SSH's data types (RFC 4251 section 5), read from hostile bytes.

/// What is left to read. Every reading returns nothing where the bytes break off or are not in their one form.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    /// `byte`
    pub(super) fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }

    /// `byte[n]`
    pub(super) fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    /// `uint32`
    pub(super) fn number(&mut self) -> Option<u32> {
        let (number, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*number))
    }

    /// `string`
    pub(super) fn string(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        self.bytes(length)
    }

    /// `string` that is printable ASCII, as every name in SSH is (RFC 4250 section 4.6.1).
    pub(super) fn text(&mut self) -> Option<&'a str> {
        let text = str::from_utf8(self.string()?).ok()?;
        text.bytes().all(|byte| byte.is_ascii_graphic()).then_some(text)
    }

    /// `mpint` that is positive, without its sign byte: "unnecessary leading bytes MUST NOT be included".
    pub(super) fn positive(&mut self) -> Option<&'a [u8]> {
        let number = self.string()?;
        match number {
            [0, rest @ ..] if rest.first().is_some_and(|first| *first >= 0x80) => Some(rest),
            [1..=0x7f, ..] => Some(number),
            _ => None,
        }
    }

    /// Nothing is left.
    pub(super) fn end(self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

/// Appends a `string`. What byok writes is far below 4 GiB; more would not be written.
pub(super) fn push_string(out: &mut Vec<u8>, string: &[u8]) {
    if let Ok(length) = u32::try_from(string.len()) {
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(string);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn positive(number: &[u8]) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        push_string(&mut bytes, number);
        Reader(&bytes).positive().map(<[u8]>::to_vec)
    }

    #[test]
    fn a_number_has_one_spelling() {
        assert_eq!(positive(&[1]), Some(vec![1]));
        assert_eq!(positive(&[0, 0x80]), Some(vec![0x80]));
        for bad in [&[][..], &[0], &[0, 0], &[0, 0x7f], &[0, 0, 0x80], &[0x80], &[0xff, 1]] {
            assert_eq!(positive(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_length_beyond_the_end_is_no_string() {
        assert_eq!(Reader(&[0, 0, 0, 2, 1]).string(), None);
        assert_eq!(Reader(&[0xff; 8]).string(), None);
        assert_eq!(Reader(&[0, 0, 0]).string(), None);
    }
}
