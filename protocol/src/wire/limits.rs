//! The limits of what a peer can send, by which more than one part goes; each is tested at max and
//! max + 1. A limit that one part alone goes by stands there.

/// Header, signature, salt and body of one operation, together, as they travel.
pub const OPERATION_BYTES_MAX: usize = 32 * 1024;
/// An emoji that is a reaction.
pub const EMOJI_BYTES_MAX: usize = 64;
/// Header of one operation.
pub const HEADER_BYTES_MAX: usize = 2048;
/// The highest sequence number in a chain: what the store's columns hold.
pub const SEQ_MAX: u64 = u64::MAX >> 1;
/// Plaintext of one Noise message: 65,535 less its 16-byte tag.
pub const NOISE_PLAINTEXT_BYTES_MAX: usize = 65_519;
/// One frame on a link.
pub const FRAME_BYTES_MAX: usize = 65_535;
/// One sealed envelope.
pub const ENVELOPE_BYTES_MAX: usize = 60 * 1024;
/// What two devices show each other of themselves.
pub const CARD_BYTES_MAX: usize = 8 * 1024;
/// A person's, device's or room's name, in Unicode scalar values.
pub const NAME_CHARACTERS_MAX: usize = 64;
/// Addresses in a card.
pub const ADDRESSES_MAX: usize = 16;
/// One address, as multiaddr text.
pub const ADDRESS_BYTES_MAX: usize = 256;
/// The highest number of an epoch.
pub const EPOCH_MAX: u64 = (1 << u32::BITS) - 1;
/// Devices of one person.
pub const DEVICES_MAX: usize = 16;
/// Operations in one session message.
pub const BATCH_OPERATIONS_MAX: usize = 4096;
/// Actors in one vector or receipt.
pub const VECTOR_ACTORS_MAX: usize = 256;
/// Parts of chains that one message asks for, and that one side has yet to send of one room.
pub const STRETCHES_MAX: usize = 2 * VECTOR_ACTORS_MAX;
/// Forks that one vector names.
pub const FORKS_TOLD_MAX: usize = 64;
/// Stretches beyond gaps that one vector names.
pub const WAITING_TOLD_MAX: usize = 128;
/// Ranges of one actor above its contiguous part, in a receipt.
pub const RECEIPT_RANGES_MAX: usize = 32;
/// Ranges of one actor's operations held without a body, in a receipt.
pub const ERASED_RANGES_MAX: usize = 256;
/// Ranges of one actor's operations that are kept of what was read, and of what is held without a
/// body; a receipt names fewer.
pub const RANGES_KEPT_MAX: usize = 4096;
/// Operations held beyond a gap, per actor.
pub const PENDING_OPERATIONS_MAX: usize = 1000;
/// Bytes of operations held beyond a gap, per actor.
pub const PENDING_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Links that one peer may hold open without an authenticated session.
pub const LINKS_UNAUTHENTICATED_PER_PEER_MAX: usize = 8;
/// Links of all peers without an authenticated session; one more drops the oldest.
pub const LINKS_UNAUTHENTICATED_MAX: usize = 256;
/// Sessions with one device at a time.
pub const SESSIONS_PER_DEVICE_MAX: usize = 4;
/// Operations that a control operation names as its parents.
pub const CONTROL_HEADS_MAX: usize = 32;
/// Control operations of one room whose authors may have authority; the creator's share is all of it.
pub const CONTROL_OPERATIONS_MAX: usize = 8192;
/// Bytes of those; the creator's share is all of them, too.
pub const CONTROL_BYTES_MAX: usize = 8 * 1024 * 1024;
/// The highest control sequence number of an actor.
pub const CONTROL_SEQ_MAX: u64 = 1024;
/// Of what was done to a room, the latest that people are told of.
pub const DEEDS_TOLD_MAX: usize = 1024;
/// Control operations that count under one admission without authority.
pub const CONTROL_UNBACKED_PER_ADMISSION_MAX: usize = 16;
/// Control operations without authority that are held of one room.
pub const CONTROL_UNBACKED_MAX: usize = 2048;
/// Control operations held of one room although nothing their authors write there has an effect.
pub const CONTROL_STALE_MAX: usize = 1024;
/// Bytes of those.
pub const CONTROL_STALE_BYTES_MAX: usize = 1024 * 1024;
/// Control operations that are held before it is worked out anew who is in the room.
pub const CONTROL_UNRESOLVED_MAX: usize = 128;
/// Bytes of control operations of one room that were passed over and may yet be built upon.
pub const CONTROL_PASSED_OVER_BYTES_MAX: usize = 1024 * 1024;
/// Control operations of one room that are taken when they come again, whatever room there is.
pub const CONTROL_AWAITED_MAX: usize = 1024;
/// Of those that were passed over, what is taken after all because of what one admission may write without authority.
pub const CONTROL_OWED_PER_ADMISSION_MAX: usize = 64;
/// Steps through what was passed over of a room that are made for one admission at once.
pub const CONTROL_WALK_STEPS_MAX: usize = 32 * 1024;
/// Further ones, for each operation that is offered under it upon what is not held.
pub const CONTROL_WALK_STEPS_EACH: usize = 64;
/// Body of a control operation, where it has no long list.
pub const CONTROL_BODY_BYTES_MAX: usize = 2048;
/// Members of one room.
pub const ROOM_MEMBERS_MAX: usize = 256;
/// Rooms that a profile takes part in, was in, or is invited to.
pub const ROOMS_MAX: usize = 1024;
/// Invitations that wait to be accepted; one more is passed over.
pub const INVITATIONS_MAX: usize = 64;
/// Control operations that a device names to say which it holds.
pub const CONTROL_LOCATOR_MAX: usize = 64;
/// Cards in one session message, or named in one.
pub const CARDS_MAX: usize = 256;
/// Operations of one actor that are kept although they do not count.
pub const UNCOUNTED_OPERATIONS_MAX: u64 = 256;
/// Actors whose content is kept in one room.
pub const ROOM_ACTORS_MAX: usize = 1024;
/// What our own person has begun to write, kept for them: no peer's, and as long as an operation may be.
pub const DRAFT_BYTES_MAX: usize = OPERATION_BYTES_MAX;
