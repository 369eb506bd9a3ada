"""What several records and entries have in common (protocol appendix A)."""

import re
from types import SimpleNamespace as Record

from . import groth16
from .canonical import field, field_hash, sha256
from .fault import Malformed

INPUTS = {"membership": 5, "standing-3": 7, "standing-8": 7, "merge-6": 10}
"""The statements, ascending, with their number of public inputs."""
SLOTS = {"membership": 0, "standing-3": 3, "standing-8": 8, "merge-6": 0}
"""How many credentials they show to meet a requirement."""
REWARD_NOTE, BALANCE_NOTE = 0x80, 0x81


def is_menu_id(text):
    return re.fullmatch(r"[a-z0-9-]{1,64}", text) is not None


def domain_of(levels):
    """Four levels; none is specified below an unspecified one."""
    specified = levels.split(b"\x00", 1)[0]
    if any(levels[len(specified) :]):
        raise Malformed("a gap in a domain")
    return levels


def prefix_of(levels, length):
    """The levels that are compared; the others are unspecified."""
    if length > 4 or 0 in levels[:length] or any(levels[length:]):
        raise Malformed("not a prefix of domains")
    return levels[:length]


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
    prefix_of(levels, length)
    count, weight, as_of = packed >> 36 & 0xFF, packed >> 44 & 0xFFFFFFFF, packed >> 76
    return Record(packed=packed, domain=levels, length=length, min_count=count, min_weight=weight, as_of=as_of)


def eligibility_of(decoder):
    """The statement; for a standing also the requirement and the id of the menu entry that it is from."""
    statement = statement_of(decoder)
    if statement == "membership":
        return Record(statement=statement, packed=None, menu=None)
    requirement, menu = requirement_of(decoder), decoder.text()
    if SLOTS[statement] == 0 or requirement.min_count > SLOTS[statement] or not is_menu_id(menu):
        raise Malformed("not an eligibility")
    return Record(statement=statement, packed=requirement.packed, menu=menu)


def roots_of(decoder):
    """(epoch, members_root, credentials_root)"""
    return decoder.u32(), decoder.field(), decoder.field()


def presentation_of(decoder):
    shown = Record(
        statement=statement_of(decoder),
        key_id=decoder.take(32),
        nullifier=decoder.field(),
        tag=decoder.field(),
        proof=decoder.counted(),
    )
    groth16.proof(shown.proof)
    return shown


def attributes_of(packed):
    """domain 32 bits, kind 8, weight 16, expires_at 32, issued_at 32."""
    if packed >> 120:
        raise Malformed("not attributes")
    return Record(
        packed=packed,
        domain=domain_of((packed & 0xFFFFFFFF).to_bytes(4, "big")),
        kind=packed >> 32 & 0xFF,
        weight=packed >> 40 & 0xFFFF,
        expires_at=packed >> 56 & 0xFFFFFFFF,
        issued_at=packed >> 88,
    )


def attributes(domain, kind, weight, expires_at, issued_at):
    """The packed form."""
    return int.from_bytes(domain, "big") | kind << 32 | weight << 40 | expires_at << 56 | issued_at << 88


def scope_of(deployment_id, kind, definition):
    name = bytes([len(kind)]) + kind.encode()
    return field_hash(b"AIQ/v1/scope", deployment_id, name, sha256(definition))


def note_id(scope, nullifier):
    return field_hash(b"AIQ/v1/note", field(scope), field(nullifier))
