use super::*;
use crate::format::reader::{self, Assumption};

/// A certificate is judged by the clock that is handed in.
#[test]
fn dates_are_compared_with_the_clock() {
    let pem = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/wrapping-keys/rsa-2048.expired.pem"));
    let readings = reader::read(pem, &Assumption::default()).unwrap().readings;
    let codes = |now: &str| {
        let report = inspect(pem, &readings, None, now.parse().unwrap()).unwrap();
        report.readings[0].findings.iter().map(|finding| finding.code.clone()).collect::<Vec<_>>()
    };
    assert_eq!(codes("2019-12-31T23:59:59Z"), ["F111"]);
    assert!(codes("2020-01-15T00:00:00Z").is_empty());
    assert_eq!(codes("2020-02-01T00:00:01Z"), ["F110"]);
}
