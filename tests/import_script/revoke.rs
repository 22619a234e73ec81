//! `revoke-STAGE.sh`: what the providers' programs get, and what hostile values come to.

use byok::key::spec::{AesBits, Curve, KeySpec, Purpose};
use byok::key::stage::Stage;
use byok::provider::{Holding, Others, PROVIDERS, Revocation, RevocationError, find};

use crate::{HOSTILE, Scene, TOOLS, words};

const KEY: &str = "projects/my-project/locations/europe-west3/keyRings/ring/cryptoKeys/kek";
const RING: &str = "--project=my-project --location=europe-west3 --keyring=ring --key=kek";

const ARN: &str = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const VAULT: &str = "https://kiste.vault.azure.net/keys/kek";
const HSM: &str = "https://tresor.managedhsm.azure.net/keys/kek";
const SPECS: [KeySpec; 2] = [KeySpec::Aes(AesBits::B256), KeySpec::Ec(Curve::P256)];

fn made(provider: &str, stage: Stage, target: &str, version: Option<&str>) -> Result<Revocation, RevocationError> {
    made_beside(provider, (stage, KeySpec::Aes(AesBits::B256)), (target, version), ([Others::None; 2], true))
}

fn made_beside(
    provider: &str,
    (stage, spec): (Stage, KeySpec),
    (target, version): (&str, Option<&str>),
    ([earlier, later], arrived): ([Others; 2], bool),
) -> Result<Revocation, RevocationError> {
    let id = "kek@1".parse().unwrap();
    let (target, mount, purpose) = (Some(target), None, Purpose::Encrypt);
    let numbers: Vec<u64> = version.iter().filter_map(|version| version.parse().ok()).collect();
    let holding = Holding {
        id: &id,
        spec,
        purpose,
        target,
        mount,
        key_version: version,
        numbers: &numbers,
        beside: &[],
        earlier,
        later,
        strangers: &[],
        is_suspended: false,
        arrived,
    };
    find(provider).unwrap().revocation(stage, &holding)
}

fn calls(cli: &str, made: &Revocation, arguments: &[&str]) -> Vec<Vec<String>> {
    let scene = Scene::new(&[cli], &[]);
    scene.put(&[("revoke.sh".to_owned(), made.script("kek@1: a stage").unwrap().unwrap())]);
    let output = scene.run_script("revoke.sh", arguments);
    assert!(output.status.success(), "{output:?}");
    scene.calls()
}

#[test]
fn gcloud_gets_the_version_that_is_known_or_named() {
    for (stage, verb, back) in [
        (Stage::Suspend, "disable", "enable"),
        (Stage::Compromise, "disable", "enable"),
        (Stage::Destroy, "destroy", "restore"),
    ] {
        let wanted = |verb: &str| format!("gcloud kms keys versions {verb} {RING} 7");
        for (version, arguments) in [(Some("7"), &[][..]), (None, &["7"])] {
            let made = made("google-cloud-kms", stage, KEY, version).unwrap();
            assert_eq!(calls("gcloud", &made, arguments), [words(&wanted(verb))], "{stage}");
        }
        let made = made("google-cloud-kms", stage, KEY, Some("7")).unwrap();
        assert_eq!(made.back_commands, [wanted(back).replace(RING, &quoted(RING)).replace(" 7", " '7'")]);
    }
    let unnamed = made("google-cloud-kms", Stage::Destroy, KEY, None).unwrap();
    let scene = Scene::new(&["gcloud"], &[]);
    scene.put(&[("revoke.sh".to_owned(), unnamed.script("kek@1").unwrap().unwrap())]);
    let output = scene.run_script("revoke.sh", &[]);
    assert!(!output.status.success() && scene.calls().is_empty(), "{output:?}");
}

fn quoted(options: &str) -> String {
    let pair = |option: &str| {
        let (name, value) = option.split_once('=').unwrap();
        format!("{name}='{value}'")
    };
    options.split(' ').map(pair).collect::<Vec<_>>().join(" ")
}

/// What stands in a manifest was checked when it was written; a script does not rely on it.
#[test]
fn hostile_names_get_no_commands() {
    for provider in PROVIDERS.iter().filter(|provider| provider.id != "generic") {
        for (stage, bad) in Stage::ALL.into_iter().flat_map(|stage| HOSTILE.map(|bad| (stage, bad))) {
            assert!(made(provider.id, stage, bad, None).is_err(), "{} {bad:?}", provider.id);
        }
    }
    let version = made("google-cloud-kms", Stage::Suspend, KEY, Some("-7"));
    assert!(matches!(version, Err(RevocationError::Script(_))), "{version:?}");
    for stage in Stage::ALL {
        assert!(made("generic", stage, "somewhere", None).unwrap().script("kek@1").unwrap().is_none());
    }
}

/// For every provider, stage and type: what hits other versions is no command as long as one of them is needed.
#[test]
fn no_command_hits_a_version_that_is_needed() {
    let versions: [(&str, &str, Option<&str>); 5] = [
        ("aws-kms", ARN, None),
        ("azure-key-vault", VAULT, Some("0123456789abcdef0123456789abcdef")),
        ("azure-managed-hsm", HSM, Some("0123456789abcdef0123456789abcdef")),
        ("google-cloud-kms", KEY, Some("7")),
        ("openbao", "kek", Some("7")),
    ];
    let states = [Others::None, Others::Spent, Others::Read, Others::Protect];
    for (provider, target, version) in versions {
        for (stage, spec) in Stage::ALL.into_iter().flat_map(|stage| SPECS.map(|spec| (stage, spec))) {
            for (earlier, later) in states.into_iter().flat_map(|one| states.map(|other| (one, other))) {
                let others = ([earlier, later], true);
                let made = made_beside(provider, (stage, spec), (target, version), others).unwrap();
                let of_one = |line: &String| line.contains("--version '") || line.contains("kms keys versions ");
                let hits_all = made.commands.iter().any(|line| !of_one(line) && !line.contains("_version"));
                let hits_earlier = made.commands.iter().any(|line| !of_one(line));
                let encrypts =
                    made.commands.iter().all(|line| line.contains("min_encryption") && !line.contains("_dec"));
                let case = format!("{provider} {stage} {earlier:?} {later:?}: {:?}", made.commands);
                assert!(!(hits_all && (earlier.needed() || later.needed())) || trims(&made, earlier), "{case}");
                assert!(!hits_earlier || !earlier.needed() || (encrypts && earlier == Others::Read), "{case}");
            }
            let unseen = made_beside(provider, (stage, spec), (target, version), ([Others::None; 2], false)).unwrap();
            assert!(stage != Stage::Destroy || unseen.commands.is_empty(), "{provider}: {:?}", unseen.commands);
        }
    }
}

/// Transit deletes a version with those before it, and no later one.
fn trims(made: &Revocation, earlier: Others) -> bool {
    made.commands.iter().any(|line| line.contains("/trim'")) && !earlier.needed()
}

/// The bounds are read first; what is open or shut already is left alone, and the way back is written down.
#[test]
fn transit_gets_bounds_that_follow_what_it_has() {
    let others = ([Others::None, Others::Spent], true);
    let key = |stage| made_beside("openbao", (stage, SPECS[0]), ("kek", Some("7")), others).unwrap();
    let read = |bound: &str| words(&format!("bao read -field={bound} transit/keys/kek"));
    let looks = ["latest_version", "min_decryption_version", "min_encryption_version"].map(read);
    let write = |decrypts: u32, encrypts: u32| {
        words(&format!(
            "bao write transit/keys/kek/config min_decryption_version={decrypts} min_encryption_version={encrypts}"
        ))
    };
    // Each bound is at what the stub says.
    for (stage, at, wanted) in [
        (Stage::Suspend, 1, Some((8, 8))),
        (Stage::Suspend, 8, None),
        (Stage::Compromise, 9, None),
        (Stage::Deactivate, 1, Some((1, 8))),
        (Stage::Deactivate, 8, Some((7, 8))),
        (Stage::Deactivate, 9, Some((7, 9))),
    ] {
        let scene = Scene::new(&["bao"], &TOOLS);
        scene.put(&[("revoke.sh".to_owned(), key(stage).script("kek@1").unwrap().unwrap())]);
        let output = scene.run_by("revoke.sh", &[("STUB_HAS_KEY", &at.to_string()), LATER], &[]);
        assert!(output.status.success(), "{output:?}");
        let mut calls = looks.to_vec();
        calls.extend(wanted.map(|(decrypts, encrypts)| write(decrypts, encrypts)));
        assert_eq!(scene.calls(), calls, "{stage} at {at}");
        let back = std::fs::read_to_string(scene.bundle.join("revoke.back.sh")).unwrap_or_default();
        let bounds = format!("min_decryption_version={at} min_encryption_version={at}\n");
        assert_eq!(back.ends_with(&bounds), wanted.is_some(), "{back}");
    }
    let scene = Scene::new(&["bao"], &TOOLS);
    scene.put(&[("revoke.sh".to_owned(), key(Stage::Destroy).script("kek@1").unwrap().unwrap())]);
    assert!(scene.run_by("revoke.sh", &[("STUB_HAS_KEY", "1"), LATER], &[]).status.success());
    let trim = words("bao write transit/keys/kek/trim min_available_version=8");
    assert_eq!(scene.calls()[3..], [read("min_available_version"), write(8, 8), trim]);
    assert!(scene.run_by("revoke.sh", &[("STUB_HAS_KEY", "8"), LATER], &[]).status.success());
    assert_eq!(scene.calls().len(), 10);
}

/// The server has a later version than the seventh.
const LATER: (&str, &str) = ("STUB_latest_version", "9");
const BOUNDS: [&str; 2] = ["STUB_min_decryption_version", "STUB_min_encryption_version"];

/// `revoke.sh` for the seventh version, of which byok wrapped a later one.
fn transit(stage: Stage) -> Scene {
    let made = made_beside("openbao", (stage, SPECS[0]), ("kek", Some("7")), ([Others::None, Others::Spent], true));
    let scene = Scene::new(&["bao"], &TOOLS);
    scene.put(&[("revoke.sh".to_owned(), made.unwrap().script("kek@1").unwrap().unwrap())]);
    scene
}

/// What a server answers goes into a file that people run.
#[test]
fn what_is_no_number_changes_nothing() {
    for stage in Stage::ALL {
        for field in ["latest_version", "min_decryption_version", "min_encryption_version", "min_available_version"] {
            if field == "min_available_version" && stage != Stage::Destroy {
                continue;
            }
            for bad in crate::NO_NUMBERS {
                let scene = transit(stage);
                let field = format!("STUB_{field}");
                let mut stub = vec![("STUB_HAS_KEY", "1"), LATER];
                stub.push((&field, bad));
                let output = scene.run_by("revoke.sh", &stub, &[]);
                let told = String::from_utf8(output.stderr).unwrap();
                assert!(
                    output.status.code() == Some(1) && told.contains("is no number; nothing was changed"),
                    "{told}"
                );
                assert!(scene.calls().iter().all(|call| call[1] == "read"), "{stage} {field} {bad:?}");
                assert_eq!(std::fs::read_dir(&scene.bundle).unwrap().count(), 1);
            }
        }
    }
}

/// Bounds lead to a later version: without one there the whole key is hidden, or people are asked.
#[test]
fn the_newest_version_there_can_be_stopped() {
    let hidden = words("bao delete transit/keys/kek/soft-delete");
    for (stage, code) in [(Stage::Suspend, 0), (Stage::Compromise, 0), (Stage::Deactivate, 3), (Stage::Destroy, 3)] {
        let scene = transit(stage);
        let output = scene.run_by("revoke.sh", &[("STUB_HAS_KEY", "7"), (BOUNDS[0], "1"), (BOUNDS[1], "0")], &[]);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{told}");
        assert!(told.contains("version 7 is the latest there"), "{told}");
        let changes: Vec<_> = scene.calls().into_iter().filter(|call| call[1] != "read").collect();
        assert_eq!(changes, vec![hidden.clone(); usize::from(code == 0)], "{stage}");
    }
    let made =
        made_beside("openbao", (Stage::Suspend, SPECS[0]), ("kek", Some("7")), ([Others::None, Others::Spent], true));
    assert!(made.unwrap().happens.contains("no version after kek@1 was seen there yet"));
}

/// The server takes no pair in which a version encrypts that does not decrypt.
#[test]
fn the_bounds_are_a_pair_that_the_server_takes() {
    let scene = transit(Stage::Suspend);
    let stub = [("STUB_HAS_KEY", "9"), (BOUNDS[0], "9"), (BOUNDS[1], "0")];
    assert!(scene.run_by("revoke.sh", &stub, &[]).status.success());
    let write = "bao write transit/keys/kek/config min_decryption_version=9 min_encryption_version=9";
    assert_eq!(scene.calls()[3..], [words(write)]);
}

const SURE: [&str; 1] = ["--nothing-stopped-since"];

/// The way back undoes what the script did, and nothing that was done since.
#[test]
fn the_way_back_leaves_alone_what_came_after() {
    let scene = transit(Stage::Suspend);
    let run = |script: &str, words: &[&str], [decrypts, encrypts]: [&str; 2]| {
        let stub = [("STUB_HAS_KEY", "9"), (BOUNDS[0], decrypts), (BOUNDS[1], encrypts)];
        let output = scene.run_by(script, &stub, words);
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let writes = || scene.calls().into_iter().filter(|call| call[1] == "write").collect::<Vec<_>>();
    assert_eq!(run("revoke.sh", &[], ["1", "0"]).0, Some(0));
    for since in [["9", "9"], ["8", "9"], ["1", "0"], ["$(touch pwned)", "8"]] {
        let (code, told) = run("revoke.back.sh", &SURE, since);
        assert!(code == Some(3) && told.contains("the server is not as the stage left it"), "{told}");
        assert!(told.contains("was 8; min_encryption_version") && told.contains("was 8\n"), "{told}");
        assert!(!told.contains("touch"), "{told}");
    }
    assert_eq!(writes().len(), 1);
    // That a version was stopped since need not show in a bound: the compromise of the sixth finds it shut already.
    let (code, told) = run("revoke.back.sh", &[], ["8", "8"]);
    assert!(code == Some(3) && told.contains("this opens every version from 1 on; nothing was changed"), "{told}");
    assert!(told.contains("byok reinstate") && told.ends_with("back.sh --nothing-stopped-since\n"), "{told}");
    assert_eq!(writes().len(), 1);
    assert_eq!(run("revoke.back.sh", &SURE, ["8", "8"]).0, Some(0));
    let back = "bao write transit/keys/kek/config min_decryption_version=1 min_encryption_version=0";
    assert_eq!(writes()[1..], [words(back)]);
}

#[test]
fn az_and_aws_get_the_commands_of_each_stage() {
    let version = "0123456789abcdef0123456789abcdef";
    for (stage, az, aws) in [
        (Stage::Suspend, "az keyvault key set-attributes --vault-name kiste --name kek --version V --enabled false", 1),
        (
            Stage::Deactivate,
            "az keyvault key set-attributes --vault-name kiste --name kek --version V --ops decrypt",
            1,
        ),
        (
            Stage::Compromise,
            "az keyvault key set-attributes --vault-name kiste --name kek --version V --enabled false",
            1,
        ),
        (Stage::Destroy, "az keyvault key delete --vault-name kiste --name kek", 2),
    ] {
        let vault = made("azure-key-vault", stage, VAULT, Some(version)).unwrap();
        assert_eq!(calls("az", &vault, &[]), [words(&az.replace('V', version))], "{stage}");
        let kms = calls("aws", &made("aws-kms", stage, ARN, None).unwrap(), &[]);
        assert_eq!(kms.len(), aws, "{stage}");
        assert!(kms.iter().all(|call| call.iter().any(|word| word == ARN)), "{kms:?}");
    }
}

/// Typed, a variable of the script is empty, which OpenBao takes for 0: that opens every version.
#[test]
fn nothing_is_printed_that_only_the_script_can_fill_in() {
    let places = [
        ("aws-kms", ARN, None),
        ("azure-key-vault", VAULT, Some("0123456789abcdef0123456789abcdef")),
        ("google-cloud-kms", KEY, Some("7")),
        ("openbao", "kek", Some("7")),
    ];
    let states = [Others::None, Others::Spent, Others::Read, Others::Protect];
    let all = Stage::ALL.into_iter().flat_map(|stage| states.map(|earlier| (stage, earlier)));
    let all = all.flat_map(|(stage, earlier)| states.map(|later| (stage, [earlier, later])));
    for ((provider, target, known), (stage, others)) in
        places.into_iter().flat_map(|place| all.clone().map(move |one| (place, one)))
    {
        let of = |version| made_beside(provider, (stage, SPECS[0]), (target, version), (others, true)).unwrap();
        // Of a later version that was never seen only the script knows whether it is there.
        let by_script = provider == "openbao" && others[1] != Others::None && of(known).by_script.is_some();
        assert!(of(known).typed().is_ok() || by_script, "{provider} {stage} {others:?}");
        let unnumbered = of(None);
        for line in [unnumbered.typed(), unnumbered.typed_back()].into_iter().flatten().flatten() {
            assert!(!line.contains('$'), "{provider} {stage}: {line}");
        }
        // What stands in the script says so where its variable is empty.
        for line in unnumbered.commands.iter().chain(&unnumbered.back_commands).chain(&unnumbered.instead) {
            assert!(!line.contains("\"$next\"") && !line.contains("\"$version\""), "{provider} {stage}: {line}");
        }
    }
    let made =
        made_beside("openbao", (Stage::Compromise, SPECS[0]), ("kek", None), ([Others::None, Others::Spent], true));
    assert!(made.as_ref().unwrap().typed().is_err() && made.unwrap().script("kek@1").unwrap().is_some());
}
