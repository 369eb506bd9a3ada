"""The rules of polls, from their announcement to their tally (§8, docs/bundle.md)."""

from types import SimpleNamespace as Record

from . import ed25519, groth16, polls
from .canonical import counted, field, field_hash, sha256, u32
from .fault import rule
from .parts import REWARD_NOTE, attributes, note_id, scope_of
from .texts import is_line

MAX_BODY = 4096


def keeps_its_rules(poll):
    """Whether a definition does, whatever surrounds it."""
    options = [option.strip() for option in poll.options]
    domain, weight, expires_at = poll.reward or (b"\x01", 1, poll.closes_at + 1)
    return (
        is_line(poll.question, 1000)
        and 2 <= len(options) <= 64
        and all(is_line(option, 200) for option in poll.options)
        and len(set(options)) == len(options)
        and polls.is_valid(poll.rule, poll.decision, len(options))
        and poll.announced_at <= poll.opens_at < poll.closes_at
        and (poll.enactment is None or poll.enactment[0] < len(options))
        and domain[0] > 0
        and weight > 0
        and expires_at > poll.closes_at
    )


class Ballots:
    """What a log has of polls. Part of a `Log`."""

    def __init__(self):
        self.polls = {}

    def on_poll(self, entry):
        rule(entry.enactment is None, entry.index, "poll_definition", "only a dispute enacts")
        self.check_poll(entry, entry.at, entry.index, entry.announced_at)
        self.announce(entry)

    def check_poll(self, poll, at, index, as_of):
        """All that can be said of a definition without what brought it about."""
        rule(keeps_its_rules(poll) and poll.announced_at == at, index, "poll_definition")
        self.check_id(poll, index)
        rule(poll.roots in (self.roots(number) for number in self.epochs), index, "poll_roots")
        listed = poll.eligibility == self.eligibility(poll.eligibility.menu, as_of)
        rule(poll.eligibility.statement == "membership" or listed, index, "poll_eligibility")
        rule(poll.key_id == self.key(poll.eligibility.statement), index, "poll_key")

    def check_id(self, poll, index):
        rule(poll.id not in (other.id for other in self.polls.values()), index, "repeated_poll")

    def announce(self, poll, disputed=None):
        """Takes a poll that keeps all rules; `disputed` is the claim that it may overturn."""
        number, *_ = poll.roots
        scope = scope_of(self.bundle.deployment_id, "poll", poll.definition)
        leaves, tombstones, _ = self.epochs[number][0]
        self.polls[scope] = Record(
            **vars(poll),
            members=max(leaves - tombstones, 0),
            voters={},
            closed=False,
            unopened=None,
            tally=None,
            disputed=disputed,
        )

    def poll(self, entry):
        rule(entry.scope in self.polls, entry.index, "unknown_poll")
        return self.polls[entry.scope]

    def on_join(self, entry):
        poll, index, shown = self.poll(entry), entry.index, entry.shown
        in_time = poll.announced_at <= entry.at < poll.closes_at and not poll.closed
        rule(in_time, index, "outside_times")
        self.check_shown(index, shown, poll.eligibility.statement, poll.key_id)
        rule(ed25519.is_usable(entry.ballot_key), index, "ballot_key")
        rule(shown.nullifier not in poll.voters, index, "repeated_join")
        rule(len(poll.voters) < poll.members, index, "too_many_joins")
        if poll.reward:
            self.new_tag(index, shown.tag)
        poll.voters[shown.nullifier] = Record(key=entry.ballot_key, tag=shown.tag, seq=-1, body=None)
        message = field_hash(b"AIQ/v1/join", field(entry.scope), entry.ballot_key)
        self.check_proof(index, shown, poll.eligibility, poll.roots, entry.scope, message)

    def on_ballot(self, entry):
        poll, index = self.poll(entry), entry.index
        in_time = poll.opens_at <= entry.at < poll.closes_at and not poll.closed
        rule(in_time, index, "outside_times")
        voter = poll.voters.get(entry.nullifier)
        rule(voter, index, "not_joined")
        rule(entry.seq > voter.seq, index, "sequence")
        voter.seq, voter.body = entry.seq, None
        if entry.opening is None:
            poll.unopened = index if poll.unopened is None else poll.unopened
            return
        blinding, voter.body, signature = entry.opening
        canonical = counted("AIQ/v1/ballot-opening") + blinding + counted(voter.body) + signature
        rule(sha256(canonical) == entry.commitment and len(voter.body) <= MAX_BODY, index, "opening")
        number = u32(entry.seq)
        signed = b"AIQ/v1/ballot" + field(entry.scope) + field(entry.nullifier) + number + sha256(voter.body)
        self.pending.append((index, "ballot_signature", lambda: ed25519.verify(voter.key, signed, signature)))

    def on_close(self, entry):
        poll = self.poll(entry)
        rule(not poll.closed and entry.at >= poll.closes_at, entry.index, "close")
        rule(poll.unopened is None, poll.unopened, "opening_missing")
        poll.closed = True

    def on_tally(self, entry):
        poll = self.poll(entry)
        rule(poll.closed and poll.tally is None, entry.index, "tally_place")
        rule(ed25519.verify(self.log_key, entry.signed, entry.signature), entry.index, "tally_signature")
        voted = {nullifier: voter for nullifier, voter in poll.voters.items() if voter.seq >= 0}
        bodies = [voter.body for voter in voted.values()]
        rule(entry.counts == polls.count(poll, entry.scope, bodies, len(poll.voters)), entry.index, "tally")
        poll.tally = entry.counts
        if poll.disputed is not None:
            self.settle_dispute(poll, entry)
        if poll.reward:
            domain, weight, expires_at = poll.reward
            packed = attributes(domain, REWARD_NOTE, weight, expires_at, entry.at)
            notes = [("grant", voted[one].tag, packed, note_id(entry.scope, one)) for one in sorted(voted)]
            self.bring_about(entry.at, notes)


def proof_holds(key, eligibility, roots, scope, shown, message):
    """Whether a presentation's proof holds for what the verifier knows (§5)."""
    _, members_root, credentials_root = roots
    required = () if eligibility.packed is None else (credentials_root, eligibility.packed)
    return groth16.verify(key, (members_root, *required, scope, shown.nullifier, shown.tag, message), shown.proof)
