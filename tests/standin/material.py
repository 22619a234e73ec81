"""Key material as the services document it: raw bytes of secret keys, PKCS#8 (RFC 5208) DER of private ones."""

from cryptography.hazmat.primitives import serialization

import der
from refusal import Refusal, require

RSA_ENCRYPTION = "1.2.840.113549.1.1.1"
EC_PUBLIC_KEY = "1.2.840.10045.2.1"
ED25519 = "1.3.101.112"
# Object identifier: name, octets of a private scalar (SEC 2, RFC 5480)
CURVES = {
    "1.2.840.10045.3.1.7": ("P-256", 32),
    "1.3.132.0.34": ("P-384", 48),
    "1.3.132.0.35": ("P-521", 66),
    "1.3.132.0.10": ("P-256K", 32),
}
PUBLIC_EXPONENT = 65537


def secret(data, lengths):
    """Raw bytes of a secret key of one of these lengths."""
    known = " or ".join(str(length) for length in lengths)
    require(len(data) in lengths, "secret-length", f"{len(data)} bytes of key material where {known} belong")
    return {"type": "secret", "material": data.hex()}


def private(data):
    """A private key out of PKCS#8 DER without a byte to spare: what it is, and its public half."""
    _refuse_other_encodings(data)
    reader = der.Reader(data, "the PKCS#8 structure")
    info = reader.inside(der.SEQUENCE, "PrivateKeyInfo")
    reader.end("trailing-bytes")
    require(info.integer() == 0, "pkcs8-version", "the PKCS#8 version is not 0 (RFC 5208)")
    algorithm = info.inside(der.SEQUENCE, "AlgorithmIdentifier")
    oid = algorithm.oid()
    body = info.next(der.OCTET_STRING)
    if info.peek() == der.context(0):
        info.next(der.context(0))
    info.end()
    described = _described(oid, algorithm, body)
    algorithm.end()
    try:
        key = serialization.load_der_private_key(data, None)
    except ValueError as error:
        raise Refusal("inconsistent", f"the numbers of the key do not belong together: {error}") from None
    pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return described | {"public": pem.decode(), "material": data.hex()}


def _refuse_other_encodings(data):
    require(data, "empty", "no key material")
    require(not data.lstrip().startswith(b"-----BEGIN"), "pem", "PEM where DER belongs")
    require(data[0] == der.SEQUENCE, "no-der", "key material that is no DER structure")
    inner = der.Reader(der.Reader(data, "the structure").next(der.SEQUENCE), "the structure")
    if inner.peek() == der.SEQUENCE:
        raise Refusal("encrypted", "an encrypted or a public key structure where PrivateKeyInfo belongs")
    version = inner.integer()
    following = inner.peek()
    if version == 1 and following == der.OCTET_STRING:
        raise Refusal("sec1", "a SEC 1 ECPrivateKey that is not inside PKCS#8")
    if version == 0 and following == der.INTEGER:
        raise Refusal("pkcs1", "a PKCS#1 RSAPrivateKey that is not inside PKCS#8")


def _described(oid, algorithm, body):
    if oid == RSA_ENCRYPTION:
        require(algorithm.next(der.NULL) == b"", "der", "the parameters of rsaEncryption are not NULL")
        return _rsa(body)
    if oid == EC_PUBLIC_KEY:
        require(algorithm.peek() != der.SEQUENCE, "explicit-curve", "explicit EC parameters where a named curve belongs")
        return _ec(algorithm.oid(), body)
    if oid == ED25519:
        inner = der.Reader(body, "CurvePrivateKey")
        require(len(inner.next(der.OCTET_STRING)) == 32, "der", "an Ed25519 seed has 32 octets")
        inner.end()
        return {"type": "ed25519"}
    raise Refusal("algorithm", f"private keys of algorithm {oid} are not known")


def _rsa(body):
    outer = der.Reader(body, "the content of the octet string")
    key = outer.inside(der.SEQUENCE, "RSAPrivateKey")
    outer.end()
    require(key.integer() == 0, "der", "RSAPrivateKey is not of version 0")
    modulus, exponent = key.integer(), key.integer()
    for _ in range(6):
        key.integer()
    key.end()
    require(exponent == PUBLIC_EXPONENT, "rsa-exponent", f"the public exponent is {exponent}")
    return {"type": "rsa", "bits": modulus.bit_length()}


def _ec(oid, body):
    require(oid in CURVES, "curve", f"the curve {oid} is not known")
    name, octets = CURVES[oid]
    outer = der.Reader(body, "the content of the octet string")
    key = outer.inside(der.SEQUENCE, "ECPrivateKey")
    outer.end()
    require(key.integer() == 1, "der", "ECPrivateKey is not of version 1")
    found = len(key.next(der.OCTET_STRING))
    require(found == octets, "ec-scalar", f"the private scalar has {found} octets; on {name} it has {octets}")
    if key.peek() == der.context(0):
        parameters = key.inside(der.context(0), "parameters")
        require(parameters.peek() != der.SEQUENCE, "explicit-curve", "explicit EC parameters inside ECPrivateKey")
        require(parameters.oid() == oid, "curve", "two different curves in one key")
        parameters.end()
    if key.peek() == der.context(1):
        public = key.inside(der.context(1), "publicKey")
        bits = public.next(der.BIT_STRING)
        require(bits[:2] == b"\0\4" and len(bits) == 2 + 2 * octets, "der", "the public key is no uncompressed point")
        public.end()
    key.end()
    return {"type": "ec", "curve": name}
