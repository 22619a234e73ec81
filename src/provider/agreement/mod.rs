//! Whether a provider and a file agree, before anything is wrapped: findings F5xx about a key, F6xx about a wrapping key.
//!
//! What is not documented is never an error here.

mod key;
mod wrapped;
mod wrapping;

pub use key::{Subject, Taken, of_key, taken_by, types};
pub use wrapped::{of_transfer, of_wrapped};
pub use wrapping::{of_answer, of_challenge, of_numbers, of_refusal, of_terms, whose};
