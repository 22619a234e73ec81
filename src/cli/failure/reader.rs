//! Files that the reader cannot read.

use super::Explained;
use crate::cli::codes::{Code, input, reader};
use crate::format::reader::ReadError;

impl Explained for ReadError {
    fn code(&self) -> &'static Code {
        match self {
            Self::TooLarge(_) | Self::TooMany { .. } => &input::INPUT_TOO_LARGE,
            Self::NotThat(_) => &reader::OTHER_FORM,
            Self::At { error, .. } => error.code(),
            Self::Empty | Self::Malformed { .. } | Self::Member { .. } => &reader::MALFORMED,
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::NotThat(_) => vec!["leave --from out: byok says what it finds".to_owned()],
            _ => Vec::new(),
        }
    }
}
