//! PEM (RFC 7468): one part for each block.

use zeroize::Zeroizing;

use super::{Layer, ReadError, Reading, der};

pub(super) fn read(text: &str) -> Result<Reading, ReadError> {
    let malformed = |why: String| ReadError::Malformed { form: "PEM", why };
    let blocks = pem::parse_many(text).map_err(|_| malformed("a block is damaged".to_owned()))?;
    let alone = blocks.len() == 1;
    let parts = blocks.into_iter().zip(1_usize..).map(|(block, number)| {
        let place = if alone { String::new() } else { format!("block {number}") };
        der::part(&Zeroizing::new(block.into_contents()), &place)
    });
    Ok(Reading { layers: vec![Layer::Pem], parts: parts.collect::<Result<_, _>>()?, findings: Vec::new() })
}
