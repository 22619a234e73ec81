"""RSAES-OAEP (RFC 8017) and RSA_AES_KEY_WRAP: OAEP of an AES-256 key, then AES-KWP (RFC 5649) of the target.

What does not open is tried in the ways that people get wrong, only to name the defect; it is refused in any case.
"""

from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from refusal import Refusal, require

HASHES = {
    "sha1": hashes.SHA1(),
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
EPHEMERAL_BYTES = 32
SEMIBLOCK = 8


def own_key(pem):
    """A wrapping key that the stand-in has made itself, without the long test of its primes."""
    return serialization.load_pem_private_key(pem.encode(), None, unsafe_skip_rsa_key_validation=True)


def oaep(private, blob, hash_name):
    """Opens RSAES-OAEP with one hash for the label and MGF1, and an empty label."""
    size = private.key_size // 8
    require(len(blob) >= size, "blob-short", f"{len(blob)} bytes, and the RSA part alone has {size}")
    require(len(blob) == size, "blob-long", f"{len(blob)} bytes where the RSA part is all and has {size}")
    opened = _decrypt(private, blob, hash_name, hash_name)
    if opened is None:
        raise _oaep_defect(private, blob, hash_name)
    return opened


def rsa_aes(private, blob, hash_name):
    """Opens OAEP(AES-256 key) || KWP(target); there is no length in between but that of the modulus."""
    size = private.key_size // 8
    least = size + 2 * SEMIBLOCK
    require(len(blob) >= least, "blob-short", f"{len(blob)} bytes, and the two parts have {least} at least")
    ephemeral = _decrypt(private, blob[:size], hash_name, hash_name)
    if ephemeral is None:
        if _decrypt(private, blob[-size:], hash_name, hash_name) is not None:
            raise Refusal("parts-swapped", "the RSA part stands behind the AES part")
        raise _oaep_defect(private, blob[:size], hash_name)
    found = len(ephemeral)
    require(found == EPHEMERAL_BYTES, "ephemeral-length", f"the RSA part holds {found} bytes, not an AES-256 key")
    return _kwp(ephemeral, blob[size:])


def _kwp(key, wrapped):
    whole = len(wrapped) % SEMIBLOCK == 0
    require(whole, "kwp-blocks", f"the AES part has {len(wrapped)} bytes, not a multiple of {SEMIBLOCK}")
    try:
        return keywrap.aes_key_unwrap_with_padding(key, wrapped)
    except keywrap.InvalidUnwrap:
        pass
    try:
        keywrap.aes_key_unwrap(key, wrapped)
    except keywrap.InvalidUnwrap:
        raise Refusal("kwp-integrity", "the AES part fails the integrity check of RFC 5649") from None
    raise Refusal("rfc3394", "the AES part is wrapped as RFC 3394 says, not RFC 5649")


def _decrypt(private, blob, label_hash, mask_hash, label=None):
    scheme = padding.OAEP(mgf=padding.MGF1(HASHES[mask_hash]), algorithm=HASHES[label_hash], label=label)
    try:
        return private.decrypt(blob, scheme)
    except ValueError:
        return None


def _oaep_defect(private, blob, wanted):
    for name in HASHES:
        if _decrypt(private, blob, name, name) is not None:
            return Refusal("oaep-hash", f"OAEP was made with {name}, and {wanted} belongs here")
    for label in HASHES:
        for mask in HASHES:
            if _decrypt(private, blob, label, mask) is not None:
                return Refusal("mgf1-hash", f"OAEP was made with {label} and MGF1 with {mask}; both must be {wanted}")
    return Refusal("oaep", "the RSA part does not open with this key")
