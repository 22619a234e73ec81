//! PEM (RFC 7468), read with tolerance: text around the blocks, any line length and line ends, header lines (RFC 1421).

use zeroize::Zeroizing;

use super::encoding;

/// How many blocks are read; a file of certificate authorities has some 150.
pub(in crate::format) const MAXIMUM_BLOCKS: usize = 256;
/// The most header lines of one block.
const MAXIMUM_HEADERS: usize = 16;

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";
/// The longest label that is looked for, in bytes.
const LONGEST_LABEL: usize = 80;

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
    /// No label, or no dashes behind it.
    #[error("its BEGIN line is damaged")]
    BeginLine,
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

/// Whether there is any block.
pub(in crate::format) fn has_block(text: &[u8]) -> bool {
    find(text, BEGIN).is_some()
}

/// The labels of all blocks, whatever is in these.
pub(in crate::format) fn labels(text: &[u8]) -> impl Iterator<Item = &str> {
    begins(text).filter_map(|at| label(text.get(at..)?, BEGIN).map(|(label, _)| label))
}

/// Every block, in order. What stands around them is not looked at; line breaks that got lost do not matter.
pub(in crate::format) fn blocks(text: &[u8]) -> Result<Vec<Block<'_>>, PemError> {
    // Counted before anything is decoded: many blocks are refused fast.
    let count = begins(text).take(MAXIMUM_BLOCKS.saturating_add(1)).count();
    match count {
        0 => return Err(PemError::NoBlock),
        _ if count > MAXIMUM_BLOCKS => return Err(PemError::TooMany),
        _ => {}
    }
    let numbered = begins(text).zip(1_usize..);
    let read = |(at, number): (usize, usize)| {
        let (before, block) = text.split_at_checked(at).unwrap_or_default();
        let failed = |fault| PemError::Block { fault, block: number, line: lines(before).count() };
        self::block(block).map_err(failed)
    };
    numbered.map(read).collect()
}

/// Where each `-----BEGIN ` stands.
fn begins(text: &[u8]) -> impl Iterator<Item = usize> {
    let mut from = 0_usize;
    std::iter::from_fn(move || {
        let at = find(text.get(from..)?, BEGIN)?.checked_add(from)?;
        from = at.checked_add(BEGIN.len())?;
        Some(at)
    })
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

/// The block that begins here.
fn block(text: &[u8]) -> Result<Block<'_>, PemFault> {
    let (label, rest) = label(text, BEGIN).ok_or(PemFault::BeginLine)?;
    let end = find(rest, END).ok_or(PemFault::NoEnd)?;
    let (body, end) = rest.split_at_checked(end).unwrap_or_default();
    if has_block(body) {
        return Err(PemFault::NoEnd);
    }
    match self::label(end, END) {
        Some((other, _)) if other == label => {}
        Some(_) => return Err(PemFault::LabelsDiffer),
        None => return Err(PemFault::NoEnd),
    }
    let (headers, content) = content(body)?;
    Ok(Block { label, headers, content })
}

/// The label of a BEGIN or END line, and what follows it.
fn label<'a>(text: &'a [u8], mark: &[u8]) -> Option<(&'a str, &'a [u8])> {
    let text = text.strip_prefix(mark)?;
    let at = find(text.get(..LONGEST_LABEL).unwrap_or(text), DASHES)?;
    let (label, rest) = text.split_at_checked(at)?;
    let label = std::str::from_utf8(label).ok().filter(|label| !label.contains(['\n', '\r']))?;
    Some((label.trim(), rest.strip_prefix(DASHES)?))
}

/// Lines that end with CRLF, LF or the CR of old.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let here = rest?;
        let at = here.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        let Some((line, after)) = at.and_then(|at| here.split_at_checked(at)) else {
            rest = None;
            return Some(here);
        };
        rest = after.strip_prefix(b"\r\n").or_else(|| after.get(1..));
        Some(line)
    })
}

type Headed<'a> = (Vec<(&'a str, &'a str)>, Zeroizing<Vec<u8>>);

/// Header lines end with an empty line (RFC 1421 section 4.4); all others are base64.
fn content(body: &[u8]) -> Result<Headed<'_>, PemFault> {
    let mut headers = Vec::new();
    let mut base64 = Zeroizing::new(String::with_capacity(body.len()));
    for line in lines(body) {
        let line = std::str::from_utf8(line.trim_ascii()).map_err(|_| PemFault::Lines)?;
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
            ONE.replace('\n', ""),
            ONE.replace('\n', " "),
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
        assert_eq!(fault(&ONE.replace("BEGIN X--", "BEGIN X\n--")), PemFault::BeginLine);
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
