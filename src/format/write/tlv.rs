//! DER, from the inside out (X.690 section 8.1), in buffers that are wiped and never grow.

use zeroize::Zeroizing;

pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTETS: u8 = 0x04;
pub(super) const NULL: u8 = 0x05;
pub(super) const OID: u8 = 0x06;
pub(super) const BMP: u8 = 0x1e;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;
/// `[0] IMPLICIT` of something without structure.
pub(super) const IMPLICIT_0: u8 = 0x80;
/// `[0] EXPLICIT`.
pub(super) const EXPLICIT_0: u8 = 0xa0;

/// DER that may hold a secret.
pub(super) type Der = Zeroizing<Vec<u8>>;

/// One element around parts that follow each other.
pub(super) fn element(tag: u8, parts: &[&[u8]]) -> Der {
    let length = parts.iter().fold(0_usize, |sum, part| sum.saturating_add(part.len()));
    let mut der = Zeroizing::new(Vec::with_capacity(length.saturating_add(10)));
    der.push(tag);
    if let Ok(short @ ..0x80) = u8::try_from(length) {
        der.push(short);
    } else {
        let bytes = length.to_be_bytes();
        let bytes = bytes.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<_>>();
        der.push(u8::try_from(bytes.len()).unwrap_or_default() | 0x80);
        der.extend(bytes);
    }
    for part in parts {
        der.extend_from_slice(part);
    }
    der
}

pub(super) fn sequence(parts: &[&[u8]]) -> Der {
    element(SEQUENCE, parts)
}

/// A number of up to 32 bits.
pub(super) fn integer(number: u32) -> Der {
    // One zero in front keeps it positive (X.690 section 8.3.3); all others go.
    let bytes: Vec<u8> = std::iter::once(0).chain(number.to_be_bytes()).collect();
    let needless = bytes.windows(2).take_while(|pair| matches!(pair, [0, ..0x80])).count();
    element(INTEGER, &[bytes.get(needless..).unwrap_or_default()])
}

/// An object identifier.
pub(super) fn oid(dotted: &str) -> Der {
    let oid = der::asn1::ObjectIdentifier::new(dotted);
    element(OID, &[oid.as_ref().map(der::asn1::ObjectIdentifier::as_bytes).unwrap_or_default()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_numbers_are_as_short_as_they_can_be() {
        for (number, der) in
            [(0, "020100"), (127, "02017f"), (128, "02020080"), (600_000, "02030927c0"), (u32::MAX, "020500ffffffff")]
        {
            assert_eq!(hex::encode(integer(number).as_slice()), der);
        }
        for (length, start) in [(0, "0400"), (127, "047f"), (128, "048180"), (256, "04820100"), (65536, "0483010000")] {
            let der = element(OCTETS, &[&vec![7; length]]);
            assert_eq!(hex::encode(&der[..der.len() - length]), start);
        }
        assert_eq!(hex::encode(oid("1.2.840.113549.1.5.13").as_slice()), "06092a864886f70d01050d");
    }
}
