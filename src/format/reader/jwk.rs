//! JSON Web Keys: RSA, EC, octets (RFC 7517, RFC 7518), Ed25519 (RFC 8037), secp256k1 (RFC 8812), as Azure spells them too.

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::{Content, Form, Part, ReadError, encoding, shown};
use crate::format::lint::Finding;
use crate::format::lint::rules::form;
use crate::format::material::{EcPrivate, Ed25519Private, Material, PrivateKey, RsaFactors, RsaPrivate, SecretKey};
use crate::format::spki::{PublicKey, without_zeros};
use crate::key::spec::{AesBits, Curve, HashAlg, KeySpec};

/// Members that say something about the key and that people know by name. Names of others can be anything.
const KNOWN: [&str; 16] = [
    "use",
    "key_ops",
    "alg",
    "x5c",
    "x5t",
    "x5t#S256",
    "x5u",
    "ext",
    "exp",
    "nbf",
    "iat",
    "iss",
    "key_hsm",
    "attributes",
    "tags",
    "release_policy",
];

/// RFC 7517 section 4.2, and the IANA registry of JOSE algorithms, as far as keys have them.
const ALGORITHMS_AND_USES: [&str; 45] = [
    "sig",
    "enc",
    "HS1",
    "HS256",
    "HS384",
    "HS512",
    "RS1",
    "RS256",
    "RS384",
    "RS512",
    "ES256",
    "ES384",
    "ES512",
    "ES256K",
    "PS256",
    "PS384",
    "PS512",
    "EdDSA",
    "Ed25519",
    "RSA1_5",
    "RSA-OAEP",
    "RSA-OAEP-256",
    "RSA-OAEP-384",
    "RSA-OAEP-512",
    "A128KW",
    "A192KW",
    "A256KW",
    "dir",
    "ECDH-ES",
    "ECDH-ES+A128KW",
    "ECDH-ES+A192KW",
    "ECDH-ES+A256KW",
    "A128GCMKW",
    "A192GCMKW",
    "A256GCMKW",
    "A128CBC",
    "A192CBC",
    "A256CBC",
    "A128GCM",
    "A192GCM",
    "A256GCM",
    "A128CBC-HS256",
    "A192CBC-HS384",
    "A256CBC-HS512",
    "none",
];

const CURVES: [(&str, Curve); 5] = [
    ("P-256", Curve::P256),
    ("P-384", Curve::P384),
    ("P-521", Curve::P521),
    ("secp256k1", Curve::Secp256k1),
    // Azure's name of old.
    ("P-256K", Curve::Secp256k1),
];

/// One key of a document.
pub(in crate::format) struct Jwk<'a> {
    /// Its members.
    pub members: &'a Map<String, Value>,
    /// Where it stands: `keys[0]`; empty for the whole document.
    pub path: &'a str,
}

impl Jwk<'_> {
    /// Reads the key.
    pub(super) fn part(&self, findings: &mut Vec<Finding>) -> Result<Part, ReadError> {
        let material = match self.text("kty")? {
            "RSA" | "RSA-HSM" => self.rsa(findings)?,
            "EC" | "EC-HSM" => self.ec(findings)?,
            "OKP" => self.okp(findings)?,
            "oct" | "oct-HSM" => self.octets(findings)?,
            _ => return Err(self.wrong("kty", "is not RSA, EC, OKP or oct")),
        };
        let kid = self.members.get("kid").and_then(Value::as_str);
        let name = kid.filter(|kid| !shown::repeats_a_secret(kid, self.members)).map(str::to_owned);
        let beside = self.all_beside(name.is_some());
        Ok(Part { place: self.path.to_owned(), form: Form::Jwk, content: Content::Key(material), name, beside })
    }

    /// Every member that is neither the key nor its name: whoever writes only the key loses it.
    fn all_beside(&self, named: bool) -> Vec<String> {
        let own: &[&str] = match self.text("kty").unwrap_or_default() {
            "RSA" | "RSA-HSM" => &["n", "e", "d", "p", "q", "dp", "dq", "qi"],
            "EC" | "EC-HSM" => &["crv", "x", "y", "d"],
            "OKP" => &["crv", "x", "d"],
            _ => &["k"],
        };
        let is_own = |name: &str| name == "kty" || (name == "kid" && named) || own.contains(&name);
        let mut beside: Vec<String> = KNOWN.iter().filter_map(|name| self.beside(name)).collect();
        if !named && self.has("kid") {
            let is_text = self.members.get("kid").is_some_and(Value::is_string);
            let why = if is_text { "a kid that repeats the key" } else { "a kid that is not text" };
            beside.push(why.to_owned());
        }
        let others = self.members.iter().filter(|(name, value)| {
            !value.is_null() && *name != "kid" && !is_own(name) && !KNOWN.contains(&name.as_str())
        });
        match others.count() {
            0 => {}
            1 => beside.push("1 other member".to_owned()),
            count => beside.push(format!("{count} other members")),
        }
        beside
    }

    fn beside(&self, name: &str) -> Option<String> {
        match self.members.get(name)? {
            Value::Null => None,
            // Any other text could be the key itself.
            Value::String(text) if matches!(name, "alg" | "use") && ALGORITHMS_AND_USES.contains(&text.as_str()) => {
                Some(format!("{name} \"{text}\""))
            }
            _ => Some(name.to_owned()),
        }
    }

    fn rsa(&self, findings: &mut Vec<Finding>) -> Result<Material, ReadError> {
        let (modulus, exponent) = (self.number("n", findings)?, self.number("e", findings)?);
        if !self.has("d") {
            return self.public(PublicKey::rsa(&modulus, &exponent), "n");
        }
        if self.has("oth") {
            return Ok(Material::Private(PrivateKey::Other("RSA with more than two primes".to_owned())));
        }
        let private_exponent = self.number("d", findings)?;
        let names = ["p", "q", "dp", "dq", "qi"];
        let factors = match names.iter().filter(|name| self.has(name)).count() {
            0 => None,
            5 => Some(RsaFactors {
                primes: [self.number("p", findings)?, self.number("q", findings)?],
                exponents: [self.number("dp", findings)?, self.number("dq", findings)?],
                coefficient: self.number("qi", findings)?,
            }),
            _ => {
                let missing = names.into_iter().find(|name| !self.has(name)).unwrap_or("p");
                return Err(self
                    .wrong(missing, "is missing, and others of p, q, dp, dq, qi are there (RFC 7518 section 6.3.2)"));
            }
        };
        let (modulus, exponent) = (modulus.to_vec(), exponent.to_vec());
        Ok(Material::Private(PrivateKey::Rsa(RsaPrivate { modulus, exponent, private_exponent, factors })))
    }

    fn ec(&self, findings: &mut Vec<Finding>) -> Result<Material, ReadError> {
        let name = self.text("crv")?;
        let Some((_, curve)) = CURVES.into_iter().find(|(known, _)| *known == name) else {
            return Err(self.wrong("crv", "is not P-256, P-384, P-521 or secp256k1"));
        };
        let coordinate = |name, findings: &mut Vec<Finding>| {
            let bytes = self.bytes(name, findings)?;
            let rule = "is not as long as a coordinate of its curve (RFC 7518 section 6.2.1.2)";
            if bytes.len() == curve.field_bytes() { Ok(bytes) } else { Err(self.wrong(name, rule)) }
        };
        let point = [coordinate("x", findings)?.as_slice(), coordinate("y", findings)?.as_slice()].concat();
        if !self.has("d") {
            return self.public(PublicKey::ec(curve, &point), "x");
        }
        let scalar = self.bytes("d", findings)?;
        if scalar.len() != curve.field_bytes() {
            return Err(self.wrong("d", "is not as long as the order of its curve (RFC 7518 section 6.2.2.1)"));
        }
        Ok(Material::Private(PrivateKey::Ec(EcPrivate { curve, scalar, point: Some(point) })))
    }

    fn okp(&self, findings: &mut Vec<Finding>) -> Result<Material, ReadError> {
        match self.text("crv")? {
            "Ed25519" => {}
            other @ ("Ed448" | "X25519" | "X448") if self.has("d") => {
                return Ok(Material::Private(PrivateKey::Other(other.to_owned())));
            }
            _ => return Err(self.wrong("crv", "is not Ed25519")),
        }
        let point = self.bytes("x", findings)?;
        if point.len() != 32 {
            return Err(self.wrong("x", "does not have 32 bytes (RFC 8037 section 2)"));
        }
        if !self.has("d") {
            return self.public(PublicKey::ed25519(&point), "x");
        }
        let seed = <[u8; 32]>::try_from(self.bytes("d", findings)?.as_slice()).map(Zeroizing::new);
        let seed = seed.map_err(|_| self.wrong("d", "does not have 32 bytes (RFC 8037 section 2)"))?;
        Ok(Material::Private(PrivateKey::Ed25519(Ed25519Private { seed, point: Some(point.to_vec()) })))
    }

    fn octets(&self, findings: &mut Vec<Finding>) -> Result<Material, ReadError> {
        let value = self.bytes("k", findings)?;
        if value.is_empty() {
            return Err(self.wrong("k", "is empty"));
        }
        let stated = self.members.get("alg").and_then(Value::as_str).and_then(secret_spec);
        // An AES algorithm has one length; an HMAC takes keys of any (RFC 7518 section 3.2).
        let stated = stated.filter(|spec| matches!(spec, KeySpec::Aes(_)) || spec.secret_bytes() == Some(value.len()));
        Ok(Material::Secret(SecretKey { value, stated }))
    }

    fn public(
        &self,
        key: Result<PublicKey, crate::format::spki::SpkiError>,
        member: &str,
    ) -> Result<Material, ReadError> {
        key.map(Material::Public).map_err(|_| self.wrong(member, "makes no public key"))
    }

    /// Whether a member is there; one that is null is not.
    pub(in crate::format) fn has(&self, name: &str) -> bool {
        self.members.get(name).is_some_and(|value| !value.is_null())
    }

    /// A member that must be text.
    pub(in crate::format) fn text(&self, name: &str) -> Result<&str, ReadError> {
        match self.members.get(name) {
            None | Some(Value::Null) => Err(self.wrong(name, "is missing")),
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err(self.wrong(name, "is not text")),
        }
    }

    /// Octets in base64url; other spellings are read, and noted.
    pub(in crate::format) fn bytes(
        &self,
        name: &str,
        findings: &mut Vec<Finding>,
    ) -> Result<Zeroizing<Vec<u8>>, ReadError> {
        let text = self.text(name)?;
        let bytes = encoding::base64(text).map_err(|_| self.wrong(name, "is not base64url"))?;
        if text.contains(['+', '/', '=']) {
            self.spelling(name, "it has padding or the other base64 alphabet", findings);
        }
        Ok(bytes)
    }

    /// `Base64urlUInt` (RFC 7518 section 2): a number without leading zeros.
    fn number(&self, name: &str, findings: &mut Vec<Finding>) -> Result<Zeroizing<Vec<u8>>, ReadError> {
        let bytes = self.bytes(name, findings)?;
        let number = without_zeros(&bytes);
        if number.is_empty() {
            return Err(self.wrong(name, "is empty"));
        }
        if number.len() == bytes.len() {
            return Ok(bytes);
        }
        self.spelling(name, "it has leading zero bytes", findings);
        Ok(Zeroizing::new(number.to_vec()))
    }

    fn spelling(&self, name: &str, detail: &str, findings: &mut Vec<Finding>) {
        findings.push(Finding::new(&form::JWK_SPELLING, self.member(name), detail));
    }

    /// The error about a member.
    pub(in crate::format) fn wrong(&self, name: &str, rule: &'static str) -> ReadError {
        ReadError::Member { member: self.member(name), rule }
    }

    fn member(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }
}

/// What the `alg` of a symmetric key says (RFC 7518 sections 3.1, 4.1 and 5.1).
fn secret_spec(alg: &str) -> Option<KeySpec> {
    Some(match alg {
        "A128KW" | "A128GCM" | "A128GCMKW" | "A128CBC" => KeySpec::Aes(AesBits::B128),
        "A192KW" | "A192GCM" | "A192GCMKW" | "A192CBC" => KeySpec::Aes(AesBits::B192),
        "A256KW" | "A256GCM" | "A256GCMKW" | "A256CBC" => KeySpec::Aes(AesBits::B256),
        "HS1" => KeySpec::Hmac(HashAlg::Sha1),
        "HS256" => KeySpec::Hmac(HashAlg::Sha256),
        "HS384" => KeySpec::Hmac(HashAlg::Sha384),
        "HS512" => KeySpec::Hmac(HashAlg::Sha512),
        _ => return None,
    })
}
