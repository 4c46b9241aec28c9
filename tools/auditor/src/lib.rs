//! Judges what callers were told against the books: orders, payments, the ledger and the provider.
//!
//! It shares no code with the services: it reads their tables, the contract's messages and the provider's
//! own list of charges, and says everything that is wrong, by [`Kind`]. The system must be at rest: what is
//! still on its way counts as stuck.

mod books;
pub mod client_log;
mod judge;
mod report;
mod violation;
pub mod words;

pub use books::Sources;
pub use report::{Counts, Report};
pub use violation::{Kind, Violation};

use books::Books;

/// Reads everything and judges it.
///
/// # Errors
/// Something could not be read, or not be understood; nothing is said about it then.
pub async fn audit(sources: &Sources) -> anyhow::Result<Report> {
    let books = Books::read(sources).await?;
    let violations = judge::judge(&books);
    Ok(Report::new(&books, violations))
}
