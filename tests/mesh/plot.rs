//! The plot: how much is delivered after which time, as an SVG by hand.
//!
//! Invariants
//! - The same results give the same bytes; there are only whole numbers in it.
//! - Names are escaped. Lines differ by their dashes too, and colours suit light and dark.

use crate::carrier::Policy;
use crate::table::{Outcomes, delays};
use crate::trace::HOUR;

/// Size of a panel's area and what lies around it, in pixels.
const WIDTH: u64 = 300;
const HEIGHT: u64 = 220;
const LEFT: u64 = 48;
const TOP: u64 = 40;
const BELOW: u64 = 84;
const GAP: u64 = 24;
/// Into how many steps a line is divided.
const STEPS: u64 = 150;

const STYLE: &str = "\
<style>
svg { background: #ffffff; font: 12px sans-serif; }
text { fill: #1f2328; }
.axis { stroke: #59636e; fill: none; }
.grid { stroke: #d1d9e0; fill: none; }
.line { fill: none; stroke-width: 2; }
.direct { stroke: #6e7781; stroke-dasharray: 2 3; }
.epidemic { stroke: #c2410c; stroke-dasharray: 8 3; }
.tidings { stroke: #0550ae; }
.contacts { stroke: #1a7f37; stroke-dasharray: 10 3 2 3; }
@media (prefers-color-scheme: dark) {
svg { background: #0d1117; }
text { fill: #f0f6fc; }
.axis { stroke: #9198a1; }
.grid { stroke: #3d444d; }
.direct { stroke: #9198a1; }
.epidemic { stroke: #ff8a4c; }
.tidings { stroke: #79b8ff; }
.contacts { stroke: #56d364; }
}
</style>
";

/// Draws a panel for each trace.
pub(crate) fn plot(all: &[Outcomes]) -> String {
    let panels = u64::try_from(all.len().max(1)).unwrap_or(1);
    let (width, height) = (panels * (LEFT + WIDTH + GAP), TOP + HEIGHT + BELOW);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\">\n<title>Mail delivered after a time, by policy and trace</title>\n\
         {STYLE}"
    );
    for (outcomes, left) in all.iter().zip((LEFT..).step_by(STRIDE)) {
        svg.push_str(&panel(outcomes, left));
    }
    legend(&mut svg);
    svg.push_str("</svg>\n");
    svg
}

/// From one panel to the next.
const STRIDE: usize = 372;

fn panel(outcomes: &Outcomes, left: u64) -> String {
    let hours = u64::from(outcomes.trace.lifetime_hours);
    let bottom = TOP + HEIGHT;
    let middle = left + WIDTH / 2;
    let name = escape(&outcomes.trace.name);
    let mut svg = format!(
        "<text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\" font-weight=\"bold\">{name}</text>\n",
        TOP - 14
    );
    for quarter in 0..=4_u64 {
        let y = bottom - HEIGHT * quarter / 4;
        let x = left + WIDTH * quarter / 4;
        svg.push_str(&format!(
            "<path class=\"grid\" d=\"M{left} {y}h{WIDTH}\"/>\n<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{} %\
             </text>\n<text x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n",
            left - 6,
            y + 4,
            quarter * 25,
            bottom + 16,
            hours * quarter / 4,
        ));
    }
    svg.push_str(&format!(
        "<path class=\"axis\" d=\"M{left} {TOP}v{HEIGHT}h{WIDTH}\"/>\n<text x=\"{middle}\" y=\"{}\" \
         text-anchor=\"middle\">hours after it was sent</text>\n",
        bottom + 34
    ));
    let mail = u64::try_from(outcomes.mail.max(1)).unwrap_or(1);
    for (policy, result) in &outcomes.results {
        let line = line(&delays(result), mail, hours * HOUR, left);
        svg.push_str(&format!(
            "<path class=\"line {}\" d=\"{line}\"/>\n",
            class(*policy)
        ));
    }
    svg
}

/// A step at each place where more has arrived than at the one before.
fn line(delays: &[u64], mail: u64, whole: u64, left: u64) -> String {
    let mut path = format!("M{left} {}", TOP + HEIGHT);
    for step in 1..=STEPS {
        let until = whole * step / STEPS;
        let arrived = delays.partition_point(|delay| *delay <= until);
        let arrived = u64::try_from(arrived).unwrap_or(u64::MAX);
        let x = left + WIDTH * step / STEPS;
        path.push_str(&format!("L{x} {}", TOP + HEIGHT - HEIGHT * arrived / mail));
    }
    path
}

fn legend(svg: &mut String) {
    let y = TOP + HEIGHT + 62;
    for (policy, x) in Policy::ALL.into_iter().zip((LEFT..).step_by(150)) {
        svg.push_str(&format!(
            "<path class=\"line {}\" d=\"M{x} {y}h36\"/>\n<text x=\"{}\" y=\"{}\">{}</text>\n",
            class(policy),
            x + 44,
            y + 4,
            escape(policy.name())
        ));
    }
}

const fn class(policy: Policy) -> &'static str {
    match policy {
        Policy::Direct => "direct",
        Policy::Epidemic => "epidemic",
        Policy::Tidings => "tidings",
        Policy::Contacts => "contacts",
    }
}

/// Text that is markup nowhere, and that no control or direction mark is in.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            plain if plain == ' ' || plain.is_alphanumeric() || plain.is_ascii_punctuation() => {
                escaped.push(plain);
            }
            _ => escaped.push('?'),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::Result;

    #[test]
    fn a_plot_is_the_same_each_time_and_names_in_it_are_only_text() {
        let outcomes = || {
            let mut trace = crate::trace::one::parse("<b>&\"\u{202e}\u{1b}", "").unwrap();
            trace.lifetime_hours = 10;
            let delays = vec![Some(HOUR), Some(5 * HOUR), None, Some(10 * HOUR)];
            let result = Result {
                delays,
                ..Result::default()
            };
            vec![Outcomes {
                trace,
                mail: 4,
                results: vec![(Policy::Tidings, result)],
            }]
        };
        let svg = plot(&outcomes());
        assert_eq!(svg, plot(&outcomes()));
        assert!(svg.contains(">&lt;b&gt;&amp;&quot;??</text>"), "{svg}");
        assert!(!svg.contains('\u{202e}') && !svg.contains('\u{1b}'));
        assert_eq!(svg.matches('<').count(), svg.matches('>').count());
        assert!(svg.contains("prefers-color-scheme: dark"));
        // A quarter after an hour, half after five, and no more than three quarters.
        let line = line(&[HOUR, 5 * HOUR, 10 * HOUR], 4, 10 * HOUR, 0);
        let at = |step: u64| {
            line.split('L')
                .nth(usize::try_from(step).unwrap())
                .unwrap()
                .to_owned()
        };
        let y = |quarters: u64| TOP + HEIGHT - HEIGHT * quarters / 4;
        assert_eq!(at(14), format!("28 {}", y(0)));
        assert_eq!(at(15), format!("30 {}", y(1)));
        assert_eq!(at(75), format!("150 {}", y(2)));
        assert_eq!(at(STEPS), format!("{WIDTH} {}", y(3)));
    }

    #[test]
    fn panels_lie_side_by_side() {
        assert_eq!(u64::try_from(STRIDE), Ok(LEFT + WIDTH + GAP));
    }
}
