"""The rules of an audit, in the order of docs/bundle.md."""

from types import SimpleNamespace as Record

from . import ed25519, entries, merkle, note
from .ballots import Ballots, proof_holds
from .bundle import Bundle, check_keys
from .canonical import counted, field, field_hash, poseidon, sha256, u32
from .ceremonies import Ceremonies
from .claims import Claims
from .fault import Fault, Malformed, rule
from .governance import Governance
from .texts import is_line

TOMBSTONE = field_hash(b"AIQ/v1/tombstone")
CHANGEABLE = ("domain", "menu", "menu-removal", "standard")
"""What a poll can change."""
OF_A_CEREMONY = ("ceremony", "ceremony-round-1", "ceremony-round-2", "ceremony-confirmation", "ceremony-complaint")
ALWAYS = ("genesis", "domain", "menu", "menu-removal", "epoch")
"""What stands in the bundle of a poll and in that of a claim."""
OPENING = ("poll", "dispute", "proposal")
OF_A_POLL = (*ALWAYS, "charter", *OF_A_CEREMONY, *OPENING, "poll-withdrawal", "join", "ballot", "close", "share", "tally", "reason")
OF_A_CLAIM = (*ALWAYS, "standard", "claim", "recusal", "review", "ruling", "grant")


def audit(file, witnesses=(), required=0):
    """Raises the fault of a bundle, or returns what was found."""
    log = Log(Bundle(file), witnesses, required)
    return log.run()


class Log(Ballots, Claims, Ceremonies, Governance):
    def __init__(self, bundle, witnesses, required):
        Ballots.__init__(self)
        Claims.__init__(self)
        Ceremonies.__init__(self)
        Governance.__init__(self)
        self.bundle, self.witnesses, self.required = bundle, witnesses, required
        self.manifest, self.keys = check_keys(bundle)
        self.log_key = self.size = self.root = self.last = None
        self.leaves, self.pending, self.proofs = [], [], 0
        self.tags, self.grants, self.founded = set(), 0, False
        self.enrolled, self.invitations = {}, []
        self.waiting = {"member_node": [], "credential_node": []}
        self.removed = {"member_node": [], "credential_node": []}
        self.trees = {"member_node": [], "credential_node": []}
        self.tombstones = {"member_node": 0, "credential_node": 0}
        self.leaves_by_id = {}
        self.epochs, self.latest, self.sealed_at, self.before = {}, None, 0, 0
        self.due = []

    def run(self):
        try:
            while (line := self.bundle.next()) is not None:
                self.entry(line)
        except Fault:
            self.settle()
            raise
        self.settle()
        if self.bundle.is_complete:
            rule(not self.due, None, "consequence")
            rule(merkle.log_root(self.leaves) == self.root, None, "root")
        elif self.bundle.claim:
            rule(not self.due, None, "consequence")
            rule(self.bundle.claim in self.claims, None, "claim_missing")
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
        rule(line.opening is None or entry.kind == line.opening_of, index, "opening")
        rule((entry.kind == "genesis") == (index == 0), index, "genesis")
        if index == 0:
            self.genesis(entry)
        rule(self.log_key, index, "genesis", "not the first")
        if complete:
            self.leaves.append(line.hash)
        else:
            included = merkle.is_included(index, self.size, line.hash, line.proof, self.root)
            rule(included, index, "inclusion")
            rule(self.belongs(entry), index, "foreign")
        rule(self.is_anywhere(entry) or founds(entry) != self.founded, index, "founding")
        due = not self.bundle.poll and self.check_due(entry)
        if entry.kind != "reason" and not due:
            self.reasons_of = None
        if not due or entry.kind in ("grant", "revocation"):
            act = getattr(self, f"on_{entry.kind.replace('-', '_')}", None)
            if act:
                act(entry)
        self.last = index

    def is_anywhere(self, entry):
        """Whether it may stand before and behind the first epoch."""
        by_others = entry.kind in CHANGEABLE and entry.by[0] != entries.FOUNDING
        in_parts = by_others or entry.kind in OF_A_CEREMONY or (self.bundle.claim and entry.kind == "standard")
        return entry.kind in ("epoch", "grant") or (in_parts and not self.bundle.is_complete)

    def belongs(self, entry):
        """Whether an entry does in the bundle of one poll or claim."""
        if self.bundle.claim:
            other = entry.kind == "claim" and entry.id != self.bundle.claim
            return entry.kind in OF_A_CLAIM and not other and (entry.kind != "grant" or self.founded)
        others = entry.kind in OPENING and getattr(entry, "poll", entry).id != self.bundle.poll
        second = entry.kind == "ceremony" and self.ceremonies
        late = entry.kind in OF_A_CEREMONY and self.polls
        return entry.kind in OF_A_POLL and not (others or second or late)

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

    def bring_about(self, at, acts):
        """What has to stand next: ("grant", tag, packed attributes, id) or ("revocation", id, why)."""
        if not self.bundle.poll:
            self.due += [(at, act) for act in acts]

    def check_due(self, entry):
        """Whether an entry is what has to stand here; what only stands where it has to does not stand elsewhere."""
        act = None
        if entry.kind == "grant" and self.founded:
            act = "grant", entry.tag, entry.attributes.packed, entry.id
        if entry.kind == "revocation":
            act = "revocation", entry.id, entry.because
        if entry.kind in CHANGEABLE and entry.by[0] == entries.POLL and self.bundle.is_complete:
            act = *entry.change, entry.by
        due = self.due.pop(0) if self.due else None
        rule(due == (act and (entry.at, act)), entry.index, "consequence")
        rule(due is None or entry.index == self.last + 1, entry.index, "consequence")
        return due is not None

    def listed(self, statement):
        """The id of the manifest's key for a statement, if it has one."""
        return self.manifest[statement].id if statement in self.manifest else None

    def key(self, statement):
        """The same, if the key is in the bundle."""
        return self.listed(statement) if self.listed(statement) in self.keys else None

    def roots(self, number):
        """The roots of an epoch, as records pin them."""
        return (number, *(root for *_, root in self.epochs[number]))

    def eligibility(self, menu, as_of):
        """What a menu entry asks for at a moment, which stands above the other fields of its packed requirement."""
        statement, packed = self.menu.get(menu, (None, 0))
        return Record(statement=statement, packed=packed | as_of << 76, menu=menu)

    def new_tag(self, index, tag):
        rule(tag not in self.tags, index, "tag")
        self.tags.add(tag)

    def check_shown(self, index, shown, statement, key_id):
        rule((shown.statement, shown.key_id) == (statement, key_id), index, "presentation")

    def check_proof(self, index, shown, eligibility, roots, scope, message):
        key = self.keys[shown.key_id]
        self.pending.append((index, "proof", lambda: proof_holds(key, eligibility, roots, scope, shown, message)))

    def check_member(self, index, shown, roots, scope, message):
        self.check_proof(index, shown, Record(packed=None), roots, scope, message)

    def issue(self, index, tag, packed, id_):
        """A leaf of the credentials tree waits for the next epoch."""
        self.leaves_by_id[id_] = poseidon("credential", tag, packed, id_)
        self.waiting["credential_node"].append((index, self.leaves_by_id[id_]))

    def on_grant(self, entry):
        says = entry.attributes
        self.issue(entry.index, entry.tag, says.packed, entry.id)
        if self.founded:
            return
        canonical = counted("AIQ/v1/genesis-credential") + u32(self.grants) + field(entry.tag) + field(says.packed)
        holds = (
            says.domain in self.domains
            and says.kind < 0x80
            and says.weight > 0
            and says.expires_at > says.issued_at
            and entry.id == field_hash(b"AIQ/v1/credential", sha256(canonical))
            and entry.tag not in self.tags
        )
        rule(holds, entry.index, "grant")
        self.tags.add(entry.tag)
        self.grants += 1
        self.credentials[entry.id] = None

    def on_enrolment(self, entry):
        # Who has left stays enrolled here, without a key.
        rule(entry.commitment not in self.enrolled, entry.index, "repeated_member")
        rule(ed25519.is_usable(entry.withdrawal_key), entry.index, "withdrawal_key")
        if entry.by_invitation:
            valid = [invitation for invitation in self.invitations if invitation.expires_at > entry.at and invitation.left]
            rule(valid, entry.index, "no_invitation")
            min(valid, key=lambda invitation: invitation.expires_at).left -= 1
        self.enrolled[entry.commitment] = entry.withdrawal_key
        self.waiting["member_node"].append((entry.index, entry.commitment))

    def on_withdrawal(self, entry):
        rule(entry.commitment in self.enrolled, entry.index, "unknown_member")
        key = self.enrolled[entry.commitment]
        rule(key, entry.index, "repeated_withdrawal")
        signed = b"AIQ/v1/withdraw" + self.bundle.deployment_id + field(entry.commitment)
        rule(ed25519.verify(key, signed, entry.signature), entry.index, "withdrawal_signature")
        self.enrolled[entry.commitment] = None
        self.removed["member_node"].append((entry.index, entry.commitment))

    def on_revocation(self, entry):
        self.removed["credential_node"].append((entry.index, self.leaves_by_id[entry.id]))

    def on_invitations(self, entry):
        self.invitations.append(Record(expires_at=entry.expires_at, left=entry.count))

    @staticmethod
    def take(changes, name, before):
        """The leaves of a tree that an epoch takes in or out; the others wait on."""
        taken = [leaf for place, leaf in changes[name] if place < before]
        changes[name] = [(place, leaf) for place, leaf in changes[name] if place >= before]
        return taken

    def on_epoch(self, entry):
        index, stated = entry.index, {"member_node": entry.members, "credential_node": entry.credentials}
        rule(entry.deployment_id == self.bundle.deployment_id and entry.before <= index, index, "epoch")
        if self.bundle.is_complete:
            rule(entry.number == len(self.epochs), index, "epoch")
            rule(entry.at >= self.sealed_at and entry.before >= self.before, index, "epoch")
            changes = [*self.waiting.values(), *self.removed.values()]
            ready = any(place < entry.before for waiting in changes for place, _ in waiting)
            rule(entry.number == 0 or ready or self.passed, index, "epoch", "nothing waited")
            for name, code in (("member_node", "epoch_members"), ("credential_node", "epoch_credentials")):
                tree = self.trees[name]
                tree += sorted(self.take(self.waiting, name, entry.before))
                gone = self.take(self.removed, name, entry.before)
                self.tombstones[name] += len(gone)
                tree[:] = (TOMBSTONE if leaf in gone else leaf for leaf in tree)
                rule(stated[name] == (len(tree), self.tombstones[name], merkle.tree_root(name, tree)), index, code)
        else:
            rule(not self.epochs, index, "foreign")
        self.epochs[entry.number] = entry.members, entry.credentials
        self.latest, self.sealed_at, self.before, self.founded = entry.number, entry.at, entry.before, True
        self.enact_passed(entry.at)


def founds(entry):
    """Whether it only can be of the founding."""
    if entry.kind == "enrolment":
        return not entry.by_invitation
    return entry.kind in ("genesis", "charter") or (entry.kind in CHANGEABLE and entry.by[0] == entries.FOUNDING)
