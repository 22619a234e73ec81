"""Many manifests, made from a real one: other names, all signed by one software key."""

import base64
import copy
import hashlib
import json
import pathlib
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from . import checks

PAYLOAD_TYPE = "application/vnd.in-toto+json"


@dataclass
class Manifests:
    """The folder that byok verifies, the messages for the bare loop, and the key for both."""

    folder: pathlib.Path
    messages: pathlib.Path
    pem: pathlib.Path
    point: pathlib.Path
    keyid: str
    count: int


def make(place: pathlib.Path, real: bytes, count: int, altered: int = 0) -> Manifests:
    """`count` manifests below `place`; in the first `altered` of them the payload is changed after the signature."""
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key()
    spki = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    point = public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    keyid = hashlib.sha256(spki).hexdigest()
    made = Manifests(place / "manifests", place / "messages", place / "key.pem", place / "key.point", keyid, count)
    made.folder.mkdir(parents=True)
    made.pem.write_bytes(pem)
    made.point.write_bytes(point)
    statement = checks.payload(real)
    with open(made.messages, "wb") as messages:
        for number in range(1, count + 1):
            payload = compact(variant(statement, number, keyid))
            signature = key.sign(pae(payload), ec.ECDSA(hashes.SHA256()))
            if number <= altered:
                payload = payload.replace(b"pre-activation", b"active")
            for field in (pae(payload), signature):
                messages.write(len(field).to_bytes(4, "big") + field)
            name = f"manifest-{number:04}.dsse.json"
            (made.folder / name).write_bytes(envelope(payload, keyid, signature))
    return made


def variant(statement: dict, number: int, keyid: str) -> dict:
    """The same statement about another key."""
    other = copy.deepcopy(statement)
    predicate = other["predicate"]
    name = f"fleet/key-{number:05}"
    predicate["manifestId"] = predicate["manifestId"][:24] + f"{number:012x}"
    predicate["keyName"] = name
    predicate["descriptor"]["name"] = name
    predicate["signer"]["spkiSha256"] = keyid
    # RFC 8785: the descriptor's members are strings and a whole number, so sorting them is all there is to do.
    descriptor = json.dumps(predicate["descriptor"], sort_keys=True, separators=(",", ":")).encode()
    other["subject"] = [{"name": f"{name}@1", "digest": {"sha256": hashlib.sha256(descriptor).hexdigest()}}]
    return other


def pae(payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding."""
    return f"DSSEv1 {len(PAYLOAD_TYPE)} {PAYLOAD_TYPE} {len(payload)} ".encode() + payload


def envelope(payload: bytes, keyid: str, signature: bytes) -> bytes:
    signatures = [{"keyid": keyid, "sig": base64.b64encode(signature).decode()}]
    document = {"payload": base64.b64encode(payload).decode(), "payloadType": PAYLOAD_TYPE, "signatures": signatures}
    return compact(document) + b"\n"


def compact(document: dict) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
