"""The domain tree, the menu, the charter and the standards: what changes them, and what members decide on (§6, §8, docs/bundle.md)."""

from . import ed25519
from .canonical import counted, field, field_hash, sha256, u32
from .definitions import OVERTURN, REVOKE, WAITING, is_menu_entry
from .entries import FOUNDING, POLL
from .fault import rule
from .parts import SLOTS, scope_of
from .polls import WINNER
from .texts import is_line


class Governance:
    """What holds, and who may change it. Part of a `Log`."""

    def __init__(self):
        self.charter, self.standards = None, []
        self.domains, self.menu = set(), {}
        self.passed = []

    def knows(self, levels):
        return not any(levels) or levels in self.domains

    def is_domain(self, entry):
        """Whether a domain is well-formed."""
        depth = 4 - entry.domain.count(0)
        parent = entry.domain[: max(depth - 1, 0)].ljust(4, b"\x00")
        return is_line(entry.name, 100) and depth > 0 and self.knows(parent)

    def is_menu(self, entry):
        """Whether a menu entry is."""
        asked = entry.requirement
        return is_menu_entry(entry) and self.knows(asked.domain) and asked.min_weight <= SLOTS[entry.statement] * 0xFFFF

    def is_next(self, new):
        """Whether the rules of a standard hold."""
        versions = [other.version for other in self.standards if other.prefix == new.prefix]
        is_known = self.knows(new.domain) and new.reviewers in self.menu
        return is_known and new.version == max(versions, default=0) + 1

    def newest(self):
        """The newest standard of each prefix."""
        return {standard.prefix: standard for standard in self.standards}.values()

    def is_possible(self, enacts):
        """Whether a change is, as things stand."""
        kind, what, *_ = enacts.change
        if kind == "standard":
            return self.is_next(enacts.record)
        if kind == "menu":
            return self.is_menu(enacts.record)
        if kind == "domain":
            return self.is_domain(enacts.record)
        if kind == "menu_removal":
            named = self.charter.named | {standard.reviewers for standard in self.newest()}
            return what in self.menu and what not in named
        return what in self.credentials and what not in self.revoked

    def enact(self, change, record):
        kind, what, *_ = change
        if kind == "standard":
            self.standards.append(record)
        elif kind == "menu":
            self.menu[what] = record.statement, record.requirement.packed
        elif kind == "domain":
            self.domains.add(what)
        elif kind == "menu_removal":
            del self.menu[what]

    def enact_passed(self, at):
        """What an epoch brings about: what has passed since the one before, if it is possible still."""
        passed, self.passed = self.passed, []
        for scope, enacts in passed:
            if self.is_possible(enacts):
                self.enact(enacts.change, enacts.record)
                self.bring_about(at, [(*enacts.change, (POLL, scope))])

    def settle_enactment(self, poll, entry):
        """What the tally of a poll brings about that no dispute opened."""
        outcome, lead = poll.tally[-1]
        enacts = poll.enactment
        if enacts is None or outcome != WINNER or lead[0] != enacts.option or not self.bundle.is_complete:
            return
        kind, what, *_ = enacts.change
        if kind in WAITING:
            self.passed.append((entry.scope, enacts))
        elif kind == REVOKE and self.is_possible(enacts):
            self.revoke(what, entry.at, ("poll", entry.scope))

    def on_domain(self, entry):
        right, _ = entry.by
        is_new = right == POLL or right == FOUNDING and entry.domain not in self.domains
        rule(is_new and self.is_domain(entry), entry.index, "domain")
        self.enact(entry.change, entry)

    def on_menu(self, entry):
        right, _ = entry.by
        is_new = right == POLL or right == FOUNDING and entry.id not in self.menu
        rule(is_new and self.is_menu(entry), entry.index, "menu")
        self.enact(entry.change, entry)

    def on_menu_removal(self, entry):
        (right, _), (_, id_) = entry.by, entry.change
        rule(right == POLL and id_ in self.menu, entry.index, "menu_removal")
        self.enact(entry.change, entry)

    def on_charter(self, entry):
        rule(self.charter is None and entry.named <= set(self.menu), entry.index, "charter")
        self.charter = entry

    def on_standard(self, entry):
        rule(self.is_next(entry.standard), entry.index, "standard")
        self.enact(entry.change, entry.standard)

    def check_enactment(self, poll, index):
        """Of a poll that no dispute opened."""
        enacts, governs = poll.enactment, self.charter and self.charter.governance
        if enacts is None:
            return
        kind, *_ = enacts.change
        rule(kind != OVERTURN and governs, index, "poll_enactment")
        decision, asked = poll.decision, poll.eligibility
        holds = (
            poll.rule == ("single choice",)
            and asked.menu == governs.electorate
            and decision.quorum >= -(-self.members_of(poll) * governs.quorum.numerator // governs.quorum.denominator)
            and decision.bound in (1, 2)
            and decision.share >= governs.threshold
            and poll.closes_at - poll.opens_at >= governs.window
        )
        rule(holds, index, "poll_enactment")
        rule(not self.bundle.is_complete or self.is_possible(enacts), index, "poll_enactment")

    def on_proposal(self, entry):
        index, poll, shown = entry.index, entry.poll, entry.shown
        proposers = self.charter and self.charter.proposers
        rule(proposers and proposers[0] in self.menu, index, "proposal")
        rule(ed25519.is_usable(entry.withdrawal_key), index, "withdrawal_key")
        menu, per_epoch = proposers
        rule(entry.number < per_epoch, index, "limit")
        rule(entry.epoch == self.latest, index, "stale_epoch")
        self.check_poll(poll, entry, epochs=(entry.epoch,))
        asked = self.eligibility(menu, self.sealed_at)
        self.check_shown(index, shown, asked.statement, self.key(asked.statement))
        scope = counted("AIQ/v1/proposal") + u32(entry.epoch) + bytes([entry.number])
        scope = scope_of(self.bundle.deployment_id, "propose", scope)
        self.act_once(index, scope, shown.nullifier)
        self.announce(poll, withdrawal_key=entry.withdrawal_key)
        message = field_hash(b"AIQ/v1/propose", field(scope), sha256(poll.draft), entry.withdrawal_key)
        self.check_proof(index, shown, asked, self.roots(self.latest), scope, message)

    def on_poll_withdrawal(self, entry):
        poll, index = self.poll(entry), entry.index
        in_time = not poll.withdrawn and not poll.closed and entry.at < poll.opens_at
        rule(in_time, index, "poll_withdrawal_place")
        by_proposer = entry.signature is not None
        is_theirs = poll.disputed is None and by_proposer == (poll.withdrawal_key is not None)
        rule(is_theirs, index, "poll_withdrawal")
        signed = b"AIQ/v1/withdraw-poll" + field(entry.scope)
        holds = not by_proposer or ed25519.verify(poll.withdrawal_key, signed, entry.signature)
        rule(holds, index, "poll_withdrawal_signature")
        poll.withdrawn = True
