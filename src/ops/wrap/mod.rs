//! `wrap-for-import`: the bundle for one provider.

pub mod authenticate;
pub mod before;
pub mod check;
pub mod execute;
pub mod govern;
pub mod run;
pub mod stage;
pub mod terms;
