#!/usr/bin/env python3
"""Makes, for each finding of `byok check`, a file that has it and a neighbour that has not.

F<code>/bad.* has the finding, F<code>/good.* has not; F<code>/args, where there is one, holds the
options under which both are checked. Nothing here is a secret: every number comes from a fixed seed.
Run it in this folder; it writes the same bytes each time. It needs Python 3.8 and nothing else.
"""

import base64
import hashlib
import hmac
import json
import os
import random
import sys

R = random.Random("byok findings")


# --- numbers ------------------------------------------------------------------------------------

def is_prime(n):
    if n < 2:
        return False
    for p in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37):
        if n % p == 0:
            return n == p
    d, s = n - 1, 0
    while d % 2 == 0:
        d, s = d // 2, s + 1
    for a in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37):
        x = pow(a, d, n)
        if x in (1, n - 1):
            continue
        for _ in range(s - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def prime(bits, e=65537, top=2):
    """A prime of exactly this many bits with its first `top` bits set, p-1 prime to e."""
    while True:
        n = R.getrandbits(bits) | 1
        for bit in range(top):
            n |= 1 << (bits - 1 - bit)
        if (n - 1) % e and is_prime(n):
            return n


def after(n, e=65537):
    n += 2
    while not (is_prime(n) and (n - 1) % e):
        n += 2
    return n


# --- DER ----------------------------------------------------------------------------------------

def tlv(tag, content):
    size = len(content)
    if size < 128:
        head = bytes([size])
    else:
        length = size.to_bytes((size.bit_length() + 7) // 8, "big")
        head = bytes([0x80 | len(length)]) + length
    return bytes([tag]) + head + content


def integer(n):
    return tlv(2, n.to_bytes(n.bit_length() // 8 + 1, "big"))


def sequence(*parts):
    return tlv(0x30, b"".join(parts))


RSA_OID = bytes.fromhex("06092a864886f70d010101")
EC_OID = bytes.fromhex("06072a8648ce3d0201")
P256_OID = bytes.fromhex("06082a8648ce3d030107")
ED25519_OID = bytes.fromhex("06032b6570")
NULL = b"\x05\x00"


def pkcs8(algorithm, inner):
    return sequence(integer(0), sequence(algorithm), tlv(4, inner))


def spki(algorithm, bits):
    return sequence(sequence(algorithm), tlv(3, b"\0" + bits))


def pem(label, der):
    text = base64.b64encode(der).decode()
    lines = "\n".join(text[at:at + 64] for at in range(0, len(text), 64))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n".encode()


# --- keys ---------------------------------------------------------------------------------------

def rsa_numbers(p, q, e=65537, **changes):
    d = pow(e, -1, (p - 1) * (q - 1)) if changes.get("d") is None else changes["d"]
    numbers = {"n": p * q, "e": e, "d": d, "p": p, "q": q, "dp": d % (p - 1), "dq": d % (q - 1),
               "qinv": pow(q, -1, p) if p != q else 1}
    numbers.update(changes)
    return numbers


def rsa_pkcs1(p, q, e=65537, **changes):
    k = rsa_numbers(p, q, e, **changes)
    return sequence(integer(0), *(integer(k[name]) for name in ("n", "e", "d", "p", "q", "dp", "dq", "qinv")))


def rsa_private(p, q, e=65537, **changes):
    return pkcs8(RSA_OID + NULL, rsa_pkcs1(p, q, e, **changes))


def rsa_public(n, e=65537):
    return spki(RSA_OID + NULL, sequence(integer(n), integer(e)))


# P-256 (SP 800-186 section 3.2.1.3)
FIELD = 2**256 - 2**224 + 2**192 + 2**96 - 1
B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b
ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
BASE = (0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296,
        0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5)


def add(one, other):
    if one is None or other is None:
        return one or other
    (x1, y1), (x2, y2) = one, other
    if x1 == x2 and (y1 + y2) % FIELD == 0:
        return None
    if one == other:
        slope = (3 * x1 * x1 - 3) * pow(2 * y1, -1, FIELD)
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, FIELD)
    x = (slope * slope - x1 - x2) % FIELD
    return x, (slope * (x1 - x) - y1) % FIELD


def times(scalar, point=BASE):
    result = None
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point, scalar = add(point, point), scalar >> 1
    return result


def point_bytes(point):
    return b"\x04" + point[0].to_bytes(32, "big") + point[1].to_bytes(32, "big")


def ec_private(scalar, point=True, length=32):
    """`point`: True for the right one, False for none, else the bytes to state."""
    if point is True:
        point = point_bytes(times(scalar))
    stated = tlv(0xa1, tlv(3, b"\0" + point)) if point else b""
    inner = sequence(integer(1), tlv(4, scalar.to_bytes(length, "big")), stated)
    return pkcs8(EC_OID + P256_OID, inner)


def ec_public(point):
    return spki(EC_OID + P256_OID, point_bytes(point))


# Ed25519 (RFC 8032 section 6)
P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


def ed_add(one, other):
    (x1, y1), (x2, y2) = one, other
    k = D * x1 * x2 * y1 * y2
    x = (x1 * y2 + x2 * y1) * pow(1 + k, -1, P) % P
    return x, (y1 * y2 + x1 * x2) * pow(1 - k, -1, P) % P


def ed_x(y):
    xx = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P:
        x = x * SQRT_M1 % P
    return (x if x % 2 == 0 else P - x) if (x * x - xx) % P == 0 else None


def ed_public_of(seed):
    digest = bytearray(hashlib.sha512(seed).digest()[:32])
    digest[0] &= 248
    digest[31] = digest[31] & 127 | 64
    scalar = int.from_bytes(digest, "little")
    y = 4 * pow(5, -1, P) % P
    point, result = (ed_x(y), y), (0, 1)
    while scalar:
        if scalar & 1:
            result = ed_add(result, point)
        point, scalar = ed_add(point, point), scalar >> 1
    return (result[1] | (result[0] & 1) << 255).to_bytes(32, "little")


def ed_private(seed, stated=None):
    """RFC 5958 version 1 when a public key is stated."""
    extra = tlv(0x81, b"\0" + stated) if stated else b""
    return sequence(integer(1 if stated else 0), sequence(ED25519_OID), tlv(4, tlv(4, seed)), extra)


def ed_public(point):
    return spki(ED25519_OID, point)


# --- files --------------------------------------------------------------------------------------

def write(code, name, content):
    os.makedirs(code, exist_ok=True)
    with open(os.path.join(code, name), "wb") as file:
        file.write(content)


def pair(code, ending, bad, good, args=None, good_ending=None):
    write(code, f"bad{ending}", bad)
    write(code, f"good{good_ending or ending}", good)
    if args:
        write(code, "args", (args + "\n").encode())


def b64url(number):
    data = number if isinstance(number, bytes) else number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def raw():
    key = bytes(R.getrandbits(8) for _ in range(32))
    pair("F201", ".bin", key + b"\n", key)
    pair("F202", ".bin", key.hex().encode(), key)
    pair("F203", ".bin", base64.b64encode(key), key)
    pair("F204", ".bin", b"\xff\xfe" + "a key of Windows".encode("utf-16-le"), key)
    pair("F205", ".bin", bytes(32), bytes(31) + b"\x01")
    pair("F206", ".bin", b"\x5a\xa5" * 16, key)
    pair("F207", ".bin", bytes(range(32)), bytes(range(31)) + b"\x00")
    pair("F208", ".bin", b"correct horse, battery & staple!", key)
    pair("F209", ".bin", key[1:], key)
    jwk = lambda size: json.dumps({"kty": "oct", "alg": "A256GCM", "k": b64url(key[:size])}).encode()
    pair("F210", ".jwk", jwk(16), jwk(32))


def rsa():
    p, q = prime(1024), prime(1024)
    good = rsa_private(p, q)
    pair("F301", ".der", rsa_private(prime(512), prime(512)), good)
    pair("F302", ".der", rsa_private(prime(1056), prime(1056)), good)
    pair("F303", ".der", rsa_public(R.getrandbits(8200) | 1 << 8199 | 1), rsa_public(p * q))
    pair("F304", ".der", rsa_public(p * q, 1), rsa_public(p * q))
    p3, q3 = prime(1024, 3), prime(1024, 3)
    pair("F305", ".der", rsa_private(p3, q3, 3), rsa_private(p3, q3, 65537))
    long = prime(40, top=1)
    pair("F306", ".der", rsa_private(p, q, long), good)
    pair("F307", ".der", rsa_public(p * p), rsa_public(p * q))
    pair("F308", ".der", rsa_public(p * after(p)), rsa_public(p * q))
    pair("F309", ".der", rsa_private(prime(1030), prime(1018)), good)
    other = prime(1024)
    pair("F310", ".der", rsa_private(p, q, n=p * other), good)
    composite = prime(512) * prime(512)
    while composite.bit_length() != 1024:
        composite = prime(512) * prime(512)
    pair("F311", ".der", rsa_private(p, composite), good)
    pair("F312", ".der", rsa_private(p, q, d=pow(65537, -1, (p - 1) * (q - 1)) ^ 2), good)
    k = rsa_numbers(p, q)
    pair("F313", ".der", rsa_private(p, q, dp=k["dq"], dq=k["dp"]), good)
    while True:
        d = R.getrandbits(256) | 1
        try:
            e = pow(d, -1, (p - 1) * (q - 1))
            break
        except ValueError:
            continue
    pair("F314", ".der", rsa_private(p, q, e, d=d), good)
    pair("F315", ".der", rsa_public(7919 * prime(2036)), rsa_public(p * q))
    pair("F316", ".der", rsa_private(*roca_primes()), good)
    jwk = {"kty": "RSA", "n": b64url(k["n"]), "e": b64url(k["e"]), "d": b64url(k["d"])}
    rest = {name: b64url(k[member]) for name, member in
            (("p", "p"), ("q", "q"), ("dp", "dp"), ("dq", "dq"), ("qi", "qinv"))}
    pair("F317", ".jwk", json.dumps(jwk).encode(), json.dumps({**jwk, **rest}).encode())
    return p, q


def roca_primes():
    """Two primes of 1024 bits as the paper has them: k * M + (65537^a mod M), M the product of the first 126 primes."""
    m, number, count = 1, 2, 0
    while count < 126:
        if is_prime(number):
            m, count = m * number, count + 1
        number += 1

    def one():
        while True:
            k = R.randrange((3 << 1022) // m, (1 << 1024) // m)
            p = k * m + pow(65537, R.getrandbits(256), m)
            if p.bit_length() == 1024 and is_prime(p) and (p - 1) % 65537:
                return p
    return one(), one()


def ec():
    scalar = R.randrange(1 << 255, ORDER)
    point = times(scalar)
    good = ec_private(scalar)
    pair("F401", ".der", ec_public((point[0], (point[1] + 1) % FIELD)), ec_public(point))
    pair("F402", ".der", ec_private(ORDER, point_bytes(point)), good)
    # One scalar in 256 begins with a zero byte; this one does.
    short = R.randrange(1 << 240, 1 << 248)
    pair("F403", ".der", ec_private(short, length=31), ec_private(short))
    pair("F404", ".der", ec_private(scalar, point_bytes(times(scalar - 1))), good)
    pair("F405", ".der", ec_private(1), good)
    pair("F406", ".der", ec_private(scalar, False), good)
    seed = bytes(R.getrandbits(8) for _ in range(32))
    pair("F407", ".der", ed_private(bytes(32)), ed_private(seed))
    pair("F408", ".der", ed_public(b"\x01" + bytes(31)), ed_public(ed_public_of(seed)))


# --- certificates, encrypted files ----------------------------------------------------------------

def oid(text):
    parts = [int(part) for part in text.split(".")]
    out = bytearray([parts[0] * 40 + parts[1]])
    for part in parts[2:]:
        group = [part & 127]
        while part > 127:
            part >>= 7
            group.insert(0, part & 127 | 128)
        out += bytes(group)
    return tlv(6, bytes(out))


def certificate(public, start, end):
    """RFC 5280, with a signature that is none: nobody checks it here."""
    algorithm = sequence(oid("1.2.840.10045.4.3.2"))
    name = sequence(tlv(0x31, sequence(oid("2.5.4.3"), tlv(0x0c, b"byok findings"))))
    validity = sequence(tlv(0x18, start), tlv(0x18, end))
    tbs = sequence(tlv(0xa0, integer(2)), integer(1), algorithm, name, validity, name, public)
    return sequence(tbs, algorithm, tlv(3, b"\0" + sequence(integer(1), integer(1))))


def encrypted_pkcs8(scheme, ciphertext=bytes(range(1, 161))):
    return sequence(scheme, tlv(4, ciphertext))


def pbes2(rounds):
    prf = sequence(oid("1.2.840.113549.2.9"), NULL)
    kdf = sequence(oid("1.2.840.113549.1.5.12"), sequence(tlv(4, bytes(range(16))), integer(rounds), prf))
    cipher = sequence(oid("2.16.840.1.101.3.4.1.42"), tlv(4, bytes(range(16, 32))))
    return sequence(oid("1.2.840.113549.1.5.13"), sequence(kdf, cipher))


def pbes1():
    return sequence(oid("1.2.840.113549.1.5.3"), sequence(tlv(4, bytes(range(8))), integer(2048)))


DATA = "1.2.840.113549.1.7.1"


def pkcs12_mac_key(passphrase, salt, rounds):
    """RFC 7292 appendix B.2 with SHA-256, for a MAC key (ID 3)."""
    block, size = 64, 32
    fill = lambda data: (data * (block // len(data) + 1))[:block] if data else b""
    text = passphrase.encode("utf-16-be") + b"\0\0"
    assert len(text) <= block
    key = bytes([3]) * block + fill(salt) + fill(text)
    for _ in range(rounds):
        key = hashlib.sha256(key).digest()
    return key[:size]


def pkcs12(key, passphrase=None, shrouded=None):
    """A PFX with one key bag, and a MAC when there is a passphrase."""
    bag_type, bag = ("12.10.1.1", key) if shrouded is None else ("12.10.1.2", shrouded)
    bags = sequence(sequence(oid("1.2.840.113549.1." + bag_type), tlv(0xa0, bag)))
    info = lambda content: sequence(oid(DATA), tlv(0xa0, tlv(4, content)))
    safe = sequence(info(bags))
    parts = [integer(3), info(safe)]
    if passphrase is not None:
        salt, rounds = bytes(range(16)), 2048
        digest = hmac.new(pkcs12_mac_key(passphrase, salt, rounds), safe, hashlib.sha256).digest()
        algorithm = sequence(oid("2.16.840.1.101.3.4.2.1"), NULL)
        parts.append(sequence(sequence(algorithm, tlv(4, digest)), tlv(4, salt), integer(rounds)))
    return sequence(*parts)


def form():
    scalar = R.randrange(1 << 255, ORDER)
    key = ec_private(scalar)
    text = pem("PRIVATE KEY", key)
    point = times(scalar)
    seed = bytes(R.getrandbits(8) for _ in range(32))
    pair("F101", ".der", key + b"\n", key)
    ed = ed_private(seed)
    pair("F102", ".der", ed[:1] + b"\x81" + ed[1:], ed)
    lines = text.split(b"\n")
    pair("F103", ".pem", lines[0] + b"\r\n" + b"\n".join(lines[1:]), text)
    pair("F104", ".pem", b"\xef\xbb\xbf" + text, text)
    pair("F105", ".pem", b"\xff\xfe" + text.decode().encode("utf-16-le"), text)
    pair("F106", ".pem", pem("RSA PRIVATE KEY", key), text)
    curve = sequence(integer(1), sequence(oid("1.2.840.10045.1.1"), integer(FIELD)),
                     sequence(tlv(4, ((FIELD - 3) % FIELD).to_bytes(32, "big")), tlv(4, B.to_bytes(32, "big"))),
                     tlv(4, point_bytes(BASE)), integer(ORDER), integer(1))
    pair("F107", ".der", spki(EC_OID + curve, point_bytes(point)), ec_public(point))
    pair("F108", ".txt", base64.b64encode(text), text)
    x, y = (coordinate.to_bytes(32, "big") for coordinate in point)
    jwk = {"kty": "EC", "crv": "P-256", "x": b64url(x), "y": b64url(y), "d": b64url(scalar.to_bytes(32, "big"))}
    pair("F109", ".jwk", json.dumps({**jwk, "x": jwk["x"] + "="}).encode(), json.dumps(jwk).encode())
    past, start, future, end = b"20010101000000Z", b"20100101000000Z", b"29000101000000Z", b"29990101000000Z"
    good = pem("CERTIFICATE", certificate(ec_public(point), start, end))
    pair("F110", ".pem", pem("CERTIFICATE", certificate(ec_public(point), past, start)), good)
    pair("F111", ".pem", pem("CERTIFICATE", certificate(ec_public(point), future, end)), good)
    compressed = bytes([2 + point[1] % 2]) + x
    pair("F112", ".der", spki(EC_OID + P256_OID, compressed), ec_public(point))
    return key, point


def container(key):
    strong = encrypted_pkcs8(pbes2(600_000))
    pair("F801", ".der", encrypted_pkcs8(pbes1()), strong)
    pair("F802", ".der", encrypted_pkcs8(pbes2(2048)), strong)
    pair("F803", ".p12", pkcs12(key, shrouded=strong), pkcs12(key, "right", shrouded=strong))
    pair("F804", ".p12", pkcs12(key, "right"), pkcs12(key, "right", shrouded=strong))
    pair("F805", ".der", encrypted_pkcs8(pbes2(50_000_000)), strong)
    pair("F704", ".der", strong, key)
    pair("F706", ".p12", pkcs12(key, "wrong"), pkcs12(key, "right"), "--passphrase-source env:PASSPHRASE")


def provider(rsa_key, key, point):
    p, q = rsa_key
    seed = bytes(R.getrandbits(8) for _ in range(32))
    symmetric = bytes(R.getrandbits(8) for _ in range(32))
    pair("F501", ".der", ed_private(seed, ed_public_of(seed)), key, "--provider azure-key-vault")
    pair("F502", ".bin", symmetric[:24], symmetric, "--provider aws-kms")
    pair("F503", ".der", rsa_pkcs1(p, q), rsa_private(p, q), "--provider openbao")
    p3, q3 = prime(1024, 3), prime(1024, 3)
    pair("F504", ".der", rsa_private(p3, q3, 3), rsa_private(p, q), "--provider aws-kms")
    pair("F505", ".der", ec_public(point), key, "--provider aws-kms")
    pair("F506", ".der", rsa_private(p, q), rsa_private(prime(1536), prime(1536)), "--type rsa-3072")


def transfer():
    """Azure's key transfer blobs: an RSA-2048 head and an AES-256 key under AES-KWP, none of them real."""
    blob = bytes(at * 7 % 256 for at in range(256 + 40))
    kek = "https://contoso-prod.vault.azure.net/keys/byok-kek"

    def made(ciphertext=b64url(blob), kid=kek + "/6ad4fbd5a0c64ed98b9d1a3f0be42c71", enc="CKM_RSA_AES_KEY_WRAP"):
        header = {"kid": kid, "alg": "dir", "enc": enc}
        return json.dumps({"schema_version": "1.0.0", "header": header, "ciphertext": ciphertext}).encode()
    pair("F507", ".byok", base64.b64encode(blob), made(), "--provider azure-key-vault")
    pair("F508", ".byok", made(enc="RSA-OAEP"), made())
    pair("F509", ".byok", made(kid=kek), made())
    pair("F510", ".byok", made(base64.b64encode(blob).decode()), made())
    pair("F511", ".byok", made(b64url(blob[:-3])), made())


def aws(public, end="2999-01-01T00:00:00Z"):
    return json.dumps({
        "KeyId": "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "ImportToken": base64.b64encode(bytes([0x7e]) * 64).decode(),
        "PublicKey": base64.b64encode(public).decode(),
        "ParametersValidTo": end,
    }, indent=2).encode()


def google(public, level):
    return json.dumps({
        "expireTime": "2999-01-01T00:00:00Z",
        "importMethod": "RSA_OAEP_4096_SHA256_AES_256",
        "name": "projects/my-project/locations/europe-west3/keyRings/ring/importJobs/job-1",
        "protectionLevel": level,
        "publicKey": {"pem": pem("PUBLIC KEY", public).decode()},
        "state": "ACTIVE",
    }, indent=2).encode()


def azure(n, start):
    return json.dumps({
        "attributes": {"enabled": True, "exp": None, "nbf": start},
        "key": {"kid": "https://contoso-prod.vault.azure.net/keys/byok-kek/6ad4fbd5a0c64ed98b9d1a3f0be42c71",
                "kty": "RSA-HSM", "key_ops": ["import"], "n": b64url(n), "e": "AQAB"},
    }, indent=2).encode()


def wrapping(rsa_key, point):
    """All are checked as wrapping keys: `--wrapping-key` comes last in the options."""
    p, q = rsa_key
    small, large = rsa_public(p * q), rsa_public(prime(2048) * prime(2048))
    for_aws = "--provider aws-kms --wrapping-key"
    pair("F601", ".pem", pem("PRIVATE KEY", rsa_private(p, q)), pem("PUBLIC KEY", small), for_aws)
    pair("F602", ".pem", pem("PUBLIC KEY", ec_public(point)), pem("PUBLIC KEY", small), for_aws)
    bao = lambda public: json.dumps({"data": {"public_key": pem("PUBLIC KEY", public).decode()}}).encode()
    pair("F603", ".json", bao(small), bao(large), "--provider openbao --wrapping-key")
    pair("F604", ".json", aws(rsa_public(p * q, 3)), aws(small), for_aws)
    pair("F605", ".json", b'{"errors":["permission denied"]}', bao(large), "--provider openbao --wrapping-key")
    pair("F606", ".json", aws(small), aws(large), "--type aes-256 " + for_aws)
    pair("F607", ".json", aws(large), aws(small), "--type aes-256 " + for_aws)
    pair("F608", ".json", aws(small, "2001-01-01T00:00:00Z"), aws(small), for_aws)
    pair("F609", ".json.in", aws(small, "@now+1800@"), aws(small, "@now+7200@"), for_aws)
    pair("F610", ".json", azure(p * q, 32503680000), azure(p * q, 1000000000), "--provider azure-key-vault --wrapping-key")
    pair("F611", ".json", google(large, "SOFTWARE"), google(large, "HSM"), "--provider google-cloud-kms --wrapping-key")
    pair("F612", ".pem", pem("PUBLIC KEY", small), aws(small), for_aws, good_ending=".json")


def file(key, point):
    symmetric = bytes(R.getrandbits(8) for _ in range(32))
    pair("F702", ".der", key[:100], key)
    pair("F703", ".txt", symmetric.hex().encode(), symmetric)
    pair("F705", ".md", b"This is a text about keys, and it holds none of them.\n" * 20, key)
    pair("F707", ".der", pkcs8(oid("1.3.101.111"), tlv(4, bytes(range(1, 57)))), key)
    start, end = b"20100101000000Z", b"29990101000000Z"
    other = pem("CERTIFICATE", certificate(ec_public(times(7)), start, end))
    own = pem("CERTIFICATE", certificate(ec_public(point), start, end))
    pair("F708", ".pem", pem("PRIVATE KEY", key) + other, pem("PRIVATE KEY", key) + own)
    two = pem("PRIVATE KEY", key) + pem("PRIVATE KEY", ec_private(7))
    pair("F710", ".pem", two, pem("PRIVATE KEY", key))
    pair("F709", ".bin", symmetric + symmetric[:8], symmetric)
    text, parameters = pem("PRIVATE KEY", key), pem("EC PARAMETERS", P256_OID)
    pair("F711", ".pem", text + pem("X509 CRL", sequence(integer(1))), parameters + text)


def main():
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    raw()
    rsa_key = rsa()
    ec()
    key, point = form()
    container(key)
    provider(rsa_key, key, point)
    transfer()
    wrapping(rsa_key, point)
    file(key, point)


if __name__ == "__main__":
    sys.exit(main())
