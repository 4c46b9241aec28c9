-- Safe under the previous binary: an index.

-- A kept answer begins with the id of the profile that it shows; erasing a profile finds it by that.
CREATE INDEX idempotency_keys_profile ON idempotency_keys (substring(answer FROM 1 FOR 16)) WHERE NOT refused;
