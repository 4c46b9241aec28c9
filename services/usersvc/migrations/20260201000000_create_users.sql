-- Safe under the previous binary: a new table that nothing older knows.

-- Profiles. One that was erased keeps its id, so that nobody gets it again, and nothing personal.
CREATE TABLE users (
    id         uuid        NOT NULL,
    name       text,
    -- In the one spelling that is compared: NFC, lower case.
    email      text,
    phone      text,
    active     boolean     NOT NULL,
    version    bigint      NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    erased_at  timestamptz,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_email_key UNIQUE (email),
    CONSTRAINT users_erased_is_empty CHECK (
        CASE WHEN erased_at IS NULL
             THEN name IS NOT NULL AND email IS NOT NULL
             ELSE name IS NULL AND email IS NULL AND phone IS NULL AND NOT active
        END
    )
);

CREATE INDEX users_newest_first ON users (created_at DESC, id DESC) WHERE erased_at IS NULL;
CREATE INDEX users_active ON users (id) WHERE active;
