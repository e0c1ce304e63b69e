//! `tidings config`: what holds for the whole profile.

use tidings_node::api::{ChangeSetting, GetSettings, Setting};
use tidings_node::request_id;

use crate::args::{ConfigArgs, ConfigCommand};
use crate::failure::{Exit, Outcome};
use crate::output::Output;
use crate::session::Session;

pub(super) async fn run(session: &Session, output: Output, args: ConfigArgs) -> Outcome {
    let settings = match args.command {
        None => session.call(GetSettings::default()).await?,
        Some(ConfigCommand::Get { key }) => session.call(GetSettings { key: Some(key) }).await?,
        Some(ConfigCommand::Set { key, value }) => {
            let change = ChangeSetting {
                request: request_id(),
                key,
                value,
            };
            vec![session.call(change).await?]
        }
    };
    let plain = |settings: &[Setting]| {
        let settings: Vec<String> = settings.iter().map(plain).collect();
        output.prose(&settings.join("\n"))
    };
    output.results("setting", &settings, "There is nothing to be set.", plain)?;
    Ok(Exit::Done)
}

/// A setting for a person: how it is set, what it is about, and how else it may be.
fn plain(setting: &Setting) -> String {
    let values: Vec<String> = setting
        .values
        .iter()
        .enumerate()
        .map(|(index, value)| match index {
            0 => format!("{value} (the default)"),
            _ => value.clone(),
        })
        .collect();
    format!(
        "{} = {}\n  {}\n  It can be: {}\n",
        setting.key,
        setting.value,
        setting.meaning,
        values.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_says_what_it_is_and_what_it_can_be() {
        let setting = Setting {
            key: "tea.sugar".to_owned(),
            value: "two".to_owned(),
            values: ["none", "two"].map(str::to_owned).to_vec(),
            meaning: "how many lumps".to_owned(),
        };
        assert_eq!(
            plain(&setting),
            "tea.sugar = two\n  how many lumps\n  It can be: none (the default), two\n"
        );
    }
}
