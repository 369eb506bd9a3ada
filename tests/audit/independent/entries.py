"""Entries of the log from their canonical bytes (docs/bundle.md, protocol appendix A)."""

from types import SimpleNamespace as Record

from . import ceremonies, evidence, groth16, polls, standards
from .canonical import Decoder, sha256
from .fault import Malformed
from .definitions import domain_record, menu_record, poll
from .parts import attributes_of, domain_of, eligibility_of, is_menu_id, presentation_of, roots_of
from .standards import DAY

MAX_ENTRY = 0xFFFF
LABEL = "AIQ/v1/log/"
FOUNDING, ADMINISTRATOR, POLL = range(3)
"""By which right a domain, a menu entry or its removal, or a standard holds."""


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
    by = authority(decoder)
    return Record(by=by, **vars(domain_record(decoder)))


def menu(decoder):
    by = authority(decoder)
    return Record(by=by, **vars(menu_record(decoder)))


def menu_removal(decoder):
    return Record(by=authority(decoder), change=("menu_removal", decoder.text()))


def authority(decoder):
    """(which right, the scope of the poll if it is one's)"""
    right = decoder.u8()
    if right > POLL:
        raise Malformed("not an authority")
    return right, decoder.field() if right == POLL else None


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
    """Who may sponsor and propose, and how often in an epoch; how long an invitation is good; how members change the rules."""
    sponsors, proposers = ((decoder.text(), decoder.u8()) if decoder.option() else None for _ in range(2))
    validity = decoder.u32()
    governs = governance(decoder) if decoder.option() else None
    allowances = [allowance for allowance in (sponsors, proposers) if allowance]
    if not all(is_menu_id(menu) and number >= 1 for menu, number in allowances) or not 60 <= validity <= 366 * DAY:
        raise Malformed("a charter that breaks a rule")
    named = {menu for menu, _ in allowances} | ({governs.electorate} - {None} if governs else set())
    return Record(sponsors=sponsors, proposers=proposers, validity=validity, governance=governs, named=named)


def governance(decoder):
    """Who decides on changes (every member if None), and the least that such a poll asks for."""
    electorate = decoder.text() if decoder.option() else None
    quorum, threshold, window = polls.share_of(decoder), polls.share_of(decoder), decoder.u32()
    if not 1 <= window <= 366 * DAY or not (electorate is None or is_menu_id(electorate)):
        raise Malformed("a governance that breaks a rule")
    return Record(electorate=electorate, quorum=quorum, threshold=threshold, window=window)


def standard(decoder):
    by, data = authority(decoder), decoder.counted()
    return Record(by=by, standard=standards.standard(data), change=("standard", data))


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


def proposal(decoder):
    epoch, number, withdrawal_key = decoder.u32(), decoder.u8(), decoder.take(32)
    shown = presentation_of(decoder)
    return Record(epoch=epoch, number=number, withdrawal_key=withdrawal_key, shown=shown, poll=poll(decoder))


def poll_withdrawal(decoder):
    """By the administrator, or with a signature by who proposed it."""
    scope, right = decoder.field(), decoder.u8()
    if right > 1:
        raise Malformed("not a right to withdraw a poll")
    return Record(scope=scope, signature=decoder.take(64) if right else None)


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
    if result > polls.BELOW_FLOOR:
        raise Malformed("not an outcome")
    if result in (polls.WINNER, polls.BELOW):
        option, tied, support, whole = inner.u8(), inner.u8(), inner.u64(), inner.u64()
        if tied > 1:
            raise Malformed("neither tied nor not")
        lead = (option, tied == 1, support, whole)
    inner.end()
    counts = (options, abstain, spoiled, joined, voted, (result, lead))
    return Record(signed=signed, scope=scope, counts=counts, signature=decoder.take(64))


def share(decoder):
    return Record(scope=decoder.field(), trustee=decoder.u8(), share=decoder.take(32))


def reason(decoder):
    return Record(scope=decoder.field(), sealed=decoder.counted())


def attestation(decoder):
    return Record(digest=decoder.take(32))


KINDS = {
    kind.__name__.replace("_", "-"): kind
    for kind in (
        genesis,
        domain,
        menu,
        menu_removal,
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
        ceremonies.ceremony,
        ceremonies.ceremony_round_1,
        ceremonies.ceremony_round_2,
        ceremonies.ceremony_confirmation,
        ceremonies.ceremony_complaint,
        proposal,
        poll,
        poll_withdrawal,
        join,
        ballot,
        close,
        share,
        tally,
        reason,
        merge,
        attestation,
    )
}
