//! Handshakes: from a link's first frames to a session, on either side.

use super::{Link, Received, Session, State};
use crate::engine::context::Context;
use crate::engine::directory::{Device, Directory};
use crate::engine::exchange::Exchange;
use crate::engine::pairs::Pairs;
use crate::engine::{Effect, Event, LinkId};
use crate::id::{DeviceId, TransportId};
use crate::identity::Card;
use crate::pairing::ContactSecret;
use crate::session::{HeldSecrets, Hello, Initiator, Responder, SessionError};
use crate::sync::SessionMessage;

/// A device that was asked for a session.
#[derive(Debug)]
pub(super) struct Asked {
    initiator: Initiator,
    pub(super) device: DeviceId,
    /// What was listed to it: it may choose one that was replaced since.
    secrets: Vec<ContactSecret>,
    /// Which version of our card it was shown.
    shown: u64,
}

impl Link {
    /// Answers an initiator, if its static key is that of a contact's device.
    pub(super) fn respond(
        &mut self,
        link: LinkId,
        frame: &[u8],
        hello: Hello,
        directory: &Directory,
        pairs: &Pairs,
        context: &mut Context<'_>,
    ) -> Result<Received, String> {
        let read = Responder::read(context.own.agreement(), hello, frame, context.rng);
        if let Err(error @ SessionError::Version { .. }) = &read {
            // Our own range of versions tells an honest peer what to do, and a stranger nothing.
            context.effect(Effect::Send {
                link,
                frame: hello.to_bytes().to_vec(),
            });
            self.tell_version(error, directory, context);
        }
        let responder = read.map_err(|error| error.to_string())?;
        let card = Card::from_bytes(responder.card()).map_err(|error| error.to_string())?;
        let Some((device, common)) = initiator_of(&responder, &card, directory, pairs)? else {
            return Ok(Received::Refused);
        };
        self.check_end(&card)?;
        let (id, person) = (device.card.device, device.card.person);
        let own_card = context.own.card(Vec::new()).to_bytes();
        let (answer, transport) = responder
            .finish(common.as_ref().map(|held| (held.id, &*held.key)), own_card)
            .map_err(|error| error.to_string())?;
        context.effect(Effect::Send {
            link,
            frame: answer,
        });
        let exchange = Exchange::new(id, person);
        let session = Box::new(Session {
            transport,
            secret: common.map(|held| held.id),
            shown: context.own.version(),
            exchange,
        });
        self.state = State::Unproven(session, Box::new(card));
        Ok(Received::Nothing)
    }

    /// Takes the first message of a session that the other side opened.
    pub(super) fn prove(
        &mut self,
        session: Box<Session>,
        card: Box<Card>,
        frame: &[u8],
    ) -> Result<Received, String> {
        let message = self.open(session, frame)?;
        Ok(Received::Opened(card, Some(message)))
    }

    /// Completes a session of ours.
    pub(super) fn establish(
        &mut self,
        asked: Asked,
        frame: &[u8],
        directory: &Directory,
        context: &mut Context<'_>,
    ) -> Result<Received, String> {
        let Asked {
            initiator,
            device,
            secrets,
            shown: card_shown,
        } = asked;
        let finished = initiator.finish(frame, |secret| {
            let mut held = secrets.into_iter().filter(|held| held.id == secret);
            held.next().map(|held| held.key)
        });
        if let Err(error) = &finished {
            self.tell_version(error, directory, context);
        }
        let finished = finished.map_err(|error| error.to_string())?;
        let card = Card::from_bytes(&finished.card).map_err(|error| error.to_string())?;
        let shown = card.verify().map_err(|error| error.to_string())?;
        if shown.device != device {
            return Err("session that another device answers".to_owned());
        }
        self.check_end(&card)?;
        let known = directory
            .device(&device)
            .ok_or_else(|| "unknown device".to_owned())?;
        let exchange = Exchange::new(device, known.card.person);
        self.state = State::Session(Box::new(Session {
            transport: finished.transport,
            secret: finished.secret,
            shown: card_shown,
            exchange,
        }));
        Ok(Received::Opened(Box::new(card), None))
    }

    /// Whether the transport key at the other end is the one of the card that is shown: else somebody in between passes
    /// on what two devices say to each other, for as long as it suits them.
    fn check_end(&self, card: &Card) -> Result<(), String> {
        if card.transport == self.peer {
            Ok(())
        } else {
            Err("session that somebody in between passes on".to_owned())
        }
    }

    /// Tells that no version is spoken here and there, if it is a contact's device that says so.
    /// The transport id at the other end is authenticated: a stranger has nothing told.
    fn tell_version(&self, error: &SessionError, directory: &Directory, context: &mut Context<'_>) {
        if let SessionError::Version {
            theirs_min,
            theirs_max,
        } = error
            && let Some(device) = directory.by_transport(&self.peer)
        {
            context.event(Event::OtherVersion {
                person: device.card.person,
                theirs: Hello {
                    min: *theirs_min,
                    max: *theirs_max,
                },
            });
        }
    }

    /// Opens a message of the other side.
    pub(super) fn open(
        &mut self,
        mut session: Box<Session>,
        frame: &[u8],
    ) -> Result<SessionMessage, String> {
        let plaintext = session
            .transport
            .open(frame)
            .map_err(|error| error.to_string());
        self.state = State::Session(session);
        SessionMessage::from_bytes(&plaintext?).map_err(|error| error.to_string())
    }
}

/// Which device opens a session, and the latest secret that we share with it: of those that claim the
/// static key, the one whose card it shows. Whoever has a device's static key alone, without any
/// secret of ours where there is one, is not that device; nor is it to blame, as it may have changed over
/// to another meanwhile.
///
/// No signature is checked of a stranger, nor of who cannot be anybody whose key it is: what the others get
/// comes as soon.
fn initiator_of<'a>(
    responder: &Responder,
    card: &Card,
    directory: &'a Directory,
    pairs: &Pairs,
) -> Result<Option<(&'a Device, Option<ContactSecret>)>, String> {
    let key = responder.remote_static();
    let unknown = || "session of an unknown device".to_owned();
    directory.by_agreement(key).next().ok_or_else(unknown)?;
    let may_rest_on = |device: &Device| rests_on(responder, &device.card.device, pairs);
    let mut possible = directory
        .by_agreement(key)
        .filter_map(|device| Some((device, may_rest_on(device)?)))
        .peekable();
    if possible.peek().is_none() {
        return Ok(None);
    }
    let shown = card.verify().map_err(|error| error.to_string())?;
    let mut shown = possible.filter(|(device, _)| device.card.device == shown.device);
    shown.next().map(Some).ok_or_else(unknown)
}

/// The latest secret that we share with a device and the initiator lists, if any; nothing if a session with
/// that device must rest on one.
fn rests_on(
    responder: &Responder,
    device: &DeviceId,
    pairs: &Pairs,
) -> Option<Option<ContactSecret>> {
    let mut held = pairs.agreed(device).into_iter();
    let common = held.find(|secret| responder.held().contains(&secret.id));
    (common.is_some() || !pairs.is_agreed(device)).then_some(common)
}

/// Starts a session with the device known under `peer`, or presumed there.
pub(super) fn initiate(
    link: LinkId,
    peer: TransportId,
    hello: Hello,
    directory: &Directory,
    pairs: &Pairs,
    context: &mut Context<'_>,
) -> Option<State> {
    let device = directory
        .by_transport(&peer)
        .or_else(|| directory.presumed(&peer))?;
    let id = device.card.device;
    let secrets = pairs.agreed(&id);
    let held = HeldSecrets {
        secrets: secrets.iter().map(|held| held.id).collect(),
        is_confirmed: pairs.is_agreed(&id),
    };
    let (initiator, frame) = Initiator::start(
        context.own.agreement(),
        &device.card.certificate.agreement,
        hello,
        held,
        context.own.card(Vec::new()).to_bytes(),
        context.rng,
    )
    .ok()?;
    context.effect(Effect::Send { link, frame });
    Some(State::AnswerExpected(Box::new(Asked {
        initiator,
        device: id,
        secrets,
        shown: context.own.version(),
    })))
}
