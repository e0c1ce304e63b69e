//! What is said in the demo, by whom, to whom.

/// The people, by their numbers in the script.
pub(super) const CAST: [&str; 3] = ["Ann", "Ben", "Carol"];

/// Something said.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) text: &'static str,
}

const fn line(from: usize, to: usize, text: &'static str) -> Line {
    Line { from, to, text }
}

const ANN: usize = 0;
const BEN: usize = 1;
const CAROL: usize = 2;

/// While everyone is online.
pub(super) const BEFORE: &[Line] = &[
    line(ANN, BEN, "Ben, the power is out on our side of the river."),
    line(BEN, ANN, "Same here. My battery is at 20 %."),
    line(ANN, CAROL, "Carol, do you still have the van?"),
    line(CAROL, ANN, "Yes, and it has fuel for the whole day."),
    line(CAROL, BEN, "Ben, I can fetch you at six."),
    line(BEN, CAROL, "Please do. I will be at the bridge."),
];

/// While Ben's node is gone.
pub(super) const DURING: &[Line] = &[
    line(ANN, BEN, "Ben? I think your battery just died."),
    line(
        CAROL,
        BEN,
        "The bridge is closed. Go to the school instead.",
    ),
    line(ANN, CAROL, "Ben does not answer."),
    line(CAROL, ANN, "Then he reads it when he can. I keep writing."),
    line(ANN, BEN, "Carol comes to the school, not the bridge."),
    line(CAROL, BEN, "Six o'clock, the school's north gate."),
    line(ANN, BEN, "Take the blue bag with you."),
    line(CAROL, BEN, "I wait until seven."),
];

/// When he is back.
pub(super) const AFTER: &[Line] = &[
    line(
        BEN,
        CAROL,
        "Found a socket. School, north gate, six: got it all.",
    ),
    line(BEN, ANN, "I have the blue bag. Thank you both."),
    line(ANN, BEN, "See you tonight."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyone_in_the_script_is_in_the_cast_and_nobody_talks_to_themselves() {
        for line in [BEFORE, DURING, AFTER].concat() {
            assert!(line.from < CAST.len() && line.to < CAST.len() && line.from != line.to);
        }
    }

    #[test]
    fn nobody_who_is_gone_speaks() {
        assert!(DURING.iter().all(|line| line.from != BEN));
        assert!(DURING.iter().filter(|line| line.to == BEN).count() >= 5);
    }
}
