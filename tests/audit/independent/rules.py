"""The rules of an audit, in the order of docs/bundle.md."""

import unicodedata
from types import SimpleNamespace as Record

from . import ed25519, entries, groth16, merkle, note, polls
from .bundle import Bundle, check_keys
from .canonical import counted, field, field_hash, poseidon, sha256, u32
from .fault import Fault, Malformed, rule

FOUNDING = ("genesis", "domain", "menu", "grant")
OF_A_POLL = ("genesis", "domain", "menu", "epoch", "poll", "join", "ballot", "close", "tally")
MAX_BODY = 4096
MISLEADING = {0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}


def is_line(text, most):
    """A text of one line that people can read."""
    return (
        bool(text.strip())
        and len(text.encode()) <= most
        and not any(unicodedata.category(c) == "Cc" or ord(c) in MISLEADING for c in text)
    )


def audit(file, witnesses=(), required=0):
    """Raises the fault of a bundle, or returns what was found."""
    log = Log(Bundle(file), witnesses, required)
    return log.run()


class Log:
    def __init__(self, bundle, witnesses, required):
        self.bundle, self.witnesses, self.required = bundle, witnesses, required
        self.manifest, self.keys = check_keys(bundle)
        self.log_key = self.size = self.root = self.last = None
        self.leaves, self.pending, self.proofs = [], [], 0
        self.domains, self.menu, self.tags, self.grants, self.founded = set(), {}, set(), 0, False
        self.enrolled, self.invitations = set(), []
        self.waiting = {"member_node": [], "credential_node": []}
        self.trees = {"member_node": [], "credential_node": []}
        self.epochs, self.sealed_at, self.before = {}, 0, 0
        self.polls = {}

    def run(self):
        try:
            while (line := self.bundle.next()) is not None:
                self.entry(line)
        except Fault:
            self.settle()
            raise
        self.settle()
        if self.bundle.is_complete:
            rule(merkle.log_root(self.leaves) == self.root, None, "root")
        else:
            rule(any(poll.id == self.bundle.poll for poll in self.polls.values()), None, "poll_missing")
        return {"entries": self.bundle.read, "proofs": self.proofs}

    def settle(self):
        """Proofs and signatures of ballots, in the order of their entries."""
        pending, self.pending = self.pending, []
        for index, code, holds in pending:
            rule(holds(), index, code)
            self.proofs += code == "proof"

    def entry(self, line):
        index, complete = line.index, self.bundle.is_complete
        if complete:
            rule(index == len(self.leaves), len(self.leaves), "order")
        else:
            rule(self.last is None or index > self.last, index, "order")
        rule(merkle.leaf_hash(line.entry) == line.hash, index, "entry_hash")
        try:
            entry = entries.decode(line.entry)
        except Malformed as error:
            raise Fault(index, "entry", str(error)) from error
        entry.index, entry.opening = index, line.opening
        rule(line.opening is None or entry.kind == "ballot", index, "opening")
        rule((entry.kind == "genesis") == (index == 0), index, "genesis")
        if index == 0:
            self.genesis(entry)
        rule(self.log_key, index, "genesis", "not the first")
        if complete:
            self.leaves.append(line.hash)
        else:
            included = merkle.is_included(index, self.size, line.hash, line.proof, self.root)
            rule(included, index, "inclusion")
            belongs = entry.kind in OF_A_POLL and (entry.kind != "poll" or entry.id == self.bundle.poll)
            rule(belongs, index, "foreign")
        founds = entry.kind in FOUNDING or entry.kind == "enrolment" and not entry.by_invitation
        rule(entry.kind == "epoch" or founds != self.founded, index, "founding")
        if act := getattr(self, f"on_{entry.kind}", None):
            act(entry)
        self.last = index

    def genesis(self, entry):
        rule(is_line(entry.name, 100), 0, "genesis")
        id_ = self.bundle.deployment_id
        rule(sha256(b"AIQ/v1/deployment", entry.record) == id_, None, "deployment_id")
        rule(sha256(self.bundle.manifest.encode()) == entry.manifest_digest, None, "manifest_digest")
        try:
            self.size, self.root = note.checkpoint(self.bundle.checkpoint, id_, entry.log_key)
        except Malformed as error:
            raise Fault(None, "checkpoint", str(error)) from error
        signed = note.Note(self.bundle.checkpoint)
        cosigned = [signed.cosigned(name, key) for name, key in self.witnesses]
        rule(False not in cosigned and cosigned.count(True) >= self.required, None, "cosignature")
        rule(not self.bundle.is_complete or self.size == self.bundle.entries, None, "size")
        self.log_key = entry.log_key

    def on_domain(self, entry):
        levels = entry.domain
        depth = 4 - levels.count(0)
        parent = levels[: depth - 1] + bytes(5 - depth)
        holds = is_line(entry.name, 100) and depth > 0 and levels not in self.domains
        rule(holds and (depth == 1 or parent in self.domains), entry.index, "domain")
        self.domains.add(levels)

    def on_menu(self, entry):
        asked, slots = entry.requirement, entries.SLOTS[entry.statement]
        rule(entries.is_menu_id(entry.id) and entry.id not in self.menu, entry.index, "menu")
        rule(is_line(entry.title, 200) and slots > 0 and asked.min_count <= slots, entry.index, "menu")
        rule(asked.length == 0 or asked.domain in self.domains, entry.index, "menu")
        rule(asked.min_weight <= slots * 0xFFFF, entry.index, "menu")
        self.menu[entry.id] = entry.statement, asked.packed

    def on_grant(self, entry):
        canonical = counted("AIQ/v1/genesis-credential") + u32(self.grants) + field(entry.tag) + field(entry.packed)
        holds = (
            entry.domain in self.domains
            and entry.credential_kind < 0x80
            and entry.weight > 0
            and entry.expires_at > entry.issued_at
            and entry.id == field_hash(b"AIQ/v1/credential", sha256(canonical))
            and entry.tag not in self.tags
        )
        rule(holds, entry.index, "grant")
        self.tags.add(entry.tag)
        self.grants += 1
        leaf = poseidon("credential", entry.tag, entry.packed, entry.id)
        self.waiting["credential_node"].append((entry.index, leaf))

    def on_enrolment(self, entry):
        rule(entry.commitment not in self.enrolled, entry.index, "repeated_member")
        if entry.by_invitation:
            valid = [invitation for invitation in self.invitations if invitation.expires_at > entry.at and invitation.left]
            rule(valid, entry.index, "no_invitation")
            min(valid, key=lambda invitation: invitation.expires_at).left -= 1
        self.enrolled.add(entry.commitment)
        self.waiting["member_node"].append((entry.index, entry.commitment))

    def on_invitations(self, entry):
        self.invitations.append(Record(expires_at=entry.expires_at, left=entry.count))

    def on_epoch(self, entry):
        index, stated = entry.index, {"member_node": entry.members, "credential_node": entry.credentials}
        rule(entry.deployment_id == self.bundle.deployment_id and entry.before <= index, index, "epoch")
        if self.bundle.is_complete:
            rule(entry.number == len(self.epochs), index, "epoch")
            rule(entry.at >= self.sealed_at and entry.before >= self.before, index, "epoch")
            ready = any(place < entry.before for waiting in self.waiting.values() for place, _ in waiting)
            rule(entry.number == 0 or ready, index, "epoch", "nothing waited")
            for name, code in (("member_node", "epoch_members"), ("credential_node", "epoch_credentials")):
                waiting, tree = self.waiting[name], self.trees[name]
                tree += sorted(leaf for place, leaf in waiting if place < entry.before)
                self.waiting[name] = [(place, leaf) for place, leaf in waiting if place >= entry.before]
                rule(stated[name] == (len(tree), merkle.tree_root(name, tree)), index, code)
        else:
            rule(not self.epochs, index, "foreign")
        self.epochs[entry.number] = entry.members, entry.credentials
        self.sealed_at, self.before, self.founded = entry.at, entry.before, True

    def on_poll(self, entry):
        options = [option.strip() for option in entry.options]
        holds = (
            is_line(entry.question, 1000)
            and 2 <= len(options) <= 64
            and all(is_line(option, 200) for option in entry.options)
            and len(set(options)) == len(options)
            and polls.is_valid(entry.rule, entry.decision, len(options))
            and entry.announced_at <= entry.opens_at < entry.closes_at
            and entry.announced_at == entry.at
        )
        rule(holds, entry.index, "poll_definition")
        rule(entry.id not in (poll.id for poll in self.polls.values()), entry.index, "repeated_poll")
        number, members_root, credentials_root = entry.roots
        (members, *members_known), (_, *credentials_known) = self.epochs.get(number, ((0,), (0,)))
        pinned = [members_root], [credentials_root]
        rule(pinned == (members_known, credentials_known), entry.index, "poll_roots")
        if entry.requirement:
            # As of the announcement: the moment stands above the other fields of the menu's packed requirement.
            statement, packed = self.menu.get(entry.menu, (None, 0))
            same = (statement, packed | entry.announced_at << 76) == (entry.statement, entry.requirement.packed)
            rule(same, entry.index, "poll_eligibility")
        listed = self.manifest.get(entry.statement)
        rule(listed and listed.id == entry.key_id and entry.key_id in self.keys, entry.index, "poll_key")
        kind = b"\x04poll"
        scope = field_hash(b"AIQ/v1/scope", self.bundle.deployment_id, kind, sha256(entry.definition))
        required = [credentials_root, entry.requirement.packed] if entry.requirement else []
        entry.fixed_inputs = (members_root, *required, scope)
        entry.members, entry.voters, entry.closed, entry.unopened, entry.tally = members, {}, False, None, None
        self.polls[scope] = entry

    def poll(self, entry):
        rule(entry.scope in self.polls, entry.index, "unknown_poll")
        return self.polls[entry.scope]

    def on_join(self, entry):
        poll, index = self.poll(entry), entry.index
        in_time = poll.announced_at <= entry.at < poll.closes_at and not poll.closed
        rule(in_time, index, "outside_times")
        rule((entry.statement, entry.key_id) == (poll.statement, poll.key_id), index, "presentation")
        rule(ed25519.is_usable(entry.ballot_key), index, "ballot_key")
        rule(entry.nullifier not in poll.voters, index, "repeated_join")
        rule(len(poll.voters) < poll.members, index, "too_many_joins")
        poll.voters[entry.nullifier] = Record(key=entry.ballot_key, seq=-1, body=None)
        message = field_hash(b"AIQ/v1/join", field(entry.scope), entry.ballot_key)
        inputs = (*poll.fixed_inputs, entry.nullifier, entry.tag, message)
        key = self.keys[poll.key_id]
        self.pending.append((index, "proof", lambda: groth16.verify(key, inputs, entry.proof)))

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
        last = [voter.body for voter in poll.voters.values() if voter.seq >= 0]
        rule(entry.counts == polls.count(poll, entry.scope, last, len(poll.voters)), entry.index, "tally")
        poll.tally = entry.counts
