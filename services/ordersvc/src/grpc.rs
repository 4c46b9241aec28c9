//! Requests in, use cases, responses out; nothing is decided here.

pub mod convert;
mod refused;
mod tokens;
mod watching;

use std::sync::Arc;

use api::order::v1::{
    CancelOrderRequest, CancelOrderResponse, CheckoutOrderRequest, CheckoutOrderResponse, CreateOrderRequest,
    CreateOrderResponse, DeleteOrderRequest, DeleteOrderResponse, GetOrderRequest, GetOrderResponse,
    ListOrderEventsRequest, ListOrderEventsResponse, ListOrdersRequest, ListOrdersResponse, ListUserOrdersRequest,
    ListUserOrdersResponse, METHODS, SyncOrderPaymentRequest, SyncOrderPaymentResponse, UpdateOrderRequest,
    UpdateOrderResponse, UpdateOrderStatusRequest, UpdateOrderStatusResponse, WatchOrdersRequest, WatchOrdersResponse,
    order_service_server::OrderService,
};
use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream, stream::BoxStream};
use kernel::{BadPageSize, Caller, Clock, IdempotencyKey, InvalidInput, PageSize, Violation};
use order_core::{
    ListOrders, ListUserOrders, Order, Ordering,
    ports::{OrderCursor, OrderFilter},
};
use platform::{
    grpc::{Deadline, answer, call_context, idempotency_key},
    tokens::{KeyRing, RequestHasher},
};
use prost::Message;
use tonic::{Request, Response, Status};
use wire::Method;

use self::{
    refused::{changed, not_paid, not_placed, refused},
    watching::Watching,
};

const CREATE: &Method = Method::named(METHODS, "CreateOrder");
const UPDATE: &Method = Method::named(METHODS, "UpdateOrder");
const CANCEL: &Method = Method::named(METHODS, "CancelOrder");
const DELETE: &Method = Method::named(METHODS, "DeleteOrder");
const CHECKOUT: &Method = Method::named(METHODS, "CheckoutOrder");
const UPDATE_STATUS: &Method = Method::named(METHODS, "UpdateOrderStatus");

/// `order.v1.OrderService` over the use cases.
pub struct OrderGrpc {
    ordering: Ordering,
    tokens: Arc<KeyRing>,
    requests: RequestHasher,
    clock: Arc<dyn Clock>,
}

impl OrderGrpc {
    /// Serves these use cases. The keys seal tokens and tell requests under one idempotency key apart.
    pub fn new(ordering: Ordering, keys: KeyRing, clock: Arc<dyn Clock>) -> Self {
        Self {
            ordering,
            requests: RequestHasher::new(keys.clone()),
            tokens: Arc::new(keys),
            clock,
        }
    }

    fn key<T: Message>(&self, request: &Request<T>, method: &'static Method) -> Result<Option<IdempotencyKey>, Status> {
        let fingerprint = |bytes: &[u8]| self.requests.fingerprint(method.full_name(), bytes);
        idempotency_key(request, method, &fingerprint)
    }
}

#[async_trait]
impl OrderService for OrderGrpc {
    async fn create_order(
        &self,
        request: Request<CreateOrderRequest>,
    ) -> Result<Response<CreateOrderResponse>, Status> {
        let key = self.key(&request, CREATE)?;
        let caller = call_context(&request).caller;
        let input = convert::place_order(request.into_inner()).map_err(refused)?;
        let placed = self.ordering.place(&caller, input, key).await.map_err(not_placed)?;
        Ok(answer(placed.map(|order| CreateOrderResponse { order: shown(&order) })))
    }

    async fn get_order(&self, request: Request<GetOrderRequest>) -> Result<Response<GetOrderResponse>, Status> {
        let caller = call_context(&request).caller;
        let id = convert::order_id("id", &request.get_ref().id).map_err(refused)?;
        let order = self.ordering.get(&caller, id).await.map_err(refused)?;
        Ok(Response::new(GetOrderResponse { order: shown(&order) }))
    }

    async fn list_orders(&self, request: Request<ListOrdersRequest>) -> Result<Response<ListOrdersResponse>, Status> {
        let caller = call_context(&request).caller;
        let sent = request.into_inner();
        let pages = tokens::orders(&self.tokens, &caller, &sent);
        let input = ListOrders {
            after: pages.open(&sent.page_token).map_err(refused)?.map(tokens::cursor),
            size: page_size(sent.page_size).map_err(refused)?,
            filter: filter(&sent).map_err(refused)?,
        };
        let page = self.ordering.list(&caller, input).await.map_err(refused)?;
        Ok(Response::new(ListOrdersResponse {
            orders: page.items.iter().map(convert::order).collect(),
            next_page_token: pages.seal(page.next.map(tokens::place_of_cursor)),
        }))
    }

    async fn update_order(
        &self,
        request: Request<UpdateOrderRequest>,
    ) -> Result<Response<UpdateOrderResponse>, Status> {
        let key = self.key(&request, UPDATE)?;
        let caller = call_context(&request).caller;
        let input = convert::update_order(request.into_inner()).map_err(refused)?;
        let changed = changed(self.ordering.update(&caller, input, key).await)?;
        Ok(answer(
            changed.map(|order| UpdateOrderResponse { order: shown(&order) }),
        ))
    }

    async fn cancel_order(
        &self,
        request: Request<CancelOrderRequest>,
    ) -> Result<Response<CancelOrderResponse>, Status> {
        let key = self.key(&request, CANCEL)?;
        let caller = call_context(&request).caller;
        let input = convert::cancel_order(request.into_inner()).map_err(refused)?;
        let changed = changed(self.ordering.cancel(&caller, input, key).await)?;
        Ok(answer(
            changed.map(|order| CancelOrderResponse { order: shown(&order) }),
        ))
    }

    async fn delete_order(
        &self,
        request: Request<DeleteOrderRequest>,
    ) -> Result<Response<DeleteOrderResponse>, Status> {
        let key = self.key(&request, DELETE)?;
        let caller = call_context(&request).caller;
        let input = convert::delete_order(request.into_inner()).map_err(refused)?;
        let changed = changed(self.ordering.delete(&caller, input, key).await)?;
        Ok(answer(
            changed.map(|order| DeleteOrderResponse { order: shown(&order) }),
        ))
    }

    async fn checkout_order(
        &self,
        request: Request<CheckoutOrderRequest>,
    ) -> Result<Response<CheckoutOrderResponse>, Status> {
        let key = self.key(&request, CHECKOUT)?;
        let context = call_context(&request);
        let input = convert::checkout_order(request.into_inner()).map_err(refused)?;
        let answer_within = context.deadline.map(Deadline::remaining);
        let outcome = self.ordering.checkout(&context.caller, input, key, answer_within).await;
        failpoint::hit("checkout_order.answer.before");
        let paid = outcome.map_err(not_paid)?;
        Ok(answer(paid.map(|order| CheckoutOrderResponse { order: shown(&order) })))
    }

    async fn update_order_status(
        &self,
        request: Request<UpdateOrderStatusRequest>,
    ) -> Result<Response<UpdateOrderStatusResponse>, Status> {
        let key = self.key(&request, UPDATE_STATUS)?;
        let caller = call_context(&request).caller;
        let input = convert::update_status(request.get_ref()).map_err(refused)?;
        let changed = changed(self.ordering.update_status(&caller, input, key).await)?;
        Ok(answer(
            changed.map(|order| UpdateOrderStatusResponse { order: shown(&order) }),
        ))
    }

    async fn sync_order_payment(
        &self,
        request: Request<SyncOrderPaymentRequest>,
    ) -> Result<Response<SyncOrderPaymentResponse>, Status> {
        let caller = call_context(&request).caller;
        let id = convert::order_id("id", &request.get_ref().id).map_err(refused)?;
        let order = self.ordering.sync_payment(&caller, id).await.map_err(refused)?;
        Ok(Response::new(SyncOrderPaymentResponse { order: shown(&order) }))
    }

    type WatchOrdersStream = BoxStream<'static, Result<WatchOrdersResponse, Status>>;

    async fn watch_orders(
        &self,
        request: Request<WatchOrdersRequest>,
    ) -> Result<Response<Self::WatchOrdersStream>, Status> {
        let caller = call_context(&request).caller;
        let sent = request.into_inner();
        let customer = convert::user_id_if_set("customer_id", &sent.customer_id).map_err(refused)?;
        let order = convert::order_id_if_set("order_id", &sent.order_id).map_err(refused)?;
        let scope = self
            .ordering
            .watch_scope(&caller, customer, order)
            .await
            .map_err(refused)?;
        let from = tokens::watch(&self.tokens, &caller, scope)
            .open(&sent.resume_token)
            .map_err(refused)?
            .map(tokens::position);
        let watch = self.ordering.watch(scope, from).await.map_err(refused)?;
        let watching = Watching {
            watch,
            tokens: self.tokens.clone(),
            clock: self.clock.clone(),
            caller,
            scope,
        };
        Ok(Response::new(watching.into_stream()))
    }

    type ListUserOrdersStream = BoxStream<'static, Result<ListUserOrdersResponse, Status>>;

    async fn list_user_orders(
        &self,
        request: Request<ListUserOrdersRequest>,
    ) -> Result<Response<Self::ListUserOrdersStream>, Status> {
        let caller = call_context(&request).caller;
        let sent = request.into_inner();
        let input = ListUserOrders {
            user_id: convert::user_id("user_id", &sent.user_id).map_err(refused)?,
            include_archived: sent.include_archived,
        };
        // The first page is read here, so that a refusal is the answer and not the end of a stream.
        let first = self
            .ordering
            .list_user_orders(&caller, input, None)
            .await
            .map_err(refused)?;
        let rest = self.pages_after(caller, input, first.next);
        let pages = stream::once(async { Ok(first.items) }).chain(rest);
        let orders = pages
            .map_ok(|page| stream::iter(page).map(Ok))
            .try_flatten()
            .map_ok(|order| ListUserOrdersResponse { order: shown(&order) });
        Ok(Response::new(orders.boxed()))
    }

    async fn list_order_events(
        &self,
        request: Request<ListOrderEventsRequest>,
    ) -> Result<Response<ListOrderEventsResponse>, Status> {
        let caller = call_context(&request).caller;
        let sent = request.into_inner();
        let pages = tokens::events(&self.tokens, &caller, &sent);
        let id = convert::order_id("id", &sent.id).map_err(refused)?;
        let before = pages.open(&sent.page_token).map_err(refused)?;
        let size = page_size(sent.page_size).map_err(refused)?;
        let page = self
            .ordering
            .history(&caller, id, before, size)
            .await
            .map_err(refused)?;
        Ok(Response::new(ListOrderEventsResponse {
            events: page
                .items
                .iter()
                .map(|event| convert::event(event, String::new()))
                .collect(),
            next_page_token: pages.seal(page.next),
        }))
    }
}

impl OrderGrpc {
    /// The pages after the first, each read when the one before was sent.
    fn pages_after(
        &self,
        caller: Caller,
        input: ListUserOrders,
        after: Option<OrderCursor>,
    ) -> impl stream::Stream<Item = Result<Vec<Order>, Status>> + Send + 'static {
        let ordering = self.ordering.clone();
        stream::try_unfold(after, move |after| {
            let (ordering, caller) = (ordering.clone(), caller.clone());
            async move {
                let Some(after) = after else { return Ok(None) };
                let page = ordering
                    .list_user_orders(&caller, input, Some(after))
                    .await
                    .map_err(refused)?;
                Ok(Some((page.items, page.next)))
            }
        })
    }
}

fn filter(sent: &ListOrdersRequest) -> Result<OrderFilter, InvalidInput> {
    Ok(OrderFilter {
        customer_id: convert::user_id_if_set("customer_id", &sent.customer_id)?,
        status: convert::status_named(sent.status),
        checkout_state: convert::checkout_state_named(sent.checkout_state),
        created_after: convert::instant("created_after", sent.created_after)?,
        created_before: convert::instant("created_before", sent.created_before)?,
        include_archived: sent.include_archived,
    })
}

fn page_size(sent: i32) -> Result<PageSize, InvalidInput> {
    PageSize::try_from(sent)
        .map_err(|bad: BadPageSize| InvalidInput(vec![Violation::new("page_size", bad.to_string())]))
}

fn shown(order: &Order) -> Option<api::order::v1::Order> {
    Some(convert::order(order))
}
