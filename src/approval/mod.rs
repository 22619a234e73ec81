//! Dual control: plans, and signatures of people over their exact bytes. No I/O, no clock.

pub mod namespace;
pub mod plan;
