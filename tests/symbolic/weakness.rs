//! Weaknesses that are planted to show that the check notices them.

/// One rule of the protocol left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weakness {
    /// Letters are sealed to bundles alone.
    NoRatchet,
    /// What is erased stays readable: the state of a device is all that it ever held.
    NoErasure,
    /// A chain has the same key at every index.
    ChainWithoutStep,
    /// A chain is handed over from its beginning.
    HandoverFromStart,
    /// A chain is written on after a removal.
    NoFreshChain,
    /// The psk of an envelope is made without the KEM secret.
    PskWithoutKem,
    /// Nothing that is sealed is signed.
    NoSignature,
}

impl Weakness {
    pub(crate) const ALL: [Self; 7] = [
        Self::NoRatchet,
        Self::NoErasure,
        Self::ChainWithoutStep,
        Self::HandoverFromStart,
        Self::NoFreshChain,
        Self::PskWithoutKem,
        Self::NoSignature,
    ];
}
