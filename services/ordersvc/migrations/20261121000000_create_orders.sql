-- Safe under the previous binary: new tables that nothing older knows.

CREATE TABLE orders (
    id                 uuid        NOT NULL,
    customer_id        uuid        NOT NULL,
    status             text        NOT NULL,
    currency_code      text        NOT NULL,
    total_minor        bigint      NOT NULL,
    -- [{"sku", "name", "quantity", "unit_price_minor"}]: read and written whole, with the order.
    items              jsonb       NOT NULL,
    metadata           jsonb       NOT NULL,
    external_reference text        NOT NULL,
    cancel_reason      text        NOT NULL,
    archived           boolean     NOT NULL,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    version            bigint      NOT NULL,
    CONSTRAINT orders_pkey PRIMARY KEY (id),
    CONSTRAINT orders_status_known CHECK (status IN ('PENDING', 'CONFIRMED', 'SHIPPED', 'DELIVERED', 'CANCELLED')),
    CONSTRAINT orders_total_not_negative CHECK (total_minor >= 0),
    CONSTRAINT orders_version_positive CHECK (version > 0)
);

-- Listings: newest first, of everybody, of one customer, with one status.
CREATE INDEX orders_newest ON orders (created_at DESC, id DESC);
CREATE INDEX orders_customer_newest ON orders (customer_id, created_at DESC, id DESC);
CREATE INDEX orders_status_newest ON orders (status, created_at DESC, id DESC);

-- Personal data, apart from the order so that it can be erased and the order stays.
CREATE TABLE order_addresses (
    order_id     uuid NOT NULL,
    customer_id  uuid NOT NULL,
    recipient    text NOT NULL,
    line1        text NOT NULL,
    line2        text NOT NULL,
    city         text NOT NULL,
    region       text NOT NULL,
    postal_code  text NOT NULL,
    country_code text NOT NULL,
    phone        text NOT NULL,
    CONSTRAINT order_addresses_pkey PRIMARY KEY (order_id),
    CONSTRAINT order_addresses_order FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE
);

CREATE INDEX order_addresses_customer ON order_addresses (customer_id);
