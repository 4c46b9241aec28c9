//! A real PostgreSQL without Docker or root: fetched once, kept, started and reaped.
