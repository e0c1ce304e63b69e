//! The form of a line of JSON: a version, a type, then the fields of what is said.

use serde::Serialize;

use crate::failure::Failure;

/// Version of the JSON lines; it changes when a field goes away or changes its meaning.
const JSON_VERSION: u32 = 1;

/// One line of JSON of type `kind`; `value` is an object.
///
/// # Errors
/// [`Failure`] if `value` has no JSON form.
pub(crate) fn json_line<T: Serialize>(kind: &str, value: &T) -> Result<String, Failure> {
    let body = serde_json::to_string(value)
        .map_err(|error| Failure::failed(format!("cannot write the result as JSON: {error}.")))?;
    let rest = body.strip_prefix('{').unwrap_or(&body);
    let comma = if rest == "}" { "" } else { "," };
    Ok(format!(
        "{{\"v\":{JSON_VERSION},\"type\":\"{kind}\"{comma}{rest}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_line_begins_with_its_version_and_type_and_is_one_line() {
        let line = json_line("note", &json!({"text": "a\nb\u{1b}"})).unwrap();
        assert_eq!(line, r#"{"v":1,"type":"note","text":"a\nb\u001b"}"#);
    }

    #[test]
    fn a_line_without_fields_is_an_object_too() {
        assert_eq!(
            json_line("stopped", &json!({})).unwrap(),
            r#"{"v":1,"type":"stopped"}"#
        );
    }
}
