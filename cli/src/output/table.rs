//! Columns that line up.

use crate::safe_text::{padded, width};

/// Names and values below one another; a value's further lines stand under its first.
pub(crate) fn fields(fields: &[(&str, String)]) -> String {
    let column = fields
        .iter()
        .map(|(name, _)| width(name))
        .max()
        .unwrap_or(0)
        + 2;
    let mut out = String::new();
    for (name, value) in fields {
        for (number, line) in value.split('\n').enumerate() {
            let name = if number == 0 { *name } else { "" };
            out.push_str(padded(name, column).as_str());
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

/// Rows of cells below one another.
pub(crate) fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let mut columns = [0; N];
    for row in rows {
        for (column, cell) in columns.iter_mut().zip(row) {
            *column = (*column).max(width(cell));
        }
    }
    let mut out = String::new();
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .zip(columns)
            .map(|(cell, column)| padded(cell, column))
            .collect();
        out.push_str(cells.join("  ").trim_end());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_line_up() {
        let text = fields(&[
            ("Name", "Ann".to_owned()),
            ("Safety words", "a\nb".to_owned()),
        ]);
        assert_eq!(
            text,
            "Name          Ann\nSafety words  a\n              b\n"
        );
    }

    #[test]
    fn wide_characters_count_twice() {
        let rows = [
            ["안녕".to_owned(), "x".to_owned()],
            ["a".to_owned(), "y".to_owned()],
        ];
        assert_eq!(table(&rows), "안녕  x\na     y\n");
    }
}
