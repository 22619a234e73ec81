"""The stand-in takes what is good and refuses each defect for its own reason: Azure."""

import copy

from cryptography.hazmat.primitives import keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import ec

import azure_vault
import produce
import state
from selftest_base import EC_KEYS, ED25519, SCALAR, Service, pem, rsa_key


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
