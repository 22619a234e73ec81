//! Every mistake, with its line, its column and its key path: `^` stands in the line below, under the exact column.

use std::fmt::Write as _;

use super::{MAX_BYTES, Policy, PolicyError};

const HEAD: &str = "schema: byok.policy/v1\n";
const RULE: &str = "rules:\n  - name: all\n    match: {keys: [\"**\"]}\n";
const PEOPLE: &str = "people:\n  anna@bank: {roles: [officer], logins: [anna]}\n  ben@bank: {roles: [operator]}\n";

fn errors(text: &str) -> PolicyError {
    Policy::parse(text.as_bytes()).expect_err("the policy should be refused")
}

/// Takes the lines that are only blanks and carets out of `marked`, and checks that they, and only they, are where the
/// problems are, in order; `expected` are their paths and messages.
#[track_caller]
fn check(marked: &str, expected: &[(&str, &str)]) {
    let mut text = String::new();
    let mut marks = Vec::new();
    let mut number = 0_u64;
    for line in marked.lines() {
        if !line.trim().is_empty() && line.chars().all(|c| c == ' ' || c == '^') {
            marks.extend(line.chars().zip(1_u64..).filter(|(c, _)| *c == '^').map(|(_, column)| (number, column)));
        } else {
            number = number.checked_add(1).unwrap();
            text.push_str(line);
            text.push('\n');
        }
    }
    let error = errors(&text);
    let found: Vec<_> = error.problems().iter().map(|p| (p.line, p.column)).collect();
    assert_eq!(found, marks, "{:#?}", error.problems());
    let said: Vec<_> = error.problems().iter().map(|p| (p.path.as_str(), p.message.as_str())).collect();
    assert_eq!(said, expected);
    for problem in error.problems() {
        let [shown, caret] = problem.excerpt.as_ref().expect("the line is shown");
        assert_eq!(caret.trim_start(), "^");
        let under = nth(shown, caret.len());
        let line = text.lines().zip(1..).find(|(_, number)| *number == problem.line).unwrap().0;
        assert_eq!(under, nth(line, usize::try_from(problem.column).unwrap()), "{shown}\n{caret}");
    }
}

/// The character in this column, from 1.
fn nth(line: &str, column: usize) -> Option<char> {
    line.chars().zip(1..).find(|(_, at)| *at == column).map(|(c, _)| c)
}

#[test]
fn doubled_keys_name_both_lines() {
    check(
        &format!("{HEAD}rules:\n  - name: all\n    match: {{keys: [\"**\"]}}\n    life: P1Y\n    life: P2Y\n    ^\n"),
        &[("rules[0].life", "this key stands a second time; first on line 5")],
    );
}

#[test]
fn unknown_fields_are_refused_at_every_level() {
    let rule = "name, match, types, purposes, owner-required, providers, wrapping-keys, exposure, rotation, life, \
                grace, approvals, unattended";
    check(
        &format!("{HEAD}{RULE}    typs: [aes-256]\n    ^\nextra: 1\n^\n"),
        &[
            ("rules[0].typs", &format!("unknown field; known here: {rule}")),
            (
                "extra",
                "unknown field; known here: schema, people, revoked-keys, registry, freeze, classifications, rules, \
                 tests",
            ),
        ],
    );
}

#[test]
fn what_is_no_yaml_is_shown_with_its_way_out() {
    let quotes = "not YAML 1.2 as a policy uses it: mapping values are not allowed in this context; a text in which a \
                  colon and a blank stand belongs in quotes";
    check(
        &format!("{HEAD}freeze:\n  - name: x\n    why: Regulation 12: we must\n                      ^\n"),
        &[("", quotes)],
    );
    let tab = errors(&format!("{HEAD}rules:\n\t- name: all\n"));
    let [problem] = tab.problems() else { panic!("{tab:?}") };
    assert!(problem.message.ends_with("; indent with blanks instead of the tab"), "{problem:?}");
    assert!(problem.excerpt.is_some());
}

#[test]
fn anchors_aliases_and_second_documents_are_refused_in_plain_words() {
    let anchors = "a policy has no anchors and no aliases; write the value out where it holds";
    check(&format!("{HEAD}rules: &a\n       ^\n  - name: all\n    match: {{keys: [\"**\"]}}\n"), &[("", anchors)]);
    check(&format!("{HEAD}{RULE}    life: &l P1Y\n          ^\n    rotation: {{every: *l}}\n"), &[("", anchors)]);
    check(&format!("{HEAD}{RULE}---\n^\na: 1\n"), &[("", "a second document begins; a policy is one")]);
}

#[test]
fn a_pattern_with_a_mistake_makes_no_second_one() {
    let rules = "rules:\n  - name: payments\n    match: {keys: [\"payments/**\"]}\n  - name: web\n    \
                 match: {keys: [\"payments/***\"]}\n  - name: rest\n    match: {keys: [\"web\"]}\n";
    let error = errors(&format!("{HEAD}{rules}"));
    let paths: Vec<&str> = error.problems().iter().map(|problem| problem.path.as_str()).collect();
    assert_eq!(paths, ["rules[1].match.keys[0]"]);
}

#[test]
fn principals_differ_in_more_than_capitals() {
    let people = "people:\n  alice: {}\n  Alice: {}\n  ^\n";
    let why = "alice differs in capitals only; who reads it takes the two for one";
    check(&format!("{HEAD}{people}{RULE}"), &[("people.Alice", why)]);
}

#[test]
fn yes_is_no_boolean() {
    check(
        &format!("{HEAD}{RULE}    owner-required: yes\n                    ^\n"),
        &[("rules[0].owner-required", "yes is a text in YAML 1.2; write true or false")],
    );
}

#[test]
fn periods_are_whole_and_positive() {
    for (text, why) in [
        ("soon", "not an ISO 8601 period; write P1Y, P18M, P90D or PT12H"),
        ("1y", "not an ISO 8601 period; write P1Y, P18M, P90D or PT12H"),
        ("p1y", "not an ISO 8601 period; write P1Y, P18M, P90D or PT12H"),
        ("P", "not an ISO 8601 period; write P1Y, P18M, P90D or PT12H"),
        ("P0D", "a period of nothing"),
        ("-P1D", "a negative period"),
        ("PT30M", "a period of years, months, weeks, days and hours, whole ones; nothing finer means anything here"),
        ("PT1.5H", "a period of years, months, weeks, days and hours, whole ones; nothing finer means anything here"),
        ("P300Y", "a period of more than 200 years"),
    ] {
        check(&format!("{HEAD}{RULE}    life: {text}\n          ^\n"), &[("rules[0].life", &format!("{text}: {why}"))]);
    }
}

#[test]
fn periods_fit_together() {
    check(
        &format!(
            "{HEAD}{RULE}    rotation: {{every: P30D, overlap: P31D}}\n                                     ^\n    \
             life: P20D\n          ^\n"
        ),
        &[
            ("rules[0].rotation.overlap", "the overlap is not shorter than the time between two rotations"),
            ("rules[0].life", "the longest life is shorter than the time between two rotations"),
        ],
    );
    check(
        &format!("{HEAD}{RULE}    grace: {{life: P1D}}\n            ^\n"),
        &[("rules[0].grace.life", "the rule has no life that could run out")],
    );
}

#[test]
fn unknown_names_say_which_are_known() {
    check(
        &format!("{HEAD}{RULE}    types: [aes-256, aes-255]\n                     ^\n"),
        &[(
            "rules[0].types[1]",
            "aes-255: unknown key type; known: aes-128, aes-192, aes-256, hmac-sha1, hmac-sha224, hmac-sha256, \
             hmac-sha384, hmac-sha512, ec-p256, ec-p384, ec-p521, ec-secp256k1, ed25519, rsa-2048, rsa-3072, rsa-4096",
        )],
    );
    check(
        &format!("{HEAD}{RULE}    purposes: [sing]\n               ^\n"),
        &[("rules[0].purposes[0]", "sing: unknown purpose; known: encrypt, mac, sign, wrap")],
    );
    check(
        &format!("{HEAD}{RULE}    providers:\n      vault: {{}}\n      ^\n"),
        &[("rules[0].providers.vault", "a policy uses the provider's own name: openbao")],
    );
    check(
        &format!("{HEAD}{RULE}    unattended: [shred]\n                 ^\n"),
        &[(
            "rules[0].unattended[0]",
            "shred: unknown operation; known: activate, confirm-import, destroy, generate, import, policy-adopt, recover, \
             reinstate, replace-signer, revoke, rotate, seal, suspend, wrap-for-import",
        )],
    );
    check(
        &format!("{HEAD}{RULE}    exposure: some\n              ^\n"),
        &[("rules[0].exposure", "some: unknown exposure; known: none, ephemeral-kek, plaintext")],
    );
    let error = errors(&format!("{HEAD}{RULE}    providers: {{aws: {{methods: [x]}}}}\n"));
    let found: Vec<_> = error.problems().iter().map(|p| (p.line, p.column, p.path.as_str())).collect();
    assert_eq!(found, [(5, 17, "rules[0].providers.aws"), (5, 33, "rules[0].providers.aws.methods[0]")], "{error}");
}

#[test]
fn approvals_are_asked_only_where_people_can_give_them() {
    check(
        &format!("{HEAD}{PEOPLE}{RULE}    approvals:\n      generate: {{count: 1}}\n      ^\n"),
        &[(
            "rules[0].approvals.generate",
            "no plan can hold generate, so nobody could approve it; known here: destroy, import, revoke, rotate, seal, \
             wrap-for-import",
        )],
    );
    check(
        &format!("{HEAD}{PEOPLE}{RULE}    approvals:\n      recover: {{count: 1}}\n      ^\n"),
        &[("rules[0].approvals.recover", "an operation on the registry; its approvals stand under registry.approvals")],
    );
    check(
        &format!("{HEAD}{PEOPLE}{RULE}    approvals:\n      seal: {{count: 3}}\n                    ^\n"),
        &[("rules[0].approvals.seal.count", "3 cannot be reached: there are 2 people")],
    );
    check(
        &format!(
            "{HEAD}{PEOPLE}{RULE}    approvals:\n      seal: {{count: 2, roles: {{officer: 2, auditor: 1}}}}\n                                        ^  ^\n"
        ),
        &[
            ("rules[0].approvals.seal.roles.officer", "2 cannot be reached: there is 1 person with this role"),
            ("rules[0].approvals.seal.roles.auditor", "nobody of people has this role"),
        ],
    );
    check(
        &format!("{HEAD}{PEOPLE}{RULE}    approvals:\n      seal: {{count: 0}}\n                    ^\n"),
        &[("rules[0].approvals.seal.count", "a number from 1 to 64 belongs here")],
    );
    check(
        &format!("{HEAD}{PEOPLE}registry:\n  approvals:\n    seal: {{count: 1}}\n    ^\n{RULE}"),
        &[("registry.approvals.seal", "an operation on keys; its approvals stand in a rule")],
    );
}

#[test]
fn a_login_belongs_to_one_person() {
    check(
        &format!("{HEAD}{PEOPLE}  carl@bank: {{logins: [anna]}}\n                       ^\n{RULE}"),
        &[("people.carl@bank.logins[0]", "this login is anna@bank's already")],
    );
}

#[test]
fn two_rules_of_one_name_are_refused() {
    check(
        &format!(
            "{HEAD}rules:\n  - name: one\n    match: {{keys: [a]}}\n  - name: one\n          ^\n    match: {{keys: [b]}}\n"
        ),
        &[("rules[1].name", "one is the name of another on line 3")],
    );
}

#[test]
fn rules_that_never_decide_are_refused() {
    let two = |first: &str, second: &str| {
        format!(
            "{HEAD}rules:\n  - name: first\n    match: {{{first}}}\n  - name: second\n          ^\n    match: {{{second}}}\n"
        )
    };
    for (first, second) in [
        ("keys: [\"**\"]", "keys: [a]"),
        ("keys: [\"pay/**\"]", "keys: [pay/kek, \"pay/*/kek\", \"pay/x/**\"]"),
        ("keys: [\"*\", \"*/**\"]", "attributes: {env: [prod]}, keys: [\"**\"]"),
        ("keys: [\"**/kek\"]", "keys: [\"a/**/kek\", kek]"),
        ("keys: [\"a*\"]", "keys: [\"ab*c\"]"),
        ("attributes: {env: [\"*\"]}", "attributes: {env: [prod]}, keys: [a]"),
        ("attributes: {env: [prod, test]}", "attributes: {env: [test], zone: [eu]}"),
    ] {
        check(
            &two(first, second),
            &[("rules[1].name", "second can never decide: first on line 3 matches all that it matches")],
        );
    }
    for (first, second) in [
        ("keys: [\"pay/*\"]", "keys: [\"pay/**\"]"),
        ("keys: [\"pay/**\"]", "keys: [pay]"),
        ("keys: [\"pay/**\"]", "attributes: {env: [prod]}"),
        ("keys: [\"**\"], attributes: {env: [prod]}", "keys: [a]"),
        ("attributes: {env: [prod]}", "attributes: {env: [prod, test]}"),
        ("attributes: {env: [prod]}", "attributes: {env: [\"*\"]}"),
        ("keys: [\"**/kek\"]", "keys: [\"**\"]"),
        ("keys: [\"ab*c\"]", "keys: [\"a*\"]"),
    ] {
        let text = two(first, second).lines().filter(|line| line.trim() != "^").collect::<Vec<_>>().join("\n");
        assert!(Policy::parse(text.as_bytes()).is_ok(), "{first} does not hide {second}");
    }
}

#[test]
fn windows_end_after_they_begin() {
    check(
        &format!(
            "{HEAD}freeze:\n  - name: winter\n    from: 2027-01-05T00:00:00Z\n    to: 2026-12-15T00:00:00Z\n        ^\n    \
             operations: [import]\n{RULE}"
        ),
        &[("freeze[0].to", "the window ends before it begins")],
    );
    check(
        &format!(
            "{HEAD}freeze:\n  - name: winter\n    from: yesterday\n          ^\n    to: 2026-12-15T00:00:00Z\n    \
             operations: [recover]\n                 ^\n{RULE}"
        ),
        &[
            ("freeze[0].from", "yesterday: not an RFC 3339 time; write 2026-12-31T00:00:00Z"),
            ("freeze[0].operations[0]", "recover repairs what broke and is never frozen"),
        ],
    );
}

#[test]
fn patterns_say_which_character() {
    check(
        &format!("{HEAD}rules:\n  - name: all\n    match: {{keys: [pay**]}}\n                   ^\n"),
        &[(
            "rules[0].match.keys[0]",
            "pay**: ** stands for whole parts only, between slashes or at an end (character 5)",
        )],
    );
}

#[test]
fn numbers_are_no_texts() {
    check(
        &format!(
            "{HEAD}{RULE}    providers:\n      aws-kms: {{accounts: [123456789012]}}\n                           ^\n"
        ),
        &[("rules[0].providers.aws-kms.accounts[0]", "a number stands where a text belongs; write it in quotes")],
    );
}

#[test]
fn the_caret_stands_right_behind_tabs_and_escapes() {
    let text = format!("{HEAD}{RULE}    types: [\"\u{202e}aes\", aes-255]\n");
    let error = errors(&text);
    let [_, second] = error.problems() else { panic!("{error}") };
    let [shown, caret] = second.excerpt.as_ref().unwrap();
    assert_eq!(shown, "    types: [\"\\u{202e}aes\", aes-255]");
    assert_eq!(&shown[caret.len() - 1..], "aes-255]");
}

#[test]
fn long_lines_are_cut_around_the_caret() {
    let text = format!("{HEAD}{RULE}    types: [{}aes-255]\n", "aes-256, ".repeat(40));
    let error = errors(&text);
    let last = error.problems().last().unwrap();
    let [shown, caret] = last.excerpt.as_ref().unwrap();
    assert!(shown.chars().count() < 130, "{shown}");
    let behind: String = shown.chars().skip(caret.len() - 1).collect();
    assert_eq!(behind, "aes-255]");
}

#[test]
fn what_is_no_policy_is_not_shown() {
    for text in ["1234\n", "pin: 1234\n", "[1234", "schema: other\npin: 1234\n", "", "\u{0}1234", "- 1234\n"] {
        let error = errors(text);
        assert_eq!(error.problems().len(), 1, "{text:?}: {error}");
        let [problem] = error.problems() else { panic!() };
        assert_eq!(problem.excerpt, None, "{text:?}");
        assert!(!format!("{error:?}").contains("1234"), "{text:?}: {error}");
    }
}

#[test]
fn bombs_are_refused_at_once() {
    let large = vec![b'a'; MAX_BYTES + 1];
    assert!(Policy::parse(&large).is_err());
    let mut aliases = format!("{HEAD}a0: &a0 [x]\n");
    for (level, before) in (1..30).zip(0..) {
        writeln!(aliases, "a{level}: &a{level} [*a{before}, *a{before}]").unwrap();
    }
    let deep = format!("{HEAD}rules: {}{}\n", "[".repeat(10_000), "]".repeat(10_000));
    let block = format!("{HEAD}rules:\n{}", (0..400).map(|n| " ".repeat(n) + "- \n").collect::<String>());
    let many = format!("{HEAD}rules: [{}]\n", "1,".repeat(MAX_BYTES / 3));
    let (mut keys, mut globs) = (HEAD.to_owned(), format!("{HEAD}rules:\n"));
    (0..60_000).for_each(|n| writeln!(keys, "k{n}: 1").unwrap());
    for n in 0..1000 {
        writeln!(globs, "  - {{name: r{n}, match: {{keys: [\"*a*b*c*d*e*f*g*h*i*j*{n}\"]}}}}").unwrap();
    }
    for (text, refused) in [(aliases, true), (deep, true), (block, true), (many, true), (keys, true), (globs, true)] {
        let started = std::time::Instant::now();
        let result = Policy::parse(text.as_bytes());
        assert_eq!(result.is_err(), refused, "{:?}", result.err());
        assert!(started.elapsed().as_secs() < 10, "{:?} for {}", started.elapsed(), &text[..60]);
    }
}

#[test]
fn an_alias_is_named_with_its_place() {
    let error = errors(&format!("{HEAD}{RULE}    types: &t [aes-256]\n"));
    let [problem] = error.problems() else { panic!("{error}") };
    assert_eq!(problem.line, 5, "{problem}");
}
