//! What the client asked of an object where the real token was told something else.
//!
//! A lie that wraps in software needs the key's bytes, and the real token gives them only for an extractable key. So
//! such a lie creates the key extractable and remembers here what the client wanted. The next process finds the
//! records of token objects in a file beside the configuration, by the object's class and CKA_ID.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Mutex;

use cryptoki_sys::*;

use crate::config::append;
use crate::proxy::lock;
use crate::real::Real;

/// Attributes that the client shall see instead of the real ones.
#[derive(Clone, Default)]
pub(crate) struct Record(BTreeMap<CK_ATTRIBUTE_TYPE, Vec<u8>>);

impl Record {
    pub(crate) fn get(&self, kind: CK_ATTRIBUTE_TYPE) -> Option<&[u8]> {
        self.0.get(&kind).map(Vec::as_slice)
    }

    pub(crate) fn flag(&self, kind: CK_ATTRIBUTE_TYPE) -> Option<bool> {
        self.get(kind).map(|value| value == [CK_TRUE])
    }

    pub(crate) fn set(&mut self, kind: CK_ATTRIBUTE_TYPE, value: Vec<u8>) {
        self.0.insert(kind, value);
    }

    pub(crate) fn set_flag(&mut self, kind: CK_ATTRIBUTE_TYPE, value: bool) {
        self.set(kind, vec![CK_BBOOL::from(value)]);
    }

    fn write(&self) -> String {
        self.0.iter().map(|(kind, value)| format!(" {kind:x}={}", hex(value))).collect()
    }

    fn read(text: &str) -> Option<Self> {
        let pair = |pair: &str| {
            let (kind, value) = pair.split_once('=')?;
            Some((CK_ATTRIBUTE_TYPE::from_str_radix(kind, 16).ok()?, unhex(value)?))
        };
        text.split_whitespace().map(pair).collect::<Option<_>>().map(Self)
    }
}

pub(crate) struct Memory {
    file: PathBuf,
    by_handle: Mutex<HashMap<CK_OBJECT_HANDLE, Record>>,
}

impl Memory {
    pub(crate) fn new(file: PathBuf) -> Self {
        Self { file, by_handle: Mutex::default() }
    }

    /// Keeps a record of an object that exists by now.
    pub(crate) fn keep(&self, real: &Real, session: CK_SESSION_HANDLE, object: CK_OBJECT_HANDLE, record: Record) {
        if real.flag(session, object, CKA_TOKEN)
            && let Some(name) = name(real, session, object)
        {
            self.append(&format!("object {name}{}", record.write()));
        }
        lock(&self.by_handle).insert(object, record);
    }

    pub(crate) fn recall(&self, real: &Real, session: CK_SESSION_HANDLE, object: CK_OBJECT_HANDLE) -> Record {
        if let Some(record) = lock(&self.by_handle).get(&object) {
            return record.clone();
        }
        let record = self.recall_from_file(real, session, object).unwrap_or_default();
        lock(&self.by_handle).insert(object, record.clone());
        record
    }

    pub(crate) fn forget(&self, object: CK_OBJECT_HANDLE) {
        lock(&self.by_handle).remove(&object);
    }

    fn recall_from_file(&self, real: &Real, session: CK_SESSION_HANDLE, object: CK_OBJECT_HANDLE) -> Option<Record> {
        let text = fs::read_to_string(&self.file).ok()?;
        let prefix = format!("object {} ", name(real, session, object)?);
        text.lines().rev().find_map(|line| Record::read(line.strip_prefix(&prefix)?))
    }

    /// Counts wrong PINs across processes; the right PIN starts anew.
    pub(crate) fn note_pin(&self, right: bool) {
        self.append(if right { "pin right" } else { "pin wrong" });
    }

    pub(crate) fn wrong_pins(&self) -> usize {
        let text = fs::read_to_string(&self.file).unwrap_or_default();
        let pins = text.lines().rev().filter(|line| line.starts_with("pin "));
        pins.take_while(|line| *line == "pin wrong").count()
    }

    fn append(&self, line: &str) {
        let written = append(&self.file)
            .and_then(|mut file| file.write_all(format!("{line}\n").as_bytes()).map_err(|error| error.to_string()));
        if let Err(message) = written {
            eprintln!("byok-test-proxy: state: {message}");
        }
    }
}

/// How another process recognises the object; none without a CKA_ID.
fn name(real: &Real, session: CK_SESSION_HANDLE, object: CK_OBJECT_HANDLE) -> Option<String> {
    let id = real.attribute(session, object, CKA_ID).filter(|id| !id.is_empty())?;
    let class = real.number(session, object, CKA_CLASS)?;
    Some(format!("{class} {}", hex(&id)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}
