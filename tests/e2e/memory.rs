//! The process's own pages when all is done but `C_Finalize`: no PIN, no ephemeral key.
//!
//! The proxy gives the real module another PIN and another key than it got from byok, so what is found is byok's. What a module keeps to itself is its maker's affair.

mod imported;
mod seen;

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use rsa::traits::PublicKeyParts;
use rsa::{BoxedUint, RsaPublicKey};
use spki::DecodePublicKey;

use crate::token::{Module, USER_PIN};
use crate::workplace::Workplace;

/// In no other place than the PIN file.
const PIN: &str = "qWz7!unheard-of~PIN^51";
/// A piece of this length is found by chance about never: 2^64 against the 2^27 bytes of a process.
const PIECE: usize = 8;
const EPHEMERAL_BYTES: usize = 32;

#[test]
fn no_pin_stays_after_generate() {
    for module in Module::ALL {
        for spec in ["aes-256", "hmac-sha256", "ec-p256"] {
            let mut memory = Memory::new(module);
            let pages = memory.pages_of(&["generate", "one", "--type", spec, "--pin-source", "file:pin"]);
            assert_absent(&pages, PIN.as_bytes(), &format!("{module:?} {spec}: the PIN"));
            // What was given back is wiped, secret or not.
            let predicate = memory.place.predicate("registry/keys/one@1/manifest-0001.dsse.json");
            assert_absent(&pages, predicate["logicalKeyId"].as_str().unwrap().as_bytes(), "the manifest");
        }
    }
}

/// The search finds a PIN that does stay: in the environment, where byok cannot take it away.
#[test]
fn a_pin_in_the_environment_is_found() {
    let mut memory = Memory::new(Module::SoftHsm);
    let pages = memory.pages_of(&["generate", "one", "--type", "aes-256", "--pin-source", "env:ODD"]);
    assert!(contains(&pages, PIN.as_bytes()));
}

#[test]
fn neither_pin_nor_ephemeral_key_stays_after_wrap_for_import() {
    for module in Module::ALL {
        let mut memory = Memory::new(module);
        memory.place.ok(&["generate", "one", "--type", "aes-256"]);
        let receiver = memory.receiver();
        let pages = memory.pages_of(&[
            "wrap-for-import",
            "one",
            "--provider",
            "generic",
            "--wrapping-key",
            "wrapping.pem",
            "--method",
            "rsa-aes-sha256",
            "--allow-exposure",
            "ephemeral-kek",
            "--out",
            "bundle",
            "--pin-source",
            "file:pin",
        ]);
        assert_eq!(memory.place.predicate("bundle/manifest.dsse.json")["wraps"][0]["plan"], "host-kek");
        let ephemeral = fs::read(memory.created()).unwrap();
        assert_eq!(ephemeral.len(), EPHEMERAL_BYTES, "one key was put in");
        assert_absent(&pages, &ephemeral, &format!("{module:?}: the ephemeral key"));
        assert_absent(&pages, hex::encode(&ephemeral).as_bytes(), &format!("{module:?}: the ephemeral key"));
        assert_absent(&pages, PIN.as_bytes(), &format!("{module:?}: the PIN"));
        // Whoever has the padded message has the ephemeral key, so it must be gone too, as the numbers that it was.
        let blob = fs::read(memory.place.path("bundle/wrapped-key.bin")).unwrap();
        let padded = receiver.padded(&memory, &blob);
        assert_absent(&pages, &reversed(&padded), &format!("{module:?}: the padded message as a number"));
        let form = receiver.montgomery_form(&padded);
        assert_absent(&pages, &form, &format!("{module:?}: the padded message in Montgomery form"));
    }
}

struct Memory {
    place: Workplace,
}

impl Memory {
    /// A registry on a token that has to take its ephemeral keys from the host.
    fn new(module: Module) -> Self {
        let place = Workplace::initialised_behind_proxy(module, &["lie=hide-hash=sha256"]);
        place.write("pin", PIN);
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        fs::set_permissions(place.path("pin"), mode).unwrap();
        Self { place }
    }

    /// Every page that the process can write, just before it ends the module.
    fn pages_of(&mut self, words: &[&str]) -> Vec<u8> {
        let created_line = format!("record_created={}", self.created().display());
        self.pages_at("C_Finalize", &["lie=other-pin", "lie=other-value", &created_line], words)
    }

    /// Every page that the process can write, just before this call of a run that succeeds.
    fn pages_at(&mut self, call: &str, lines: &[&str], words: &[&str]) -> Vec<u8> {
        let (output, pages) = self.run_until(call, lines, words);
        crate::workplace::assert_success(&output, &words.join(" "));
        pages
    }

    /// How a run ended, and every page that the process could write just before this call.
    fn run_until(&mut self, call: &str, lines: &[&str], words: &[&str]) -> (Output, Vec<u8>) {
        let dump = self.place.token.path().join("dump");
        let dump_line = format!("dump={call}:{}", dump.display());
        self.place.token.proxied(&[&["lie=hide-hash=sha256", &dump_line], lines].concat());
        let mut command = self.place.command(env!("CARGO_BIN_EXE_byok"));
        if words.contains(&"env:ODD") {
            command.env("ODD", PIN);
        }
        let output = command.args(words).output().unwrap();
        let pages = fs::read(&dump).expect("the proxy dumped the pages");
        fs::remove_file(&dump).unwrap();
        // The whole memory was looked at: the stack with the environment, and the heap.
        assert!(contains(&pages, format!("PIN={USER_PIN}").as_bytes()));
        assert!(contains(&pages, dump.to_str().unwrap().to_uppercase().as_bytes()));
        (output, pages)
    }

    /// Somebody whose public key is in the file `wrapping.pem` from now on.
    fn receiver(&self) -> Receiver {
        self.openssl("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -quiet -out private.pem");
        self.openssl("pkey -in private.pem -pubout -out wrapping.pem");
        let der = self.openssl("pkey -in private.pem -pubout -outform DER");
        Receiver { public: RsaPublicKey::from_public_key_der(&der).unwrap() }
    }

    fn openssl(&self, line: &str) -> Vec<u8> {
        let output = self.place.command("openssl").args(line.split(' ')).output().unwrap();
        crate::workplace::assert_success(&output, line);
        output.stdout
    }

    /// Where the proxy writes the values of keys that are put in.
    fn created(&self) -> PathBuf {
        self.place.token.path().join("created")
    }
}

/// The holder of the wrapping key's private half.
struct Receiver {
    public: RsaPublicKey,
}

impl Receiver {
    /// The message of the blob's first part as OAEP has padded it, big-endian.
    fn padded(&self, memory: &Memory, blob: &[u8]) -> Vec<u8> {
        memory.place.write("oaep", &blob[..self.public.size()]);
        memory.openssl("pkeyutl -decrypt -inkey private.pem -pkeyopt rsa_padding_mode:none -in oaep")
    }

    /// The number as modular arithmetic holds it, times 2^bits modulo the modulus, little-endian.
    fn montgomery_form(&self, padded: &[u8]) -> Vec<u8> {
        let shifted = [padded, &vec![0; self.public.size()]].concat();
        let shifted = BoxedUint::from_be_slice_vartime(&shifted);
        shifted.rem_vartime(self.public.n()).to_le_bytes().into_vec()
    }
}

fn reversed(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().rev().copied().collect()
}

/// No piece of the secret is anywhere.
fn assert_absent(pages: &[u8], secret: &[u8], what: &str) {
    for (at, piece) in secret.windows(PIECE).enumerate().step_by(PIECE / 2) {
        assert!(!contains(pages, piece), "{what} (bytes from {at}) is in memory");
    }
}

/// Whether the bytes are in the pages; the first byte is looked for quickly.
fn contains(pages: &[u8], wanted: &[u8]) -> bool {
    let mut rest = pages;
    while let Some(at) = rest.iter().position(|byte| *byte == wanted[0]) {
        if rest[at..].starts_with(wanted) {
            return true;
        }
        rest = &rest[at + 1..];
    }
    false
}
