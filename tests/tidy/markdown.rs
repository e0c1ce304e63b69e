//! One Markdown file as this test judges it: its code spans, its links and its headings.
//!
//! Invariants
//! - Fenced blocks are examples: nothing in them is a span, a link or a heading.

/// A read document.
#[derive(Debug, Default)]
pub(crate) struct Document {
    /// What stands between backticks, with its line.
    pub(crate) spans: Vec<(usize, String)>,
    /// Targets of links and images, with their line.
    pub(crate) links: Vec<(usize, String)>,
    /// Names by which links reach places in this document.
    pub(crate) anchors: Vec<String>,
}

impl Document {
    pub(crate) fn read(text: &str) -> Self {
        let mut document = Self::default();
        let text = without_fenced(text);
        let prose = document.take_spans(&text);
        for (index, line) in prose.lines().enumerate() {
            document.take_links(index + 1, line);
        }
        for line in text.lines() {
            document.take_anchors(line);
        }
        document
    }

    /// Collects the code spans of `text` and gives it with blanks in their place.
    fn take_spans(&mut self, text: &str) -> String {
        let mut prose = String::new();
        let mut rest = text;
        while let Some(start) = rest.find('`') {
            let (before, ticks) = rest.split_at(start);
            let ticks: String = ticks
                .chars()
                .take_while(|character| *character == '`')
                .collect();
            prose.push_str(before);
            let after = rest.get(start + ticks.len()..).unwrap_or_default();
            let paragraph = after.split("\n\n").next().unwrap_or_default();
            rest = match paragraph.split_once(&ticks) {
                Some((span, _)) => {
                    let line = prose.matches('\n').count() + 1;
                    self.spans.push((line, span.replace('\n', " ")));
                    prose.push_str(&"\n".repeat(span.matches('\n').count()));
                    after.get(span.len() + ticks.len()..).unwrap_or_default()
                }
                None => after,
            };
        }
        prose.push_str(rest);
        prose
    }

    fn take_links(&mut self, number: usize, line: &str) {
        let definition = line
            .strip_prefix('[')
            .and_then(|rest| rest.split_once("]: "));
        let inline = line
            .split("](")
            .skip(1)
            .map(|rest| rest.split(')').next().unwrap_or(rest));
        for link in inline.chain(definition.map(|(_, target)| target)) {
            let target = link.split_whitespace().next().unwrap_or_default();
            let target = target.trim_start_matches('<').trim_end_matches('>');
            self.links.push((number, target.to_owned()));
        }
    }

    fn take_anchors(&mut self, line: &str) {
        for attribute in ["id=\"", "name=\""] {
            let told = line
                .split(attribute)
                .skip(1)
                .filter_map(|rest| rest.split('"').next());
            self.anchors.extend(told.map(str::to_owned));
        }
        let hashes = line.len() - line.trim_start_matches('#').len();
        let Some(title) = line.get(hashes..).and_then(|rest| rest.strip_prefix(' ')) else {
            return;
        };
        if (1..=6).contains(&hashes) {
            let slug = slug(title.trim());
            let taken = |name: &String| self.anchors.contains(name);
            let numbered = (1_u32..).map(|number| format!("{slug}-{number}"));
            let free = std::iter::once(slug.clone())
                .chain(numbered)
                .find(|name| !taken(name));
            self.anchors.extend(free);
        }
    }
}

/// The text with the lines of fenced blocks empty.
fn without_fenced(text: &str) -> String {
    let mut fence: Option<&str> = None;
    let mut kept = String::new();
    for line in text.lines() {
        let start = line.trim_start();
        let mark = ["```", "~~~"]
            .into_iter()
            .find(|mark| start.starts_with(mark));
        match (fence, mark) {
            (None, None) => kept.push_str(line),
            (None, Some(_)) => fence = mark,
            (Some(open), Some(close)) if open == close => fence = None,
            (Some(_), _) => {}
        }
        kept.push('\n');
    }
    kept
}

/// The name that a heading is reached by: lower case, punctuation gone, `-` for spaces.
fn slug(title: &str) -> String {
    let kept = |character: &char| character.is_alphanumeric() || " -_".contains(*character);
    // Of a link in a heading only the text counts.
    let text = title.split("](").enumerate().map(|(index, part)| {
        if index == 0 {
            part
        } else {
            part.split_once(')').map_or("", |(_, rest)| rest)
        }
    });
    text.collect::<String>()
        .to_lowercase()
        .chars()
        .filter(kept)
        .collect::<String>()
        .replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_found_with_their_lines_and_not_in_fenced_blocks() {
        let document = Document::read("a `b`\n```\n`c`\n```\n``d ` e`` `f\ng` `h\n\ni` `j`");
        let spans = [(1, "b"), (5, "d ` e"), (5, "f g"), (8, " ")];
        assert_eq!(
            document.spans,
            spans.map(|(line, span)| (line, span.to_owned()))
        );
    }

    #[test]
    fn links_are_found_with_their_lines_and_not_in_code() {
        let text = "[a](b.md) ![c](<d.png> \"e\")\n`[f](g)`\n[h]: i.md#j\n";
        let links = [(1, "b.md"), (1, "d.png"), (3, "i.md#j")];
        assert_eq!(
            Document::read(text).links,
            links.map(|(line, link)| (line, link.to_owned()))
        );
    }

    #[test]
    fn headings_are_reached_by_their_names() {
        let text = "# 1. Who's `there`?\n## A [b](c)\n## A b\n<a id=\"x\"></a>\n#no";
        assert_eq!(
            Document::read(text).anchors,
            ["1-whos-there", "a-b", "a-b-1", "x"]
        );
    }
}
