//! F3xx: the numbers of RSA keys.

super::rules! {}
