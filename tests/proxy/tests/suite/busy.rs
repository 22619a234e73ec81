//! A token that many threads share: its delays, its failures for a while, the sessions that it has.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::Attribute;
use cryptoki::session::Session;
use cryptoki::slot::Limit;

use crate::alone::{Client, again, each, is_child, succeeded};
use crate::token::{Module, TokenDir};

const THREADS: usize = 64;
const ROUNDS: usize = 5;
const DELAY: Duration = Duration::from_millis(20);

/// All wait side by side: a delay under a lock would take 64 times as long.
#[test]
fn many_threads_wait_side_by_side() {
    let body = |client: &Client| {
        let sessions: Vec<Session> = (1..THREADS).map(|_| client.another().expect("a session")).collect();
        let begun = Instant::now();
        thread::scope(|scope| {
            for session in &mut sessions.into_iter() {
                scope.spawn(move || {
                    for _ in 0..ROUNDS {
                        let (one, other) = (random(&session), random(&session));
                        assert_ne!(one, other);
                    }
                });
            }
        });
        let one_after_another = DELAY * u32::try_from(2 * ROUNDS * (THREADS - 1)).expect("a few");
        assert!(begun.elapsed() < one_after_another / 4, "{:?}", begun.elapsed());
    };
    let test = "busy::many_threads_wait_side_by_side";
    each(test, &["latency_us=20000"], body, |token, output| {
        succeeded(token, output);
        let mut numbers: Vec<_> = token.trace().into_iter().map(|line| line.0).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=numbers.len()).collect::<Vec<_>>());
        assert_eq!(names(token).get("C_GenerateRandom"), Some(&(2 * ROUNDS * (THREADS - 1))));
    });
}

fn random(session: &Session) -> [u8; 32] {
    let mut bytes = [0; 32];
    session.generate_random_slice(&mut bytes).expect("random bytes");
    bytes
}

fn names(token: &TokenDir) -> BTreeMap<String, usize> {
    let mut names = BTreeMap::new();
    for (_, name, _) in token.trace() {
        *names.entry(name).or_default() += 1;
    }
    names
}

/// Each thread makes keys, finds and signs in its own session, and none gets another one's.
#[test]
fn threads_do_not_mix() {
    let body = |client: &Client| {
        let sessions: Vec<Session> = (0..16).map(|_| client.another().expect("a session")).collect();
        thread::scope(|scope| {
            for (number, session) in sessions.into_iter().enumerate() {
                scope.spawn(move || keys_of_one_thread(number, &session));
            }
        });
    };
    // The lie makes the proxy remember keys, which threads share.
    each("busy::threads_do_not_mix", &["lie=echo-kcv"], body, succeeded);
}

fn keys_of_one_thread(number: usize, session: &Session) {
    for round in 0..ROUNDS {
        let label = [Attribute::Label(format!("{number}-{round}").into_bytes())];
        let kcv = [u8::try_from(number).expect("small"), u8::try_from(round).expect("small"), 7];
        let template = [&label[..], &[Attribute::ValueLen(32.into()), Attribute::CheckValue(kcv.to_vec())]].concat();
        let key = session.generate_key(&Mechanism::AesKeyGen, &template).expect("a key");
        assert_eq!(session.find_objects(&label).expect("a search"), [key]);
        let shown = session.get_attributes(key, &[cryptoki::object::AttributeType::CheckValue]).expect("the value");
        assert_eq!(shown, [Attribute::CheckValue(kcv.to_vec())]);
    }
}

#[test]
fn it_fails_for_a_while() {
    let body = |client: &Client| {
        let made: Vec<_> = (0..5).map(|_| client.aes(&[]).map(drop)).collect();
        for (at, made) in made.iter().enumerate() {
            let fails = matches!(made, Err(Error::Pkcs11(RvError::DeviceRemoved, _)));
            assert_eq!(fails, [1, 2].contains(&at), "{made:?}");
        }
    };
    each("busy::it_fails_for_a_while", &["fail=C_GenerateKey#2+2:0x32"], body, succeeded);
}

#[test]
fn sessions_are_few() {
    let body = |client: &Client| {
        let info = client.token_info();
        for most in [info.max_session_count(), info.max_rw_session_count()] {
            assert!(matches!(most, Limit::Max(3)), "{most:?}");
        }
        let [one, two] = [client.another(), client.another()].map(|session| session.expect("the second, the third"));
        let refused = client.another();
        assert!(matches!(refused, Err(Error::Pkcs11(RvError::SessionCount, _))), "{refused:?}");
        one.close().expect("C_CloseSession");
        let again = client.another().expect("there is room again");
        drop((two, again));
    };
    each("busy::sessions_are_few", &["max_sessions=3"], body, succeeded);
}

/// The command runs before the call, and the client's call goes on.
#[test]
fn the_world_changes_at_a_call() {
    let test = "busy::the_world_changes_at_a_call";
    let body = |client: &Client| {
        client.aes(&[]).expect("the first key");
        client.aes(&[]).expect("the second key");
    };
    if is_child() {
        return each(test, &[], body, succeeded);
    }
    for module in Module::ALL {
        let mut token = TokenDir::new(module);
        let seen = token.path().join("seen");
        let line = format!("run=C_GenerateKey#2:wc -l < {}/trace > {}", token.path().display(), seen.display());
        token.proxied(&[&line]);
        succeeded(&token, &again(test, &token));
        let lines: usize = std::fs::read_to_string(&seen).expect("it ran").trim().parse().expect("a number");
        let second = token.trace().iter().filter(|line| line.1 == "C_GenerateKey").nth(1).expect("two keys").0;
        assert_eq!(lines + 1, second, "{module:?}");
    }
}
