//! F6xx: the wrapping key and the token.

super::rules! {}
