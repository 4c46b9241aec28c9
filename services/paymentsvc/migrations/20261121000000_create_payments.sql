-- Safe under the previous binary: new tables that nothing older knows.

CREATE TABLE payments (
    id                    uuid        NOT NULL,
    order_id              uuid,
    customer_id           uuid        NOT NULL,
    status                text        NOT NULL,
    amount_minor          bigint      NOT NULL,
    currency_code         text        NOT NULL,
    capture_method        text        NOT NULL,
    authorized_minor      bigint      NOT NULL DEFAULT 0,
    captured_minor        bigint      NOT NULL DEFAULT 0,
    refunded_minor        bigint      NOT NULL DEFAULT 0,
    -- What was given back and what the provider was asked to give back.
    refund_reserved_minor bigint      NOT NULL DEFAULT 0,
    failure_reason        text        NOT NULL DEFAULT '',
    -- The token that pays, never a number.
    payment_method        text        NOT NULL,
    card_brand            text        NOT NULL,
    card_last4            text        NOT NULL,
    description           text        NOT NULL,
    charge_id             text,
    pending_operation     text,
    created_at            timestamptz NOT NULL,
    updated_at            timestamptz NOT NULL,
    version               bigint      NOT NULL,
    CONSTRAINT payments_pkey PRIMARY KEY (id),
    CONSTRAINT payments_status_known CHECK (status IN ('PROCESSING', 'REQUIRES_CAPTURE', 'CAPTURED',
        'PARTIALLY_REFUNDED', 'REFUNDED', 'VOIDED', 'DECLINED')),
    CONSTRAINT payments_capture_method_known CHECK (capture_method IN ('AUTOMATIC', 'MANUAL')),
    CONSTRAINT payments_pending_known CHECK (pending_operation IN ('AUTHORIZE', 'CAPTURE', 'VOID')),
    CONSTRAINT payments_amount_positive CHECK (amount_minor > 0),
    -- The last line against charging or refunding too much.
    CONSTRAINT payments_amounts_within_each_other CHECK (0 <= refunded_minor
        AND refunded_minor <= refund_reserved_minor AND refund_reserved_minor <= captured_minor
        AND captured_minor <= authorized_minor AND authorized_minor <= amount_minor),
    CONSTRAINT payments_version_positive CHECK (version > 0)
);

-- Listings: newest first, of everybody, of one customer, of one order, with one status.
CREATE INDEX payments_newest ON payments (created_at DESC, id DESC);
CREATE INDEX payments_customer_newest ON payments (customer_id, created_at DESC, id DESC);
CREATE INDEX payments_order_newest ON payments (order_id, created_at DESC, id DESC) WHERE order_id IS NOT NULL;
CREATE INDEX payments_status_newest ON payments (status, created_at DESC, id DESC);

-- What the provider was asked to do; recorded before it is asked. The id is the provider's idempotency key.
CREATE TABLE payment_operations (
    id             uuid        NOT NULL,
    payment_id     uuid        NOT NULL,
    kind           text        NOT NULL,
    amount_minor   bigint      NOT NULL,
    status         text        NOT NULL,
    failure_reason text        NOT NULL DEFAULT '',
    reason         text        NOT NULL,
    -- Who asked, and the key of the call. A capture that follows an authorization by itself has the key of that.
    caller         text        NOT NULL,
    method         text,
    key            text,
    fingerprint    bytea,
    tries          integer     NOT NULL DEFAULT 0,
    due_at         timestamptz NOT NULL,
    leased_until   timestamptz NOT NULL,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    CONSTRAINT payment_operations_pkey PRIMARY KEY (id),
    CONSTRAINT payment_operations_payment FOREIGN KEY (payment_id) REFERENCES payments (id),
    CONSTRAINT payment_operations_kind_known CHECK (kind IN ('AUTHORIZE', 'CAPTURE', 'VOID', 'REFUND')),
    CONSTRAINT payment_operations_status_known CHECK (status IN ('PENDING', 'SUCCEEDED', 'REFUSED')),
    CONSTRAINT payment_operations_amount_positive CHECK (amount_minor > 0),
    CONSTRAINT payment_operations_key_whole CHECK ((key IS NULL) = (method IS NULL)
        AND (key IS NULL) = (fingerprint IS NULL)),
    -- For good, unlike the answers under a key, so that a derived key charges once however late it comes again.
    CONSTRAINT payment_operations_call_key UNIQUE (caller, method, key, kind)
);

CREATE INDEX payment_operations_payment_oldest ON payment_operations (payment_id, created_at, id);
CREATE INDEX payment_operations_due ON payment_operations (due_at) WHERE status = 'PENDING';
-- Authorize, capture and void exclude each other while one of them is undecided.
CREATE UNIQUE INDEX payment_operations_one_pending ON payment_operations (payment_id)
    WHERE status = 'PENDING' AND kind <> 'REFUND';

-- Cards: what stands for them here and at the provider.
CREATE TABLE payment_methods (
    token          text        NOT NULL,
    customer_id    uuid        NOT NULL,
    provider_token text        NOT NULL,
    brand          text        NOT NULL,
    last4          text        NOT NULL,
    fingerprint    text        NOT NULL,
    created_at     timestamptz NOT NULL,
    CONSTRAINT payment_methods_pkey PRIMARY KEY (token)
);

-- The ledger: one row is one movement, that is two entries of the same amount, so it cannot be out of balance.
CREATE TABLE ledger_transfers (
    id             uuid        NOT NULL,
    payment_id     uuid        NOT NULL,
    operation_id   uuid        NOT NULL,
    movement       text        NOT NULL,
    debit_account  text        NOT NULL,
    credit_account text        NOT NULL,
    amount_minor   bigint      NOT NULL,
    currency_code  text        NOT NULL,
    created_at     timestamptz NOT NULL,
    CONSTRAINT ledger_transfers_pkey PRIMARY KEY (id),
    CONSTRAINT ledger_transfers_payment FOREIGN KEY (payment_id) REFERENCES payments (id),
    CONSTRAINT ledger_transfers_operation FOREIGN KEY (operation_id) REFERENCES payment_operations (id),
    CONSTRAINT ledger_transfers_once UNIQUE (operation_id, movement),
    CONSTRAINT ledger_transfers_amount_positive CHECK (amount_minor > 0),
    CONSTRAINT ledger_transfers_between_two CHECK (debit_account <> credit_account)
);

CREATE INDEX ledger_transfers_newest ON ledger_transfers (created_at DESC, id DESC);
CREATE INDEX ledger_transfers_payment_newest ON ledger_transfers (payment_id, created_at DESC, id DESC);
