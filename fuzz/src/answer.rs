//! What providers hand out, and the commands that come of it.

use std::sync::LazyLock;

use byok::format::spki::PublicKey;
use byok::key::name::KeyName;
use byok::provider::{
    Challenge, Destination, DestinationRequest, Handout, ImportFile, Options, PROVIDERS, PackageRequest, Provider,
    Source, WrappingSizes,
};

use crate::assert_printable;

const OPENBAO: &[u8] = include_bytes!("../seeds/answer/openbao.json");

/// A provider with an answer of its own, and the commands for it.
pub(crate) struct Sample {
    pub(crate) provider: &'static Provider,
    pub(crate) challenge: Challenge,
    skeleton: Option<String>,
}

pub(crate) static SAMPLES: LazyLock<Vec<Sample>> =
    LazyLock::new(|| PROVIDERS.iter().map(|provider| sample(provider)).collect());

fn sample(provider: &'static Provider) -> Sample {
    let file: &[u8] = match provider.id {
        "aws-kms" => include_bytes!("../seeds/answer/aws-kms.json"),
        "azure-key-vault" => include_bytes!("../seeds/answer/azure-key-vault.json"),
        "azure-managed-hsm" => include_bytes!("../seeds/answer/azure-managed-hsm.json"),
        "google-cloud-kms" => include_bytes!("../seeds/answer/google-cloud-kms.json"),
        _ => OPENBAO,
    };
    let challenge = (provider.read_challenge)(&handout(file, None)).expect("an answer");
    let destination = destination(provider, &challenge, &Options::default()).expect("a destination");
    let skeleton = script(provider, &challenge, &destination).map(|script| skeleton(&script));
    Sample { provider, challenge, skeleton }
}

/// The file, and before it, in a line of its own, perhaps `typed:` and what was typed as token, KEK and job.
pub fn answer(input: &[u8]) {
    let typed = input.strip_prefix(b"typed:").and_then(|rest| {
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        Some((&rest[..end], &rest[end + 1..]))
    });
    let (typed, file) = typed.map_or((None, input), |(typed, file)| (Some(typed), file));
    for sample in SAMPLES.iter() {
        match (sample.provider.read_challenge)(&handout(file, typed)) {
            Ok(challenge) => holds_together(sample, &challenge),
            Err(error) => assert_printable(&error),
        }
    }
}

fn handout(file: &[u8], typed: Option<&[u8]>) -> Handout {
    let import_file = |bytes: &[u8]| ImportFile { name: String::new(), bytes: bytes.to_vec() };
    let text = typed.and_then(|typed| std::str::from_utf8(typed).ok()).map(str::to_owned);
    Handout {
        wrapping_key: import_file(file),
        import_token: typed.map(import_file),
        kid: text.clone(),
        import_job: text,
    }
}

fn holds_together(sample: &Sample, challenge: &Challenge) {
    assert_eq!(PublicKey::from_der(&challenge.spki).expect("a key").der(), challenge.spki);
    match sample.provider.wrapping_sizes {
        WrappingSizes::AtLeast(bits) => assert!(challenge.bits() >= bits as usize),
        WrappingSizes::OneOf(sizes) => assert!(sizes.iter().any(|bits| *bits as usize == challenge.bits())),
    }
    assert_printable(&challenge.recognised);
    if let Some(resource) = &challenge.resource {
        assert_printable(resource);
    }
    for (name, bytes) in &challenge.attachments {
        assert!(name == "ImportToken.bin" && (1..=6144).contains(&bytes.len()));
    }
    match destination(sample.provider, challenge, &Options::default()) {
        Ok(destination) => same_commands(sample, challenge, &destination),
        Err(error) => assert_printable(&error),
    }
}

pub(crate) fn destination(
    provider: &Provider,
    challenge: &Challenge,
    options: &Options,
) -> Result<Destination, byok::provider::DestinationError> {
    static NAME: LazyLock<KeyName> = LazyLock::new(|| "kek".parse().expect("a name"));
    let now = jiff::Timestamp::UNIX_EPOCH;
    (provider.destination)(&DestinationRequest { name: &NAME, options, challenge, now })
}

/// Whatever is accepted changes nothing but the insides of quoted words.
pub(crate) fn same_commands(sample: &Sample, challenge: &Challenge, destination: &Destination) {
    let script = script(sample.provider, challenge, destination);
    assert_eq!(script.as_deref().map(skeleton), sample.skeleton, "{script:?}");
}

fn script(provider: &'static Provider, challenge: &Challenge, destination: &Destination) -> Option<String> {
    let row = provider.accepts.first().expect("a row");
    let request = PackageRequest {
        source: Source::Version(&"kek@1".parse().expect("a version")),
        spec: row.spec,
        purpose: row.purposes[0],
        others: 0,
        latest: None,
        wrapped: &[0x5a; 552],
        method: row.methods[0],
        algorithm: row.algorithms[0],
        destination,
        challenge,
    };
    let package = (provider.package)(&request).expect("a package");
    let (_, script) = package.files.into_iter().find(|(name, _)| name == "import.sh")?;
    Some(String::from_utf8(script).expect("text"))
}

/// The script with empty quotes, without hashes, without the region, which an AWS key id does not name, and without
/// the name of the cloud, which is said of other Azure clouds than the public one.
fn skeleton(script: &str) -> String {
    let azure =
        |line: &&str| !line.starts_with("# This one is in another cloud ") && !line.starts_with("#   az cloud ");
    let lines = script.lines().filter(azure).map(|line| match line {
        _ if line.starts_with("check ") => line.split(' ').next_back().unwrap_or_default().to_owned(),
        _ if line.starts_with('#') && !line.starts_with("#   ") => line.to_owned(),
        _ => line.split('\'').step_by(2).collect::<Vec<_>>().join("''").replace(" --region ''", ""),
    });
    lines.collect::<Vec<_>>().join("\n")
}
