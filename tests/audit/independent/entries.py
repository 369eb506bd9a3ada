"""Entries of the log from their canonical bytes (docs/bundle.md, protocol appendix A)."""

import re
from types import SimpleNamespace as Record

from . import groth16, polls
from .canonical import Decoder
from .fault import Malformed

INPUTS = {"membership": 5, "standing-3": 7, "standing-8": 7}
"""The statements, ascending, with their number of public inputs."""
SLOTS = {"membership": 0, "standing-3": 3, "standing-8": 8}
MAX_ENTRY = 0xFFFF
LABEL = "AIQ/v1/log/"


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


def domain_of(levels):
    """Four levels; none is specified below an unspecified one."""
    specified = levels.split(b"\x00", 1)[0]
    if any(levels[len(specified) :]):
        raise Malformed("a gap in a domain")
    return levels


def domain(decoder):
    return Record(domain=domain_of(decoder.take(4)), name=decoder.text())


def statement_of(decoder):
    statement = decoder.text()
    if statement not in SLOTS:
        raise Malformed("not a statement")
    return statement


def requirement_of(decoder):
    """domain 32 bits, prefix length one-hot 4, min_count 8, min_weight 32, as_of 32."""
    packed = decoder.field()
    one_hot = packed >> 32 & 0xF
    if packed >> 108 or one_hot not in (0, 1, 2, 4, 8):
        raise Malformed("not a requirement")
    length = one_hot.bit_length()
    levels = (packed & 0xFFFFFFFF).to_bytes(4, "big")
    if 0 in levels[:length] or any(levels[length:]):
        raise Malformed("not a prefix of domains")
    count, weight, as_of = packed >> 36 & 0xFF, packed >> 44 & 0xFFFFFFFF, packed >> 76
    return Record(packed=packed, domain=levels, length=length, min_count=count, min_weight=weight, as_of=as_of)


def menu(decoder):
    id_, title = decoder.text(), decoder.text()
    requirement = requirement_of(decoder)
    if requirement.as_of != 0:
        raise Malformed("a menu entry as of a moment")
    return Record(id=id_, title=title, requirement=requirement, statement=statement_of(decoder))


def grant(decoder):
    """Attributes: domain 32 bits, kind 8, weight 16, expires_at 32, issued_at 32."""
    tag, packed, id_ = decoder.field(), decoder.field(), decoder.field()
    if packed >> 120:
        raise Malformed("not attributes")
    levels = domain_of((packed & 0xFFFFFFFF).to_bytes(4, "big"))
    return Record(
        tag=tag,
        packed=packed,
        id=id_,
        domain=levels,
        credential_kind=packed >> 32 & 0xFF,
        weight=packed >> 40 & 0xFFFF,
        expires_at=packed >> 56 & 0xFFFFFFFF,
        issued_at=packed >> 88,
    )


def enrolment(decoder):
    commitment, right = decoder.field(), decoder.u8()
    if right > 1:
        raise Malformed("not a right to enrol")
    return Record(commitment=commitment, by_invitation=right == 1)


def invitations(decoder):
    return Record(count=decoder.u32(), expires_at=decoder.u32())


def epoch(decoder):
    deployment_id, number = decoder.take(32), decoder.u32()
    members, credentials = ((decoder.u64(), decoder.field()) for _ in range(2))
    return Record(
        deployment_id=deployment_id, number=number, members=members, credentials=credentials, before=decoder.u64()
    )


def is_menu_id(text):
    return re.fullmatch(r"[a-z0-9-]{1,64}", text) is not None


def poll(decoder):
    definition = decoder.counted()
    inner = Decoder(definition, "AIQ/v1/poll")
    id_, question = inner.take(16), inner.text()
    options = [inner.text() for _ in range(inner.u32())]
    rule, decision = polls.rule(inner), polls.decision(inner)
    statement, requirement, menu_id = statement_of(inner), None, None
    if statement != "membership":
        requirement, menu_id = requirement_of(inner), inner.text()
        if requirement.min_count > SLOTS[statement] or not is_menu_id(menu_id):
            raise Malformed("not an eligibility")
    number, members_root, credentials_root = inner.u32(), inner.field(), inner.field()
    key_id, announced_at, opens_at, closes_at = inner.take(32), inner.u32(), inner.u32(), inner.u32()
    inner.end()
    return Record(
        definition=definition,
        id=id_,
        question=question,
        options=options,
        rule=rule,
        decision=decision,
        statement=statement,
        requirement=requirement,
        menu=menu_id,
        roots=(number, members_root, credentials_root),
        key_id=key_id,
        announced_at=announced_at,
        opens_at=opens_at,
        closes_at=closes_at,
    )


def join(decoder):
    scope, statement, key_id = decoder.field(), statement_of(decoder), decoder.take(32)
    nullifier, tag, proof, ballot_key = decoder.field(), decoder.field(), decoder.counted(), decoder.take(32)
    groth16.proof(proof)
    return Record(
        scope=scope,
        statement=statement,
        key_id=key_id,
        nullifier=nullifier,
        tag=tag,
        proof=proof,
        ballot_key=ballot_key,
    )


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
        grant,
        enrolment,
        invitations,
        epoch,
        poll,
        join,
        ballot,
        close,
        tally,
        attestation,
    )
}
