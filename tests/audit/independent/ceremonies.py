"""Ceremonies in which trustees make the key of a poll: their entries, and their rules (docs/bundle.md)."""

import re
from types import SimpleNamespace as Record

from . import ed25519, hpke, p256
from .canonical import Decoder, counted, sha256
from .fault import Malformed, rule
from .standards import DAY
from .texts import is_line

ROUND_1, ROUND_2, LAST, OVER = range(1, 5)
"""Where a ceremony stands."""
SHARE_INFO = b"AIQ/v1/ceremony-share"
SHARE = hpke.ENCAPSULATED + 32 + hpke.TAG


def ceremony(decoder):
    canonical = decoder.counted()
    inner = Decoder(canonical, "AIQ/v1/ceremony")
    _salt, threshold = inner.take(16), inner.u8()
    trustees = [(inner.text(), inner.take(32)) for _ in range(inner.u8())]
    found = Record(
        id=sha256(canonical), threshold=threshold, trustees=trustees, deadline=inner.u32(), release=inner.u32()
    )
    inner.end()
    return found


def package(decoder, what, read):
    """What all packages have around what is their own: ceremony and index, and the signature over all that."""
    start = decoder.at
    found = Record(ceremony=decoder.take(32), trustee=decoder.u8(), parts=None)
    read(found)
    fields = decoder.data[start : decoder.at]
    found.signature = decoder.take(64)
    found.what, found.fields = b"AIQ/v1/ceremony/" + what, fields
    found.canonical = counted(found.what) + fields + found.signature
    return found


def ceremony_round_1(decoder):
    def read(found):
        found.encryption_key = decoder.take(33)
        found.parts = [decoder.take(33) for _ in range(decoder.u8())]
        found.proof = decoder.take(65)

    return package(decoder, b"round-1", read)


def ceremony_round_2(decoder):
    def read(found):
        found.parts = [decoder.take(SHARE) for _ in range(decoder.u8())]

    return package(decoder, b"round-2", read)


def ceremony_confirmation(decoder):
    def read(found):
        found.key, found.transcript = decoder.take(33), decoder.take(32)

    return package(decoder, b"confirmation", read)


def ceremony_complaint(decoder):
    def read(found):
        found.secret = decoder.take(32)

    return package(decoder, b"complaint", read)


def is_trustee(name, key):
    return is_line(name, 200) and not re.search(r"[\s+]", name) and ed25519.is_usable(key)


class Ceremony:
    """A ceremony with what the log has of it. Trustees count from 1."""

    def __init__(self, entry):
        self.id, self.threshold, self.trustees, self.deadline = entry.id, entry.threshold, entry.trustees, entry.deadline
        self.packages = {ROUND_1: {}, ROUND_2: {}, LAST: {}}
        self.at_fault = None
        self.summed = None

    def stands(self):
        if self.at_fault:
            return OVER
        return next((number for number, of in self.packages.items() if len(of) < len(self.trustees)), OVER)

    def is_complete(self):
        return self.stands() == OVER and not self.at_fault

    def commitments(self):
        """The sums of the trustees' commitments, of one coefficient after the other; the first is the key."""
        if self.summed is None:
            dealers = [map(p256.point, entry.parts) for entry in self.packages[ROUND_1].values()]
            self.summed = [p256.add(*points) for points in zip(*dealers)]
        return self.summed

    def key(self):
        return p256.compressed(self.commitments()[0]) if self.commitments()[0] else None

    def verifying_share(self, index):
        return p256.evaluate(self.commitments(), index)

    def transcript(self, *rounds):
        return sha256(*(of[index].canonical for of in map(self.packages.get, rounds) for index in sorted(of)))

    def dealt_wrongly(self, recipient, secret):
        """The first trustee whose share for another does not open or does not fit; the other if there is none."""
        for dealer in sorted(self.packages[ROUND_2]):
            if dealer == recipient:
                continue
            sealed = self.packages[ROUND_2][dealer].parts[recipient - 1 - (recipient > dealer)]
            aad = self.id + bytes([dealer, recipient]) + self.transcript(ROUND_1)
            points = [p256.point(part) for part in self.packages[ROUND_1][dealer].parts]
            try:
                share = p256.scalar(hpke.open_sealed(secret, SHARE_INFO, aad, sealed))
            except Malformed:
                return dealer
            if p256.multiply(p256.G, share) != p256.evaluate(points, recipient):
                return dealer
        return recipient


class Ceremonies:
    """What a log has of ceremonies. Part of a `Log`."""

    def __init__(self):
        self.ceremonies = {}

    def on_ceremony(self, entry):
        names, keys = zip(*entry.trustees) if entry.trustees else ((), ())
        count = len(entry.trustees)
        holds = (
            2 <= count <= 32
            and 2 <= entry.threshold <= count
            and all(is_trustee(name, key) for name, key in entry.trustees)
            and len(set(names)) == len(set(keys)) == count
            and 1 <= entry.release <= 366 * DAY
            and entry.id not in self.ceremonies
            and entry.deadline > entry.at
        )
        rule(holds, entry.index, "ceremony")
        self.ceremonies[entry.id] = Ceremony(entry)

    def take_package(self, entry, number, parts=None):
        """Checks what all packages have in common, and gives the ceremony."""
        place, index = entry.index, entry.trustee
        found = self.ceremonies.get(entry.ceremony)
        rule(found, place, "unknown_ceremony")
        rule(entry.at < found.deadline, place, "outside_times")
        rule(found.stands() == number, place, "ceremony_round")
        rule(1 <= index <= len(found.trustees), place, "trustee")
        rule(index not in found.packages[number], place, "repeated_package")
        rule(parts is None or len(entry.parts) == parts(found), place, "ceremony_package")
        signed = entry.what + self.bundle.deployment_id + entry.fields
        _, key = found.trustees[index - 1]
        rule(ed25519.verify(key, signed, entry.signature), place, "ceremony_signature")
        return found

    def on_ceremony_round_1(self, entry):
        found = self.take_package(entry, ROUND_1, lambda found: found.threshold)
        try:
            for point in (entry.encryption_key, *entry.parts):
                p256.point(point)
        except Malformed:
            rule(False, entry.index, "ceremony_package", "not a point")
        rule(p256.proves_knowledge(entry.trustee, entry.parts[0], entry.proof), entry.index, "ceremony_package")
        found.packages[ROUND_1][entry.trustee] = entry

    def on_ceremony_round_2(self, entry):
        found = self.take_package(entry, ROUND_2, lambda found: len(found.trustees) - 1)
        try:
            for part in entry.parts:
                p256.point_uncompressed(part[: hpke.ENCAPSULATED])
        except Malformed:
            rule(False, entry.index, "ceremony_package", "not a point")
        found.packages[ROUND_2][entry.trustee] = entry

    def on_ceremony_confirmation(self, entry):
        found = self.take_package(entry, LAST)
        said = entry.key, entry.transcript
        rule(said == (found.key(), found.transcript(ROUND_1, ROUND_2)), entry.index, "ceremony_confirmation")
        found.packages[LAST][entry.trustee] = entry

    def on_ceremony_complaint(self, entry):
        found = self.take_package(entry, LAST)
        own = found.packages[ROUND_1][entry.trustee].encryption_key
        secret = int.from_bytes(entry.secret, "big")
        holds = 0 < secret < p256.N and p256.multiply(p256.G, secret) == p256.point(own)
        rule(holds, entry.index, "ceremony_complaint")
        found.at_fault = found.dealt_wrongly(entry.trustee, secret)
