"""Opens what was made, with code that is neither byok's nor its libraries'."""

import base64
import json
import pathlib

from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

MODULUS = 512  # bytes of an RSA-4096 blob


def unwrap(private_key: pathlib.Path, blob: bytes) -> bytes:
    """RSA-OAEP with SHA-256 of an AES key, then AES key wrap with padding under it."""
    private = serialization.load_pem_private_key(private_key.read_bytes(), None)
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    ephemeral = private.decrypt(blob[:MODULUS], oaep)
    return keywrap.aes_key_unwrap_with_padding(ephemeral, blob[MODULUS:])


def unwrap_pkcs1(private_key: pathlib.Path, blob: bytes) -> bytes:
    """RSA with PKCS#1 v1.5."""
    private = serialization.load_pem_private_key(private_key.read_bytes(), None)
    return private.decrypt(blob, padding.PKCS1v15())


def zero_block(key: bytes) -> str:
    """A zero block under AES-ECB, in hexadecimal."""
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return (encryptor.update(bytes(16)) + encryptor.finalize()).hex()


def payload(envelope: bytes) -> dict:
    """What a DSSE envelope holds; nobody looks at its signature here."""
    return json.loads(base64.b64decode(json.loads(envelope)["payload"]))
