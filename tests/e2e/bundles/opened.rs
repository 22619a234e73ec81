//! Wrapped keys opened with a private key of the user's own: in a file, or in the token.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::secret;
use crate::bao::Bao;
use crate::generic::Receiver;
use crate::token::Module;
use crate::workplace::{Workplace, text};

const CONSENT: [&str; 2] = ["--allow-exposure", "plaintext"];

/// Python's cryptography wraps `IN` under `PUBLIC` by `METHOD` into `OUT`.
const WRAP: &str = r"
import os, sys
from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import padding
public, method, source, out = sys.argv[1:]
key = serialization.load_pem_public_key(open(public, 'rb').read())
plain = open(source, 'rb').read()
hash = getattr(hashes, method.split('-')[-1].upper())()
oaep = padding.OAEP(padding.MGF1(hash), hash, None)
if method.startswith('rsa-aes'):
    kek = os.urandom(32)
    blob = key.encrypt(kek, oaep) + keywrap.aes_key_wrap_with_padding(kek, plain)
else:
    blob = key.encrypt(plain, oaep)
open(out, 'wb').write(blob)
";

impl Workplace {
    fn wrapped(&self, public: &str, method: &str, source: &str, out: &str) {
        let python = Bao::folder().join("python3");
        let output = self.command(python).args(["-c", WRAP, public, method, source, out]).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
}

/// The words that open `blob`.
fn words<'a>(blob: &'a str, method: &'a str, key: &'a str, to: &'a str, out: &'a str) -> Vec<&'a str> {
    let words = ["convert", blob, "--from", method, "--unwrapping-key", key, "--to", to, "--out", out];
    [&words[..], &CONSENT].concat()
}

#[test]
fn a_private_key_file_opens_what_others_wrapped() {
    let receiver = Receiver::at(Workplace::initialised(Module::SoftHsm));
    let place = &receiver.place;
    place.write("secret.bin", secret(32));
    for hash in ["sha1", "sha224", "sha256", "sha384", "sha512"] {
        for method in [format!("rsa-oaep-{hash}"), format!("rsa-aes-{hash}")] {
            place.wrapped("public.pem", &method, "secret.bin", &format!("{method}.blob"));
            let (blob, out) = (format!("{method}.blob"), format!("{method}.bin"));
            place.ok(&words(&blob, &method, "file:private.pem", "raw", &out));
            assert_eq!(fs::read(place.path(&out)).unwrap(), secret(32), "{method}");
        }
    }
    for kind in ["ec-p384", "ed25519", "rsa-2048"] {
        place.private_key(kind, "inside.pem");
        place.openssl("pkey -in inside.pem -outform DER -out inside.der");
        place.wrapped("public.pem", "rsa-aes-sha256", "inside.der", "blob");
        place.ok(&words("blob", "rsa-aes-sha256", "file:private.pem", "pkcs8", &format!("{kind}.pem")));
        let public = |file: &str| text(&place.openssl(&format!("pkey -in {file} -pubout")));
        assert_eq!(public(&format!("{kind}.pem")), public("inside.pem"), "{kind}");
    }
}

/// There and back: what byok made is what byok opens, from base64 as well, and with an encrypted private key.
#[test]
fn a_bundle_of_a_key_file_comes_back() {
    let receiver = Receiver::at(Workplace::initialised(Module::SoftHsm));
    let place = &receiver.place;
    place.write("secret.bin", secret(24));
    place.write("passphrase", "correct horse");
    fs::set_permissions(place.path("passphrase"), fs::Permissions::from_mode(0o600)).unwrap();
    place.openssl("pkey -in private.pem -aes-256-cbc -passout file:passphrase -out locked.pem");
    let make = super::words("secret.bin", "generic", "public.pem", "bundle");
    place.ok(&[&make[..], &["--type", "aes-192"]].concat());
    place.openssl("base64 -in bundle/wrapped-key.bin -out blob.b64");
    let open = words("blob.b64", "rsa-aes-sha512", "file:locked.pem", "raw", "out.bin");
    assert!(place.refused(2, &open).contains("--unwrapping-passphrase-source"));
    place.ok(&[&open[..], &["--unwrapping-passphrase-source", "file:passphrase"]].concat());
    assert_eq!(fs::read(place.path("out.bin")).unwrap(), secret(24));
}

/// Another key, another method, a changed byte, too few: one and the same answer (RFC 8017 section 7.1.2).
#[test]
fn what_does_not_open_says_one_thing() {
    let receiver = Receiver::at(Workplace::initialised(Module::SoftHsm));
    let place = &receiver.place;
    place.write("secret.bin", secret(32));
    place.openssl("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -quiet -out other.pem");
    place.wrapped("public.pem", "rsa-aes-sha256", "secret.bin", "blob");
    let mut bytes = fs::read(place.path("blob")).unwrap();
    bytes[5] ^= 1;
    place.write("outer", &bytes);
    bytes[5] ^= 1;
    *bytes.last_mut().unwrap() ^= 1;
    place.write("inner", &bytes);
    let mut said = Vec::new();
    for (blob, method, key) in [
        ("outer", "rsa-aes-sha256", "file:private.pem"),
        ("inner", "rsa-aes-sha256", "file:private.pem"),
        ("blob", "rsa-aes-sha1", "file:private.pem"),
        ("blob", "rsa-oaep-sha256", "file:private.pem"),
        ("blob", "rsa-aes-sha256", "file:other.pem"),
    ] {
        said.push(place.refused(7, &words(blob, method, key, "raw", "out.bin")));
        assert!(!place.path("out.bin").exists());
    }
    said.dedup();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("[E0745]"), "{}", said[0]);
    let plain = words("blob", "rsa-aes-sha256", "file:private.pem", "raw", "out.bin");
    assert!(place.refused(2, &plain[..plain.len() - 2]).contains("[E0233]"));
    place.private_key("ec-p256", "ec.pem");
    assert!(place.refused(7, &words("blob", "rsa-aes-sha256", "file:ec.pem", "raw", "out.bin")).contains("[E0746]"));
    place.openssl("genrsa -out small.pem 1024");
    assert!(place.refused(7, &words("blob", "rsa-aes-sha256", "file:small.pem", "raw", "out.bin")).contains("[E0746]"));
}

/// A key in the token opens what was wrapped under its public half: it decrypts, or unwraps and lets out.
#[test]
fn a_key_in_the_token_opens_what_others_wrapped() {
    // SoftHSM has OAEP with SHA-1 only.
    for (module, hashes) in [(Module::SoftHsm, &["sha1"][..]), (Module::Kryoptic, &["sha1", "sha256", "sha512"])] {
        let place = Workplace::initialised(module);
        place.write("secret.bin", secret(32));
        place.private_key("ec-p256", "inside.pem");
        place.openssl("pkey -in inside.pem -outform DER -out inside.der");
        for purpose in ["encrypt", "wrap"] {
            place.ok(&["generate", purpose, "--type", "rsa-3072", "--purpose", purpose]);
            let manifest = format!("registry/keys/{purpose}@1/manifest-0001.dsse.json");
            place.write("public.pem", place.predicate(manifest)["public"]["spkiPem"].as_str().unwrap());
            let key = format!("token:{purpose}");
            for hash in hashes {
                let (oaep, aes) = (format!("rsa-oaep-{hash}"), format!("rsa-aes-{hash}"));
                let out = format!("{purpose}-{hash}");
                place.wrapped("public.pem", &oaep, "secret.bin", "blob");
                let open = words("blob", &oaep, &key, "raw", &out);
                place.ok(&[&open[..], &["--type", "aes-256"]].concat());
                assert_eq!(fs::read(place.path(&out)).unwrap(), secret(32), "{out}");
                let pem = format!("{out}.pem");
                place.wrapped("public.pem", &aes, "inside.der", "blob");
                place.ok(&words("blob", &aes, &key, "pkcs8", &pem));
                let public = |file: &str| text(&place.openssl(&format!("pkey -in {file} -pubout")));
                assert_eq!(public(&pem), public("inside.pem"), "{pem}");
            }
        }
        place.ok(&["generate", "signs", "--type", "rsa-3072"]);
        let said = place.refused(7, &words("blob", "rsa-aes-sha1", "token:signs", "raw", "out"));
        assert!(said.contains("[E0746]"), "{said}");
        place.write("blob", [7; 384]);
        let said = place.refused(7, &words("blob", "rsa-oaep-sha1", "token:encrypt", "raw", "out"));
        assert!(said.contains("[E0745]"), "{said}");
    }
}
