"""The rules of polls, from their announcement to their tally (§8, docs/bundle.md)."""

from types import SimpleNamespace as Record

from . import ed25519, groth16, p256, polls
from .canonical import counted, field, field_hash, sha256, u32
from .definitions import OVERTURN, SERVICE, is_valid
from .fault import Malformed, rule
from .parts import REWARD_NOTE, attributes, note_id, scope_of
from .sealed import OVERHEAD, Sealed, is_below_floor
from .texts import is_line

MAX_BODY, MAX_REASON = 4096, 2000


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
        and (poll.enactment is None or is_valid(poll.enactment, len(options)))
        and (poll.sealing is None or is_sealing(poll.sealing))
        and domain[0] > 0
        and weight > 0
        and expires_at > poll.closes_at
    )


def is_sealing(sealing):
    return sealing.key[0] in (2, 3) and sealing.floor >= 1 and sealing.reasons <= MAX_REASON


def is_point(data):
    try:
        return p256.point(data) is not None
    except Malformed:
        return False


class Poll(Record):
    """A poll with what the log has of it."""

    def voted(self):
        """Those of its voters who have a ballot."""
        return {nullifier: voter for nullifier, voter in self.voters.items() if voter.seq >= 0}


class Ballots(Sealed):
    """What a log has of polls. Part of a `Log`."""

    def __init__(self):
        self.polls, self.reasons_of = {}, None

    def on_poll(self, entry):
        self.check_poll(entry, entry)
        self.announce(entry)

    def check_poll(self, poll, entry, epochs=None, disputes=False):
        """All that can be said of a definition; `epochs` are those that it may pin."""
        index = entry.index
        rule(keeps_its_rules(poll) and poll.announced_at == entry.at, index, "poll_definition")
        self.check_id(poll, index)
        rule(poll.roots in map(self.roots, epochs or self.epochs), index, "poll_roots")
        asked = poll.eligibility
        if disputes:
            as_of = asked.packed is None or asked.packed >> 76 == self.sealed_at
            rule(as_of, index, "poll_eligibility")
            rule(poll.enactment and poll.enactment.change[0] == OVERTURN, index, "poll_enactment")
            rule(poll.sealing is None, index, "poll_sealing")
        else:
            listed = asked.statement == "membership" or asked == self.eligibility(asked.menu, poll.announced_at)
            rule(listed, index, "poll_eligibility")
            self.check_enactment(poll, index)
            self.check_sealing(poll, index)
        self.check_key(poll, index)

    def check_id(self, poll, index):
        rule(poll.id not in (other.id for other in self.polls.values()), index, "repeated_poll")

    def check_key(self, poll, index):
        rule(poll.key_id == self.key(poll.eligibility.statement), index, "poll_key")

    def check_sealing(self, poll, index):
        sealing = poll.sealing
        trustees = sealing.ceremony if sealing else SERVICE
        if trustees is not SERVICE:
            made = self.ceremonies.get(trustees)
            holds = made and made.is_complete() and made.key() == sealing.key
            rule(holds, index, "poll_sealing")
            before = (other.sealing.ceremony for other in self.polls.values() if other.sealing)
            rule(trustees not in before, index, "poll_sealing", "another poll has the key")
        rule(sealing is None or is_point(sealing.key), index, "poll_sealing")
        rule(not self.bundle.poll or set(self.ceremonies) <= {trustees}, index, "poll_sealing", "not its ceremony")

    def members_of(self, poll):
        """Members in the tree that it pins."""
        leaves, tombstones, _ = self.epochs[poll.roots[0]][0]
        return max(leaves - tombstones, 0)

    def announce(self, poll, disputed=None, withdrawal_key=None):
        """Takes a poll that keeps all rules; `disputed` is the claim that it may overturn, the key is of who proposed it."""
        scope = scope_of(self.bundle.deployment_id, "poll", poll.definition)
        self.polls[scope] = Poll(
            **vars(poll),
            members=self.members_of(poll),
            voters={},
            closed=False,
            withdrawn=False,
            unopened=None,
            shares={},
            tally=None,
            tallied_at=None,
            reasons=[],
            disputed=disputed,
            withdrawal_key=withdrawal_key,
        )

    def poll(self, entry):
        rule(entry.scope in self.polls, entry.index, "unknown_poll")
        return self.polls[entry.scope]

    def on_join(self, entry):
        poll, index, shown = self.poll(entry), entry.index, entry.shown
        in_time = poll.announced_at <= entry.at < poll.closes_at and not (poll.closed or poll.withdrawn)
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
        in_time = poll.opens_at <= entry.at < poll.closes_at and not (poll.closed or poll.withdrawn)
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
        length = OVERHEAD + polls.longest(poll.rule, len(poll.options))
        rule(poll.sealing is None or len(voter.body) == length, index, "opening")
        number = u32(entry.seq)
        signed = b"AIQ/v1/ballot" + field(entry.scope) + field(entry.nullifier) + number + sha256(voter.body)
        self.pending.append((index, "ballot_signature", lambda: ed25519.verify(voter.key, signed, signature)))

    def on_close(self, entry):
        poll = self.poll(entry)
        rule(not poll.closed and not poll.withdrawn and entry.at >= poll.closes_at, entry.index, "close")
        rule(poll.unopened is None, poll.unopened, "opening_missing")
        poll.closed = True

    def on_tally(self, entry):
        poll = self.poll(entry)
        rule(poll.closed and poll.tally is None, entry.index, "tally_place")
        can_count = poll.sealing is None or is_below_floor(poll) or self.has_shares(poll)
        rule(can_count, entry.index, "tally_place")
        rule(ed25519.verify(self.log_key, entry.signed, entry.signature), entry.index, "tally_signature")
        rule(entry.counts == self.count(poll, entry.scope), entry.index, "tally")
        poll.tally, poll.tallied_at, self.reasons_of = entry.counts, entry.at, entry.scope
        if poll.disputed is not None:
            self.settle_dispute(poll, entry)
        else:
            self.settle_enactment(poll, entry)
        if poll.reward:
            domain, weight, expires_at = poll.reward
            voted = poll.voted()
            packed = attributes(domain, REWARD_NOTE, weight, expires_at, entry.at)
            notes = [("grant", voted[one].tag, packed, note_id(entry.scope, one)) for one in sorted(voted)]
            self.bring_about(entry.at, notes)


def proof_holds(key, eligibility, roots, scope, shown, message):
    """Whether a presentation's proof holds for what the verifier knows (§5)."""
    _, members_root, credentials_root = roots
    required = () if eligibility.packed is None else (credentials_root, eligibility.packed)
    return groth16.verify(key, (members_root, *required, scope, shown.nullifier, shown.tag, message), shown.proof)
