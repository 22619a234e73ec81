"""Google Cloud KMS, as far as the import of a key goes, with the arguments of `gcloud kms`.

An import command returns before the service has looked at the blob: what is wrong with it stands in the version, whose
state is then IMPORT_FAILED. https://cloud.google.com/kms/docs/troubleshooting-failed-imports

https://cloud.google.com/kms/docs/importing-a-key, the REST reference, and the help of gcloud 528. The project comes from
--project or $CLOUDSDK_CORE_PROJECT.
"""

import json
import os
import re
import sys
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

import arguments
import google_algorithms as algorithms
import material
import state
import unwrap
from refusal import Refusal, require

# Import method: modulus, what opens it, hash
METHODS = {
    "rsa-oaep-3072-sha1-aes-256": (3072, unwrap.rsa_aes, "sha1"),
    "rsa-oaep-4096-sha1-aes-256": (4096, unwrap.rsa_aes, "sha1"),
    "rsa-oaep-3072-sha256-aes-256": (3072, unwrap.rsa_aes, "sha256"),
    "rsa-oaep-4096-sha256-aes-256": (4096, unwrap.rsa_aes, "sha256"),
    "rsa-oaep-3072-sha256": (3072, unwrap.oaep, "sha256"),
    "rsa-oaep-4096-sha256": (4096, unwrap.oaep, "sha256"),
}
LEVELS = ["software", "hsm"]
JOB_DAYS = 3
WRAPPED_BYTES = 65536
VALUE = r"value\((\w+)(\.basename\(\))?\)"


def run(words):
    """One command line without its `gcloud`; prints what the CLI prints, but JSON in the place of YAML."""
    function, name, rest = arguments.command(words, COMMANDS)
    state.record(words)
    parser = _parser(name)
    answer = function(parser, rest)
    shape = parser.shape
    print(json.dumps(answer, indent=2) if shape in (None, "json") else _value(answer, shape))


class Format(arguments.Once):
    """--format json, value(FIELD) or value(FIELD.basename()); gcloud knows many more."""

    def __call__(self, parser, namespace, values, option_string=None):
        super().__call__(parser, namespace, values, option_string)
        if not re.fullmatch(VALUE + "|json", values):
            parser.error(f"argument --format: {values!r} is not known to this stand-in")
        parser.shape = values


def _value(answer, shape):
    field, basename = re.fullmatch(VALUE, shape).groups()
    value = str(answer.get(field, ""))
    return value.rsplit("/", 1)[-1] if basename else value


def _parser(command):
    parser = arguments.Parser(prog=f"gcloud {command}")
    for name in ["--project", "--location", "--keyring"]:
        parser.option(name)
    parser.shape = None
    parser.add_argument("--format", action=Format)
    parser.add_argument("--quiet", "-q", action="store_true")
    return parser


def _create_job(parser, words):
    parser.option("job")
    parser.option("--import-method", choices=list(METHODS), required=True)
    parser.option("--protection-level", choices=LEVELS, required=True)
    given = parser.parse_args(words)
    path = _resource(given, "importJobs", given.job)
    bits = METHODS[given.import_method][0]
    private = rsa.generate_private_key(material.PUBLIC_EXPONENT, bits)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    created = state.now()
    job = {
        "name": _name(path),
        "importMethod": given.import_method.replace("-", "_").upper(),
        "protectionLevel": given.protection_level.upper(),
        "state": "ACTIVE",
        "createTime": state.timestamp(created),
        "generateTime": state.timestamp(created),
        "expireTime": state.timestamp(created + timedelta(days=JOB_DAYS)),
        "private": pem,
    }
    require(state.create(path, job), "already-exists", f"ALREADY_EXISTS: ImportJob {job['name']} already exists")
    return _shown_job(job)


def _describe_job(parser, words):
    parser.option("job")
    given = parser.parse_args(words)
    return _shown_job(_existing(_resource(given, "importJobs", given.job)))


def _shown_job(job):
    shown = {name: value for name, value in job.items() if name != "private"}
    if job["state"] == "ACTIVE":
        public = unwrap.own_key(job["private"]).public_key()
        encoding = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        shown["publicKey"] = {"pem": public.public_bytes(*encoding).decode()}
    return dict(sorted(shown.items()))


def _create_key(parser, words):
    parser.option("key")
    parser.option("--purpose", choices=list(algorithms.PURPOSES), required=True)
    parser.option("--default-algorithm", choices=algorithms.ALL)
    parser.option("--protection-level", choices=LEVELS, default="software")
    parser.add_argument("--skip-initial-version-creation", action="store_true")
    parser.add_argument("--import-only", action="store_true")
    given = parser.parse_args(words)
    path = _resource(given, "cryptoKeys", given.key)
    if given.default_algorithm is None and given.purpose != "encryption":
        raise arguments.Usage(f"--default-algorithm needs to be specified when creating a key of {given.purpose}")
    algorithm = given.default_algorithm or "google-symmetric-encryption"
    if algorithm not in algorithms.PURPOSES[given.purpose]:
        raise arguments.Usage(f"the algorithm {algorithm} is none for {given.purpose}")
    skipped = given.skip_initial_version_creation
    require(skipped, "generated", "this stand-in generates no versions: --skip-initial-version-creation")
    key = {"name": _name(path), "purpose": given.purpose, "importOnly": given.import_only, "primary": None}
    key["versionTemplate"] = {"algorithm": algorithm, "protectionLevel": given.protection_level.upper()}
    require(state.create(path, key), "already-exists", f"ALREADY_EXISTS: CryptoKey {key['name']} already exists")
    return key


def _describe_key(parser, words):
    parser.option("key")
    given = parser.parse_args(words)
    return _existing(_resource(given, "cryptoKeys", given.key))


def _import(parser, words):
    parser.option("--key", required=True)
    parser.option("--import-job", required=True)
    parser.option("--algorithm", choices=algorithms.ALL, required=True)
    parser.option("--wrapped-key-file", required=True)
    parser.option("--version")
    given = parser.parse_args(words)
    blob = Path(given.wrapped_key_file).read_bytes()
    require(len(blob) <= WRAPPED_BYTES, "blob-long", f"the file is larger than {WRAPPED_BYTES} bytes")
    path = _resource(given, "cryptoKeys", given.key)
    key, job = _existing(path), _existing(_resource(given, "importJobs", given.import_job))
    _check_job(job, key)
    _check_algorithm(given.algorithm, key)
    method = job["importMethod"].lower().replace("_", "-")
    _, opening, hash_name = METHODS[method]
    direct = opening is unwrap.oaep
    fits = not (direct and algorithms.is_rsa(given.algorithm))
    require(fits, "rsa-direct", f"{method} cannot be used to wrap RSA keys for import")
    version = {"algorithm": given.algorithm.replace("-", "_").upper(), "importJob": job["name"]}
    version |= {"importTime": state.timestamp(state.now()), "protectionLevel": job["protectionLevel"]}
    try:
        private = unwrap.own_key(job["private"])
        version |= algorithms.taken(given.algorithm, opening(private, blob, hash_name)) | {"state": "ENABLED"}
    except Refusal as refusal:
        version |= {"state": "IMPORT_FAILED", "importFailureReason": str(refusal)}
    if given.version is not None:
        return _pending(_imported_again(path, given.version, version))
    return _pending(_new_version(path, version))


def _pending(version):
    """As the version is shown while the service has not yet looked at the blob."""
    shown = _shown_version(version) | {"state": "PENDING_IMPORT"}
    shown.pop("importFailureReason", None)
    return shown


def _check_job(job, key):
    found = job["state"]
    require(found == "ACTIVE", "job-state", f"Import job [{job['name']}] is not active (state is {found})")
    expired = state.passed(job["expireTime"])
    require(not expired, "job-expired", f"FAILED_PRECONDITION: {job['name']} expired at {job['expireTime']}")
    level = key["versionTemplate"]["protectionLevel"]
    same = job["protectionLevel"] == level
    require(same, "protection-level", f"the import job is of level {job['protectionLevel']}, the key of {level}")


def _check_algorithm(algorithm, key):
    purpose = key["purpose"]
    suits = algorithm in algorithms.PURPOSES[purpose]
    require(suits, "purpose", f"INVALID_ARGUMENT: {algorithm} is none for a key of purpose {purpose}")
    level = key["versionTemplate"]["protectionLevel"]
    known = level == "HSM" or algorithm not in algorithms.ONLY_HSM
    require(known, "only-hsm", f"INVALID_ARGUMENT: {algorithm} is only supported for protection level HSM")


def _imported_again(path, number, version):
    """Only into a version that was destroyed or that failed, and only the material that it had."""
    file = _version_file(path, number)
    old = _existing(file)
    state_of = old["state"]
    again = state_of in ["DESTROYED", "IMPORT_FAILED"]
    require(again, "version-state", f"FAILED_PRECONDITION: version {number} is {state_of}")
    same = "material" not in old or all(old[name] == version.get(name) for name in ["algorithm", "material"])
    require(same, "other-material", "INVALID_ARGUMENT: the material is not that of the destroyed version")
    state.replace(file, old | version)
    return old | version


def _new_version(path, version):
    number = 1
    while True:
        file = _version_file(path, number)
        version["name"] = _name(file)
        if state.create(file, version):
            return version
        number += 1


def _describe_version(parser, words):
    parser.option("version")
    parser.option("--key", required=True)
    given = parser.parse_args(words)
    return _shown_version(_existing(_version_file(_resource(given, "cryptoKeys", given.key), given.version)))


def _list_versions(parser, words):
    parser.option("--key", required=True)
    given = parser.parse_args(words)
    folder = _resource(given, "cryptoKeys", given.key).with_suffix("")
    return [_shown_version(state.read(file)) for file in sorted(folder.glob("cryptoKeyVersions/*.json"))]


def _shown_version(version):
    hidden = ["material", "public", "type", "bits", "curve"]
    return {name: value for name, value in sorted(version.items()) if name not in hidden}


def _update(parser, words):
    parser.option("key")
    parser.option("--primary-version", required=True)
    given = parser.parse_args(words)
    return _set_primary(_resource(given, "cryptoKeys", given.key), given.primary_version)


def _set_primary_version(parser, words):
    parser.option("key")
    parser.option("--version", required=True)
    given = parser.parse_args(words)
    return _set_primary(_resource(given, "cryptoKeys", given.key), given.version)


def _set_primary(path, number):
    key, version = _existing(path), _existing(_version_file(path, number))
    symmetric = key["purpose"] == "encryption"
    require(symmetric, "primary", f"INVALID_ARGUMENT: a key of purpose {key['purpose']} has no primary version")
    found = version["state"]
    require(found == "ENABLED", "version-state", f"FAILED_PRECONDITION: version {number} is {found}")
    key["primary"] = version["name"]
    state.replace(path, key)
    return key


def _resource(given, collection, name):
    """The file of a resource of the key ring that the arguments name; its name may be a whole path as well."""
    project = given.project or os.environ.get("CLOUDSDK_CORE_PROJECT")
    whole = re.fullmatch(rf"projects/([^/]+)/locations/([^/]+)/keyRings/([^/]+)/{collection}/([^/]+)", name)
    if whole:
        project, location, ring, name = whole.groups()
    else:
        location, ring = given.location, given.keyring
    for value, option in [(project, "--project"), (location, "--location"), (ring, "--keyring")]:
        if not value:
            raise arguments.Usage(f"{option} must be specified")
    require(re.fullmatch("[a-z0-9-]{1,63}", location), "location", f"{location!r} is no location")
    require(re.fullmatch("[a-z][a-z0-9:.-]{4,62}", project), "project", f"{project!r} is no project")
    for value in [ring, name]:
        require(re.fullmatch("[a-zA-Z0-9_-]{1,63}", value), "resource-name", f"{value!r} is no name of a resource")
    folder = state.root("google") / "projects" / project / "locations" / location / "keyRings" / ring
    return folder / collection / f"{name}.json"


def _version_file(key, number):
    require(re.fullmatch("[1-9][0-9]*", number) if isinstance(number, str) else number > 0, "version", f"{number!r}")
    return key.with_suffix("") / "cryptoKeyVersions" / f"{number}.json"


def _name(path):
    return path.relative_to(state.root("google")).with_suffix("").as_posix()


def _existing(path):
    found = state.read(path)
    require(found is not None, "not-found", f"NOT_FOUND: {_name(path)} not found")
    return found


COMMANDS = {
    "kms import-jobs create": _create_job,
    "kms import-jobs describe": _describe_job,
    "kms keys create": _create_key,
    "kms keys describe": _describe_key,
    "kms keys set-primary-version": _set_primary_version,
    "kms keys update": _update,
    "kms keys versions describe": _describe_version,
    "kms keys versions import": _import,
    "kms keys versions list": _list_versions,
}


def main(words):
    """Status 2 for a wrong command line, 1 for a refusal, as `gcloud` has it."""
    try:
        run(words)
    except Refusal as refusal:
        print(f"ERROR: (gcloud.kms) {refusal}", file=sys.stderr)
        return 2 if refusal.code == "usage" else 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
