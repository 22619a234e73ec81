//! Policy as code: a document of rules, and what they say of one request. No I/O, no clock.

pub mod request;
