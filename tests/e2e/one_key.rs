//! An answer of AWS is for one KMS key, and a KMS key for one key of ours.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use expectrl::Expect as _;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::bad_input::vector;
use crate::four_eyes::plan;
use crate::prompts::{finish, spawn};
use crate::token::Module;
use crate::workplace::{Workplace, text};

const TARGETS: &str = "targets:\n  aw: {provider: aws-kms, method: RSAES_OAEP_SHA_1}\n";
const ROTATE: &str = "rotate --all --wrapping-keys answers --out out";

fn arn(last: u8) -> String {
    format!("arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890a{last}")
}

fn answer(place: &Workplace, name: &str, key: &str) {
    let soon = Timestamp::now().checked_add(SignedDuration::from_hours(23)).unwrap();
    let answer = json!({
        "KeyId": key,
        "ImportToken": STANDARD.encode([7; 600]),
        "PublicKey": STANDARD.encode(vector("rsa-2048.spki.der")),
        "ParametersValidTo": soon.to_string(),
    });
    let path = place.path(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, answer.to_string()).unwrap();
}

fn started(names: &[&str]) -> Workplace {
    let place = Workplace::initialised(Module::SoftHsm);
    let yaml = fs::read_to_string(place.path("byok.yaml")).unwrap();
    fs::write(place.path("byok.yaml"), yaml + TARGETS).unwrap();
    for name in names {
        place.ok(&["generate", name, "--type", "aes-256"]);
        place.ok(&["activate", name]);
    }
    place
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

fn is_there(place: &Workplace, id: &str) -> bool {
    place.path("registry/keys").join(id).exists()
}

#[test]
fn keys_of_one_run_do_not_share_an_answer_that_is_for_one_key() {
    let place = started(&["a", "b", "own"]);
    answer(&place, "answers/aw.json", &arn(0));
    answer(&place, "answers/own/aw.json", &arn(1));
    let said = place.refused(4, &words(ROTATE));
    let why = format!("target aw (aw.json): the answer is for one key of the provider, {}, and", arn(0));
    assert!(said.contains(&format!("a: {why} b would go there too [E0418]")), "{said}");
    assert!(said.contains(&format!("b: {why} a would go there too [E0418]")), "{said}");
    assert!(is_there(&place, "own@2") && !is_there(&place, "a@2") && !is_there(&place, "b@2"));
    // One by one it is no better: the key there is the first one's from now on.
    place.ok(&words("rotate a --wrapping-keys answers --out out"));
    let said = place.refused(4, &words("rotate b --wrapping-keys answers --out out"));
    assert!(said.contains("and a@2 was wrapped for that [E0418]"), "{said}");
    assert!(said.contains("hint: DIR/b/aw.json   is the place for an answer about a key of its own there"), "{said}");
    assert!(!is_there(&place, "b@2"));
    // Further versions of the key itself go there.
    place.ok(&words("rotate a --again --wrapping-keys answers --out out"));
    assert!(is_there(&place, "a@3"));
    // The others of a run go on, and of the two the one whose key it is.
    answer(&place, "answers/own/aw.json", &arn(1));
    let said = place.refused(4, &words("rotate a b own --again --wrapping-keys answers --out out"));
    assert!(said.contains("1 of 3 keys"), "{said}");
    assert!(is_there(&place, "a@4") && is_there(&place, "own@3") && !is_there(&place, "b@2"));
    place.ok(&["verify", "registry", "--trust", "signer.pem"]);
}

#[test]
fn a_wrap_is_refused_where_another_key_went() {
    let place = started(&["a", "b"]);
    // An id, and the full name of the same key.
    answer(&place, "answer", arn(0).rsplit_once('/').unwrap().1);
    let wrap = |name: &str| {
        format!("wrap-for-import {name} --provider aws-kms --method RSAES_OAEP_SHA_1 --wrapping-key answer")
    };
    place.ok(&words(&format!("{} --out first", wrap("a"))));
    answer(&place, "answer", &arn(0));
    let said = place.refused(4, &words(&format!("{} --out second", wrap("b"))));
    assert!(said.contains("and a@1 was wrapped for that [E0418]"), "{said}");
    assert!(!place.path("second").exists());
    plan(&place, &format!("{} --out first2", wrap("a")));
    let said = place.refused(4, &words(&format!("plan {} --out second --out plan2.json", wrap("b"))));
    assert!(said.contains("E0418"), "{said}");
    answer(&place, "answer", &arn(1));
    place.ok(&words(&format!("{} --out third", wrap("b"))));
}

#[test]
fn what_was_ended_before_it_was_in_use_leaves_the_key_there_to_another() {
    let place = started(&["b"]);
    place.ok(&["generate", "mistaken", "--type", "aes-256"]);
    answer(&place, "answer", &arn(0));
    let wrap = |name: &str| {
        format!("wrap-for-import {name} --provider aws-kms --method RSAES_OAEP_SHA_1 --wrapping-key answer")
    };
    place.ok(&words(&format!("{} --out first", wrap("mistaken"))));
    let said = place.refused(4, &words(&format!("{} --out second", wrap("b"))));
    assert!(said.contains("hint: byok show mistaken@1   says where that went"), "{said}");
    place.ok(&["show", "mistaken@1"]);
    let mut session = spawn(&place, &words("revoke mistaken@1 --stage destroy --reason superseded"));
    session.expect("Type mistaken@1 to go on").unwrap();
    session.send("mistaken@1\r").unwrap();
    let (said, code) = finish(session);
    assert_eq!(code, 0, "{said}");
    place.ok(&words(&format!("{} --out second", wrap("b"))));
}

#[test]
fn a_plan_leaves_out_what_would_share_a_key() {
    let place = started(&["a", "b", "own"]);
    answer(&place, "answers/aw.json", &arn(0));
    answer(&place, "answers/own/aw.json", &arn(1));
    let made = place.byok(&words(&format!("plan {ROTATE} --author anna --out plan.json")));
    let said = text(&made.stderr);
    assert!(made.status.success() && said.contains("not in the plan: a: target aw (aw.json)"), "{said}");
    assert!(said.contains("not in the plan: b:"), "{said}");
    let plan = fs::read_to_string(place.path("plan.json")).unwrap();
    assert!(plan.contains("own@2") && !plan.contains("a@2") && !plan.contains("b@2"), "{plan}");
}
