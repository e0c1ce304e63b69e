//! `tidings rpc --stdio`: the same verbs for another program, as JSON-RPC 2.0.

use tidings_node::{Attached, Client, Home};

use crate::args::Global;
use crate::failure::{Exit, Failure, Outcome};
use crate::home;
use crate::session::{Network, Session};

pub(super) async fn run(global: &Global) -> Outcome {
    let session = Session::open(global, Network::Program).await?;
    // Through the socket even if this process has the node: one way in, whoever serves.
    let node = match session.client().await {
        Client::Attached(node) => node,
        Client::Local(_) => Attached::connect(&Home::new(home::directory(global)?)).await?,
    };
    let served = tidings_node::rpc::serve_stdio(node).await;
    session.finish().await?;
    served
        .map_err(|error| Failure::failed(format!("the conversation on stdio ended: {error}.")))?;
    Ok(Exit::Done)
}
