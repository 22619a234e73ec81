//! Key files made by other programs and read by `byok convert`, and the other way round. `tests/setup.sh` has to have run.
//!
//! What a key is, OpenSSL says: every conversion ends in PKCS#8 as DER, and must be the same bytes.

#![cfg(test)]

#[path = "formats/beside.rs"]
mod beside;
#[path = "formats/java.rs"]
mod java;
#[path = "formats/memory.rs"]
mod memory;
#[path = "formats/openssl.rs"]
mod openssl;
#[path = "formats/place.rs"]
mod place;
#[path = "formats/prompts.rs"]
mod prompts;
#[path = "formats/python.rs"]
mod python;
#[path = "formats/refused.rs"]
mod refused;
#[path = "formats/ssh.rs"]
mod ssh;
