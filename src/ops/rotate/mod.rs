//! `rotate`: a new version of each key, born with the wraps for the key's targets in its first manifest.
//!
//! One rotation is one operation: one intent, one result, one manifest. Nothing is written about the old version; that it
//! is due for deactivation follows from the new one's activation and the overlap. A newest version that a rotation made
//! and that is not in use yet is not rotated again: rotate goes on with it, so that repeating is harmless.

pub mod abandon;
pub mod adopt;
mod alone;
pub mod answer;
pub mod assess;
pub mod check;
pub mod course;
pub mod decide;
pub mod error;
pub mod event;
pub mod job;
pub mod pinned;
pub mod prepare;
pub mod rewrapped;
pub mod rollback;
pub mod run;
pub mod select;
mod stock;
pub mod waiting;
