//! placeholder until the real one is merged
use crate::id::EnvelopeId;
#[allow(missing_docs)]
#[derive(Debug)]
pub struct Asking;
#[allow(missing_docs)]
#[derive(Debug)]
pub struct Answering;
#[allow(missing_docs)]
#[derive(Debug)]
pub struct Progress {
    pub have: Vec<EnvelopeId>,
    pub need: Vec<EnvelopeId>,
    pub next: Option<Vec<u8>>,
}
#[allow(missing_docs)]
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct ReconcileError;
#[allow(missing_docs)]
impl Asking {
    pub fn begin(_: impl IntoIterator<Item = EnvelopeId>) -> (Self, Vec<u8>) {
        (Self, Vec::new())
    }
    pub fn take(&mut self, _: &[u8]) -> Result<Progress, ReconcileError> {
        Err(ReconcileError)
    }
}
#[allow(missing_docs)]
impl Answering {
    pub fn new(_: impl IntoIterator<Item = EnvelopeId>) -> Self {
        Self
    }
    pub fn answer(&mut self, _: &[u8]) -> Result<Vec<u8>, ReconcileError> {
        Err(ReconcileError)
    }
}
