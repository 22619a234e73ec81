//! JWK thumbprints (RFC 7638) of public keys.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::spki::{PublicKey, PublicKind};

/// The SHA-256 thumbprint, base64url without padding; `None` for a key that no JWK describes.
#[must_use]
pub fn thumbprint(key: &PublicKey) -> Option<String> {
    required_members(key.kind()).map(|json| URL_SAFE_NO_PAD.encode(Sha256::digest(json)))
}

/// The required members in lexicographic order without white space (RFC 7638 section 3.2, RFC 8037 appendix A.3).
fn required_members(kind: &PublicKind) -> Option<String> {
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    Some(match kind {
        PublicKind::Ec { curve, point } => {
            let (x, y) = point.split_at_checked(curve.field_bytes())?;
            // The standard's names are the JWK names too (RFC 7518 section 6.2.1.1, RFC 8812 section 3.1).
            let crv = curve.standard_name();
            format!(r#"{{"crv":"{crv}","kty":"EC","x":"{}","y":"{}"}}"#, encode(x), encode(y))
        }
        PublicKind::Ed25519(point) => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, encode(point)),
        PublicKind::Rsa { modulus, exponent } => {
            format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, encode(exponent), encode(modulus))
        }
        PublicKind::Other(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::spec::Curve;

    #[test]
    fn the_example_of_rfc_7638_section_3_1() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let key = PublicKey::rsa(&URL_SAFE_NO_PAD.decode(n).unwrap(), &[1, 0, 1]).unwrap();
        assert_eq!(thumbprint(&key).unwrap(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn the_example_of_rfc_8037_appendix_a_3() {
        let x = URL_SAFE_NO_PAD.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        let der = [hex::decode("302a300506032b6570032100").unwrap(), x].concat();
        let key = PublicKey::from_der(&der).unwrap();
        assert_eq!(thumbprint(&key).unwrap(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn coordinates_keep_their_leading_zeros() {
        // P-521, x = 1, y = 2: both are 66 bytes (RFC 7518 section 6.2.1.2).
        let mut point = vec![0; 132];
        point[65] = 1;
        point[131] = 2;
        let json = required_members(&PublicKind::Ec { curve: Curve::P521, point }).unwrap();
        let coordinate = format!("{}B", "A".repeat(87));
        assert!(json.contains(&format!(r#""crv":"P-521","kty":"EC","x":"{coordinate}""#)), "{json}");
    }
}
