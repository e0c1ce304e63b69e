//! Whoever answers requests: a session, or a stand-in in tests.

use tidings_node::api::Method;

use crate::failure::Failure;
use crate::session::Session;

/// See the module.
pub(crate) trait Backend: Clone + Send + Sync + 'static {
    /// Carries out a request. Should the node end meanwhile, it is sent to the next one under the same id.
    fn call<M: Method + Clone>(
        &self,
        request: M,
    ) -> impl Future<Output = Result<M::Reply, Failure>> + Send;
}

impl Backend for Session {
    async fn call<M: Method + Clone>(&self, request: M) -> Result<M::Reply, Failure> {
        Self::call(self, request).await
    }
}
