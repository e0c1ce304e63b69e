//! How the parts of the screen look: what a part is decides, and the theme says the colours.
//!
//! Invariants
//! - What a colour says, a word or a mark says too: in [`Theme::Mono`] nothing is lost.
//! - A terminal is never asked for its colours: what it answers would come between keys.

use ratatui::style::{Color, Modifier, Style};

/// What a part of the screen is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::tui) enum Role {
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
        Self::ALL
            .into_iter()
            .find(|theme| theme.name() == name)
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
    pub(in crate::tui) fn style(self, role: Role) -> Style {
        let style = Style::new();
        let colour = match self {
            Self::Dark => dark(role),
            Self::Light => light(role),
            Self::Mono => None,
        };
        let style = colour.map_or(style, |colour| style.fg(colour));
        let style = match (self, role) {
            (Self::Dark | Self::Light, Role::Picture) => style.bg(Color::Black),
            (Self::Dark | Self::Light | Self::Mono, _) => style,
        };
        let weight = match (self, role) {
            // The colour is faint enough: both at once can hardly be read.
            (Self::Dark | Self::Light, Role::Faint) => Modifier::empty(),
            (Self::Dark | Self::Light | Self::Mono, _) => weight(role),
        };
        style.add_modifier(weight)
    }
}

const fn dark(role: Role) -> Option<Color> {
    match role {
        Role::Text | Role::Selected | Role::Heading => None,
        Role::Picture => Some(Color::White),
        Role::Faint | Role::Frame => Some(Color::DarkGray),
        Role::Author => Some(Color::LightCyan),
        Role::Own => Some(Color::LightBlue),
        Role::Attention => Some(Color::LightYellow),
        Role::Good => Some(Color::LightGreen),
        Role::Trouble => Some(Color::LightRed),
    }
}

const fn light(role: Role) -> Option<Color> {
    match role {
        Role::Text | Role::Selected | Role::Heading => None,
        Role::Picture => Some(Color::White),
        Role::Faint | Role::Frame => Some(Color::DarkGray),
        Role::Author => Some(Color::Blue),
        Role::Own => Some(Color::Magenta),
        Role::Attention | Role::Trouble => Some(Color::Red),
        Role::Good => Some(Color::Green),
    }
}

const fn weight(role: Role) -> Modifier {
    match role {
        Role::Text | Role::Frame | Role::Good | Role::Picture => Modifier::empty(),
        Role::Faint => Modifier::DIM,
        Role::Author | Role::Own | Role::Attention | Role::Trouble | Role::Heading => {
            Modifier::BOLD
        }
        Role::Selected => Modifier::REVERSED,
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
            let style = theme.style(Role::Faint);
            assert!(style.fg.is_some() && style.add_modifier.is_empty());
        }
        assert_eq!(Theme::Mono.style(Role::Faint).add_modifier, Modifier::DIM);
    }

    #[test]
    fn without_colours_there_are_none() {
        for role in [Role::Text, Role::Trouble, Role::Selected] {
            assert_eq!(Theme::Mono.style(role).fg, None);
        }
        assert_ne!(
            Theme::Mono.style(Role::Selected),
            Theme::Mono.style(Role::Text)
        );
    }
}
