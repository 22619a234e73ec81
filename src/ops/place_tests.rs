use super::*;

fn bao<'a>(id: &'a str, key: &'a str, site: &'a str) -> Place<'a> {
    let target_id = Some(id).filter(|id| !id.is_empty());
    Place { provider: "openbao", target_id, target: Some(key), mount: Some("transit"), site: Some(site) }
}

fn cloud<'a>(provider: &'a str, name: &'a str) -> Place<'a> {
    let names = [Some(name), None];
    Place { provider, target_id: None, target: Some(name), mount: None, site: site(None, names, "") }
}

fn seen<'a>(provider: &'a str, target_id: Option<&'a str>, resource: &'a str) -> Sight<'a> {
    Sight { provider, target_id, resource }
}

#[test]
fn what_tells_places_apart_is_read_from_names() {
    for (name, expected) in [
        ("arn:aws:kms:eu-central-1:111122223333:key/1", Some("arn:aws:kms:eu-central-1:111122223333")),
        ("projects/p/locations/europe-west3/keyRings/r/cryptoKeys/k", Some("projects/p/locations/europe-west3")),
        ("https://eu.vault.azure.net/keys/kek/1", Some("https://eu.vault.azure.net")),
        ("kek", None),
        ("arn:aws:kms", None),
        ("https://", None),
    ] {
        assert_eq!(site(None, [None, Some(name)], "ab"), expected, "{name}");
        assert_eq!(site(Some("transit"), [None, Some(name)], "ab"), Some("ab"), "{name}");
    }
}

#[test]
fn two_targets_are_two_places_and_without_them_names_and_sites_tell() {
    let (eu, us) = (bao("eu", "kek", "1"), bao("us", "kek", "2"));
    for (one, other, same, may_be) in [
        (eu, us, false, false),
        (eu, Place { site: Some("1"), ..us }, false, true),
        // Where its key is called otherwise by now, a target is the same all the same.
        (eu, bao("eu", "other", "1"), true, false),
        (eu, bao("", "kek", "1"), true, true),
        (eu, bao("", "kek", "2"), false, false),
        (eu, bao("", "other", "1"), false, false),
        (eu, Place { mount: Some("t2"), ..bao("", "kek", "1") }, false, false),
        (eu, Place { provider: "generic", ..eu }, false, false),
        (cloud("aws-kms", "arn:aws:kms:eu:1:key/a"), cloud("aws-kms", "arn:aws:kms:eu:1:key/b"), true, false),
        (cloud("aws-kms", "arn:aws:kms:eu:1:key/a"), cloud("aws-kms", "arn:aws:kms:us:1:key/a"), false, false),
        (cloud("aws-kms", "arn:aws:kms:eu:1:key/a"), cloud("aws-kms", "a"), true, true),
    ] {
        assert_eq!((one.is_same(&other), other.is_same(&one)), (same, same), "{one:?} {other:?}");
        assert_eq!((one.may_be_same(&other), other.may_be_same(&one)), (may_be, may_be), "{one:?} {other:?}");
    }
}

#[test]
fn a_wrap_for_no_target_belongs_to_the_one_that_it_fits() {
    let (eu, us) = (bao("eu", "kek", "1"), bao("us", "kek", "2"));
    let (hand, far) = (bao("", "kek", "1"), bao("", "kek", "3"));
    assert_eq!(distinct(&[hand, eu, us, eu]), [(2, us), (3, eu)]);
    assert_eq!(distinct(&[eu, us, hand]), [(1, us), (2, eu)]);
    assert_eq!(distinct(&[eu, far, hand]), [(1, far), (2, eu)]);
    assert_eq!(distinct(&[hand, far, hand]), [(1, far), (2, hand)]);
}

#[test]
fn an_answer_counts_for_the_target_that_it_names_or_for_the_only_one_that_it_fits() {
    let (eu, us) = (bao("eu", "kek", "1"), bao("us", "kek", "2"));
    let of = |places: &[Place<'_>], id| {
        spoken_for(places, &seen("openbao", id, "kek")).and_then(|place| place.target_id.map(str::to_owned))
    };
    assert_eq!(of(&[eu, us], Some("us")).as_deref(), Some("us"));
    assert_eq!(of(&[eu, us], Some("asia")), None);
    assert_eq!(of(&[eu, us], None), None);
    assert_eq!(of(&[eu, bao("us", "other", "2")], None).as_deref(), Some("eu"));
    // Without an id it is for the wrap that has none, too; one with an id never is.
    assert!(bao("", "kek", "1").fits(&seen("openbao", None, "kek")));
    assert!(!bao("", "kek", "1").fits(&seen("openbao", Some("eu"), "kek")));
    // What the name itself says is believed.
    let vault = Place { site: Some("https://eu.vault.azure.net"), ..cloud("azure-key-vault", "kek") };
    assert!(vault.fits(&seen("azure-key-vault", None, "https://EU.vault.azure.net/keys/kek")));
    assert!(!vault.fits(&seen("azure-key-vault", None, "https://us.vault.azure.net/keys/kek")));
}

#[test]
fn the_places_of_another_version_stand_for_one_that_they_tell() {
    let (eu, us) = (bao("eu", "kek", "1"), bao("us", "kek", "2"));
    let hand = Place { site: None, ..bao("", "kek", "1") };
    assert_eq!(counterparts(&eu, &[eu, us], &[us, eu]), [&eu]);
    assert_eq!(counterparts(&eu, &[eu, us], &[us]), [&us; 0]);
    assert_eq!(counterparts(&eu, &[eu], &[hand]), [&hand]);
    // It may be either of them: then it is none.
    assert_eq!(counterparts(&eu, &[eu, us], &[hand]), [&us; 0]);
    assert_eq!(counterparts(&eu, &[eu, us], &[bao("", "kek", "1")]), [&bao("", "kek", "1")]);
    // And the other way round either of them may be it.
    assert_eq!(counterparts(&hand, &[hand], &[eu, us]), [&eu, &us]);
}

#[test]
fn an_answer_is_ambiguous_where_names_are_all_that_it_shows() {
    let (eu, us) = (bao("eu", "kek", "1"), bao("us", "kek", "2"));
    assert!(is_ambiguous(&eu, &[eu, us]));
    assert!(is_ambiguous(&eu, &[eu, Place { mount: Some("t2"), ..us }]));
    assert!(!is_ambiguous(&eu, &[eu, bao("us", "other", "2")]));
    let vault = |id, host| Place { target_id: Some(id), site: Some(host), ..cloud("azure-key-vault", "kek") };
    assert!(!is_ambiguous(&vault("eu", "https://a"), &[vault("eu", "https://a"), vault("us", "https://b")]));
}
