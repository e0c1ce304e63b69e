#!/usr/bin/env python3
"""Checks the frozen vectors of the formats with a reader that shares no code with the program: each of the
files in CHECKS, as docs/WIRE.md has them.

    python3 -m venv venv
    venv/bin/pip install blake3==1.0.11 cryptography==50.0.2 noiseprotocol==0.3.1
    venv/bin/python docs/vectors/check_formats.py
"""

import base64
import ipaddress
import json
import pathlib
import re
import sys

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from reader import H, decode, encode, live, open_noise, plain_hash, signed, tag_at, unpad
from structures import check_messages, check_news, check_operations, read_card, same

FOLDER = pathlib.Path(__file__).parent
SIZES = [2048, 4096, 16384, 61440]


def public(secret):
    key = X25519PrivateKey.from_private_bytes(secret).public_key()
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def check_card(v):
    read = read_card(v["card"])
    same("person", read["person"], v["person"])
    same("device", read["device"], v["device"])
    same("signing", read["certificate"][2], v["signing"])
    same("agreement", read["certificate"][3], v["agreement"])
    same("name", read["card"][0], v["person_name"])
    same("transport", read["card"][4], v["transport"])
    same("addresses", read["card"][5], v["addresses"])


def unpack(packed):
    """The addresses in an invite code: the inviter's, and those of relays."""
    addresses, relays = [], []
    while packed and packed[0] & ~24 in (1, 2, 3, 4):
        is_relay = packed[0] & 16
        kind, width = packed[0] & 7, 16 if packed[0] & 8 else 4
        ip = ipaddress.ip_address(packed[1 : 1 + width])
        ports, packed = packed[1 + width :], packed[3 + width + (2 if kind == 4 else 0) :]
        port, second = (int.from_bytes(ports[at : at + 2], "big") for at in (0, 2))
        host = f"/ip{ip.version}/{ip}"
        found = relays if is_relay else addresses
        if kind != 2:
            found.append(f"{host}/udp/{port}/quic-v1")
        if kind != 1:
            found.append(f"{host}/tcp/{second if kind == 4 else port}")
    return addresses, relays


def check_invite(v):
    same("length", len(v["code"]), 154)
    code = base64.b32decode(v["code"] + "=" * (-len(v["code"]) % 8))
    stored = decode(v["stored"])
    same("version", code[0], 1)
    same("key", code[1:33], public(stored[0]))
    same("secret", code[33:49], stored[1])
    same("person", code[49:65], v["person"][:16])
    same("hint", code[65:73], H("transport hint", v["transport"])[:8])
    same("addresses", unpack(code[73:92]), (v["addresses"], v["relays"]))
    same("checksum", code[92:], H("invite checksum", code[:92])[:4])
    same("tag", H("invite tag", code[33:49])[:16], v["tag"])


def check_letter(v):
    letter = decode(v["letter"])
    same("purge", letter[0], v["purge"])
    same("purge hash", H("purge", letter[0]), v["purge_hash"])
    check_news(letter[1], v["news"])
    same("messages", letter[2], v["messages"])
    for message in letter[2]:
        assert decode(message)[0] in (1, 2), "not for letters"
    same("handovers", len(letter[3]), len(v["handovers"]))
    for handover, expected in zip(letter[3], v["handovers"]):
        same("conversation", handover[0], expected["conversation"])
        same("chain", handover[1], expected["chain"])
        same("control", handover[5], expected["control"])
        same("handover", encode(handover), expected["handover"])
    same("unreadable", letter[4], v["unreadable"])
    same("card", letter.get(5), v["card"])
    same("holds", letter[6], v["holds"])
    if v["card"] is not None:
        read_card(v["card"])


def read_envelope(v):
    """An envelope's clear fields and what it holds, once size, version, id and tag are checked."""
    envelope = decode(v["envelope"])
    assert len(v["envelope"]) in SIZES, "size"
    same("version", envelope[0], 1)
    same("id", H("envelope id", v["envelope"]), v["id"])
    same("tag", envelope[1], v["tag"])
    same("purge", envelope[4], v["purge"])
    return envelope, decode(envelope[5])


def clear(envelope, suite):
    """What prologue and context begin with."""
    lifetime = envelope[2].to_bytes(2, "big")
    return [b"\1", bytes([suite]), envelope[1], lifetime, bytes([envelope[3]]), envelope[4]]


def check_envelope(v):
    envelope, sealed = read_envelope(v)
    same("lifetime", envelope[2], v["lifetime_hours"])
    same("priority", envelope[3], v["priority"])
    same("suite", sealed[0], v["suite"])
    kem, secret = sealed[2], v["secret"]
    if v["suite"] == 1:
        key = MLKEM768PrivateKey.from_seed_bytes(v["kem_seed"])
        shared, kem_public = key.decapsulate(kem), key.public_key().public_bytes_raw()
        psk, mask = H("seal psk", shared, kem, kem_public, secret), secret
        numbers = [0, v["bundle"], v["ratchet"]]
    else:
        same("KEM ciphertext", kem, b"")
        psk = mask = H("invite psk", secret)
        same("tag", envelope[1], H("invite tag", secret)[:16])
        numbers = [1, 0, 0]
    stream = H("seal key id", mask, envelope[1])
    key_id = bytes(one ^ other for one, other in zip(sealed[1], stream))
    expected = bytes(numbers[:1]) + b"".join(number.to_bytes(8, "big") for number in numbers[1:])
    same("key id", key_id, expected)
    *_, tag, lifetime, priority, purge = clear(envelope, v["suite"])
    checked = [mask, tag, lifetime, priority, purge, sealed[1], kem]
    same("key check", sealed[4], H("seal key check", *checked)[:16])
    sender = v["sender"] or b""
    fields = clear(envelope, v["suite"]) + [key_id, sender, v["recipient"], kem]
    prologue = H("seal prologue", *fields)
    static, plaintext = open_noise(v["recipient_key"], psk, prologue, sealed[3])
    same("sender", static, v["sender_agreement"])
    signature, payload = unpad(plaintext)
    same("payload", payload, v["payload"])
    by_sender = ["seal signature", prologue, static, plain_hash(payload)]
    assert signed(v["sender_signing"], signature, *by_sender), "signature"
    payload = decode(payload)
    # The preimage is a letter's first field and a pairing's third.
    same("purge hash", H("purge", payload[0 if sender else 2]), v["purge"])
    return payload


def check_envelopes(vectors):
    payloads = {v["name"]: check_envelope(v) for v in vectors}
    by_name = {v["name"]: v for v in vectors}
    join, answer = by_name["a join"], by_name["the answer to it"]
    asked, answered = payloads["a join"], payloads["the answer to it"]
    joiner, inviter = read_card(asked[0]), read_card(answered[0])
    key = public(join["recipient_key"])
    same("recipient", join["recipient"], H("invite recipient", key, inviter["person"][:16]))
    same("share", answer["secret"], asked[1])
    same("tag", answer["tag"], H("answer tag", asked[1])[:16])
    same("join", answered[3], join["id"])
    shares = [answered[1], asked[1], inviter["device"], joiner["device"]]
    same("contact", H("contact secret", b"id", *shares)[:16], answer["contact_id"])
    same("contact", H("contact secret", b"key", *shares), answer["contact_key"])


def check_chain(v):
    envelope, sealed = read_envelope(v)
    handover, after = decode(v["handover"]), decode(v["next_handover"])
    conversation, chain, index, key, tag_key = (handover[field] for field in range(5))
    same("index", index, v["index"])
    tags = H("tag key", tag_key, v["owner"], chain)
    same("tag", tag_at(tags, index), v["tag"])
    same("suite", sealed[0], 3)
    salt = sealed[1]
    place = [conversation, v["owner"], chain, index.to_bytes(4, "big"), salt]
    context = H("chain context", *clear(envelope, 3), *place)
    message_key = H("chain message key", H("chain message seed", key), salt)
    plaintext = ChaCha20Poly1305(message_key).decrypt(bytes(12), sealed[3], context)
    signature, content = unpad(plaintext)
    same("content", content, v["content"])
    by_owner = ["chain signature", context, plain_hash(content)]
    assert signed(v["owner_signing"], signature, *by_owner), "signature"
    same("next", after, {**handover, 2: index + 1, 3: H("chain next", key)})


RECORD_BYTES_MAX = 6 + 61440


def number_of(data):
    return int.from_bytes(data, "big")


def check_bundle(v):
    """A segment from its head to its hash, and each of its records."""
    segment = v["segment"]
    same("head", segment[:8], b"TDGB" + (1).to_bytes(2, "big") + v["number"].to_bytes(2, "big"))
    same("hash", plain_hash(segment[:-32]), segment[-32:])
    at, index, records = 8, b"", []
    while segment[at]:
        length = number_of(segment[at + 1 : at + 5])
        assert length <= RECORD_BYTES_MAX, "too long"
        end = at + 5 + length
        same("checksum", plain_hash(segment[at:end]), segment[end : end + 32])
        index += segment[at : at + 1] + at.to_bytes(4, "big")
        records.append((segment[at], segment[at + 5 : end]))
        at = end + 32
    same("index", segment[at + 5 : -36], index)
    same("length of the index", number_of(segment[at + 1 : at + 5]), len(index))
    same("offset of the index", number_of(segment[-36:-32]), at)
    same("records", len(records), len(v["records"]))
    for (kind, body), expected in zip(records, v["records"]):
        same("kind", kind, expected["kind"])
        check_record(kind, body, expected)


def check_record(kind, body, v):
    if kind == 1:
        same("age", number_of(body[:4]), v["age_seconds"])
        same("hops and copies", list(body[4:6]), [v["hops"], v["copies"]])
        assert len(body) - 6 in SIZES, "size"
        same("version", decode(body[6:])[0], 1)
        same("id", H("envelope id", body[6:]), v["id"])
    else:
        same("kind", kind, 2)
        same("preimage", body, v["preimage"])


def check_notice(v):
    """A notice that its key signed, and the frames in which it travels and is told of."""
    outer = decode(v["notice"])
    same("parts", sorted(outer), [0, 1])
    fields, signature = outer[0], outer[1]
    identity = H("notice id", fields)
    same("id", identity, v["id"])
    same("hint", identity[:16], v["hint"])
    assert signed(v["key"], signature, "notice signature", identity), "signature"
    said = decode(fields)
    expected = [1, v["kind"], v["key"], v["said_by"], v["number"], v["written_at"], v["lifetime_hours"], v["text"]]
    same("fields", [said[field] for field in range(8)], [*expected])
    same("frame", decode(v["frame"]), [9, [[{0: 60000, 1: 2, 2: v["notice"]}]]])
    same("heard", decode(v["heard"]), [8, [[v["hint"]]]])


def check_rendezvous(v):
    now = v["time"] // (6 * 60 * 60 * 1000)
    same("periods", [entry["period"] for entry in v["keys"]], [now, now - 1, now + 1])
    for entry in v["keys"]:
        period = entry["period"].to_bytes(8, "little")
        key = H("rendezvous key", v["secret"], period, v["provider"], v["seeker"])
        same("key", key, entry["key"])


def check_tag(v):
    members = [v["room"], v["nonce"], *sorted([v["from"], v["to"]])]
    same("secret", H("introduction secret", b"key", *members), v["secret"])
    same("secret id", H("introduction secret", b"id", *members)[:16], v["secret_id"])
    key = H("tag key", v["secret"], v["from"], v["to"])
    for entry in v["tags"]:
        same("tag", tag_at(key, entry["counter"]), entry["tag"])


def check_change(v):
    """What a proposal and its answer come to, the proposer in the inviter's place."""
    asked, answered = decode(v["proposal"]["news"]), decode(v["answer"]["news"])
    check_news(asked, v["proposal"])
    check_news(answered, v["answer"])
    assert v["proposer"] < v["answerer"], "the one with the lower id proposes"
    same("number", asked[1][0], answered[2][0])
    shares = [asked[1][1], answered[2][1], v["proposer"], v["answerer"]]
    same("secret", H("contact secret", b"id", *shares)[:16], v["secret_id"])
    same("secret", H("contact secret", b"key", *shares), v["key"])


def check_hello(hello):
    lowest, highest = (hello[name].to_bytes(2, "big") for name in ("lowest", "highest"))
    same("hello", hello["bytes"], b"TDGS" + lowest + highest)
    return hello["bytes"]


REKEYED_AFTER = 4096


def check_said(v, sender, receiver):
    """The first message of a direction, and the first under the key that comes after."""
    text = v["plaintext"]
    same("message", bytes(sender.encrypt(text)), v["first"])
    same("message", bytes(receiver.decrypt(v["first"])), text)
    sender.noise_protocol.cipher_state_encrypt.set_nonce(REKEYED_AFTER)
    sender.rekey_outbound_cipher()
    same("rekeyed message", bytes(sender.encrypt(text)), v["rekeyed"])


def check_session(v):
    """Both frames, written anew from the keys and read; then messages."""
    asks, answers = check_hello(v["initiator_hello"]), check_hello(v["responder_hello"])
    spoken = [v[f"{side}_hello"]["highest"] for side in ("initiator", "responder")]
    same("version", min(spoken), v["version"])
    psk, chosen = v["secret"] or bytes(32), v["secret_id"] or bytes(16)
    assert v["secret"] is None or chosen in v["held"], "not listed"
    prologue = b"tidings v1 session prologue" + asks
    statics = {side: v[f"{side}_static"] for side in ("initiator", "responder")}
    peer = public(statics["responder"])
    ephemeral = v["initiator_ephemeral"]
    initiator = live(True, statics["initiator"], ephemeral, peer, psk, prologue)
    ephemeral = v["responder_ephemeral"]
    responder = live(False, statics["responder"], ephemeral, None, psk, prologue)
    opening = encode({0: v["held"], 1: v["initiator_card"]})
    first = asks + bytes(initiator.write_message(opening))
    same("first frame", first, v["first_frame"])
    same("opening", bytes(responder.read_message(first[8:])), opening)
    told = responder.noise_protocol.handshake_state.rs.public_bytes
    same("initiator", told, public(statics["initiator"]))
    hello = v["responder_hello"]
    versions = [hello["lowest"], hello["highest"]]
    reply = encode({0: versions, 1: chosen, 2: v["responder_card"]})
    second = answers + chosen + bytes(responder.write_message(reply))
    same("second frame", second, v["second_frame"])
    same("reply", bytes(initiator.read_message(second[24:])), reply)
    for side, static in statics.items():
        certificate = read_card(v[f"{side}_card"])["certificate"]
        same("static key", certificate[3], public(static))
    check_said(v["initiator_says"], initiator, responder)
    check_said(v["responder_says"], responder, initiator)


def check_replies(vectors):
    """The answer, which is one of the frozen envelopes, and every refusal."""
    envelopes = json.loads((FOLDER / "envelope.json").read_text())
    (answer,) = (v["envelope"] for v in envelopes if v["name"] == "the answer to it")
    for v in vectors:
        reply = decode(v["reply"])
        refused = v["refused"]
        expected = [0, [bytes.fromhex(answer)]] if refused is None else [1, [refused]]
        same("reply", reply, expected)
    same("refusals", [v["refused"] for v in vectors], [None, 0, 1, 2, 3])


TEXTS = {"name", "code", "person_name", "addresses", "relays", "said_by", "text"}


def parsed(key, value):
    """Hexadecimal text as bytes, wherever it is not text of its own."""
    if key in TEXTS:
        return value
    if isinstance(value, str):
        return bytes.fromhex(value)
    if isinstance(value, list):
        return [parsed(key, item) for item in value]
    if isinstance(value, dict):
        return {name: parsed(name, item) for name, item in value.items()}
    return value


def each(check):
    def check_all(vectors):
        for v in vectors:
            check(v)

    return check_all


CHECKS = {
    "bundle": each(check_bundle),
    "card": each(check_card),
    "change_over": each(check_change),
    "envelope": check_envelopes,
    "invite": each(check_invite),
    "letter": each(check_letter),
    "message": check_messages,
    "notice": each(check_notice),
    "operation": check_operations,
    "rendezvous": each(check_rendezvous),
    "reply": check_replies,
    "sender_chain": each(check_chain),
    "session": each(check_session),
    "tag": each(check_tag),
}


def check_examples():
    """Every example in the document is of the frozen vector that it names; `..` stands for bytes left out."""
    document = (FOLDER.parent / "WIRE.md").read_text()
    examples = re.findall(r"^```\n(\w+)\.json: (.+)\n((?:.+\n)+?)```", document, re.MULTILINE)
    assert examples, "examples are missing"
    for file, name, lines in examples:
        (vector,) = (v for v in json.loads((FOLDER / f"{file}.json").read_text()) if v["name"] == name)
        shown = [re.split(" {2,}", line.strip())[0] for line in lines.splitlines()]
        pattern = "".join(shown).replace(" ", "").replace("..", "[0-9a-f]*?")
        assert re.search(pattern, json.dumps(vector)), f"{file}: {name}: another example"
    return len(examples)


def main():
    for name, check in CHECKS.items():
        vectors = parsed("", json.loads((FOLDER / f"{name}.json").read_text()))
        assert vectors, f"{name}: vectors are missing"
        check(vectors)
        print(f"{name}: {len(vectors)} vectors hold")
    print(f"WIRE.md: {check_examples()} examples hold")
    return 0


if __name__ == "__main__":
    sys.exit(main())
