"""Acts that whoever has the keys of trustees or of the service could have written: wrong packages, and acts where they have no place."""

import hmac

import nacl.signing

from independent import hpke
from independent.canonical import counted, field, sha256, u32
from independent.entries import ADMINISTRATOR, FOUNDING, LABEL, POLL, decode
from independent.rules import CHANGEABLE, OF_A_CEREMONY, OPENING


def trustee(index):
    """The key of one of the sample's trustees (`aiq_audit::sample::trustee`): HKDF-SHA512 of its seed, the first block."""
    seed = sha256(b"a sample's trustee", bytes([index]))
    key = hmac.digest(b"AIQ/v1/trustee/signing", seed, "sha512")
    return nacl.signing.SigningKey(hmac.digest(key, b"\x01", "sha512")[:32])


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def otherwise(entry):
    """[(what, the fields before the signature)]"""
    fields, last = entry.fields, len(entry.fields) - 1
    # Behind the ceremony and the index stands what is the package's own.
    start = 33
    if entry.kind == "ceremony-round-1":
        first, size = start + 34, 33
        for at, name in ((start, "encryption key"), (first, "first commitment"), (last - 64, "R")):
            yield f"with a compact {name}", fields[:at] + b"\x05" + fields[at + 1 :]
            yield f"with the other {name}", flipped(fields, at)
        yield "with another z", flipped(fields, last)
        yield "with a z that is not reduced", fields[:-32] + b"\xff" * 32
        for count in (len(entry.parts) - 1, 0):
            fewer = bytes([count]) + fields[first : first + size * count]
            yield f"with {count} commitments", fields[: first - 1] + fewer + fields[-65:]
    if entry.kind == "ceremony-round-2":
        first, size = start + 1, len(entry.parts[0])
        yield "with no point", flipped(fields, first + 1)
        yield "with a compressed point", fields[:first] + b"\x02" + fields[first + 1 :]
        yield "with another ciphertext", flipped(fields, first + hpke.ENCAPSULATED)
        yield "with one ciphertext", fields[:start] + b"\x01" + fields[first : first + size]
        yield "with three ciphertexts", fields[:start] + b"\x03" + fields[first:] + fields[first : first + size]
    if entry.kind == "ceremony-confirmation":
        yield "of the opposite key", flipped(fields, start)
        yield "of another transcript", flipped(fields, last)
    if entry.kind == "ceremony-complaint":
        yield "with the secret 0", fields[:start] + bytes(32)
        yield "with another secret", flipped(fields, last)


def packages_otherwise(rows, deployment_id):
    """[(what, place, row)]: packages that their trustees signed, but that are wrong."""
    for at, row in enumerate(rows):
        entry = decode(bytes.fromhex(row["entry"][2:]))
        if entry.kind not in OF_A_CEREMONY or entry.kind == "ceremony":
            continue
        for what, fields in otherwise(entry):
            signature = trustee(entry.trustee).sign(entry.what + deployment_id + fields).signature
            data = counted(LABEL + entry.kind) + u32(entry.at) + fields + signature
            yield f"{entry.kind} {at} {what}", at, {**row, "entry": f"0x{data.hex()}"}


def inserted(rows):
    """[(what, place, row)]: acts that somebody writes right before a place."""
    for at, row in enumerate(rows):
        data = bytes.fromhex(row["entry"][2:])
        entry = decode(data)
        poll = getattr(entry, "poll", entry)
        if entry.kind in OPENING:
            data = data.replace(poll.id, b"\xee" * 16)
            yield f"{entry.kind} {at} again with another id", at + 1, {**row, "entry": f"0x{data.hex()}"}
        if entry.kind == "poll-withdrawal":
            head = counted(LABEL + entry.kind) + u32(entry.at) + field(entry.scope)
            for what, right in (("administrator", b"\x00"), ("proposer", b"\x01" + bytes(64))):
                yield f"withdrawal {at} by the {what}", at, {**row, "entry": f"0x{(head + right).hex()}"}
        if entry.kind in CHANGEABLE:
            # Behind label and time stands the authority, by a poll with its scope.
            start = len(counted(LABEL + entry.kind)) + 4
            right, _ = entry.by
            rest = data[start + (33 if right == POLL else 1) :]
            for by in (FOUNDING, ADMINISTRATOR):
                other = data[:start] + bytes([by]) + rest
                yield f"{entry.kind} {at} again by {by}", at + 1, {**row, "entry": f"0x{other.hex()}"}
        if entry.kind == "menu":
            removal = counted(LABEL + "menu-removal") + u32(entry.at) + bytes([ADMINISTRATOR]) + counted(entry.id)
            yield f"menu {at} taken back", len(rows), {"entry": f"0x{removal.hex()}"}
        if entry.kind == "reason":
            for other in (entry.sealed[:-1], bytes(len(entry.sealed)), b"\xff" * len(entry.sealed)):
                made = counted(LABEL + entry.kind) + u32(entry.at) + field(entry.scope) + counted(other)
                yield f"reason {at} after another", at + 1, {**row, "entry": f"0x{made.hex()}"}
