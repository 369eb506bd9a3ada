"""The rules of standards, claims, reviews, rulings, disputes, sponsorships and merges (§6, §7, docs/bundle.md)."""

from fractions import Fraction
from types import SimpleNamespace as Record

from . import groth16, standards
from .canonical import counted, field, field_hash, sha256, u32
from .definitions import OVERTURN
from .fault import rule
from .parts import BALANCE_NOTE, scope_of
from .standards import ACCEPTED, EXPIRED, LATEST, REJECTED
from .texts import is_line, is_text

OPEN, REVOKED = "open", "revoked"
"""The states of a claim besides the outcomes of its ruling."""
QUESTION = "Is the decision on claim 0x{} to be overturned?"
OPTIONS = ["dismiss the dispute", "uphold it"]
UPHELD = 1
STATED = ("id", "domain", "work_kind", "tag", "renews", "eligibility", "roots", "key_id")
"""What is kept of a claim as it states it."""


def keeps_its_rules(claim):
    """Whether a claim does, whatever surrounds it."""
    works = [work for item in claim.works for work in item]
    return (
        is_line(claim.title, 300)
        and (claim.summary == "" or is_text(claim.summary, 4000))
        and 1 <= len(claim.works) <= 16
        and len(set(works)) == len(works)
        and claim.domain[0] > 0
        and claim.work_kind < 0x80
        and claim.eligibility.statement != "membership"
    )


class Claims:
    """What a log has of claims, and of what depends on an epoch. Part of a `Log`."""

    def __init__(self):
        self.credentials, self.revoked = {}, set()
        self.claims, self.by_scope = {}, {}
        self.acted, self.spent = {}, set()

    def act_once(self, index, scope, nullifier):
        acted = self.acted.setdefault(scope, set())
        rule(nullifier not in acted, index, "repeated_nullifier")
        acted.add(nullifier)

    def on_claim(self, entry):
        index, id_ = entry.index, self.bundle.deployment_id
        rule(keeps_its_rules(entry), index, "claim")
        rule(entry.id not in self.claims, index, "repeated_claim")
        rule(entry.roots == self.roots(self.latest), index, "stale_epoch")
        standard, asked = standards.governing(self.standards, entry.domain), entry.eligibility
        fits = standard and entry.standard == standard.id and asked.menu == standard.reviewers
        rule(fits and entry.work_kind in standard.weights, index, "claim_standard")
        rule(asked == self.eligibility(asked.menu, self.sealed_at), index, "claim_eligibility")
        rule(entry.key_id == self.key(asked.statement), index, "claim_key")
        for shown in (entry.shown, entry.ticket):
            self.check_shown(index, shown, "membership", self.key("membership"))
        rule(entry.shown.tag == entry.tag, index, "presentation", "another tag")
        rule(entry.number < standard.claims_per_epoch, index, "limit")
        ticket = counted("AIQ/v1/ticket") + u32(self.latest) + bytes([entry.number])
        ticket = scope_of(id_, "ticket", ticket)
        self.act_once(index, ticket, entry.ticket.nullifier)
        old = self.claims.get(entry.renews)
        if entry.renews is None:
            self.new_tag(index, entry.tag)
        elif self.bundle.is_complete:
            renewable = old and old.state == ACCEPTED and (old.domain, old.tag) == (entry.domain, entry.tag)
            rule(renewable, index, "renewal")
        claim = Record(
            **{name: getattr(entry, name) for name in STATED},
            scope=scope_of(id_, "review", entry.canonical),
            standard=standard,
            works={work for item in entry.works for work in item},
            opened_at=entry.at,
            closes_at=min(entry.at + standard.window, LATEST),
            state=OPEN,
            used={entry.shown.nullifier},
            reviews={},
            unopened=None,
            dispute=None,
        )
        rule(self.is_free(claim), index, "work")
        self.claims[claim.id] = self.by_scope[claim.scope] = claim
        message = field_hash(b"AIQ/v1/claim", field(claim.scope))
        self.check_member(index, entry.shown, claim.roots, claim.scope, message)
        self.check_member(index, entry.ticket, claim.roots, ticket, message)

    def is_free(self, claim):
        """Whether no other claim holds one of its works; what it renews may."""
        return not any(
            other.state in (OPEN, ACCEPTED) and other.works & claim.works
            for other in self.claims.values()
            if other.id not in (claim.id, claim.renews)
        )

    def claim(self, index, claim):
        rule(claim, index, "unknown_claim")
        return claim

    def claim_taking(self, entry):
        claim = self.claim(entry.index, self.by_scope.get(entry.scope))
        in_time = claim.state == OPEN and claim.opened_at <= entry.at < claim.closes_at
        rule(in_time, entry.index, "outside_times")
        return claim

    def on_recusal(self, entry):
        claim, shown = self.claim_taking(entry), entry.shown
        self.check_shown(entry.index, shown, "membership", self.key("membership"))
        rule(shown.nullifier not in claim.used, entry.index, "repeated_nullifier")
        claim.used.add(shown.nullifier)
        message = field_hash(b"AIQ/v1/recusal", field(claim.scope))
        self.check_member(entry.index, shown, claim.roots, claim.scope, message)

    def on_review(self, entry):
        claim, shown, index = self.claim_taking(entry), entry.shown, entry.index
        self.check_shown(index, shown, claim.eligibility.statement, claim.key_id)
        rule(shown.nullifier not in claim.used, index, "repeated_nullifier")
        self.new_tag(index, shown.tag)
        claim.used.add(shown.nullifier)
        claim.reviews[shown.nullifier] = shown.tag, None
        if entry.opening is None:
            claim.unopened = index if claim.unopened is None else claim.unopened
        else:
            blinding, verdict, comment = entry.opening
            canonical = counted("AIQ/v1/review-opening") + blinding + bytes([verdict]) + counted(comment)
            holds = sha256(canonical) == entry.commitment and (comment == "" or is_text(comment, 8000))
            rule(holds, index, "opening")
            claim.reviews[shown.nullifier] = shown.tag, verdict
        message = field_hash(b"AIQ/v1/review", field(claim.scope), entry.commitment)
        self.check_proof(index, shown, claim.eligibility, claim.roots, claim.scope, message)

    def on_ruling(self, entry):
        claim = self.claim(entry.index, self.by_scope.get(entry.scope))
        rule(claim.state == OPEN and entry.at >= claim.closes_at, entry.index, "ruling_place")
        rule(claim.unopened is None, claim.unopened, "opening_missing")
        reviews = [(nullifier, *review) for nullifier, review in claim.reviews.items()]
        counted_anew = standards.ruling(claim.standard, [verdict for _, _, verdict in reviews])
        rule(entry.ruling == counted_anew, entry.index, "ruling")
        claim.state = counted_anew[-1]
        notes = standards.rewards(claim.standard, claim.scope, claim.domain, reviews, entry.at)
        if claim.state == ACCEPTED:
            self.grant_credential(claim, entry.at)
        if claim.state != EXPIRED:
            self.bring_about(entry.at, [("grant", *note) for note in notes])
        if claim.state == ACCEPTED:
            self.end_renewed(claim, entry.at)

    def grant_credential(self, claim, at):
        tag, packed, id_ = standards.credential(claim.standard, claim, at)
        self.credentials[id_] = claim
        self.bring_about(at, [("grant", tag, packed, id_)])

    def end_renewed(self, claim, at):
        """One work counts once: what an accepted claim renews ends with it."""
        old = self.claims.get(claim.renews)
        if old and old.state == ACCEPTED:
            self.end(old, at, ("renewal", claim.id))

    def end(self, claim, at, because):
        self.revoke(field_hash(b"AIQ/v1/credential", claim.id), at, because)

    def revoke(self, id_, at, because):
        """A credential ends, and the claim that it came from."""
        self.revoked.add(id_)
        if claim := self.credentials.get(id_):
            claim.state = REVOKED
        self.bring_about(at, [("revocation", id_, because)])

    def on_dispute(self, entry):
        index, poll, shown = entry.index, entry.poll, entry.shown
        if self.bundle.is_complete:
            claim = self.claim(index, self.claims.get(entry.claim))
            rule(is_text(entry.reasons, 8000), index, "dispute")
            running = claim.dispute and claim.dispute.tally is None
            rule(claim.state in (ACCEPTED, REJECTED) and not running, index, "dispute_place")
            rule(entry.epoch == self.latest, index, "stale_epoch")
            rule(self.follows(poll, claim, entry.at), index, "dispute_poll")
            self.check_id(poll, index)
            self.check_key(poll, index)
        else:
            self.check_poll(poll, entry, disputes=True)
        rule(is_text(entry.reasons, 8000), index, "dispute")
        self.check_shown(index, shown, poll.eligibility.statement, poll.key_id)
        scope = counted("AIQ/v1/dispute") + u32(entry.epoch) + entry.claim
        scope = scope_of(self.bundle.deployment_id, "dispute", scope)
        self.act_once(index, scope, shown.nullifier)
        self.announce(poll, entry.claim)
        if self.bundle.is_complete:
            claim.dispute = self.polls[scope_of(self.bundle.deployment_id, "poll", poll.definition)]
        message = field_hash(b"AIQ/v1/dispute", field(scope), sha256(entry.reasons.encode()))
        self.check_proof(index, shown, poll.eligibility, poll.roots, scope, message)

    def follows(self, poll, claim, at):
        """Whether a poll is the one that decides a dispute of a claim; its id is free."""
        standard, decision = claim.standard, poll.decision
        return (
            poll.question == QUESTION.format(claim.id.hex())
            and poll.options == OPTIONS
            and poll.rule == ("single choice",)
            and (decision.quorum, decision.bound, decision.share) == (standard.quorum, 1, Fraction(standard.acceptance))
            and not decision.by_lot
            and poll.eligibility == self.as_of(claim.eligibility, self.sealed_at)
            and poll.roots == self.roots(self.latest)
            and poll.key_id == self.listed(poll.eligibility.statement)
            and (poll.announced_at, poll.opens_at) == (at, at)
            and poll.closes_at == min(at + standard.window, LATEST)
            and poll.enactment is not None
            and (poll.enactment.option, poll.enactment.change) == (UPHELD, (OVERTURN, claim.id))
            and poll.reward is None
            and poll.sealing is None
        )

    @staticmethod
    def as_of(asked, moment):
        """What a claim asks its reviewers for, at another moment."""
        return Record(statement=asked.statement, packed=asked.packed % (1 << 76) | moment << 76, menu=asked.menu)

    def settle_dispute(self, poll, entry):
        """What the tally of a dispute's poll brings about."""
        outcome, lead = poll.tally[-1]
        claim = self.claims.get(poll.disputed)
        if claim is None or outcome != 0 or lead[0] != UPHELD:
            return
        if claim.state == ACCEPTED:
            self.end(claim, entry.at, ("poll", entry.scope))
        elif claim.state == REJECTED and self.is_free(claim):
            claim.state = ACCEPTED
            self.grant_credential(claim, entry.at)
            self.end_renewed(claim, entry.at)

    def on_sponsorship(self, entry):
        index, shown = entry.index, entry.shown
        sponsors = self.charter and self.charter.sponsors
        rule(sponsors, index, "sponsorship")
        menu, per_epoch = sponsors
        rule(entry.number < per_epoch, index, "limit")
        rule(entry.epoch == self.latest, index, "stale_epoch")
        asked = self.eligibility(menu, self.sealed_at)
        self.check_shown(index, shown, asked.statement, self.key(asked.statement))
        scope = counted("AIQ/v1/sponsorship") + u32(entry.epoch) + bytes([entry.number])
        scope = scope_of(self.bundle.deployment_id, "sponsor", scope)
        self.act_once(index, scope, shown.nullifier)
        self.invitations.append(Record(expires_at=min(entry.at + self.charter.validity, LATEST), left=1))
        message = field_hash(b"AIQ/v1/sponsor", field(scope), entry.token_hash)
        self.check_proof(index, shown, asked, self.roots(self.latest), scope, message)

    def on_merge(self, entry):
        index, balance, spends = entry.index, entry.balance, entry.spends
        rule(entry.epoch == self.latest, index, "stale_epoch")
        rule(entry.key_id == self.key("merge-6"), index, "presentation")
        holds = (
            balance.kind == BALANCE_NOTE
            and balance.weight > 0
            and len(set(spends)) == len(spends)
            and balance.issued_at == self.sealed_at
            and balance.expires_at > entry.at
        )
        rule(holds, index, "merge")
        rule(not self.spent & set(spends), index, "spent")
        self.new_tag(index, entry.tag)
        self.spent |= set(spends)
        self.issue(index, entry.tag, balance.packed, field_hash(b"AIQ/v1/balance", *map(field, spends)))
        _, _, credentials_root = self.roots(self.latest)
        message = field_hash(b"AIQ/v1/merge", self.bundle.deployment_id, u32(entry.epoch))
        inputs, key = (credentials_root, balance.packed, *spends, entry.tag, message), self.keys[entry.key_id]
        self.pending.append((index, "proof", lambda: groth16.verify(key, inputs, entry.proof)))
