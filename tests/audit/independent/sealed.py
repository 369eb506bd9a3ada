"""Sealed ballots and reasons, and the rules of shares and reasons (§8, docs/bundle.md)."""

from . import hpke, p256, polls
from .canonical import field, u16, u32
from .definitions import SERVICE
from .fault import Malformed, rule
from .texts import is_text

BALLOT_INFO, REASON_INFO = b"AIQ/v1/sealed-ballot", b"AIQ/v1/sealed-reason"
OVERHEAD = hpke.ENCAPSULATED + 2 + hpke.TAG
"""What sealing adds to a text: the encapsulated key, a length and a tag."""


def padded(text, most):
    return u16(len(text)) + text + bytes(most - len(text))


def unpadded(data, most):
    """The text behind its length, with nothing but zeros up to the longest one."""
    text = data[2 : 2 + int.from_bytes(data[:2], "big")]
    if len(text) > most or data != padded(text, most):
        raise Malformed("not padded as it should be")
    return text


def ballot_aad(scope, nullifier, seq):
    return field(scope) + field(nullifier) + u32(seq)


def body(secret, poll, scope, nullifier, seq, sealed):
    """What a sealed ballot hides; empty, which is no choice, if that is nothing."""
    try:
        data = hpke.open_sealed(secret, BALLOT_INFO, ballot_aad(scope, nullifier, seq), sealed)
        return unpadded(data, polls.longest(poll.rule, len(poll.options)))
    except Malformed:
        return b""


def reason(secret, poll, scope, sealed):
    """What a sealed reason says; None if nobody can read it."""
    try:
        said = unpadded(hpke.open_sealed(secret, REASON_INFO, field(scope), sealed), poll.sealing.reasons).decode()
    except (Malformed, UnicodeDecodeError):
        return None
    return said if is_text(said, poll.sealing.reasons) else None


def is_below_floor(poll):
    return poll.sealing is not None and len(poll.voted()) < poll.sealing.floor


class Sealed:
    """What a log has of the shares and reasons of sealed polls. Part of a `Log`."""

    def on_share(self, entry):
        poll, index = self.poll(entry), entry.index
        sealing = poll.sealing
        in_place = sealing and poll.closed and poll.tally is None and not is_below_floor(poll)
        rule(in_place, index, "share_place")
        made = None if sealing.ceremony is SERVICE else self.ceremonies[sealing.ceremony]
        rule(1 <= entry.trustee <= (len(made.trustees) if made else 1), index, "trustee")
        rule(entry.trustee not in poll.shares, index, "repeated_share")
        verifying = made.verifying_share(entry.trustee) if made else p256.point(sealing.key)
        share = int.from_bytes(entry.share, "big")
        rule(0 < share < p256.N and p256.multiply(p256.G, share) == verifying, index, "share")
        poll.shares[entry.trustee] = share

    def has_shares(self, poll):
        """Whether there are enough to open a sealed poll."""
        ceremony = poll.sealing.ceremony
        return len(poll.shares) >= (1 if ceremony is SERVICE else self.ceremonies[ceremony].threshold)

    def count(self, poll, scope):
        """The tally, as entries.tally reads one."""
        voted = poll.voted()
        if is_below_floor(poll):
            return polls.below_floor(poll, len(poll.voters), len(voted))
        if poll.sealing is None:
            bodies = [voter.body for voter in voted.values()]
        else:
            secret = p256.interpolate(poll.shares)
            bodies = [body(secret, poll, scope, one, voter.seq, voter.body) for one, voter in voted.items()]
        return polls.count(poll, scope, bodies, len(poll.voters))

    def on_reason(self, entry):
        poll, index = self.poll(entry), entry.index
        stands = self.reasons_of == entry.scope if self.bundle.is_complete else poll.tally is not None
        takes = poll.sealing is not None and poll.sealing.reasons > 0 and not is_below_floor(poll)
        rule(stands and takes and poll.tallied_at == entry.at, index, "reason_place")
        fits = len(entry.sealed) == OVERHEAD + poll.sealing.reasons and len(poll.reasons) < len(poll.voted())
        rule(fits and entry.sealed >= max(poll.reasons, default=b""), index, "reason")
        poll.reasons.append(entry.sealed)
