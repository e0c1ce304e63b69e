//! A stand-in for a node: it answers when the test says so, and notes what it was asked.

use tidings_node::api::{ApiError, ErrorKind, Method, Reply, Request, Said};
use tokio::sync::{mpsc, oneshot};

use super::backend::Backend;
use crate::failure::Failure;

/// A request that waits for its answer.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) request: Request,
    answer: oneshot::Sender<Result<Reply, ApiError>>,
}

impl Call {
    /// Answers it; `false` if nobody waits any more.
    pub(crate) fn answer(self, reply: impl FnOnce(Request) -> Reply) -> bool {
        self.answer.send(Ok(reply(self.request))).is_ok()
    }

    /// Refuses it.
    pub(crate) fn refuse(self, kind: ErrorKind, message: &str) {
        let _ = self
            .answer
            .send(Err(ApiError::new(kind, Said::words(message))));
    }

    /// Whether nobody waits any more.
    pub(crate) fn is_forgotten(&self) -> bool {
        self.answer.is_closed()
    }
}

/// See the module.
#[derive(Debug, Clone)]
pub(crate) struct Fake {
    calls: mpsc::UnboundedSender<Call>,
}

/// Where the requests to a [`Fake`] arrive.
#[derive(Debug)]
pub(crate) struct Calls(mpsc::UnboundedReceiver<Call>);

impl Fake {
    pub(crate) fn new() -> (Self, Calls) {
        let (calls, arrived) = mpsc::unbounded_channel();
        (Self { calls }, Calls(arrived))
    }
}

impl Calls {
    /// The next request.
    pub(crate) async fn next(&mut self) -> Call {
        self.0.recv().await.unwrap()
    }

    /// The next request, if it has arrived.
    pub(crate) fn arrived(&mut self) -> Option<Call> {
        self.0.try_recv().ok()
    }
}

impl Backend for Fake {
    async fn call<M: Method + Clone>(&self, request: M) -> Result<M::Reply, Failure> {
        let (answer, answered) = oneshot::channel();
        let request = request.into();
        self.calls.send(Call { request, answer }).unwrap();
        let reply = answered.await.unwrap().map_err(Failure::from)?;
        Ok(M::reply(reply).unwrap())
    }
}
