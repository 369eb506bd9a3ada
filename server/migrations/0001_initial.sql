-- The first schema. Field elements, digests and keys are 32-byte blobs; records that are only handed out again are JSON.
-- Tables whose order of insertion would say who acted when are WITHOUT ROWID: their rows lie in the order of their keys.

CREATE TABLE deployment (
    singleton        INTEGER PRIMARY KEY CHECK (singleton = 1),
    genesis          TEXT    NOT NULL,
    genesis_file     TEXT    NOT NULL,
    admin_token_hash BLOB    NOT NULL CHECK (length(admin_token_hash) = 32),
    founded_at       INTEGER NOT NULL
) STRICT;

CREATE TABLE epochs (
    epoch      INTEGER PRIMARY KEY,
    checkpoint TEXT    NOT NULL,
    note       TEXT    NOT NULL
) STRICT;

-- A member without a position waits for the next epoch. Founders have no receipt.
CREATE TABLE members (
    commitment BLOB PRIMARY KEY CHECK (length(commitment) = 32),
    position   INTEGER UNIQUE,
    epoch      INTEGER REFERENCES epochs (epoch),
    receipt    TEXT,
    CHECK ((position IS NULL) = (epoch IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX members_pending ON members (commitment) WHERE position IS NULL;

CREATE TABLE invitations (
    token_hash BLOB    PRIMARY KEY CHECK (length(token_hash) = 32),
    expires_at INTEGER NOT NULL,
    used_by    BLOB    UNIQUE REFERENCES members (commitment)
) STRICT, WITHOUT ROWID;

CREATE TABLE credentials (
    leaf       BLOB PRIMARY KEY CHECK (length(leaf) = 32),
    tag        BLOB NOT NULL UNIQUE CHECK (length(tag) = 32),
    attributes BLOB NOT NULL CHECK (length(attributes) = 32),
    id         BLOB NOT NULL UNIQUE CHECK (length(id) = 32),
    position   INTEGER UNIQUE,
    epoch      INTEGER REFERENCES epochs (epoch),
    CHECK ((position IS NULL) = (epoch IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX credentials_pending ON credentials (leaf) WHERE position IS NULL;

-- `closed` is set before the ballots are counted: from then on the poll takes nothing more.
CREATE TABLE polls (
    id           BLOB    PRIMARY KEY CHECK (length(id) = 16),
    announced_at INTEGER NOT NULL,
    opens_at     INTEGER NOT NULL,
    closes_at    INTEGER NOT NULL,
    definition   TEXT    NOT NULL,
    receipt      TEXT    NOT NULL,
    closed       INTEGER NOT NULL DEFAULT 0 CHECK (closed IN (0, 1)),
    tally        TEXT,
    CHECK (tally IS NULL OR closed = 1)
) STRICT, WITHOUT ROWID;

CREATE INDEX polls_untallied ON polls (closes_at) WHERE tally IS NULL;

CREATE TABLE joins (
    poll         BLOB NOT NULL REFERENCES polls (id),
    nullifier    BLOB NOT NULL CHECK (length(nullifier) = 32),
    ballot_key   BLOB NOT NULL CHECK (length(ballot_key) = 32),
    presentation TEXT NOT NULL,
    receipt      TEXT NOT NULL,
    PRIMARY KEY (poll, nullifier)
) STRICT, WITHOUT ROWID;

CREATE TABLE ballots (
    poll      BLOB    NOT NULL,
    nullifier BLOB    NOT NULL,
    seq       INTEGER NOT NULL,
    ballot    TEXT    NOT NULL,
    body      BLOB    NOT NULL,
    receipt   TEXT    NOT NULL,
    PRIMARY KEY (poll, nullifier, seq),
    FOREIGN KEY (poll, nullifier) REFERENCES joins (poll, nullifier)
) STRICT, WITHOUT ROWID;

CREATE TABLE attestations (
    id           BLOB    PRIMARY KEY CHECK (length(id) = 32),
    request      TEXT    NOT NULL,
    expires_at   INTEGER NOT NULL,
    receipt      TEXT    NOT NULL,
    nullifier    BLOB    CHECK (length(nullifier) = 32),
    presentation TEXT,
    result       TEXT,
    CHECK ((nullifier IS NULL) = (result IS NULL) AND (nullifier IS NULL) = (presentation IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX attestations_unanswered ON attestations (expires_at) WHERE result IS NULL;
