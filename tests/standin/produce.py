"""Makes key material and blobs, good ones and each kind of bad one, for the tests of the stand-in."""

import base64
import json
import os

from cryptography.hazmat.primitives import keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding

from unwrap import HASHES


def pkcs8(private):
    return _encoded(private, serialization.PrivateFormat.PKCS8)


def traditional(private):
    """SEC 1 for curves, PKCS#1 for RSA."""
    return _encoded(private, serialization.PrivateFormat.TraditionalOpenSSL)


def _encoded(private, form):
    return private.private_bytes(serialization.Encoding.DER, form, serialization.NoEncryption())


def oaep(public, data, hash_name, mask=None, label=None):
    mask = HASHES[mask or hash_name]
    scheme = padding.OAEP(mgf=padding.MGF1(mask), algorithm=HASHES[hash_name], label=label)
    return public.encrypt(data, scheme)


def rsa_aes(public, data, hash_name, mask=None, wrap=keywrap.aes_key_wrap_with_padding, ephemeral=32, swapped=False):
    key = os.urandom(ephemeral)
    parts = [oaep(public, key, hash_name, mask), wrap(key, data)]
    return b"".join(reversed(parts) if swapped else parts)


def transfer_file(kid, blob):
    """The document of a .byok file."""
    ciphertext = base64.urlsafe_b64encode(blob).decode().rstrip("=")
    header = {"kid": kid, "alg": "dir", "enc": "CKM_RSA_AES_KEY_WRAP"}
    return {"schema_version": "1.0.0", "header": header, "ciphertext": ciphertext, "generator": "selftest; none"}


def as_json(document):
    return json.dumps(document).encode()


def tlv(tag, content):
    """One DER element."""
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


P256_OID = bytes.fromhex("06082a8648ce3d030107")
EC_OID = bytes.fromhex("06072a8648ce3d0201")


def p256(scalar, parameters=P256_OID, octets=32, version=0):
    """PKCS#8 of a P-256 key in its smallest form, with room for what others get wrong."""
    key = tlv(0x30, tlv(2, b"\1") + tlv(4, scalar.to_bytes(octets, "big")))
    return tlv(0x30, tlv(2, bytes([version])) + tlv(0x30, EC_OID + parameters) + tlv(4, key))


def explicit_p256():
    """The parameters of P-256 written out (X9.62 ECParameters) in the place of its name."""
    prime = 2**256 - 2**224 + 2**192 + 2**96 - 1
    b = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    one = ec.derive_private_key(1, ec.SECP256R1()).public_key()
    point = one.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)

    def integer(number):
        return tlv(2, number.to_bytes(number.bit_length() // 8 + 1, "big"))

    field = tlv(0x30, bytes.fromhex("06072a8648ce3d0101") + integer(prime))
    curve = tlv(0x30, tlv(4, (prime - 3).to_bytes(32, "big")) + tlv(4, b.to_bytes(32, "big")))
    return tlv(0x30, integer(1) + field + curve + tlv(4, point) + integer(order) + integer(1))
