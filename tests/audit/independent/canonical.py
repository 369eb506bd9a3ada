"""Hashes and canonical bytes (§1)."""

import functools
import hashlib
import importlib.util
import pathlib
import re

from .fault import Malformed

_FILE = pathlib.Path(__file__).resolve().parents[3] / "circuits/tests/vectors/generate.py"
_SPEC = importlib.util.spec_from_file_location("generate", _FILE)
KNOWN_ANSWERS = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(KNOWN_ANSWERS)

R = KNOWN_ANSWERS.R
"""Order of the scalar field."""
field_hash = KNOWN_ANSWERS.field_hash
poseidon = functools.lru_cache(maxsize=None)(KNOWN_ANSWERS.h)
"""`H_name`, with the constants that the known answers are made from."""


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def from_hex(text, length=None):
    """The bytes of `0x` and lower-case hex digits."""
    if type(text) is not str or not re.fullmatch(r"0x([0-9a-f]{2})*", text):
        raise Malformed("not 0x and pairs of lower-case hex digits")
    data = bytes.fromhex(text[2:])
    if length is not None and len(data) != length:
        raise Malformed(f"{len(data)} bytes instead of {length}")
    return data


def u32(value):
    return value.to_bytes(4, "big")


def u16(value):
    return value.to_bytes(2, "big")


def u64(value):
    return value.to_bytes(8, "big")


def field(value):
    return value.to_bytes(32, "big")


def counted(data):
    """Bytes, or the UTF-8 of a text, behind their number."""
    data = data.encode() if isinstance(data, str) else data
    return u32(len(data)) + data


class Decoder:
    """Takes canonical bytes apart."""

    def __init__(self, data, label=None):
        self.data, self.at = data, 0
        if label is not None and self.text() != label:
            raise Malformed("another label")

    def take(self, count):
        part = self.data[self.at : self.at + count]
        if len(part) != count:
            raise Malformed("ends early")
        self.at += count
        return part

    def number(self, size):
        return int.from_bytes(self.take(size), "big")

    def u8(self):
        return self.number(1)

    def u32(self):
        return self.number(4)

    def u64(self):
        return self.number(8)

    def field(self):
        value = self.number(32)
        if value >= R:
            raise Malformed("not reduced")
        return value

    def counted(self):
        return self.take(self.u32())

    def text(self):
        try:
            return self.counted().decode("utf-8")
        except UnicodeDecodeError as error:
            raise Malformed("not UTF-8") from error

    def option(self):
        """Whether something follows that may be absent."""
        present = self.u8()
        if present > 1:
            raise Malformed("neither present nor absent")
        return present == 1

    def end(self):
        if self.at != len(self.data):
            raise Malformed("goes on")
