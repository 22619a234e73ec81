//! Python's `cryptography`, which has an implementation of PKCS#12 of its own.

use super::place::{PAIRS, PASSPHRASE, Place};

const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/.cache/venv/bin/python3");

/// Writes `key.pem` in every form that the library has.
const WRITE: &str = r#"
import sys
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import *
from cryptography.hazmat.primitives.serialization.pkcs12 import PBES, serialize_key_and_certificates
secret = sys.argv[1].encode()
key = load_pem_private_key(open("key.pem", "rb").read(), None)
def write(name, content):
    open(name, "wb").write(content)
best = BestAvailableEncryption(secret)
write("py-pem", key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, best))
write("py-der", key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, best))
try:
    write("py-old", key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, best))
except ValueError:
    pass # Ed25519 has no such form
for name, pbes, mac in [
    ("new", PBES.PBESv2SHA256AndAES256CBC, hashes.SHA256()),
    ("3des", PBES.PBESv1SHA1And3KeyTripleDESCBC, hashes.SHA1()),
    ("512", PBES.PBESv2SHA256AndAES256CBC, hashes.SHA512()),
]:
    how = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(3000).key_cert_algorithm(pbes).hmac_hash(mac).build(secret)
    write("py-p12-" + name, serialize_key_and_certificates(b"some name", key, None, None, how))
write("py-p12-best", serialize_key_and_certificates(None, key, None, None, best))
"#;

/// Prints the key of every file as hexadecimal PKCS#8.
const READ: &str = r#"
import sys
from cryptography.hazmat.primitives.serialization import *
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12
secret = sys.argv[1].encode()
def show(key):
    print(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()).hex())
show(load_pem_private_key(open("pkcs8.pem", "rb").read(), None))
show(load_pem_private_key(open("locked.pem", "rb").read(), secret))
show(load_der_private_key(open("locked.der", "rb").read(), secret))
loaded = load_pkcs12(open("key.p12", "rb").read(), secret)
assert loaded.cert is None
show(loaded.key)
"#;

#[test]
fn what_python_writes_is_read_and_the_other_way_round() {
    for (spec, _) in PAIRS {
        let place = Place::with_pair(spec);
        let wanted = place.der("key.pem");
        place.run(PYTHON, &["-c", WRITE, PASSPHRASE]);
        for name in ["py-pem", "py-der", "py-old", "py-p12-new", "py-p12-3des", "py-p12-512", "py-p12-best"] {
            if name == "py-old" && spec == "ed25519" {
                continue;
            }
            assert_eq!(place.der_by_byok(name, ""), wanted, "{spec} {name}");
        }
        place.convert("key.pem", "pkcs8", "pkcs8.pem");
        place.convert("key.pem", "encrypted-pkcs8 --new-passphrase-source env:P", "locked.pem");
        place.convert("key.pem", "encrypted-pkcs8 --encoding der --new-passphrase-source env:P", "locked.der");
        place.convert("key.pem", "pkcs12 --new-passphrase-source env:P", "key.p12");
        let read = String::from_utf8(place.run(PYTHON, &["-c", READ, PASSPHRASE])).unwrap();
        assert_eq!(read.lines().collect::<Vec<_>>(), vec![hex::encode(&wanted); 4], "{spec}");
    }
}
