//! The rules of the house, one module each. A rule takes the tree and gives its offences: a line
//! for each, with where it is.

pub(crate) mod claims;
pub(crate) mod direction;
pub(crate) mod documents;
pub(crate) mod domains;
pub(crate) mod found;
pub(crate) mod limits;
pub(crate) mod logs;
pub(crate) mod names;
pub(crate) mod purity;
pub(crate) mod reach;
pub(crate) mod size;
pub(crate) mod sql;
pub(crate) mod text;
pub(crate) mod words;
