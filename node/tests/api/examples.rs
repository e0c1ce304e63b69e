use crate::echo_bot::{answer, events};
use crate::person::{ann_and_ben, arrived, deliver, texts};

#[tokio::test]
async fn the_echo_bot_answers_each_message_once_across_restarts() {
    let (ann, mut bot) = ann_and_ben().await;
    deliver(ann.node(), "Ben", "hello").await;
    // Told of again, because the bot ended before it acknowledged.
    for _ in 0..2 {
        for event in &events(bot.node(), 0).await.unwrap().events {
            answer(bot.node(), event).await.unwrap();
        }
        bot.restart().await;
    }
    arrived(ann.node(), "hello").await;
    deliver(bot.node(), "Ann", "end").await;
    assert_eq!(texts(ann.node()).await, ["hello", "hello", "end"]);
}
