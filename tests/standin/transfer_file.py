"""The .byok file: Key Vault's "key transfer blob", JSON with the ciphertext in base64url.

https://learn.microsoft.com/azure/key-vault/keys/byok-specification
"""

import base64
import json
import re

from refusal import Refusal, require

MEMBERS = ["schema_version", "header", "ciphertext", "generator"]
HEADER_MEMBERS = ["kid", "alg", "enc"]
FIXED = {"alg": "dir", "enc": "CKM_RSA_AES_KEY_WRAP"}
SCHEMA_VERSION = "1.0.0"


def parse(data):
    """kid and ciphertext of a transfer file."""
    document = _document(data)
    _members(document, MEMBERS, "the file")
    found = document["schema_version"]
    require(found == SCHEMA_VERSION, "schema-version", f"schema_version is {found!r}, not {SCHEMA_VERSION!r}")
    header = document["header"]
    require(isinstance(header, dict), "header", "header is not an object")
    _members(header, HEADER_MEMBERS, "the header")
    for name, wanted in FIXED.items():
        require(header[name] == wanted, f"header-{name}", f"header.{name} is {header[name]!r}, not {wanted!r}")
    generator = document["generator"]
    require(isinstance(generator, str) and generator, "generator", "generator is no text")
    require(isinstance(header["kid"], str), "kid", "header.kid is no text")
    return header["kid"], _base64url(document["ciphertext"])


def _document(data):
    require(not data.startswith(b"\xef\xbb\xbf"), "bom", "a byte order mark before the JSON")
    try:
        text = data.decode("utf-8")
        document = json.loads(text, object_pairs_hook=_once)
    except ValueError as error:
        raise Refusal("json", f"not a JSON file: {error}") from None
    require(isinstance(document, dict), "json", "not a JSON object")
    return document


def _once(pairs):
    names = [name for name, _ in pairs]
    for name in names:
        require(names.count(name) == 1, "member-twice", f"{name} stands twice")
    return dict(pairs)


def _members(found, known, where):
    for name in known:
        require(name in found, "member-missing", f"{where} has no {name}")
    for name in found:
        require(name in known, "member-unknown", f"{where} has a member {name!r} that nobody documents")


def _base64url(text):
    require(isinstance(text, str) and text, "ciphertext", "ciphertext is no text")
    require("=" not in text, "base64-padding", "ciphertext is padded; base64url without padding belongs there")
    standard = "+" not in text and "/" not in text
    require(standard, "base64-alphabet", "ciphertext is in the standard base64 alphabet, not that for URLs")
    require(re.fullmatch("[A-Za-z0-9_-]+", text), "base64", "ciphertext holds what base64url does not know")
    require(len(text) % 4 != 1, "base64", "ciphertext is cut off in the middle of a byte")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    again = base64.urlsafe_b64encode(data).decode().rstrip("=")
    require(again == text, "base64", "the last character of ciphertext holds bits of no byte")
    return data
