//! `byok plan`: a command is checked and written down, for others to approve and for `apply` to carry out.

pub(super) mod draft;
