#!/usr/bin/env python3
"""Checks xpsk0.json, the frozen vectors of Noise_Xpsk0_25519_ChaChaPoly_BLAKE2s, with two
implementations of Noise that are independent of this project's: noiseprotocol and dissononce.

    python3 -m venv venv
    venv/bin/pip install noiseprotocol==0.3.1 dissononce==0.34.3
    venv/bin/python docs/vectors/check_xpsk0.py

Each writes the message from the vector's keys, which must be the frozen one byte for byte, and
reads the frozen message back.
"""

import json
import pathlib
import sys
import warnings

from dissononce.cipher.chachapoly import ChaChaPolyCipher
from dissononce.dh.x25519.private import PrivateKey
from dissononce.dh.x25519.x25519 import X25519DH
from dissononce.hash.blake2s import Blake2sHash
from dissononce.processing.handshakepatterns.oneway.X import XHandshakePattern
from dissononce.processing.impl.cipherstate import CipherState
from dissononce.processing.impl.handshakestate import HandshakeState
from dissononce.processing.impl.symmetricstate import SymmetricState
from dissononce.processing.modifiers.psk import PSKPatternModifier
from noise.connection import Keypair, NoiseConnection

PROTOCOL = b"Noise_Xpsk0_25519_ChaChaPoly_BLAKE2s"
VECTORS = pathlib.Path(__file__).with_name("xpsk0.json")


class FixedX25519(X25519DH):
    """X25519 whose one generated key pair is prescribed."""

    def __init__(self, secret):
        super().__init__()
        self.secret = PrivateKey(secret)

    def generate_keypair(self, privatekey=None):
        return super().generate_keypair(privatekey or self.secret)


def dissononce_state(secret, **keys):
    dh = FixedX25519(secret)
    state = HandshakeState(SymmetricState(CipherState(ChaChaPolyCipher()), Blake2sHash()), dh)
    pattern = PSKPatternModifier(0).modify(XHandshakePattern())
    state.initialize(pattern, **keys)
    assert state.protocol_name.encode() == PROTOCOL
    return state


def dissononce_write(v):
    dh = X25519DH()
    state = dissononce_state(
        v["sender_ephemeral"],
        initiator=True,
        prologue=v["prologue"],
        s=dh.generate_keypair(PrivateKey(v["sender_static"])),
        rs=dh.create_public(v["recipient_public"]),
        psks=[v["psk"]],
    )
    message = bytearray()
    state.write_message(v["payload"], message)
    return bytes(message)


def dissononce_read(v):
    state = dissononce_state(
        bytes(32),
        initiator=False,
        prologue=v["prologue"],
        s=X25519DH().generate_keypair(PrivateKey(v["recipient_static"])),
        psks=[v["psk"]],
    )
    payload = bytearray()
    state.read_message(v["message"], payload)
    return bytes(payload), state.rs.data


def noiseprotocol_connection(v):
    connection = NoiseConnection.from_name(PROTOCOL)
    connection.set_psks(psks=[v["psk"]])
    connection.set_prologue(v["prologue"])
    return connection


def noiseprotocol_write(v):
    connection = noiseprotocol_connection(v)
    connection.set_as_initiator()
    connection.set_keypair_from_private_bytes(Keypair.STATIC, v["sender_static"])
    connection.set_keypair_from_private_bytes(Keypair.EPHEMERAL, v["sender_ephemeral"])
    connection.set_keypair_from_public_bytes(Keypair.REMOTE_STATIC, v["recipient_public"])
    connection.start_handshake()
    return bytes(connection.write_message(v["payload"]))


def noiseprotocol_read(v):
    connection = noiseprotocol_connection(v)
    connection.set_as_responder()
    connection.set_keypair_from_private_bytes(Keypair.STATIC, v["recipient_static"])
    connection.start_handshake()
    state = connection.noise_protocol.handshake_state
    payload = bytes(connection.read_message(v["message"]))
    return payload, state.rs.public_bytes


def main():
    # noiseprotocol warns about each ephemeral key that is set, as a test must.
    warnings.simplefilter("ignore", UserWarning)
    vectors = [
        {key: text if key == "name" else bytes.fromhex(text) for key, text in vector.items()}
        for vector in json.loads(VECTORS.read_text())
    ]
    assert len(vectors) >= 3, "vectors are missing"
    dh = X25519DH()
    failures = 0
    for v in vectors:
        sender = dh.generate_keypair(PrivateKey(v["sender_static"])).public.data
        expected = (v["payload"], sender)
        for name, write, read in [
            ("noiseprotocol", noiseprotocol_write, noiseprotocol_read),
            ("dissononce", dissononce_write, dissononce_read),
        ]:
            wrote, opened = write(v) == v["message"], read(v) == expected
            failures += (not wrote) + (not opened)
            print(f"{name}: {v['name']}: writes {wrote}, reads {opened}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
