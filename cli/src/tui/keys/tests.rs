use toml::Spanned;
use toml::de::DeTable;

use super::*;

fn press(keymap: &Keymap, layer: Layer, keys: &str) -> Meaning {
    keymap.meaning(layer, &sequence(keys).unwrap())
}

fn changed(preset: Preset, toml: &str) -> (Keymap, Vec<KeysError>) {
    let mut keymap = preset.keymap();
    let keys = DeTable::parse(toml).unwrap();
    let errors = read(&mut keymap, keys.get_ref()).into_iter();
    (keymap, errors.map(Spanned::into_inner).collect())
}

#[test]
fn every_key_of_a_preset_stands_for_its_action_where_that_is_possible() {
    for preset in [Preset::Plain, Preset::Vim] {
        assert_eq!(Preset::named(preset.name()), Some(preset));
        for (layer, keys, action) in preset.all() {
            let meaning = press(&preset.keymap(), layer, keys);
            assert_eq!(meaning, Meaning::Action(action), "{keys}");
            let entry = action.entry().unwrap();
            assert!(
                entry.layers.contains(&layer) || entry.layers == [Layer::Everywhere],
                "{} in {layer:?}",
                entry.name
            );
            assert!(!keys.contains("alt-"), "{keys}");
        }
    }
}

#[test]
fn letters_are_written_where_one_writes() {
    for preset in [Preset::Plain, Preset::Vim] {
        for layer in [Layer::Composer, Layer::Popup] {
            for letter in ["a", "i", "?", "/", ":", "g", "space"] {
                assert_eq!(press(&preset.keymap(), layer, letter), Meaning::Nothing);
            }
        }
    }
}

#[test]
fn a_sequence_stands_for_its_action_once_it_is_whole() {
    let keymap = Preset::Vim.keymap();
    assert_eq!(press(&keymap, Layer::Messages, "g"), Meaning::Begins);
    assert_eq!(
        press(&keymap, Layer::Messages, "g g"),
        Meaning::Action(Action::Top)
    );
    assert_eq!(press(&keymap, Layer::Messages, "g x"), Meaning::Nothing);
}

#[test]
fn chosen_keys_stand_in_place_of_those_of_the_preset() {
    let (keymap, errors) = changed(
        Preset::Plain,
        "[messages]\n\"message.reply\" = [\"r\", \"ctrl-b\"]\n[everywhere]\n\"app.quit\" = \"f10\"",
    );
    assert_eq!(errors, []);
    let reply = Meaning::Action(Action::Reply);
    assert_eq!(press(&keymap, Layer::Messages, "r"), reply);
    assert_eq!(press(&keymap, Layer::Messages, "ctrl-b"), reply);
    assert_eq!(press(&keymap, Layer::Messages, "ctrl-r"), Meaning::Nothing);
    assert_eq!(keymap.keys_of(Action::Quit), Some("f10".to_owned()));
}

#[test]
fn what_cannot_be_taken_is_said_and_changes_nothing() {
    let reply = || "message.reply".to_owned();
    let no_sequence = |error| KeysError::Sequence(reply(), error);
    let cases = [
        (
            "[mesages]\n\"message.reply\" = \"r\"",
            KeysError::Layer("mesages".to_owned()),
        ),
        (
            "[messages]\n\"message.replay\" = \"r\"",
            KeysError::Action("message.replay".to_owned()),
        ),
        (
            "[list]\n\"message.reply\" = \"r\"",
            KeysError::NotThere(reply(), "list".to_owned()),
        ),
        (
            "[messages]\n\"message.reply\" = 5",
            KeysError::Shape(reply()),
        ),
        (
            "[messages]\n\"message.reply\" = [\"ctrl-m\"]",
            no_sequence(SequenceError::Chord(ChordError::Same(
                "ctrl-m".to_owned(),
                "enter",
            ))),
        ),
        (
            "[messages]\n\"message.reply\" = [\"a b c d\"]",
            no_sequence(SequenceError::Length("a b c d".to_owned())),
        ),
        (
            "[messages]\n\"message.reply\" = [\"alt-r\"]",
            KeysError::OnlyAlt(reply()),
        ),
        (
            "[messages]\n\"message.reply\" = [\"g\", \"g g\"]",
            KeysError::Ambiguous(reply(), Ambiguous("g g".to_owned(), "g".to_owned())),
        ),
    ];
    for (toml, wanted) in cases {
        let (keymap, errors) = changed(Preset::Plain, toml);
        assert_eq!(errors, [wanted], "{toml}");
        assert_eq!(keymap, Preset::Plain.keymap(), "{toml}");
    }
}

#[test]
fn an_action_that_loses_its_last_key_to_another_is_said() {
    let usual = Preset::Plain.keymap();
    let (keys, from) = usual
        .of(Layer::Messages)
        .find(|(_, action)| {
            let of = usual.of(Layer::Messages);
            *action != Action::Reply && of.filter(|(_, other)| other == action).count() == 1
        })
        .unwrap();
    let from = from.entry().unwrap().name;
    let taken = format!("[messages]\n\"message.reply\" = \"{keys}\"");
    let (keymap, errors) = changed(Preset::Plain, &taken);
    let wanted = KeysError::LastTaken {
        keys: keys.clone(),
        by: "message.reply",
        from,
        layer: "messages".to_owned(),
    };
    assert_eq!(errors, [wanted]);
    let reply = Meaning::Action(Action::Reply);
    assert_eq!(press(&keymap, Layer::Messages, &keys), reply, "it is taken");
    let (_, errors) = changed(Preset::Plain, &format!("{taken}\n\"{from}\" = []"));
    assert_eq!(errors, [], "whoever says so knows");
}

#[test]
fn a_sequence_of_the_most_keys_is_taken_and_of_one_more_is_refused() {
    let of = |count| sequence(&vec!["a"; count].join(" "));
    assert_eq!(
        of(SEQUENCE_KEYS_MAX).map(|keys| keys.len()),
        Ok(SEQUENCE_KEYS_MAX)
    );
    assert!(matches!(
        of(SEQUENCE_KEYS_MAX + 1),
        Err(SequenceError::Length(_))
    ));
}

#[test]
fn an_action_can_be_left_without_keys() {
    let (keymap, errors) = changed(Preset::Plain, "[everywhere]\n\"app.suspend\" = []");
    assert_eq!(errors, []);
    assert_eq!(keymap.keys_of(Action::Suspend), None);
}
