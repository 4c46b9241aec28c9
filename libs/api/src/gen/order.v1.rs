// Generated from protos/ by contractgen; `make generate` writes it anew.

/// Paying for an order.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct Checkout {
    /// How far it has come.
    #[prost(enumeration = "CheckoutState", tag = "1")]
    pub state: i32,
    /// How often it was tried, counted from 1; 0 when nobody has.
    #[prost(int32, tag = "2")]
    pub attempt: i32,
    /// The payment of the last attempt, a UUID; empty until there is one.
    #[prost(string, tag = "3")]
    pub payment_id: ::prost::alloc::string::String,
    /// Why the last attempt failed, SCREAMING_SNAKE: `CARD_DECLINED`, `ORDER_CANCELLED`; of a refund that was refused,
    /// `REFUND_FAILED`. Empty when nothing did.
    #[prost(string, tag = "4")]
    pub failure_reason: ::prost::alloc::string::String,
    /// When the order is cancelled if nobody pays, in UTC; not set when it does not expire.
    #[prost(message, optional, tag = "5")]
    pub expires_at: ::core::option::Option<::prost_types::Timestamp>,
}
/// One line of an order.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct OrderItem {
    /// What is ordered, text of 1 to 64 characters.
    #[prost(string, tag = "1")]
    pub sku: ::prost::alloc::string::String,
    /// What to call it, text of up to 200 characters.
    #[prost(string, tag = "2")]
    pub name: ::prost::alloc::string::String,
    /// How many, in pieces.
    #[prost(int32, tag = "3")]
    pub quantity: i32,
    /// The price of one, in minor units of the order's currency.
    #[prost(int64, tag = "4")]
    pub unit_price_cents: i64,
}
/// Where to send an order. Personal data.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
#[prost(skip_debug)]
pub struct Address {
    /// Who receives it, text of 1 to 100 characters.
    #[prost(string, tag = "1")]
    pub recipient: ::prost::alloc::string::String,
    /// Street and number, text of 1 to 200 characters.
    #[prost(string, tag = "2")]
    pub line1: ::prost::alloc::string::String,
    /// What else helps to find the door, text of up to 200 characters.
    #[prost(string, tag = "3")]
    pub line2: ::prost::alloc::string::String,
    /// The town, text of 1 to 100 characters.
    #[prost(string, tag = "4")]
    pub city: ::prost::alloc::string::String,
    /// State, province or county, text of up to 100 characters.
    #[prost(string, tag = "5")]
    pub region: ::prost::alloc::string::String,
    /// The postal code, text of up to 20 characters.
    #[prost(string, tag = "6")]
    pub postal_code: ::prost::alloc::string::String,
    /// The country, two upper-case letters of ISO 3166-1.
    #[prost(string, tag = "7")]
    pub country_code: ::prost::alloc::string::String,
    /// A phone number for the carrier, text of up to 20 characters.
    #[prost(string, tag = "8")]
    pub phone: ::prost::alloc::string::String,
}
/// One order.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct Order {
    /// The order's id, a UUID.
    #[prost(string, tag = "1")]
    pub id: ::prost::alloc::string::String,
    /// Whose order it is, the UUID of a user.
    #[prost(string, tag = "2")]
    pub customer_id: ::prost::alloc::string::String,
    /// What is ordered, 1 to 500 lines.
    #[prost(message, repeated, tag = "3")]
    pub items: ::prost::alloc::vec::Vec<OrderItem>,
    /// Where the order is.
    #[prost(enumeration = "OrderStatus", tag = "4")]
    pub status: i32,
    /// The price of everything, in minor units of the currency; calculated here.
    #[prost(int64, tag = "5")]
    pub total_cents: i64,
    /// When the order was placed, in UTC.
    #[prost(message, optional, tag = "6")]
    pub created_at: ::core::option::Option<::prost_types::Timestamp>,
    /// When the order last changed, in UTC.
    #[prost(message, optional, tag = "7")]
    pub updated_at: ::core::option::Option<::prost_types::Timestamp>,
    /// The currency of all amounts, three upper-case letters of ISO 4217.
    #[prost(string, tag = "8")]
    pub currency_code: ::prost::alloc::string::String,
    /// The version of the order, opaque; sent back with a change, it refuses one made from an older version.
    #[prost(string, tag = "9")]
    pub etag: ::prost::alloc::string::String,
    /// Where to send it; not set when nobody said, or when it was erased.
    #[prost(message, optional, tag = "10")]
    pub shipping_address: ::core::option::Option<Address>,
    /// Paying for it.
    #[prost(message, optional, tag = "11")]
    pub checkout: ::core::option::Option<Checkout>,
    /// Why the order was cancelled, text of up to 500 characters; empty when it was not, or nobody said.
    /// `PAYMENT_TIMEOUT` when nobody paid in time, `CAPTURE_FAILED` when the money could not be taken.
    #[prost(string, tag = "12")]
    pub cancel_reason: ::prost::alloc::string::String,
    /// True once deleted: the order is in no list any more.
    #[prost(bool, tag = "13")]
    pub archived: bool,
    /// What the caller wants to remember with the order: up to 50 pairs, keys of up to 40 and values of up to 500
    /// characters.
    #[prost(btree_map = "string, string", tag = "14")]
    pub metadata: ::prost::alloc::collections::BTreeMap<
        ::prost::alloc::string::String,
        ::prost::alloc::string::String,
    >,
    /// The caller's own name for the order, text of up to 100 characters.
    #[prost(string, tag = "15")]
    pub external_reference: ::prost::alloc::string::String,
}
/// What happened to an order.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct OrderEvent {
    /// What happened.
    #[prost(enumeration = "order_event::Type", tag = "1")]
    pub r#type: i32,
    /// The order as it was right after, without the address.
    #[prost(message, optional, tag = "2")]
    pub order: ::core::option::Option<Order>,
    /// When it happened, in UTC; for TYPE_LIVE, when it was sent.
    #[prost(message, optional, tag = "3")]
    pub emitted_at: ::core::option::Option<::prost_types::Timestamp>,
    /// Where a watch goes on after this event, opaque. Empty in a history.
    #[prost(string, tag = "4")]
    pub resume_token: ::prost::alloc::string::String,
    /// The event's id, a UUID; the same event has the same id wherever it is seen. Empty for TYPE_LIVE.
    #[prost(string, tag = "5")]
    pub event_id: ::prost::alloc::string::String,
    /// The version of the order after the event; grows by 1 with each event of the order.
    #[prost(int64, tag = "6")]
    pub version: i64,
    /// Who did it: `user:<id>`, `service:<name>`; no personal data.
    #[prost(string, tag = "7")]
    pub actor: ::prost::alloc::string::String,
}
/// Nested message and enum types in `OrderEvent`.
pub mod order_event {
    /// What kind of thing happened.
    #[derive(
        Clone,
        Copy,
        Debug,
        PartialEq,
        Eq,
        Hash,
        PartialOrd,
        Ord,
        ::prost::Enumeration
    )]
    #[repr(i32)]
    pub enum Type {
        /// Not said.
        Unspecified = 0,
        /// The order was placed.
        Created = 1,
        /// Items, address or metadata changed.
        Updated = 2,
        /// The status changed, but for cancelling.
        StatusChanged = 3,
        /// The order was cancelled.
        Cancelled = 4,
        /// The order was archived.
        Deleted = 5,
        /// The checkout moved on.
        CheckoutChanged = 6,
        /// Nothing happened, there is no order: a stream has caught up with the present.
        Live = 7,
    }
    impl Type {
        /// String value of the enum field names used in the ProtoBuf definition.
        ///
        /// The values are not transformed in any way and thus are considered stable
        /// (if the ProtoBuf definition does not change) and safe for programmatic use.
        pub fn as_str_name(&self) -> &'static str {
            match self {
                Self::Unspecified => "TYPE_UNSPECIFIED",
                Self::Created => "TYPE_CREATED",
                Self::Updated => "TYPE_UPDATED",
                Self::StatusChanged => "TYPE_STATUS_CHANGED",
                Self::Cancelled => "TYPE_CANCELLED",
                Self::Deleted => "TYPE_DELETED",
                Self::CheckoutChanged => "TYPE_CHECKOUT_CHANGED",
                Self::Live => "TYPE_LIVE",
            }
        }
        /// Creates an enum from field names used in the ProtoBuf definition.
        pub fn from_str_name(value: &str) -> ::core::option::Option<Self> {
            match value {
                "TYPE_UNSPECIFIED" => Some(Self::Unspecified),
                "TYPE_CREATED" => Some(Self::Created),
                "TYPE_UPDATED" => Some(Self::Updated),
                "TYPE_STATUS_CHANGED" => Some(Self::StatusChanged),
                "TYPE_CANCELLED" => Some(Self::Cancelled),
                "TYPE_DELETED" => Some(Self::Deleted),
                "TYPE_CHECKOUT_CHANGED" => Some(Self::CheckoutChanged),
                "TYPE_LIVE" => Some(Self::Live),
                _ => None,
            }
        }
    }
}
/// The order to place.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct CreateOrderRequest {
    /// Whose order it is, the UUID of a user; left out, it is the caller's own.
    #[prost(string, tag = "1")]
    pub customer_id: ::prost::alloc::string::String,
    /// What is ordered, 1 to 500 lines.
    #[prost(message, repeated, tag = "2")]
    pub items: ::prost::alloc::vec::Vec<OrderItem>,
    /// The currency of all amounts, three upper-case letters of ISO 4217; left out, it is USD.
    #[prost(string, tag = "3")]
    pub currency_code: ::prost::alloc::string::String,
    /// Where to send it.
    #[prost(message, optional, tag = "4")]
    pub shipping_address: ::core::option::Option<Address>,
    /// What to remember with the order: up to 50 pairs, keys of up to 40 and values of up to 500 characters.
    #[prost(btree_map = "string, string", tag = "5")]
    pub metadata: ::prost::alloc::collections::BTreeMap<
        ::prost::alloc::string::String,
        ::prost::alloc::string::String,
    >,
    /// The caller's own name for the order, text of up to 100 characters.
    #[prost(string, tag = "6")]
    pub external_reference: ::prost::alloc::string::String,
    /// What to pay with, a token of payment.v1 `TokenizeCard`: the checkout starts at once. Left out, CheckoutOrder pays.
    #[prost(string, tag = "7")]
    pub payment_method: ::prost::alloc::string::String,
}
/// The order that was placed.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct CreateOrderResponse {
    /// The order.
    #[prost(message, optional, tag = "1")]
    pub order: ::core::option::Option<Order>,
}
/// Which order to show.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct GetOrderRequest {
    /// The order's id, a UUID.
    #[prost(string, tag = "1")]
    pub id: ::prost::alloc::string::String,
}
/// The order.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct GetOrderResponse {
    /// The order.
    #[prost(message, optional, tag = "1")]
    pub order: ::core::option::Option<Order>,
}
/// Which orders to list.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct ListOrdersRequest {
    /// Only this user's orders, a UUID; left out, the caller's own, or everybody's for staff.
    #[prost(string, tag = "1")]
    pub customer_id: ::prost::alloc::string::String,
    /// Only orders with this status; left out, all.
    #[prost(enumeration = "OrderStatus", tag = "2")]
    pub status: i32,
    /// How many orders a page has at most; 0 means 50.
    #[prost(int32, tag = "3")]
    pub page_size: i32,
    /// Where the page starts, opaque: `next_page_token` of the page before. Empty for the first page.
    #[prost(string, tag = "4")]
    pub page_token: ::prost::alloc::string::String,
    /// Only orders placed at this instant or later, in UTC.
    #[prost(message, optional, tag = "5")]
    pub created_after: ::core::option::Option<::prost_types::Timestamp>,
    /// Only orders placed before this instant, in UTC.
    #[prost(message, optional, tag = "6")]
    pub created_before: ::core::option::Option<::prost_types::Timestamp>,
    /// Lists archived orders too.
    #[prost(bool, tag = "7")]
    pub include_archived: bool,
    /// Only orders whose checkout is in this state; left out, all.
    #[prost(enumeration = "CheckoutState", tag = "8")]
    pub checkout_state: i32,
}
/// One page of orders.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct ListOrdersResponse {
    /// The orders, newest first.
    #[prost(message, repeated, tag = "1")]
    pub orders: ::prost::alloc::vec::Vec<Order>,
    /// Where the next page starts, opaque; empty on the last page.
    #[prost(string, tag = "2")]
    pub next_page_token: ::prost::alloc::string::String,
}
/// What to change of an order.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct UpdateOrderRequest {
    /// The order's id, a UUID.
    #[prost(string, tag = "1")]
    pub id: ::prost::alloc::string::String,
    /// The new lines, all of them, 1 to 500.
    #[prost(message, repeated, tag = "2")]
    pub items: ::prost::alloc::vec::Vec<OrderItem>,
    /// Which fields to change: `items`, `shipping_address`, `metadata`. Without it, every field that is set.
    #[prost(message, optional, tag = "3")]
    pub update_mask: ::core::option::Option<::prost_types::FieldMask>,
    /// The new address; named by the mask and not set, it is removed.
    #[prost(message, optional, tag = "4")]
    pub shipping_address: ::core::option::Option<Address>,
    /// The new metadata, all of it: up to 50 pairs, keys of up to 40 and values of up to 500 characters.
    #[prost(btree_map = "string, string", tag = "5")]
    pub metadata: ::prost::alloc::collections::BTreeMap<
        ::prost::alloc::string::String,
        ::prost::alloc::string::String,
    >,
    /// The version the change was made from, opaque; empty changes the latest.
    #[prost(string, tag = "6")]
    pub etag: ::prost::alloc::string::String,
}
/// The order after the change.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct UpdateOrderResponse {
    /// The order.
    #[prost(message, optional, tag = "1")]
    pub order: ::core::option::Option<Order>,
}
/// Which order to cancel, and why.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct CancelOrderRequest {
    /// The order's id, a UUID.
    #[prost(string, tag = "1")]
    pub id: ::prost::alloc::string::String,
    /// Why, text of up to 500 characters; may be left out.
    #[prost(string, tag = "2")]
    pub reason: ::prost::alloc::string::String,
    /// The version that was looked at, opaque; empty cancels the latest.
    #[prost(string, tag = "3")]
    pub etag: ::prost::alloc::string::String,
}
/// The cancelled order.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct CancelOrderResponse {
    /// The order.
    #[prost(message, optional, tag = "1")]
    pub order: ::core::option::Option<Order>,
}
/// Which order to archive.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct DeleteOrderRequest {
    /// The order's id, a UUID.
    #[prost(string, tag = "1")]
    pub id: ::prost::alloc::string::String,
    /// The version that was looked at, opaque; empty archives the latest.
    #[prost(string, tag = "2")]
    pub etag: ::prost::alloc::string::String,
}
/// The archived order.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct DeleteOrderResponse {
    /// The order.
    #[prost(message, optional, tag = "1")]
    pub order: ::core::option::Option<Order>,
}
/// Which order to pay for, and with what.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct CheckoutOrderRequest {
    /// The order's id, a UUID.
    #[prost(string, tag = "1")]
    pub id: ::prost::alloc::string::String,
    /// What to pay with, a token of payment.v1 `TokenizeCard`; not needed when there is nothing to pay.
    #[prost(string, tag = "2")]
    pub payment_method: ::prost::alloc::string::String,
    /// The version that was looked at, opaque; empty pays for the latest.
    #[prost(string, tag = "3")]
    pub etag: ::prost::alloc::string::String,
}
/// The order that is paid for, or will be.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct CheckoutOrderResponse {
    /// The order.
    #[prost(message, optional, tag = "1")]
    pub order: ::core::option::Option<Order>,
}
/// Which order to move on.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct UpdateOrderStatusRequest {
    /// The order's id, a UUID.
    #[prost(string, tag = "1")]
    pub id: ::prost::alloc::string::String,
    /// What it becomes: SHIPPED or DELIVERED.
    #[prost(enumeration = "OrderStatus", tag = "2")]
    pub status: i32,
    /// The version that was looked at, opaque; empty moves the latest.
    #[prost(string, tag = "3")]
    pub etag: ::prost::alloc::string::String,
}
/// The order after the change.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct UpdateOrderStatusResponse {
    /// The order.
    #[prost(message, optional, tag = "1")]
    pub order: ::core::option::Option<Order>,
}
/// Which order to bring in line with its payment.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct SyncOrderPaymentRequest {
    /// The order's id, a UUID.
    #[prost(string, tag = "1")]
    pub id: ::prost::alloc::string::String,
}
/// The order as it is now.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct SyncOrderPaymentResponse {
    /// The order.
    #[prost(message, optional, tag = "1")]
    pub order: ::core::option::Option<Order>,
}
/// Which orders to watch, and from where.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct WatchOrdersRequest {
    /// Only this user's orders, a UUID; left out, the caller's own, or everybody's for staff.
    #[prost(string, tag = "1")]
    pub customer_id: ::prost::alloc::string::String,
    /// The `resume_token` of the last event that was seen, opaque. Empty starts now.
    #[prost(string, tag = "2")]
    pub resume_token: ::prost::alloc::string::String,
    /// Only this order, a UUID; left out, all.
    #[prost(string, tag = "3")]
    pub order_id: ::prost::alloc::string::String,
}
/// One thing that happened.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct WatchOrdersResponse {
    /// The event.
    #[prost(message, optional, tag = "1")]
    pub event: ::core::option::Option<OrderEvent>,
}
/// Whose orders to send.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct ListUserOrdersRequest {
    /// The user, a UUID.
    #[prost(string, tag = "1")]
    pub user_id: ::prost::alloc::string::String,
    /// Sends archived orders too.
    #[prost(bool, tag = "2")]
    pub include_archived: bool,
}
/// One order of the listing.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct ListUserOrdersResponse {
    /// The order.
    #[prost(message, optional, tag = "1")]
    pub order: ::core::option::Option<Order>,
}
/// Whose history to show.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct ListOrderEventsRequest {
    /// The order's id, a UUID.
    #[prost(string, tag = "1")]
    pub id: ::prost::alloc::string::String,
    /// How many events a page has at most; 0 means 50.
    #[prost(int32, tag = "2")]
    pub page_size: i32,
    /// Where the page starts, opaque: `next_page_token` of the page before. Empty for the first page.
    #[prost(string, tag = "3")]
    pub page_token: ::prost::alloc::string::String,
}
/// One page of a history.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct ListOrderEventsResponse {
    /// The events, newest first.
    #[prost(message, repeated, tag = "1")]
    pub events: ::prost::alloc::vec::Vec<OrderEvent>,
    /// Where the next page starts, opaque; empty on the last page.
    #[prost(string, tag = "2")]
    pub next_page_token: ::prost::alloc::string::String,
}
/// Where an order is: PENDING -> CONFIRMED -> SHIPPED -> DELIVERED; PENDING and CONFIRMED -> CANCELLED.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, ::prost::Enumeration)]
#[repr(i32)]
pub enum OrderStatus {
    /// Not said.
    Unspecified = 0,
    /// Placed, not paid.
    Pending = 1,
    /// Paid, or nothing to pay.
    Confirmed = 2,
    /// On its way.
    Shipped = 3,
    /// Arrived.
    Delivered = 4,
    /// Given up.
    Cancelled = 5,
}
impl OrderStatus {
    /// String value of the enum field names used in the ProtoBuf definition.
    ///
    /// The values are not transformed in any way and thus are considered stable
    /// (if the ProtoBuf definition does not change) and safe for programmatic use.
    pub fn as_str_name(&self) -> &'static str {
        match self {
            Self::Unspecified => "ORDER_STATUS_UNSPECIFIED",
            Self::Pending => "ORDER_STATUS_PENDING",
            Self::Confirmed => "ORDER_STATUS_CONFIRMED",
            Self::Shipped => "ORDER_STATUS_SHIPPED",
            Self::Delivered => "ORDER_STATUS_DELIVERED",
            Self::Cancelled => "ORDER_STATUS_CANCELLED",
        }
    }
    /// Creates an enum from field names used in the ProtoBuf definition.
    pub fn from_str_name(value: &str) -> ::core::option::Option<Self> {
        match value {
            "ORDER_STATUS_UNSPECIFIED" => Some(Self::Unspecified),
            "ORDER_STATUS_PENDING" => Some(Self::Pending),
            "ORDER_STATUS_CONFIRMED" => Some(Self::Confirmed),
            "ORDER_STATUS_SHIPPED" => Some(Self::Shipped),
            "ORDER_STATUS_DELIVERED" => Some(Self::Delivered),
            "ORDER_STATUS_CANCELLED" => Some(Self::Cancelled),
            _ => None,
        }
    }
}
/// How far paying for an order has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, ::prost::Enumeration)]
#[repr(i32)]
pub enum CheckoutState {
    /// Not said.
    Unspecified = 0,
    /// Nobody has tried to pay.
    None = 1,
    /// On its way. Until the order is CONFIRMED it may still fail.
    Running = 2,
    /// The money has been taken.
    Paid = 3,
    /// Refused or given up, and nothing was taken; `failure_reason` tells why.
    Failed = 4,
    /// The order was cancelled and the money is on its way back.
    Refunding = 5,
    /// All of the money has been given back.
    Refunded = 6,
    /// A part of the money has been given back.
    PartiallyRefunded = 7,
    /// The provider has not said for a day what became of it; it is still asked, and a person should look.
    NeedsAttention = 8,
}
impl CheckoutState {
    /// String value of the enum field names used in the ProtoBuf definition.
    ///
    /// The values are not transformed in any way and thus are considered stable
    /// (if the ProtoBuf definition does not change) and safe for programmatic use.
    pub fn as_str_name(&self) -> &'static str {
        match self {
            Self::Unspecified => "CHECKOUT_STATE_UNSPECIFIED",
            Self::None => "CHECKOUT_STATE_NONE",
            Self::Running => "CHECKOUT_STATE_RUNNING",
            Self::Paid => "CHECKOUT_STATE_PAID",
            Self::Failed => "CHECKOUT_STATE_FAILED",
            Self::Refunding => "CHECKOUT_STATE_REFUNDING",
            Self::Refunded => "CHECKOUT_STATE_REFUNDED",
            Self::PartiallyRefunded => "CHECKOUT_STATE_PARTIALLY_REFUNDED",
            Self::NeedsAttention => "CHECKOUT_STATE_NEEDS_ATTENTION",
        }
    }
    /// Creates an enum from field names used in the ProtoBuf definition.
    pub fn from_str_name(value: &str) -> ::core::option::Option<Self> {
        match value {
            "CHECKOUT_STATE_UNSPECIFIED" => Some(Self::Unspecified),
            "CHECKOUT_STATE_NONE" => Some(Self::None),
            "CHECKOUT_STATE_RUNNING" => Some(Self::Running),
            "CHECKOUT_STATE_PAID" => Some(Self::Paid),
            "CHECKOUT_STATE_FAILED" => Some(Self::Failed),
            "CHECKOUT_STATE_REFUNDING" => Some(Self::Refunding),
            "CHECKOUT_STATE_REFUNDED" => Some(Self::Refunded),
            "CHECKOUT_STATE_PARTIALLY_REFUNDED" => Some(Self::PartiallyRefunded),
            "CHECKOUT_STATE_NEEDS_ATTENTION" => Some(Self::NeedsAttention),
            _ => None,
        }
    }
}
/// Generated client implementations.
pub mod order_service_client {
    #![allow(
        unused_variables,
        dead_code,
        missing_docs,
        clippy::wildcard_imports,
        clippy::let_unit_value,
    )]
    use tonic::codegen::*;
    use tonic::codegen::http::Uri;
    /// Keeps orders and their history.
    #[derive(Debug, Clone)]
    pub struct OrderServiceClient<T> {
        inner: tonic::client::Grpc<T>,
    }
    impl OrderServiceClient<tonic::transport::Channel> {
        /// Attempt to create a new client by connecting to a given endpoint.
        pub async fn connect<D>(dst: D) -> Result<Self, tonic::transport::Error>
        where
            D: TryInto<tonic::transport::Endpoint>,
            D::Error: Into<StdError>,
        {
            let conn = tonic::transport::Endpoint::new(dst)?.connect().await?;
            Ok(Self::new(conn))
        }
    }
    impl<T> OrderServiceClient<T>
    where
        T: tonic::client::GrpcService<tonic::body::Body>,
        T::Error: Into<StdError>,
        T::ResponseBody: Body<Data = Bytes> + std::marker::Send + 'static,
        <T::ResponseBody as Body>::Error: Into<StdError> + std::marker::Send,
    {
        pub fn new(inner: T) -> Self {
            let inner = tonic::client::Grpc::new(inner);
            Self { inner }
        }
        pub fn with_origin(inner: T, origin: Uri) -> Self {
            let inner = tonic::client::Grpc::with_origin(inner, origin);
            Self { inner }
        }
        pub fn with_interceptor<F>(
            inner: T,
            interceptor: F,
        ) -> OrderServiceClient<InterceptedService<T, F>>
        where
            F: tonic::service::Interceptor,
            T::ResponseBody: Default,
            T: tonic::codegen::Service<
                http::Request<tonic::body::Body>,
                Response = http::Response<
                    <T as tonic::client::GrpcService<tonic::body::Body>>::ResponseBody,
                >,
            >,
            <T as tonic::codegen::Service<
                http::Request<tonic::body::Body>,
            >>::Error: Into<StdError> + std::marker::Send + std::marker::Sync,
        {
            OrderServiceClient::new(InterceptedService::new(inner, interceptor))
        }
        /// Compress requests with the given encoding.
        ///
        /// This requires the server to support it otherwise it might respond with an
        /// error.
        #[must_use]
        pub fn send_compressed(mut self, encoding: CompressionEncoding) -> Self {
            self.inner = self.inner.send_compressed(encoding);
            self
        }
        /// Enable decompressing responses.
        #[must_use]
        pub fn accept_compressed(mut self, encoding: CompressionEncoding) -> Self {
            self.inner = self.inner.accept_compressed(encoding);
            self
        }
        /// Limits the maximum size of a decoded message.
        ///
        /// Default: `4MB`
        #[must_use]
        pub fn max_decoding_message_size(mut self, limit: usize) -> Self {
            self.inner = self.inner.max_decoding_message_size(limit);
            self
        }
        /// Limits the maximum size of an encoded message.
        ///
        /// Default: `usize::MAX`
        #[must_use]
        pub fn max_encoding_message_size(mut self, limit: usize) -> Self {
            self.inner = self.inner.max_encoding_message_size(limit);
            self
        }
        /// Places an order, PENDING. The total is calculated here. With a payment method the checkout starts at once, in
        /// the background; watch the order to see how it ends.
        pub async fn create_order(
            &mut self,
            request: impl tonic::IntoRequest<super::CreateOrderRequest>,
        ) -> std::result::Result<
            tonic::Response<super::CreateOrderResponse>,
            tonic::Status,
        > {
            self.inner
                .ready()
                .await
                .map_err(|e| {
                    tonic::Status::unknown(
                        format!("Service was not ready: {}", e.into()),
                    )
                })?;
            let codec = ::wire::ValidatingCodec::default();
            let path = http::uri::PathAndQuery::from_static(
                "/order.v1.OrderService/CreateOrder",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("order.v1.OrderService", "CreateOrder"));
            self.inner.unary(req, path, codec).await
        }
        /// Shows one order, archived or not. Another customer's is NOT_FOUND `ORDER_NOT_FOUND`.
        pub async fn get_order(
            &mut self,
            request: impl tonic::IntoRequest<super::GetOrderRequest>,
        ) -> std::result::Result<
            tonic::Response<super::GetOrderResponse>,
            tonic::Status,
        > {
            self.inner
                .ready()
                .await
                .map_err(|e| {
                    tonic::Status::unknown(
                        format!("Service was not ready: {}", e.into()),
                    )
                })?;
            let codec = ::wire::ValidatingCodec::default();
            let path = http::uri::PathAndQuery::from_static(
                "/order.v1.OrderService/GetOrder",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("order.v1.OrderService", "GetOrder"));
            self.inner.unary(req, path, codec).await
        }
        /// Lists orders in pages, newest first.
        pub async fn list_orders(
            &mut self,
            request: impl tonic::IntoRequest<super::ListOrdersRequest>,
        ) -> std::result::Result<
            tonic::Response<super::ListOrdersResponse>,
            tonic::Status,
        > {
            self.inner
                .ready()
                .await
                .map_err(|e| {
                    tonic::Status::unknown(
                        format!("Service was not ready: {}", e.into()),
                    )
                })?;
            let codec = ::wire::ValidatingCodec::default();
            let path = http::uri::PathAndQuery::from_static(
                "/order.v1.OrderService/ListOrders",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("order.v1.OrderService", "ListOrders"));
            self.inner.unary(req, path, codec).await
        }
        /// Changes what the mask names; without a mask, every field that is set. Only a PENDING order can be changed:
        /// FAILED_PRECONDITION `ORDER_NOT_PENDING`; `CHECKOUT_RUNNING` while one runs.
        pub async fn update_order(
            &mut self,
            request: impl tonic::IntoRequest<super::UpdateOrderRequest>,
        ) -> std::result::Result<
            tonic::Response<super::UpdateOrderResponse>,
            tonic::Status,
        > {
            self.inner
                .ready()
                .await
                .map_err(|e| {
                    tonic::Status::unknown(
                        format!("Service was not ready: {}", e.into()),
                    )
                })?;
            let codec = ::wire::ValidatingCodec::default();
            let path = http::uri::PathAndQuery::from_static(
                "/order.v1.OrderService/UpdateOrder",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("order.v1.OrderService", "UpdateOrder"));
            self.inner.unary(req, path, codec).await
        }
        /// Cancels an order and gives back what was paid. Cancelling again succeeds and changes nothing. A checkout that
        /// still runs ends with it.
        pub async fn cancel_order(
            &mut self,
            request: impl tonic::IntoRequest<super::CancelOrderRequest>,
        ) -> std::result::Result<
            tonic::Response<super::CancelOrderResponse>,
            tonic::Status,
        > {
            self.inner
                .ready()
                .await
                .map_err(|e| {
                    tonic::Status::unknown(
                        format!("Service was not ready: {}", e.into()),
                    )
                })?;
            let codec = ::wire::ValidatingCodec::default();
            let path = http::uri::PathAndQuery::from_static(
                "/order.v1.OrderService/CancelOrder",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("order.v1.OrderService", "CancelOrder"));
            self.inner.unary(req, path, codec).await
        }
        /// Archives an order: it leaves the lists, its history stays. A PENDING order is cancelled first; a CONFIRMED or
        /// SHIPPED one is refused.
        pub async fn delete_order(
            &mut self,
            request: impl tonic::IntoRequest<super::DeleteOrderRequest>,
        ) -> std::result::Result<
            tonic::Response<super::DeleteOrderResponse>,
            tonic::Status,
        > {
            self.inner
                .ready()
                .await
                .map_err(|e| {
                    tonic::Status::unknown(
                        format!("Service was not ready: {}", e.into()),
                    )
                })?;
            let codec = ::wire::ValidatingCodec::default();
            let path = http::uri::PathAndQuery::from_static(
                "/order.v1.OrderService/DeleteOrder",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("order.v1.OrderService", "DeleteOrder"));
            self.inner.unary(req, path, codec).await
        }
        /// Pays for a PENDING order and confirms it: `payment_method` is charged the total. Answers with the order when it
        /// is PAID, or when it is CONFIRMED and the caller's deadline is near. The checkout goes on when the caller is gone:
        /// the same key joins it, another one is FAILED_PRECONDITION `CHECKOUT_RUNNING`. A refused card is
        /// FAILED_PRECONDITION with the decline as reason and the metadata `order_id`, `payment_id`, `attempt`; the order
        /// stays PENDING and may be tried again with another key.
        pub async fn checkout_order(
            &mut self,
            request: impl tonic::IntoRequest<super::CheckoutOrderRequest>,
        ) -> std::result::Result<
            tonic::Response<super::CheckoutOrderResponse>,
            tonic::Status,
        > {
            self.inner
                .ready()
                .await
                .map_err(|e| {
                    tonic::Status::unknown(
                        format!("Service was not ready: {}", e.into()),
                    )
                })?;
            let codec = ::wire::ValidatingCodec::default();
            let path = http::uri::PathAndQuery::from_static(
                "/order.v1.OrderService/CheckoutOrder",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("order.v1.OrderService", "CheckoutOrder"));
            self.inner.unary(req, path, codec).await
        }
        /// Moves a paid order on: to SHIPPED, then to DELIVERED. Shipping what is not paid for is FAILED_PRECONDITION
        /// `PAYMENT_NOT_CAPTURED`.
        pub async fn update_order_status(
            &mut self,
            request: impl tonic::IntoRequest<super::UpdateOrderStatusRequest>,
        ) -> std::result::Result<
            tonic::Response<super::UpdateOrderStatusResponse>,
            tonic::Status,
        > {
            self.inner
                .ready()
                .await
                .map_err(|e| {
                    tonic::Status::unknown(
                        format!("Service was not ready: {}", e.into()),
                    )
                })?;
            let codec = ::wire::ValidatingCodec::default();
            let path = http::uri::PathAndQuery::from_static(
                "/order.v1.OrderService/UpdateOrderStatus",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("order.v1.OrderService", "UpdateOrderStatus"));
            self.inner.unary(req, path, codec).await
        }
        /// Reads the payment of an order again and lets the order follow it: a refund that staff made, an outcome that was
        /// missed. Doing it again changes nothing.
        pub async fn sync_order_payment(
            &mut self,
            request: impl tonic::IntoRequest<super::SyncOrderPaymentRequest>,
        ) -> std::result::Result<
            tonic::Response<super::SyncOrderPaymentResponse>,
            tonic::Status,
        > {
            self.inner
                .ready()
                .await
                .map_err(|e| {
                    tonic::Status::unknown(
                        format!("Service was not ready: {}", e.into()),
                    )
                })?;
            let codec = ::wire::ValidatingCodec::default();
            let path = http::uri::PathAndQuery::from_static(
                "/order.v1.OrderService/SyncOrderPayment",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("order.v1.OrderService", "SyncOrderPayment"));
            self.inner.unary(req, path, codec).await
        }
        /// Sends every change of orders as it happens. Without a token from now on, with one from right after it: no gap,
        /// no duplicate. TYPE_LIVE tells that everything older has been sent.
        ///
        /// The stream ends with UNAUTHENTICATED `TOKEN_EXPIRED` when the access token that opened it expires. Go on with a
        /// fresh token and the last `resume_token`.
        pub async fn watch_orders(
            &mut self,
            request: impl tonic::IntoRequest<super::WatchOrdersRequest>,
        ) -> std::result::Result<
            tonic::Response<tonic::codec::Streaming<super::WatchOrdersResponse>>,
            tonic::Status,
        > {
            self.inner
                .ready()
                .await
                .map_err(|e| {
                    tonic::Status::unknown(
                        format!("Service was not ready: {}", e.into()),
                    )
                })?;
            let codec = ::wire::ValidatingCodec::default();
            let path = http::uri::PathAndQuery::from_static(
                "/order.v1.OrderService/WatchOrders",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("order.v1.OrderService", "WatchOrders"));
            self.inner.server_streaming(req, path, codec).await
        }
        /// Sends all orders of one user, newest first. The stream ends with UNAUTHENTICATED `TOKEN_EXPIRED` when the access
        /// token that opened it expires before all are sent; start again with a fresh token.
        pub async fn list_user_orders(
            &mut self,
            request: impl tonic::IntoRequest<super::ListUserOrdersRequest>,
        ) -> std::result::Result<
            tonic::Response<tonic::codec::Streaming<super::ListUserOrdersResponse>>,
            tonic::Status,
        > {
            self.inner
                .ready()
                .await
                .map_err(|e| {
                    tonic::Status::unknown(
                        format!("Service was not ready: {}", e.into()),
                    )
                })?;
            let codec = ::wire::ValidatingCodec::default();
            let path = http::uri::PathAndQuery::from_static(
                "/order.v1.OrderService/ListUserOrders",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("order.v1.OrderService", "ListUserOrders"));
            self.inner.server_streaming(req, path, codec).await
        }
        /// Shows the history of one order in pages, newest first.
        pub async fn list_order_events(
            &mut self,
            request: impl tonic::IntoRequest<super::ListOrderEventsRequest>,
        ) -> std::result::Result<
            tonic::Response<super::ListOrderEventsResponse>,
            tonic::Status,
        > {
            self.inner
                .ready()
                .await
                .map_err(|e| {
                    tonic::Status::unknown(
                        format!("Service was not ready: {}", e.into()),
                    )
                })?;
            let codec = ::wire::ValidatingCodec::default();
            let path = http::uri::PathAndQuery::from_static(
                "/order.v1.OrderService/ListOrderEvents",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("order.v1.OrderService", "ListOrderEvents"));
            self.inner.unary(req, path, codec).await
        }
    }
}
/// Generated server implementations.
pub mod order_service_server {
    #![allow(
        unused_variables,
        dead_code,
        missing_docs,
        clippy::wildcard_imports,
        clippy::let_unit_value,
    )]
    use tonic::codegen::*;
    /// Generated trait containing gRPC methods that should be implemented for use with OrderServiceServer.
    #[async_trait]
    pub trait OrderService: std::marker::Send + std::marker::Sync + 'static {
        /// Places an order, PENDING. The total is calculated here. With a payment method the checkout starts at once, in
        /// the background; watch the order to see how it ends.
        async fn create_order(
            &self,
            request: tonic::Request<super::CreateOrderRequest>,
        ) -> std::result::Result<
            tonic::Response<super::CreateOrderResponse>,
            tonic::Status,
        >;
        /// Shows one order, archived or not. Another customer's is NOT_FOUND `ORDER_NOT_FOUND`.
        async fn get_order(
            &self,
            request: tonic::Request<super::GetOrderRequest>,
        ) -> std::result::Result<
            tonic::Response<super::GetOrderResponse>,
            tonic::Status,
        >;
        /// Lists orders in pages, newest first.
        async fn list_orders(
            &self,
            request: tonic::Request<super::ListOrdersRequest>,
        ) -> std::result::Result<
            tonic::Response<super::ListOrdersResponse>,
            tonic::Status,
        >;
        /// Changes what the mask names; without a mask, every field that is set. Only a PENDING order can be changed:
        /// FAILED_PRECONDITION `ORDER_NOT_PENDING`; `CHECKOUT_RUNNING` while one runs.
        async fn update_order(
            &self,
            request: tonic::Request<super::UpdateOrderRequest>,
        ) -> std::result::Result<
            tonic::Response<super::UpdateOrderResponse>,
            tonic::Status,
        >;
        /// Cancels an order and gives back what was paid. Cancelling again succeeds and changes nothing. A checkout that
        /// still runs ends with it.
        async fn cancel_order(
            &self,
            request: tonic::Request<super::CancelOrderRequest>,
        ) -> std::result::Result<
            tonic::Response<super::CancelOrderResponse>,
            tonic::Status,
        >;
        /// Archives an order: it leaves the lists, its history stays. A PENDING order is cancelled first; a CONFIRMED or
        /// SHIPPED one is refused.
        async fn delete_order(
            &self,
            request: tonic::Request<super::DeleteOrderRequest>,
        ) -> std::result::Result<
            tonic::Response<super::DeleteOrderResponse>,
            tonic::Status,
        >;
        /// Pays for a PENDING order and confirms it: `payment_method` is charged the total. Answers with the order when it
        /// is PAID, or when it is CONFIRMED and the caller's deadline is near. The checkout goes on when the caller is gone:
        /// the same key joins it, another one is FAILED_PRECONDITION `CHECKOUT_RUNNING`. A refused card is
        /// FAILED_PRECONDITION with the decline as reason and the metadata `order_id`, `payment_id`, `attempt`; the order
        /// stays PENDING and may be tried again with another key.
        async fn checkout_order(
            &self,
            request: tonic::Request<super::CheckoutOrderRequest>,
        ) -> std::result::Result<
            tonic::Response<super::CheckoutOrderResponse>,
            tonic::Status,
        >;
        /// Moves a paid order on: to SHIPPED, then to DELIVERED. Shipping what is not paid for is FAILED_PRECONDITION
        /// `PAYMENT_NOT_CAPTURED`.
        async fn update_order_status(
            &self,
            request: tonic::Request<super::UpdateOrderStatusRequest>,
        ) -> std::result::Result<
            tonic::Response<super::UpdateOrderStatusResponse>,
            tonic::Status,
        >;
        /// Reads the payment of an order again and lets the order follow it: a refund that staff made, an outcome that was
        /// missed. Doing it again changes nothing.
        async fn sync_order_payment(
            &self,
            request: tonic::Request<super::SyncOrderPaymentRequest>,
        ) -> std::result::Result<
            tonic::Response<super::SyncOrderPaymentResponse>,
            tonic::Status,
        >;
        /// Server streaming response type for the WatchOrders method.
        type WatchOrdersStream: tonic::codegen::tokio_stream::Stream<
                Item = std::result::Result<super::WatchOrdersResponse, tonic::Status>,
            >
            + std::marker::Send
            + 'static;
        /// Sends every change of orders as it happens. Without a token from now on, with one from right after it: no gap,
        /// no duplicate. TYPE_LIVE tells that everything older has been sent.
        ///
        /// The stream ends with UNAUTHENTICATED `TOKEN_EXPIRED` when the access token that opened it expires. Go on with a
        /// fresh token and the last `resume_token`.
        async fn watch_orders(
            &self,
            request: tonic::Request<super::WatchOrdersRequest>,
        ) -> std::result::Result<
            tonic::Response<Self::WatchOrdersStream>,
            tonic::Status,
        >;
        /// Server streaming response type for the ListUserOrders method.
        type ListUserOrdersStream: tonic::codegen::tokio_stream::Stream<
                Item = std::result::Result<super::ListUserOrdersResponse, tonic::Status>,
            >
            + std::marker::Send
            + 'static;
        /// Sends all orders of one user, newest first. The stream ends with UNAUTHENTICATED `TOKEN_EXPIRED` when the access
        /// token that opened it expires before all are sent; start again with a fresh token.
        async fn list_user_orders(
            &self,
            request: tonic::Request<super::ListUserOrdersRequest>,
        ) -> std::result::Result<
            tonic::Response<Self::ListUserOrdersStream>,
            tonic::Status,
        >;
        /// Shows the history of one order in pages, newest first.
        async fn list_order_events(
            &self,
            request: tonic::Request<super::ListOrderEventsRequest>,
        ) -> std::result::Result<
            tonic::Response<super::ListOrderEventsResponse>,
            tonic::Status,
        >;
    }
    /// Keeps orders and their history.
    #[derive(Debug)]
    pub struct OrderServiceServer<T> {
        inner: Arc<T>,
        accept_compression_encodings: EnabledCompressionEncodings,
        send_compression_encodings: EnabledCompressionEncodings,
        max_decoding_message_size: Option<usize>,
        max_encoding_message_size: Option<usize>,
    }
    impl<T> OrderServiceServer<T> {
        pub fn new(inner: T) -> Self {
            Self::from_arc(Arc::new(inner))
        }
        pub fn from_arc(inner: Arc<T>) -> Self {
            Self {
                inner,
                accept_compression_encodings: Default::default(),
                send_compression_encodings: Default::default(),
                max_decoding_message_size: None,
                max_encoding_message_size: None,
            }
        }
        pub fn with_interceptor<F>(
            inner: T,
            interceptor: F,
        ) -> InterceptedService<Self, F>
        where
            F: tonic::service::Interceptor,
        {
            InterceptedService::new(Self::new(inner), interceptor)
        }
        /// Enable decompressing requests with the given encoding.
        #[must_use]
        pub fn accept_compressed(mut self, encoding: CompressionEncoding) -> Self {
            self.accept_compression_encodings.enable(encoding);
            self
        }
        /// Compress responses with the given encoding, if the client supports it.
        #[must_use]
        pub fn send_compressed(mut self, encoding: CompressionEncoding) -> Self {
            self.send_compression_encodings.enable(encoding);
            self
        }
        /// Limits the maximum size of a decoded message.
        ///
        /// Default: `4MB`
        #[must_use]
        pub fn max_decoding_message_size(mut self, limit: usize) -> Self {
            self.max_decoding_message_size = Some(limit);
            self
        }
        /// Limits the maximum size of an encoded message.
        ///
        /// Default: `usize::MAX`
        #[must_use]
        pub fn max_encoding_message_size(mut self, limit: usize) -> Self {
            self.max_encoding_message_size = Some(limit);
            self
        }
    }
    impl<T, B> tonic::codegen::Service<http::Request<B>> for OrderServiceServer<T>
    where
        T: OrderService,
        B: Body + std::marker::Send + 'static,
        B::Error: Into<StdError> + std::marker::Send + 'static,
    {
        type Response = http::Response<tonic::body::Body>;
        type Error = std::convert::Infallible;
        type Future = BoxFuture<Self::Response, Self::Error>;
        fn poll_ready(
            &mut self,
            _cx: &mut Context<'_>,
        ) -> Poll<std::result::Result<(), Self::Error>> {
            Poll::Ready(Ok(()))
        }
        fn call(&mut self, req: http::Request<B>) -> Self::Future {
            match req.uri().path() {
                "/order.v1.OrderService/CreateOrder" => {
                    #[allow(non_camel_case_types)]
                    struct CreateOrderSvc<T: OrderService>(pub Arc<T>);
                    impl<
                        T: OrderService,
                    > tonic::server::UnaryService<super::CreateOrderRequest>
                    for CreateOrderSvc<T> {
                        type Response = super::CreateOrderResponse;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::CreateOrderRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as OrderService>::create_order(&inner, request).await
                            };
                            Box::pin(fut)
                        }
                    }
                    let accept_compression_encodings = self.accept_compression_encodings;
                    let send_compression_encodings = self.send_compression_encodings;
                    let max_decoding_message_size = self.max_decoding_message_size;
                    let max_encoding_message_size = self.max_encoding_message_size;
                    let inner = self.inner.clone();
                    let fut = async move {
                        let method = CreateOrderSvc(inner);
                        let codec = ::wire::ValidatingCodec::default();
                        let mut grpc = tonic::server::Grpc::new(codec)
                            .apply_compression_config(
                                accept_compression_encodings,
                                send_compression_encodings,
                            )
                            .apply_max_message_size_config(
                                max_decoding_message_size,
                                max_encoding_message_size,
                            );
                        let res = grpc.unary(method, req).await;
                        Ok(res)
                    };
                    Box::pin(fut)
                }
                "/order.v1.OrderService/GetOrder" => {
                    #[allow(non_camel_case_types)]
                    struct GetOrderSvc<T: OrderService>(pub Arc<T>);
                    impl<
                        T: OrderService,
                    > tonic::server::UnaryService<super::GetOrderRequest>
                    for GetOrderSvc<T> {
                        type Response = super::GetOrderResponse;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::GetOrderRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as OrderService>::get_order(&inner, request).await
                            };
                            Box::pin(fut)
                        }
                    }
                    let accept_compression_encodings = self.accept_compression_encodings;
                    let send_compression_encodings = self.send_compression_encodings;
                    let max_decoding_message_size = self.max_decoding_message_size;
                    let max_encoding_message_size = self.max_encoding_message_size;
                    let inner = self.inner.clone();
                    let fut = async move {
                        let method = GetOrderSvc(inner);
                        let codec = ::wire::ValidatingCodec::default();
                        let mut grpc = tonic::server::Grpc::new(codec)
                            .apply_compression_config(
                                accept_compression_encodings,
                                send_compression_encodings,
                            )
                            .apply_max_message_size_config(
                                max_decoding_message_size,
                                max_encoding_message_size,
                            );
                        let res = grpc.unary(method, req).await;
                        Ok(res)
                    };
                    Box::pin(fut)
                }
                "/order.v1.OrderService/ListOrders" => {
                    #[allow(non_camel_case_types)]
                    struct ListOrdersSvc<T: OrderService>(pub Arc<T>);
                    impl<
                        T: OrderService,
                    > tonic::server::UnaryService<super::ListOrdersRequest>
                    for ListOrdersSvc<T> {
                        type Response = super::ListOrdersResponse;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::ListOrdersRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as OrderService>::list_orders(&inner, request).await
                            };
                            Box::pin(fut)
                        }
                    }
                    let accept_compression_encodings = self.accept_compression_encodings;
                    let send_compression_encodings = self.send_compression_encodings;
                    let max_decoding_message_size = self.max_decoding_message_size;
                    let max_encoding_message_size = self.max_encoding_message_size;
                    let inner = self.inner.clone();
                    let fut = async move {
                        let method = ListOrdersSvc(inner);
                        let codec = ::wire::ValidatingCodec::default();
                        let mut grpc = tonic::server::Grpc::new(codec)
                            .apply_compression_config(
                                accept_compression_encodings,
                                send_compression_encodings,
                            )
                            .apply_max_message_size_config(
                                max_decoding_message_size,
                                max_encoding_message_size,
                            );
                        let res = grpc.unary(method, req).await;
                        Ok(res)
                    };
                    Box::pin(fut)
                }
                "/order.v1.OrderService/UpdateOrder" => {
                    #[allow(non_camel_case_types)]
                    struct UpdateOrderSvc<T: OrderService>(pub Arc<T>);
                    impl<
                        T: OrderService,
                    > tonic::server::UnaryService<super::UpdateOrderRequest>
                    for UpdateOrderSvc<T> {
                        type Response = super::UpdateOrderResponse;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::UpdateOrderRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as OrderService>::update_order(&inner, request).await
                            };
                            Box::pin(fut)
                        }
                    }
                    let accept_compression_encodings = self.accept_compression_encodings;
                    let send_compression_encodings = self.send_compression_encodings;
                    let max_decoding_message_size = self.max_decoding_message_size;
                    let max_encoding_message_size = self.max_encoding_message_size;
                    let inner = self.inner.clone();
                    let fut = async move {
                        let method = UpdateOrderSvc(inner);
                        let codec = ::wire::ValidatingCodec::default();
                        let mut grpc = tonic::server::Grpc::new(codec)
                            .apply_compression_config(
                                accept_compression_encodings,
                                send_compression_encodings,
                            )
                            .apply_max_message_size_config(
                                max_decoding_message_size,
                                max_encoding_message_size,
                            );
                        let res = grpc.unary(method, req).await;
                        Ok(res)
                    };
                    Box::pin(fut)
                }
                "/order.v1.OrderService/CancelOrder" => {
                    #[allow(non_camel_case_types)]
                    struct CancelOrderSvc<T: OrderService>(pub Arc<T>);
                    impl<
                        T: OrderService,
                    > tonic::server::UnaryService<super::CancelOrderRequest>
                    for CancelOrderSvc<T> {
                        type Response = super::CancelOrderResponse;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::CancelOrderRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as OrderService>::cancel_order(&inner, request).await
                            };
                            Box::pin(fut)
                        }
                    }
                    let accept_compression_encodings = self.accept_compression_encodings;
                    let send_compression_encodings = self.send_compression_encodings;
                    let max_decoding_message_size = self.max_decoding_message_size;
                    let max_encoding_message_size = self.max_encoding_message_size;
                    let inner = self.inner.clone();
                    let fut = async move {
                        let method = CancelOrderSvc(inner);
                        let codec = ::wire::ValidatingCodec::default();
                        let mut grpc = tonic::server::Grpc::new(codec)
                            .apply_compression_config(
                                accept_compression_encodings,
                                send_compression_encodings,
                            )
                            .apply_max_message_size_config(
                                max_decoding_message_size,
                                max_encoding_message_size,
                            );
                        let res = grpc.unary(method, req).await;
                        Ok(res)
                    };
                    Box::pin(fut)
                }
                "/order.v1.OrderService/DeleteOrder" => {
                    #[allow(non_camel_case_types)]
                    struct DeleteOrderSvc<T: OrderService>(pub Arc<T>);
                    impl<
                        T: OrderService,
                    > tonic::server::UnaryService<super::DeleteOrderRequest>
                    for DeleteOrderSvc<T> {
                        type Response = super::DeleteOrderResponse;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::DeleteOrderRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as OrderService>::delete_order(&inner, request).await
                            };
                            Box::pin(fut)
                        }
                    }
                    let accept_compression_encodings = self.accept_compression_encodings;
                    let send_compression_encodings = self.send_compression_encodings;
                    let max_decoding_message_size = self.max_decoding_message_size;
                    let max_encoding_message_size = self.max_encoding_message_size;
                    let inner = self.inner.clone();
                    let fut = async move {
                        let method = DeleteOrderSvc(inner);
                        let codec = ::wire::ValidatingCodec::default();
                        let mut grpc = tonic::server::Grpc::new(codec)
                            .apply_compression_config(
                                accept_compression_encodings,
                                send_compression_encodings,
                            )
                            .apply_max_message_size_config(
                                max_decoding_message_size,
                                max_encoding_message_size,
                            );
                        let res = grpc.unary(method, req).await;
                        Ok(res)
                    };
                    Box::pin(fut)
                }
                "/order.v1.OrderService/CheckoutOrder" => {
                    #[allow(non_camel_case_types)]
                    struct CheckoutOrderSvc<T: OrderService>(pub Arc<T>);
                    impl<
                        T: OrderService,
                    > tonic::server::UnaryService<super::CheckoutOrderRequest>
                    for CheckoutOrderSvc<T> {
                        type Response = super::CheckoutOrderResponse;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::CheckoutOrderRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as OrderService>::checkout_order(&inner, request).await
                            };
                            Box::pin(fut)
                        }
                    }
                    let accept_compression_encodings = self.accept_compression_encodings;
                    let send_compression_encodings = self.send_compression_encodings;
                    let max_decoding_message_size = self.max_decoding_message_size;
                    let max_encoding_message_size = self.max_encoding_message_size;
                    let inner = self.inner.clone();
                    let fut = async move {
                        let method = CheckoutOrderSvc(inner);
                        let codec = ::wire::ValidatingCodec::default();
                        let mut grpc = tonic::server::Grpc::new(codec)
                            .apply_compression_config(
                                accept_compression_encodings,
                                send_compression_encodings,
                            )
                            .apply_max_message_size_config(
                                max_decoding_message_size,
                                max_encoding_message_size,
                            );
                        let res = grpc.unary(method, req).await;
                        Ok(res)
                    };
                    Box::pin(fut)
                }
                "/order.v1.OrderService/UpdateOrderStatus" => {
                    #[allow(non_camel_case_types)]
                    struct UpdateOrderStatusSvc<T: OrderService>(pub Arc<T>);
                    impl<
                        T: OrderService,
                    > tonic::server::UnaryService<super::UpdateOrderStatusRequest>
                    for UpdateOrderStatusSvc<T> {
                        type Response = super::UpdateOrderStatusResponse;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::UpdateOrderStatusRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as OrderService>::update_order_status(&inner, request)
                                    .await
                            };
                            Box::pin(fut)
                        }
                    }
                    let accept_compression_encodings = self.accept_compression_encodings;
                    let send_compression_encodings = self.send_compression_encodings;
                    let max_decoding_message_size = self.max_decoding_message_size;
                    let max_encoding_message_size = self.max_encoding_message_size;
                    let inner = self.inner.clone();
                    let fut = async move {
                        let method = UpdateOrderStatusSvc(inner);
                        let codec = ::wire::ValidatingCodec::default();
                        let mut grpc = tonic::server::Grpc::new(codec)
                            .apply_compression_config(
                                accept_compression_encodings,
                                send_compression_encodings,
                            )
                            .apply_max_message_size_config(
                                max_decoding_message_size,
                                max_encoding_message_size,
                            );
                        let res = grpc.unary(method, req).await;
                        Ok(res)
                    };
                    Box::pin(fut)
                }
                "/order.v1.OrderService/SyncOrderPayment" => {
                    #[allow(non_camel_case_types)]
                    struct SyncOrderPaymentSvc<T: OrderService>(pub Arc<T>);
                    impl<
                        T: OrderService,
                    > tonic::server::UnaryService<super::SyncOrderPaymentRequest>
                    for SyncOrderPaymentSvc<T> {
                        type Response = super::SyncOrderPaymentResponse;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::SyncOrderPaymentRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as OrderService>::sync_order_payment(&inner, request)
                                    .await
                            };
                            Box::pin(fut)
                        }
                    }
                    let accept_compression_encodings = self.accept_compression_encodings;
                    let send_compression_encodings = self.send_compression_encodings;
                    let max_decoding_message_size = self.max_decoding_message_size;
                    let max_encoding_message_size = self.max_encoding_message_size;
                    let inner = self.inner.clone();
                    let fut = async move {
                        let method = SyncOrderPaymentSvc(inner);
                        let codec = ::wire::ValidatingCodec::default();
                        let mut grpc = tonic::server::Grpc::new(codec)
                            .apply_compression_config(
                                accept_compression_encodings,
                                send_compression_encodings,
                            )
                            .apply_max_message_size_config(
                                max_decoding_message_size,
                                max_encoding_message_size,
                            );
                        let res = grpc.unary(method, req).await;
                        Ok(res)
                    };
                    Box::pin(fut)
                }
                "/order.v1.OrderService/WatchOrders" => {
                    #[allow(non_camel_case_types)]
                    struct WatchOrdersSvc<T: OrderService>(pub Arc<T>);
                    impl<
                        T: OrderService,
                    > tonic::server::ServerStreamingService<super::WatchOrdersRequest>
                    for WatchOrdersSvc<T> {
                        type Response = super::WatchOrdersResponse;
                        type ResponseStream = T::WatchOrdersStream;
                        type Future = BoxFuture<
                            tonic::Response<Self::ResponseStream>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::WatchOrdersRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as OrderService>::watch_orders(&inner, request).await
                            };
                            Box::pin(fut)
                        }
                    }
                    let accept_compression_encodings = self.accept_compression_encodings;
                    let send_compression_encodings = self.send_compression_encodings;
                    let max_decoding_message_size = self.max_decoding_message_size;
                    let max_encoding_message_size = self.max_encoding_message_size;
                    let inner = self.inner.clone();
                    let fut = async move {
                        let method = WatchOrdersSvc(inner);
                        let codec = ::wire::ValidatingCodec::default();
                        let mut grpc = tonic::server::Grpc::new(codec)
                            .apply_compression_config(
                                accept_compression_encodings,
                                send_compression_encodings,
                            )
                            .apply_max_message_size_config(
                                max_decoding_message_size,
                                max_encoding_message_size,
                            );
                        let res = grpc.server_streaming(method, req).await;
                        Ok(res)
                    };
                    Box::pin(fut)
                }
                "/order.v1.OrderService/ListUserOrders" => {
                    #[allow(non_camel_case_types)]
                    struct ListUserOrdersSvc<T: OrderService>(pub Arc<T>);
                    impl<
                        T: OrderService,
                    > tonic::server::ServerStreamingService<super::ListUserOrdersRequest>
                    for ListUserOrdersSvc<T> {
                        type Response = super::ListUserOrdersResponse;
                        type ResponseStream = T::ListUserOrdersStream;
                        type Future = BoxFuture<
                            tonic::Response<Self::ResponseStream>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::ListUserOrdersRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as OrderService>::list_user_orders(&inner, request).await
                            };
                            Box::pin(fut)
                        }
                    }
                    let accept_compression_encodings = self.accept_compression_encodings;
                    let send_compression_encodings = self.send_compression_encodings;
                    let max_decoding_message_size = self.max_decoding_message_size;
                    let max_encoding_message_size = self.max_encoding_message_size;
                    let inner = self.inner.clone();
                    let fut = async move {
                        let method = ListUserOrdersSvc(inner);
                        let codec = ::wire::ValidatingCodec::default();
                        let mut grpc = tonic::server::Grpc::new(codec)
                            .apply_compression_config(
                                accept_compression_encodings,
                                send_compression_encodings,
                            )
                            .apply_max_message_size_config(
                                max_decoding_message_size,
                                max_encoding_message_size,
                            );
                        let res = grpc.server_streaming(method, req).await;
                        Ok(res)
                    };
                    Box::pin(fut)
                }
                "/order.v1.OrderService/ListOrderEvents" => {
                    #[allow(non_camel_case_types)]
                    struct ListOrderEventsSvc<T: OrderService>(pub Arc<T>);
                    impl<
                        T: OrderService,
                    > tonic::server::UnaryService<super::ListOrderEventsRequest>
                    for ListOrderEventsSvc<T> {
                        type Response = super::ListOrderEventsResponse;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::ListOrderEventsRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as OrderService>::list_order_events(&inner, request)
                                    .await
                            };
                            Box::pin(fut)
                        }
                    }
                    let accept_compression_encodings = self.accept_compression_encodings;
                    let send_compression_encodings = self.send_compression_encodings;
                    let max_decoding_message_size = self.max_decoding_message_size;
                    let max_encoding_message_size = self.max_encoding_message_size;
                    let inner = self.inner.clone();
                    let fut = async move {
                        let method = ListOrderEventsSvc(inner);
                        let codec = ::wire::ValidatingCodec::default();
                        let mut grpc = tonic::server::Grpc::new(codec)
                            .apply_compression_config(
                                accept_compression_encodings,
                                send_compression_encodings,
                            )
                            .apply_max_message_size_config(
                                max_decoding_message_size,
                                max_encoding_message_size,
                            );
                        let res = grpc.unary(method, req).await;
                        Ok(res)
                    };
                    Box::pin(fut)
                }
                _ => {
                    Box::pin(async move {
                        let mut response = http::Response::new(
                            tonic::body::Body::default(),
                        );
                        let headers = response.headers_mut();
                        headers
                            .insert(
                                tonic::Status::GRPC_STATUS,
                                (tonic::Code::Unimplemented as i32).into(),
                            );
                        headers
                            .insert(
                                http::header::CONTENT_TYPE,
                                tonic::metadata::GRPC_CONTENT_TYPE,
                            );
                        Ok(response)
                    })
                }
            }
        }
    }
    impl<T> Clone for OrderServiceServer<T> {
        fn clone(&self) -> Self {
            let inner = self.inner.clone();
            Self {
                inner,
                accept_compression_encodings: self.accept_compression_encodings,
                send_compression_encodings: self.send_compression_encodings,
                max_decoding_message_size: self.max_decoding_message_size,
                max_encoding_message_size: self.max_encoding_message_size,
            }
        }
    }
    /// Generated gRPC service name
    pub const SERVICE_NAME: &str = "order.v1.OrderService";
    impl<T> tonic::server::NamedService for OrderServiceServer<T> {
        const NAME: &'static str = SERVICE_NAME;
    }
}
/// What the contract says of every method of this package.
pub const METHODS: &[::wire::Method] = &[
    ::wire::Method {
        path: "/order.v1.OrderService/CreateOrder",
        kind: ::wire::CallKind::Unary,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Own,
            permission: Some("orders:write"),
        }),
        idempotency: ::wire::Idempotency::Optional,
    },
    ::wire::Method {
        path: "/order.v1.OrderService/GetOrder",
        kind: ::wire::CallKind::Unary,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Own,
            permission: None,
        }),
        idempotency: ::wire::Idempotency::Read,
    },
    ::wire::Method {
        path: "/order.v1.OrderService/ListOrders",
        kind: ::wire::CallKind::Unary,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Own,
            permission: None,
        }),
        idempotency: ::wire::Idempotency::Read,
    },
    ::wire::Method {
        path: "/order.v1.OrderService/UpdateOrder",
        kind: ::wire::CallKind::Unary,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Own,
            permission: None,
        }),
        idempotency: ::wire::Idempotency::Optional,
    },
    ::wire::Method {
        path: "/order.v1.OrderService/CancelOrder",
        kind: ::wire::CallKind::Unary,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Own,
            permission: None,
        }),
        idempotency: ::wire::Idempotency::Optional,
    },
    ::wire::Method {
        path: "/order.v1.OrderService/DeleteOrder",
        kind: ::wire::CallKind::Unary,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Own,
            permission: None,
        }),
        idempotency: ::wire::Idempotency::Optional,
    },
    ::wire::Method {
        path: "/order.v1.OrderService/CheckoutOrder",
        kind: ::wire::CallKind::Unary,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Own,
            permission: None,
        }),
        idempotency: ::wire::Idempotency::Optional,
    },
    ::wire::Method {
        path: "/order.v1.OrderService/UpdateOrderStatus",
        kind: ::wire::CallKind::Unary,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Staff,
            permission: None,
        }),
        idempotency: ::wire::Idempotency::Optional,
    },
    ::wire::Method {
        path: "/order.v1.OrderService/SyncOrderPayment",
        kind: ::wire::CallKind::Unary,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Staff,
            permission: Some("orders:sync"),
        }),
        idempotency: ::wire::Idempotency::NeverStored,
    },
    ::wire::Method {
        path: "/order.v1.OrderService/WatchOrders",
        kind: ::wire::CallKind::ServerStream,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Own,
            permission: None,
        }),
        idempotency: ::wire::Idempotency::Read,
    },
    ::wire::Method {
        path: "/order.v1.OrderService/ListUserOrders",
        kind: ::wire::CallKind::ServerStream,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Own,
            permission: None,
        }),
        idempotency: ::wire::Idempotency::Read,
    },
    ::wire::Method {
        path: "/order.v1.OrderService/ListOrderEvents",
        kind: ::wire::CallKind::Unary,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Own,
            permission: None,
        }),
        idempotency: ::wire::Idempotency::Read,
    },
];
impl ::core::fmt::Debug for Address {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("Address")
            .field("recipient", &::core::format_args!("[redacted]"))
            .field("line1", &::core::format_args!("[redacted]"))
            .field("line2", &::core::format_args!("[redacted]"))
            .field("city", &::core::format_args!("[redacted]"))
            .field("region", &::core::format_args!("[redacted]"))
            .field("postal_code", &::core::format_args!("[redacted]"))
            .field("country_code", &::core::format_args!("[redacted]"))
            .field("phone", &::core::format_args!("[redacted]"))
            .finish()
    }
}
impl ::wire::Validate for Checkout {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for OrderItem {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "sku");
            ::wire::rules::printable(&self.sku, at, found);
            ::wire::rules::length(&self.sku, 1usize, 64usize, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "name");
            ::wire::rules::printable(&self.name, at, found);
            ::wire::rules::length(&self.name, 0usize, 200usize, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "quantity");
            ::wire::rules::require(
                self.quantity > 0,
                at,
                "must be greater than 0",
                found,
            );
        }
        {
            let at = &::wire::Field::Name(at, "unit_price_cents");
            ::wire::rules::require(
                self.unit_price_cents >= 0,
                at,
                "must be at least 0",
                found,
            );
        }
    }
}
impl ::wire::Validate for Address {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "recipient");
            ::wire::rules::printable(&self.recipient, at, found);
            ::wire::rules::length(&self.recipient, 1usize, 100usize, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "line1");
            ::wire::rules::printable(&self.line1, at, found);
            ::wire::rules::length(&self.line1, 1usize, 200usize, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "line2");
            ::wire::rules::printable(&self.line2, at, found);
            ::wire::rules::length(&self.line2, 0usize, 200usize, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "city");
            ::wire::rules::printable(&self.city, at, found);
            ::wire::rules::length(&self.city, 1usize, 100usize, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "region");
            ::wire::rules::printable(&self.region, at, found);
            ::wire::rules::length(&self.region, 0usize, 100usize, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "postal_code");
            ::wire::rules::printable(&self.postal_code, at, found);
            ::wire::rules::length(&self.postal_code, 0usize, 20usize, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "country_code");
            ::wire::rules::printable(&self.country_code, at, found);
            ::wire::rules::length(&self.country_code, 2usize, 2usize, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "phone");
            ::wire::rules::printable(&self.phone, at, found);
            ::wire::rules::length(&self.phone, 0usize, 20usize, at, found);
        }
    }
}
impl ::wire::Validate for Order {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for OrderEvent {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for CreateOrderRequest {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "customer_id");
            if !self.customer_id.is_empty() {
                ::wire::rules::uuid(&self.customer_id, at, found);
            }
        }
        {
            let at = &::wire::Field::Name(at, "items");
            ::wire::rules::require(
                (1usize..=500usize).contains(&self.items.len()),
                at,
                "must have 1 to 500 elements",
                found,
            );
            if self.items.len() <= 500usize {
                for (index, value) in self.items.iter().enumerate() {
                    let at = &::wire::Field::Index(at, index);
                    value.validate(at, found);
                }
            }
        }
        {
            let at = &::wire::Field::Name(at, "currency_code");
            if !self.currency_code.is_empty() {
                ::wire::rules::printable(&self.currency_code, at, found);
                ::wire::rules::length(&self.currency_code, 3usize, 3usize, at, found);
            }
        }
        {
            let at = &::wire::Field::Name(at, "shipping_address");
            if let Some(value) = &self.shipping_address {
                value.validate(at, found);
            }
        }
        {
            let at = &::wire::Field::Name(at, "metadata");
            ::wire::rules::require(
                self.metadata.len() <= 50usize,
                at,
                "must have at most 50 pairs",
                found,
            );
            if self.metadata.len() <= 50usize {
                for (key, value) in &self.metadata {
                    let before = found.len();
                    ::wire::rules::printable(key, at, found);
                    ::wire::rules::length(key, 1usize, 40usize, at, found);
                    if found.len() == before {
                        let at = &::wire::Field::Key(at, key);
                        ::wire::rules::printable(value, at, found);
                        ::wire::rules::length(value, 0usize, 500usize, at, found);
                    }
                }
            }
        }
        {
            let at = &::wire::Field::Name(at, "external_reference");
            ::wire::rules::printable(&self.external_reference, at, found);
            ::wire::rules::length(&self.external_reference, 0usize, 100usize, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "payment_method");
            ::wire::rules::printable(&self.payment_method, at, found);
            ::wire::rules::length(&self.payment_method, 0usize, 64usize, at, found);
        }
    }
}
impl ::wire::Validate for CreateOrderResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for GetOrderRequest {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "id");
            ::wire::rules::uuid(&self.id, at, found);
        }
    }
}
impl ::wire::Validate for GetOrderResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for ListOrdersRequest {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "customer_id");
            if !self.customer_id.is_empty() {
                ::wire::rules::uuid(&self.customer_id, at, found);
            }
        }
        {
            let at = &::wire::Field::Name(at, "status");
            ::wire::rules::require(
                matches!(self.status, 0..= 5),
                at,
                "must be a value that the contract defines",
                found,
            );
        }
        {
            let at = &::wire::Field::Name(at, "page_size");
            ::wire::rules::require(
                (0..=100).contains(&self.page_size),
                at,
                "must be between 0 and 100",
                found,
            );
        }
        {
            let at = &::wire::Field::Name(at, "page_token");
            ::wire::rules::printable(&self.page_token, at, found);
            ::wire::rules::length(&self.page_token, 0usize, 1024usize, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "checkout_state");
            ::wire::rules::require(
                matches!(self.checkout_state, 0..= 8),
                at,
                "must be a value that the contract defines",
                found,
            );
        }
    }
}
impl ::wire::Validate for ListOrdersResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for UpdateOrderRequest {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "id");
            ::wire::rules::uuid(&self.id, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "items");
            ::wire::rules::require(
                self.items.len() <= 500usize,
                at,
                "must have at most 500 elements",
                found,
            );
            if self.items.len() <= 500usize {
                for (index, value) in self.items.iter().enumerate() {
                    let at = &::wire::Field::Index(at, index);
                    value.validate(at, found);
                }
            }
        }
        {
            let at = &::wire::Field::Name(at, "shipping_address");
            if let Some(value) = &self.shipping_address {
                value.validate(at, found);
            }
        }
        {
            let at = &::wire::Field::Name(at, "metadata");
            ::wire::rules::require(
                self.metadata.len() <= 50usize,
                at,
                "must have at most 50 pairs",
                found,
            );
            if self.metadata.len() <= 50usize {
                for (key, value) in &self.metadata {
                    let before = found.len();
                    ::wire::rules::printable(key, at, found);
                    ::wire::rules::length(key, 1usize, 40usize, at, found);
                    if found.len() == before {
                        let at = &::wire::Field::Key(at, key);
                        ::wire::rules::printable(value, at, found);
                        ::wire::rules::length(value, 0usize, 500usize, at, found);
                    }
                }
            }
        }
        {
            let at = &::wire::Field::Name(at, "etag");
            ::wire::rules::printable(&self.etag, at, found);
            ::wire::rules::length(&self.etag, 0usize, 64usize, at, found);
        }
    }
}
impl ::wire::Validate for UpdateOrderResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for CancelOrderRequest {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "id");
            ::wire::rules::uuid(&self.id, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "reason");
            ::wire::rules::printable(&self.reason, at, found);
            ::wire::rules::length(&self.reason, 0usize, 500usize, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "etag");
            ::wire::rules::printable(&self.etag, at, found);
            ::wire::rules::length(&self.etag, 0usize, 64usize, at, found);
        }
    }
}
impl ::wire::Validate for CancelOrderResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for DeleteOrderRequest {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "id");
            ::wire::rules::uuid(&self.id, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "etag");
            ::wire::rules::printable(&self.etag, at, found);
            ::wire::rules::length(&self.etag, 0usize, 64usize, at, found);
        }
    }
}
impl ::wire::Validate for DeleteOrderResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for CheckoutOrderRequest {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "id");
            ::wire::rules::uuid(&self.id, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "payment_method");
            ::wire::rules::printable(&self.payment_method, at, found);
            ::wire::rules::length(&self.payment_method, 0usize, 64usize, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "etag");
            ::wire::rules::printable(&self.etag, at, found);
            ::wire::rules::length(&self.etag, 0usize, 64usize, at, found);
        }
    }
}
impl ::wire::Validate for CheckoutOrderResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for UpdateOrderStatusRequest {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "id");
            ::wire::rules::uuid(&self.id, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "status");
            ::wire::rules::require(
                matches!(self.status, 0..= 5),
                at,
                "must be a value that the contract defines",
                found,
            );
            ::wire::rules::require(
                matches!(self.status, 3 | 4),
                at,
                "must be one of 3, 4",
                found,
            );
        }
        {
            let at = &::wire::Field::Name(at, "etag");
            ::wire::rules::printable(&self.etag, at, found);
            ::wire::rules::length(&self.etag, 0usize, 64usize, at, found);
        }
    }
}
impl ::wire::Validate for UpdateOrderStatusResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for SyncOrderPaymentRequest {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "id");
            ::wire::rules::uuid(&self.id, at, found);
        }
    }
}
impl ::wire::Validate for SyncOrderPaymentResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for WatchOrdersRequest {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "customer_id");
            if !self.customer_id.is_empty() {
                ::wire::rules::uuid(&self.customer_id, at, found);
            }
        }
        {
            let at = &::wire::Field::Name(at, "resume_token");
            ::wire::rules::printable(&self.resume_token, at, found);
            ::wire::rules::length(&self.resume_token, 0usize, 1024usize, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "order_id");
            if !self.order_id.is_empty() {
                ::wire::rules::uuid(&self.order_id, at, found);
            }
        }
    }
}
impl ::wire::Validate for WatchOrdersResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for ListUserOrdersRequest {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "user_id");
            ::wire::rules::uuid(&self.user_id, at, found);
        }
    }
}
impl ::wire::Validate for ListUserOrdersResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for ListOrderEventsRequest {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "id");
            ::wire::rules::uuid(&self.id, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "page_size");
            ::wire::rules::require(
                (0..=100).contains(&self.page_size),
                at,
                "must be between 0 and 100",
                found,
            );
        }
        {
            let at = &::wire::Field::Name(at, "page_token");
            ::wire::rules::printable(&self.page_token, at, found);
            ::wire::rules::length(&self.page_token, 0usize, 1024usize, at, found);
        }
    }
}
impl ::wire::Validate for ListOrderEventsResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
