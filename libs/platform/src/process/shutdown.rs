use tokio_util::sync::CancellationToken;

/// The wish that the process ends, for everything that would otherwise go on for ever.
#[derive(Debug, Clone, Default)]
pub struct Shutdown(CancellationToken);

impl Shutdown {
    /// Not wished yet.
    pub fn new() -> Self {
        Self::default()
    }
    /// Asks everybody to come to an end.
    pub fn request(&self) {
        self.0.cancel();
    }
    /// Has been asked.
    pub fn is_requested(&self) -> bool {
        self.0.is_cancelled()
    }
    /// Waits until asked; returns at once when it already was.
    pub async fn requested(&self) {
        self.0.cancelled().await;
    }
    /// The same wish as a token, which can be given to others and made children of.
    pub const fn token(&self) -> &CancellationToken {
        &self.0
    }
}
