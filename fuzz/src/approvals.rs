//! SSH signatures and keys of approvers, and the file that names them.

use byok::approval::allowed_signers::AllowedSigners;
use byok::approval::person;
use byok::approval::ssh_key::SshKey;
use byok::approval::ssh_key_file::public_half;
use byok::approval::sshsig::SshSig;

use crate::assert_printable;

/// Blobs of signatures and keys, and their armor. What the seeds have signed nobody else can sign.
pub fn sshsig(input: &[u8]) {
    match SshSig::from_blob(input) {
        Ok(sig) => {
            assert!(sig.key().fingerprint().starts_with("SHA256:"));
            assert_eq!(sig.touch().is_some(), sig.key().is_security_key());
            assert_printable(&sig.namespace());
            assert!(!sig.verifies(b"what no seed has signed"));
        }
        Err(error) => assert_printable(&error),
    }
    if let Err(error) = SshSig::parse(input) {
        assert_printable(&error);
    }
    match SshKey::from_blob(input) {
        Ok(key) => assert_eq!(SshKey::from_blob(input), Ok(key)),
        Err(error) => assert_printable(&error),
    }
    if let Err(error) = public_half(input) {
        assert_printable(&error);
    }
}

/// Whoever is named is one person, whose name is one of a file.
pub fn allowed_signers(input: &[u8]) {
    match AllowedSigners::parse(input) {
        Ok(signers) => {
            let lines = input.split(|byte| *byte == b'\n').count();
            for signer in signers.signers() {
                assert!((1..=lines).contains(&signer.line));
                assert!(signer.people.iter().all(|name| person::check(name).is_ok() && signer.is(name)));
                assert!(signers.of_key(&signer.key).any(|other| other == signer));
            }
            assert!(signers.people().windows(2).all(|pair| pair[0] < pair[1]));
        }
        Err(error) => assert_printable(&error),
    }
}
