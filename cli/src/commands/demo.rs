use crate::failure::{Failure, Outcome};
use crate::output::Output;
pub(super) async fn run(_: Output) -> Outcome {
    Err(Failure::usage(""))
}
