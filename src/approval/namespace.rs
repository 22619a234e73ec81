//! What an SSHSIG is for (PROTOCOL.sshsig, `namespace`): a signature for one thing is none for another.

use crate::key::operation::Operation;

/// Approves a plan.
pub const APPROVAL: &str = "byok-approval-v1";
/// Approves a plan that destroys.
pub const DESTROY: &str = "byok-destroy-v1";
/// Approves a new evidence signer in the place of a lost one.
pub const RECOVERY: &str = "byok-recovery-v1";

/// `schema` of the statement that names a new evidence signer, which is signed in [`RECOVERY`].
pub const SIGNER_REPLACEMENT: &str = "byok.signer-replacement/v1";

/// The namespace in which plans of this operation are approved. `destroys`: the plan takes something away for ever.
#[must_use]
pub fn of(operation: Operation, destroys: bool) -> &'static str {
    match operation {
        Operation::ReplaceSigner => RECOVERY,
        Operation::Destroy => DESTROY,
        _ if destroys => DESTROY,
        _ => APPROVAL,
    }
}
