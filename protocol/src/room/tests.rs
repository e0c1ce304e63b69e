#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "what an act is not about says nothing of it"
)]

mod along;
mod bodies;
mod dag;
mod deeds;
mod examples;
mod exhaustive;
mod held;
mod intake;
mod large;
mod naive;
mod oracle;
mod random;
