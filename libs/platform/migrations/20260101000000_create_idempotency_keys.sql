-- Safe under the previous binary: a new table that nothing older knows.
CREATE TABLE idempotency_keys (
    caller      text        NOT NULL,
    method      text        NOT NULL,
    key         text        NOT NULL,
    fingerprint bytea       NOT NULL,
    -- The answer as the service encodes it, or a refusal as JSON.
    refused     boolean     NOT NULL DEFAULT false,
    answer      bytea       NOT NULL,
    kept_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (caller, method, key)
);

CREATE INDEX idempotency_keys_kept_at ON idempotency_keys (kept_at);
