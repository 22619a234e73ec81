//! Exit code 7: conversions that are refused.

super::codes! { 7;
}
