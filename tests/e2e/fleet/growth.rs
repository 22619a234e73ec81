//! A command about one key costs among many keys what it costs among few. What is counted is the files of the registry that
//! it opens and reads; a clock would say whatever the machine is busy with.

use std::collections::BTreeMap;
use std::fs;

use serde_json::json;

use super::durable::under_strace;
use super::{Fleet, OUT, make};
use crate::token::Module;
use crate::workplace::assert_success;

const FEW: usize = 24;
const MANY: usize = 600;
/// Neither the first nor the last, nor a pair.
const KEY: &str = "fleet/k00010";
const ENTRIES: usize = 100_000;
/// Bytes of the log that byok reads at once.
const AT_ONCE: usize = 1 << 17;
/// Reads of single lines: of the last one and its tail, when the log is opened and when it is signed.
const IN_PLACES: usize = 24;

/// What a command does with the files of the registry.
const FILES: &str = "open,openat,openat2,read,pread64,readv,stat,lstat,newfstatat,statx,access,faccessat,faccessat2";

/// How often a command opens, reads or asks for files of the registry, the log apart; and how often it reads the log.
#[derive(Debug)]
struct Work {
    files: usize,
    log: usize,
}

fn work(fleet: &Fleet, words: &[&str]) -> Work {
    let (output, lines) = under_strace(fleet, FILES, &[], words);
    assert_success(&output, &words.join(" "));
    // One that another thread's call interrupts stands in two lines.
    let lines = lines.iter().filter(|line| line.contains("/registry/") && !line.contains(" resumed>"));
    let (log, files): (Vec<_>, Vec<_>) = lines.partition(|line| line.contains("/registry/audit/log-"));
    Work { files: files.len(), log: log.into_iter().filter(|line| line.contains("read")).count() }
}

/// How often all of the log has to be read to have been read once.
fn passes(fleet: &Fleet) -> usize {
    let files = fs::read_dir(fleet.place.path("registry/audit")).unwrap().map(|file| file.unwrap());
    let files = files.filter(|file| file.file_name().to_string_lossy().starts_with("log-"));
    files.map(|file| usize::try_from(file.metadata().unwrap().len()).unwrap() / AT_ONCE + 2).sum()
}

/// What OpenBao answers about the key there.
fn answer(fleet: &Fleet, latest: u32) -> &'static str {
    let versions: BTreeMap<String, u64> = (1..=latest).map(|number| (number.to_string(), 1_800_000_000)).collect();
    let key = KEY.split_once('/').unwrap().1;
    let answer = json!({"data": {
        "name": key, "type": "aes256-gcm96", "keys": versions, "latest_version": latest, "min_available_version": 0,
        "min_decryption_version": 1, "min_encryption_version": 0, "deletion_allowed": false, "derived": false,
        "exportable": false, "imported_key": true, "imported_key_allow_rotation": false,
        "supports_decryption": true, "supports_derivation": true, "supports_encryption": true,
        "supports_signing": false,
    }});
    fleet.place.write("answer.json", answer.to_string());
    "answer.json"
}

/// One key through its life, all others as they are: the work of each command.
fn life(count: usize) -> Vec<(&'static str, Work)> {
    let fleet = Fleet::unlisted(Module::SoftHsm, count);
    assert_success(&fleet.rotate(), "all of them");
    let again = [
        "rotate",
        KEY,
        "--again",
        "--wrapping-keys",
        "answers",
        "--out",
        OUT,
        "--allow-exposure",
        "ephemeral-kek",
        "--yes",
    ];
    let confirm = |version: &'static str, latest| {
        ["confirm-import", version, "--provider", "openbao", "--evidence", answer(&fleet, latest)]
    };
    let revoke =
        |version: &'static str| ["revoke", version, "--stage", "deactivate", "--reason", "unspecified", "--yes"];
    let suspend = ["suspend", KEY, "--reason", "unspecified", "--yes"];
    let done = vec![
        ("the first answer", work(&fleet, &confirm("fleet/k00010@2", 1))),
        ("revoke what went nowhere", work(&fleet, &revoke("fleet/k00010@1"))),
        ("rotate", work(&fleet, &again)),
        ("the next answer", work(&fleet, &confirm("fleet/k00010@3", 2))),
        ("revoke what is at a provider", work(&fleet, &revoke("fleet/k00010@2"))),
        ("suspend", work(&fleet, &suspend)),
        ("show", work(&fleet, &["show", KEY])),
    ];
    let once = passes(&fleet);
    for (what, work) in &done {
        assert!(work.log <= once + IN_PLACES, "{what}: the log is read more than once: {work:?}, and once is {once}");
    }
    done
}

#[test]
fn one_key_of_many_costs_what_one_of_few_does() {
    let (few, many) = (life(FEW), life(MANY));
    // Each other key has two versions, of which one went to a target. Whether one is at just this place cannot be told
    // without a look into its folder and at its manifests, of which nobody verifies a signature: six calls, and eight.
    let others = 2 * (MANY - FEW);
    for ((what, few), (_, many)) in few.into_iter().zip(many) {
        let more = match what {
            "the first answer" => others * 6,
            "revoke what is at a provider" => others * 8,
            _ => 0,
        };
        assert!(many.files <= few.files + more, "{what}: {few:?} among few, {many:?} among many");
    }
}

/// From a checkpoint on only what follows it is read, and the line that it ends with.
#[test]
fn a_long_log_is_not_read_again() {
    let fleet = Fleet::unlisted(Module::SoftHsm, FEW);
    let suspend = |key: &'static str| ["suspend", key, "--reason", "unspecified", "--yes"];
    let short = work(&fleet, &suspend("fleet/k00010"));
    make::lengthen(&fleet.place, ENTRIES);
    let long = work(&fleet, &suspend("fleet/k00011"));
    assert!(passes(&fleet) > 100 && long.log <= short.log + 2, "{short:?} with a short log, {long:?} with a long one");
    // Two files more.
    assert!(long.files <= short.files + 4, "{short:?} with a short log, {long:?} with a long one");
    fleet.assert_verifies("registry", "with a long log");
}
