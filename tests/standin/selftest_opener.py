"""The stand-in takes what is good and refuses each defect for its own reason: the opener of bundles, and both services as programs."""

import os
import subprocess
from pathlib import Path

import opener
import produce
from refusal import Refusal
from selftest_base import EC_KEYS, Service, pem, rsa_key


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
            "gcloud": "kms import-jobs describe none --location europe-west3 --keyring ring",
        }.items():
            environment = os.environ | {"PATH": f"{bin_folder}:{os.environ['PATH']}"}
            (self.folder / "azure/kiste.vault.azure.net").mkdir(parents=True, exist_ok=True)
            output = subprocess.run([program, *line.split()], env=environment, capture_output=True, text=True)
            self.assertIn("[not-found]", output.stderr)
            self.assertEqual((output.returncode, output.stdout), (3 if program == "az" else 1, ""))
