//! A [`World`] as the verifier reads it.

use std::io;

use byok::audit::checkpoint::Checkpoint;
use byok::manifest::trust::Trust;
use byok::ops::verify::history::KeyFolder;
use byok::ops::verify::log::LogInput;

use crate::world::{Files, World};

pub(crate) const OTHER: &str = "other@1";

/// A line as a reader yields it.
pub(crate) type Row = Result<Vec<u8>, io::Error>;

pub(crate) fn rows(lines: &[Vec<u8>]) -> impl Iterator<Item = Row> + '_ {
    lines.iter().cloned().map(Ok)
}

pub(crate) fn now() -> jiff::Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

impl World {
    pub(crate) fn trust(&self) -> Trust {
        Trust::parse(self.signer.pem().as_bytes(), now()).unwrap()
    }

    pub(crate) fn key_folder((name, manifests): &(String, Files)) -> KeyFolder {
        KeyFolder { name: name.clone(), manifests: manifests.clone() }
    }

    pub(crate) fn log<'a>(
        &'a self,
        since: Option<&'a Checkpoint>,
    ) -> LogInput<'a, impl Iterator<Item = Row>, impl Iterator<Item = Row>> {
        LogInput {
            origin: Some(&self.origin),
            lines: rows(&self.lines),
            checkpoints: rows(&self.checkpoints),
            latest: self.latest.as_deref(),
            since,
        }
    }
}
