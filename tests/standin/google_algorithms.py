"""The algorithms that a version can be imported as, by the purpose of its key, and the material of each.

https://cloud.google.com/kms/docs/reference/rest/v1/CryptoKeyVersionAlgorithm and the choices of gcloud 528.
"""

import material
from refusal import Refusal, require

MAC_BYTES = {"sha1": 20, "sha224": 28, "sha256": 32, "sha384": 48, "sha512": 64}
CURVES = {
    "ec-sign-p256-sha256": "P-256",
    "ec-sign-p384-sha384": "P-384",
    "ec-sign-secp256k1-sha256": "P-256K",
}
ED25519 = "ec-sign-ed25519"
# "This curve is only supported for HSM protection level."
ONLY_HSM = ["ec-sign-secp256k1-sha256"]

SIGNING = [
    *CURVES,
    ED25519,
    *(f"rsa-sign-{padding}-{size}" for padding in ["pss", "pkcs1"] for size in
      ["2048-sha256", "3072-sha256", "4096-sha256", "4096-sha512"]),
    *(f"rsa-sign-raw-pkcs1-{size}" for size in [2048, 3072, 4096]),
]
DECRYPTING = [
    *(f"rsa-decrypt-oaep-{size}-{hash}" for size in [2048, 3072, 4096] for hash in ["sha1", "sha256"]),
    "rsa-decrypt-oaep-4096-sha512",
]
PURPOSES = {
    "encryption": ["google-symmetric-encryption"],
    "raw-encryption": [f"aes-{bits}-{mode}" for mode in ["gcm", "cbc", "ctr"] for bits in [128, 256]],
    "asymmetric-signing": SIGNING,
    "asymmetric-encryption": DECRYPTING,
    "mac": [f"hmac-{hash}" for hash in MAC_BYTES],
}
ALL = [algorithm for algorithms in PURPOSES.values() for algorithm in algorithms]


def is_rsa(algorithm):
    return algorithm.startswith("rsa-")


def taken(algorithm, data):
    """The material of a version of this algorithm."""
    words = algorithm.split("-")
    if algorithm == "google-symmetric-encryption":
        return material.secret(data, [32])
    if words[0] == "aes":
        return material.secret(data, [int(words[1]) // 8])
    if words[0] == "hmac":
        return material.secret(data, [MAC_BYTES[words[1]]])
    found = material.private(data)
    kind = found["type"]
    if is_rsa(algorithm):
        bits = next(int(word) for word in words if word.isdigit())
        require(kind == "rsa", "type", f"{algorithm} is for RSA keys, and this one is of type {kind}")
        require(found["bits"] == bits, "rsa-size", f"{algorithm} is for {bits} bits, and the key has {found['bits']}")
    elif algorithm == ED25519:
        require(kind == "ed25519", "type", f"{algorithm} is for Ed25519 keys, and this one is of type {kind}")
    elif algorithm in CURVES:
        require(kind == "ec", "type", f"{algorithm} is for keys on curves, and this one is of type {kind}")
        curve = CURVES[algorithm]
        require(found["curve"] == curve, "curve", f"{algorithm} is for {curve}, and the key is on {found['curve']}")
    else:
        raise Refusal("algorithm", f"{algorithm} is not known")
    return found
