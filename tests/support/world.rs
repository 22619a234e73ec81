//! A small registry and a bundle in memory, honest in every part, signed by software keys. Tests change one thing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use byok::audit::chain::{Chain, entry_hash};
use byok::audit::checkpoint::{Checkpoint, PolicyInForce};
use byok::audit::merkle::{Frontier, leaf_hash};
use byok::audit::record::{Actor, Entry, KeyRef, Outcome, Phase, ToolRef, VERSION, event};
use byok::format::bundle::{self, Bundle};
use byok::manifest::digest::sha256_hex;
use byok::manifest::dsse::{Signed, pae};
use byok::manifest::signer::{EvidenceSigner as _, Scheme};
use byok::manifest::statement::{KeyVersionPredicate, LogRef, Statement};
use serde_json::{Value, json};

use crate::soft_signer::SoftSigner;
use crate::statements::{file, predicate, wrapped};

pub(crate) const KEK: &str = "payments/kek@1";

/// File names and contents.
pub(crate) type Files = Vec<(String, Vec<u8>)>;

pub(crate) struct World {
    pub(crate) signer: SoftSigner,
    pub(crate) origin: String,
    pub(crate) lines: Vec<Vec<u8>>,
    /// Lines of checkpoints.jsonl.
    pub(crate) checkpoints: Vec<Vec<u8>>,
    pub(crate) latest: Option<Vec<u8>>,
    /// The clock.
    pub(crate) now: jiff::Timestamp,
    /// What checkpoints name.
    pub(crate) policy: Option<PolicyInForce>,
    /// `NAME@N` and its manifests, by file name.
    pub(crate) keys: Vec<(String, Files)>,
    pub(crate) bundle: BundleFolder,
    /// Of another key, under the same provider.
    pub(crate) other_bundle: BundleFolder,
}

#[derive(Clone)]
pub(crate) struct BundleFolder {
    pub(crate) manifest: Option<Vec<u8>>,
    pub(crate) bundle_json: Option<Vec<u8>>,
    pub(crate) files: Files,
}

impl World {
    /// Two keys, each generated and wrapped, with a checkpoint after every operation.
    pub(crate) fn new(origin: &str, scheme: Scheme) -> Self {
        let empty = BundleFolder { manifest: None, bundle_json: None, files: Vec::new() };
        let mut world = Self {
            signer: SoftSigner::new(scheme),
            origin: origin.into(),
            lines: Vec::new(),
            checkpoints: Vec::new(),
            latest: None,
            now: "2026-11-22T10:00:00Z".parse().unwrap(),
            policy: None,
            keys: Vec::new(),
            bundle: empty.clone(),
            other_bundle: empty,
        };
        world.append(event::REGISTRY_INIT, Phase::Note, None, &Value::Null);
        world.checkpoint();
        world.bundle = world.live("payments/kek", b"the wrapped kek");
        world.other_bundle = world.live("other", b"another wrapped key");
        world
    }

    /// A key's life so far: generated, then wrapped into a bundle.
    fn live(&mut self, name: &str, blob: &[u8]) -> BundleFolder {
        let first = self.operate(event::KEY_GENERATE, predicate(name));
        let files = [("ciphertext.b64", blob), ("import.sh", format!("#!/bin/sh\n# {name}\n").as_bytes())]
            .map(|(name, bytes)| (name.to_owned(), bytes.to_vec()))
            .to_vec();
        let records = files.iter().map(|(name, bytes)| file(name, bytes)).collect();
        let mut next = wrapped(first.value(), &first.payload_sha256(), records);
        next.manifest_id.replace_range(35.., "f");
        let signed = self.operate(event::KEY_WRAP, next);
        let manifest = signed.to_json();
        let bundle_json = bundle_of(signed.value(), &manifest).to_json();
        BundleFolder { manifest: Some(manifest), bundle_json: Some(bundle_json), files }
    }

    /// One operation: intent, manifest, result, checkpoint.
    pub(crate) fn operate(&mut self, event: &str, mut predicate: KeyVersionPredicate) -> Signed<Statement> {
        let (name, version) = (predicate.key_name.clone(), predicate.key_version);
        let folder = format!("{name}@{version}");
        predicate.logical_key_id = format!("01936f4e-7d2a-7c3b-8a4d-{:012x}", name.len());
        let seq = self.append(event, Phase::Intent, Some((&folder, None)), &Value::Null);
        predicate.log_ref = LogRef {
            origin: self.origin.clone(),
            seq,
            entry_sha256: hex::encode(entry_hash(self.lines.last().unwrap())),
        };
        let signed = self.sign(predicate);
        self.append(event, Phase::Result, Some((&folder, Some(signed.payload_sha256()))), &Value::Null);
        self.checkpoint();
        let file = (format!("manifest-{:04}.dsse.json", signed.value().predicate.revision), signed.to_json());
        match self.keys.iter_mut().find(|(name, _)| *name == folder) {
            Some((_, manifests)) => manifests.push(file),
            None => self.keys.push((folder, vec![file])),
        }
        signed
    }

    /// Signs a predicate as this world's signer.
    pub(crate) fn sign(&self, mut predicate: KeyVersionPredicate) -> Signed<Statement> {
        predicate.signer.spki_sha256 = sha256_hex(self.signer.spki());
        Signed::sign(Statement::new(predicate).unwrap(), &self.signer).unwrap()
    }

    /// Appends an entry and returns its number. A result has the id of the last intent. The key is `NAME` or `NAME@N`.
    pub(crate) fn append(
        &mut self,
        event: &str,
        phase: Phase,
        key: Option<(&str, Option<String>)>,
        detail: &Value,
    ) -> u64 {
        let seq = self.lines.len() as u64;
        let operation = if phase == Phase::Result { seq.saturating_sub(1) } else { seq };
        let mut chain = Chain::new();
        self.lines.iter().for_each(|line| chain.advance(line));
        let entry = Entry {
            v: VERSION,
            seq,
            prev: chain.prev_hex(),
            ts: self.now,
            id: format!("01936f4e-7d2a-7c3b-8a4d-{operation:012x}"),
            event: event.into(),
            phase,
            outcome: (phase == Phase::Result).then_some(Outcome::Success),
            actor: Actor { id: "ann".into(), host: None },
            key: key.map(|(id, manifest_sha256)| {
                let (name, version) = id.split_once('@').unwrap_or((id, "1"));
                KeyRef { name: name.into(), version: version.parse().unwrap(), manifest_sha256 }
            }),
            error: None,
            tool: ToolRef { version: "0.1.0".into() },
            detail: detail.as_object().cloned().unwrap_or_default(),
        };
        self.lines.push(entry.to_line().unwrap());
        seq
    }

    /// Signs the log as it is now.
    pub(crate) fn checkpoint(&mut self) {
        let envelope = Signed::sign(self.checkpoint_at(self.lines.len()), &self.signer).unwrap().to_json();
        self.checkpoints.push(envelope.trim_ascii_end().to_vec());
        self.latest = Some(envelope);
    }

    /// The checkpoint over the first `size` lines.
    pub(crate) fn checkpoint_at(&self, size: usize) -> Checkpoint {
        let mut tree = Frontier::new();
        self.lines[..size].iter().for_each(|line| tree.push(leaf_hash(line)));
        Checkpoint::of(&self.origin, &tree).with_policy(self.policy.clone())
    }

    /// Makes the chain close again after a change of the lines, as somebody who owns the log can.
    pub(crate) fn rechain(&mut self) {
        let mut chain = Chain::new();
        for (seq, line) in self.lines.iter_mut().enumerate() {
            let mut entry: Value = serde_json::from_slice(line).unwrap();
            entry["seq"] = seq.into();
            entry["prev"] = chain.prev_hex().into();
            *line = serde_json::to_vec(&entry).unwrap();
            chain.advance(line);
        }
    }

    /// The manifests of a key version.
    pub(crate) fn manifests(&mut self, key: &str) -> &mut Files {
        &mut self.keys.iter_mut().find(|(name, _)| name == key).unwrap().1
    }
}

/// bundle.json as it belongs to the last wrap of a statement.
pub(crate) fn bundle_of(statement: &Statement, manifest: &[u8]) -> Bundle {
    let wrap = &statement.predicate.wraps[0];
    Bundle {
        schema: bundle::SCHEMA.into(),
        key_version: Some(statement.subject[0].name.clone()),
        provider: wrap.provider.clone(),
        target: wrap.target.clone(),
        method: wrap.method.clone(),
        algorithm: wrap.algorithm.clone(),
        wrapping_key_sha256: wrap.wrapping_key.spki_sha256.clone(),
        expires_at: wrap.expires_at,
        files: wrap.files.iter().cloned().chain([file("manifest.dsse.json", manifest)]).collect(),
    }
}

/// An envelope over any bytes as any kind of document, signed by each key under the id given.
pub(crate) fn envelope(payload_type: &str, payload: &[u8], signers: &[(&SoftSigner, &str)]) -> Vec<u8> {
    let message = pae(payload_type, payload);
    let signatures = signers
        .iter()
        .map(|(signer, keyid)| json!({"keyid": keyid, "sig": STANDARD.encode(signer.sign(&message).unwrap())}));
    let value = json!({
        "payload": STANDARD.encode(payload),
        "payloadType": payload_type,
        "signatures": signatures.collect::<Vec<_>>(),
    });
    serde_json::to_vec(&value).unwrap()
}

/// The payload of an envelope, unverified.
pub(crate) fn payload_of(envelope: &[u8]) -> Vec<u8> {
    let value: Value = serde_json::from_slice(envelope).unwrap();
    STANDARD.decode(value["payload"].as_str().unwrap()).unwrap()
}

/// The envelope with its payload changed and its signatures left as they are.
pub(crate) fn with_payload(envelope: &[u8], change: impl Fn(&str) -> String) -> Vec<u8> {
    let mut value: Value = serde_json::from_slice(envelope).unwrap();
    let payload = String::from_utf8(payload_of(envelope)).unwrap();
    let changed = change(&payload);
    assert_ne!(changed, payload, "the change changes nothing");
    value["payload"] = STANDARD.encode(changed).into();
    serde_json::to_vec(&value).unwrap()
}

/// The same document, signed anew by one key in its own name.
pub(crate) fn resigned(original: &[u8], signer: &SoftSigner, change: impl Fn(&str) -> String) -> Vec<u8> {
    let value: Value = serde_json::from_slice(original).unwrap();
    let payload = change(&String::from_utf8(payload_of(original)).unwrap());
    envelope(value["payloadType"].as_str().unwrap(), payload.as_bytes(), &[(signer, &sha256_hex(signer.spki()))])
}
