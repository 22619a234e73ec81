//! Policy as code: a document of rules, and what they say of one request. No I/O, no clock.

mod concern;
mod decide;
mod document;
mod examples;
mod explain;
mod glob;
mod limits;
mod node;
mod not_yaml;
mod pattern;
mod people_reach;
mod period;
mod periods;
mod problem;
mod read;
mod read_example;
mod read_people;
mod read_rule;
mod reader;
pub mod request;
mod ruling;
mod unreachable;

pub use concern::Concern;
pub use document::{CustodyPattern, Expected, MAX_BYTES, Policy, SCHEMA};
pub use examples::{Outcome, Surprise};
pub use explain::{Demand, Limit};
pub use glob::{Glob, GlobError};
pub use period::{Period, PeriodError};
pub use periods::Periods;
pub use problem::{PolicyError, Problem};
pub use ruling::Ruling;

#[cfg(test)]
mod decide_tests;
#[cfg(test)]
mod position_tests;
