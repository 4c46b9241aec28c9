use std::time::Duration;

use kernel::Secret;

use super::{Database, PostgresConfig, StoreError};

crate::settings! {
    /// How a service reaches its database.
    pub struct DatabaseSettings {
        /// The database, as the role that reads and writes rows: postgres://role:password@host:port/database.
        pub url: Secret<String> = "DATABASE_URL", required;
        /// The most connections at once.
        pub max_connections: u32 = "DATABASE_MAX_CONNECTIONS", default "16";
        /// How long a call waits for a connection before it is refused as UNAVAILABLE.
        pub acquire_timeout: Duration = "DATABASE_ACQUIRE_TIMEOUT", default "1s";
        /// How long one statement may take.
        pub statement_timeout: Duration = "DATABASE_STATEMENT_TIMEOUT", default "5s";
        /// How long a statement may wait for a lock.
        pub lock_timeout: Duration = "DATABASE_LOCK_TIMEOUT", default "3s";
    }
}

impl DatabaseSettings {
    /// The database of this service; connects when first used.
    ///
    /// # Errors
    /// The URL cannot be read.
    pub fn connect_lazy(&self, service: &'static str) -> Result<Database, StoreError> {
        let config = PostgresConfig {
            max_connections: self.max_connections,
            acquire_timeout: self.acquire_timeout,
            statement_timeout: self.statement_timeout,
            lock_timeout: self.lock_timeout,
            ..PostgresConfig::new(self.url.expose().clone())
        };
        Database::connect_lazy(service, &config)
    }
}
