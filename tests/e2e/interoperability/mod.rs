//! Every provider, key type and method on both tokens: taken and equal, or refused with a documented reason. What comes
//! out is `docs/interoperability.md`.
//!
//! `SNAPSHOTS=overwrite cargo test --test e2e interoperability` writes the document; otherwise a difference fails.

mod consumer;
mod known;
mod opener;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Mutex;

use byok::key::exposure::Exposure;
use byok::key::method::WrapMethod;
use byok::key::spec::{ALL, Curve, HashAlg, KeySpec};
use byok::provider::{PROVIDERS, Provider};
use serde_json::Value;

use self::consumer::{Asked, Consumer, Taken};
use self::known::{ATTEMPTS, Keys, Known};
use self::opener::Opener;
use self::table::document;
use crate::clouds::{file, parsers};
use crate::token::Module;
use crate::workplace::{Workplace, code, text};

const DOCUMENT: &str = "docs/interoperability.md";
const CONSENTS: [Exposure; 3] = [Exposure::None, Exposure::EphemeralKek, Exposure::Plaintext];
/// More than the processors, as half of the time goes by in other programs.
const THREADS: usize = 4;

/// What became of one cell.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Outcome {
    /// By this plan.
    Taken(String, Taken),
    /// With this code.
    Refused(String),
    /// byok made a bundle, and the other side does not take it, or gets another key: why.
    Wrong(String),
    /// The token makes no such key; with this code.
    NotMade(String),
}

/// One row of the document before its cells are put together.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Row {
    provider: usize,
    spec: KeySpec,
    /// `None` where the provider does not take the type.
    method: Option<WrapMethod>,
}

type Cells = BTreeMap<(Row, usize), Outcome>;

/// A provider on one token.
struct Job {
    token: usize,
    provider: usize,
}

#[test]
fn every_cell_is_taken_and_equal_or_refused_with_a_reason() {
    let keys: Vec<Keys> = std::thread::scope(|scope| {
        let threads = Module::ALL.map(|module| scope.spawn(move || Keys::make(module)));
        threads.into_iter().map(|thread| thread.join().expect("the keys are made")).collect()
    });
    let token_and_provider = |token| (0..PROVIDERS.len()).map(move |provider| Job { token, provider });
    let jobs = Mutex::new((0..keys.len()).flat_map(token_and_provider).collect::<Vec<Job>>());
    let cells = Mutex::new(Cells::new());
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let Some(job) = jobs.lock().unwrap().pop() else { return };
                    let made = Matrix::new(&keys[job.token], &job).cells();
                    cells.lock().unwrap().extend(made);
                }
            });
        }
    });
    let cells = cells.into_inner().unwrap();
    assert_sensible(&cells);
    assert_fresh(&document(&cells));
}

/// All cells of a provider on one token.
struct Matrix<'a> {
    place: Workplace,
    keys: &'a Keys,
    provider: &'static Provider,
    row: usize,
    token: usize,
    consumer: Consumer,
    folders: Vec<String>,
}

impl<'a> Matrix<'a> {
    fn new(keys: &'a Keys, job: &Job) -> Self {
        let (place, provider) = (keys.place.copy(), PROVIDERS[job.provider]);
        let consumer = Consumer::of(provider, &place);
        Self { place, keys, provider, row: job.provider, token: job.token, consumer, folders: Vec::new() }
    }

    fn cells(mut self) -> Cells {
        let mut cells = Cells::new();
        for spec in ALL {
            for method in methods(self.provider, *spec) {
                let row = Row { provider: self.row, spec: *spec, method };
                cells.insert((row, self.token), self.cell(*spec, method));
            }
        }
        self.assert_real_parsers_agree();
        cells
    }

    fn cell(&mut self, spec: KeySpec, method: Option<WrapMethod>) -> Outcome {
        let (name, known) = match &self.keys.of[&spec] {
            Ok(known) => known,
            Err(code) => return Outcome::NotMade(code.clone()),
        };
        // A type that is not taken is refused whatever the method.
        let asked_method = method.unwrap_or_else(|| self.provider.accepts[0].methods[0]);
        let target = format!("{spec}-{asked_method}-{}", self.token).replace('_', "-");
        let asked = Asked { name: name.clone(), spec, method: asked_method, target };
        let options = self.consumer.ask(&self.place, &asked);
        let mut refusal = String::new();
        for consent in CONSENTS {
            match self.wrap(&asked, &options, consent) {
                Ok(bundle) => return self.take(&asked, &bundle, known),
                Err(code) => refusal = code,
            }
        }
        assert_eq!(method.is_none(), refusal == "E0405", "{} {spec} {asked_method}: {refusal}", self.provider.id);
        Outcome::Refused(refusal)
    }

    /// The folder of the bundle, or the code of the refusal, which has left nothing.
    fn wrap(&mut self, asked: &Asked, options: &[String], consent: Exposure) -> Result<String, String> {
        let bundle = format!("{}-{}", asked.spec, asked.method);
        let (method, consent) = (asked.method.to_string(), consent.to_string());
        let mut words = vec!["wrap-for-import", &asked.name, "--provider", self.provider.id, "--method", &method];
        words.extend(["--out", &bundle, "--allow-exposure", &consent]);
        words.extend(options.iter().map(String::as_str));
        let output = self.place.byok(&words);
        if output.status.success() {
            return Ok(bundle);
        }
        assert!(!self.place.path(&bundle).exists(), "{words:?}");
        let said = text(&output.stderr);
        Err(code(&said).unwrap_or_else(|| panic!("{words:?}: {said}")).to_owned())
    }

    fn take(&mut self, asked: &Asked, bundle: &str, known: &Known) -> Outcome {
        let wraps = self.place.predicate(format!("{bundle}/manifest.dsse.json"))["wraps"].take();
        let plan = wraps.as_array().and_then(|wraps| wraps.last()).map(|wrap| wrap["plan"].clone());
        let plan = plan.as_ref().and_then(Value::as_str).expect("a plan").to_owned();
        let taken = self.consumer.take(&self.place, asked, bundle, known);
        self.folders.push(bundle.to_owned());
        match taken {
            Ok(taken) => Outcome::Taken(plan, taken),
            Err(why) => Outcome::Wrong(format!("{bundle} by {plan}: {why}")),
        }
    }

    /// The Azure CLI itself reads the arguments of every script as the stand-in did.
    fn assert_real_parsers_agree(&self) {
        let Consumer::Azure(service, kind) = &self.consumer else { return };
        let calls = service.calls();
        assert_eq!(calls.len(), self.folders.len());
        for (call, answer) in calls.iter().zip(parsers::az(&calls)) {
            assert_eq!(answer["operation"], "import_key", "{call}: {answer}");
            let target = answer["name"].as_str().expect("a name");
            let path = format!("azure/{}.{kind}.azure.net/{target}/0001", crate::clouds::standin::VAULT);
            if !service.has(&path) {
                // Told as wrong already, with the reason.
                continue;
            }
            let kept = service.kept(&path);
            let host = kept["kid"].as_str().unwrap().split("/keys/").next().unwrap().to_owned();
            assert_eq!(answer["vault"], host, "{call}");
            for (theirs, ours) in [("kty", "kty"), ("crv", "crv"), ("key_ops", "ops")] {
                assert_eq!(answer["key"][theirs], kept[ours], "{call}: {theirs}");
            }
        }
        let lines = parsers::in_script(&self.place.path(&self.folders[0]), "az");
        let read = parsers::az(&lines);
        assert!(read.len() > 1 && read.iter().all(|call| call["refused"].is_null()), "{lines:#?} {read:#?}");
    }
}

/// The methods that are worth a row: those of the provider, and nothing to choose for a type that it does not take.
fn methods(provider: &Provider, spec: KeySpec) -> Vec<Option<WrapMethod>> {
    let mut taken = provider.accepts.iter().filter(|row| row.spec == spec);
    if taken.next().is_none() {
        return vec![None];
    }
    let all: BTreeSet<WrapMethod> = provider.accepts.iter().flat_map(|row| row.methods).copied().collect();
    all.into_iter().map(Some).collect()
}

/// Whatever the tokens learn: these hold, so that the document cannot be overwritten with nonsense.
fn assert_sensible(cells: &Cells) {
    for ((row, token), outcome) in cells {
        let module = Module::ALL[*token];
        match outcome {
            Outcome::Taken(plan, taken) => {
                let aes_at_aws = PROVIDERS[row.provider].id == "aws-kms" && matches!(row.spec, KeySpec::Aes(_));
                assert_eq!(*taken == Taken::NotComparable, aes_at_aws, "{row:?}");
                // SoftHSM pads private keys when it wraps them.
                let private = !matches!(row.spec, KeySpec::Aes(_) | KeySpec::Hmac(_));
                assert!(module != Module::SoftHsm || !private || plan == "host-plaintext", "{row:?}: {plan}");
            }
            Outcome::Wrong(_) => {}
            Outcome::Refused(code) | Outcome::NotMade(code) => {
                assert!(["E04", "E05", "E07"].contains(&&code[..3]), "{row:?} on {module:?}: {code}");
            }
        }
    }
    let wrong = |(cell, outcome)| matches!(outcome, &Outcome::Wrong(_)).then_some((cell, outcome));
    let wrong: Vec<(&(Row, usize), &Outcome)> = cells.iter().filter_map(wrong).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let equal = cells.values().filter(|outcome| matches!(outcome, Outcome::Taken(_, Taken::Equal))).count();
    assert!(equal > cells.len() / 3, "{equal} of {}", cells.len());
}

/// What the document says of kryoptic: its short scalars are nothing to a lenient reader and a defect to a strict one.
#[test]
fn kryoptic_leaves_out_leading_zeros() {
    let place = Workplace::initialised(Module::Kryoptic);
    let probed: Value = serde_json::from_str(&place.ok(&["hsm", "probe", "--json"])).unwrap();
    assert_eq!(probed["profile"]["capabilities"]["aesWrap"]["0x210B"]["ec-p521"]["verdict"], "short-scalar");
    let (mut opener, spec) = (Opener::start(&place), KeySpec::Ec(Curve::P521));
    let name = (1..=ATTEMPTS).map(|attempt| format!("key-{attempt}")).find(|name| {
        place.ok(&["generate", name, "--type", "ec-p521"]);
        known::is_short(&known::opened(&place, name, spec, &mut opener))
    });
    let name = name.expect("kryoptic wrote every zero: it does now as RFC 5915 says, so this test is out of date");
    for (provider, taken) in [("openbao", true), ("azure-key-vault", false)] {
        let provider = byok::provider::find(provider).unwrap();
        let mut consumer = Consumer::of(provider, &place);
        let method = WrapMethod::RsaAesKwp(HashAlg::Sha1);
        let asked = Asked { name: name.clone(), spec, method, target: "short".to_owned() };
        let options = consumer.ask(&place, &asked);
        let wrap = ["wrap-for-import", &name, "--provider", provider.id, "--method", "rsa-aes-sha1"];
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        let output = place.byok(&[&wrap[..], &["--out", provider.id], &options].concat());
        assert!(output.status.success() && text(&output.stderr).contains("[E0522]"), "{output:?}");
        let known = Known::Public(known::public_half(&place, &name));
        let outcome = consumer.take(&place, &asked, provider.id, &known);
        assert_eq!(outcome.is_ok(), taken, "{}: {outcome:?}", provider.id);
        assert!(taken || outcome.unwrap_err().contains("[ec-scalar]"));
    }
}

fn assert_fresh(document: &str) {
    let path = file(DOCUMENT);
    if std::env::var_os("SNAPSHOTS").is_some_and(|action| action == "overwrite") {
        fs::write(path, document).unwrap();
        return;
    }
    let committed = fs::read_to_string(path).unwrap_or_default();
    let differs = document.lines().zip(committed.lines().chain(std::iter::repeat(""))).find(|(a, b)| a != b);
    assert!(document == committed, "{DOCUMENT} says otherwise; SNAPSHOTS=overwrite writes it anew: {differs:#?}");
}
