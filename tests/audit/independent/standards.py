"""Standards, and what follows from them: which one governs, rulings, what they grant (§7, appendix A)."""

from fractions import Fraction
from types import SimpleNamespace as Record

from .canonical import Decoder, field_hash, sha256
from .fault import Malformed
from .parts import REWARD_NOTE, attributes, is_menu_id, note_id, prefix_of
from .polls import share_of
from .texts import is_line

DAY, LATEST = 86_400, 2**32 - 1
QUARTER = 90 * DAY
ACCEPT, REJECT, ABSTAIN = range(3)
ACCEPTED, REJECTED, EXPIRED = range(3)


def standard(data):
    """A standard from its canonical bytes; they are those of one that keeps the rules."""
    decoder = Decoder(data, "AIQ/v1/standard")
    levels, length = decoder.take(4), decoder.u8()
    found = Record(
        id=sha256(data),
        domain=levels,
        prefix=prefix_of(levels, length),
        version=decoder.u32(),
        reviewers=decoder.text(),
        quorum=decoder.u32(),
        acceptance=share_of(decoder),
        window=decoder.u32(),
        validity=decoder.u32(),
        claims_per_epoch=decoder.u8(),
    )
    kinds = [(decoder.u8(), decoder.text(), decoder.u32()) for _ in range(decoder.u32())]
    found.weights = {kind: weight for kind, _, weight in kinds}
    found.reward = (decoder.u32(), decoder.u32()) if decoder.option() else None
    decoder.end()
    reward_weight, reward_validity = found.reward or (1, DAY)
    holds = (
        is_menu_id(found.reviewers)
        and found.version >= 1
        and 1 <= found.quorum <= 10_000
        and 1 <= found.window <= 366 * DAY
        and DAY <= found.validity <= 100 * 366 * DAY
        and found.claims_per_epoch >= 1
        and 1 <= len(kinds) == len(found.weights) <= 128
        and all(kind < 0x80 and is_line(name, 100) and 1 <= weight <= 0xFFFF for kind, name, weight in kinds)
        and 1 <= reward_weight <= 0xFFFF
        and DAY <= reward_validity <= 100 * 366 * DAY
    )
    if not holds:
        raise Malformed("a standard that breaks a rule")
    return found


def governing(standards, domain):
    """The one with the longest prefix of a domain, of these the newest; None if there is none."""
    those = (standard for standard in standards if domain.startswith(standard.prefix))
    return max(those, key=lambda standard: (len(standard.prefix), standard.version), default=None)


def ruling(standard, verdicts):
    """(accept, reject, abstain, outcome)"""
    counts = [verdicts.count(verdict) for verdict in (ACCEPT, REJECT, ABSTAIN)]
    counted = counts[ACCEPT] + counts[REJECT]
    if counted < standard.quorum:
        return (*counts, EXPIRED)
    return (*counts, ACCEPTED if Fraction(counts[ACCEPT], counted) >= standard.acceptance else REJECTED)


def credential(standard, claim, at):
    """(tag, packed attributes, id) of the credential that a claim earns."""
    expires_at = min(at + standard.validity, LATEST)
    packed = attributes(claim.domain, claim.work_kind, standard.weights[claim.work_kind], expires_at, at)
    return claim.tag, packed, field_hash(b"AIQ/v1/credential", claim.id)


def rewards(standard, scope, domain, reviews, at):
    """The notes of reviews (nullifier, tag, verdict) that accept or reject, ascending by nullifier."""
    if standard.reward is None:
        return []
    weight, validity = standard.reward
    expires_at = min(-(-(at + validity) // QUARTER) * QUARTER, LATEST)
    packed = attributes(domain, REWARD_NOTE, weight, expires_at, at)
    counted = sorted((nullifier, tag) for nullifier, tag, verdict in reviews if verdict != ABSTAIN)
    return [(tag, packed, note_id(scope, nullifier)) for nullifier, tag in counted]
