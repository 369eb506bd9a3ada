//! What every request passes: limits, problems, extractors.

mod code;
mod edge;
mod extract;
mod problem;
pub(crate) mod rate;

pub use code::Code;
pub(crate) use edge::{EdgeLimits, edge, panicked};
pub(crate) use extract::{Json, Path, Query};
pub(crate) use problem::PROBLEM_JSON;
pub use problem::Problem;
