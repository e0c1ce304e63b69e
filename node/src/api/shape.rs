//! What methods there are and what each takes, for programs that ask.
//!
//! Invariants
//! - Names of parameters are those that reading a request knows; there is no second list of them.

use serde::de::value::Error;
use serde::de::{Deserialize, Deserializer, Error as _, Visitor};
use serde::{Serialize, forward_to_deserialize_any};

/// A method, as a program is told of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MethodShape {
    /// Its name in JSON-RPC.
    pub name: &'static str,
    /// What it does.
    pub about: &'static str,
    /// The names of its parameters.
    pub parameters: &'static [&'static str],
    /// The type of its result.
    pub result: &'static str,
}

/// The names of a struct's fields; none of what is no struct.
pub(crate) fn fields<'de, T: Deserialize<'de>>() -> &'static [&'static str] {
    let mut fields: &'static [&'static str] = &[];
    // It fails as soon as it has said what it wants.
    let _ = T::deserialize(Asked(&mut fields));
    fields
}

/// Notes what is asked for, and gives nothing.
struct Asked<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Asked<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("nothing is given"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        *self.0 = fields;
        self.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
