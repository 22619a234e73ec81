"""The stand-in takes what is good and refuses each defect for its own reason. The good and the bad are made by
produce.py, with the package cryptography alone.

    python3 selftest.py
"""

import contextlib
import copy
import io
import json
import os
import subprocess
import tempfile
import unittest
from datetime import timedelta
from functools import cache
from pathlib import Path
from unittest import mock

from cryptography.hazmat.primitives import keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

import azure_vault
import google_kms
import opener
import produce
import state
from refusal import Refusal

make_rsa = rsa.generate_private_key


@cache
def rsa_key(size, _name=""):
    return make_rsa(65537, size)


def pem(private):
    encoding = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return private.private_bytes(*encoding, serialization.NoEncryption())


EC_KEYS = {
    "P-256": ec.generate_private_key(ec.SECP256R1()),
    "P-384": ec.generate_private_key(ec.SECP384R1()),
    "P-521": ec.generate_private_key(ec.SECP521R1()),
    "P-256K": ec.generate_private_key(ec.SECP256K1()),
}
ED25519 = ed25519.Ed25519PrivateKey.generate()
SCALAR = EC_KEYS["P-256"].private_numbers().private_value


class Service(unittest.TestCase):
    """A service with an empty memory; RSA keys of a size are made once."""

    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        environment = {"STANDIN_STATE": str(self.folder), "CLOUDSDK_CORE_PROJECT": "project-1"}
        self.enterContext(mock.patch.dict(os.environ, environment))
        self.enterContext(mock.patch("cryptography.hazmat.primitives.asymmetric.rsa.generate_private_key", self.rsa))

    @staticmethod
    def rsa(exponent, size):
        assert exponent == 65537
        return rsa_key(size)

    def said(self, service, words):
        """Status, standard output, standard error of one command line."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = service.main(words)
        return status, out.getvalue(), err.getvalue()

    def ok(self, service, line):
        status, out, err = self.said(service, line if isinstance(line, list) else line.split())
        self.assertEqual((status, err), (0, ""), line)
        return json.loads(out)

    def refused(self, service, line, code):
        status, out, err = self.said(service, line if isinstance(line, list) else line.split())
        self.assertIn(f"[{code}]", err, line)
        self.assertEqual((status != 0, out), (True, ""), line)
        return err

    def write(self, data):
        (self.folder / "file").write_bytes(data)
        return str(self.folder / "file")


class Azure(Service):
    def setUp(self):
        super().setUp()
        for host in ["kiste.vault.azure.net", "kiste.managedhsm.azure.net", "truhe.vault.azure.net"]:
            (self.folder / "azure" / host).mkdir(parents=True)
        self.kid = self.exchange_key("--vault-name kiste")

    def exchange_key(self, where, options="--kty RSA-HSM --size 2048 --ops import", name="KEK"):
        made = self.ok(azure_vault, f"keyvault key create {where} --name {name} {options}")
        return made["key"]["kid"]

    def blob(self, data, **odd):
        return produce.rsa_aes(rsa_key(2048).public_key(), data, **{"hash_name": "sha1"} | odd)

    def command(self, file, options="", name="target", where="--vault-name kiste"):
        path = self.write(file if isinstance(file, bytes) else produce.as_json(file))
        return ["keyvault", "key", "import", *where.split(), "--name", name, "--byok-file", path, *options.split()]

    def imported(self, name="target", host="kiste.vault.azure.net"):
        return state.read(max((self.folder / "azure" / host / name).glob("*.json")))

    def test_every_type_is_taken_and_kept(self):
        for size in [2048, 3072, 4096]:
            private = rsa_key(size)
            file = produce.transfer_file(self.kid, self.blob(produce.pkcs8(private)))
            shown = self.ok(azure_vault, self.command(file, "--kty RSA"))
            self.assertEqual(shown["key"]["kty"], "RSA-HSM")
            self.assertEqual(self.imported()["material"], produce.pkcs8(private).hex())
        for curve, private in EC_KEYS.items():
            file = produce.transfer_file(self.kid, self.blob(produce.pkcs8(private)))
            shown = self.ok(azure_vault, self.command(file, f"--kty EC --curve {curve} --ops sign verify"))
            self.assertEqual((shown["key"]["crv"], shown["key"]["keyOps"]), (curve, ["sign", "verify"]))
            public = serialization.load_pem_public_key(self.imported()["public"].encode())
            self.assertEqual(public.public_numbers(), private.public_key().public_numbers())
        file = produce.transfer_file(self.kid, self.blob(produce.p256(SCALAR)))
        self.ok(azure_vault, self.command(file, "--kty EC --curve P-256"))
        versions = self.ok(azure_vault, "keyvault key list-versions --vault-name kiste --name target")
        self.assertEqual(len({version["kid"] for version in versions}), 8)

    def test_symmetric_keys_go_to_a_managed_hsm_only(self):
        where = "--hsm-name kiste"
        kid = self.exchange_key(where)
        for size in [16, 24, 32]:
            file = produce.transfer_file(kid, self.blob(bytes(range(size))))
            self.ok(azure_vault, self.command(file, "--kty oct", where=where))
            self.assertEqual(self.imported(host="kiste.managedhsm.azure.net")["material"], bytes(range(size)).hex())
        for size in [0, 20, 31, 33, 64]:
            file = produce.transfer_file(kid, self.blob(bytes(size or 1)))
            self.refused(azure_vault, self.command(file, "--kty oct", where=where), "secret-length")
        file = produce.transfer_file(self.kid, self.blob(bytes(32)))
        self.refused(azure_vault, self.command(file, "--kty oct"), "oct-in-vault")

    def test_defects_of_the_blob(self):
        target = produce.pkcs8(rsa_key(2048))
        good = self.blob(target)
        for code, blob in {
            "oaep-hash": self.blob(target, hash_name="sha256"),
            "mgf1-hash": self.blob(target, hash_name="sha1", mask="sha256"),
            "rfc3394": self.blob(target + bytes(-len(target) % 8), wrap=keywrap.aes_key_wrap),
            "parts-swapped": self.blob(target, swapped=True),
            "ephemeral-length": self.blob(target, ephemeral=16),
            "kwp-blocks": good + b"\0",
            "kwp-integrity": good + bytes(8),
            "blob-short": good[: 256 + 8],
            "oaep": produce.rsa_aes(rsa_key(2048, "other").public_key(), target, "sha1"),
        }.items():
            with self.subTest(code):
                self.refused(azure_vault, self.command(produce.transfer_file(self.kid, blob)), code)
        flipped = good[:-1] + bytes([good[-1] ^ 1])
        self.refused(azure_vault, self.command(produce.transfer_file(self.kid, flipped)), "kwp-integrity")
        cut = produce.transfer_file(self.kid, good[:-8])
        self.refused(azure_vault, self.command(cut), "kwp-integrity")

    def test_defects_of_the_key_inside(self):
        curve = "--kty EC --curve P-256"
        good, p256 = produce.pkcs8(rsa_key(2048)), produce.pkcs8(EC_KEYS["P-256"])
        for code, options, data in [
            ("trailing-bytes", "", good + b"\0"),
            ("trailing-bytes", curve, produce.p256(SCALAR) + bytes(5)),
            ("sec1", curve, produce.traditional(EC_KEYS["P-256"])),
            ("pkcs1", "", produce.traditional(rsa_key(2048))),
            ("pem", "", pem(rsa_key(2048))),
            ("explicit-curve", curve, produce.p256(SCALAR, produce.explicit_p256())),
            ("ec-scalar", curve, produce.p256(SCALAR, octets=33)),
            ("pkcs8-version", curve, produce.p256(SCALAR, version=1)),
            ("truncated", "", good[:-1]),
            ("kty", "", p256),
            ("kty", curve, good),
            ("kty", curve, produce.pkcs8(ED25519)),
            ("curve", "--kty EC --curve P-384", p256),
            ("curve", "--kty EC --curve P-256K", p256),
            ("rsa-size", "", produce.pkcs8(rsa_key(1024))),
            ("no-der", "", bytes(range(64))),
            ("ber", "", b"\x30\x80" + good[4:] + b"\0\0"),
            ("inconsistent", curve, self.other_public_half()),
            ("inconsistent", "", self.other_prime(good)),
        ]:
            with self.subTest(code):
                file = produce.transfer_file(self.kid, self.blob(data))
                self.refused(azure_vault, self.command(file, options), code)

    @staticmethod
    def other_public_half():
        other = ec.generate_private_key(ec.SECP256R1()).public_key()
        point = serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        own = EC_KEYS["P-256"].public_key().public_bytes(*point)
        return produce.pkcs8(EC_KEYS["P-256"]).replace(own, other.public_bytes(*point))

    @staticmethod
    def other_prime(data):
        numbers = rsa_key(2048).private_numbers()
        return data.replace(numbers.p.to_bytes(128, "big"), (numbers.p - 2).to_bytes(128, "big"))

    def test_defects_of_the_file(self):
        good = produce.transfer_file(self.kid, self.blob(produce.pkcs8(rsa_key(2048))))
        base, version = self.kid.rsplit("/", 1)

        def changed(change):
            file = copy.deepcopy(good)
            change(file)
            return file

        text = good["ciphertext"]
        for code, file in [
            ("schema-version", changed(lambda f: f.update(schema_version="1.0"))),
            ("schema-version", changed(lambda f: f.update(schema_version=1.0))),
            ("header-alg", changed(lambda f: f["header"].update(alg="RSA-OAEP"))),
            ("header-enc", changed(lambda f: f["header"].update(enc="RSA_AES_KEY_WRAP_256"))),
            ("generator", changed(lambda f: f.update(generator=""))),
            ("member-unknown", changed(lambda f: f.update(kdf="none"))),
            ("member-unknown", changed(lambda f: f["header"].update(typ="JWT"))),
            ("member-missing", changed(lambda f: f.pop("generator"))),
            ("member-missing", changed(lambda f: f["header"].pop("kid"))),
            ("kid", changed(lambda f: f["header"].update(kid="KEK"))),
            ("kid", changed(lambda f: f["header"].update(kid=f"{base}/{version}/"))),
            ("kid", changed(lambda f: f["header"].update(kid=self.kid.replace("https", "http")))),
            ("kid-version", changed(lambda f: f["header"].update(kid=base))),
            ("kid-version", changed(lambda f: f["header"].update(kid=base + "/"))),
            ("kid-vault", changed(lambda f: f["header"].update(kid=self.kid.replace("kiste", "truhe")))),
            ("kid-vault", changed(lambda f: f["header"].update(kid=self.kid.replace("kiste.", "kiste.vault.azure.net@")))),
            ("kid-unknown", changed(lambda f: f["header"].update(kid=f"{base}/{'0' * 32}"))),
            ("base64-padding", changed(lambda f: f.update(ciphertext=text + "="))),
            ("base64-alphabet", changed(lambda f: f.update(ciphertext="+" + text[1:]))),
            ("base64", changed(lambda f: f.update(ciphertext=text[:20] + "\n" + text[20:]))),
            ("ciphertext", changed(lambda f: f.update(ciphertext=None))),
            ("json", b"schema_version: 1.0.0"),
            ("bom", b"\xef\xbb\xbf" + produce.as_json(good)),
            ("member-twice", produce.as_json(good).replace(b'"generator"', b'"generator": "x", "generator"')),
        ]:
            with self.subTest(code):
                self.refused(azure_vault, self.command(file), code)
        self.ok(azure_vault, self.command(good))

    def test_key_exchange_keys_that_are_none(self):
        target = produce.pkcs8(rsa_key(2048))
        for code, options in {
            "exchange-kty": "--kty RSA --ops import",
            "exchange-ops": "--kty RSA-HSM --ops wrapKey unwrapKey",
            "exchange-disabled": "--kty RSA-HSM --ops import --disabled",
            "exchange-expired": "--kty RSA-HSM --ops import --expires 2020-01-01T00:00:00Z",
        }.items():
            kid = self.exchange_key("--vault-name kiste", options, name=code)
            self.refused(azure_vault, self.command(produce.transfer_file(kid, self.blob(target))), code)
        line = "keyvault key create --vault-name kiste --name both --kty RSA-HSM --ops import wrapKey"
        self.refused(azure_vault, line, "bad-parameter")

    def test_command_lines(self):
        target = produce.pkcs8(rsa_key(2048))
        file = produce.transfer_file(self.kid, self.blob(target))
        for code, options in [
            ("usage", "--kty RSA-HSM"),
            ("usage", "--kty EC-HSM --curve P-256"),
            ("usage", "--kty EC --curve-name P-256"),
            ("usage", "--kty EC"),
            ("usage", "--kty RSA --curve P-256"),
            ("usage", "--kty RSA --kty RSA"),
            ("usage", "--kty EC --curve p256"),
            ("usage", "--hsm-name kiste"),
            ("usage", "--ops signing"),
            ("usage", "--byok-str x"),
            ("operations", "--ops sign import"),
            ("operations", "--kty EC --curve P-256 --ops wrapKey"),
        ]:
            with self.subTest(options):
                self.refused(azure_vault, self.command(file, options), code)
        self.refused(azure_vault, self.command(file, name="a/b"), "key-name")
        self.refused(azure_vault, self.command(file, where="--vault-name nowhere"), "host")
        self.refused(azure_vault, self.command(file, where="--vault-name kiste--x"), "vault-name")
        self.refused(azure_vault, "keyvault key imp --name x", "usage")
        self.refused(azure_vault, "keyvault key show --vault-name kiste --name none", "not-found")


class Google(Service):
    RING = "--location europe-west3 --keyring ring"

    def job(self, method, level="hsm"):
        name = f"job-{method}-{level}"
        self.ok(google_kms, f"kms import-jobs create {name} {self.RING} --import-method {method} --protection-level {level}")
        return name

    def key(self, purpose, algorithm, level="hsm", name="target"):
        line = f"kms keys create {name} {self.RING} --purpose {purpose} --protection-level {level}"
        self.ok(google_kms, f"{line} --default-algorithm {algorithm} --skip-initial-version-creation --import-only")

    def command(self, job, algorithm, blob, options="", name="target"):
        words = f"kms keys versions import {self.RING} --key {name} --import-job {job} --algorithm {algorithm}"
        return [*words.split(), "--wrapped-key-file", self.write(blob), *options.split()]

    def blob(self, data, bits=3072, **odd):
        return produce.rsa_aes(rsa_key(bits).public_key(), data, **{"hash_name": "sha256"} | odd)

    def kept(self, number, name="target"):
        ring = self.folder / "google/projects/project-1/locations/europe-west3/keyRings/ring"
        return state.read(ring / "cryptoKeys" / name / "cryptoKeyVersions" / f"{number}.json")

    def test_every_method_opens(self):
        self.key("encryption", "google-symmetric-encryption")
        for number, (method, (bits, opening, hash_name)) in enumerate(google_kms.METHODS.items(), 1):
            job = self.job(method)
            shown = self.ok(google_kms, f"kms import-jobs describe {job} {self.RING} --format json")
            public = serialization.load_pem_public_key(shown["publicKey"]["pem"].encode())
            make = produce.oaep if opening is google_kms.unwrap.oaep else produce.rsa_aes
            blob = make(public, bytes([number] * 32), hash_name)
            shown = self.ok(google_kms, self.command(job, "google-symmetric-encryption", blob))
            self.assertEqual((shown["state"], shown["name"].rsplit("/", 1)[1]), ("ENABLED", str(number)))
            self.assertEqual(self.kept(number)["material"], bytes([number] * 32).hex())
        self.ok(google_kms, f"kms keys update target {self.RING} --primary-version 6")
        key = self.ok(google_kms, f"kms keys set-primary-version target {self.RING} --version 5")
        self.assertTrue(key["primary"].endswith("/cryptoKeyVersions/5"))

    def test_every_algorithm_has_its_material(self):
        job = self.job("rsa-oaep-3072-sha256-aes-256")
        lengths = {"encryption": lambda _: 32, "raw-encryption": lambda a: int(a.split("-")[1]) // 8}
        lengths["mac"] = lambda a: {"sha1": 20, "sha224": 28, "sha256": 32, "sha384": 48, "sha512": 64}[a.split("-")[1]]
        for purpose, length in lengths.items():
            for algorithm in google_kms.algorithms.PURPOSES[purpose]:
                self.key(purpose, algorithm, name=algorithm)
                take = lambda data: self.command(job, algorithm, self.blob(data), name=algorithm)
                self.ok(google_kms, take(bytes(length(algorithm))))
                for odd in [-8, -1, 1, 8]:
                    self.refused(google_kms, take(bytes(length(algorithm) + odd)), "secret-length")
        for purpose, private, algorithm in self.asymmetric():
            name = f"{algorithm}-{private.key_size if hasattr(private, 'key_size') else ''}"
            self.key(purpose, algorithm, name=name)
            self.ok(google_kms, self.command(job, algorithm, self.blob(produce.pkcs8(private)), name=name))
            self.assertEqual(self.kept(1, name)["material"], produce.pkcs8(private).hex())

    @staticmethod
    def asymmetric():
        for bits in [2048, 3072, 4096]:
            yield "asymmetric-signing", rsa_key(bits), f"rsa-sign-pss-{bits}-sha256"
            yield "asymmetric-encryption", rsa_key(bits), f"rsa-decrypt-oaep-{bits}-sha256"
        for algorithm, curve in google_kms.algorithms.CURVES.items():
            yield "asymmetric-signing", EC_KEYS[curve], algorithm
        yield "asymmetric-signing", ED25519, "ec-sign-ed25519"

    def test_defects_of_the_blob(self):
        job, algorithm = self.job("rsa-oaep-3072-sha256-aes-256"), "ec-sign-p256-sha256"
        self.key("asymmetric-signing", algorithm)
        target = produce.pkcs8(EC_KEYS["P-256"])
        good = self.blob(target)
        aligned = target + bytes(-len(target) % 8)
        for code, blob in [
            ("oaep-hash", self.blob(target, hash_name="sha1")),
            ("mgf1-hash", self.blob(target, mask="sha1")),
            ("rfc3394", self.blob(aligned, wrap=keywrap.aes_key_wrap)),
            ("parts-swapped", self.blob(target, swapped=True)),
            ("ephemeral-length", self.blob(target, ephemeral=24)),
            ("trailing-bytes", self.blob(target + b"\0\0")),
            ("sec1", self.blob(produce.traditional(EC_KEYS["P-256"]))),
            ("explicit-curve", self.blob(produce.p256(SCALAR, produce.explicit_p256()))),
            ("curve", self.blob(produce.pkcs8(EC_KEYS["P-384"]))),
            ("type", self.blob(produce.pkcs8(rsa_key(2048)))),
            ("type", self.blob(produce.pkcs8(ED25519))),
            ("kwp-blocks", good[:-3]),
            ("blob-short", good[:384]),
            ("blob-long", bytes(65537)),
            ("oaep", self.blob(target, bits=4096)),
        ]:
            with self.subTest(code):
                self.refused(google_kms, self.command(job, algorithm, blob), code)
        self.ok(google_kms, self.command(job, algorithm, good))

    def test_direct_wrapping(self):
        job = self.job("rsa-oaep-3072-sha256")
        public = rsa_key(3072).public_key()
        self.key("mac", "hmac-sha256", name="mac")
        take = lambda blob: self.command(job, "hmac-sha256", blob, name="mac")
        self.ok(google_kms, take(produce.oaep(public, bytes(32), "sha256")))
        self.refused(google_kms, take(produce.oaep(public, bytes(32), "sha1")), "oaep-hash")
        self.refused(google_kms, take(produce.oaep(public, bytes(32), "sha256", "sha1")), "mgf1-hash")
        self.refused(google_kms, take(produce.oaep(public, bytes(32), "sha256") + bytes(40)), "blob-long")
        self.refused(google_kms, take(produce.oaep(public, bytes(32), "sha256", label=b"x")), "oaep")
        self.refused(google_kms, take(self.blob(bytes(32))), "blob-long")
        self.key("asymmetric-signing", "rsa-sign-pss-2048-sha256", name="rsa")
        line = self.command(job, "rsa-sign-pss-2048-sha256", bytes(384), name="rsa")
        self.refused(google_kms, line, "rsa-direct")

    def test_jobs_keys_and_levels(self):
        job, soft = self.job("rsa-oaep-3072-sha256-aes-256"), self.job("rsa-oaep-3072-sha256-aes-256", "software")
        self.key("mac", "hmac-sha256")
        good = self.blob(bytes(32))
        take = lambda job, algorithm="hmac-sha256", options="", name="target": self.command(
            job, algorithm, good, options, name
        )
        self.refused(google_kms, take(soft), "protection-level")
        self.refused(google_kms, take("none"), "not-found")
        self.refused(google_kms, take(job, name="none"), "not-found")
        self.refused(google_kms, take(job, "google-symmetric-encryption"), "purpose")
        self.key("asymmetric-signing", "ec-sign-secp256k1-sha256", "software", "koblitz")
        self.refused(google_kms, take(soft, "ec-sign-secp256k1-sha256", name="koblitz"), "only-hsm")
        whole = f"projects/project-1/locations/europe-west3/keyRings/ring/importJobs/{job}"
        self.ok(google_kms, take(whole))
        self.refused(google_kms, f"kms keys update target {self.RING} --primary-version 1", "primary")
        self.refused(google_kms, f"kms keys update target {self.RING} --primary-version 7", "not-found")
        self.refused(google_kms, take(job, options="--version 1"), "version-state")
        path = self.folder / "google" / (whole + ".json")
        kept = state.read(path)
        for code, change in {
            "job-state": {"state": "PENDING_GENERATION"},
            "job-expired": {"expireTime": state.timestamp(state.now() - timedelta(seconds=1))},
        }.items():
            state.replace(path, kept | change)
            self.refused(google_kms, take(job), code)
        shown = self.ok(google_kms, f"kms import-jobs describe {job} {self.RING}")
        self.assertIn("publicKey", shown)
        state.replace(path, kept | {"state": "EXPIRED"})
        self.assertNotIn("publicKey", self.ok(google_kms, f"kms import-jobs describe {job} {self.RING}"))
        self.refused(google_kms, take(job), "job-state")

    def test_a_destroyed_version_takes_its_own_material_again(self):
        job = self.job("rsa-oaep-3072-sha256-aes-256")
        self.key("mac", "hmac-sha256")
        self.ok(google_kms, self.command(job, "hmac-sha256", self.blob(bytes(32))))
        ring = self.folder / "google/projects/project-1/locations/europe-west3/keyRings/ring"
        path = ring / "cryptoKeys/target/cryptoKeyVersions/1.json"
        state.replace(path, state.read(path) | {"state": "DESTROYED"})
        other = self.command(job, "hmac-sha256", self.blob(b"\1" * 32), "--version 1")
        self.refused(google_kms, other, "other-material")
        self.ok(google_kms, self.command(job, "hmac-sha256", self.blob(bytes(32)), "--version 1"))
        self.assertEqual(self.kept(1)["state"], "ENABLED")

    def test_command_lines(self):
        self.key("mac", "hmac-sha256")
        job = self.job("rsa-oaep-3072-sha256-aes-256")
        line = " ".join(self.command(job, "hmac-sha256", self.blob(bytes(32))))
        for wrong in [
            line.replace("--algorithm hmac-sha256", "--algorithm HMAC_SHA256"),
            line.replace("--wrapped-key-file", "--wrapped-key"),
            line.replace(" --import-job", " --job"),
            line.replace("--keyring ring", ""),
            line + " --kty RSA",
            line + " extra",
            line.replace("--key target", "--key target --key target"),
            line.replace("versions import", "import"),
        ]:
            self.refused(google_kms, wrong, "usage")
        self.refused(google_kms, line.replace("--keyring ring", "--keyring ri/ng"), "resource-name")
        self.ok(google_kms, line.replace("--keyring ring", "--keyring=ring"))


class Open(Service):
    def test_what_is_announced_is_inside(self):
        private = self.folder / "private.pem"
        private.write_bytes(pem(rsa_key(3072)))
        public = rsa_key(3072).public_key()

        def opened(kind, method, blob):
            file = self.write(blob)
            return opener.opened({"private": str(private), "method": method, "type": kind, "file": file})

        found = opened("aes-192", "rsa-oaep-sha384", produce.oaep(public, bytes(24), "sha384"))
        self.assertEqual(found["material"], bytes(24).hex())
        found = opened("ec-p521", "rsa-aes-sha512", produce.rsa_aes(public, produce.pkcs8(EC_KEYS["P-521"]), "sha512"))
        self.assertEqual(found["material"], produce.pkcs8(EC_KEYS["P-521"]).hex())
        for code, kind, method, blob in [
            ("secret-length", "aes-256", "rsa-oaep-sha384", produce.oaep(public, bytes(24), "sha384")),
            ("oaep-hash", "aes-192", "rsa-oaep-sha256", produce.oaep(public, bytes(24), "sha384")),
            ("blob-long", "aes-192", "rsa-oaep-sha256", produce.rsa_aes(public, bytes(24), "sha256")),
            ("blob-short", "aes-192", "rsa-aes-sha256", produce.oaep(public, bytes(24), "sha256")),
            ("type", "ec-p384", "rsa-aes-sha256", produce.rsa_aes(public, produce.pkcs8(EC_KEYS["P-521"]), "sha256")),
            ("type", "rsa-3072", "rsa-aes-sha256", produce.rsa_aes(public, produce.pkcs8(rsa_key(2048)), "sha256")),
        ]:
            with self.assertRaises(Refusal) as caught:
                opened(kind, method, blob)
            self.assertEqual(caught.exception.code, code)


class Programs(Service):
    def test_they_run_as_programs(self):
        """As a script finds them on PATH, in a process of their own."""
        bin_folder = Path(__file__).parent / "bin"
        for program, line in {
            "az": "keyvault key show --vault-name kiste --name none",
            "gcloud": f"kms import-jobs describe none {Google.RING}",
        }.items():
            environment = os.environ | {"PATH": f"{bin_folder}:{os.environ['PATH']}"}
            (self.folder / "azure/kiste.vault.azure.net").mkdir(parents=True, exist_ok=True)
            output = subprocess.run([program, *line.split()], env=environment, capture_output=True, text=True)
            self.assertIn("[not-found]", output.stderr)
            self.assertEqual((output.returncode, output.stdout), (3 if program == "az" else 1, ""))


if __name__ == "__main__":
    unittest.main()
