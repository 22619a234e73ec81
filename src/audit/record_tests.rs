use super::*;

pub(crate) fn entry() -> Entry {
    Entry {
        v: VERSION,
        seq: 0,
        prev: NO_PREVIOUS.into(),
        ts: "2026-11-22T10:00:00Z".parse().unwrap(),
        id: "01936f4e-7d2a-7c3b-8a4d-0123456789ab".into(),
        event: event::KEY_GENERATE.into(),
        phase: Phase::Intent,
        outcome: None,
        actor: Actor { id: "ann".into(), host: Some("host-1".into()) },
        key: Some(KeyRef { name: "payments/kek".into(), version: 1, manifest_sha256: None }),
        error: None,
        tool: ToolRef { version: "0.1.0".into() },
        detail: serde_json::from_str(r#"{"objectId":"00ff","note":"a\nb"}"#).unwrap(),
    }
}

/// The line of [`entry`] with one text replaced.
fn with(from: &str, to: &str) -> Vec<u8> {
    let line = String::from_utf8(entry().to_line().unwrap()).unwrap();
    assert!(line.contains(from), "{from} is not in {line}");
    line.replacen(from, to, 1).into_bytes()
}

#[test]
fn an_entry_is_one_line_with_its_members_in_order() {
    let line = String::from_utf8(entry().to_line().unwrap()).unwrap();
    assert!(!line.contains('\n'));
    assert!(line.starts_with(r#"{"v":1,"seq":0,"prev":"0000"#), "{line}");
    assert!(line.ends_with(r#""tool":{"version":"0.1.0"},"detail":{"objectId":"00ff","note":"a\nb"}}"#), "{line}");
    assert_eq!(Entry::parse(line.as_bytes()).unwrap(), entry());
}

#[test]
fn members_of_later_versions_are_kept_out_of_the_way() {
    let line = with(r#""seq":0"#, r#""seq":0,"later":{"a":[1,2]}"#);
    assert_eq!(Entry::parse(&line).unwrap(), entry());
}

#[test]
fn repeated_members_are_refused_even_where_nobody_reads_them() {
    for (from, to) in [
        (r#""seq":0"#, r#""seq":0,"seq":0"#),
        (r#""seq":0"#, r#""seq":0,"later":1,"later":1"#),
        (r#""objectId":"00ff""#, r#""objectId":"00ff","objectId":"00ff""#),
        (r#""id":"ann""#, r#""id":"ann","id":"bob""#),
    ] {
        assert!(matches!(Entry::parse(&with(from, to)), Err(RecordError::Json(_))), "{to}");
    }
}

#[test]
fn malformed_members_are_named() {
    for (from, to, member) in [
        (r#""prev":"00"#, r#""prev":"0G"#, "prev"),
        ("-7c3b-", "-7C3B-", "id"),
        ("key.generate", "key..generate", "event"),
        (r#""version":1"#, r#""version":0"#, "key.version"),
        (r#""version":1"#, r#""version":1,"manifestSha256":"12""#, "key.manifestSha256"),
        (r#""id":"ann""#, r#""id":"""#, "actor.id"),
    ] {
        let error = Entry::parse(&with(from, to)).unwrap_err();
        assert!(matches!(error, RecordError::Member(name) if name == member), "{member}: {error}");
    }
    assert!(matches!(Entry::parse(&with(r#"{"v":1"#, r#"{"v":2"#)), Err(RecordError::Version(2))));
}

#[test]
fn a_result_and_only_a_result_has_an_outcome() {
    let result = with(r#""phase":"intent""#, r#""phase":"result""#);
    assert!(matches!(Entry::parse(&result), Err(RecordError::Outcome)));
    let intent = with(r#""phase":"intent""#, r#""phase":"intent","outcome":"success""#);
    assert!(matches!(Entry::parse(&intent), Err(RecordError::Outcome)));
    let both = with(r#""phase":"intent""#, r#""phase":"result","outcome":"success""#);
    assert_eq!(Entry::parse(&both).unwrap().outcome, Some(Outcome::Success));
}

#[test]
fn what_is_not_one_line_is_refused() {
    assert!(matches!(Entry::parse(&with(",", ",\n")), Err(RecordError::LineFeed)));
    assert!(matches!(Entry::parse(&vec![b' '; MAX_LINE + 1]), Err(RecordError::TooLong(_))));
    assert!(matches!(Entry::parse(b""), Err(RecordError::Json(_))));
    assert!(matches!(Entry::parse(b"{\"v\":1,\"\xff\":0}"), Err(RecordError::Json(_))));
    let mut long = entry();
    long.detail.insert("x".into(), "y".repeat(MAX_LINE).into());
    assert!(matches!(long.to_line(), Err(RecordError::TooLong(_))));
}
