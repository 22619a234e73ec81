//! Doors for the fuzz targets to parsers that are private to the command line. Feature `fuzzing` only.

use std::path::Path;

use super::config::parse;
use super::pin::PinSource;

/// Reads a byok.yaml.
pub fn configuration(text: &str) {
    let _ = parse(text, Path::new("/folder/byok.yaml"));
}

/// Reads a `--pin-source`; nothing is opened.
pub fn pin_source(text: &str) {
    let _ = text.parse::<PinSource>();
}
