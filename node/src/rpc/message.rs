//! JSON-RPC 2.0 messages: what a line asks, and what a line answers.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::RPC_VERSION;
use super::line::REPLY_BYTES_MAX;
use crate::api::{ApiError, ErrorKind, Said};
use crate::reason;

/// Method that tells each side the other's version.
pub(super) const HELLO: &str = "hello";
/// Method that drops a request that still waits.
pub(super) const FORGET: &str = "forget";

/// Method that tells what methods there are.
pub(super) const LIST: &str = "methods";

const PARSE_ERROR: i64 = -32_700;
const INVALID_REQUEST: i64 = -32_600;
const METHOD_NOT_FOUND: i64 = -32_601;
const INVALID_PARAMS: i64 = -32_602;
/// The node's own errors; `data` is the [`ApiError`].
const API_ERROR: i64 = -32_000;

/// A request or notification.
#[derive(Debug)]
pub(super) struct Call {
    /// What the reply must carry; `None`: no reply is wanted.
    pub(super) id: Option<Value>,
    pub(super) method: String,
    pub(super) params: Value,
}

impl Call {
    /// Reads a line; on failure also gives the id to answer under, null if there is none.
    pub(super) fn parse(line: &[u8]) -> Result<Self, (Value, Failure)> {
        let nameless = |failure| (Value::Null, failure);
        let value = serde_json::from_slice(line)
            .map_err(|error| nameless(Failure::new(PARSE_ERROR, format!("no JSON: {error}"))))?;
        let mut fields = match value {
            Value::Object(fields) => fields,
            Value::Array(_) => {
                return Err(nameless(Failure::invalid_request(
                    "batches are not supported. Send each request on a line of its own; they run \
                     side by side.",
                )));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                return Err(nameless(Failure::invalid_request(
                    "a request is an object.",
                )));
            }
        };
        let id = match fields.remove("id") {
            Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
                return Err(nameless(Failure::invalid_request(
                    "an id is a string or a number.",
                )));
            }
            id => id,
        };
        Self::of_fields(id.clone(), fields).map_err(|error| (id.unwrap_or(Value::Null), error))
    }

    fn of_fields(id: Option<Value>, mut fields: Map<String, Value>) -> Result<Self, Failure> {
        if fields.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
            return Err(Failure::invalid_request(
                "a request says \"jsonrpc\":\"2.0\".",
            ));
        }
        let Some(Value::String(method)) = fields.remove("method") else {
            return Err(Failure::invalid_request(
                "a request names its method in a string.",
            ));
        };
        let params = fields
            .remove("params")
            .unwrap_or_else(|| Value::Object(Map::new()));
        Ok(Self { id, method, params })
    }

    /// The request's line.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut call = json!({ "jsonrpc": "2.0", "method": self.method, "params": self.params });
        if let (Some(id), Some(fields)) = (&self.id, call.as_object_mut()) {
            fields.insert("id".to_owned(), id.clone());
        }
        call.to_string().into_bytes()
    }
}

/// What a request came to.
#[derive(Debug)]
pub(super) struct Answer {
    /// Which request's; null where it could not be told.
    pub(super) id: Value,
    pub(super) outcome: Result<Value, Failure>,
}

impl Answer {
    /// The answer's line.
    pub(super) fn encode(&self) -> Vec<u8> {
        self.encode_within(REPLY_BYTES_MAX)
    }

    fn encode_within(&self, bytes_max: usize) -> Vec<u8> {
        let line = self.encode_any();
        if line.len() <= bytes_max {
            return line;
        }
        let failure = ApiError::invalid(reason::reply_too_large()).into();
        Self {
            id: self.id.clone(),
            outcome: Err(failure),
        }
        .encode_any()
    }

    fn encode_any(&self) -> Vec<u8> {
        #[derive(Serialize)]
        struct Fields<'a> {
            jsonrpc: &'static str,
            id: &'a Value,
            #[serde(skip_serializing_if = "Option::is_none")]
            result: Option<&'a Value>,
            #[serde(skip_serializing_if = "Option::is_none")]
            error: Option<&'a Failure>,
        }
        let fields = Fields {
            jsonrpc: "2.0",
            id: &self.id,
            result: self.outcome.as_ref().ok(),
            error: self.outcome.as_ref().err(),
        };
        // Maps with string keys alone: serde_json has no reason to fail.
        serde_json::to_vec(&fields).unwrap_or_default()
    }

    /// Reads a line; `None` if it answers nothing.
    pub(super) fn parse(line: &[u8]) -> Option<Self> {
        let mut fields: Map<String, Value> = serde_json::from_slice(line).ok()?;
        let id = fields.remove("id")?;
        let outcome = match fields.remove("error") {
            Some(error) => Err(serde_json::from_value(error).ok()?),
            None => Ok(fields.remove("result")?),
        };
        Some(Self { id, outcome })
    }
}

/// JSON-RPC's error object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Failure {
    code: i64,
    message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    data: Option<Value>,
}

impl Failure {
    fn new(code: i64, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            data: None,
        }
    }

    /// A line that is JSON but no request.
    pub(super) fn invalid_request(message: impl Into<String>) -> Self {
        Self::new(INVALID_REQUEST, message)
    }

    /// A method that is not in the table.
    pub(super) fn method_not_found(method: &str) -> Self {
        Self::new(
            METHOD_NOT_FOUND,
            format!(
                "there is no method '{method}'; `{LIST}` lists them, and docs/RPC.md says more of each."
            ),
        )
    }

    /// Parameters that do not fit their method.
    pub(super) fn invalid_params(message: impl Into<String>) -> Self {
        Self::new(INVALID_PARAMS, message)
    }

    /// A client of another version.
    fn version(theirs: u32) -> Self {
        let versions = reason::client_version(theirs.into(), RPC_VERSION.into());
        let error = ApiError::new(ErrorKind::Conflict, versions);
        let mut failure = Self::from(error);
        if let (Some(Value::Object(data)), Ok(Value::Object(greeting))) =
            (&mut failure.data, serde_json::to_value(Greeting::ours()))
        {
            data.extend(greeting);
        }
        failure
    }

    /// What a node of another version said it is.
    pub(super) fn greeting(&self) -> Option<Greeting> {
        serde_json::from_value(self.data.clone()?).ok()
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        let data = serde_json::to_value(&error).ok();
        Self {
            code: API_ERROR,
            message: error.message,
            data,
        }
    }
}

impl From<Failure> for ApiError {
    fn from(failure: Failure) -> Self {
        let told = failure
            .data
            .and_then(|data| serde_json::from_value(data).ok());
        told.unwrap_or_else(|| match failure.code {
            PARSE_ERROR | INVALID_REQUEST | METHOD_NOT_FOUND | INVALID_PARAMS => {
                Self::invalid(Said::words(&failure.message))
            }
            _ => Self::internal(&failure.message),
        })
    }
}

/// What either side of a connection says it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Greeting {
    pub(super) version: u32,
    #[serde(default)]
    pub(super) program: String,
}

impl Greeting {
    pub(super) fn ours() -> Self {
        let program = concat!("tidings ", env!("CARGO_PKG_VERSION")).to_owned();
        Self {
            version: RPC_VERSION,
            program,
        }
    }

    /// Answers a client's greeting.
    pub(super) fn answer(params: Value) -> Result<Value, Failure> {
        let theirs: Self = serde_json::from_value(params)
            .map_err(|error| Failure::invalid_params(format!("{HELLO}: {error}")))?;
        if theirs.version != RPC_VERSION {
            return Err(Failure::version(theirs.version));
        }
        serde_json::to_value(Self::ours()).map_err(|error| internal(&error).into())
    }
}

/// What cannot happen to messages of our own making.
pub(super) fn internal(error: &serde_json::Error) -> ApiError {
    ApiError::new(
        ErrorKind::Internal,
        reason::not_of_method(&error.to_string()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer_of(text_bytes: usize) -> Answer {
        Answer {
            id: json!(1),
            outcome: Ok(Value::String("x".repeat(text_bytes))),
        }
    }

    #[test]
    fn a_reply_at_the_limit_is_sent_and_one_over_it_says_so() {
        let bytes_max = 100_000;
        let frame = answer_of(0).encode().len();
        let line = answer_of(bytes_max - frame).encode_within(bytes_max);
        assert_eq!(line.len(), bytes_max);
        assert!(Answer::parse(&line).unwrap().outcome.is_ok());
        let line = answer_of(bytes_max - frame + 1).encode_within(bytes_max);
        let failure = Answer::parse(&line).unwrap().outcome.unwrap_err();
        assert_eq!(ApiError::from(failure).kind, ErrorKind::Invalid);
    }

    #[test]
    fn a_null_result_is_a_result() {
        let line = Answer {
            id: json!("a"),
            outcome: Ok(Value::Null),
        }
        .encode();
        assert_eq!(line, br#"{"jsonrpc":"2.0","id":"a","result":null}"#);
        assert_eq!(Answer::parse(&line).unwrap().outcome, Ok(Value::Null));
    }

    #[test]
    fn api_errors_survive_the_way() {
        let mut error = ApiError::new(ErrorKind::Ambiguous, Said::words("two fit. Say which."));
        error.candidates = vec!["Ann".to_owned(), "Anna".to_owned()];
        let answer = Answer {
            id: json!(1),
            outcome: Err(error.clone().into()),
        };
        let failure = Answer::parse(&answer.encode())
            .unwrap()
            .outcome
            .unwrap_err();
        assert_eq!(failure.code, -32_000);
        assert_eq!(ApiError::from(failure), error);
    }
}
