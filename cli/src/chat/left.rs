//! What becomes of files that are still written or taken when an interface is left.

use super::Ask;
use crate::safe_text::Safe;
use crate::session::Session;
use crate::texts::Texts;

/// Says it of each of these asks that does so.
pub(crate) async fn left_behind(
    asks: impl Iterator<Item = &Ask>,
    session: &Session,
    texts: &Texts,
) -> Vec<Safe> {
    let left: Vec<_> = asks.filter_map(Ask::transfer).collect();
    if left.is_empty() {
        return Vec::new();
    }
    let goes_on = session.goes_on_without().await;
    let said = left.into_iter();
    said.map(|(way, path)| texts.left_behind(way, path, goes_on))
        .collect()
}
