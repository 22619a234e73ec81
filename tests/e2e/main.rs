//! byok against real tokens: SoftHSM and kryoptic, honest and behind the lying proxy. `tests/setup.sh` has to have run.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

mod fixtures;
mod probe;
mod token;
