"""What a poll's definition says, what it may enact, and the draft that a proposer commits to (§6, §8, appendix A)."""

from types import SimpleNamespace as Record

from . import polls, standards
from .canonical import Decoder, counted, u32
from .fault import Malformed
from .parts import SLOTS, domain_of, eligibility_of, is_menu_id, requirement_of, roots_of, statement_of
from .texts import is_line

OVERTURN, REVOKE = "overturn", "revoke"
WAITING = ("standard", "menu", "menu_removal", "domain")
"""The changes that stand behind the next epoch."""
SERVICE = None
"""Who opens a poll if not the trustees of a ceremony."""


def domain_record(decoder):
    levels, name = domain_of(decoder.take(4)), decoder.text()
    return Record(domain=levels, name=name, change=("domain", levels, name))


def menu_record(decoder):
    id_, title = decoder.text(), decoder.text()
    requirement = requirement_of(decoder)
    if requirement.as_of != 0:
        raise Malformed("a menu entry as of a moment")
    statement = statement_of(decoder)
    change = "menu", id_, title, requirement.packed, statement
    return Record(id=id_, title=title, requirement=requirement, statement=statement, change=change)


def poll(decoder):
    definition = decoder.counted()
    inner = Decoder(definition, "AIQ/v1/poll")
    id_, question = inner.take(16), inner.text()
    options, start = [inner.text() for _ in range(inner.u32())], inner.at
    rule, decision = polls.rule(inner), polls.decision(inner)
    counting = definition[start : inner.at]
    found = Record(
        definition=definition,
        id=id_,
        question=question,
        options=options,
        rule=rule,
        decision=decision,
        eligibility=eligibility_of(inner),
        roots=roots_of(inner),
        key_id=inner.take(32),
        announced_at=inner.u32(),
        opens_at=inner.u32(),
        closes_at=inner.u32(),
    )
    start = inner.at
    found.enactment = enactment(inner) if inner.option() else None
    found.reward = reward(inner) if inner.option() else None
    following = definition[start : inner.at]
    found.sealing = sealing(inner) if inner.option() else None
    inner.end()
    found.draft = draft(found, counting, following)
    return found


def enactment(decoder):
    """The option, the change, and its record if it has one."""
    option, kind = decoder.u8(), decoder.u8()
    if kind == 0:
        return Record(option=option, change=(OVERTURN, decoder.take(32)), record=None)
    if kind == 1:
        data = decoder.counted()
        return Record(option=option, change=("standard", data), record=standards.standard(data))
    if kind == 3:
        return Record(option=option, change=("menu_removal", decoder.text()), record=None)
    if kind in (2, 4):
        record = menu_record(decoder) if kind == 2 else domain_record(decoder)
        return Record(option=option, change=record.change, record=record)
    if kind == 5:
        return Record(option=option, change=(REVOKE, decoder.field()), record=None)
    raise Malformed("not a change")


def is_valid(enacts, options):
    """Whether an enactment keeps the rules that it can keep by itself; a standard that does not is none."""
    kind, what, *_ = enacts.change
    fits = {
        "menu": lambda: is_menu_entry(enacts.record),
        "menu_removal": lambda: is_menu_id(what),
        "domain": lambda: is_line(enacts.record.name, 100),
    }
    return enacts.option < options and fits.get(kind, lambda: True)()


def is_menu_entry(entry):
    slots = SLOTS[entry.statement]
    return is_menu_id(entry.id) and is_line(entry.title, 200) and slots > 0 and entry.requirement.min_count <= slots


def reward(decoder):
    """(domain, weight, expires_at)"""
    levels, weight, expires_at = domain_of(decoder.take(4)), decoder.u32(), decoder.u32()
    if weight > 0xFFFF:
        raise Malformed("not a weight")
    return levels, weight, expires_at


def sealing(decoder):
    """Whose ceremony made the key, the key, the floor, the longest reason."""
    start = decoder.at
    ceremony = decoder.take(32) if decoder.option() else SERVICE
    trustees, key = decoder.data[start : decoder.at], decoder.take(33)
    start = decoder.at
    floor, reasons = decoder.u32(), decoder.number(2)
    return Record(
        ceremony=ceremony, key=key, floor=floor, reasons=reasons, drafted=trustees + decoder.data[start : decoder.at]
    )


def draft(poll_, counting, following):
    """What a proposer says of a poll: label `AIQ/v1/draft`; the service adds roots, key, sealing key and the time."""
    menu, sealed = poll_.eligibility.menu, poll_.sealing
    return b"".join(
        [
            counted("AIQ/v1/draft"),
            poll_.id,
            counted(poll_.question),
            u32(len(poll_.options)),
            *map(counted, poll_.options),
            counting,
            b"\x01" + counted(menu) if menu is not None else b"\x00",
            u32(poll_.opens_at),
            u32(poll_.closes_at),
            b"\x01" + sealed.drafted if sealed else b"\x00",
            following,
        ]
    )
