//! Exit code 7: key files that are not imported.

super::codes! { 7;
}
