"""Entries of the log from their canonical bytes (docs/bundle.md, protocol appendix A)."""

from types import SimpleNamespace as Record

from . import evidence, groth16, polls, standards
from .canonical import Decoder, sha256
from .fault import Malformed
from .parts import (
    attributes_of,
    domain_of,
    eligibility_of,
    is_menu_id,
    presentation_of,
    requirement_of,
    roots_of,
    statement_of,
)
from .standards import DAY

MAX_ENTRY = 0xFFFF
LABEL = "AIQ/v1/log/"
FOUNDING, ADMINISTRATOR, POLL = range(3)
"""By which right a standard holds."""


def decode(data):
    """An entry; raises Malformed if the bytes are none."""
    if len(data) > MAX_ENTRY:
        raise Malformed("too long")
    decoder = Decoder(data)
    label = decoder.text()
    kind = label.removeprefix(LABEL)
    if not label.startswith(LABEL) or kind not in KINDS:
        raise Malformed("not a kind of entry")
    at = decoder.u32()
    entry = KINDS[kind](decoder)
    decoder.end()
    entry.kind, entry.at = kind, at
    return entry


def genesis(decoder):
    record = decoder.counted()
    inner = Decoder(record, "AIQ/v1/genesis")
    name, _salt, log_key, manifest_digest = inner.text(), inner.take(32), inner.take(32), inner.take(32)
    inner.end()
    return Record(record=record, name=name, log_key=log_key, manifest_digest=manifest_digest)


def domain(decoder):
    return Record(domain=domain_of(decoder.take(4)), name=decoder.text())


def menu(decoder):
    id_, title = decoder.text(), decoder.text()
    requirement = requirement_of(decoder)
    if requirement.as_of != 0:
        raise Malformed("a menu entry as of a moment")
    return Record(id=id_, title=title, requirement=requirement, statement=statement_of(decoder))


def grant(decoder):
    tag, packed, id_ = decoder.field(), decoder.field(), decoder.field()
    return Record(tag=tag, attributes=attributes_of(packed), id=id_)


def enrolment(decoder):
    commitment, withdrawal_key, right = decoder.field(), decoder.take(32), decoder.u8()
    if right > 1:
        raise Malformed("not a right to enrol")
    return Record(commitment=commitment, withdrawal_key=withdrawal_key, by_invitation=right == 1)


def withdrawal(decoder):
    return Record(commitment=decoder.field(), signature=decoder.take(64))


def revocation(decoder):
    """Because of a poll, by its scope, or of a renewal, by the claim's id."""
    id_, reason = decoder.field(), decoder.u8()
    if reason > 1:
        raise Malformed("not a reason to revoke")
    because = ("renewal", decoder.take(32)) if reason else ("poll", decoder.field())
    return Record(id=id_, because=because)


def invitations(decoder):
    return Record(count=decoder.u32(), expires_at=decoder.u32())


def epoch(decoder):
    """Of each tree the leaves, the tombstones among them, and the root."""
    deployment_id, number = decoder.take(32), decoder.u32()
    members, credentials = ((decoder.u64(), decoder.u64(), decoder.field()) for _ in range(2))
    return Record(
        deployment_id=deployment_id, number=number, members=members, credentials=credentials, before=decoder.u64()
    )


def charter(decoder):
    """Who may sponsor, and how often in an epoch; how long an invitation is good."""
    sponsors = (decoder.text(), decoder.u8()) if decoder.option() else None
    validity = decoder.u32()
    holds = sponsors is None or is_menu_id(sponsors[0]) and sponsors[1] >= 1
    if not holds or not 60 <= validity <= 366 * DAY:
        raise Malformed("a charter that breaks a rule")
    return Record(sponsors=sponsors, validity=validity)


def standard(decoder):
    """By the founding, by the administrator, or by a poll."""
    by = decoder.u8()
    if by > POLL:
        raise Malformed("not an authority")
    scope = decoder.field() if by == POLL else None
    return Record(by=by, scope=scope, standard=standards.standard(decoder.counted()))


def sponsorship(decoder):
    epoch, number, token_hash = decoder.u32(), decoder.u8(), decoder.take(32)
    return Record(epoch=epoch, number=number, token_hash=token_hash, shown=presentation_of(decoder))


def claim(decoder):
    found = claim_record(decoder.counted())
    found.shown, found.number, found.ticket = presentation_of(decoder), decoder.u8(), presentation_of(decoder)
    return found


def claim_record(data):
    inner = Decoder(data, "AIQ/v1/claim")
    found = Record(
        canonical=data,
        id=sha256(data),
        domain=domain_of(inner.take(4)),
        work_kind=inner.u8(),
        title=inner.text(),
        summary=inner.text(),
        works=[evidence.works(inner.text()) for _ in range(inner.u32())],
        renews=inner.take(32) if inner.option() else None,
        tag=inner.field(),
        standard=inner.take(32),
        eligibility=eligibility_of(inner),
        roots=roots_of(inner),
        key_id=inner.take(32),
    )
    inner.end()
    return found


def recusal(decoder):
    return Record(scope=decoder.field(), shown=presentation_of(decoder))


def review(decoder):
    return Record(scope=decoder.field(), shown=presentation_of(decoder), commitment=decoder.take(32))


def ruling(decoder):
    scope = decoder.field()
    counts, outcome = [decoder.u32() for _ in range(3)], decoder.u8()
    if outcome > standards.EXPIRED:
        raise Malformed("not an outcome")
    return Record(scope=scope, ruling=(*counts, outcome))


def dispute(decoder):
    claim_id, epoch, reasons, shown = decoder.take(32), decoder.u32(), decoder.text(), presentation_of(decoder)
    return Record(claim=claim_id, epoch=epoch, reasons=reasons, shown=shown, poll=poll(decoder))


def merge(decoder):
    """Six notes at most become one."""
    found = Record(epoch=decoder.u32(), key_id=decoder.take(32), balance=attributes_of(decoder.field()))
    found.spends, found.tag = [decoder.field() for _ in range(6)], decoder.field()
    found.proof = decoder.counted()
    groth16.proof(found.proof)
    return found


def poll(decoder):
    definition = decoder.counted()
    inner = Decoder(definition, "AIQ/v1/poll")
    id_, question = inner.take(16), inner.text()
    found = Record(
        definition=definition,
        id=id_,
        question=question,
        options=[inner.text() for _ in range(inner.u32())],
        rule=polls.rule(inner),
        decision=polls.decision(inner),
        eligibility=eligibility_of(inner),
        roots=roots_of(inner),
        key_id=inner.take(32),
        announced_at=inner.u32(),
        opens_at=inner.u32(),
        closes_at=inner.u32(),
        enactment=enactment(inner) if inner.option() else None,
        reward=reward(inner) if inner.option() else None,
    )
    inner.end()
    return found


def enactment(decoder):
    """(option, the claim that is overturned)"""
    option, change = decoder.u8(), decoder.u8()
    if change != 0:
        raise Malformed("not a change")
    return option, decoder.take(32)


def reward(decoder):
    """(domain, weight, expires_at)"""
    levels, weight, expires_at = domain_of(decoder.take(4)), decoder.u32(), decoder.u32()
    if weight > 0xFFFF:
        raise Malformed("not a weight")
    return levels, weight, expires_at


def join(decoder):
    return Record(scope=decoder.field(), shown=presentation_of(decoder), ballot_key=decoder.take(32))


def ballot(decoder):
    return Record(
        scope=decoder.field(), nullifier=decoder.field(), seq=decoder.u32(), commitment=decoder.take(32)
    )


def close(decoder):
    return Record(scope=decoder.field())


def tally(decoder):
    signed = decoder.counted()
    inner = Decoder(signed, "AIQ/v1/tally")
    scope = inner.field()
    options = [inner.u64() for _ in range(inner.u32())]
    abstain, spoiled, joined, voted = (inner.u64() for _ in range(4))
    result, lead = inner.u8(), None
    if result > polls.BELOW:
        raise Malformed("not an outcome")
    if result in (polls.WINNER, polls.BELOW):
        option, tied, support, whole = inner.u8(), inner.u8(), inner.u64(), inner.u64()
        if tied > 1:
            raise Malformed("neither tied nor not")
        lead = (option, tied == 1, support, whole)
    inner.end()
    counts = (options, abstain, spoiled, joined, voted, (result, lead))
    return Record(signed=signed, scope=scope, counts=counts, signature=decoder.take(64))


def attestation(decoder):
    return Record(digest=decoder.take(32))


KINDS = {
    kind.__name__: kind
    for kind in (
        genesis,
        domain,
        menu,
        charter,
        standard,
        grant,
        enrolment,
        withdrawal,
        revocation,
        invitations,
        sponsorship,
        epoch,
        claim,
        recusal,
        review,
        ruling,
        dispute,
        poll,
        join,
        ballot,
        close,
        tally,
        merge,
        attestation,
    )
}
