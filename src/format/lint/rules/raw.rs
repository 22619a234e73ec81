//! F2xx: symmetric keys as raw bytes.

super::rules! {}
