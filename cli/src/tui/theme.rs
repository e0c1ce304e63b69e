//! How the parts of the screen look: what a part is decides, and the theme says the colours.
//!
//! Invariants
//! - What a colour says, a word or a mark says too: in [`Theme::Mono`] nothing is lost.
//! - A terminal is never asked for its colours: what it answers would come between keys.

use ratatui::style::{Color, Modifier, Style};

/// What a part of the screen is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::tui) enum Face {
    /// Text.
    Text,
    /// What is beside the text: times, marks, hints.
    Faint,
    /// The name of somebody else.
    Author,
    /// Our own name.
    Own,
    /// What asks for attention: unread messages, mentions.
    Attention,
    /// What went well.
    Good,
    /// What went wrong.
    Trouble,
    /// What the keys go to.
    Selected,
    /// A line between parts.
    Frame,
    /// A heading.
    Heading,
    /// A picture of dark and light blocks: light is light, whatever the terminal.
    Picture,
}

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::tui) enum Theme {
    /// For a dark background.
    #[default]
    Dark,
    /// For a light background.
    Light,
    /// Without colours.
    Mono,
}

impl Theme {
    /// All of them.
    pub(in crate::tui) const ALL: [Self; 3] = [Self::Dark, Self::Light, Self::Mono];

    /// Its name in the settings.
    pub(in crate::tui) const fn name(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::Mono => "mono",
        }
    }

    /// The theme of a name.
    pub(in crate::tui) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.name() == name)
    }

    /// The theme for a terminal that says its colours in `COLORFGBG`, as rxvt and Konsole do: the background is the last
    /// of numbers between semicolons, and of the sixteen the light ones are 7 and from 9 on. A dark one where nothing is said.
    pub(in crate::tui) fn of_terminal(colours: Option<&str>) -> Self {
        let background = colours.and_then(|colours| colours.rsplit(';').next());
        match background.and_then(|number| number.parse::<u8>().ok()) {
            Some(7 | 9..=15) => Self::Light,
            Some(_) | None => Self::Dark,
        }
    }

    /// How a part looks.
    pub(in crate::tui) fn style(self, face: Face) -> Style {
        let style = Style::new();
        let colour = match self {
            Self::Dark => dark(face),
            Self::Light => light(face),
            Self::Mono => None,
        };
        let style = colour.map_or(style, |colour| style.fg(colour));
        let style = match (self, face) {
            (Self::Dark | Self::Light, Face::Picture) => style.bg(Color::Black),
            (Self::Dark | Self::Light | Self::Mono, _) => style,
        };
        let weight = match (self, face) {
            // The colour is faint enough: both at once can hardly be read.
            (Self::Dark | Self::Light, Face::Faint) => Modifier::empty(),
            (Self::Dark | Self::Light | Self::Mono, _) => weight(face),
        };
        style.add_modifier(weight)
    }
}

const fn dark(face: Face) -> Option<Color> {
    match face {
        Face::Text | Face::Selected | Face::Heading => None,
        Face::Picture => Some(Color::White),
        Face::Faint | Face::Frame => Some(Color::DarkGray),
        Face::Author => Some(Color::LightCyan),
        Face::Own => Some(Color::LightBlue),
        Face::Attention => Some(Color::LightYellow),
        Face::Good => Some(Color::LightGreen),
        Face::Trouble => Some(Color::LightRed),
    }
}

const fn light(face: Face) -> Option<Color> {
    match face {
        Face::Text | Face::Selected | Face::Heading => None,
        Face::Picture => Some(Color::White),
        Face::Faint | Face::Frame => Some(Color::DarkGray),
        Face::Author => Some(Color::Blue),
        Face::Own => Some(Color::Magenta),
        Face::Attention | Face::Trouble => Some(Color::Red),
        Face::Good => Some(Color::Green),
    }
}

const fn weight(face: Face) -> Modifier {
    match face {
        Face::Text | Face::Frame | Face::Good | Face::Picture => Modifier::empty(),
        Face::Faint => Modifier::DIM,
        Face::Author | Face::Own | Face::Attention | Face::Trouble | Face::Heading => {
            Modifier::BOLD
        }
        Face::Selected => Modifier::REVERSED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_theme_is_found_by_its_name() {
        for theme in Theme::ALL {
            assert_eq!(Theme::named(theme.name()), Some(theme));
        }
        assert_eq!(Theme::named("pink"), None);
    }

    #[test]
    fn the_background_decides_where_the_terminal_says_it_and_is_dark_elsewhere() {
        for (colours, theme) in [
            (Some("0;15"), Theme::Light),
            (Some("0;default;7"), Theme::Light),
            (Some("15;0"), Theme::Dark),
            (Some("15;8"), Theme::Dark),
            (Some("0;default"), Theme::Dark),
            (Some(""), Theme::Dark),
            (None, Theme::Dark),
        ] {
            assert_eq!(Theme::of_terminal(colours), theme, "{colours:?}");
        }
    }

    #[test]
    fn what_is_faint_by_its_colour_is_not_dimmed_as_well() {
        for theme in [Theme::Dark, Theme::Light] {
            let style = theme.style(Face::Faint);
            assert!(style.fg.is_some() && style.add_modifier.is_empty());
        }
        assert_eq!(Theme::Mono.style(Face::Faint).add_modifier, Modifier::DIM);
    }

    #[test]
    fn without_colours_there_are_none() {
        for face in [Face::Text, Face::Trouble, Face::Selected] {
            assert_eq!(Theme::Mono.style(face).fg, None);
        }
        assert_ne!(
            Theme::Mono.style(Face::Selected),
            Theme::Mono.style(Face::Text)
        );
    }
}
