//! `plan rotate`, approved by people with the real ssh-keygen, and applied: what is done is what the plan says.

use std::fs;
use std::os::unix::process::ExitStatusExt;

use serde_json::Value;

use crate::four_eyes::{APPROVAL, govern, plan, sign};
use crate::schema::{assert_valid, schema_file, violations};
use crate::token::Module;
use crate::workplace::{WRAPPING_KEY, Workplace, code, text};

/// Two people for a rotation, and one of them with a role for a wrap.
const POLICY: &str = "\
schema: byok.policy/v1
people:
  alice: {roles: [security]}
  bob: {roles: [security]}
  carol: {roles: [custodian]}
registry: {unattended: [policy-adopt, recover]}
rules:
  - name: all
    match: {keys: ['**']}
    approvals:
      rotate: {count: 2}
      wrap-for-import: {count: 1, roles: {security: 1}}
    unattended: [generate, rotate, wrap-for-import]
";
const TARGETS: &str = "targets:\n  far: {provider: generic, method: rsa-oaep-sha1, keys: [kek]}\n  \
                       near: {provider: generic, method: rsa-oaep-sha1, keys: [kek, \"pay/**\"]}\n";
const ALL: &str = "rotate --all --wrapping-keys answers --out bundles";

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

/// `kek` goes to two places and `pay/*` to one; all are in use.
fn started(module: Module) -> Workplace {
    fill(Workplace::initialised(module))
}

fn fill(place: Workplace) -> Workplace {
    let yaml = fs::read_to_string(place.path("byok.yaml")).unwrap();
    fs::write(place.path("byok.yaml"), yaml + TARGETS).unwrap();
    fs::create_dir_all(place.path("answers")).unwrap();
    for target in ["near", "far"] {
        place.write(&format!("answers/{target}.json"), WRAPPING_KEY);
    }
    for name in ["kek", "pay/a", "pay/b"] {
        place.ok(&["generate", name, "--type", "aes-256"]);
        place.ok(&["activate", name]);
    }
    place
}

/// Bob and Carol approve it.
fn approved(place: &Workplace) -> String {
    let bob = sign(place, "bob", APPROVAL, "plan.json");
    let carol = sign(place, "carol", APPROVAL, "plan.json");
    format!("apply plan.json {bob} {carol}")
}

fn state(place: &Workplace) -> Value {
    let document: Value = serde_json::from_str(&place.ok(&["plan", "show", "plan.json", "--json"])).unwrap();
    assert_valid(&document);
    let schema: Value = serde_json::from_str(&fs::read_to_string(schema_file("byok.plan/v1")).unwrap()).unwrap();
    assert_eq!(violations(&schema, &document["plan"]), Vec::<String>::new());
    document["state"].clone()
}

fn refusal(place: &Workplace, exit: i32, command: &str) -> String {
    let said = place.refused(exit, &words(command));
    code(&said).unwrap_or_else(|| panic!("{said}")).to_owned()
}

fn first(place: &Workplace, id: &str) -> Value {
    place.predicate(format!("registry/keys/{id}/manifest-0001.dsse.json"))
}

fn verified(place: &Workplace) {
    place.ok(&words("verify registry --trust signer.pem"));
}

#[test]
fn two_people_approve_a_rotation_and_it_is_done_once() {
    for module in Module::ALL {
        let place = started(module);
        govern(&place, POLICY);
        let said = place.refused(3, &words("rotate kek --wrapping-keys answers --out bundles"));
        assert!(said.contains("[E0302]") && said.contains("hint: byok plan rotate kek"), "{said}");
        plan(&place, ALL);
        assert_eq!(state(&place)["state"], "unapproved");
        let bob = sign(&place, "bob", APPROVAL, "plan.json");
        assert_eq!(refusal(&place, 3, &format!("apply plan.json {bob}")), "E0302");
        assert!(!place.path("registry/keys/kek@2").exists());
        place.ok(&words(&approved(&place)));
        assert_eq!(refusal(&place, 3, &approved(&place)), "E0325");
        assert_eq!(state(&place)["state"], "applied");
        let key = first(&place, "kek@2");
        let record = &key["authorization"]["plan"];
        assert_eq!((&record["author"], &record["threshold"]), (&"alice".into(), &2.into()), "{module:?}");
        let wraps = key["wraps"].as_array().unwrap();
        assert_eq!(wraps.len(), 2);
        // The plan is the pin.
        assert!(wraps.iter().all(|wrap| wrap["wrappingKey"]["authenticatedBy"] == "pinned"), "{wraps:#?}");
        for id in ["pay/a@2", "pay/b@2"] {
            assert_eq!(first(&place, id)["authorization"]["plan"], *record);
        }
        verified(&place);
    }
}

#[test]
fn what_is_done_is_what_the_plan_says() {
    let place = started(Module::SoftHsm);
    fs::remove_file(place.path("answers/far.json")).unwrap();
    govern(&place, POLICY);
    plan(&place, ALL);
    let apply = approved(&place);
    // An answer that came in since is for a plan of its own.
    place.write("answers/far.json", WRAPPING_KEY);
    // Another answer, then none.
    place.write("answers/near.json", format!("{WRAPPING_KEY}\n"));
    assert_eq!(refusal(&place, 3, &apply), "E0324");
    fs::remove_file(place.path("answers/near.json")).unwrap();
    place.refused(7, &words(&apply));
    // One for this key alone would go before it.
    place.write("answers/near.json", WRAPPING_KEY);
    fs::create_dir_all(place.path("answers/pay/a")).unwrap();
    place.write("answers/pay/a/near.json", format!("{WRAPPING_KEY}\n"));
    let said = place.refused(3, &words(&apply));
    assert!(said.contains("what would be done to pay/a@2 is not what the plan says: another answer [E0326]"), "{said}");
    assert!(!place.path("registry/keys/pay/a@2").exists());
    fs::remove_file(place.path("answers/pay/a/near.json")).unwrap();
    place.ok(&words(&apply));
    let targets: Vec<Value> = first(&place, "kek@2")["wraps"].as_array().unwrap().clone();
    assert_eq!((targets.len(), &targets[0]["targetId"]), (1, &"near".into()));
    verified(&place);
    // What it still owes is another plan.
    fs::remove_file(place.path("plan.json")).unwrap();
    plan(&place, "rotate kek --wrapping-keys answers --out bundles");
    place.ok(&words(&approved(&place)));
    assert!(place.path("bundles/kek@2/far/bundle.json").is_file());
    verified(&place);
}

#[test]
fn a_key_that_changed_since_stops_the_plan() {
    let place = started(Module::SoftHsm);
    govern(&place, POLICY);
    plan(&place, ALL);
    let apply = approved(&place);
    place.ok(&words("suspend pay/a --reason superseded"));
    let said = place.refused(3, &words(&apply));
    assert!(said.contains("pay/a@1 was changed since the plan was made"), "{said}");
    assert!(!place.path("registry/keys/kek@2").exists());
}

#[test]
fn a_killed_apply_goes_on_and_does_nothing_twice() {
    for (module, governed) in [(Module::SoftHsm, true), (Module::Kryoptic, true), (Module::Kryoptic, false)] {
        for kill in
            ["die=C_GenerateKey#1", "die=C_GenerateKey#2", "die=C_GenerateKey#3", "die=C_Sign#2", "die=C_Sign#4"]
        {
            let mut place = fill(Workplace::initialised_behind_proxy(module, &[]));
            if governed {
                govern(&place, POLICY);
                plan(&place, ALL);
            } else {
                place.ok(&words(&format!("plan {ALL} --out plan.json")));
            }
            let apply = if governed { approved(&place) } else { "apply plan.json --yes".to_owned() };
            place.token.proxied(&[kill, "die_when=after"]);
            let output = place.byok(&words(&apply));
            assert!(output.status.signal().is_some(), "{kill}: {}", text(&output.stderr));
            place.token.proxied(&[]);
            let label = format!("{module:?} governed {governed} {kill}");
            let done = place.byok(&words(&apply));
            assert!(done.status.success(), "{label}: {}", text(&done.stderr));
            for id in ["kek", "pay/a", "pay/b"] {
                assert!(!place.path(&format!("registry/keys/{id}@3")).exists(), "{label}: {id}");
                assert!(place.path(&format!("bundles/{id}@2/near/bundle.json")).is_file(), "{label}: {id}");
            }
            assert_eq!(refusal(&place, 3, &apply), "E0325", "{label}");
            verified(&place);
        }
    }
}

#[test]
fn canaries_of_a_plan_go_first_and_the_rest_by_applying_it_again() {
    let place = started(Module::SoftHsm);
    govern(&place, POLICY);
    plan(&place, &format!("{ALL} --canary 1"));
    let apply = approved(&place);
    let said = place.ok(&words(&apply));
    assert!(said.contains("waiting: 2 more, until in use: kek@2"), "{said}");
    assert_eq!(refusal(&place, 4, &apply), "E0415");
    assert_eq!(refusal(&place, 4, "rotate --continue"), "E0416");
    place.ok(&["activate", "kek"]);
    place.ok(&words(&apply));
    assert!(place.path("registry/keys/pay/b@2").is_dir());
    assert_eq!(refusal(&place, 3, &apply), "E0325");
    verified(&place);
}

/// Its plan may have expired, and nothing would end it.
#[test]
fn a_run_of_a_plan_is_ended_as_any_other() {
    let place = started(Module::SoftHsm);
    govern(&place, POLICY);
    plan(&place, &format!("{ALL} --canary 1"));
    place.ok(&words(&approved(&place)));
    assert!(place.ok(&["status"]).contains("open-run"));
    let said = place.ok(&words("rotate --continue --abandon --yes"));
    assert!(said.contains('2'), "{said}");
    assert!(!place.ok(&["status"]).contains("open-run"));
    assert!(!place.path("registry/keys/pay/b@2").exists());
    verified(&place);
}

/// As in CI: a plan is made in one place, approved elsewhere, and applied in a third.
#[test]
fn a_plan_made_in_one_place_is_applied_in_another() {
    let place = started(Module::SoftHsm);
    govern(&place, POLICY);
    fs::create_dir(place.path("elsewhere")).unwrap();
    plan(&place, "rotate --where name=pay/** --wrapping-keys answers --out bundles");
    // Approved where there is nothing but the plan and a key.
    for person in ["bob", "carol"] {
        sign(&place, person, APPROVAL, "plan.json");
    }
    let in_elsewhere = |name: &str| place.path(&format!("elsewhere/{name}"));
    for file in ["plan.json", "bob.sshsig", "carol.sshsig", "byok.yaml"] {
        fs::rename(place.path(file), in_elsewhere(file)).unwrap();
    }
    fs::rename(place.path("registry"), in_elsewhere("registry")).unwrap();
    fs::rename(place.path("answers"), in_elsewhere("answers")).unwrap();
    let mut byok = place.command(env!("CARGO_BIN_EXE_byok"));
    byok.current_dir(in_elsewhere(""));
    byok.args(words("apply plan.json --approval bob.sshsig --approval carol.sshsig --json"));
    let output = byok.output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let events: Vec<Value> = text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    events.iter().for_each(assert_valid);
    assert_eq!(events.last().unwrap()["made"], 2);
    assert!(in_elsewhere("bundles/pay/a@2/near/bundle.json").is_file());
}

#[test]
fn a_plan_names_its_keys() {
    let place = started(Module::SoftHsm);
    assert_eq!(refusal(&place, 2, "plan rotate --continue --out plan.json"), "E0243");
    let before = place.files();
    place.ok(&words(&format!("plan {ALL} --out plan.json")));
    fs::remove_file(place.path("plan.json")).unwrap();
    assert!(place.files() == before, "a plan changes nothing but its own file");
}

/// Two people for a wrap and one for a rotation, in either order: a rotation that wraps has what both ask for.
#[test]
fn a_rotation_that_wraps_has_the_approvals_of_both() {
    for approvals in [
        "rotate: {count: 1}\n      wrap-for-import: {count: 2, roles: {custodian: 1}}",
        "rotate: {count: 2, roles: {custodian: 1}}\n      wrap-for-import: {count: 1}",
    ] {
        let place = started(Module::SoftHsm);
        let asked = "rotate: {count: 2}\n      wrap-for-import: {count: 1, roles: {security: 1}}";
        govern(&place, &POLICY.replace(asked, approvals));
        plan(&place, ALL);
        let shown = place.ok(&words("plan show plan.json"));
        assert!(shown.contains("2 people: 1 with the role custodian"), "{approvals}: {shown}");
        let [bob, carol] = ["bob", "carol"].map(|person| sign(&place, person, APPROVAL, "plan.json"));
        for one in [&bob, &carol] {
            assert_eq!(refusal(&place, 3, &format!("apply plan.json {one}")), "E0302", "{approvals}");
        }
        place.ok(&words(&format!("apply plan.json {bob} {carol}")));
        for id in ["kek@2", "pay/a@2"] {
            let plan = &first(&place, id)["authorization"]["plan"];
            let people: Vec<_> =
                plan["approvals"].as_array().unwrap().iter().map(|row| row["person"].as_str().unwrap()).collect();
            assert_eq!((&plan["threshold"], people), (&2.into(), vec!["bob", "carol"]), "{approvals} {id}");
        }
        verified(&place);
    }
}

/// A policy that asks for approvals of `rotate` and `revoke` does not make it impossible to say what became of data keys,
/// or to go back.
#[test]
fn what_became_of_data_and_the_way_back_are_planned() {
    let place = Workplace::initialised(Module::SoftHsm);
    for command in ["generate tls --type ec-p256", "activate tls", "rotate tls"] {
        place.ok(&words(command));
    }
    govern(
        &place,
        &POLICY.replace("      rotate: {count: 2}\n", "      rotate: {count: 1}\n      revoke: {count: 2}\n"),
    );
    let said = "rotate --mark-rewrapped tls@1 --objects 7 --remaining 2 --by ops";
    let refused = place.refused(3, &words(said));
    assert!(refused.contains("[E0302]") && refused.contains("hint: byok plan rotate --mark-rewrapped"), "{refused}");
    plan(&place, said);
    let shown = place.ok(&words("plan show plan.json"));
    assert!(shown.contains("7 encrypted anew, says ops") && shown.contains("1 person"), "{shown}");
    assert_eq!(state(&place)["state"], "unapproved");
    let bob = sign(&place, "bob", APPROVAL, "plan.json");
    place.ok(&words(&format!("apply plan.json {bob}")));
    assert_eq!(refusal(&place, 3, &format!("apply plan.json {bob}")), "E0325");
    let newest = place.predicate("registry/keys/tls@1/manifest-0003.dsse.json");
    assert_eq!((&newest["rewrapped"][0]["objects"], &newest["rewrapped"][0]["remaining"]), (&7.into(), &2.into()));
    assert_eq!(newest["authorization"]["plan"]["threshold"], 1);
    verified(&place);
    fs::remove_file(place.path("plan.json")).unwrap();
    let said = place.refused(3, &words("rotate --rollback tls --yes"));
    assert!(said.contains("[E0302]") && said.contains("hint: byok plan rotate --rollback tls"), "{said}");
    plan(&place, "rotate --rollback tls");
    let shown = place.ok(&words("plan show plan.json"));
    assert!(shown.contains("give up tls@2, for ever") && shown.contains("  back to "), "{shown}");
    assert_eq!(state(&place)["state"], "unapproved");
    let [bob, carol] = ["bob", "carol"].map(|person| sign(&place, person, APPROVAL, "plan.json"));
    assert_eq!(refusal(&place, 3, &format!("apply plan.json {bob}")), "E0302");
    place.ok(&words(&format!("apply plan.json {bob} {carol}")));
    assert_eq!(refusal(&place, 3, &format!("apply plan.json {bob} {carol}")), "E0325");
    assert_eq!(place.predicate("registry/keys/tls@2/manifest-0002.dsse.json")["state"], "deactivated");
    verified(&place);
}

/// A plan that needs no approvals and says whose wrapping keys it uses is applied by a job; one that does not is not, and
/// the evidence says what the author has said.
#[test]
fn a_plan_keeps_the_pins() {
    let place = Workplace::initialised(Module::SoftHsm);
    let place = fill(place);
    let rule = |more: &str| {
        let policy = POLICY.replace(
            "      rotate: {count: 2}\n      wrap-for-import: {count: 1, roles: {security: 1}}\n",
            "      destroy: {count: 2}\n",
        );
        policy.replace("unattended: [generate, rotate, wrap-for-import]", more)
    };
    govern(&place, &rule("unattended: [generate, rotate]"));
    let pin = crate::rotate::wrapping_keys::spki_sha256(&place, "wrapping.pem");
    plan(&place, ALL);
    assert_eq!(refusal(&place, 3, "apply plan.json"), "E0306");
    fs::remove_file(place.path("plan.json")).unwrap();
    plan(&place, &format!("{ALL} --wrapping-key-sha256 {pin}"));
    assert_eq!(state(&place)["state"], "ready");
    assert!(place.ok(&["plan", "show", "plan.json"]).contains("pinned by the author"));
    place.ok(&["apply", "plan.json"]);
    assert_eq!(first(&place, "kek@2")["wraps"][0]["wrappingKey"]["authenticatedBy"], "pinned");
    verified(&place);
    // What the policy requires is required of a plan.
    fs::remove_file(place.path("plan.json")).unwrap();
    let required = rule("unattended: [generate, rotate]\n    wrapping-keys: {pin-required: true}");
    place.write("policy.yaml", required);
    place.ok(&words("policy adopt --policy policy.yaml --allowed-signers signers --yes"));
    let again = format!("plan {ALL} --again --author alice --out plan.json");
    let said = place.refused(3, &words(&again));
    assert_eq!(code(&said), Some("E0301"), "{said}");
    place.ok(&words(&format!("{again} --wrapping-key-sha256 {pin}")));
}
