//! `tidings config`: what holds for the whole profile.

use tidings_node::api::{ChangeSetting, GetSettings, Setting};
use tidings_node::{Client, request_id};

use crate::args::{ConfigArgs, ConfigCommand};
use crate::failure::{Exit, Outcome};
use crate::output::Output;
use crate::session::Session;

/// Said of what a node goes by only from its next start on, where one runs.
const RUNS: &str = "\
Tidings runs for this profile, and goes on as it was started: this holds from its next start on. `tidings daemon stop` ends \
it.";

pub(super) async fn run(session: &Session, output: Output, args: ConfigArgs) -> Outcome {
    let settings = match args.command {
        None => session.call(GetSettings::default()).await?,
        Some(ConfigCommand::Get { key }) => session.call(GetSettings { key: Some(key) }).await?,
        Some(ConfigCommand::Set { key, value }) => {
            let change = ChangeSetting {
                request: request_id(),
                key,
                value: value.join(" "),
            };
            let set = session.call(change).await?;
            if set.at_start && matches!(session.client().await, Client::Attached(_)) {
                output.note(RUNS);
            }
            vec![set]
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
        .chain(setting.besides.clone())
        .collect();
    let start = if setting.at_start {
        "\n  A node that runs goes by it from its next start on."
    } else {
        ""
    };
    format!(
        "{} = {}\n  {}\n  It can be: {}{start}\n",
        setting.key,
        setting.value,
        setting.meaning,
        values.join(if setting.besides.is_some() {
            ", or "
        } else {
            ", "
        })
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tea() -> Setting {
        Setting {
            key: "tea.sugar".to_owned(),
            value: "two".to_owned(),
            default: "none".to_owned(),
            values: ["none", "two"].map(str::to_owned).to_vec(),
            besides: None,
            meaning: "how many lumps".to_owned(),
            at_start: false,
        }
    }

    #[test]
    fn a_setting_says_what_it_is_and_what_it_can_be() {
        assert_eq!(
            plain(&tea()),
            "tea.sugar = two\n  how many lumps\n  It can be: none (the default), two\n"
        );
    }

    #[test]
    fn a_setting_says_what_else_it_can_be_and_since_when_it_holds() {
        let setting = Setting {
            values: vec!["none".to_owned()],
            besides: Some("lumps".to_owned()),
            at_start: true,
            ..tea()
        };
        assert_eq!(
            plain(&setting),
            "tea.sugar = two\n  how many lumps\n  It can be: none (the default), or lumps\n  A node that runs goes by it \
             from its next start on.\n"
        );
    }
}
