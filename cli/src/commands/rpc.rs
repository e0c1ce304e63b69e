//! `tidings rpc --stdio`: the same verbs for another program, as JSON-RPC 2.0.

use crate::args::Global;
use crate::failure::{Exit, Failure, Outcome};
use crate::session::{Network, Session};

pub(super) async fn run(global: &Global) -> Outcome {
    let session = Session::open(global, Network::On).await?;
    let served = tidings_node::rpc::serve_stdio(session.client().await).await;
    session.finish().await;
    served
        .map_err(|error| Failure::failed(format!("the conversation on stdio ended: {error}.")))?;
    Ok(Exit::Done)
}
