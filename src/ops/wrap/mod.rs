//! `wrap-for-import`: the bundle for one provider.

pub mod authenticate;
pub mod check;
pub mod execute;
pub mod govern;
pub mod others;
pub mod run;
pub mod stage;
pub mod terms;
