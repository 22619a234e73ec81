"""Opens bundles for any RSA key, strictly: one request a line on standard input, one answer a line on standard output.

A request is {"private": PEM file, "method": "rsa-oaep-HASH" or "rsa-aes-HASH", "type": key type, "file": wrapped key}; an
answer is what is inside, or {"refused": why}.
"""

import json
import sys
from functools import cache
from pathlib import Path

import material
import unwrap
from refusal import Refusal, require

SECRETS = {"aes-128": 16, "aes-192": 24, "aes-256": 32}
SECRETS |= {"hmac-sha1": 20, "hmac-sha224": 28, "hmac-sha256": 32, "hmac-sha384": 48, "hmac-sha512": 64}
CURVES = {"ec-p256": "P-256", "ec-p384": "P-384", "ec-p521": "P-521", "ec-secp256k1": "P-256K"}


def opened(request):
    scheme, _, hash_name = request["method"].rpartition("-")
    opening = {"rsa-oaep": unwrap.oaep, "rsa-aes": unwrap.rsa_aes}[scheme]
    data = opening(_private(request["private"]), Path(request["file"]).read_bytes(), hash_name)
    kind = request["type"]
    if kind in SECRETS:
        return material.secret(data, [SECRETS[kind]])
    found = material.private(data)
    wanted = {"type": "ec", "curve": CURVES[kind]} if kind in CURVES else {"type": kind.partition("-")[0]}
    if wanted["type"] == "rsa":
        wanted["bits"] = int(kind.partition("-")[2])
    for name, value in wanted.items():
        require(found[name] == value, "type", f"{name} is {found[name]}, and {kind} was announced")
    return found


@cache
def _private(path):
    return unwrap.own_key(Path(path).read_text())


def main():
    for line in sys.stdin:
        try:
            answer = opened(json.loads(line))
        except Refusal as refusal:
            answer = {"refused": str(refusal)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
