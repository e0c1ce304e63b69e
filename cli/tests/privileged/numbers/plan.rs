//! The plan: which parts are measured, and how much of each.

/// What can be measured by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Two on a local network find each other, so many times.
    Lan,
    /// Two behind routers that keep ports meet, so many times.
    Direct,
    /// Two behind routers that do not, so many times.
    Relayed,
    /// Two behind routers that pass on IPv6 and let in answers alone, so many times.
    Filtered,
    /// So many messages cross a network that loses some of them.
    Loss,
    /// What a node with so many connections keeps in memory.
    Memory,
    /// What a node does that has nothing to do, for so many seconds.
    Idle,
    /// What a node does that has no network, for so many seconds.
    Dark,
}

/// All parts, with their names and their usual sizes, in the order of the table.
const PARTS: [(Part, &str, usize); 8] = [
    (Part::Lan, "lan", 100),
    (Part::Direct, "direct", 30),
    (Part::Relayed, "relayed", 30),
    (Part::Filtered, "filtered", 30),
    (Part::Loss, "loss", 1_000),
    (Part::Memory, "memory", 200),
    (Part::Idle, "idle", 600),
    (Part::Dark, "dark", 600),
];

/// What to measure: what is said, or else everything.
///
/// # Errors
/// What is no part, or no size.
pub(super) fn plan(said: Option<&str>) -> Result<Vec<(Part, usize)>, String> {
    let Some(said) = said else {
        return Ok(PARTS.map(|(part, _, usual)| (part, usual)).to_vec());
    };
    said.split_whitespace().map(part).collect()
}

fn part(said: &str) -> Result<(Part, usize), String> {
    let (name, size) = match said.split_once('=') {
        Some((name, size)) => (name, Some(size)),
        None => (said, None),
    };
    let known = PARTS.iter().find(|(_, known, _)| *known == name);
    let Some((part, _, usual)) = known else {
        let names = PARTS.map(|(_, name, _)| name).join(", ");
        return Err(format!("no part `{name}`; there are {names}"));
    };
    let Some(size) = size else {
        return Ok((*part, *usual));
    };
    let size = size.parse().ok().filter(|size| *size > 0);
    let size = size.ok_or_else(|| format!("no size in `{said}`"))?;
    Ok((*part, size))
}

#[test]
fn all_parts_are_measured_at_their_usual_sizes_where_nothing_is_said() {
    let all = plan(None).unwrap();
    assert_eq!(all.len(), PARTS.len());
    assert_eq!(all[0], (Part::Lan, 100));
}

#[test]
fn the_parts_that_are_named_are_measured_in_that_order_and_at_the_size_that_is_told() {
    let some = plan(Some("idle=60  lan")).unwrap();
    assert_eq!(some, [(Part::Idle, 60), (Part::Lan, 100)]);
}

#[test]
fn what_is_no_part_or_no_size_is_refused() {
    for said in [
        "wan",
        "lan=",
        "lan=0",
        "lan=many",
        "lan=-1",
        "=3",
        "lan idles",
    ] {
        assert!(plan(Some(said)).is_err(), "{said}");
    }
}
