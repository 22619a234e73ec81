//! The primes of an RSA key whose file left them out (NIST SP 800-56B revision 2 appendix C.2).

use der::Decode;
use rsa::pkcs1::{EncodeRsaPrivateKey, RsaPrivateKeyRef};
use rsa::{BoxedUint, RsaPrivateKey};
use zeroize::Zeroizing;

use super::WriteError;
use crate::format::material::{Material, PrivateKey, RsaFactors, RsaPrivate};
use crate::format::spki::without_zeros;

/// The same key with its primes, when it is an RSA key without.
///
/// # Errors
/// [`WriteError::NoFactors`]: the numbers are of no key with two primes, or its public exponent is below 65537.
pub fn completed(material: Material) -> Result<Material, WriteError> {
    match material {
        Material::Private(PrivateKey::Rsa(key)) if key.factors.is_none() => {
            let factors = Some(factors(&key)?);
            Ok(Material::Private(PrivateKey::Rsa(RsaPrivate { factors, ..key })))
        }
        other => Ok(other),
    }
}

fn factors(key: &RsaPrivate) -> Result<RsaFactors, WriteError> {
    let number = |bytes: &[u8]| BoxedUint::from_be_slice_vartime(bytes);
    let [n, e, d] = [number(&key.modulus), number(&key.exponent), number(&key.private_exponent)];
    let whole = RsaPrivateKey::from_components(n, e, d, Vec::new()).map_err(|_| WriteError::NoFactors)?;
    let der = whole.to_pkcs1_der().map_err(|_| WriteError::NoFactors)?;
    let key = RsaPrivateKeyRef::from_der(der.as_bytes()).map_err(|_| WriteError::NoFactors)?;
    let secret = |bytes: &[u8]| Zeroizing::new(without_zeros(bytes).to_vec());
    Ok(RsaFactors {
        primes: [secret(key.prime1.as_bytes()), secret(key.prime2.as_bytes())],
        exponents: [secret(key.exponent1.as_bytes()), secret(key.exponent2.as_bytes())],
        coefficient: secret(key.coefficient.as_bytes()),
    })
}
