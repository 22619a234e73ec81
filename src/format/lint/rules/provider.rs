//! F5xx: what a provider takes.

super::rules! {}
