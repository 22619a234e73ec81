//! Destinations, and what of them gets into `import.sh`.

use byok::key::spec::{AesBits, KeySpec, Purpose};
use byok::provider::script::quote;
use byok::provider::{Destination, Options, PackageRequest, Source, accept_for};

use crate::answer::{SAMPLES, Sample, destination as resolve, same_commands};
use crate::assert_printable;

/// First line: target. Second line: mount. Whatever is accepted stands in the script as one word.
pub fn destination(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let (target, mount) = text.split_once('\n').unwrap_or((text, ""));
    let mount = (!mount.is_empty()).then(|| mount.to_owned());
    let options = Options { target: Some(target.to_owned()), mount, valid_to: None };
    for sample in SAMPLES.iter() {
        match resolve(sample.provider, &sample.challenge, &options) {
            Ok(destination) => {
                assert!(destination.target().is_none_or(|target| !target.contains(char::is_control)));
                same_commands(sample, &sample.challenge, &destination);
                if sample.provider.id == "openbao" {
                    transit(sample, &destination);
                }
            }
            Err(error) => assert_printable(&error),
        }
    }
    match quote(text) {
        Ok(quoted) => assert_eq!(unquote(&quoted), Some(text.to_owned())),
        Err(error) => assert_printable(&error),
    }
}

fn transit(sample: &Sample, destination: &Destination) {
    let row = accept_for(sample.provider, KeySpec::Aes(AesBits::B256), Purpose::Encrypt).expect("a row");
    let request = PackageRequest {
        source: Source::Version(&"kek@2".parse().expect("a version")),
        spec: row.spec,
        purpose: row.purposes[0],
        others: 0,
        latest: None,
        wrapped: &[0x5a; 552],
        method: row.methods[0],
        algorithm: row.algorithms[0],
        destination,
        challenge: &sample.challenge,
    };
    let package = (sample.provider.package)(&request).expect("a package");
    let (_, script) = package.files.last().expect("import.sh");
    let text = std::str::from_utf8(script).expect("text");
    let (target, mount) = (destination.target().expect("a target"), destination.mount().expect("a mount"));
    let count = |start: &str| text.lines().filter(|line| line.starts_with(start)).count();
    assert_eq!(count(&format!("key='{mount}/keys/{target}'")), 1, "{text}");
    assert_eq!(count("    \"$cli\" write \"$key/import\" ciphertext=@ciphertext.b64 "), 1, "{text}");
    let plain = |c: char| c.is_ascii_alphanumeric() || "_.-/".contains(c);
    assert!(format!("{mount}{target}").chars().all(plain));
}

/// A POSIX shell's reading of one word that consists of single-quoted parts and escaped quotes.
fn unquote(word: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = word;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix(r"\'") {
            out.push('\'');
            rest = after;
        } else {
            let (inside, after) = rest.strip_prefix('\'')?.split_once('\'')?;
            out.push_str(inside);
            rest = after;
        }
    }
    Some(out)
}
