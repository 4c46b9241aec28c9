//! Listing what the provider has on its books, to compare.

use kernel::{Page, PageSize, PortError};

use crate::{Paying, ports::Charge};

impl Paying {
    /// Lists the provider's charges, oldest first, from right after the place where the page before ended.
    ///
    /// # Errors
    /// The provider failed.
    pub async fn list_provider_charges(
        &self,
        after: Option<&str>,
        size: PageSize,
    ) -> Result<Page<Charge, String>, PortError> {
        self.provider.list_charges(after, size).await
    }
}
