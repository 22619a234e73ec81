"""The stand-in takes what is good and refuses each defect for its own reason: Google."""

from datetime import timedelta

from cryptography.hazmat.primitives import keywrap, serialization

import google_kms
import produce
import state
from selftest_base import EC_KEYS, ED25519, SCALAR, Service, rsa_key


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

    def failed(self, line, code):
        """The command succeeds, and the version says what was wrong."""
        version = self.ok(google_kms, [*line, "--format=json"])
        self.assertEqual(version["state"], "PENDING_IMPORT")
        key, number = version["name"].split("/")[-3::2]
        shown = self.ok(google_kms, f"kms keys versions describe {number} {self.RING} --key {key}")
        self.assertEqual(shown["state"], "IMPORT_FAILED")
        self.assertIn(f"[{code}]", shown["importFailureReason"])

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
            line = self.command(job, "google-symmetric-encryption", blob, "--format value(name.basename())")
            self.assertEqual(self.said(google_kms, line), (0, f"{number}\n", ""))
            line = f"kms keys versions describe {number} {self.RING} --key target --format value(state)"
            self.assertEqual(self.said(google_kms, line.split()), (0, "ENABLED\n", ""))
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
                    self.failed(take(bytes(length(algorithm) + odd)), "secret-length")
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
            ("oaep", self.blob(target, bits=4096)),
        ]:
            with self.subTest(code):
                self.failed(self.command(job, algorithm, blob), code)
        self.refused(google_kms, self.command(job, algorithm, bytes(65537)), "blob-long")
        self.ok(google_kms, self.command(job, algorithm, good))

    def test_direct_wrapping(self):
        job = self.job("rsa-oaep-3072-sha256")
        public = rsa_key(3072).public_key()
        self.key("mac", "hmac-sha256", name="mac")
        take = lambda blob: self.command(job, "hmac-sha256", blob, name="mac")
        self.ok(google_kms, take(produce.oaep(public, bytes(32), "sha256")))
        self.failed(take(produce.oaep(public, bytes(32), "sha1")), "oaep-hash")
        self.failed(take(produce.oaep(public, bytes(32), "sha256", "sha1")), "mgf1-hash")
        self.failed(take(produce.oaep(public, bytes(32), "sha256") + bytes(40)), "blob-long")
        self.failed(take(produce.oaep(public, bytes(32), "sha256", label=b"x")), "oaep")
        self.failed(take(self.blob(bytes(32))), "blob-long")
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
        self.failed(self.command(job, "hmac-sha256", bytes(500)), "oaep")
        self.ok(google_kms, take(job, options="--version 2"))
        self.assertEqual(self.kept(2)["state"], "ENABLED")
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
            line + " --format yaml(x)",
            line + " extra",
            line.replace("--key target", "--key target --key target"),
            line.replace("versions import", "import"),
        ]:
            self.refused(google_kms, wrong, "usage")
        self.refused(google_kms, line.replace("--keyring ring", "--keyring ri/ng"), "resource-name")
        self.ok(google_kms, line.replace("--keyring ring", "--keyring=ring"))
