//! PEM (RFC 7468), read with tolerance: text around the blocks, any line length and line ends, header lines (RFC 1421).

use zeroize::Zeroizing;

use super::encoding;

/// How many blocks are read; a file of certificate authorities has some 150.
pub(in crate::format) const MAXIMUM_BLOCKS: usize = 256;
/// The most header lines of one block.
const MAXIMUM_HEADERS: usize = 16;

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";

/// One block.
#[derive(Debug)]
pub(in crate::format) struct Block<'a> {
    /// `PRIVATE KEY`.
    pub label: &'a str,
    /// `Proc-Type` and the like.
    pub headers: Vec<(&'a str, &'a str)>,
    /// What the base64 stands for.
    pub content: Zeroizing<Vec<u8>>,
}

/// Why PEM cannot be read. No variant holds any content of a block.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(in crate::format) enum PemError {
    /// No `-----BEGIN`.
    #[error("it has no block")]
    NoBlock,
    /// More than [`MAXIMUM_BLOCKS`].
    #[error("it has more than {MAXIMUM_BLOCKS} blocks")]
    TooMany,
    /// A block that breaks a rule.
    #[error("{fault}")]
    Block {
        /// What is wrong.
        fault: PemFault,
        /// From 1.
        block: usize,
        /// The line of `-----BEGIN`, from 1.
        line: usize,
    },
}

/// What is wrong with a block.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(in crate::format) enum PemFault {
    /// Cut off.
    #[error("its END line is missing")]
    NoEnd,
    /// Two halves of two blocks.
    #[error("its BEGIN and END lines differ")]
    LabelsDiffer,
    /// A line that is neither header nor base64.
    #[error("it has lines that are not base64")]
    Lines,
    /// Damaged.
    #[error("its content is not base64")]
    Base64,
    /// Nothing between the lines.
    #[error("it is empty")]
    Empty,
}

/// Whether there is any block, at the beginning of a line or after blanks.
pub(in crate::format) fn has_block(text: &[u8]) -> bool {
    lines(text).any(|(_, line)| label(line, BEGIN).is_some())
}

/// Every block, in order. What stands around them is not looked at.
pub(in crate::format) fn blocks(text: &[u8]) -> Result<Vec<Block<'_>>, PemError> {
    // Counted before anything is decoded: many blocks are refused fast.
    let count =
        lines(text).filter(|(_, line)| label(line, BEGIN).is_some()).take(MAXIMUM_BLOCKS.saturating_add(1)).count();
    if count > MAXIMUM_BLOCKS {
        return Err(PemError::TooMany);
    }
    let mut blocks = Vec::with_capacity(count);
    let mut lines = lines(text);
    while let Some((line, begin)) = lines.next() {
        let Some(label) = label(begin, BEGIN) else { continue };
        let failed = |fault| PemError::Block { fault, block: blocks.len().saturating_add(1), line };
        let body = body(label, &mut lines).map_err(failed)?;
        let (headers, content) = content(&body, text.len()).map_err(failed)?;
        blocks.push(Block { label, headers, content });
    }
    if blocks.is_empty() { Err(PemError::NoBlock) } else { Ok(blocks) }
}

/// Lines with their numbers, from 1; CRLF, LF and the CR of old all end one.
fn lines(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut rest = Some(text);
    let next = move || {
        let here = rest?;
        let at = here.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        let Some((line, after)) = at.and_then(|at| here.split_at_checked(at)) else {
            rest = None;
            return Some(here);
        };
        let after = after.strip_prefix(b"\r\n").or_else(|| after.get(1..)).unwrap_or_default();
        rest = Some(after);
        Some(line)
    };
    (1_usize..).zip(std::iter::from_fn(next))
}

/// The label of a BEGIN or END line.
fn label<'a>(line: &'a [u8], mark: &[u8]) -> Option<&'a str> {
    let line = line.trim_ascii();
    let label = line.strip_prefix(mark)?;
    let label = label.strip_suffix(b"-----")?.trim_ascii();
    std::str::from_utf8(label).ok().filter(|label| !label.contains("-----"))
}

/// The lines up to the END line with the same label.
fn body<'a>(label: &str, lines: &mut impl Iterator<Item = (usize, &'a [u8])>) -> Result<Vec<&'a [u8]>, PemFault> {
    let mut body = Vec::new();
    for (_, line) in lines {
        if let Some(end) = self::label(line, END) {
            return if end == label { Ok(body) } else { Err(PemFault::LabelsDiffer) };
        }
        if self::label(line, BEGIN).is_some() {
            return Err(PemFault::NoEnd);
        }
        body.push(line.trim_ascii());
    }
    Err(PemFault::NoEnd)
}

type Headed<'a> = (Vec<(&'a str, &'a str)>, Zeroizing<Vec<u8>>);

/// Header lines end with an empty line (RFC 1421 section 4.4); all others are base64.
fn content<'a>(body: &[&'a [u8]], capacity: usize) -> Result<Headed<'a>, PemFault> {
    let mut headers = Vec::new();
    let mut base64 = Zeroizing::new(String::with_capacity(capacity));
    for line in body {
        let line = std::str::from_utf8(line).map_err(|_| PemFault::Lines)?;
        match line.split_once(':') {
            Some((name, value)) if base64.is_empty() && headers.len() < MAXIMUM_HEADERS => {
                headers.push((name.trim(), value.trim()));
            }
            Some(_) => return Err(PemFault::Lines),
            None => base64.extend(line.chars().filter(|c| !c.is_ascii_whitespace())),
        }
    }
    if base64.is_empty() {
        return Err(PemFault::Empty);
    }
    if base64.contains(['-', '_']) {
        return Err(PemFault::Base64);
    }
    let content = encoding::base64(&base64).map_err(|_| PemFault::Base64)?;
    Ok((headers, content))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "-----BEGIN X-----\nAAEC\n-----END X-----\n";

    fn fault(text: &str) -> PemFault {
        match blocks(text.as_bytes()) {
            Err(PemError::Block { fault, .. }) => fault,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn blocks_are_found_whatever_stands_around_them() {
        for text in [
            ONE.to_owned(),
            ONE.replace('\n', "\r\n"),
            ONE.replace('\n', "\r"),
            format!("\u{feff}{ONE}"),
            format!("Bag Attributes\n    friendlyName: x\n  {ONE}rest"),
            ONE.replace("AAEC", "AA\n EC \n"),
        ] {
            let blocks = blocks(text.as_bytes()).unwrap();
            assert_eq!(
                (blocks.len(), blocks[0].label, blocks[0].content.as_slice()),
                (1, "X", &[0, 1, 2][..]),
                "{text}"
            );
        }
        let latin = [b"Schl\xfcssel\n", ONE.as_bytes()].concat();
        assert_eq!(blocks(&latin).unwrap().len(), 1);
    }

    #[test]
    fn headers_stand_before_the_content() {
        let text = ONE.replace("AAEC", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAEC");
        let headers = blocks(text.as_bytes()).unwrap().remove(0).headers;
        assert_eq!(headers, [("Proc-Type", "4,ENCRYPTED"), ("DEK-Info", "AES-256-CBC,00")]);
        assert_eq!(fault(&ONE.replace("AAEC", "AAEC\nx: y")), PemFault::Lines);
    }

    #[test]
    fn damage_is_named_with_its_block() {
        assert_eq!(fault(&ONE.replace("END", "NOTHING")), PemFault::NoEnd);
        assert_eq!(fault(&ONE.replace("END X", "END Y")), PemFault::LabelsDiffer);
        assert_eq!(fault(&ONE.replace("AAEC", "AA*C")), PemFault::Base64);
        assert_eq!(fault(&ONE.replace("AAEC", "")), PemFault::Empty);
        let second = format!("{ONE}{}", ONE.replace("END", "NO"));
        assert_eq!(
            blocks(second.as_bytes()).unwrap_err(),
            PemError::Block { fault: PemFault::NoEnd, block: 2, line: 4 }
        );
        assert_eq!(blocks(b"nothing").unwrap_err(), PemError::NoBlock);
        assert_eq!(blocks(ONE.repeat(257).as_bytes()).unwrap_err(), PemError::TooMany);
    }
}
