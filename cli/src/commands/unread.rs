//! `tidings unread`: conversations with something new in them.

use tidings_node::api::{Conversation, ListUnread};

use crate::failure::{Exit, Outcome};
use crate::output::{self, Output};
use crate::safe_text;
use crate::session::Session;

pub(super) async fn run(session: &Session, output: Output) -> Outcome {
    let conversations = session.call(ListUnread {}).await?;
    output.results("conversation", &conversations, "Nothing unread.", plain)?;
    Ok(Exit::Done)
}

fn plain(conversations: &[Conversation]) -> String {
    let rows: Vec<[String; 2]> = conversations
        .iter()
        .map(|conversation| {
            [
                safe_text::name(&conversation.title),
                output::unread(conversation) + muted(conversation),
            ]
        })
        .collect();
    output::table(&rows)
}

const fn muted(conversation: &Conversation) -> &'static str {
    if conversation.muted { ", muted" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::sample;
    use crate::safe_text::corpus;

    #[test]
    fn whatever_others_wrote_comes_out_as_plain_text() {
        corpus::walk(|text| plain(&[sample::room('a', text)]));
    }
}
