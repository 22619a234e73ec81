"""What the self-tests have in common: keys, and a service with an empty memory. The good and the bad are made by produce.py,
with the package cryptography alone.

    python3 -m unittest discover --start-directory tests/standin --pattern "selftest_*.py"
"""

import contextlib
import io
import json
import os
import tempfile
import unittest
from functools import cache
from pathlib import Path
from unittest import mock

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa


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
