use async_trait::async_trait;

/// Something a service needs in order to serve: its database, its keys.
#[async_trait]
pub trait ReadinessCheck: Send + Sync + 'static {
    /// What is checked: `database`.
    fn name(&self) -> &str;
    /// Asks it, now. It is given a second at most, and asked about once a second.
    ///
    /// # Errors
    /// Why it is not ready; shown on the admin port.
    async fn check(&self) -> anyhow::Result<()>;
}

/// Ready whenever asked, for services that need nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct AlwaysReady;

#[async_trait]
impl ReadinessCheck for AlwaysReady {
    fn name(&self) -> &'static str {
        "process"
    }
    async fn check(&self) -> anyhow::Result<()> {
        Ok(())
    }
}
