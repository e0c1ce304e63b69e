//! What can be chosen on the command line.

use tidings_protocol::carry::Quotas;

use crate::Outcome;
use crate::simulation::Setup;
use crate::trace::one::NODES_MAX;

/// What is said about them.
pub(crate) const HELP: &str = "\
mesh: delivery, delay and transmissions on contact traces, against direct and epidemic

  --trace FILE   a trace of the ONE simulator (`<seconds> CONN <node> <node> up|down`) in place of the three
  --svg PATH     draws how much is delivered after which time
  --seed N       which traces and which mail (1)
  --nodes N      how many nodes the three traces have (1000)
  --mail N       how many envelopes are sent (1000)
  --rate N       bytes a second of a contact, both directions together (20000); 0: no transfer takes time
  --room N       how many envelopes of strangers a node has room for (what the product has)
  --decoys       transmits and counts what recipients fetch beside their mail";

/// Most envelopes that are sent.
pub(crate) const MAIL_MAX: usize = 1_000_000;

/// What is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Arguments {
    pub(crate) trace: Option<String>,
    pub(crate) svg: Option<String>,
    pub(crate) seed: u64,
    pub(crate) nodes: usize,
    pub(crate) mail: usize,
    pub(crate) rate: u64,
    pub(crate) room: Option<usize>,
    pub(crate) with_decoys: bool,
}

impl Arguments {
    /// Reads them.
    ///
    /// # Errors
    /// Where one is not known, has no value, or one that is out of range.
    pub(crate) fn parse(given: &[String]) -> Outcome<Self> {
        let mut arguments = Self {
            trace: None,
            svg: None,
            seed: 1,
            nodes: 1_000,
            mail: 1_000,
            rate: 20_000,
            room: None,
            with_decoys: false,
        };
        let mut given = given.iter();
        while let Some(name) = given.next() {
            if name == "--decoys" {
                arguments.with_decoys = true;
                continue;
            }
            let value = given
                .next()
                .ok_or_else(|| format!("{name}: a value is missing"))?;
            match name.as_str() {
                "--trace" => arguments.trace = Some(value.clone()),
                "--svg" => arguments.svg = Some(value.clone()),
                "--seed" => arguments.seed = value.parse()?,
                "--nodes" => arguments.nodes = within(name, value, 2, NODES_MAX)?,
                "--mail" => arguments.mail = within(name, value, 1, MAIL_MAX)?,
                "--rate" => arguments.rate = value.parse()?,
                "--room" => arguments.room = Some(within(name, value, 0, MAIL_MAX)?),
                _ => return Err(format!("{name} is not known; see --help").into()),
            }
        }
        Ok(arguments)
    }

    /// The conditions of a run.
    pub(crate) fn setup(&self) -> Setup {
        let mut quotas = Quotas::FRIENDLY;
        if let Some(room) = self.room {
            // A tenth of all is for strangers.
            quotas.envelopes = room * 10;
        }
        Setup {
            bytes_per_second: (self.rate > 0).then_some(self.rate),
            quotas,
            with_decoys: self.with_decoys,
        }
    }
}

fn within(name: &str, value: &str, min: usize, max: usize) -> Outcome<usize> {
    let number: usize = value.parse()?;
    if (min..=max).contains(&number) {
        Ok(number)
    } else {
        Err(format!("{name}: {number} is not from {min} to {max}").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Outcome<Arguments> {
        let given: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        Arguments::parse(&given)
    }

    #[test]
    fn what_is_chosen_counts_and_the_rest_is_as_usual() {
        let chosen = parse("--svg a.svg --nodes 5 --rate 0 --decoys").unwrap();
        let usual = parse("").unwrap();
        let expected = Arguments {
            svg: Some("a.svg".to_owned()),
            nodes: 5,
            rate: 0,
            with_decoys: true,
            ..usual.clone()
        };
        assert_eq!(chosen, expected);
        assert_eq!(chosen.setup().bytes_per_second, None);
        assert_eq!((usual.nodes, usual.mail, usual.seed), (1_000, 1_000, 1));
    }

    #[test]
    fn limits_themselves_may_be_chosen_and_one_more_may_not() {
        assert!(parse(&format!("--nodes {NODES_MAX} --mail {MAIL_MAX}")).is_ok());
        assert!(parse(&format!("--nodes {}", NODES_MAX + 1)).is_err());
        assert!(parse(&format!("--mail {}", MAIL_MAX + 1)).is_err());
        for wrong in ["--nodes 1", "--mail 0", "--seed", "--seed x", "--wrong 1"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
