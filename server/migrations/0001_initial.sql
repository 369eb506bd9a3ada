-- The first schema. Field elements, digests and keys are 32-byte blobs.
--
-- `log_entries` is what happened. Whatever is derived from it is only an index into it: `entry` columns are places in the log, and
-- `aiq admin rebuild` makes all of these tables anew and compares. Not derived are `deployment` (what the operator founded with),
-- `invitations` (whom an invitation was for is not public), `invitations_used` (who used one is not public either, nor whether an
-- administrator's or a member's it was), `attestations` (who asked what is not public), `reasons` (whose they are is not public),
-- `log_checkpoints` and `cosignatures` (what was signed and shown).
-- Tables whose order of insertion would say who acted when are WITHOUT ROWID: their rows lie in the order of their keys.

CREATE TABLE deployment (
    singleton        INTEGER PRIMARY KEY CHECK (singleton = 1),
    genesis          TEXT    NOT NULL,
    genesis_file     TEXT    NOT NULL,
    admin_token_hash BLOB    NOT NULL CHECK (length(admin_token_hash) = 32),
    founded_at       INTEGER NOT NULL
) STRICT;

-- Canonical bytes by place. `opening` is what the entry of a ballot or a review commits to.
CREATE TABLE log_entries (
    place   INTEGER PRIMARY KEY,
    entry   BLOB    NOT NULL CHECK (length(entry) <= 65535),
    opening BLOB
) STRICT;

-- Derived: the nodes of the log's tree (RFC 6962) in the storage order of tiled logs.
CREATE TABLE log_hashes (
    position INTEGER PRIMARY KEY,
    hash     BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TABLE log_checkpoints (
    size INTEGER PRIMARY KEY,
    note TEXT    NOT NULL
) STRICT;

CREATE TABLE cosignatures (
    size    INTEGER NOT NULL REFERENCES log_checkpoints (size) ON DELETE CASCADE,
    witness TEXT    NOT NULL,
    line    TEXT    NOT NULL,
    PRIMARY KEY (size, witness)
) STRICT, WITHOUT ROWID;

-- Derived, like every table below up to `sponsorships`.
CREATE TABLE epochs (
    epoch  INTEGER PRIMARY KEY,
    entry  INTEGER NOT NULL UNIQUE REFERENCES log_entries (place)
) STRICT;

-- A member without a position waits for the next epoch. `removal` is the place of the withdrawal in the log; `tombstone` the leaf's
-- place in the list of removals, once an epoch has buried it.
CREATE TABLE members (
    commitment BLOB    PRIMARY KEY CHECK (length(commitment) = 32),
    position   INTEGER UNIQUE,
    epoch      INTEGER REFERENCES epochs (epoch),
    entry      INTEGER NOT NULL UNIQUE REFERENCES log_entries (place),
    removal    INTEGER UNIQUE REFERENCES log_entries (place),
    tombstone  INTEGER UNIQUE,
    CHECK ((position IS NULL) = (epoch IS NULL)),
    CHECK (tombstone IS NULL OR (removal IS NOT NULL AND position IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX members_pending ON members (commitment) WHERE position IS NULL;
CREATE INDEX members_leaving ON members (position) WHERE removal IS NOT NULL AND tombstone IS NULL;

-- As `members`; `removal` is the place of the revocation.

CREATE TABLE credentials (
    leaf       BLOB    PRIMARY KEY CHECK (length(leaf) = 32),
    tag        BLOB    NOT NULL CHECK (length(tag) = 32),
    attributes BLOB    NOT NULL CHECK (length(attributes) = 32),
    id         BLOB    NOT NULL UNIQUE CHECK (length(id) = 32),
    position   INTEGER UNIQUE,
    epoch      INTEGER REFERENCES epochs (epoch),
    entry      INTEGER NOT NULL UNIQUE REFERENCES log_entries (place),
    removal    INTEGER UNIQUE REFERENCES log_entries (place),
    tombstone  INTEGER UNIQUE,
    CHECK ((position IS NULL) = (epoch IS NULL)),
    CHECK (tombstone IS NULL OR (removal IS NOT NULL AND position IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX credentials_pending ON credentials (leaf) WHERE position IS NULL;
CREATE INDEX credentials_leaving ON credentials (position) WHERE removal IS NOT NULL AND tombstone IS NULL;

-- Trustees make the key of one poll. `trustees` is how many they are.
CREATE TABLE ceremonies (
    id       BLOB    PRIMARY KEY CHECK (length(id) = 32),
    trustees INTEGER NOT NULL CHECK (trustees BETWEEN 2 AND 32),
    deadline INTEGER NOT NULL,
    entry    INTEGER NOT NULL UNIQUE REFERENCES log_entries (place)
) STRICT, WITHOUT ROWID;

-- What a trustee says in a round, once.
CREATE TABLE ceremony_packages (
    ceremony BLOB    NOT NULL REFERENCES ceremonies (id),
    round    TEXT    NOT NULL CHECK (round IN ('round-1', 'round-2', 'confirmation', 'complaint')),
    trustee  INTEGER NOT NULL CHECK (trustee BETWEEN 1 AND 32),
    entry    INTEGER NOT NULL UNIQUE REFERENCES log_entries (place),
    PRIMARY KEY (ceremony, round, trustee)
) STRICT, WITHOUT ROWID;

-- From its close on, which comes before the ballots are counted, a poll takes nothing more. `rewards` says whether voting earns notes,
-- for which joins need tags of their own. `ceremony` has made the key that ballots are sealed with.
CREATE TABLE polls (
    id        BLOB    PRIMARY KEY CHECK (length(id) = 16),
    scope     BLOB    NOT NULL UNIQUE CHECK (length(scope) = 32),
    opens_at  INTEGER NOT NULL,
    closes_at INTEGER NOT NULL,
    rewards   INTEGER NOT NULL CHECK (rewards IN (0, 1)),
    ceremony  BLOB    UNIQUE REFERENCES ceremonies (id),
    entry     INTEGER NOT NULL UNIQUE REFERENCES log_entries (place),
    closed    INTEGER UNIQUE REFERENCES log_entries (place),
    tallied   INTEGER UNIQUE REFERENCES log_entries (place),
    withdrawn INTEGER UNIQUE REFERENCES log_entries (place),
    CHECK (tallied IS NULL OR closed IS NOT NULL),
    CHECK (withdrawn IS NULL OR closed IS NULL)
) STRICT, WITHOUT ROWID;

CREATE INDEX polls_untallied ON polls (closes_at) WHERE tallied IS NULL AND withdrawn IS NULL;

-- Polls that a member has proposed.
CREATE TABLE proposals (
    poll      BLOB PRIMARY KEY REFERENCES polls (id),
    nullifier BLOB NOT NULL UNIQUE CHECK (length(nullifier) = 32)
) STRICT, WITHOUT ROWID;

-- What polls have decided that waits for an epoch, or did: `epoch` is the place of that epoch's entry, `entry` that of the change behind
-- it. Without an `entry` the change was no longer possible by then.
CREATE TABLE enactments (
    poll    BLOB    PRIMARY KEY REFERENCES polls (id),
    tallied INTEGER NOT NULL UNIQUE REFERENCES log_entries (place),
    epoch   INTEGER REFERENCES log_entries (place),
    entry   INTEGER UNIQUE REFERENCES log_entries (place),
    CHECK (entry IS NULL OR epoch IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE INDEX enactments_waiting ON enactments (tallied) WHERE epoch IS NULL;

CREATE TABLE joins (
    poll       BLOB    NOT NULL REFERENCES polls (id),
    nullifier  BLOB    NOT NULL CHECK (length(nullifier) = 32),
    ballot_key BLOB    NOT NULL CHECK (length(ballot_key) = 32),
    entry      INTEGER NOT NULL UNIQUE REFERENCES log_entries (place),
    PRIMARY KEY (poll, nullifier)
) STRICT, WITHOUT ROWID;

CREATE TABLE ballots (
    poll      BLOB    NOT NULL,
    nullifier BLOB    NOT NULL,
    seq       INTEGER NOT NULL,
    entry     INTEGER NOT NULL UNIQUE REFERENCES log_entries (place),
    PRIMARY KEY (poll, nullifier, seq),
    FOREIGN KEY (poll, nullifier) REFERENCES joins (poll, nullifier)
) STRICT, WITHOUT ROWID;

-- What trustees publish to open the ballots of a poll.
CREATE TABLE shares (
    poll    BLOB    NOT NULL REFERENCES polls (id),
    trustee INTEGER NOT NULL CHECK (trustee BETWEEN 1 AND 32),
    entry   INTEGER NOT NULL UNIQUE REFERENCES log_entries (place),
    PRIMARY KEY (poll, trustee)
) STRICT, WITHOUT ROWID;

-- Where the reasons that came with the ballots of a poll stand, behind its tally.
CREATE TABLE published_reasons (
    poll  BLOB    NOT NULL REFERENCES polls (id),
    entry INTEGER NOT NULL UNIQUE REFERENCES log_entries (place),
    PRIMARY KEY (poll, entry)
) STRICT, WITHOUT ROWID;

-- Every tag that something was or will be granted to, and where the log names it first. What is granted again to the tag of a credential
-- that it renews adds none.
CREATE TABLE tags (
    tag   BLOB    PRIMARY KEY CHECK (length(tag) = 32),
    entry INTEGER NOT NULL REFERENCES log_entries (place)
) STRICT, WITHOUT ROWID;

-- Nullifiers in scopes that have no table of their own: they act once.
CREATE TABLE spent_scopes (
    scope     BLOB    NOT NULL CHECK (length(scope) = 32),
    nullifier BLOB    NOT NULL CHECK (length(nullifier) = 32),
    entry     INTEGER NOT NULL REFERENCES log_entries (place),
    PRIMARY KEY (scope, nullifier)
) STRICT, WITHOUT ROWID;

-- `prefix` has the levels of the domains where the standard holds, without zeros behind them.
CREATE TABLE standards (
    id      BLOB    PRIMARY KEY CHECK (length(id) = 32),
    prefix  BLOB    NOT NULL CHECK (length(prefix) <= 4),
    version INTEGER NOT NULL,
    entry   INTEGER NOT NULL UNIQUE REFERENCES log_entries (place),
    UNIQUE (prefix, version)
) STRICT, WITHOUT ROWID;

-- `credential` is the id of the credential that the claim can earn: its grant and its revocation change the state.
CREATE TABLE claims (
    id         BLOB    PRIMARY KEY CHECK (length(id) = 32),
    scope      BLOB    NOT NULL UNIQUE CHECK (length(scope) = 32),
    credential BLOB    NOT NULL UNIQUE CHECK (length(credential) = 32),
    domain     BLOB    NOT NULL CHECK (length(domain) = 4),
    standard   BLOB    NOT NULL REFERENCES standards (id),
    closes_at  INTEGER NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN ('open', 'accepted', 'rejected', 'expired', 'revoked')),
    entry      INTEGER NOT NULL UNIQUE REFERENCES log_entries (place),
    ruled      INTEGER UNIQUE REFERENCES log_entries (place),
    CHECK ((state = 'open') = (ruled IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX claims_open ON claims (closes_at) WHERE state = 'open';

-- A work is held by those of its claims that are open or accepted: of several one, and what renews it.
CREATE TABLE works (
    work  BLOB NOT NULL CHECK (length(work) = 32),
    claim BLOB NOT NULL REFERENCES claims (id),
    PRIMARY KEY (work, claim)
) STRICT, WITHOUT ROWID;

CREATE INDEX works_of_claims ON works (claim);

-- Nullifiers that are used in a claim's scope: of whoever claims, of those who will not review, of those who have.
CREATE TABLE reviews (
    claim      BLOB    NOT NULL REFERENCES claims (id),
    nullifier  BLOB    NOT NULL CHECK (length(nullifier) = 32),
    act        TEXT    NOT NULL CHECK (act IN ('claim', 'recusal', 'review')),
    commitment BLOB    CHECK (length(commitment) = 32),
    entry      INTEGER NOT NULL UNIQUE REFERENCES log_entries (place),
    PRIMARY KEY (claim, nullifier),
    CHECK ((act = 'review') = (commitment IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX reviews_by_commitment ON reviews (claim, commitment, entry) WHERE commitment IS NOT NULL;

-- A dispute is open until its poll has a tally. What followed from it stands behind the tally in the log.
CREATE TABLE disputes (
    poll      BLOB PRIMARY KEY REFERENCES polls (id),
    claim     BLOB NOT NULL REFERENCES claims (id),
    nullifier BLOB NOT NULL UNIQUE CHECK (length(nullifier) = 32)
) STRICT, WITHOUT ROWID;

CREATE INDEX disputes_of_claims ON disputes (claim);

-- Spend nullifiers: a note, or a dummy in its place, is merged once.
CREATE TABLE spends (
    spend BLOB    PRIMARY KEY CHECK (length(spend) = 32),
    entry INTEGER NOT NULL REFERENCES log_entries (place)
) STRICT, WITHOUT ROWID;

-- The domain tree; `entry` has the name that holds.
CREATE TABLE domains (
    domain BLOB    PRIMARY KEY CHECK (length(domain) = 4),
    entry  INTEGER NOT NULL UNIQUE REFERENCES log_entries (place)
) STRICT, WITHOUT ROWID;

-- The menu; `entry` has what holds, `listed` is where the id came on the menu.
CREATE TABLE menu (
    id     TEXT    PRIMARY KEY,
    listed INTEGER NOT NULL UNIQUE REFERENCES log_entries (place),
    entry  INTEGER NOT NULL UNIQUE REFERENCES log_entries (place)
) STRICT, WITHOUT ROWID;

-- The last one holds.
CREATE TABLE charters (
    entry INTEGER PRIMARY KEY REFERENCES log_entries (place)
) STRICT;

-- Members' invitations: the log says all about them but who used them.
CREATE TABLE sponsorships (
    nullifier  BLOB    PRIMARY KEY CHECK (length(nullifier) = 32),
    token_hash BLOB    NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    expires_at INTEGER NOT NULL,
    entry      INTEGER NOT NULL UNIQUE REFERENCES log_entries (place)
) STRICT, WITHOUT ROWID;

-- The administrator's invitations: the log says how many they are.
CREATE TABLE invitations (
    token_hash BLOB    PRIMARY KEY CHECK (length(token_hash) = 32),
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Of either kind.
CREATE TABLE invitations_used (
    token_hash BLOB PRIMARY KEY CHECK (length(token_hash) = 32),
    used_by    BLOB NOT NULL UNIQUE REFERENCES members (commitment)
) STRICT, WITHOUT ROWID;

-- Sealed reasons that wait for the tally of their poll: the last one of each voter. Then they are published without the nullifier, in the
-- order of their bytes, and their rows are deleted.
CREATE TABLE reasons (
    poll      BLOB NOT NULL,
    nullifier BLOB NOT NULL,
    reason    BLOB NOT NULL,
    PRIMARY KEY (poll, nullifier),
    FOREIGN KEY (poll, nullifier) REFERENCES joins (poll, nullifier)
) STRICT, WITHOUT ROWID;

-- The nullifier stands in the result; the log has a hash of it, at the place `entry`.
CREATE TABLE attestations (
    id           BLOB    PRIMARY KEY CHECK (length(id) = 32),
    request      TEXT    NOT NULL,
    expires_at   INTEGER NOT NULL,
    nullifier    BLOB    CHECK (length(nullifier) = 32),
    presentation TEXT,
    result       TEXT,
    entry        INTEGER UNIQUE REFERENCES log_entries (place),
    CHECK ((nullifier IS NULL) = (result IS NULL) AND (nullifier IS NULL) = (presentation IS NULL)
        AND (nullifier IS NULL) = (entry IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX attestations_unanswered ON attestations (expires_at) WHERE result IS NULL;
