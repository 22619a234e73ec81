//! The nouns of a key's life, without I/O: names, types, versions, states, methods, custody, check values.
//!
//! Nothing here imports from the rest of the program.

pub mod check_value;
pub mod custody;
pub mod dates;
pub mod exposure;
pub mod method;
pub mod name;
pub mod operation;
pub mod proof;
pub mod reason;
pub mod spec;
pub mod stage;
pub mod state;
pub mod strength;
pub mod template;
pub mod version;
