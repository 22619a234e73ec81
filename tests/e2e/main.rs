//! The binary as a user runs it: on real tokens, honest and behind the lying proxy, and against a real OpenBao. One
//! program, so that it links once. `tests/setup.sh` has to have run.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails loudly"
)]

mod apart;
mod approvals;
mod aws;
mod bad_answers;
mod bad_input;
mod bao;
mod bundles;
mod clouds;
mod counts;
mod crash;
mod demo;
mod documents;
mod evidence;
mod fixtures;
mod fleet;
mod four_eyes;
mod generic;
mod govern;
mod import;
mod interoperability;
mod lies;
mod life;
mod lost_signer;
mod memory;
mod older;
mod one_key;
mod openbao;
mod plaintext;
mod plan;
mod probe;
mod process;
mod prompts;
mod revoke;
mod rotate;
mod rotate_plan;
#[path = "../support/schema.rs"]
mod schema;
mod states;
mod token;
mod use_key;
mod workplace;
