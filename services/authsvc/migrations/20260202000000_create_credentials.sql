-- Safe under the previous binary: new tables that nothing older knows.

-- Who signs in, and how. Rows are deleted when the user is.
CREATE TABLE credentials (
    -- Chosen here; the profile at usersvc gets the same.
    user_id       uuid        NOT NULL,
    -- In the one spelling that is compared: NFC, lower case.
    email         text        NOT NULL,
    -- The name to make the profile with, until it is made. NULL: the credential is active.
    pending_name  text,
    -- Argon2id, PHC string format.
    password_hash text        NOT NULL,
    roles         text[]      NOT NULL,
    version       bigint      NOT NULL,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    CONSTRAINT credentials_pkey PRIMARY KEY (user_id),
    CONSTRAINT credentials_email_key UNIQUE (email)
);

CREATE INDEX credentials_pending ON credentials (updated_at) WHERE pending_name IS NOT NULL;

-- One row for each family of refresh tokens; of the tokens only the digest of the newest is here.
CREATE TABLE sessions (
    id         uuid        NOT NULL,
    user_id    uuid        NOT NULL,
    generation integer     NOT NULL,
    digest     bytea       NOT NULL,
    rotated_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at   timestamptz,
    CONSTRAINT sessions_pkey PRIMARY KEY (id),
    CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES credentials (user_id) ON DELETE CASCADE
);

CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expires ON sessions (expires_at);
CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL;

-- Failures to sign in, by a keyed digest of the address, whether anybody has it or not.
CREATE TABLE attempts (
    address    bytea       NOT NULL,
    failures   integer     NOT NULL,
    last_at    timestamptz NOT NULL,
    shut_until timestamptz NOT NULL,
    CONSTRAINT attempts_pkey PRIMARY KEY (address)
);

CREATE INDEX attempts_last ON attempts (last_at);

-- Keys that sign access tokens; the private half is sealed under a key that is not in the database.
CREATE TABLE signing_keys (
    kid         text        NOT NULL,
    -- Each key has one successor, and there is one without a predecessor: of many processes one makes the next.
    predecessor text,
    public_key  bytea       NOT NULL,
    sealed      bytea       NOT NULL,
    created_at  timestamptz NOT NULL,
    signs_from  timestamptz NOT NULL,
    CONSTRAINT signing_keys_pkey PRIMARY KEY (kid),
    CONSTRAINT signing_keys_predecessor_key UNIQUE NULLS NOT DISTINCT (predecessor)
);
