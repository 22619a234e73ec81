//! F4xx: EC and Ed25519 keys.

super::rules! {}
