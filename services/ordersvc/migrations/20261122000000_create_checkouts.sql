-- Safe under the previous binary: a new table that nothing older knows. No order has a row here until a binary that
-- knows it starts a checkout.

-- How far paying for an order has come, and what is to be done next. An order that nobody tried to pay has no row,
-- unless it expires.
CREATE TABLE checkouts (
    order_id            uuid        NOT NULL,
    -- A copy that never changes, so that orders in one state are listed newest first by one index.
    order_created_at    timestamptz NOT NULL,
    state               text        NOT NULL,
    attempt             integer     NOT NULL,
    payment_id          uuid,
    failure_reason      text        NOT NULL,
    expires_at          timestamptz,
    -- The next step, when it began, when it is due, how often it was taken up; NULL when nothing is left to do. Whoever
    -- takes a step up moves its due_at on: that is the lease, and only spares others the work.
    step                text,
    since               timestamptz,
    due_at              timestamptz,
    tries               integer     NOT NULL,
    payment_method      text        NOT NULL,
    -- The key of the call that started the attempt, until its outcome is kept under it.
    started_caller      text,
    started_method      text,
    started_key         text,
    started_fingerprint bytea,
    CONSTRAINT checkouts_pkey PRIMARY KEY (order_id),
    CONSTRAINT checkouts_order FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE,
    CONSTRAINT checkouts_state_known CHECK (state IN ('NONE', 'RUNNING', 'PAID', 'FAILED', 'REFUNDING', 'REFUNDED',
        'PARTIALLY_REFUNDED', 'NEEDS_ATTENTION')),
    CONSTRAINT checkouts_attempt_not_negative CHECK (attempt >= 0),
    CONSTRAINT checkouts_step_known CHECK (step IN ('AUTHORIZE', 'CAPTURE', 'RELEASE', 'EXPIRE')),
    CONSTRAINT checkouts_step_whole CHECK ((step IS NULL) = (since IS NULL) AND (step IS NULL) = (due_at IS NULL)),
    CONSTRAINT checkouts_key_whole CHECK ((started_key IS NULL) = (started_caller IS NULL)
        AND (started_key IS NULL) = (started_method IS NULL)
        AND (started_key IS NULL) = (started_fingerprint IS NULL))
);

-- What is due, oldest first.
CREATE INDEX checkouts_due ON checkouts (due_at) WHERE step IS NOT NULL;
-- One call starts one checkout.
CREATE UNIQUE INDEX checkouts_started_key ON checkouts (started_caller, started_method, started_key)
    WHERE started_key IS NOT NULL;
-- Listings of orders by the state of their checkout, newest first, and how many are on their way.
CREATE INDEX checkouts_state_newest ON checkouts (state, order_created_at DESC, order_id DESC);
