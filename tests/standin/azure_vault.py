"""Azure Key Vault and Managed HSM, as far as the import of a key goes, with the arguments of `az keyvault key`.

https://learn.microsoft.com/azure/key-vault/keys/byok-specification and the help of azure-cli 2.91. The folder of a vault
is $STANDIN_STATE/azure/HOST; it has to be there, which is how a test makes one.
"""

import base64
import json
import re
import sys
import uuid
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

import arguments
import material
import state
import transfer_file
import unwrap
from refusal import Refusal, require

MANAGED = ".managedhsm.azure.net"
VAULT = ".vault.azure.net"
OPERATIONS = ["encrypt", "decrypt", "sign", "verify", "wrapKey", "unwrapKey", "import", "export"]
# What a key of each type can do: https://learn.microsoft.com/azure/key-vault/keys/about-keys-details
ABILITIES = {
    "RSA": {"encrypt", "decrypt", "sign", "verify", "wrapKey", "unwrapKey"},
    "EC": {"sign", "verify"},
    "oct": {"encrypt", "decrypt", "wrapKey", "unwrapKey"},
}
CURVES = ["P-256", "P-384", "P-521", "P-256K"]
RSA_SIZES = [2048, 3072, 4096]
OCT_BYTES = [16, 24, 32]


def run(words):
    """One command line without its `az`; prints what the CLI prints."""
    function, _, rest = arguments.command(words, COMMANDS)
    state.record(words)
    print(json.dumps(function(rest), indent=2))


def _parser(command):
    parser = arguments.Parser(prog=f"az {command}")
    for names in [("--vault-name",), ("--hsm-name",), ("--name", "-n")]:
        parser.option(*names)
    parser.option("--output", "-o", choices=["json"])
    parser.add_argument("--only-show-errors", action="store_true")
    return parser


def _create(words):
    """A key that the service makes: here only key exchange keys, and what looks like one."""
    parser = _parser("keyvault key create")
    parser.option("--kty", choices=["RSA", "RSA-HSM"], default="RSA")
    parser.option("--size", type=int, choices=RSA_SIZES, default=2048)
    parser.option("--ops", nargs="*", choices=OPERATIONS, default=sorted(ABILITIES["RSA"]))
    parser.option("--expires")
    parser.add_argument("--disabled", action="store_true")
    given = parser.parse_args(words)
    folder = _key_folder(given)
    exclusive = "import" not in given.ops or given.ops == ["import"]
    require(exclusive, "bad-parameter", "the operation import goes with no other operation")
    private = rsa.generate_private_key(material.PUBLIC_EXPONENT, given.size)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()
    key = {"kty": given.kty, "crv": None, "ops": given.ops, "public": public, "private": pem}
    key |= {"enabled": not given.disabled, "expires": given.expires}
    return _shown(_new_version(folder, key))


def _import(words):
    parser = _parser("keyvault key import")
    parser.option("--byok-file")
    parser.option("--kty", choices=["RSA", "EC", "oct"], default="RSA")
    parser.option("--curve", choices=CURVES)
    parser.option("--ops", nargs="*", choices=OPERATIONS)
    parser.option("--protection", "-p", choices=["hsm"])
    given = parser.parse_args(words)
    if (given.kty == "EC") != (given.curve is not None):
        raise arguments.Usage("parameter --curve should be specified when key type --kty is EC")
    if not given.byok_file:
        raise arguments.Usage("supply exactly one: --byok-file")
    folder = _key_folder(given)
    able = ABILITIES[given.kty]
    operations = sorted(able) if given.ops is None else given.ops
    foreign = [operation for operation in operations if operation not in able]
    require(not foreign, "operations", f"a key of type {given.kty} has no operation {', '.join(foreign)}")
    managed = folder.parent.name.endswith(MANAGED)
    require(given.kty != "oct" or managed, "oct-in-vault", "a vault takes no oct key; only a Managed HSM does")
    kid, blob = transfer_file.parse(Path(given.byok_file).read_bytes())
    exchange = _exchange_key(kid, folder.parent)
    private = unwrap.own_key(exchange["private"])
    imported = _taken(given, unwrap.rsa_aes(private, blob, "sha1"))
    key = {"kty": f"{given.kty}-HSM", "crv": given.curve, "ops": operations, "exchange_key": kid}
    return _shown(_new_version(folder, key | {"enabled": True, "expires": None} | imported))


def _taken(given, data):
    if given.kty == "oct":
        return material.secret(data, OCT_BYTES)
    found = material.private(data)
    wanted = {"RSA": "rsa", "EC": "ec"}[given.kty]
    kind = found["type"]
    require(kind == wanted, "kty", f"--kty {given.kty}, and the key inside is of type {kind}")
    if kind == "ec":
        require(found["curve"] == given.curve, "curve", f"--curve {given.curve}, and the key is on {found['curve']}")
    else:
        require(found["bits"] in RSA_SIZES, "rsa-size", f"RSA with {found['bits']} bits is not taken")
    return found


def _exchange_key(kid, vault):
    """The key that the transfer file names, when it is one to import with and of this vault."""
    parts = re.fullmatch(r"https://([^/]*)/keys/([0-9a-zA-Z-]+)(?:/([^/]*))?", kid)
    require(parts, "kid", f"header.kid is no key identifier: {kid!r}")
    host, name, version = parts.groups()
    require(version, "kid-version", "header.kid names no version of the key exchange key")
    require(host == vault.name, "kid-vault", f"header.kid is of {host}, and this is {vault.name}")
    found = [key for key in _versions(vault / name) if key["version"] == version]
    require(found, "kid-unknown", f"there is no key {name} of version {version}")
    key = found[0]
    require(key["kty"] == "RSA-HSM", "exchange-kty", f"the key exchange key is of type {key['kty']}, not RSA-HSM")
    operations = key["ops"]
    require(operations == ["import"], "exchange-ops", f"the key exchange key has {operations}, not only import")
    require(key["enabled"], "exchange-disabled", "the key exchange key is disabled")
    alive = key["expires"] is None or not state.passed(key["expires"])
    require(alive, "exchange-expired", "the key exchange key is expired")
    return key


def _show(words):
    parser = _parser("keyvault key show")
    parser.option("--version", "-v")
    given = parser.parse_args(words)
    versions = _versions(_key_folder(given))
    wanted = [key for key in versions if given.version in (None, "", key["version"])]
    require(wanted, "not-found", f"(KeyNotFound) there is no key {given.name}")
    return _shown(wanted[-1])


def _list_versions(words):
    given = _parser("keyvault key list-versions").parse_args(words)
    return [{"kid": key["kid"]} for key in _versions(_key_folder(given))]


def _key_folder(given):
    """The folder of the key, in the folder of its vault."""
    if (given.vault_name is None) == (given.hsm_name is None):
        raise arguments.Usage("specify either --vault-name or --hsm-name")
    if not given.name:
        raise arguments.Usage("--name is required")
    vault = given.vault_name or given.hsm_name
    named = re.fullmatch("[A-Za-z](-?[A-Za-z0-9])+", vault) and 3 <= len(vault) <= 24
    require(named, "vault-name", f"{vault!r} is no name of a vault")
    require(re.fullmatch("[0-9a-zA-Z-]{1,127}", given.name), "key-name", f"{given.name!r} is no name of a key")
    host = vault.lower() + (MANAGED if given.hsm_name else VAULT)
    folder = state.root("azure") / host
    require(folder.is_dir(), "host", f"Max retries exceeded: there is no host {host}")
    return folder / given.name


def _versions(folder):
    """Every version of a key, the oldest first."""
    return [state.read(path) for path in sorted(folder.glob("[0-9]*.json"))]


def _new_version(folder, key):
    version = uuid.uuid4().hex
    kid = f"https://{folder.parent.name}/keys/{folder.name}/{version}"
    key = {"kid": kid, "version": version, "created": state.timestamp(state.now())} | key
    number = len(_versions(folder)) + 1
    while not state.create(folder / f"{number:04}.json", key):
        number += 1
    return key


def _shown(key):
    """As `az` prints a key; its numbers are in the standard base64 alphabet, with padding."""
    jwk = {"crv": key["crv"], "d": None, "dp": None, "dq": None, "e": None, "k": None, "keyOps": key["ops"]}
    jwk |= {"kid": key["kid"], "kty": key["kty"], "n": None, "p": None, "q": None, "qi": None, "t": None}
    jwk |= {"x": None, "y": None}
    if "public" in key:
        public = serialization.load_pem_public_key(key["public"].encode())
        numbers = public.public_numbers()
        names = ["n", "e"] if isinstance(public, rsa.RSAPublicKey) else ["x", "y"]
        octets = {"n": public.key_size // 8, "e": 3, "x": (public.key_size + 7) // 8, "y": (public.key_size + 7) // 8}
        jwk |= {name: _base64(getattr(numbers, name), octets[name]) for name in names}
    attributes = {"created": key["created"], "enabled": key["enabled"], "expires": key["expires"]}
    attributes |= {"exportable": False, "hsmPlatform": "2", "keySize": None, "notBefore": None}
    attributes |= {"recoverableDays": 90, "recoveryLevel": "Recoverable+Purgeable", "updated": key["created"]}
    return {"attributes": attributes, "key": jwk, "managed": None, "releasePolicy": None, "tags": None}


def _base64(number, octets):
    return base64.b64encode(number.to_bytes(octets, "big")).decode()


COMMANDS = {
    "keyvault key create": _create,
    "keyvault key import": _import,
    "keyvault key list-versions": _list_versions,
    "keyvault key show": _show,
}


def main(words):
    """Status 2 for a wrong command line, 3 for what is not there, 1 for a refusal, as `az` has it."""
    try:
        run(words)
    except Refusal as refusal:
        print(f"ERROR: {refusal}", file=sys.stderr)
        return {"usage": 2, "not-found": 3}.get(refusal.code, 1)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
