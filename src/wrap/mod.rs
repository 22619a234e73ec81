//! Wrapping: what a token can do, which way leads to what a provider asks for, and the software side of it.

pub mod capability;
pub mod length;
pub mod plan;
pub mod refusal;
pub mod route;
pub mod software;
