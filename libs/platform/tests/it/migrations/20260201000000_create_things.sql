CREATE TABLE things (
    id      uuid   NOT NULL,
    name    text   NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT things_pkey PRIMARY KEY (id),
    CONSTRAINT things_name_key UNIQUE (name)
);
