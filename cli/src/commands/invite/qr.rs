//! An invite code as a picture made of half blocks, two modules a character.

use qrcode::{Color, EcLevel, QrCode};

use crate::failure::Failure;
use crate::output::Paint;

/// Rows the picture may take, so that it is seen whole on a terminal of 24.
const PICTURE_ROWS_MAX: usize = 23;

/// Light modules around the code; four by the standard, fewer if it would not fit.
const QUIET_MODULES: [usize; 4] = [4, 3, 2, 1];

/// Draws `code`. Blocks are the light modules: terminals are mostly dark, and where colour is
/// allowed the picture brings its own.
///
/// # Errors
/// [`Failure`] if the code is too long for a picture that fits the screen.
pub(crate) fn picture(code: &str) -> Result<String, Failure> {
    let paint = Paint::new(std::io::IsTerminal::is_terminal(&std::io::stderr()));
    let rows = rows(code)?;
    let rows = rows.iter().map(|row| paint.white_on_black(row));
    Ok(rows.collect::<Vec<_>>().join("\n"))
}

/// The rows of the picture, blocks for what is light.
///
/// # Errors
/// As [`picture`].
pub(crate) fn rows(code: &str) -> Result<Vec<String>, Failure> {
    let too_long = || Failure::failed("the code is too long for a picture. Copy it as text.");
    let qr =
        QrCode::with_error_correction_level(code.as_bytes(), EcLevel::L).map_err(|_| too_long())?;
    let width = qr.width();
    let dark: Vec<bool> = qr
        .to_colors()
        .into_iter()
        .map(|color| color == Color::Dark)
        .collect();
    let quiet = QUIET_MODULES
        .into_iter()
        .find(|quiet| (width + 2 * quiet).div_ceil(2) <= PICTURE_ROWS_MAX)
        .ok_or_else(too_long)?;
    let is_light = |row: usize, column: usize| {
        let inside = |at: usize| at.checked_sub(quiet).filter(|at| *at < width);
        match (inside(row), inside(column)) {
            (Some(row), Some(column)) => !dark.get(row * width + column).copied().unwrap_or(false),
            (None, _) | (_, None) => true,
        }
    };
    let side = width + 2 * quiet;
    let rows = (0..side).step_by(2).map(|row| {
        (0..side)
            .map(|column| {
                match (
                    is_light(row, column),
                    row + 1 < side && is_light(row + 1, column),
                ) {
                    (true, true) => '\u{2588}',
                    (true, false) => '\u{2580}',
                    (false, true) => '\u{2584}',
                    (false, false) => ' ',
                }
            })
            .collect()
    });
    Ok(rows.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Longest code that the design allows.
    const CODE_CHARACTERS_MAX: usize = 154;

    #[test]
    fn the_longest_code_fits_a_small_terminal() {
        let picture = picture(&"A2".repeat(CODE_CHARACTERS_MAX / 2)).unwrap();
        assert!(picture.lines().count() <= PICTURE_ROWS_MAX);
        assert!(picture.lines().all(|line| line.chars().count() <= 79));
    }

    #[test]
    fn a_picture_is_framed_in_light() {
        let picture = picture("TIDINGS").unwrap();
        let lines: Vec<&str> = picture.lines().collect();
        assert!(lines[0].chars().all(|c| c == '\u{2588}'));
        assert!(
            lines
                .iter()
                .all(|line| line.starts_with('\u{2588}') || line.starts_with('\u{2580}'))
        );
    }

    #[test]
    fn a_code_that_would_not_fit_is_refused() {
        assert!(picture(&"a".repeat(400)).is_err());
    }
}
