//! Exports of the log, one file per format. Every exported line carries its coordinates in the log: the entry's
//! number and the SHA-256 of its line. An export is a copy for reading; the log remains the evidence.

pub mod csv;
pub mod jsonl;
