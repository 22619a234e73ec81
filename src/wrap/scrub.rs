//! The stack after work with a key: what the cryptographic crates leave there is overwritten.
//!
//! Their types wipe themselves where they own memory on the heap, and are copied on the stack as they please. This does
//! what can be done about that without unsafe code.

use std::hint::black_box;

use zeroize::Zeroize;

/// More than the work below uses; a debug build of P-521 takes some 60 KiB.
const STACK: usize = 256 * 1024;

/// Runs `work` in frames of their own, and overwrites these afterwards, on a panic excepted.
pub fn scrubbed<T>(work: impl FnOnce() -> T) -> T {
    let done = apart(work);
    overwrite();
    done
}

#[inline(never)]
fn apart<T>(work: impl FnOnce() -> T) -> T {
    black_box(work())
}

#[inline(never)]
#[expect(clippy::large_stack_arrays, reason = "the stack is what this is about")]
fn overwrite() {
    let mut stack = [0_u8; STACK];
    stack.zeroize();
    black_box(&stack);
}
