//! What is stored: the very bytes that a device keeps, taken apart into the secrets in them.

use minicbor::Decoder;
use minicbor::data::Type;

/// One value of an encoding.
#[derive(Debug)]
pub(crate) enum Stored {
    Number(u64),
    Bytes(Vec<u8>),
    List(Vec<Stored>),
    Map(Vec<(u64, Stored)>),
    Other,
}

static NOTHING: Stored = Stored::Other;

impl Stored {
    /// Reads an encoding of ours: maps have numbers as keys.
    pub(crate) fn read(bytes: &[u8]) -> Self {
        Self::next(&mut Decoder::new(bytes)).expect("what the protocol encodes")
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "all else is no secret")]
    fn next(decoder: &mut Decoder<'_>) -> Result<Self, minicbor::decode::Error> {
        Ok(match decoder.datatype()? {
            Type::U8 | Type::U16 | Type::U32 | Type::U64 => Self::Number(decoder.u64()?),
            Type::Bytes => Self::Bytes(decoder.bytes()?.to_vec()),
            Type::Array => {
                let count = decoder.array()?.expect("a length");
                Self::List(
                    (0..count)
                        .map(|_| Self::next(decoder))
                        .collect::<Result<_, _>>()?,
                )
            }
            Type::Map => {
                let count = decoder.map()?.expect("a length");
                let entry = |_| Ok((decoder.u64()?, Self::next(decoder)?));
                Self::Map((0..count).map(entry).collect::<Result<_, _>>()?)
            }
            _ => {
                decoder.skip()?;
                Self::Other
            }
        })
    }

    /// The field with this number; nothing, if it is not there.
    pub(crate) fn field(&self, number: u64) -> &Self {
        match self {
            Self::Map(fields) => {
                let field = fields.iter().find(|(key, _)| *key == number);
                field.map_or(&NOTHING, |(_, value)| value)
            }
            Self::Number(_) | Self::Bytes(_) | Self::List(_) | Self::Other => &NOTHING,
        }
    }

    pub(crate) fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            Self::Number(_) | Self::Bytes(_) | Self::Map(_) | Self::Other => &[],
        }
    }

    pub(crate) fn entries(&self) -> &[(u64, Self)] {
        match self {
            Self::Map(entries) => entries,
            Self::Number(_) | Self::Bytes(_) | Self::List(_) | Self::Other => &[],
        }
    }

    pub(crate) fn number(&self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Bytes(_) | Self::List(_) | Self::Map(_) | Self::Other => None,
        }
    }

    pub(crate) fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::Number(_) | Self::List(_) | Self::Map(_) | Self::Other => None,
        }
    }

    /// Every byte string in it.
    pub(crate) fn all_bytes(&self) -> Vec<&[u8]> {
        match self {
            Self::Bytes(bytes) => vec![bytes],
            Self::List(items) => items.iter().flat_map(Self::all_bytes).collect(),
            Self::Map(entries) => {
                let values = entries.iter().map(|(_, value)| value);
                values.flat_map(Self::all_bytes).collect()
            }
            Self::Number(_) | Self::Other => Vec::new(),
        }
    }
}
