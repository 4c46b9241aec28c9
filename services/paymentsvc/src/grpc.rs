//! Requests in, use cases, responses out; nothing is decided here.

pub mod convert;
mod tokens;

use std::sync::Arc;

use api::payment::v1::{
    CapturePaymentRequest, CapturePaymentResponse, CreatePaymentRequest, CreatePaymentResponse, GetPaymentRequest,
    GetPaymentResponse, ListLedgerEntriesRequest, ListLedgerEntriesResponse, ListPaymentsRequest, ListPaymentsResponse,
    ListProviderChargesRequest, ListProviderChargesResponse, METHODS, Payment, RefundPaymentRequest,
    RefundPaymentResponse, ResolvePaymentRequest, ResolvePaymentResponse, TokenizeCardRequest, TokenizeCardResponse,
    VoidPaymentRequest, VoidPaymentResponse, payment_service_server::PaymentService,
};
use async_trait::async_trait;
use kernel::{BadPageSize, Change, Classify, IdempotencyKey, InvalidInput, PageSize, Violation};
use payment_core::{Answer, CardInput, ChangeError, CreateError, ListLedger, ListPayments, Paying, RunError};
use platform::{
    grpc::{answer, call_context, idempotency_key, replayed_refusal},
    tokens::{KeyRing, RequestHasher},
};
use prost::Message;
use tonic::{Request, Response, Status};
use wire::Method;

const CREATE: &Method = Method::named(METHODS, "CreatePayment");
const CAPTURE: &Method = Method::named(METHODS, "CapturePayment");
const VOID: &Method = Method::named(METHODS, "VoidPayment");
const REFUND: &Method = Method::named(METHODS, "RefundPayment");

/// `payment.v1.PaymentService` over the use cases.
pub struct PaymentGrpc {
    paying: Paying,
    tokens: Arc<KeyRing>,
    requests: RequestHasher,
}

impl PaymentGrpc {
    /// Serves these use cases. The keys seal tokens and tell requests under one idempotency key apart.
    pub fn new(paying: Paying, keys: KeyRing) -> Self {
        Self {
            paying,
            requests: RequestHasher::new(keys.clone()),
            tokens: Arc::new(keys),
        }
    }

    fn key<T: Message>(&self, request: &Request<T>, method: &'static Method) -> Result<Option<IdempotencyKey>, Status> {
        let fingerprint = |bytes: &[u8]| self.requests.fingerprint(method.full_name(), bytes);
        idempotency_key(request, method, &fingerprint)
    }
}

#[async_trait]
impl PaymentService for PaymentGrpc {
    async fn tokenize_card(
        &self,
        request: Request<TokenizeCardRequest>,
    ) -> Result<Response<TokenizeCardResponse>, Status> {
        let caller = call_context(&request).caller;
        let sent = request.into_inner();
        let card = CardInput {
            number: &sent.number,
            exp_month: sent.exp_month,
            exp_year: sent.exp_year,
            cvc: &sent.cvc,
        };
        let tokenized = self.paying.tokenize(&caller, &card).await;
        failpoint::hit("tokenize_card.answer.before");
        let method = tokenized.map_err(refused)?;
        Ok(Response::new(TokenizeCardResponse {
            payment_method: method.token,
            card: Some(convert::card(&method.card)),
        }))
    }

    async fn create_payment(
        &self,
        request: Request<CreatePaymentRequest>,
    ) -> Result<Response<CreatePaymentResponse>, Status> {
        let key = self.key(&request, CREATE)?;
        let caller = call_context(&request).caller;
        let input = convert::create_payment(request.into_inner()).map_err(refused)?;
        let created = self.paying.create(&caller, input, key).await;
        failpoint::hit("create_payment.answer.before");
        let created = created.map_err(|error| match error {
            CreateError::Run(RunError::Replayed(refusal)) => replayed_refusal(&refusal),
            other => refused(other),
        })?;
        Ok(answer(created.map(|answer| CreatePaymentResponse {
            payment: shown(&answer),
        })))
    }

    async fn get_payment(&self, request: Request<GetPaymentRequest>) -> Result<Response<GetPaymentResponse>, Status> {
        let caller = call_context(&request).caller;
        let id = convert::payment_id("id", &request.get_ref().id).map_err(refused)?;
        let payment = self.paying.get(&caller, id).await.map_err(refused)?;
        Ok(Response::new(GetPaymentResponse {
            payment: Some(convert::payment(&payment)),
        }))
    }

    async fn list_payments(
        &self,
        request: Request<ListPaymentsRequest>,
    ) -> Result<Response<ListPaymentsResponse>, Status> {
        let caller = call_context(&request).caller;
        let sent = request.into_inner();
        let pages = tokens::payments(&self.tokens, &caller, &sent);
        let input = ListPayments {
            after: pages.open(&sent.page_token).map_err(refused)?.map(tokens::payment),
            size: page_size(sent.page_size).map_err(refused)?,
            filter: convert::filter(&sent).map_err(refused)?,
        };
        let page = self.paying.list(&caller, input).await.map_err(refused)?;
        Ok(Response::new(ListPaymentsResponse {
            payments: page.items.iter().map(convert::payment).collect(),
            next_page_token: pages.seal(page.next.map(tokens::place_of_payment)),
        }))
    }

    async fn capture_payment(
        &self,
        request: Request<CapturePaymentRequest>,
    ) -> Result<Response<CapturePaymentResponse>, Status> {
        let key = self.key(&request, CAPTURE)?;
        let caller = call_context(&request).caller;
        let input = convert::capture_payment(request.get_ref()).map_err(refused)?;
        let captured = self.paying.capture(&caller, input, key).await;
        failpoint::hit("capture_payment.answer.before");
        Ok(answer(changed(captured)?.map(|answer| CapturePaymentResponse {
            payment: shown(&answer),
        })))
    }

    async fn void_payment(
        &self,
        request: Request<VoidPaymentRequest>,
    ) -> Result<Response<VoidPaymentResponse>, Status> {
        let key = self.key(&request, VOID)?;
        let caller = call_context(&request).caller;
        let id = convert::payment_id("id", &request.get_ref().id).map_err(refused)?;
        let voided = self.paying.void(&caller, id, key).await;
        failpoint::hit("void_payment.answer.before");
        Ok(answer(changed(voided)?.map(|answer| VoidPaymentResponse {
            payment: shown(&answer),
        })))
    }

    async fn refund_payment(
        &self,
        request: Request<RefundPaymentRequest>,
    ) -> Result<Response<RefundPaymentResponse>, Status> {
        let key = self.key(&request, REFUND)?;
        let caller = call_context(&request).caller;
        let input = convert::refund_payment(request.into_inner()).map_err(refused)?;
        let refunded = self.paying.refund(&caller, input, key).await;
        failpoint::hit("refund_payment.answer.before");
        Ok(answer(changed(refunded)?.map(|answer| convert::answer(&answer))))
    }

    async fn resolve_payment(
        &self,
        request: Request<ResolvePaymentRequest>,
    ) -> Result<Response<ResolvePaymentResponse>, Status> {
        let caller = call_context(&request).caller;
        let id = convert::payment_id("id", &request.get_ref().id).map_err(refused)?;
        let resolved = self.paying.resolve(&caller, id).await;
        failpoint::hit("resolve_payment.answer.before");
        let payment = resolved.map_err(refused)?;
        Ok(Response::new(ResolvePaymentResponse {
            payment: Some(convert::payment(&payment)),
        }))
    }

    async fn list_ledger_entries(
        &self,
        request: Request<ListLedgerEntriesRequest>,
    ) -> Result<Response<ListLedgerEntriesResponse>, Status> {
        let caller = call_context(&request).caller;
        let sent = request.into_inner();
        let pages = tokens::ledger(&self.tokens, &caller, &sent);
        let input = ListLedger {
            payment_id: convert::payment_id_if_set("payment_id", &sent.payment_id).map_err(refused)?,
            after: pages.open(&sent.page_token).map_err(refused)?.map(tokens::transfer),
            size: page_size(sent.page_size).map_err(refused)?,
        };
        let page = self.paying.list_ledger(input).await.map_err(refused)?;
        Ok(Response::new(ListLedgerEntriesResponse {
            entries: page.items.iter().flat_map(convert::entries).collect(),
            next_page_token: pages.seal(page.next.map(tokens::place_of_transfer)),
        }))
    }

    async fn list_provider_charges(
        &self,
        request: Request<ListProviderChargesRequest>,
    ) -> Result<Response<ListProviderChargesResponse>, Status> {
        let caller = call_context(&request).caller;
        let sent = request.into_inner();
        let pages = tokens::charges(&self.tokens, &caller);
        let after: Option<String> = pages.open(&sent.page_token).map_err(refused)?;
        let size = page_size(sent.page_size).map_err(refused)?;
        let page = self.paying.list_provider_charges(after.as_deref(), size).await;
        let page = page.map_err(refused)?;
        Ok(Response::new(ListProviderChargesResponse {
            charges: page.items.iter().map(convert::charge).collect(),
            next_page_token: pages.seal(page.next),
        }))
    }
}

fn page_size(sent: i32) -> Result<PageSize, InvalidInput> {
    PageSize::try_from(sent)
        .map_err(|bad: BadPageSize| InvalidInput(vec![Violation::new("page_size", bad.to_string())]))
}

fn shown(answer: &Answer) -> Option<Payment> {
    Some(convert::payment(&answer.payment))
}

fn refused(error: impl Classify) -> Status {
    wire::status(&error)
}

fn changed(outcome: Result<Change<Answer>, ChangeError>) -> Result<Change<Answer>, Status> {
    outcome.map_err(|error| match error {
        ChangeError::Run(RunError::Replayed(refusal)) => replayed_refusal(&refusal),
        other => refused(other),
    })
}
