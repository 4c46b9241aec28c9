-- Safe under the previous binary: it writes no name, and a name that no key has is as a key taken away.

-- Which master key the refresh tokens of the session are derived with.
ALTER TABLE sessions ADD COLUMN chain_key text NOT NULL DEFAULT '';
