//! Batches on a token that is a stand-in in software.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread::{ThreadId, current};
use std::time::Duration;

use zeroize::Zeroizing;

use super::*;
use crate::format::material::PrivateKey;
use crate::format::spki::PublicKey;
use crate::hsm::request::{
    FoundObject, Handle, ObjectAttributes, PairHandles, PairRequest, RsaPublicKey, Search, SecretKind, SecretRequest,
    SignMechanism, TokenIdentity, WrapMechanism,
};
use crate::hsm::signer::TokenSigner;
use crate::hsm::{TokenError, rv};
use crate::key::custody::Custody;
use crate::key::spec::HashAlg;
use crate::manifest::signer::Scheme;
use crate::soft_signer::SoftSigner;

/// What all sessions with the stand-in share.
#[derive(Default)]
struct Shared {
    made: AtomicUsize,
    sessions: AtomicUsize,
    destroyed: AtomicUsize,
}

/// One session with it. It makes keys, destroys them, and does nothing else.
struct Standin {
    shared: Arc<Shared>,
    identity: TokenIdentity,
}

impl Standin {
    fn new(shared: &Arc<Shared>) -> Self {
        shared.sessions.fetch_add(1, Ordering::SeqCst);
        let text = || "x".to_owned();
        let (label, serial, manufacturer, model, firmware, module_sha256) =
            (text(), text(), text(), text(), text(), text());
        let identity = TokenIdentity { label, serial, manufacturer, model, firmware, module_sha256 };
        Self { shared: Arc::clone(shared), identity }
    }
}

impl Drop for Standin {
    fn drop(&mut self) {
        self.shared.sessions.fetch_sub(1, Ordering::SeqCst);
    }
}

fn never<T>() -> Result<T, TokenError> {
    Err(TokenError::BadRequest("the stand-in makes keys and nothing else"))
}

impl Token for Standin {
    fn identity(&self) -> &TokenIdentity {
        &self.identity
    }
    fn mechanisms(&self) -> Result<Vec<u64>, TokenError> {
        never()
    }
    fn generate_secret(&self, _: &SecretRequest) -> Result<Handle, TokenError> {
        let made = self.shared.made.fetch_add(1, Ordering::SeqCst);
        Ok(Handle(u64::try_from(made).unwrap()))
    }
    fn generate_pair(&self, _: &PairRequest) -> Result<PairHandles, TokenError> {
        never()
    }
    fn create_secret(&self, _: &[u8], _: &SecretRequest) -> Result<Handle, TokenError> {
        never()
    }
    fn create_wrapping_key(&self, _: &RsaPublicKey) -> Result<Handle, TokenError> {
        never()
    }
    fn wrap(&self, _: WrapMechanism, _: Handle, _: Handle) -> Result<Zeroizing<Vec<u8>>, TokenError> {
        never()
    }
    fn unwrap(&self, _: WrapMechanism, _: Handle, _: &[u8], _: &SecretRequest) -> Result<Handle, TokenError> {
        never()
    }
    fn unwrap_private(&self, _: WrapMechanism, _: Handle, _: &[u8], _: &PairRequest) -> Result<Handle, TokenError> {
        never()
    }
    fn create_private(&self, _: &PrivateKey, _: &PairRequest) -> Result<Handle, TokenError> {
        never()
    }
    fn create_public(&self, _: &PublicKey, _: &PairRequest) -> Result<Handle, TokenError> {
        never()
    }
    fn decrypt_oaep(&self, _: HashAlg, _: Handle, _: &[u8]) -> Result<Zeroizing<Vec<u8>>, TokenError> {
        never()
    }
    fn find(&self, _: Search<'_>) -> Result<Vec<FoundObject>, TokenError> {
        never()
    }
    fn custody(&self, _: Handle) -> Result<Custody, TokenError> {
        never()
    }
    fn public_key(&self, _: Handle) -> Result<Vec<u8>, TokenError> {
        never()
    }
    fn check_value(&self, _: Handle) -> Result<Option<Vec<u8>>, TokenError> {
        never()
    }
    fn encrypt_zero_block(&self, _: Handle) -> Result<Zeroizing<Vec<u8>>, TokenError> {
        never()
    }
    fn encrypt_gcm(&self, _: Handle, _: &[u8; 12], _: &[u8]) -> Result<Vec<u8>, TokenError> {
        never()
    }
    fn sign(&self, _: SignMechanism, _: Handle, _: &[u8]) -> Result<Vec<u8>, TokenError> {
        never()
    }
    fn digest_key(&self, _: Handle) -> Result<Vec<u8>, TokenError> {
        never()
    }
    fn clear_extractable(&self, _: Handle) -> Result<(), TokenError> {
        never()
    }
    fn destroy(&self, _: Handle) -> Result<(), TokenError> {
        self.shared.destroyed.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

/// Why an item of these tests fails.
#[derive(Debug, Eq, PartialEq)]
enum Failure {
    At(&'static str),
    Gone,
}

type Steps = Vec<(&'static str, usize)>;

/// What happened, in the order in which it did.
#[derive(Default)]
struct Seen {
    steps: Mutex<Steps>,
    token_threads: Mutex<BTreeSet<String>>,
}

impl Seen {
    fn step(&self, name: &'static str, item: usize) {
        self.steps.lock().unwrap().push((name, item));
    }

    fn on_token(&self, thread: ThreadId) {
        self.token_threads.lock().unwrap().insert(format!("{thread:?}"));
    }

    fn of(&self, item: usize) -> Vec<&'static str> {
        self.steps.lock().unwrap().iter().filter(|step| step.1 == item).map(|step| step.0).collect()
    }

    fn count(&self, name: &str) -> usize {
        self.steps.lock().unwrap().iter().filter(|step| step.0 == name).count()
    }
}

fn aes() -> SecretRequest {
    let object = ObjectAttributes { label: String::new(), id: Vec::new(), token: true, extractable: true };
    SecretRequest { object, kind: SecretKind::Aes(32), usages: Vec::new() }
}

/// A run with so many sessions asked for, of which the token takes so many.
fn with_crew<T>(wanted: Option<usize>, takes: usize, run: impl FnOnce(&mut Crew<'_>, &Arc<Shared>) -> T) -> T {
    let shared = Arc::new(Shared::default());
    let token = Standin::new(&shared);
    let soft = SoftSigner::new(Scheme::EcdsaP256);
    let signer = TokenSigner::new(&token, Handle(1), soft.spki()).unwrap();
    let open = || {
        if shared.sessions.load(Ordering::SeqCst) >= takes {
            return Err(TokenError::from_rv("C_OpenSession", rv::SESSION_COUNT));
        }
        Ok(Colleague::new(Box::new(Standin::new(&shared)), None))
    };
    let clock = || Duration::ZERO;
    let wanted = wanted.and_then(NonZeroUsize::new);
    let sessions = Sessions { wanted, most: None, rate: None, open: &open, clock: &clock, calls: &|| 0 };
    run(&mut Crew::of((&token, &signer), &sessions), &shared)
}

/// All items through all stages; `fail` says where one fails.
fn through(
    crew: &mut Crew<'_>,
    items: &[usize],
    seen: &Seen,
    fail: &(dyn Fn(&'static str, usize) -> Option<Failure> + Sync),
) -> Vec<Option<Result<usize, Failure>>> {
    let step = |name, item: &usize| {
        seen.step(name, *item);
        fail(name, *item).map_or(Ok(()), Err)
    };
    let stages = Stages {
        act: &|token: &dyn Token, item: &usize| {
            seen.on_token(current().id());
            step("act", item)?;
            token.generate_secret(&aes()).map_err(|_| Failure::Gone)
        },
        draft: &|item: &usize, made: Handle| step("draft", item).map(|()| made),
        sign: &|_: &dyn EvidenceSigner, item: &usize, made: Handle| {
            seen.on_token(current().id());
            step("sign", item).map(|()| made)
        },
        stage: &|item: &usize, _: Handle| step("stage", item).map(|()| item.saturating_mul(10)),
        ends: &|failure: &Failure| *failure == Failure::Gone,
    };
    run_batch_beside(crew, items, &stages, || ()).0
}

fn all(items: usize) -> Vec<usize> {
    (0..items).collect()
}

#[test]
fn every_item_goes_through_all_stages_in_order_on_any_number_of_sessions() {
    for (sessions, items) in [(1, 0), (1, 1), (1, 100), (3, 100), (16, 5), (16, 1)] {
        let seen = Seen::default();
        let done = with_crew(Some(sessions), 64, |crew, shared| {
            let done = through(crew, &all(items), &seen, &|_, _| None);
            assert_eq!(shared.made.load(Ordering::SeqCst), items);
            // None is opened that could not be of use.
            assert_eq!(crew.sessions(), sessions.min(items).max(1), "{sessions} sessions, {items} items");
            done
        });
        let expected: Vec<_> = all(items).into_iter().map(|item| Some(Ok(item * 10))).collect();
        assert_eq!(done, expected);
        for item in 0..items {
            assert_eq!(seen.of(item), ["act", "draft", "sign", "stage"], "item {item}");
        }
    }
}

#[test]
fn one_session_stays_on_the_thread_that_opened_it() {
    let seen = Seen::default();
    with_crew(Some(1), 64, |crew, _| through(crew, &all(50), &seen, &|_, _| None));
    assert_eq!(*seen.token_threads.lock().unwrap(), BTreeSet::from([format!("{:?}", current().id())]));
}

#[test]
fn sessions_work_at_the_same_time_and_are_kept_for_the_next_batch() {
    with_crew(Some(2), 64, |crew, shared| {
        for _ in 0..2 {
            // Each waits for the other, so that one alone would never come to the end.
            let both = Barrier::new(2);
            let stages = Stages {
                act: &|_: &dyn Token, _: &usize| {
                    both.wait();
                    Ok::<_, Failure>(())
                },
                draft: &|_: &usize, ()| Ok(()),
                sign: &|_: &dyn EvidenceSigner, _: &usize, ()| Ok(()),
                stage: &|_: &usize, ()| Ok(()),
                ends: &|_: &Failure| false,
            };
            let done = run_batch_beside(crew, &all(2), &stages, || ()).0;
            assert_eq!(done, [Some(Ok(())), Some(Ok(()))]);
            assert_eq!(shared.sessions.load(Ordering::SeqCst), 2);
        }
    });
}

#[test]
fn a_failure_at_any_stage_is_that_items_alone() {
    for sessions in [1, 4] {
        for stage in ["act", "draft", "sign", "stage"] {
            let seen = Seen::default();
            let done = with_crew(Some(sessions), 64, |crew, _| {
                through(crew, &all(20), &seen, &|name, item| (name == stage && item == 7).then_some(Failure::At(name)))
            });
            for (item, ended) in done.into_iter().enumerate() {
                let expected = if item == 7 { Err(Failure::At(stage)) } else { Ok(item * 10) };
                assert_eq!(ended, Some(expected), "{stage}, item {item}");
            }
            assert_eq!(seen.of(7).last(), Some(&stage));
        }
    }
}

#[test]
fn nothing_is_begun_after_a_failure_that_ends_the_run() {
    for sessions in [1, 4] {
        let seen = Seen::default();
        let done = with_crew(Some(sessions), 64, |crew, _| {
            through(crew, &all(100), &seen, &|name, item| (name == "act" && item == 10).then_some(Failure::Gone))
        });
        let begun = seen.count("act");
        assert!((11..=14).contains(&begun), "{begun} were begun with {sessions} sessions");
        for (item, ended) in done.into_iter().enumerate() {
            match ended {
                None => assert!(seen.of(item).is_empty(), "item {item}"),
                Some(Ok(_)) => assert_eq!(seen.of(item).len(), 4, "item {item} was taken to its end"),
                Some(Err(failure)) => assert_eq!((item, failure), (10, Failure::Gone)),
            }
        }
    }
}

#[test]
fn a_token_that_takes_few_sessions_serves_with_those() {
    let seen = Seen::default();
    with_crew(Some(16), 3, |crew, _| {
        let done = through(crew, &all(100), &seen, &|_, _| None);
        assert!(done.iter().all(|ended| matches!(ended, Some(Ok(_)))));
        assert_eq!(crew.sessions(), 3);
        let refused = crew.refused().unwrap().to_string();
        assert_eq!(refused, "C_OpenSession: CKR_SESSION_COUNT");
    });
}

#[test]
fn what_the_token_says_it_takes_is_not_exceeded() {
    let shared = Arc::new(Shared::default());
    let token = Standin::new(&shared);
    let soft = SoftSigner::new(Scheme::EcdsaP256);
    let signer = TokenSigner::new(&token, Handle(1), soft.spki()).unwrap();
    let open = || Ok(Colleague::new(Box::new(Standin::new(&shared)), None));
    let clock = || Duration::ZERO;
    let sessions =
        Sessions { wanted: NonZeroUsize::new(9), most: Some(2), rate: None, open: &open, clock: &clock, calls: &|| 0 };
    let mut crew = Crew::of((&token, &signer), &sessions);
    through(&mut crew, &all(50), &Seen::default(), &|_, _| None);
    assert_eq!(crew.sessions(), 2);
    drop(crew);
    assert_eq!(shared.sessions.load(Ordering::SeqCst), 1, "further sessions are closed at the end");
}

#[test]
fn a_panic_is_not_waited_for() {
    for stage in ["act", "draft", "sign", "stage"] {
        let run = || {
            with_crew(Some(3), 64, |crew, _| {
                through(crew, &all(30), &Seen::default(), &|name, item| {
                    assert!(!(name == stage && item == 5), "on purpose");
                    None
                })
            })
        };
        assert!(std::panic::catch_unwind(run).is_err(), "{stage}");
    }
}

#[test]
fn a_rate_is_kept() {
    let shared = Arc::new(Shared::default());
    let token = Standin::new(&shared);
    let soft = SoftSigner::new(Scheme::EcdsaP256);
    let signer = TokenSigner::new(&token, Handle(1), soft.spki()).unwrap();
    let open = || Ok(Colleague::new(Box::new(Standin::new(&shared)), None));
    let began = std::time::Instant::now();
    let clock = move || began.elapsed();
    let rate = std::num::NonZeroU32::new(100);
    let sessions =
        Sessions { wanted: NonZeroUsize::new(4), most: None, rate, open: &open, clock: &clock, calls: &|| 0 };
    through(&mut Crew::of((&token, &signer), &sessions), &all(11), &Seen::default(), &|_, _| None);
    assert!(began.elapsed() >= Duration::from_millis(100), "11 keys at 100 a second took {:?}", began.elapsed());
}
