//! The commands for AWS KMS.

use std::fs;

use byok::key::spec::{AesBits, Curve, HashAlg, KeySpec, Purpose};
use byok::provider::{
    Destination, DestinationError, DestinationRequest, Handout, Options, PackageRequest, Source, accept_for, find,
};

use crate::answers::{self, AWS_KEY, bare, key_4096};
use crate::{HOSTILE, Scene, TOOLS, words};

pub(super) const AES: KeySpec = KeySpec::Aes(AesBits::B256);
const IMPORT: &str = "aws kms import-key-material --region eu-central-1 --key-id KEY \
                      --encrypted-key-material fileb://EncryptedKeyMaterial.bin \
                      --import-token fileb://ImportToken.bin --expiration-model KEY_MATERIAL_DOES_NOT_EXPIRE";
const ROTATE: &str = "aws kms rotate-key-on-demand --region eu-central-1 --key-id KEY";
const STATE: &str =
    "aws kms describe-key --region eu-central-1 --key-id KEY --query KeyMetadata.KeyState --output text";
pub(super) const MULTI_REGION: &str = "mrk-1234abcd12ab34cd56ef1234567890ab";

fn resolve(handout: &Handout, options: &Options) -> Result<Destination, DestinationError> {
    let provider = find("aws-kms").unwrap();
    let challenge = (provider.read_challenge)(handout).unwrap();
    let (name, now) = ("kek".parse().unwrap(), "2026-11-22T12:00:00Z".parse().unwrap());
    (provider.destination)(&DestinationRequest { name: &name, options, challenge: &challenge, now })
}

pub(super) fn package(version: &str, spec: KeySpec, purpose: Purpose, handout: &Handout, options: &Options) -> Scene {
    let provider = find("aws-kms").unwrap();
    let row = accept_for(provider, spec, purpose).unwrap();
    let request = PackageRequest {
        others: 0,
        latest: None,
        source: Source::Version(&version.parse().unwrap()),
        spec,
        purpose,
        wrapped: &[0x5a; 512],
        method: *row.methods.last().unwrap(),
        algorithm: row.algorithm(None).unwrap(),
        destination: &resolve(handout, options).unwrap(),
        challenge: &(provider.read_challenge)(handout).unwrap(),
    };
    let scene = Scene::new(&["aws"], &TOOLS);
    scene.put(&(provider.package)(&request).unwrap().files);
    scene
}

pub(super) fn answer() -> Handout {
    answers::answer(find("aws-kms").unwrap(), &key_4096())
}

fn key_alone() -> Handout {
    bare(find("aws-kms").unwrap(), &key_4096())
}

pub(super) fn target(text: &str) -> Options {
    Options { target: Some(text.to_owned()), ..Options::default() }
}

fn calls(scene: &Scene) -> Vec<Vec<String>> {
    let output = scene.run(true);
    assert!(output.status.success(), "{output:?}");
    scene.calls()
}

fn with_key(command: &str, key: &str) -> Vec<String> {
    words(&command.replace("KEY ", &format!("{key} ")).replace("-id KEY", &format!("-id {key}")))
}

/// The import of new material, which carries the hash of its file.
fn renewed(scene: &Scene) -> String {
    format!("{IMPORT} --import-type NEW_KEY_MATERIAL --key-material-description {}", described(scene))
}

/// What the material of this bundle is called at AWS.
pub(super) fn described(scene: &Scene) -> String {
    format!("byok:{}", scene.marked("").trim_end())
}

/// The question what became of it.
fn list(scene: &Scene) -> String {
    let query = format!("Rotations[?KeyMaterialDescription=='{}'].KeyMaterialState", described(scene));
    format!(
        "aws kms list-key-rotations --region eu-central-1 --key-id KEY --include-key-material ALL_KEY_MATERIAL --query \
         {query} --output text"
    )
}

#[test]
fn a_first_version_is_imported_and_never_expires() {
    for (spec, purpose) in [
        (AES, Purpose::Encrypt),
        (KeySpec::Hmac(HashAlg::Sha256), Purpose::Mac),
        (KeySpec::Ec(Curve::P256), Purpose::Sign),
    ] {
        let scene = package("kek@1", spec, purpose, &answer(), &Options::default());
        assert_eq!(calls(&scene), [with_key(IMPORT, AWS_KEY)], "{spec}");
        assert_eq!(fs::read(scene.bundle.join("ImportToken.bin")).unwrap(), [0x7e; 1200]);
        assert_eq!(fs::read(scene.bundle.join("EncryptedKeyMaterial.bin")).unwrap(), [0x5a; 512]);
    }
}

#[test]
fn the_end_of_the_material_is_named() {
    let options = Options { valid_to: Some("2026-12-24T18:00:00Z".parse().unwrap()), ..Options::default() };
    let scene = package("kek@1", AES, Purpose::Encrypt, &answer(), &options);
    let import = IMPORT.replace("DOES_NOT_EXPIRE", "EXPIRES --valid-to 2026-12-24T18:00:00Z");
    assert_eq!(calls(&scene), [with_key(&import, AWS_KEY)]);
}

#[test]
fn a_later_symmetric_version_is_new_material_and_then_rotated_to() {
    let scene = package("kek@2", AES, Purpose::Encrypt, &answer(), &Options::default());
    let import = renewed(&scene);
    assert_eq!(calls(&scene), [with_key(STATE, AWS_KEY), with_key(&import, AWS_KEY), with_key(ROTATE, AWS_KEY)]);
}

/// A rotation that is not needed is not asked for, and one that failed is made up for without the import.
#[test]
fn each_step_of_a_later_version_is_done_once() {
    let scene = package("kek@2", AES, Purpose::Encrypt, &answer(), &Options::default());
    let steps = [STATE.to_owned(), renewed(&scene), list(&scene), ROTATE.to_owned()];
    let [state, import, list, rotate] = steps.map(|step| with_key(&step, AWS_KEY));
    assert!(scene.run_with(&[("STUB_STATE", "PendingImport")]).status.success());
    assert_eq!(scene.calls(), [state.clone(), import.clone()]);
    let scene = package("kek@2", AES, Purpose::Encrypt, &answer(), &Options::default());
    assert_eq!(scene.run_with(&[("STUB_FAILS", "rotate-key-on-demand")]).status.code(), Some(2));
    assert!(scene.run_with(&[("STUB_MATERIAL", "PENDING_ROTATION")]).status.success());
    assert_eq!(scene.calls(), [state, import, rotate.clone(), list, rotate]);
    let output = scene.run_with(&[]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && told.starts_with("import.sh: imported already"), "{told}");
    assert_eq!(scene.calls().len(), 5);
}

/// AWS rotates such a key only when every replica has the new material, which this script cannot know.
#[test]
fn a_multi_region_key_is_not_rotated_by_the_script() {
    let multi = AWS_KEY.replace("1234abcd-12ab-34cd-56ef-1234567890ab", MULTI_REGION);
    let scene = package("kek@2", AES, Purpose::Encrypt, &key_alone(), &target(&multi));
    assert_eq!(calls(&scene), [with_key(&renewed(&scene), &multi)]);
    let script = fs::read_to_string(scene.bundle.join("import.sh")).unwrap();
    let remark = format!("#   aws kms rotate-key-on-demand --region 'eu-central-1' --key-id '{multi}'\n");
    assert!(script.contains(&remark), "{script}");
}

#[test]
fn a_later_version_of_another_type_goes_into_a_new_key() {
    for (spec, purpose) in [(KeySpec::Hmac(HashAlg::Sha256), Purpose::Mac), (KeySpec::Ec(Curve::P256), Purpose::Sign)] {
        let scene = package("kek@2", spec, purpose, &answer(), &Options::default());
        assert_eq!(calls(&scene), [with_key(IMPORT, AWS_KEY)], "{spec}");
        let script = fs::read_to_string(scene.bundle.join("import.sh")).unwrap();
        assert!(script.contains("# The material of such a key never changes"), "{script}");
    }
}

#[test]
fn a_key_id_alone_leaves_the_region_to_the_cli() {
    let scene = package("kek@1", AES, Purpose::Encrypt, &key_alone(), &target(MULTI_REGION));
    assert_eq!(calls(&scene), [with_key(&IMPORT.replace("--region eu-central-1 ", ""), MULTI_REGION)]);
}

#[test]
fn a_changed_or_missing_file_stops_the_script_before_any_call() {
    for name in ["EncryptedKeyMaterial.bin", "ImportToken.bin"] {
        for change in [Some(&b"other"[..]), None] {
            let scene = package("kek@1", AES, Purpose::Encrypt, &answer(), &Options::default());
            match change {
                Some(bytes) => fs::write(scene.bundle.join(name), bytes).unwrap(),
                None => fs::remove_file(scene.bundle.join(name)).unwrap(),
            }
            assert_eq!(scene.run(true).status.code(), Some(1), "{name}");
            assert!(scene.calls().is_empty());
        }
    }
}

#[test]
fn hostile_targets_are_refused_whole_or_inside_an_arn() {
    for value in HOSTILE {
        let arn = |place: &str, id: &str| format!("arn:aws:kms:{place}:key/{id}");
        for bad in [
            value.to_owned(),
            arn("eu-central-1:111122223333", value),
            arn(&format!("{value}:111122223333"), MULTI_REGION),
            arn(&format!("eu-central-1:{value}"), MULTI_REGION),
            format!("{AWS_KEY}{value} "),
        ] {
            let error = resolve(&key_alone(), &target(&bad)).unwrap_err();
            assert!(matches!(error, DestinationError::Grammar { option: "--target", .. }), "{bad:?}");
            assert!(!error.to_string().contains(char::is_control), "{bad:?}");
        }
    }
}
