"""Signed notes (https://c2sp.org/signed-note), checkpoints and cosignatures of the log."""

import base64
import binascii

from . import ed25519
from .canonical import sha256
from .fault import Malformed

ED25519, COSIGNATURE = 1, 4
DASH = "\u2014 "


def base64_exactly(text):
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("not base64") from error
    if base64.b64encode(data).decode() != text:
        raise Malformed("not the one spelling of base64")
    return data


def key_id(name, algorithm, key):
    return sha256(name.encode(), b"\n", bytes([algorithm]), key)[:4]


class Note:
    """A text that ends in a line feed, and signature lines (name, key id, bytes)."""

    def __init__(self, note):
        if len(note.encode()) > 64 * 1024 or any(c != "\n" and (c < " " or c == "\x7f") for c in note):
            raise Malformed("not a note")
        text, separator, lines = note.rpartition("\n\n")
        if not separator or not lines.endswith("\n"):
            raise Malformed("not a note")
        self.text, self.signatures = text + "\n", []
        for line in lines[:-1].split("\n"):
            name, space, encoded = line.removeprefix(DASH).partition(" ")
            if not line.startswith(DASH) or not space:
                raise Malformed("not a signature line")
            data = base64_exactly(encoded)
            if len(data) < 4:
                raise Malformed("not a signature line")
            self.signatures.append((name, data[:4], data[4:]))

    def is_signed_by(self, name, key):
        """Whether it is signed by the key of that name, and by no line of that key wrongly."""
        wanted = name, key_id(name, ED25519, key)
        lines = [data for name, id_, data in self.signatures if (name, id_) == wanted]
        return bool(lines) and all(ed25519.verify(key, self.text.encode(), data) for data in lines)

    def cosigned(self, name, key):
        """True, False if a line in this name does not hold, None if there is none."""
        lines = [(id_, data) for other, id_, data in self.signatures if other == name]
        for id_, data in lines:
            signed = b"cosignature/v1\ntime %d\n" % int.from_bytes(data[:8], "big") + self.text.encode()
            if id_ == key_id(name, COSIGNATURE, key) and len(data) == 72 and ed25519.verify(key, signed, data[8:]):
                return True
        return False if lines else None


def checkpoint(note, deployment_id, key):
    """Size and root that the log's key signed."""
    note, origin = Note(note), f"AIQ/v1/log/0x{deployment_id.hex()}"
    lines = note.text.split("\n")
    if len(lines) != 4 or not lines[1].isascii() or not lines[1].isdigit():
        raise Malformed("not a checkpoint")
    size, root = int(lines[1]), base64_exactly(lines[2])
    if note.text != f"{origin}\n{size}\n{lines[2]}\n" or len(root) != 32 or size >= 2**64:
        raise Malformed("not a checkpoint of this log")
    if not note.is_signed_by(origin, key):
        raise Malformed("not signed by the log")
    return size, root


def witness(text):
    """Name and key of a C2SP verifier key."""
    name, id_, encoded = text.split("+", 2)
    data = base64_exactly(encoded)
    if data[0] != COSIGNATURE or len(data) != 33 or bytes.fromhex(id_) != key_id(name, COSIGNATURE, data[1:]):
        raise Malformed("not the key of a witness")
    return name, data[1:]
