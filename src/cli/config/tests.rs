use std::os::unix::fs::PermissionsExt;

use super::document::ConfigError;
use super::*;
use crate::cli::env::Terminals;
use crate::cli::harden::Hardening;
use crate::ops::target::{Limits, Target};
use crate::policy::Glob;
use crate::provider;

const PATH: &str = "/home/me/byok.yaml";

fn parse(text: &str) -> Result<Settings, ConfigError> {
    document::parse(text, Path::new(PATH))
}

fn env(directory: &Path, variable: Option<&Path>) -> Env {
    let value = variable.map(|path| path.as_os_str().to_owned());
    Env {
        now: Box::new(|| jiff::Timestamp::UNIX_EPOCH),
        var: Box::new(move |name| value.clone().filter(|_| name == "BYOK_CONFIG")),
        terminals: Terminals::default(),
        directory: directory.to_owned(),
        elapsed: Box::new(|| std::time::Duration::ZERO),
        runtime_directory: "/".into(),
        uid: rustix::process::geteuid().as_raw(),
        host: "host".to_owned(),
        hardening: Hardening::default(),
    }
}

fn write(path: &Path, text: &str, mode: u32) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
}

#[test]
fn every_field_is_read() {
    let settings = parse(concat!(
        "token: {module: /lib/p11.so, serial: '0123'}\npin-source: file:pin\nregistry: reg\npolicy: policy.yaml\n",
        "signer: {label: evidence, token: {module: /lib/other.so, label: audit}, pin-source: env:AUDIT}\n",
        "targets:\n  prod: {provider: vault, target: '{last}', mount: m, method: SHA256, algorithm: ed25519, keys: ['p/*']}\n",
    ))
    .unwrap();
    assert_eq!(
        settings,
        Settings {
            file: Some(PATH.into()),
            keys: TokenSettings {
                module: Some("/lib/p11.so".into()),
                token: Some(TokenChoice::Serial("0123".to_owned())),
                pin_source: Some(PinSource::File("/home/me/pin".into())),
            },
            registry: Some("/home/me/reg".into()),
            signer_label: Some("evidence".to_owned()),
            signer_token: Some(TokenSettings {
                module: Some("/lib/other.so".into()),
                token: Some(TokenChoice::Label("audit".to_owned())),
                pin_source: Some(PinSource::Env("AUDIT".to_owned())),
            }),
            policy: Some("/home/me/policy.yaml".into()),
            targets: Targets(vec![Target {
                id: "prod".to_owned(),
                provider: provider::find("openbao").unwrap(),
                target: Some("{last}".to_owned()),
                mount: Some("m".to_owned()),
                method: Some("SHA256".to_owned()),
                algorithm: Some("ed25519".to_owned()),
                limits: Limits::default(),
                keys: vec![Glob::parse("p/*").unwrap()],
            }]),
        }
    );
}

#[test]
fn what_is_not_understood_is_refused() {
    for bad in [
        "tokn: {}",
        "token: {modul: /x}",
        "registry: a\nregistry: b",
        "token: {module: lib.so}",
        "token: {label: a, serial: b}",
        "pin-source: '1234'",
        "signer: {pin-source: prompt}",
        "signer: {label: a, pin-source: prompt}",
        "targets: {a: {}}",
        "targets: {a: {provider: x}, a: {provider: x}}",
        "a: [",
        "registry: a\n---\nregistry: b",
    ] {
        assert_eq!(Failure::from(parse(bad).unwrap_err()).exit(), 2, "{bad}");
    }
    let error = parse("registry: a\nbad: 1\n").unwrap_err().to_string();
    assert!(error.starts_with("/home/me/byok.yaml:2:"), "{error}");
}

#[test]
fn a_target_that_cannot_be_meant_is_refused_with_its_place() {
    for (bad, place, what) in [
        ("A: {provider: openbao}", "3:3", "targets.A has no id that can be used"),
        ("eu.imported: {provider: openbao}", "3:3", "targets.eu.imported has an id that ends like a mark of import.sh"),
        ("eu.lock: {provider: openbao}", "3:3", "targets.eu.lock has an id that ends like a mark of import.sh"),
        ("a/b: {provider: openbao}", "3:3", "targets.a/b has an id with a slash"),
        ("a: {provider: opebao}", "3:17", "targets.a.provider opebao is no provider"),
        ("a: {provider: generic, mount: transit}", "3:33", "targets.a.mount means nothing to generic"),
        ("a: {provider: openbao, account: '1'}", "3:35", "targets.a.account means nothing to openbao"),
        ("a: {provider: aws-kms, vault: v}", "3:33", "targets.a.vault means nothing to aws-kms"),
        (
            "a: {provider: aws-kms}",
            "3:17",
            "targets.a.method is missing, and aws-kms wants one: an AWS answer does not say which wrapping algorithm it was \
             asked for",
        ),
        ("a: {provider: aws-kms, method: SHA256}", "3:34", "targets.a.method SHA256 is no method of aws-kms"),
        ("a: {provider: openbao, algorithm: RSA}", "3:37", "targets.a.algorithm RSA is no algorithm of openbao"),
        ("a: {provider: openbao, target: '{version}'}", "3:34", "targets.a.target has braces around another word"),
        ("a: {provider: openbao, keys: ['p/*', 'P/*']}", "3:40", "targets.a.keys has the pattern P/*"),
    ] {
        let error = parse(&format!("registry: r\ntargets:\n  {bad}\n")).unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with(&format!("{PATH}:{place}: {what}")), "{bad}: {text}");
        assert_eq!(Failure::from(error).exit(), 2, "{bad}");
    }
    let many = (0..=256).map(|n| format!("  t{n}: {{provider: openbao}}")).collect::<Vec<_>>().join("\n");
    assert!(parse(&format!("targets:\n{many}")).unwrap_err().to_string().contains("more than 256"));
}

#[test]
fn targets_are_in_the_order_of_their_ids() {
    let settings = parse("targets: {b: {provider: openbao}, a: {provider: aws-kms, account: '111122223333', method: RSAES_OAEP_SHA_256}}").unwrap();
    assert_eq!(settings.targets.0.iter().map(|target| target.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(settings.targets.get("a").unwrap().limits.account.as_deref(), Some("111122223333"));
    let key = "payments/kek".parse().unwrap();
    assert_eq!(settings.targets.of(&key).count(), 2);
}

#[test]
fn the_targets_in_the_comment_of_a_new_file_are_taken() {
    let token = TokenChoice::Label("t".to_owned());
    let text = render(&Template {
        module: Path::new("/m.so"),
        token: &token,
        pin_source: None,
        registry: Path::new("r"),
        signer_label: "s",
    });
    let (_, comment) = text.split_once("# targets:").unwrap();
    let yaml: String =
        format!("# targets:{comment}").lines().map(|line| line[2..].to_owned()).collect::<Vec<_>>().join("\n");
    assert_eq!(parse(&yaml).unwrap().targets.0.len(), 1);
}

#[test]
fn a_pin_in_the_wrong_place_is_not_repeated() {
    let failure = Failure::from(parse("pin-source: '9876'").unwrap_err());
    assert!(!failure.render(false).contains("9876"));
}

#[test]
fn what_init_writes_is_read_back() {
    for (token, pin_source) in [
        (TokenChoice::Label("a \"b\" #c: é".to_owned()), Some(PinSource::File("pin file".into()))),
        (TokenChoice::Serial("007".to_owned()), None),
    ] {
        let text = render(&Template {
            module: Path::new("/usr/lib/p 11.so"),
            token: &token,
            pin_source: pin_source.as_ref(),
            registry: Path::new("registry"),
            signer_label: "byok evidence",
        });
        let settings = parse(&text).unwrap();
        assert_eq!(settings.keys.module.as_deref(), Some(Path::new("/usr/lib/p 11.so")));
        assert_eq!(settings.keys.token, Some(token));
        let expected = pin_source.map_or(PinSource::Prompt, |source| source.relative_to(Path::new("/home/me")));
        assert_eq!(settings.keys.pin_source, Some(expected));
        assert_eq!(settings.registry.as_deref(), Some(Path::new("/home/me/registry")));
        assert_eq!(settings.signer_label.as_deref(), Some("byok evidence"));
    }
}

#[test]
fn the_nearest_file_upwards_is_used_and_a_named_one_goes_first() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("a/b");
    std::fs::create_dir_all(&deep).unwrap();
    write(&folder.path().join("byok.yaml"), "registry: far", 0o600);
    let found = |env: &Env, flag| find::find(env, flag).unwrap().unwrap().text;
    assert_eq!(found(&env(&deep, None), None), "registry: far");
    write(&folder.path().join("a/byok.yaml"), "registry: near", 0o644);
    assert_eq!(found(&env(&deep, None), None), "registry: near");
    let named = folder.path().join("named.yaml");
    write(&named, "registry: named", 0o600);
    assert_eq!(found(&env(&deep, Some(&named)), None), "registry: named");
    assert_eq!(found(&env(&deep, Some(&named)), Some(Path::new("../byok.yaml"))), "registry: near");
}

#[test]
fn a_file_or_folder_that_others_can_write_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("byok.yaml");
    let exit = || find::find(&env(folder.path(), None), None).map(|_| ()).unwrap_err().exit();
    write(&path, "", 0o620);
    assert_eq!(exit(), 2);
    write(&path, "", 0o602);
    assert_eq!(exit(), 2);
    write(&path, "", 0o644);
    assert!(find::find(&env(folder.path(), None), None).is_ok());
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o777)).unwrap();
    assert_eq!(exit(), 2);
}

#[test]
fn a_link_is_judged_by_its_own_folder_and_by_its_target() {
    let (open, safe) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(&safe.path().join("byok.yaml"), "registry: x", 0o600);
    std::os::unix::fs::symlink(safe.path().join("byok.yaml"), open.path().join("byok.yaml")).unwrap();
    assert!(find::find(&env(open.path(), None), None).is_ok());
    std::fs::set_permissions(open.path(), PermissionsExt::from_mode(0o777)).unwrap();
    assert!(find::find(&env(open.path(), None), None).is_err());
    std::fs::set_permissions(open.path(), PermissionsExt::from_mode(0o700)).unwrap();
    std::fs::set_permissions(safe.path(), PermissionsExt::from_mode(0o777)).unwrap();
    assert!(find::find(&env(open.path(), None), None).is_err());
}

#[test]
fn only_a_regular_file_of_sensible_size_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("byok.yaml");
    std::fs::create_dir(&path).unwrap();
    assert!(find::find(&env(folder.path(), None), None).is_err());
    std::fs::remove_dir(&path).unwrap();
    write(&path, &"#".repeat(300 * 1024), 0o600);
    assert!(find::find(&env(folder.path(), None), None).is_err());
    let none = folder.path().join("none.yaml");
    assert_eq!(find::find(&env(folder.path(), None), Some(&none)).map(|_| ()).unwrap_err().exit(), 2);
}
