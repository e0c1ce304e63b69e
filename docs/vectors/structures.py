"""The structures of docs/WIRE.md that the files beside this one hold, or hold parts of: cards, operations,
messages of a session, and what two devices tell each other of their envelopes.
"""

from reader import H, decode, encode, keyed_hash, signed


def same(what, one, other):
    assert one == other, f"{what}: {one!r} where {other!r} is frozen"


def says(what, item, expected):
    """As `same`, and no number passes for a truth value."""
    same(what, repr(rows(item)), repr(expected))


def rows(item):
    """Maps as the lists of their values, texts as the vectors have them."""
    if isinstance(item, dict):
        same("fields", sorted(item), list(range(len(item))))
        return [rows(item[field]) for field in sorted(item)]
    if isinstance(item, list):
        return [rows(one) for one in item]
    return {"text": item} if isinstance(item, str) else item


def padded(item, fields):
    """A map with so many fields as a list; what is left out is nothing."""
    assert all(field in range(fields) for field in item), "unknown field"
    return [rows(item.get(field)) for field in range(fields)]


def read_card(data):
    """A card whose every signature holds: person, device, certificate, bundle."""
    card = decode(data)
    root, epoch, by_root = (card[1][field] for field in range(3))
    assert signed(root, by_root, "epoch signature", root, epoch), "epoch"
    epoch = decode(epoch)
    payload, by_management, by_device = (card[2][field] for field in range(3))
    certificate = decode(payload)
    signing = certificate[2]
    assert signed(epoch[1], by_management, "certificate signature", payload), "certificate"
    assert signed(signing, by_device, "certificate counter-signature", payload), "certificate"
    person, device = H("person id", root), H("device id", H("person id", root), signing)
    same("person", certificate[0], person)
    same("epoch", certificate[1], epoch[0])
    assert device not in epoch[3], "revoked"
    bundle, by_bundle = card[3][0], card[3][1]
    assert signed(signing, by_bundle, "bundle signature", device, bundle), "bundle"
    bundle = decode(bundle)
    same("KEM key", len(bundle[2]), 1184)
    unsigned = encode({field: value for field, value in card.items() if field < 6})
    assert signed(signing, card[6], "card signature", unsigned), "card"
    assert signed(card[4], card[7], "card transport signature", unsigned), "card"
    return {"card": card, "certificate": certificate, "person": person, "device": device}


# How many fields the body of each kind has.
BODY_FIELDS = {1: 1, 2: 1, 3: 0, 4: 2, 5: 1, 6: 1}
BODY_FIELDS |= {256: 3, 257: 3, 258: 3, 259: 1, 260: 2, 261: 1, 262: 1, 263: 2}


def commitment(body):
    return keyed_hash(H("operation body", body[0]), body[1])


def read_operation(operation, signing):
    """Header, id and body of an operation that is its device's."""
    identity = H("operation id", operation[0])
    assert signed(signing, operation[1], "operation signature", identity), "signature"
    header, body = decode(operation[0]), operation.get(2)
    same("version", header[0], 1)
    if body is not None:
        same("commitment", header[10], commitment(body))
        same("length", header[11], len(body[1]))
    return header, identity, body


def check_operation(v):
    header, identity, body = read_operation(decode(v["operation"]), v["author_signing"])
    same("id", identity, v["id"])
    fields = ["version", "kind", "conversation", "actor", "seq", "prev", "logical", "wall"]
    fields += ["disappears_after", "target", "commitment", "length", "parents"]
    assert all(field in range(len(fields)) for field in header), "unknown field"
    for field, name in enumerate(fields):
        if name in v:
            same(name, header.get(field), v[name])
    person, device = v["author_person"], v["author_device"]
    same("device", H("device id", person, v["author_signing"]), device)
    if v["other_person"] is not None:
        people = sorted([person, v["other_person"]])
        same("conversation", header[2], H("direct conversation id", *people))
        same("admission", v["admission"], header[2])
    same("actor", header[3], H("actor id", device, header[2], v["admission"]))
    if body is None:
        same("erased", v["says"], None)
    else:
        said = padded(decode(body[1]), BODY_FIELDS[header[1]])
        same("body", repr(said), repr(v["says"]))


def check_operations(vectors):
    """Each alone, then that each is in its author's chain and in the room that the first of control makes."""
    chains, control = {}, [v for v in vectors if v["kind"] >= 256]
    same("kinds", {v["kind"] for v in vectors}, set(BODY_FIELDS))
    create, add = control[0], next(v for v in control if v["kind"] == 257)
    creator, nonce, _ = create["says"]
    same("creator", creator, create["author_person"])
    room = H("room id", creator, create["author_device"], nonce)
    for v in vectors:
        check_operation(v)
        if v["says"] is None:
            continue
        seq, prev = chains.get(v["actor"], (0, None))
        same("seq", (v["seq"], v["prev"]), (seq + 1, prev))
        chains[v["actor"]] = (v["seq"], v["id"])
        if v["kind"] >= 256:
            same("room", v["conversation"], room)
            by_creator = v["author_person"] == creator
            same("admission", v["admission"], room if by_creator else add["id"])
        else:
            same("parents", v["parents"], None)


def unpacked(batch):
    """The operations of a batch, those in short with all that follows."""
    operations = []
    for packed in batch:
        body = packed.get(2)
        follows = {} if body is None else {10: commitment(body)}
        if operations:
            before = decode(operations[-1][0])
            follows |= {2: before[2], 3: before[3], 5: H("operation id", operations[-1][0])}
        if 3 in packed:
            assert 0 not in packed, "a header of two forms"
            header = decode(packed[3])
            for field, value in follows.items():
                assert header.get(field) != value, "said though it follows"
                if header.get(field) == b"":
                    header[field] = value
            whole = encode(header)
        else:
            whole = packed[0]
        operations.append({0: whole, 1: packed[1], **({2: body} if body else {})})
    return operations


def check_batch(batch, v):
    operations = unpacked(batch)
    same("operations", [encode(operation) for operation in operations], v["operations"])
    for operation in operations:
        read_operation(operation, v["signing"])


def check_receipt(receipt, v):
    assert signed(v["signing"], receipt[1], "receipt signature", receipt[0]), "signature"
    says("receipt", decode(receipt[0]), v["receipt"])


def check_control(control, v):
    same("room", control[0], v["conversation"])
    same("cards", len(control[1]), len(v["cards"]))
    signing = {}
    for shown, expected in zip(control[1], v["cards"]):
        same("card", shown[0], expected["card"])
        same("addresses", shown[1], expected["addresses"])
        card = read_card(shown[0])
        signing[card["device"]] = card["certificate"][2]
    entries = [[entry[0], entry[1], encode(entry[2])] for entry in control[2]]
    same("operations", entries, v["operations"])
    for device, admission, operation in entries:
        header, _, _ = read_operation(decode(operation), signing[device])
        same("actor", header[3], H("actor id", device, control[0], admission))


def check_claim(claim, v):
    same("room", claim[0], v["conversation"])
    same("head", claim.get(2), v["head"])
    proof = [claim[1][0], claim[1][1]]
    same("proof", [encode(operation) for operation in proof], v["proof"])
    read = [read_operation(operation, v["signing"]) for operation in proof]
    assert all(body is None for _, _, body in read), "a body in a proof"
    (first, one, _), (second, other, _) = read
    same("actor", (first[2], first[3]), (second[2], second[3]))
    same("number", first[4], second[4])
    assert one < other, "not ascending"
    same("through", first[4] - 1, v["through"])


def check_vector(vector, v):
    control = vector.get(2)
    control = control and [rows(control[0]), rows(control[1]), control.get(2)]
    same("vector", [vector[0], rows(vector[1]), control, rows(vector[3]), rows(vector[4])], v)


def check_news(news, v):
    """What two devices tell each other of their envelopes: all six fields, each there or not."""
    same("news", encode(news), v["news"])
    assert all(field in range(6) for field in news), "unknown field"
    ratchet = news.get(0)
    same("ratchet key", ratchet and [ratchet[0], ratchet[1]], v["ratchet"])
    for field, name in [(1, "proposal"), (2, "answer")]:
        told = news.get(field)
        same(name, told and encode(told), v[name])
        assert told is None or len(told[1]) == 32, "share"
    for field, name in [(3, "seen"), (4, "sent")]:
        same(name, news.get(field), v[name])
    same("knows", news.get(5), v["knows"])


MESSAGES = {
    0: check_vector,
    1: check_batch,
    2: check_receipt,
    3: lambda addresses, v: same("addresses", addresses, v["addresses"]),
    5: check_control,
    7: check_vector,
    9: check_claim,
    11: check_news,
    12: lambda card, v: (same("card", card, v["card"]), read_card(card)),
}


def check_messages(vectors):
    kinds = set()
    for v in vectors:
        kind, fields = decode(v["message"])
        kinds.add(kind)
        if kind in MESSAGES:
            (field,) = fields
            MESSAGES[kind](field, v["says"])
        else:
            says("message", fields, v["says"])
    same("kinds", kinds, set(range(13)))
