use time::OffsetDateTime;

/// Where the time comes from. Never ask the operating system directly: tests own time.
pub trait Clock: Send + Sync + 'static {
    /// The current instant in UTC, at microsecond precision (what Postgres keeps), so that a value
    /// that went through the database equals the one that went in.
    fn now(&self) -> OffsetDateTime;
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
    fn now(&self) -> OffsetDateTime {
        let now = OffsetDateTime::now_utc();
        now.replace_nanosecond(now.nanosecond() / 1_000 * 1_000).unwrap_or(now)
    }
}
