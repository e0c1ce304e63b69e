//! Rooms: what one message costs whoever sends it, for each further member, and how long until the last
//! of them has it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use tidings_node::{Node, api, request_id};
use tidings_protocol::engine::{Command, Effect, LinkId};
use tidings_protocol::id::ConversationId;
use tidings_protocol::identity::AgreementSecret;
use tidings_protocol::record::{Outcome as Done, RoomStanding};
use tidings_protocol::rng::Rng;
use tidings_protocol::session::{HeldSecrets, Hello, Initiator, Responder, Transport};

use crate::Outcome;
use crate::engines::{Engines, forty_bytes, message_of};
use crate::messaging::{cursor, next_arrival};
use crate::pair::{Person, invite, join, message};
use crate::process::thread_time;
use crate::table::{Spread, Table, each, micros, ratio, tenths};

/// Messages whose cost is measured, and those before that do not count.
const MESSAGES: u32 = 100;
const WARM_UP: u32 = 10;
/// Seals and writes that one trial of the floor does.
const SEALS: u32 = 100;
/// What the floor seals.
const SEALED_BYTES: usize = 256;
/// Trials of the last arrival.
const TRIALS: u32 = 100;
/// How long the members of a room take to be connected with one another.
const REST: Duration = Duration::from_secs(10);

/// What writes to a socket that somebody has open and does not read.
#[derive(Debug)]
struct Socket {
    near: TcpStream,
    _far: TcpStream,
}

impl Socket {
    fn new() -> Outcome<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let near = TcpStream::connect(listener.local_addr()?)?;
        near.set_nodelay(true)?;
        let (far, _) = listener.accept()?;
        Ok(Self { near, _far: far })
    }

    /// Writes a frame as a link does: after its length, at once.
    fn write(&mut self, frame: &[u8]) -> Outcome<()> {
        let length = u16::try_from(frame.len())?;
        let bytes = [length.to_be_bytes().as_slice(), frame].concat();
        Ok(self.near.write_all(&bytes)?)
    }
}

/// The floor: a session's seal and a write to a socket.
#[derive(Debug)]
struct SealAndWrite {
    transport: Transport,
    socket: Socket,
}

impl SealAndWrite {
    fn new() -> Outcome<Self> {
        let mut rng = Rng::from_seed(&[2; 32]);
        let [one, other] = [(); 2].map(|()| AgreementSecret::generate(&mut rng));
        let (held, card) = (HeldSecrets::default(), Vec::new());
        let (initiator, hello) = Initiator::start(
            &one,
            &other.public(),
            Hello::OURS,
            held,
            card.clone(),
            &mut rng,
        )?;
        let responder = Responder::read(&other, Hello::OURS, &hello, &mut rng)?;
        let (reply, _) = responder.finish(None, card)?;
        let finished = initiator.finish(&reply, |_| None)?;
        Ok(Self {
            transport: finished.transport,
            socket: Socket::new()?,
        })
    }

    /// Processor time of one of them.
    fn trial(&mut self) -> Outcome<Duration> {
        let before = thread_time()?;
        for _ in 0..SEALS {
            let frame = self.transport.seal(&[7; SEALED_BYTES])?;
            self.socket.write(&frame)?;
        }
        Ok(thread_time()?.saturating_sub(before) / SEALS)
    }
}

/// A room whose members all have a session with Ann, who made it.
#[derive(Debug)]
struct Town {
    engines: Engines,
    ann: usize,
    room: ConversationId,
    sockets: BTreeMap<LinkId, Socket>,
}

/// Processor time of Ann's for one message.
#[derive(Debug, Clone, Copy)]
struct Cost {
    sending: Duration,
    receipts: Duration,
}

impl Town {
    /// Ann's profile is on the disk, the others' in memory: only hers is measured.
    fn new(members: u32) -> Outcome<Self> {
        let mut engines = Engines::default();
        let ann = engines.add("Ann")?;
        let mut people = Vec::new();
        for number in 1..members {
            let member = engines.add_in_memory(&format!("member {number}"))?;
            engines.pair(ann, member)?;
            people.push(engines.device(member)?.person());
        }
        let title = "Town".to_owned();
        let make = Command::MakeRoom {
            title,
            members: people,
        };
        let Done::RoomMade { conversation } = engines.ask(ann, make)? else {
            return Err("no room was made".into());
        };
        for index in 0..usize::try_from(members)? {
            let room = engines.device(index)?.reader().room(conversation)?;
            let room = room.ok_or_else(|| format!("{index} has no room"))?;
            let count = u32::try_from(room.members.len())?;
            if room.standing != RoomStanding::Joined || count != members {
                return Err(format!("{index} is in a room of {count} of {members}").into());
            }
        }
        engines.meter(ann);
        Ok(Self {
            engines,
            ann,
            room: conversation,
            sockets: BTreeMap::new(),
        })
    }

    /// One message, from Ann's command over her commit to the write of its last frame; and the receipts
    /// of all, which come together.
    fn trial(&mut self, number: u32) -> Outcome<Cost> {
        let command = message_of(self.room, forty_bytes(number));
        let before = thread_time()?;
        let device = self.engines.device(self.ann)?;
        device.command(command);
        let (_, effects) = device.turn()?;
        for effect in &effects {
            if let Effect::Send { link, frame } = effect {
                self.socket(*link)?.write(frame)?;
            }
        }
        let sending = thread_time()?.saturating_sub(before);
        self.engines.take_spent();
        self.engines.perform(self.ann, effects)?;
        self.engines.settle()?;
        Ok(Cost {
            sending,
            receipts: self.engines.take_spent(),
        })
    }

    fn socket(&mut self, link: LinkId) -> Outcome<&mut Socket> {
        Ok(match self.sockets.entry(link) {
            Entry::Occupied(socket) => socket.into_mut(),
            Entry::Vacant(none) => none.insert(Socket::new()?),
        })
    }

    /// Whether the last message is with everyone.
    fn check(&mut self, members: u32) -> Outcome<()> {
        let others = u64::from(members) - 1;
        let reader = self.engines.device(self.ann)?.reader();
        let left = reader.outstanding(Some(self.room))?;
        let queued = left.queued.saturating_add(left.carried);
        let sessions = u64::try_from(self.sockets.len())?;
        if queued > 0 || sessions != others {
            return Err(format!("{queued} queued, {sessions} of {others} sessions").into());
        }
        Ok(())
    }
}

/// What a message costs its sender in rooms of a twenty-fifth, a fifth and all of so many.
pub(crate) fn fan_out(table: &mut Table, largest: u32) -> Outcome<()> {
    let sizes = [largest / 25, largest / 5, largest];
    let towns = sizes.iter().map(|size| Town::new(*size));
    let mut towns = towns.collect::<Outcome<Vec<_>>>()?;
    let mut floor = SealAndWrite::new()?;
    let mut costs = vec![Vec::new(); towns.len()];
    let mut floors = Vec::new();
    for number in 0..WARM_UP + MESSAGES {
        floors.push(floor.trial()?);
        for (town, costs) in towns.iter_mut().zip(&mut costs) {
            let cost = town.trial(number)?;
            if number >= WARM_UP {
                costs.push(cost);
            }
        }
    }
    for (town, size) in towns.iter_mut().zip(&sizes) {
        town.check(*size)?;
    }
    let floor = Spread::new(floors).percentile(50);
    let rooms = each(&sizes, ToString::to_string);
    let against = format!(
        "seal of {SEALED_BYTES} B and a write to a socket: {}",
        tenths(floor)
    );
    for (what, is_sending, goal) in [
        ("from the command to the last write", true, "; goal 1.5 x"),
        ("receipts of all", false, ""),
    ] {
        let part = |cost: &Cost| {
            if is_sending {
                cost.sending
            } else {
                cost.receipts
            }
        };
        let each_size = costs.iter().map(|costs| costs.iter().map(part).collect());
        let times: Vec<Duration> = each_size
            .map(|all| Spread::new(all).percentile(50))
            .collect();
        table.row(
            &format!("processor time of one message in a room of {rooms}: {what}, p50"),
            each(&times, |time| micros(*time)),
            "-",
            "-",
        );
        let further = further(&sizes, &times);
        table.row(
            "the same, for each further member",
            each(&further, |time| tenths(*time)),
            format!("{against}{goal}"),
            each(&further, |time| ratio(*time, floor)),
        );
    }
    Ok(())
}

/// What one member more costs between each size and the next.
fn further(sizes: &[u32], times: &[Duration]) -> Vec<Duration> {
    let all = sizes.iter().zip(times);
    let next = all.clone().skip(1);
    let steps = all.zip(next);
    steps
        .map(|((size, time), (larger, longer))| {
            longer.saturating_sub(*time) / larger.saturating_sub(*size).max(1)
        })
        .collect()
}

/// How long until the last member of a room of so many whole nodes has a message, beside one of two
/// people alone.
pub(crate) async fn last_arrival(table: &mut Table, members: u32) -> Outcome<()> {
    let ann = Person::in_memory("Ann").await?;
    let code = invite(&ann.node).await?;
    let mut people = Vec::new();
    for number in 1..members {
        let person = Person::in_memory(&format!("member {number}")).await?;
        join(&person.node, &code).await?;
        people.push(person);
    }
    let names = (1..members).map(|number| format!("member {number}").into());
    let create = api::CreateRoom {
        request: request_id(),
        title: "Town".to_owned(),
        with: names.collect(),
    };
    ann.node.call(create).await?;
    let first = ann.node.call(message("Town", forty_bytes(0))).await?;
    let everywhere = api::AwaitState {
        message: first.id,
        state: api::MessageState::Delivered,
        timeout: 300_000,
    };
    if !ann.node.call(everywhere).await?.reached {
        return Err("a room's first message was not with all in 300 s".into());
    }
    tokio::time::sleep(REST).await;
    let nodes: Vec<Node> = people.iter().map(|person| person.node.clone()).collect();
    let one = nodes.get(..1).ok_or("a room of one")?;
    let (mut alone, mut last) = (Vec::new(), Vec::new());
    for number in 0..WARM_UP + TRIALS {
        let to_one = arrival(&ann.node, "member 1", number, one).await?;
        let to_all = arrival(&ann.node, "Town", number, &nodes).await?;
        if number >= WARM_UP {
            alone.push(to_one);
            last.push(to_all);
        }
    }
    for person in people.into_iter().chain([ann]) {
        person.node.shutdown().await?;
    }
    let (alone, last) = (Spread::new(alone), Spread::new(last));
    table.row(
        &format!(
            "send call to the last commit of {} others in a room, p50 / p99",
            members - 1
        ),
        format!(
            "{} / {}",
            micros(last.percentile(50)),
            micros(last.percentile(99))
        ),
        format!(
            "to one person alone, p50: {}; goal 5 x",
            micros(alone.percentile(50))
        ),
        ratio(last.percentile(50), alone.percentile(50)),
    );
    Ok(())
}

/// From the send call until the last of some nodes has the message.
async fn arrival(from: &Node, to: &str, number: u32, at: &[Node]) -> Outcome<Duration> {
    let mut waiting = Vec::new();
    for node in at {
        let since = cursor(node).await?;
        waiting.push(tokio::spawn(next_arrival(node.clone(), since)));
    }
    // All listen before the message is sent.
    tokio::task::yield_now().await;
    let start = Instant::now();
    from.call(message(to, forty_bytes(number))).await?;
    let mut last = start;
    for arrived in waiting {
        let (_, at) = arrived.await??;
        last = last.max(at);
    }
    Ok(last.duration_since(start))
}
