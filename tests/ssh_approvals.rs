//! Signatures of people, byok beside the real OpenSSH: each takes what the other makes, and refuses what it refuses.
#![cfg(test)]

#[path = "support/ssh_signer.rs"]
mod ssh_signer;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use byok::approval::allowed_signers::AllowedSigners;
use byok::approval::count::{CountFacts, Signature, count};
use byok::approval::ssh_key_file::public_half;
use byok::approval::sshsig::SshSig;
use byok::policy::request::{Person, Requirement};
use ssh_signer::{Secret, TOUCHED, VERIFIED, every_kind, sk_ed25519, sk_p256};

const NAMESPACE: &str = "byok-approval-v1";
const MESSAGE: &[u8] = b"{\n  \"schema\": \"byok.plan/v1\"\n}\n";
/// What `ssh-keygen -t` takes, and `-b`.
const TYPES: [(&str, &str); 4] = [("ed25519", "256"), ("ecdsa", "256"), ("ecdsa", "384"), ("ecdsa", "521")];

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }

    fn keygen(&self, arguments: &[&str], input: &[u8]) -> Output {
        let mut command = Command::new("ssh-keygen");
        command.args(arguments).current_dir(self.0.path()).env_clear().env("PATH", "/usr/bin:/bin");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A program that refuses its arguments does not read.
        let _ = child.stdin.take().unwrap().write_all(input);
        child.wait_with_output().unwrap()
    }

    /// A key pair in files, and the line of its public half.
    fn key(&self, name: &str, (kind, bits): (&str, &str), passphrase: &str) -> String {
        let made = self.keygen(&["-q", "-t", kind, "-b", bits, "-N", passphrase, "-C", "", "-f", name], b"");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        fs::read_to_string(self.path(&format!("{name}.pub"))).unwrap().trim().to_owned()
    }

    fn sign(&self, key: &str, message: &[u8]) -> Vec<u8> {
        let signed = self.keygen(&["-Y", "sign", "-n", NAMESPACE, "-f", key], message);
        assert!(signed.status.success(), "{}", String::from_utf8_lossy(&signed.stderr));
        signed.stdout
    }

    /// Whether `ssh-keygen -Y verify` takes a signature of alice.
    fn openssh_takes(&self, signers: &str, signature: &[u8], message: &[u8], time: Option<&str>) -> bool {
        self.write("signers", signers);
        self.write("signature", signature);
        let mut arguments = vec!["-Y", "verify", "-f", "signers", "-I", "alice", "-n", NAMESPACE, "-s", "signature"];
        let time = time.map(|time| format!("verify-time={time}"));
        arguments.extend(time.iter().flat_map(|time| ["-O", time.as_str()]));
        self.keygen(&arguments, message).status.success()
    }
}

/// Whether byok counts a signature of alice at this time.
fn byok_takes(signers: &str, signature: &[u8], message: &[u8], time: &str) -> bool {
    let Ok(signers) = AllowedSigners::parse(signers.as_bytes()) else { return false };
    let requirement = Requirement { threshold: 1, roles: BTreeMap::new(), author_counts: true, verify_required: false };
    let facts = CountFacts {
        message,
        namespace: NAMESPACE,
        author: None,
        now: time.parse().unwrap(),
        signers: &signers,
        people: &[("alice".to_owned(), Person::default())].into(),
        revoked: &BTreeMap::new(),
    };
    count(&requirement, &facts, &[Signature { name: "alice".to_owned(), bytes: signature.to_vec() }]).is_ok()
}

const NOW: &str = "2026-06-01T12:00:00Z";

#[test]
fn what_ssh_keygen_signs_byok_takes() {
    let folder = Folder::new();
    for (at, kind) in TYPES.into_iter().enumerate() {
        let name = format!("key{at}");
        let line = format!("alice {}\n", folder.key(&name, kind, ""));
        let signature = folder.sign(&name, MESSAGE);
        assert!(byok_takes(&line, &signature, MESSAGE, NOW), "{kind:?}");
        assert!(folder.openssh_takes(&line, &signature, MESSAGE, None), "{kind:?}");
        for other in [&MESSAGE[1..], b"", &[MESSAGE, b"\n"].concat()] {
            assert!(!byok_takes(&line, &signature, other, NOW), "{kind:?}");
        }
    }
}

#[test]
fn what_the_model_of_an_authenticator_signs_openssh_takes_as_byok_does() {
    let folder = Folder::new();
    let good = every_kind().into_iter().chain([sk_ed25519(1, VERIFIED), sk_p256(1, VERIFIED)]);
    for secret in good {
        let (line, signature) = (format!("alice {}\n", secret.line()), secret.sign(NAMESPACE, MESSAGE));
        assert!(folder.openssh_takes(&line, &signature, MESSAGE, None), "{}", secret.type_name());
        assert!(byok_takes(&line, &signature, MESSAGE, NOW), "{}", secret.type_name());
        assert!(!folder.openssh_takes(&line, &signature, b"other", None));
    }
}

/// Every byte of an authenticator's signature counts, for both.
#[test]
fn an_authenticators_signature_cannot_be_changed() {
    let folder = Folder::new();
    let secret = sk_p256(7, TOUCHED);
    let line = format!("alice {}\n", secret.line());
    let blob = secret.sshsig(NAMESPACE, MESSAGE);
    // Flags and counter are the last five bytes.
    for at in blob.len() - 5..blob.len() {
        let mut bad = blob.clone();
        bad[at] ^= 4;
        let signature = ssh_signer::armor(&bad);
        assert!(!byok_takes(&line, &signature, MESSAGE, NOW), "byte {at}");
        assert!(!folder.openssh_takes(&line, &signature, MESSAGE, None), "byte {at}");
    }
}

#[test]
fn the_public_half_of_each_private_key_is_seen() {
    let folder = Folder::new();
    for (at, kind) in TYPES.into_iter().enumerate() {
        for passphrase in ["", "a passphrase"] {
            let name = format!("key{at}{}", passphrase.len());
            let line = folder.key(&name, kind, passphrase);
            let seen = |name: &str| public_half(&fs::read(folder.path(name)).unwrap()).unwrap().unwrap();
            assert_eq!(seen(&name), seen(&format!("{name}.pub")), "{kind:?}");
            assert!(line.starts_with(seen(&name).type_name()));
            let shown = folder.keygen(&["-l", "-f", &name], b"").stdout;
            assert!(String::from_utf8_lossy(&shown).contains(&seen(&name).fingerprint()), "{kind:?}");
        }
    }
    let other = folder.keygen(&["-q", "-t", "ecdsa", "-m", "PKCS8", "-N", "", "-f", "pkcs8"], b"");
    assert!(other.status.success());
    assert_eq!(public_half(&fs::read(folder.path("pkcs8")).unwrap()), Ok(None));
}

#[test]
fn weak_keys_of_real_files_are_refused_by_name() {
    let folder = Folder::new();
    let line = folder.key("rsa", ("rsa", "3072"), "");
    let refused = AllowedSigners::parse(format!("alice {line}\n").as_bytes()).unwrap_err().to_string();
    assert!(refused.starts_with("line 1, column 7 of the allowed signers: keys of type ssh-rsa"), "{refused}");
    let refused = SshSig::parse(&folder.sign("rsa", MESSAGE)).unwrap_err().to_string();
    assert!(refused.contains("ssh-rsa"), "{refused}");
    // A certificate is signed with, and refused.
    folder.key("ca", ("ed25519", "256"), "");
    folder.key("user", ("ed25519", "256"), "");
    assert!(folder.keygen(&["-q", "-s", "ca", "-I", "x", "-n", "alice", "user.pub"], b"").status.success());
    let signature = folder.sign("user-cert.pub", MESSAGE);
    assert!(SshSig::parse(&signature).unwrap_err().to_string().contains("certificate"));
}

/// Files on which both have the same opinion, and those that byok refuses though OpenSSH would guess.
#[test]
fn allowed_signers_mean_the_same_to_both() {
    let folder = Folder::new();
    let key = folder.key("key", ("ed25519", "256"), "");
    let other = folder.key("other", ("ed25519", "256"), "");
    let signature = folder.sign("key", MESSAGE);
    let cases = [
        ("alice KEY", true),
        ("alice KEY a comment", true),
        ("\talice\tKEY\r", true),
        ("# alice\n\nbob OTHER\nalice KEY", true),
        ("bob,alice KEY", true),
        ("alice namespaces=\"byok-approval-v1\" KEY", true),
        ("alice NAMESPACES=\"git,byok-approval-v1\" KEY", true),
        ("alice namespaces=\"git\" KEY", false),
        ("alice namespaces=\"byok-destroy-v1\" KEY", false),
        ("alice valid-after=\"20260601120000Z\" KEY", true),
        ("alice valid-after=\"20260601120001Z\" KEY", false),
        ("alice valid-before=\"20260601120000Z\" KEY", true),
        ("alice valid-before=\"20260601115959Z\" KEY", false),
        ("alice valid-after=\"202606011200Z\",valid-before=\"20260602Z\" KEY", true),
        ("alice valid-after=\"20260602Z\",valid-before=\"20260601Z\" KEY", false),
        ("alice cert-authority KEY", false),
        ("alice verify-required KEY", false),
        ("alice namespaces=git KEY", false),
        ("alice OTHER", false),
        ("bob KEY", false),
        ("Alice KEY", false),
        ("alice", false),
        ("alice ssh-ed25519", false),
        ("", false),
    ];
    for (text, taken) in cases {
        let signers = format!("{}\n", text.replace("KEY", &key).replace("OTHER", &other));
        assert_eq!(byok_takes(&signers, &signature, MESSAGE, NOW), taken, "{text}");
        let time = Some("20260601120000Z");
        assert_eq!(folder.openssh_takes(&signers, &signature, MESSAGE, time), taken, "OpenSSH: {text}");
    }
    for guessed in ["a* KEY", "alic? KEY", "\"alice\" KEY", "alice namespaces=\"byok-*\" KEY", "alice,!bob KEY"] {
        let signers = format!("{}\n", guessed.replace("KEY", &key));
        assert!(!byok_takes(&signers, &signature, MESSAGE, NOW), "{guessed}");
        assert!(folder.openssh_takes(&signers, &signature, MESSAGE, None), "OpenSSH: {guessed}");
    }
}

#[test]
fn signatures_that_neither_takes() {
    let folder = Folder::new();
    let secret: Secret = ssh_signer::p256(5);
    let line = format!("alice {}\n", secret.line());
    let message = MESSAGE;
    let mut cases = vec![Vec::new(), b"-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n".to_vec()];
    cases.push(secret.sign("file", message));
    cases.push(secret.sign(NAMESPACE, b"other"));
    cases.push(ssh_signer::p256(6).sign(NAMESPACE, message));
    cases.push(ssh_signer::armor(&secret.sshsig_with(NAMESPACE, "sha1", &[0; 20])));
    for (at, signature) in cases.into_iter().enumerate() {
        assert!(!byok_takes(&line, &signature, message, NOW), "case {at}");
        assert!(!folder.openssh_takes(&line, &signature, message, None), "case {at}");
    }
}
