//! Errors of `verify` and `export-audit`.

use super::Explained;
use crate::cli::codes::{Code, input, storage, verification};
use crate::manifest::trust::TrustError;
use crate::ops::export_audit::ExportError;

impl Explained for TrustError {
    fn code(&self) -> &'static Code {
        &input::TRUST_FILE
    }
}

impl Explained for ExportError {
    fn code(&self) -> &'static Code {
        match self {
            Self::Read { .. } => &storage::REGISTRY_IO,
            Self::Entry { .. } | Self::Chain(_) => &verification::LOG,
            Self::Write(_) => &storage::OUTPUT_FAILED,
        }
    }
}
