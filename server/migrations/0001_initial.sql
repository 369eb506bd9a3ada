-- The first schema. Field elements, digests and keys are 32-byte blobs.
--
-- `log_entries` is what happened. Whatever is derived from it is only an index into it: `entry` columns are places in the log, and
-- `aiq admin rebuild` makes all of these tables anew and compares. Not derived are `deployment` (what the operator founded with),
-- `invitations` (whom an invitation was for is not public), `attestations` (who asked what is not public), `log_checkpoints` and
-- `cosignatures` (what was signed and shown).
-- Tables whose order of insertion would say who acted when are WITHOUT ROWID: their rows lie in the order of their keys.

CREATE TABLE deployment (
    singleton        INTEGER PRIMARY KEY CHECK (singleton = 1),
    genesis          TEXT    NOT NULL,
    genesis_file     TEXT    NOT NULL,
    admin_token_hash BLOB    NOT NULL CHECK (length(admin_token_hash) = 32),
    founded_at       INTEGER NOT NULL
) STRICT;

-- Canonical bytes by place. `opening` is what the entry of a ballot commits to.
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

-- Derived, like every table below up to `ballots`.
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
    tag        BLOB    NOT NULL UNIQUE CHECK (length(tag) = 32),
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

-- From its close on, which comes before the ballots are counted, a poll takes nothing more.
CREATE TABLE polls (
    id        BLOB    PRIMARY KEY CHECK (length(id) = 16),
    scope     BLOB    NOT NULL UNIQUE CHECK (length(scope) = 32),
    opens_at  INTEGER NOT NULL,
    closes_at INTEGER NOT NULL,
    entry     INTEGER NOT NULL UNIQUE REFERENCES log_entries (place),
    closed    INTEGER UNIQUE REFERENCES log_entries (place),
    tallied   INTEGER UNIQUE REFERENCES log_entries (place),
    CHECK (tallied IS NULL OR closed IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE INDEX polls_untallied ON polls (closes_at) WHERE tallied IS NULL;

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

CREATE TABLE invitations (
    token_hash BLOB    PRIMARY KEY CHECK (length(token_hash) = 32),
    expires_at INTEGER NOT NULL,
    used_by    BLOB    UNIQUE REFERENCES members (commitment)
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
