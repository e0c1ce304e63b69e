//! A terminal's screen as a picture in SVG: its text stays text, in its colours, each character in its cell.
//!
//! Invariants
//! - A run of characters is as wide as its cells whatever font there is; one of two cells is a run by itself.
//! - Blocks, of which codes are made, and lines are drawn and not written: no font leaves gaps between them.

use std::fmt::Write as _;

use vt100::{Cell, Color, Screen};

/// Pixels of a cell.
const WIDTH: u16 = 9;
const HEIGHT: u16 = 19;
/// Pixels from a cell's top to the line that letters stand on.
const BASE: u16 = 14;
/// Pixels around the screen.
const MARGIN: u16 = 10;

const TEXT: &str = "#d4d8de";
const GROUND: &str = "#15181e";

/// The 16 colours that have names.
const NAMED: [&str; 16] = [
    "#000000", "#cd5c5c", "#6fa86f", "#c2a35a", "#6a8fc9", "#a77fb8", "#5fa8a8", "#d4d8de",
    "#7c8490", "#f07178", "#98c379", "#e5c07b", "#82aaff", "#c792ea", "#7fd6d6", "#ffffff",
];

/// Lines between parts, each with whether it goes from the middle to the left, right, top and bottom.
const LINES: [(&str, [bool; 4]); 6] = [
    ("\u{2500}", [true, true, false, false]),
    ("\u{2502}", [false, false, true, true]),
    ("\u{250c}", [false, true, false, true]),
    ("\u{2510}", [true, false, false, true]),
    ("\u{2514}", [false, true, true, false]),
    ("\u{2518}", [true, false, true, false]),
];

/// How a cell looks.
#[derive(Clone, PartialEq, Eq)]
struct Look {
    text: String,
    ground: String,
    weight: &'static str,
    slant: &'static str,
    line: &'static str,
    columns: u16,
}

impl Look {
    fn of(cell: &Cell) -> Self {
        let (mut text, mut ground) = (colour(cell.fgcolor(), TEXT), colour(cell.bgcolor(), GROUND));
        if cell.inverse() {
            std::mem::swap(&mut text, &mut ground);
        }
        Self {
            text,
            ground,
            weight: if cell.bold() { "bold" } else { "normal" },
            slant: if cell.italic() { "italic" } else { "normal" },
            line: if cell.underline() {
                "underline"
            } else {
                "none"
            },
            columns: if cell.is_wide() { 2 } else { 1 },
        }
    }
}

fn colour(colour: Color, default: &str) -> String {
    match colour {
        Color::Default => default.to_owned(),
        Color::Rgb(red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
        Color::Idx(index) => {
            let step = |level: u8| if level == 0 { 0 } else { 55 + level * 40 };
            match (index, index.checked_sub(16), index.checked_sub(232)) {
                (_, _, Some(grey)) => format!("#{0:02x}{0:02x}{0:02x}", 8 + grey * 10),
                (_, Some(cube), None) => format!(
                    "#{:02x}{:02x}{:02x}",
                    step(cube / 36),
                    step(cube / 6 % 6),
                    step(cube % 6)
                ),
                (_, None, None) => NAMED[usize::from(index)].to_owned(),
            }
        }
    }
}

/// The picture of a screen, with what it is called for whoever does not see it.
pub(super) fn svg(screen: &Screen, title: &str) -> String {
    let (rows, columns) = screen.size();
    let (width, height) = (columns * WIDTH + 2 * MARGIN, rows * HEIGHT + 2 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" xml:space=\"preserve\" \
         font-family=\"ui-monospace, 'DejaVu Sans Mono', 'Noto Sans Mono CJK KR', Menlo, Consolas, monospace\">\n\
         <title>{}</title>\n<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{GROUND}\"/>\n",
        escaped(title)
    );
    for row in 0..rows {
        draw_row(&mut svg, screen, row);
    }
    svg.push_str("</svg>\n");
    svg
}

/// Cells beside each other that look alike.
struct Run {
    column: u16,
    look: Look,
    cells: Vec<String>,
}

fn draw_row(svg: &mut String, screen: &Screen, row: u16) {
    let (_, columns) = screen.size();
    let mut runs: Vec<Run> = Vec::new();
    for column in 0..columns {
        let cell = screen.cell(row, column).unwrap();
        if cell.is_wide_continuation() {
            continue;
        }
        let look = Look::of(cell);
        let text = match cell.contents() {
            "" => " ".to_owned(),
            text => text.to_owned(),
        };
        match runs.last_mut() {
            // Programs that draw pictures differ on how wide such a character is: each has its place.
            Some(run) if run.look == look && look.columns == 1 => run.cells.push(text),
            _ => runs.push(Run {
                column,
                look,
                cells: vec![text],
            }),
        }
    }
    for run in runs {
        draw_run(svg, row, &run);
    }
}

fn draw_run(svg: &mut String, row: u16, run: &Run) {
    let Run {
        column,
        look,
        cells,
    } = run;
    let y = MARGIN + row * HEIGHT;
    let x = |cell: usize| MARGIN + (column + u16::try_from(cell).unwrap() * look.columns) * WIDTH;
    if look.ground != GROUND {
        let width = x(cells.len()) - x(0);
        rect(svg, (x(0), y), (width, HEIGHT), &look.ground);
    }
    let mut letters = cells.clone();
    for (index, cell) in letters.iter_mut().enumerate() {
        if draw(svg, (x(index), y), cell, &look.text) {
            " ".clone_into(cell);
        }
    }
    let is_blank = |cell: &String| cell.trim().is_empty();
    let Some(first) = letters.iter().position(|cell| !is_blank(cell)) else {
        return;
    };
    let end = letters.len()
        - letters
            .iter()
            .rev()
            .take_while(|cell| is_blank(cell))
            .count();
    let _ = writeln!(
        svg,
        "<text x=\"{}\" y=\"{}\" font-size=\"{}\" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{}\" font-weight=\"{}\" \
         font-style=\"{}\" text-decoration=\"{}\">{}</text>",
        x(first),
        y + BASE,
        if look.columns == 1 { 15 } else { 17 },
        x(end) - x(first),
        look.text,
        look.weight,
        look.slant,
        look.line,
        escaped(&letters[first..end].concat())
    );
}

/// Draws a cell that is a block or lines, which no font is to part; whether it is.
fn draw(svg: &mut String, (x, y): (u16, u16), cell: &str, colour: &str) -> bool {
    let half = HEIGHT / 2;
    let block = match cell {
        "\u{2588}" => Some((0, HEIGHT)),
        "\u{2580}" => Some((0, half)),
        "\u{2584}" => Some((half, HEIGHT - half)),
        _ => None,
    };
    if let Some((from, height)) = block {
        rect(svg, (x, y + from), (WIDTH, height), colour);
        return true;
    }
    let Some((_, [left, right, up, down])) = LINES.iter().find(|(line, _)| *line == cell) else {
        return false;
    };
    let (middle, centre) = (x + WIDTH / 2, y + half);
    let span = |to: (bool, bool), (from, end): (u16, u16), at: u16| {
        let from = if to.0 { from } else { at };
        let end = if to.1 { end } else { at + 1 };
        (from, end - from)
    };
    if *left || *right {
        let (from, width) = span((*left, *right), (x, x + WIDTH), middle);
        rect(svg, (from, centre), (width, 1), colour);
    }
    if *up || *down {
        let (from, height) = span((*up, *down), (y, y + HEIGHT), centre);
        rect(svg, (middle, from), (1, height), colour);
    }
    true
}

fn rect(svg: &mut String, (x, y): (u16, u16), (width, height): (u16, u16), colour: &str) {
    let _ = writeln!(
        svg,
        "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{colour}\" shape-rendering=\"crispEdges\"/>"
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn drawn(bytes: &str) -> String {
    let mut parser = vt100::Parser::new(2, 12, 0);
    parser.process(bytes.as_bytes());
    svg(parser.screen(), "a & b")
}

/// Where a text begins and how wide it is.
fn placed(svg: &str, text: &str) -> (u16, u16) {
    let line = svg
        .lines()
        .find(|line| line.contains(&format!(">{text}</text>")))
        .unwrap();
    let of = |name: &str| {
        let value = line.split(&format!(" {name}=\"")).nth(1).unwrap();
        value.split('"').next().unwrap().parse().unwrap()
    };
    (of("x"), of("textLength"))
}

#[test]
fn each_character_is_in_its_cell_and_wide_ones_take_two() {
    let svg = drawn("ab  한국 c");
    assert_eq!(placed(&svg, "ab"), (MARGIN, 2 * WIDTH));
    assert_eq!(placed(&svg, "한"), (MARGIN + 4 * WIDTH, 2 * WIDTH));
    assert_eq!(placed(&svg, "국"), (MARGIN + 6 * WIDTH, 2 * WIDTH));
    assert_eq!(placed(&svg, "c"), (MARGIN + 9 * WIDTH, WIDTH));
}

#[test]
fn colours_and_weights_are_those_of_the_cells() {
    let svg = drawn("\u{1b}[1;96mx\u{1b}[0m\u{1b}[48;5;196my\u{1b}[0m\u{1b}[7mz");
    assert!(
        svg.contains(&format!("fill=\"{}\" font-weight=\"bold\"", NAMED[14])),
        "{svg}"
    );
    assert!(svg.contains("fill=\"#ff0000\""), "{svg}");
    assert!(
        svg.contains(&format!("fill=\"{TEXT}\" shape-rendering")),
        "{svg}"
    );
}

#[test]
fn blocks_and_lines_are_drawn_and_what_has_a_meaning_in_a_picture_is_escaped() {
    let svg = drawn("\u{2588}\u{2580}\u{2584} <");
    assert_eq!(svg.matches("crispEdges").count(), 3, "{svg}");
    assert!(!svg.contains('\u{2588}'));
    let svg = drawn("a\u{2588}b\u{2502}\u{250c}");
    assert!(svg.contains(">a b</text>"), "{svg}");
    assert_eq!(svg.matches("crispEdges").count(), 4, "{svg}");
    let svg = drawn("<&>");
    assert!(svg.contains(">&lt;&amp;&gt;</text>"), "{svg}");
    assert!(svg.contains("<title>a &amp; b</title>"));
}
