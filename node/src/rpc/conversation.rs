//! One program's connection: its requests side by side, its replies through one writer.
//!
//! Invariants
//! - At most [`REQUESTS_CONCURRENT_MAX`] requests run; the next one waits, and with it everything
//!   behind it in the stream.
//! - A program that does not read its replies is not read from.

use std::collections::HashMap;
use std::io;
use std::pin::pin;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, watch};
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};

use super::Service;
use super::line::{LINE_BYTES_MAX, LineError, LineReader, write_lines};
use super::message::{Answer, Call, FORGET, Failure, Greeting, HELLO, LIST, internal};
use crate::api::{ApiError, ErrorKind, METHODS, Request, shapes};
use crate::reason;

/// How many requests of one connection run at a time.
pub const REQUESTS_CONCURRENT_MAX: usize = 64;
/// How many replies wait for the writer.
pub(super) const REPLIES_QUEUED_MAX: usize = 64;
/// How long a program that has gone may take to read what is left.
const FLUSH_MILLISECONDS_MAX: u64 = 1_000;

/// What the end of a program's requests means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AtEnd {
    /// It has gone: its running requests are dropped.
    Drop,
    /// It has no more: its running requests are finished.
    Finish,
}

/// Serves one connection until it ends, or until `stop` says so and what runs is done.
pub(super) async fn converse<R, W, S>(
    reader: R,
    writer: W,
    service: S,
    at_end: AtEnd,
    stop: watch::Receiver<bool>,
) -> io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
    S: Service,
{
    let (replies, queue) = mpsc::channel(REPLIES_QUEUED_MAX);
    let mut writing = pin!(write_lines(writer, queue));
    let conversation = Conversation {
        service,
        replies,
        running: JoinSet::new(),
        calls: HashMap::new(),
    };
    let talked = tokio::select! {
        // The conversation holds a sender, so writing ends only by failing.
        written = &mut writing => return written,
        talked = conversation.talk(LineReader::new(reader, LINE_BYTES_MAX), at_end, stop) => talked,
    };
    match at_end {
        AtEnd::Finish => writing.await?,
        AtEnd::Drop => {
            let limit = Duration::from_millis(FLUSH_MILLISECONDS_MAX);
            tokio::time::timeout(limit, writing).await??;
        }
    }
    talked
}

/// Returns once `stop` is set or its owner has gone.
pub(super) async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

struct Conversation<S> {
    service: S,
    replies: mpsc::Sender<Vec<u8>>,
    running: JoinSet<()>,
    /// What runs: the id to answer under, and the way to drop it.
    calls: HashMap<Id, (Option<Value>, AbortHandle)>,
}

impl<S: Service> Conversation<S> {
    async fn talk<R: AsyncRead + Unpin>(
        mut self,
        mut lines: LineReader<R>,
        at_end: AtEnd,
        mut stop: watch::Receiver<bool>,
    ) -> io::Result<()> {
        // Read ahead of the limit, so that an end behind it is noticed.
        let mut next = None;
        let read = loop {
            if self.running.len() < REQUESTS_CONCURRENT_MAX
                && let Some(call) = next.take()
            {
                self.start(call);
            }
            let line = tokio::select! {
                line = lines.next(), if next.is_none() => line,
                Some(ended) = self.running.join_next_with_id() => {
                    self.end(ended.map(|(id, ())| id)).await;
                    continue;
                }
                () = stopped(&mut stop) => break Ok(()),
            };
            match line {
                Ok(Some(line)) => next = self.take(&line).await,
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        if let Err(error @ LineError::TooLong { .. }) = &read {
            let failure = Failure::invalid_request(format!("{error}. Send less."));
            self.answer(Some(Value::Null), Err(failure)).await;
        }
        if at_end == AtEnd::Finish || *stop.borrow() {
            while let Some(ended) = self.running.join_next_with_id().await {
                self.end(ended.map(|(id, ())| id)).await;
            }
        }
        read.map_err(io::Error::from)
    }

    /// Reads a line; returns the call to start, if it is one.
    async fn take(&mut self, line: &[u8]) -> Option<Call> {
        match Call::parse(line) {
            Ok(Call { id, method, params }) if method == FORGET => {
                let forgotten = params.get("id").is_some_and(|id| self.forget(id));
                self.answer(id, Ok(json!({ "forgotten": forgotten }))).await;
                None
            }
            Ok(call) => Some(call),
            Err((id, failure)) => {
                self.answer(Some(id), Err(failure)).await;
                None
            }
        }
    }

    fn start(&mut self, call: Call) {
        let (service, replies) = (self.service.clone(), self.replies.clone());
        let id = call.id.clone();
        let handle = self.running.spawn(async move {
            let outcome = respond(&service, &call.method, call.params).await;
            if let Some(id) = call.id {
                // Fails only if the connection has ended, and then nobody asks.
                let _ = replies.send(Answer { id, outcome }.encode()).await;
            }
        });
        self.calls.insert(handle.id(), (id, handle));
    }

    async fn end(&mut self, ended: Result<Id, JoinError>) {
        let task = ended.as_ref().map_or_else(JoinError::id, |id| *id);
        let call = self.calls.remove(&task);
        if ended.is_err_and(|error| error.is_panic())
            && let Some((id, _)) = call
        {
            let failed = ApiError::new(ErrorKind::Internal, reason::request_failed());
            self.answer(id, Err(failed.into())).await;
        }
    }

    fn forget(&self, forgotten: &Value) -> bool {
        let mut calls = self.calls.values();
        let call = calls.find(|(id, _)| id.as_ref() == Some(forgotten));
        call.inspect(|(_, handle)| handle.abort()).is_some()
    }

    async fn answer(&self, id: Option<Value>, outcome: Result<Value, Failure>) {
        if let Some(id) = id {
            let _ = self.replies.send(Answer { id, outcome }.encode()).await;
        }
    }
}

async fn respond<S: Service>(service: &S, method: &str, params: Value) -> Result<Value, Failure> {
    if method == HELLO {
        return Greeting::answer(params);
    }
    if method == LIST {
        return serde_json::to_value(shapes()).map_err(|error| internal(&error).into());
    }
    if !METHODS.contains(&method) {
        return Err(Failure::method_not_found(method));
    }
    // Positions would freeze the order of fields.
    if !params.is_object() {
        return Err(Failure::invalid_params(format!(
            "{method}: parameters are an object."
        )));
    }
    let request = Request::from_json(method, params)
        .map_err(|error| Failure::invalid_params(error.message))?;
    let reply = service.handle(request).await?;
    reply.to_json().map_err(|error| internal(&error).into())
}
