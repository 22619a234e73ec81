//! The binary: parse, build the environment, run, answer with an exit code.

fn main() {}
