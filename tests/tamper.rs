//! Tampering: every kind of evidence, changed in every way that an attacker with or without the signing key has, and
//! the exact kind of failure that it must give.

#![cfg(test)]

#[path = "support/schema.rs"]
mod schema;
#[path = "support/soft_signer.rs"]
mod soft_signer;
#[expect(dead_code, reason = "shared with tests of every kind of key")]
#[path = "support/ssh_signer.rs"]
mod ssh_signer;
#[path = "support/statements.rs"]
mod statements;
#[path = "support/world.rs"]
mod world;

#[path = "tamper/approvals.rs"]
mod approvals;
#[path = "tamper/bundle.rs"]
mod bundle;
#[path = "tamper/checkpoint.rs"]
mod checkpoint;
#[path = "tamper/envelope.rs"]
mod envelope;
#[path = "tamper/export.rs"]
mod export;
#[path = "tamper/file_bundle.rs"]
mod file_bundle;
#[path = "tamper/forged.rs"]
mod forged;
#[path = "tamper/log.rs"]
mod log;
#[path = "tamper/readers.rs"]
mod readers;
#[path = "tamper/registry.rs"]
mod registry;
#[path = "tamper/rotations.rs"]
mod rotations;

use byok::manifest::signer::Scheme;
use byok::ops::verify::failure::FailureKind;
use byok::ops::verify::report::{ItemReport, Report};
use world::World;

/// What somebody did, how, and what must come of it; `None` where the evidence alone cannot show it.
type Row<T> = (&'static str, fn(&mut T), Option<FailureKind>);

fn world() -> World {
    World::new("byok/0f9e", Scheme::EcdsaP256)
}

/// The kind of the first failure, or none.
fn failure(reports: &[ItemReport]) -> Option<FailureKind> {
    reports.iter().find_map(|report| report.failure.as_ref()).map(|failure| failure.kind)
}

/// Runs every row on a fresh world.
fn run(rows: &[Row<World>], verify: impl Fn(&World) -> Vec<ItemReport>) {
    assert_eq!(failure(&verify(&world())), None, "the honest evidence verifies");
    for (what, tamper, expected) in rows {
        let mut world = world();
        tamper(&mut world);
        let reports = verify(&world);
        assert_eq!(failure(&reports), *expected, "{what}: {reports:?}");
        let report = Report::new(reports);
        assert_eq!(report.ok, expected.is_none(), "{what}");
        schema::assert_valid(&serde_json::to_value(report).unwrap());
    }
}
