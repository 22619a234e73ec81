//! The bundle for AWS: the two files that `import-key-material` takes, and `import.sh`.

use super::key_ref::KeyRef;
use super::{AWS_KMS, ID, TOKEN};
use crate::key::spec::KeySpec;
use crate::provider::package::SCRIPT_NAME;
use crate::provider::script::{Script, ScriptError, Word};
use crate::provider::{Package, PackageError, PackageRequest};

const MATERIAL: &str = "EncryptedKeyMaterial.bin";

/// AWS takes the same material again as it is; what was imported and is not rotated to shows in the second mark.
const BEGIN: &str = r"    case $state in *[!A-Za-z]*) state=unknown ;; esac
    begin begun";

pub(super) fn package(request: &PackageRequest<'_>) -> Result<Package, PackageError> {
    if request.wrapped.is_empty() {
        return Err(PackageError::Empty);
    }
    let token = request.challenge.attachments.iter().find(|(name, _)| name == TOKEN);
    let (_, token) = token.ok_or(PackageError::Destination("import token"))?;
    let script = script(request, token)?;
    let material = (MATERIAL.to_owned(), request.wrapped.to_vec());
    Ok(Package { files: vec![material, (TOKEN.to_owned(), token.clone()), (SCRIPT_NAME.to_owned(), script)] })
}

fn script(request: &PackageRequest<'_>, token: &[u8]) -> Result<Vec<u8>, PackageError> {
    let target = request.destination.target().and_then(KeyRef::parse).ok_or(PackageError::Destination("key"))?;
    let mut script = Script::new(&format!("{} for {ID}, {}", request.source, request.method))?;
    script.check_file(MATERIAL, request.wrapped);
    script.check_file(TOKEN, token);
    script.once();
    // Version 2 of the CLI shows answers in a pager, which would wait for a key.
    script.lines("AWS_PAGER=''\nexport AWS_PAGER");
    let later = !request.source.is_first();
    // Only the material of a symmetric encryption key can ever be another.
    let rotates = later && matches!(request.spec, KeySpec::Aes(_));
    if later && !rotates {
        script.lines("# The material of such a key never changes: AWS takes this one into a key that has had none.");
    }
    // A multi-Region key is not rotated here, and the state of this replica does not say whether it is to be.
    if rotates && !target.is_multi_region() {
        script.lines("# A key without material takes the first as it comes, and needs no rotation.");
        script.lines("if marked material; then\n    state=$content\nelse");
        let state = [Word::Own("--query KeyMetadata.KeyState --output text)")];
        let describe = [Word::Own("state=$(aws kms describe-key")];
        script.command(1, &[&describe, key(&target).as_slice(), &state].concat())?;
        script.lines(BEGIN);
        import(&mut script, 1, request, target, rotates)?;
        script.lines("    mark material \"$state\" 'but it was imported: rotate the key by hand'\nfi");
    } else {
        script.lines("begin begun");
        import(&mut script, 0, request, target, rotates)?;
    }
    if let Some((nth, left)) = AWS_KMS.rotation(request.spec, request.others).filter(|_| rotates) {
        script.remarked(&format!(
            "As far as byok's registry knows this is on-demand rotation {nth} of the AWS key; AWS allows {}, so {left} are left.",
            nth.saturating_add(left)
        ))?;
    }
    if rotates {
        rotate(&mut script, target)?;
    }
    script.lines("finish 'the material'");
    if later && !rotates {
        script.lines("# Whoever uses an alias goes over to this key with:");
        let update =
            [Word::Own("aws kms update-alias --alias-name alias/NAME --target-key-id"), Word::Value(target.text)];
        let region = target.region().map(|region| [Word::Own("--region"), Word::Value(region)]);
        script.remark(&update.into_iter().chain(region.into_iter().flatten()).collect::<Vec<_>>())?;
    }
    script.lines("# To take the material out of AWS again, at once:");
    let delete = [Word::Own("aws kms delete-imported-key-material")];
    script.remark(&[&delete, key(&target).as_slice()].concat())?;
    Ok(script.into_bytes())
}

fn import(
    script: &mut Script,
    indent: usize,
    request: &PackageRequest<'_>,
    target: KeyRef<'_>,
    rotates: bool,
) -> Result<(), ScriptError> {
    let valid_to = request.destination.valid_to().map(|end| end.to_string());
    let mut words = vec![Word::Own("aws kms import-key-material")];
    words.extend(key(&target));
    words.push(Word::Own("--encrypted-key-material fileb://EncryptedKeyMaterial.bin"));
    words.push(Word::Own("--import-token fileb://ImportToken.bin"));
    match &valid_to {
        None => words.push(Word::Own("--expiration-model KEY_MATERIAL_DOES_NOT_EXPIRE")),
        Some(end) => {
            words.extend([Word::Own("--expiration-model KEY_MATERIAL_EXPIRES --valid-to"), Word::Value(end)]);
        }
    }
    // Without it AWS takes the first material, and after that only the same again.
    if rotates {
        words.push(Word::Own("--import-type NEW_KEY_MATERIAL"));
    }
    script.command(indent, &words)
}

/// New material decrypts and encrypts from the rotation on; the replicas of a multi-Region key must have it before.
fn rotate(script: &mut Script, target: KeyRef<'_>) -> Result<(), ScriptError> {
    let rotate = [Word::Own("aws kms rotate-key-on-demand")];
    let words = [&rotate, key(&target).as_slice()].concat();
    if target.is_multi_region() {
        script
            .lines("# Import it into every replica too (with --import-type EXISTING_KEY_MATERIAL, from an answer for");
        script.lines("# the replica). AWS uses the new material once this was done after that:");
        script.remark(&words)
    } else {
        script.lines("# AWS uses the new material from here on. If only this fails, the next run begins here.");
        script.lines("if [ \"$state\" != PendingImport ]; then");
        script.command(1, &words)?;
        script.lines("fi");
        Ok(())
    }
}

/// The key, and where it is.
pub(super) fn key<'a>(target: &KeyRef<'a>) -> Vec<Word<'a>> {
    let region = target.region().map(|region| [Word::Own("--region"), Word::Value(region)]);
    region.into_iter().flatten().chain([Word::Own("--key-id"), Word::Value(target.text)]).collect()
}
