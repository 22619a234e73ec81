//! Wrapping: what a token can do, which way leads to what a provider asks for, and the software side of it.

pub mod capability;
pub mod envelope;
pub mod extraction;
pub mod known_answer;
pub mod length;
pub mod plan;
pub mod refusal;
pub mod route;
pub mod scrub;
pub mod software;
pub mod throw_away;
