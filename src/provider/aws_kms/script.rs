//! The bundle for AWS: the two files that `import-key-material` takes, and `import.sh`.

use super::key_ref::KeyRef;
use super::{AWS_KMS, ID, TOKEN};
use crate::key::spec::KeySpec;
use crate::provider::package::SCRIPT_NAME;
use crate::provider::script::{Script, ScriptError, Word, line};
use crate::provider::{Package, PackageError, PackageRequest};

const MATERIAL: &str = "EncryptedKeyMaterial.bin";

/// The material of a symmetric encryption key carries the hash of this bundle's file, so that AWS tells a later run what an
/// earlier one did: nothing is imported or rotated to on a guess.
const DESCRIPTION: Word<'_> = Word::Own("--key-material-description \"byok:$bundle\"");
const OR: Word<'_> = Word::Own("|| {");
const LISTED: &str =
    "--query \"Rotations[?KeyMaterialDescription=='byok:$bundle'].KeyMaterialState\" --output text) || had=unknown";

/// What was imported is there whatever the state of its rotation is.
const BEFORE: &str = r#"had=
done=
! marked importing || done=$content
! marked material || done=material
if [ -n "$done" ]; then"#;
const ANSWERED: &str = r#"    case $had in
    '' | None)
        had=
        [ "$done" != material ] || had=missing
        ;;
    *[!A-Z_]*) had=unknown ;;
    esac
fi"#;
const JUDGE: &str = r#"case $had in
CURRENT | NON_CURRENT)
    finish 'the material'
    echo "$name: an earlier run did it all: AWS lists this material as $had; nothing was done" >&2
    exit 0
    ;;
'' | PENDING_ROTATION | PENDING_MULTI_REGION_IMPORT_AND_ROTATION) ;;
*)
    stop "$name: an earlier run was cut short, and AWS does not say what became of it ($had); nothing was done" \
        "$name: see what this lists as byok:$bundle (the script can look itself, with kms:ListKeyRotations):" \
        "$listing" \
        "$name: if it is CURRENT there, rename $marks.importing to $marks.imported; if nothing has that name, remove" \
        "$name: $marks.importing and $marks.material, and run this again"
    ;;
esac
if [ -z "$had" ]; then"#;
const BEGIN: &str = r"    case $state in *[!A-Za-z]*) state=unknown ;; esac
    begin begun";
/// The same version in another bundle is the same material, which AWS takes as new once.
const REFUSED: &str = r#"        code=$?
        echo "$name: if AWS has this material from another bundle of the same version, this shows it:" "$listing" >&2
        exit "$code"
    }"#;
const IMPORTED: &str = r#"    mark material "$state" 'but it was imported: run this again'
else
    state=$had
fi"#;

/// AWS takes the first material of a key again and again, and no other: where it refuses, people look.
const AGAIN: &str = r"here=
if marked importing; then";
const OR_UNCLEAR: &str = r#"    code=$?
    case $here in '' | PendingImport) exit "$code" ;; esac
    unclear 'what byok confirm-import says of an answer of aws kms describe-key'
}"#;

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
    if rotates {
        renewed(&mut script, request, target)?;
    } else {
        only(&mut script, request, target)?;
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

/// The only material that the key ever has, as far as this bundle goes.
fn only(script: &mut Script, request: &PackageRequest<'_>, target: KeyRef<'_>) -> Result<(), ScriptError> {
    script.lines(AGAIN);
    script.command(1, &describe("here=$(aws kms describe-key", &target))?;
    script.lines("fi\nbegin begun");
    import(script, 0, request, target, &[OR])?;
    script.lines(OR_UNCLEAR);
    Ok(())
}

/// New material of a key that may have some: imported once, and rotated to once.
fn renewed(script: &mut Script, request: &PackageRequest<'_>, target: KeyRef<'_>) -> Result<(), ScriptError> {
    let list = [Word::Own("--include-key-material ALL_KEY_MATERIAL")];
    let list = |start| [&[Word::Own(start)], key(&target).as_slice(), &list].concat();
    let listing = line(&list("aws kms list-key-rotations"))?;
    script.command(0, &[Word::Pair("listing", &listing)])?;
    script.lines("# What an earlier run did is what AWS says of it (kms:ListKeyRotations).");
    script.lines(BEFORE);
    script.command(1, &[&list("had=$(aws kms list-key-rotations")[..], &[Word::Own(LISTED)]].concat())?;
    script.lines(ANSWERED);
    script.lines(JUDGE);
    // A multi-Region key is not rotated here, and the state of this replica does not say whether it is to be.
    if target.is_multi_region() {
        script.lines("    state=multi-Region\n    begin begun");
    } else {
        script.lines("    # A key without material takes the first as it comes, and needs no rotation.");
        script.command(1, &describe("state=$(aws kms describe-key", &target))?;
        script.lines(BEGIN);
    }
    import(script, 1, request, target, &[Word::Own("--import-type NEW_KEY_MATERIAL"), DESCRIPTION, OR])?;
    script.lines(REFUSED);
    script.lines(IMPORTED);
    if let Some((nth, left)) = AWS_KMS.rotation(request.spec, request.others) {
        script.remarked(&format!(
            "As far as byok's registry knows this is on-demand rotation {nth} of the AWS key; AWS allows {}, so {left} are left.",
            nth.saturating_add(left)
        ))?;
    }
    rotate(script, target)
}

/// The state of the key.
fn describe<'a>(start: &'static str, target: &KeyRef<'a>) -> Vec<Word<'a>> {
    let state = [Word::Own("--query KeyMetadata.KeyState --output text)")];
    [&[Word::Own(start)], key(target).as_slice(), &state].concat()
}

fn import(
    script: &mut Script,
    indent: usize,
    request: &PackageRequest<'_>,
    target: KeyRef<'_>,
    rest: &[Word<'_>],
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
    // Without an import type AWS takes the first material, and after that only the same again.
    words.extend(rest);
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
        script.lines(
            "# AWS uses the new material from here on. If only this fails, the next run asks AWS, and begins here.",
        );
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
