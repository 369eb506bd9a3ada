"""The lines of a bundle in their one spelling, and its keys (docs/bundle.md)."""

import json
import pathlib
from types import SimpleNamespace as Record

from . import groth16
from .canonical import from_hex, sha256
from .fault import Fault, Malformed, rule
from .parts import INPUTS

MAX_LINE, MAX_KEYS = 256 * 1024, 16
VERDICTS = ("accept", "reject", "abstain")
ORIGINS = ("public-seed", "single-party", "ceremony")
_PINNED = json.loads((pathlib.Path(__file__).resolve().parents[3] / "keys/manifest.json").read_text())
CIRCUITS = {key["statement"]: key["r1cs_digest"] for key in _PINNED["keys"]}
"""Digests of the circuits that the statements have in this version of the protocol."""


def load(text, **spelling):
    """A JSON value in the one spelling."""
    try:
        value = json.loads(text)
        if json.dumps(value, ensure_ascii=False, **spelling).encode() == text:
            return value
    except (ValueError, RecursionError):
        pass
    raise Malformed("not the one spelling of JSON")


def fields(value, *names):
    """The values of an object with exactly these fields, in this order."""
    if type(value) is not dict or list(value) != list(names):
        raise Malformed("other fields")
    return list(value.values())


def number(value, bits):
    if type(value) is not int or not 0 <= value < 1 << bits:
        raise Malformed("not a number that fits")
    return value


def text(value):
    if type(value) is not str:
        raise Malformed("not a text")
    return value


class Bundle:
    """Reads what stands before the entries, then the entries one by one."""

    def __init__(self, file):
        self.file, self.read = file, 0
        self.is_complete, self.entries = True, None
        self.header(self.line())
        try:
            (self.manifest,) = map(text, fields(self.object(self.line()), "manifest"))
            self.keys, value = [], self.object(self.line())
            while list(value) == ["verifying_key"] and len(self.keys) < MAX_KEYS:
                id_, data = fields(value["verifying_key"], "key_id", "bytes")
                self.keys.append((from_hex(id_, 32), from_hex(data)))
                value = self.object(self.line())
            (self.checkpoint,) = map(text, fields(value, "checkpoint"))
        except Malformed as error:
            raise Fault(None, "format", str(error)) from error

    def line(self):
        line = self.file.readline(MAX_LINE + 1)
        rule(line, None, "truncated")
        rule(line.endswith(b"\n"), None, "format", "too long or without a line feed")
        return line[:-1]

    @staticmethod
    def object(line):
        value = load(line, separators=(",", ":"))
        if type(value) is not dict:
            raise Malformed("not an object")
        return value

    def header(self, line):
        try:
            version = json.loads(line)["bundle"]
            if number(version, 32) != 1:
                raise Fault(None, "version", f"version {version}")
        except (ValueError, LookupError, TypeError, RecursionError, Malformed):
            pass
        try:
            value = self.object(line)
            contents = value.get("contents")
            if number(value.get("bundle"), 32) != 1 or contents not in ("everything", "poll", "claim"):
                raise Malformed("another version or content")
            self.is_complete = contents == "everything"
            names = ["bundle", "contents", "deployment_id", "entries", *([] if self.is_complete else [contents])]
            _, _, id_, entries, *about = fields(value, *names)
            self.deployment_id, self.entries = from_hex(id_, 32), number(entries, 64)
            self.poll = from_hex(*about, 16) if contents == "poll" else None
            self.claim = from_hex(*about, 32) if contents == "claim" else None
            if self.entries == 0:
                raise Malformed("no entry")
        except Malformed as error:
            raise Fault(None, "format", str(error)) from error

    def next(self):
        """The next entry's line as a record; none behind the last one."""
        place = self.read if self.is_complete else None
        line = self.file.readline(MAX_LINE + 1)
        if self.read == self.entries:
            rule(not line, None, "trailing")
            return None
        rule(line, place, "truncated")
        rule(line.endswith(b"\n"), place, "format", "too long or without a line feed")
        self.read += 1
        try:
            return self.entry(self.object(line[:-1]))
        except Malformed as error:
            raise Fault(place, "format", str(error)) from error

    def entry(self, value):
        optional = [name for name in ("opening", "proof") if name in value]
        index, entry, hash_, *_ = fields(value, "index", "entry", "hash", *optional)
        line = Record(index=number(index, 64), entry=from_hex(entry), hash=from_hex(hash_, 32), opening=None, proof=None)
        if "opening" in value:
            line.opening_of, line.opening = opening(value["opening"])
        if "proof" in value:
            if type(value["proof"]) is not list:
                raise Malformed("not a list")
            line.proof = [from_hex(hash_, 32) for hash_ in value["proof"]]
        if (line.proof is None) != self.is_complete:
            raise Malformed("a proof too many or too few")
        return line


def opening(value):
    """The kind of entry that it opens, and what that hides."""
    if type(value) is dict and "verdict" in value:
        blinding, verdict, comment = fields(value, "blinding", "verdict", "comment")
        if text(verdict) not in VERDICTS:
            raise Malformed("not a verdict")
        return "review", (from_hex(blinding, 32), VERDICTS.index(verdict), text(comment))
    blinding, body, signature = fields(value, "blinding", "body", "signature")
    return "ballot", (from_hex(blinding, 32), from_hex(body), from_hex(signature, 64))


def manifest(json_text):
    """{statement: (key id, size of the verifying key, circuit)}, for a manifest in canonical form."""
    if not json_text.endswith("\n"):
        raise Malformed("no line feed at its end")
    version, keys = fields(load(json_text[:-1].encode(), indent=2), "version", "keys")
    if number(version, 32) != 1 or type(keys) is not list or not keys:
        raise Malformed("another version, or no keys")
    found = {}
    for key in keys:
        names = ("statement", "version", "origin", "r1cs_digest", "key_id", "verifying", "proving")
        statement, version, origin, circuit, id_, verifying, proving = fields(key, *names)
        number(version, 32)
        if statement not in INPUTS or text(origin) not in ORIGINS:
            raise Malformed("not a statement or an origin")
        files = [fields(file, "sha256", "size") for file in (verifying, proving)]
        (digest, size), _ = [(from_hex(digest, 32), number(size, 64)) for digest, size in files]
        from_hex(circuit, 32)
        if found and list(INPUTS).index(statement) <= list(INPUTS).index(list(found)[-1]):
            raise Malformed("out of order")
        found[statement] = Record(id=from_hex(id_, 32), digest=digest, size=size, circuit=circuit)
    return found


def check_keys(bundle):
    """The manifest, and the bytes of each key in the bundle by its id."""
    try:
        listed = manifest(bundle.manifest)
    except Malformed as error:
        raise Fault(None, "manifest", str(error)) from error
    keys, last = {}, -1
    for id_, data in bundle.keys:
        statement = next((name for name, key in listed.items() if key.id == id_), None)
        rule(statement, None, "verifying_key", "not in the manifest")
        place, key = list(listed).index(statement), listed[statement]
        rule(place > last, None, "verifying_key", "repeated or out of order")
        rule(sha256(data) == id_ == key.digest and len(data) == key.size, None, "verifying_key", "other bytes")
        rule(key.circuit == CIRCUITS[statement], None, "verifying_key", "another circuit")
        try:
            decoded = groth16.verifying_key(data)
        except Malformed as error:
            raise Fault(None, "verifying_key", str(error)) from error
        rule(len(decoded.ic) == INPUTS[statement] + 1, None, "verifying_key", "another number of inputs")
        keys[id_], last = data, place
    return listed, keys
