//! Bundles for any RSA key, opened by openssl as their receiver would: what comes out is the key in the token.

use std::fs;

use serde_json::Value;

use crate::token::Module;
use crate::workplace::{Workplace, text};

const RSA_BYTES: usize = 384;
/// RFC 5649 section 3.
const ALTERNATIVE_INITIAL_VALUE: &str = "A65959A6";

/// A token with a registry, and a receiver with a key pair in files.
pub(crate) struct Receiver {
    pub(crate) place: Workplace,
}

#[test]
fn openssl_opens_what_softhsm_wraps() {
    let receiver = Receiver::new(Module::SoftHsm);
    for (method, consent) in
        [("rsa-oaep-sha1", None), ("rsa-aes-sha1", None), ("rsa-aes-sha256", Some("ephemeral-kek"))]
    {
        let (key, predicate) = receiver.receive("aes-256", method, consent);
        receiver.assert_check_value(&key, &predicate);
    }
}

#[test]
fn openssl_opens_what_kryoptic_wraps() {
    let receiver = Receiver::new(Module::Kryoptic);
    for method in ["rsa-oaep-sha1", "rsa-oaep-sha256", "rsa-oaep-sha512", "rsa-aes-sha384"] {
        let (key, predicate) = receiver.receive("aes-256", method, None);
        receiver.assert_check_value(&key, &predicate);
    }
    for spec in ["ec-p256", "ec-p384", "ec-p521", "ed25519", "rsa-3072"] {
        let (key, predicate) = receiver.receive(spec, "rsa-aes-sha256", None);
        receiver.assert_public_half(&key, &predicate);
    }
}

impl Receiver {
    fn new(module: Module) -> Self {
        Self::at(Workplace::initialised(module))
    }

    /// The receiver for keys of this place.
    pub(crate) fn at(place: Workplace) -> Self {
        let receiver = Self { place };
        receiver.openssl("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -quiet -out private.pem");
        receiver.openssl("pkey -in private.pem -pubout -out public.pem");
        receiver
    }

    /// A new key, wrapped with nothing more shown than consented to, and opened: the key's bytes and the predicate.
    pub(crate) fn receive(&self, spec: &str, method: &str, consent: Option<&str>) -> (Vec<u8>, Value) {
        let name = format!("{spec}-{method}");
        self.place.ok(&["generate", &name, "--type", spec]);
        let mut wrap = vec!["wrap-for-import", &name, "--provider", "generic", "--wrapping-key", "public.pem"];
        wrap.extend(["--method", method, "--out", &name]);
        wrap.extend(consent.iter().flat_map(|exposure| ["--allow-exposure", exposure]));
        self.place.ok(&wrap);
        let predicate = self.place.predicate(format!("{name}/manifest.dsse.json"));
        assert_eq!(predicate["wraps"][0]["exposure"], consent.unwrap_or("none"), "{name}");
        (self.open(&fs::read(self.place.path(&name).join("wrapped-key.bin")).unwrap(), method), predicate)
    }

    /// RSAES-OAEP, and AES-KWP under what was in it when there is more.
    pub(crate) fn open(&self, blob: &[u8], method: &str) -> Vec<u8> {
        let hash = method.rsplit('-').next().unwrap();
        let (oaep, wrapped) = blob.split_at(RSA_BYTES);
        self.place.write("oaep", oaep);
        let padding = format!("-pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:{hash} -pkeyopt rsa_mgf1_md:{hash}");
        let inside = self.openssl(&format!("pkeyutl -decrypt -inkey private.pem {padding} -in oaep"));
        assert_eq!(wrapped.is_empty(), method.starts_with("rsa-oaep"), "{method}");
        if wrapped.is_empty() {
            return inside;
        }
        self.place.write("wrapped", wrapped);
        let kek = hex::encode(inside);
        self.openssl(&format!("enc -d -id-aes256-wrap-pad -K {kek} -iv {ALTERNATIVE_INITIAL_VALUE} -in wrapped"))
    }

    /// The first bytes of the encrypted zero block are the manifest's check value.
    pub(crate) fn assert_check_value(&self, key: &[u8], predicate: &Value) {
        self.place.write("zeros", [0; 16]);
        let block = self.openssl(&format!("enc -aes-256-ecb -nopad -K {} -in zeros", hex::encode(key)));
        let kcv = predicate["check"]["kcv"].as_str().unwrap();
        assert!(kcv.len() == 6 && hex::encode(block).starts_with(kcv), "{kcv}");
    }

    /// The private key is strict DER, and its public half is the manifest's.
    pub(crate) fn assert_public_half(&self, key: &[u8], predicate: &Value) {
        self.place.write("key.der", key);
        let length = der_length(key);
        assert_eq!(key.len(), length, "nothing follows the PKCS#8 structure");
        let public = text(&self.openssl("pkey -inform DER -in key.der -pubout"));
        assert_eq!(public.trim(), predicate["public"]["spkiPem"].as_str().unwrap().trim());
    }

    /// Runs openssl with these words; its standard output.
    pub(crate) fn openssl(&self, words: &str) -> Vec<u8> {
        let output = self.place.command("openssl").args(words.split(' ')).output().unwrap();
        assert!(output.status.success(), "openssl {words}: {}", text(&output.stderr));
        output.stdout
    }
}

/// The length of a DER value whose length octets are one, two or three (X.690 section 8.1.3).
fn der_length(der: &[u8]) -> usize {
    match der[1] {
        0x81 => 3 + usize::from(der[2]),
        0x82 => 4 + usize::from(u16::from_be_bytes([der[2], der[3]])),
        short => 2 + usize::from(short),
    }
}
