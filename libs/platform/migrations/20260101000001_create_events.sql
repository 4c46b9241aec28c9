-- Safe under the previous binary: new tables that nothing older knows.

-- What is committed and has no place yet. Rows live for milliseconds.
CREATE TABLE outbox (
    id                bigint      GENERATED ALWAYS AS IDENTITY,
    event_id          uuid        NOT NULL,
    aggregate_type    text        NOT NULL,
    aggregate_id      uuid        NOT NULL,
    aggregate_version bigint      NOT NULL,
    owner_id          uuid,
    type              text        NOT NULL,
    schema_version    integer     NOT NULL,
    occurred_at       timestamptz NOT NULL,
    actor             text        NOT NULL,
    traceparent       text,
    payload           bytea       NOT NULL,
    written_at        timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT outbox_pkey PRIMARY KEY (id)
);

-- The one row whose lock gives events their place. Positions up to `floor` are no longer kept.
CREATE TABLE log_head (
    only_row boolean NOT NULL DEFAULT true,
    epoch    integer NOT NULL DEFAULT 1,
    position bigint  NOT NULL DEFAULT 0,
    floor    bigint  NOT NULL DEFAULT 0,
    CONSTRAINT log_head_pkey PRIMARY KEY (only_row),
    CONSTRAINT log_head_only_row CHECK (only_row)
);
INSERT INTO log_head DEFAULT VALUES;

CREATE TABLE event_log (
    position          bigint      NOT NULL,
    epoch             integer     NOT NULL,
    event_id          uuid        NOT NULL,
    aggregate_type    text        NOT NULL,
    aggregate_id      uuid        NOT NULL,
    aggregate_version bigint      NOT NULL,
    owner_id          uuid,
    type              text        NOT NULL,
    schema_version    integer     NOT NULL,
    occurred_at       timestamptz NOT NULL,
    actor             text        NOT NULL,
    traceparent       text,
    payload           bytea       NOT NULL,
    logged_at         timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT event_log_pkey PRIMARY KEY (position)
) PARTITION BY RANGE (position);
CREATE INDEX event_log_owner ON event_log (owner_id, position);
CREATE INDEX event_log_aggregate ON event_log (aggregate_id, position);

-- The first partition; `maintain` makes the following ones before they are needed.
CREATE TABLE event_log_1 PARTITION OF event_log FOR VALUES FROM (1) TO (1000001);

-- How far each durable follower has come, and which process follows at the moment.
CREATE TABLE event_cursors (
    name       text        NOT NULL,
    position   bigint      NOT NULL,
    held_by    uuid,
    held_until timestamptz NOT NULL DEFAULT '-infinity',
    CONSTRAINT event_cursors_pkey PRIMARY KEY (name)
);
