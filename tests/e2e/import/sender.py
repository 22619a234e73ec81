"""Somebody who sends a key: wraps FILE for the public half in PEM, with Python's cryptography.

sender.py PUBLIC.pem METHOD FILE OUT
"""

import os
import sys

from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import padding


def main(public_file, method, key_file, out):
    with open(public_file, "rb") as file:
        public = serialization.load_pem_public_key(file.read())
    with open(key_file, "rb") as file:
        key = file.read()
    _, kind, name = method.split("-")
    digest = getattr(hashes, name.upper())()
    oaep = padding.OAEP(mgf=padding.MGF1(digest), algorithm=digest, label=None)
    if kind == "oaep":
        wrapped = public.encrypt(key, oaep)
    else:
        ephemeral = os.urandom(32)
        wrapped = public.encrypt(ephemeral, oaep) + keywrap.aes_key_wrap_with_padding(ephemeral, key)
    with open(out, "wb") as file:
        file.write(wrapped)


main(*sys.argv[1:])
