//! Reading the four books, page by page, and one case of them again.

use std::collections::BTreeSet;

use api::{
    order::v1::ListOrdersRequest,
    payment::v1::{ListLedgerEntriesRequest, ListPaymentsRequest, ListProviderChargesRequest},
};
use futures::{StreamExt, TryStreamExt, stream};
use tonic::{Code, Status};

use super::{
    Services,
    books::{Books, Id, NotUnderstood},
    disagreement::Disagreement,
};
use crate::progress::Progress;

const PAGE: i32 = 100;
/// How many cases are read at once.
const AT_ONCE: usize = 8;

/// The books could not be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    #[error("could not read {0}")]
    Call(&'static str, #[source] Status),
    #[error(transparent)]
    NotUnderstood(#[from] NotUnderstood),
}

fn reading(what: &'static str) -> impl FnOnce(Status) -> ReadError {
    move |status| ReadError::Call(what, status)
}

/// Everything.
pub(super) async fn everything(services: &dyn Services, progress: &Progress) -> Result<Books, ReadError> {
    let mut books = Books::default();
    let mut request = ListOrdersRequest {
        include_archived: true,
        page_size: PAGE,
        ..Default::default()
    };
    loop {
        let page = services.list_orders(&request).await.map_err(reading("orders"))?;
        for order in page.orders {
            books.add_order(order)?;
        }
        progress.count("orders", books.orders.len());
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    let request = ListPaymentsRequest {
        page_size: PAGE,
        ..Default::default()
    };
    payments(services, request, &mut books, progress).await?;
    let request = ListLedgerEntriesRequest {
        page_size: PAGE,
        ..Default::default()
    };
    entries(services, request, &mut books, progress).await?;
    charges(services, None, &mut books, progress).await?;
    Ok(books)
}

/// The orders and payments that suspicions are about, and all payments of those orders.
pub(super) async fn cases(services: &dyn Services, suspects: &Suspects) -> Result<Books, ReadError> {
    let mut books = Books::default();
    let mut orders = suspects.orders.clone();
    named(services, &suspects.payments, &mut books).await?;
    orders.extend(books.payments.values().filter_map(|payment| payment.order_id.clone()));
    let found: Vec<Option<_>> = stream::iter(&orders)
        .map(|id| async move { found(services.get_order(id).await) })
        .buffered(AT_ONCE)
        .try_collect()
        .await
        .map_err(reading("orders"))?;
    for order in found.into_iter().flatten() {
        books.add_order(order)?;
    }
    let listed: Vec<Books> = stream::iter(&orders)
        .map(|id| async move {
            let mut of_order = Books::default();
            let request = ListPaymentsRequest {
                order_id: id.clone(),
                page_size: PAGE,
                ..Default::default()
            };
            payments(services, request, &mut of_order, &Progress::silent()).await?;
            Ok::<_, ReadError>(of_order)
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    books
        .payments
        .extend(listed.into_iter().flat_map(|books| books.payments));
    // What an order names may be another's.
    let named_by_orders = books.orders.values().filter_map(|order| order.payment_id.clone());
    let missing = named_by_orders.filter(|id| !books.payments.contains_key(id)).collect();
    named(services, &missing, &mut books).await?;
    Ok(books)
}

/// The payments with these ids, as far as they exist.
async fn named(services: &dyn Services, ids: &BTreeSet<Id>, books: &mut Books) -> Result<(), ReadError> {
    let payments: Vec<Option<_>> = stream::iter(ids)
        .map(|id| async move { found(services.get_payment(id).await) })
        .buffered(AT_ONCE)
        .try_collect()
        .await
        .map_err(reading("payments"))?;
    for payment in payments.into_iter().flatten() {
        books.add_payment(payment)?;
    }
    Ok(())
}

/// The ledger of these payments, and the charges of the provider for them and for what else is suspected.
pub(super) async fn ledger_and_provider(
    services: &dyn Services,
    suspects: &Suspects,
    books: &mut Books,
    progress: &Progress,
) -> Result<(), ReadError> {
    let mut of = suspects.payments.clone();
    of.extend(books.payments.keys().cloned());
    let listed: Vec<Books> = stream::iter(of.iter().filter(|id| is_id(id)))
        .map(|id| async move {
            let mut of_payment = Books::default();
            let request = ListLedgerEntriesRequest {
                payment_id: id.clone(),
                page_size: PAGE,
                ..Default::default()
            };
            entries(services, request, &mut of_payment, &Progress::silent()).await?;
            Ok::<_, ReadError>(of_payment)
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    books.entries = listed.into_iter().flat_map(|books| books.entries).collect();
    charges(services, Some(&of), books, progress).await
}

async fn payments(
    services: &dyn Services,
    mut request: ListPaymentsRequest,
    books: &mut Books,
    progress: &Progress,
) -> Result<(), ReadError> {
    loop {
        let page = services.list_payments(&request).await.map_err(reading("payments"))?;
        for payment in page.payments {
            books.add_payment(payment)?;
        }
        progress.count("payments", books.payments.len());
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            return Ok(());
        }
    }
}

async fn entries(
    services: &dyn Services,
    mut request: ListLedgerEntriesRequest,
    books: &mut Books,
    progress: &Progress,
) -> Result<(), ReadError> {
    let mut count = 0;
    loop {
        let page = services
            .list_ledger_entries(&request)
            .await
            .map_err(reading("the ledger"))?;
        count += page.entries.len();
        for entry in page.entries {
            books.add_entry(entry);
        }
        progress.count("ledger entries", count);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            return Ok(());
        }
    }
}

/// All of them, or those for some payments: the provider only lists everything.
async fn charges(
    services: &dyn Services,
    of: Option<&BTreeSet<Id>>,
    books: &mut Books,
    progress: &Progress,
) -> Result<(), ReadError> {
    let mut request = ListProviderChargesRequest {
        page_size: PAGE,
        ..Default::default()
    };
    let mut count = 0;
    loop {
        let page = services
            .list_provider_charges(&request)
            .await
            .map_err(reading("the provider's charges"))?;
        count += page.charges.len();
        for charge in page.charges {
            if of.is_none_or(|of| of.contains(&charge.payment_id)) {
                books.add_charge(charge);
            }
        }
        progress.count("charges", count);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            return Ok(());
        }
    }
}

/// What disagreements are about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Suspects {
    orders: BTreeSet<Id>,
    payments: BTreeSet<Id>,
}

impl Suspects {
    pub(super) fn of<'a>(suspicions: impl IntoIterator<Item = &'a Disagreement>) -> Self {
        let mut all = Self::default();
        for suspicion in suspicions {
            all.orders.extend(suspicion.order_id.clone());
            all.payments.extend(suspicion.payment_id.clone());
        }
        all
    }

    pub(super) fn is_empty(&self) -> bool {
        self.orders.is_empty() && self.payments.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.orders.len().max(self.payments.len())
    }
}

/// A reference at the provider may be anything; what is no id names nothing of ours.
fn found<T>(answer: Result<T, Status>) -> Result<Option<T>, Status> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(status) if matches!(status.code(), Code::NotFound | Code::InvalidArgument) => Ok(None),
        Err(status) => Err(status),
    }
}

fn is_id(text: &str) -> bool {
    kernel::BadId::check(text).is_ok()
}
