//! Formats: bytes in, bytes out. Every reader here takes hostile input: capped, strict, and without panics.

pub mod bundle;
pub mod escape;
pub mod json;
mod json_path;
pub mod jwk;
pub mod lint;
pub mod locked;
pub mod material;
pub mod pkcs8;
pub mod reader;
mod rsa_numbers;
pub mod spki;
pub mod wrapping_key;
pub mod write;
