"""The primitives of docs/WIRE.md, for the checks beside this file: CBOR, domain hashes, signatures, Noise.

Written from the document and from nothing else, over libraries that are not this project's.
"""

import warnings

from blake3 import blake3
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from noise.connection import Keypair, NoiseConnection

# noiseprotocol warns about keys that are set by hand, as a test must.
warnings.simplefilter("ignore", UserWarning)


def decode(data):
    """The one CBOR item that these bytes are, in the one way in which writers write it."""
    item, rest = split(data)
    assert not rest, "bytes left over"
    assert encode(item) == data, "not as writers write it"
    return item


def split(data):
    major, low, rest = data[0] >> 5, data[0] & 31, data[1:]
    if major == 7:
        return {20: False, 21: True}[low], rest
    if low >= 24:
        width = {24: 1, 25: 2, 26: 4, 27: 8}[low]
        low, rest = int.from_bytes(rest[:width], "big"), rest[width:]
    if major == 0:
        return low, rest
    if major in (2, 3):
        assert len(rest) >= low, "cut short"
        taken, rest = rest[:low], rest[low:]
        return (taken if major == 2 else taken.decode()), rest
    items = []
    for _ in range(low * {4: 1, 5: 2}[major]):
        item, rest = split(rest)
        items.append(item)
    return (items if major == 4 else dict(zip(items[::2], items[1::2]))), rest


def encode(item):
    if isinstance(item, bool):
        return bytes([0xF5 if item else 0xF4])
    if isinstance(item, int):
        return head(0, item)
    if isinstance(item, bytes):
        return head(2, len(item)) + item
    if isinstance(item, str):
        return head(3, len(item.encode())) + item.encode()
    if isinstance(item, list):
        return head(4, len(item)) + b"".join(map(encode, item))
    parts = [encode(key) + encode(value) for key, value in sorted(item.items())]
    return head(5, len(item)) + b"".join(parts)


def head(major, number):
    if number < 24:
        return bytes([major << 5 | number])
    for low, width in [(24, 1), (25, 2), (26, 4), (27, 8)]:
        if number < 1 << 8 * width:
            return bytes([major << 5 | low]) + number.to_bytes(width, "big")
    raise ValueError(number)


def H(domain, *fields):
    """BLAKE3 in key-derivation mode, over each field preceded by its length."""
    material = b"".join(len(field).to_bytes(4, "little") + field for field in fields)
    return blake3(material, derive_key_context="tidings v1 " + domain).digest()


def tag_at(key, counter):
    """The tag of a counter: 16 bytes of what BLAKE3 puts out for the key, so many times 16 bytes in."""
    material = len(key).to_bytes(4, "little") + key
    hasher = blake3(material, derive_key_context="tidings v1 tag")
    return hasher.digest(length=16, seek=16 * counter)


def plain_hash(data):
    return blake3(data).digest()


def keyed_hash(key, data):
    return blake3(data, key=key).digest()


def signed(key, signature, domain, *fields):
    """Whether the signature in a domain holds."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, H(domain, *fields))
    except InvalidSignature:
        return False
    return True


def open_noise(secret, psk, prologue, message):
    """Static key and payload of one Xpsk0 message."""
    connection = NoiseConnection.from_name(b"Noise_Xpsk0_25519_ChaChaPoly_BLAKE2s")
    connection.set_psks(psks=[psk])
    connection.set_prologue(prologue)
    connection.set_as_responder()
    connection.set_keypair_from_private_bytes(Keypair.STATIC, secret)
    connection.start_handshake()
    state = connection.noise_protocol.handshake_state
    payload = bytes(connection.read_message(message))
    return state.rs.public_bytes, payload


def live(initiator, static, ephemeral, peer, psk, prologue):
    """One side of an IKpsk2 handshake whose one generated key is prescribed."""
    connection = NoiseConnection.from_name(b"Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s")
    connection.set_psks(psks=[psk])
    connection.set_prologue(prologue)
    connection.set_keypair_from_private_bytes(Keypair.STATIC, static)
    connection.set_keypair_from_private_bytes(Keypair.EPHEMERAL, ephemeral)
    if initiator:
        connection.set_as_initiator()
        connection.set_keypair_from_public_bytes(Keypair.REMOTE_STATIC, peer)
    else:
        connection.set_as_responder()
    connection.start_handshake()
    return connection


def unpad(plaintext):
    """Signature and payload of what is padded."""
    signature, length = plaintext[:64], int.from_bytes(plaintext[64:68], "little")
    payload, padding = plaintext[68 : 68 + length], plaintext[68 + length :]
    assert len(payload) == length and not any(padding), "padding that is not zeros"
    return signature, payload
