use std::fmt::Write;

use super::*;
use crate::ssh_signer as model;

fn key(seed: u8) -> String {
    model::ed25519(seed).line()
}

fn read(text: &str) -> AllowedSigners {
    AllowedSigners::parse(text.as_bytes()).unwrap()
}

/// Line, column and message of what is wrong.
fn wrong(text: &str) -> (usize, usize, String) {
    let error = AllowedSigners::parse(text.as_bytes()).unwrap_err();
    (error.place.line, error.place.column, error.problem.to_string())
}

#[test]
fn a_file_of_people_is_read() {
    let text = format!(
        "# The bank's approvers\r\n\r\nalice@bank.example,alice {} at work\r\n\t bob\tnamespaces=\"byok-approval-v1,git\",\
         VALID-AFTER=\"20260101Z\",valid-before=\"20261231235959Z\"  {}\n",
        key(1),
        model::sk_p256(2, 1).line(),
    );
    let signers = read(&text);
    let [alice, bob] = signers.signers() else { panic!("{signers:?}") };
    assert_eq!((alice.line, bob.line), (3, 4));
    assert!(alice.is("alice") && alice.is("alice@bank.example") && !alice.is("bob"));
    assert!(alice.signs_in("anything") && bob.signs_in("byok-approval-v1") && !bob.signs_in("byok-destroy-v1"));
    assert_eq!(bob.valid_after, Some("2026-01-01T00:00:00Z".parse().unwrap()));
    assert_eq!(bob.valid_before, Some("2026-12-31T23:59:59Z".parse().unwrap()));
    assert_eq!(signers.people(), ["alice", "alice@bank.example", "bob"]);
    assert_eq!(signers.of_key(&alice.key).count(), 1);
}

#[test]
fn names_are_of_people() {
    let with = |principals: &str| wrong(&format!("{principals} {}\n", key(1)));
    assert_eq!((with("*@bank.example").0, with("*@bank.example").1), (1, 1));
    assert!(with("*@bank.example").2.contains("pattern"));
    assert_eq!(with("alice,bo?").1, 9);
    assert_eq!(with("alice,!mallory").1, 7);
    assert_eq!(with("alice,,bob").1, 7);
    assert_eq!(with("alice,alice"), (1, 7, "alice stands twice in this line".to_owned()));
    assert_eq!(with("\"alice smith\"").1, 1);
    assert_eq!(with("al/ice").1, 3);
}

#[test]
fn options_are_openssh_s_and_in_its_spelling() {
    let with = |options: &str| wrong(&format!("alice {options} {}\n", key(1)));
    assert_eq!(
        with("verify-required"),
        (1, 7, Problem::Option("verify-required".to_owned()).to_string()),
        "authorized_keys has it, allowed_signers has not"
    );
    assert_eq!(with("cert-authority"), (1, 7, Problem::Authority.to_string()));
    assert_eq!(with("CERT-AUTHORITY"), (1, 7, Problem::Authority.to_string()));
    assert_eq!(with("namespaces=\"a\",namespaces=\"b\""), (1, 22, "the option namespaces twice".to_owned()));
    assert_eq!(with("namespaces=git"), (1, 17, Problem::Quotes("namespaces").to_string()));
    assert_eq!(with("namespaces"), (1, 17, Problem::Quotes("namespaces").to_string()));
    assert_eq!(with("namespaces=\"a b\"").1, 19);
    assert_eq!(with("namespaces=\"git,byok-*\"").1, 23);
    assert_eq!(with("namespaces=\"\"").1, 19);
    assert_eq!(with("namespaces=\"a\\\"\"").2, "a backslash in a value");
    assert_eq!(with("namespaces=\"a\"x").1, 21);
    assert_eq!(with("namespaces=\"a\",").2, Problem::Option(String::new()).to_string());
    assert!(wrong("alice namespaces=\"a").2.contains("double quotes"));
}

#[test]
fn times_are_openssh_s_and_in_utc() {
    let with = |time: &str| AllowedSigners::parse(format!("alice valid-after=\"{time}\" {}", key(1)).as_bytes());
    for (time, is) in [
        ("20261122Z", "2026-11-22T00:00:00Z"),
        ("202611221230Z", "2026-11-22T12:30:00Z"),
        ("20261122123059Z", "2026-11-22T12:30:59Z"),
        ("20240229Z", "2024-02-29T00:00:00Z"),
    ] {
        assert_eq!(with(time).unwrap().signers()[0].valid_after, Some(is.parse().unwrap()));
    }
    for local in ["20261122", "202611221230", "20261122123059"] {
        assert_eq!(with(local).unwrap_err().problem, Problem::LocalTime(local.to_owned()));
    }
    for bad in [
        "",
        "Z",
        "2026-11-22Z",
        "20261122z",
        "20260230Z",
        "2026112224Z",
        "202611222460Z",
        "20261122123060Z",
        "19700101Z",
        "00000101Z",
        "+2261122Z",
        "20261122T1230Z",
        "２０２６１１２２Z",
    ] {
        assert_eq!(with(bad).unwrap_err().problem, Problem::Time(bad.to_owned()));
        assert_eq!(with(bad).unwrap_err().place, Place { line: 1, column: 20 });
    }
    let never = format!("alice valid-after=\"20260102Z\",valid-before=\"20260102Z\" {}", key(1));
    assert_eq!(wrong(&never), (1, 7, Problem::NeverValid.to_string()));
}

#[test]
fn keys_that_do_not_approve_have_a_place() {
    assert_eq!(wrong("alice ssh-rsa AAAAB3NzaC1yc2E= a").1, 7);
    assert!(wrong("alice ssh-rsa AAAAB3NzaC1yc2E= a").2.contains("ssh-rsa"));
    assert!(wrong("alice namespaces=\"a\" ssh-dss AAAA").2.contains("ssh-dss"));
    assert!(wrong("alice ssh-ed25519-cert-v01@openssh.com AAAA").2.contains("certificate"));
    assert_eq!(wrong("\nalice"), (2, 6, Problem::Option(String::new()).to_string()));
    assert_eq!(wrong("alice ssh-ed25519"), (1, 18, "the line ends before its key".to_owned()));
    assert_eq!(wrong("alice ssh-ed25519 %"), (1, 7, "its base64 is malformed".to_owned()));
}

#[test]
fn a_key_stands_once_under_a_name() {
    let text = format!("alice,al {}\nbob {}\nal {}\n", key(1), key(2), key(1));
    assert_eq!(wrong(&text), (3, 0, "this key stands under al in line 1 already".to_owned()));
    // As a FIDO key it is still the same key.
    let guises = format!("bob {}\nbob {}\n", model::p256(1).line(), model::sk_p256(1, 1).line());
    assert!(wrong(&guises).2.contains("line 1 already"));
    assert_eq!(
        read(&format!("alice {}\nbob {}\n", key(1), key(1)))
            .of_key(&read(&format!("a {}", key(1))).signers[0].key)
            .count(),
        2
    );
}

#[test]
fn sizes_and_hidden_characters_are_refused() {
    let mut lines = String::new();
    (0..100_000).for_each(|_| lines.push_str("#\n"));
    assert_eq!(wrong(&lines), (4097, 0, "more than 4096 lines".to_owned()));
    assert!(wrong(&"#".repeat(MAX_FILE + 1)).2.contains("at most"));
    assert_eq!(wrong("# nobody\n\n"), (0, 0, "it names nobody".to_owned()));
    for hidden in ['\0', '\u{1b}', '\r', '\u{b}', '\u{85}'] {
        let mut text = String::new();
        writeln!(text, "alice {} a{hidden}b", key(1)).unwrap();
        assert_eq!(wrong(&text), (1, text.chars().count() - 2, Problem::Control(hidden).to_string()));
    }
    assert_eq!(AllowedSigners::parse(b"alice \xff\n").unwrap_err().problem, Problem::Text);
    assert!(AllowedSigners::parse(format!("alice {} Z\u{fc}rich", key(1)).as_bytes()).is_ok());
}
