//! Containers that are named and not read: what they are, and the way out.

use super::blocks::named;
use super::{Form, Layer, Part, Reading, shown};

/// Java's keystores by their first four bytes.
pub(super) fn java(bytes: &[u8]) -> Option<Reading> {
    let (what, kind) = match bytes.first_chunk::<4>()? {
        [0xfe, 0xed, 0xfe, 0xed] => ("a Java keystore (JKS)", "JKS"),
        [0xce, 0xce, 0xce, 0xce] => ("a Java keystore (JCEKS)", "JCEKS"),
        _ => return None,
    };
    let way_out = format!(
        "keytool -importkeystore -srckeystore FILE -srcstoretype {kind} -destkeystore NEW.p12 -deststoretype PKCS12"
    );
    Some(alone(named("", Form::JavaKeystore, what, way_out), Vec::new()))
}

/// Texts that say by their first line what they are.
pub(super) fn text(text: &str) -> Option<Reading> {
    let first = text.lines().next().unwrap_or_default();
    if let Some(rest) = first.strip_prefix("PuTTY-User-Key-File-") {
        let encrypted = text.lines().any(|line| line.starts_with("Encryption: ") && line != "Encryption: none");
        let kind: String = rest.chars().skip(3).filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(32).collect();
        let kind = shown::name_or(&kind, "of another type");
        let state = if encrypted { "encrypted" } else { "not encrypted" };
        let way_out = "puttygen FILE -O private-openssh -o NEW";
        return Some(alone(
            named("", Form::Putty, format!("a PuTTY private key ({kind}, {state})"), way_out),
            Vec::new(),
        ));
    }
    if first.starts_with("---- BEGIN SSH2 PUBLIC KEY") {
        let part = named("", Form::Ssh2Public, "an SSH2 public key", "ssh-keygen -i -f FILE");
        return Some(alone(part, vec![Layer::Base64]));
    }
    if first.starts_with("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY") {
        return Some(alone(named("", Form::Other, "an SSH2 private key", ""), vec![Layer::Base64]));
    }
    None
}

pub(super) fn alone(part: Part, layers: Vec<Layer>) -> Reading {
    Reading { layers, parts: vec![part], findings: Vec::new() }
}
