"""Packages that their trustees signed, but that are wrong: [(what, place, row)]."""

import hmac

import nacl.signing

from independent import hpke
from independent.canonical import counted, sha256, u32
from independent.entries import LABEL, decode
from independent.fault import Malformed
from independent.rules import OF_A_CEREMONY


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
            yield f"with {count} commitments", fields[: first - 1] + bytes([count]) + fields[first : first + size * count] + fields[-65:]
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
    for at, row in enumerate(rows):
        try:
            entry = decode(bytes.fromhex(row["entry"][2:]))
        except Malformed:
            continue
        if entry.kind not in OF_A_CEREMONY or entry.kind == "ceremony":
            continue
        for what, fields in otherwise(entry):
            signature = trustee(entry.trustee).sign(entry.what + deployment_id + fields).signature
            data = counted(LABEL + entry.kind) + u32(entry.at) + fields + signature
            yield f"{entry.kind} {at} {what}", at, {**row, "entry": f"0x{data.hex()}"}
