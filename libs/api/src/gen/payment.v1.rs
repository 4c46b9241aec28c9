// Generated from protos/ by contractgen; `make generate` writes it anew.

/// What is known of a card.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct Card {
    /// Who issued it, lower case: `visa`, `mastercard`; `unknown` when its number does not tell.
    #[prost(string, tag = "1")]
    pub brand: ::prost::alloc::string::String,
    /// The last four digits of its number.
    #[prost(string, tag = "2")]
    pub last4: ::prost::alloc::string::String,
}
/// Money that was given back, or is to be.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct Refund {
    /// The refund's id, a UUID.
    #[prost(string, tag = "1")]
    pub id: ::prost::alloc::string::String,
    /// How much, in minor units of the payment's currency.
    #[prost(int64, tag = "2")]
    pub amount_cents: i64,
    /// Where it is.
    #[prost(enumeration = "RefundStatus", tag = "3")]
    pub status: i32,
    /// Why it failed, SCREAMING_SNAKE; empty when it did not.
    #[prost(string, tag = "4")]
    pub failure_reason: ::prost::alloc::string::String,
    /// Why it was made, text of up to 500 characters; may be empty.
    #[prost(string, tag = "5")]
    pub reason: ::prost::alloc::string::String,
    /// When it was asked for, in UTC.
    #[prost(message, optional, tag = "6")]
    pub created_at: ::core::option::Option<::prost_types::Timestamp>,
}
/// One payment.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct Payment {
    /// The payment's id, a UUID.
    #[prost(string, tag = "1")]
    pub id: ::prost::alloc::string::String,
    /// Which order it pays for, a UUID; empty when none.
    #[prost(string, tag = "2")]
    pub order_id: ::prost::alloc::string::String,
    /// Whose payment it is, the UUID of a user.
    #[prost(string, tag = "3")]
    pub customer_id: ::prost::alloc::string::String,
    /// Where it is.
    #[prost(enumeration = "PaymentStatus", tag = "4")]
    pub status: i32,
    /// What was asked for, in minor units of the currency.
    #[prost(int64, tag = "5")]
    pub amount_cents: i64,
    /// The currency of all amounts, three upper-case letters of ISO 4217.
    #[prost(string, tag = "6")]
    pub currency_code: ::prost::alloc::string::String,
    /// When the money is taken.
    #[prost(enumeration = "CaptureMethod", tag = "7")]
    pub capture_method: i32,
    /// What the provider authorized, in minor units of the currency.
    #[prost(int64, tag = "8")]
    pub authorized_cents: i64,
    /// What was taken, in minor units of the currency.
    #[prost(int64, tag = "9")]
    pub captured_cents: i64,
    /// What was given back, in minor units of the currency.
    #[prost(int64, tag = "10")]
    pub refunded_cents: i64,
    /// Why the card or the capture was refused, SCREAMING_SNAKE: `CARD_DECLINED`; empty when nothing was.
    #[prost(string, tag = "11")]
    pub failure_reason: ::prost::alloc::string::String,
    /// What is known of the card.
    #[prost(message, optional, tag = "12")]
    pub card: ::core::option::Option<Card>,
    /// What it is for, text of up to 200 characters.
    #[prost(string, tag = "13")]
    pub description: ::prost::alloc::string::String,
    /// What was given back, oldest first.
    #[prost(message, repeated, tag = "14")]
    pub refunds: ::prost::alloc::vec::Vec<Refund>,
    /// What the provider was asked and has not answered.
    #[prost(enumeration = "PendingOperation", tag = "15")]
    pub pending_operation: i32,
    /// When it was recorded, in UTC.
    #[prost(message, optional, tag = "16")]
    pub created_at: ::core::option::Option<::prost_types::Timestamp>,
    /// When it last changed, in UTC.
    #[prost(message, optional, tag = "17")]
    pub updated_at: ::core::option::Option<::prost_types::Timestamp>,
    /// The version of the payment, opaque.
    #[prost(string, tag = "18")]
    pub etag: ::prost::alloc::string::String,
}
/// The card to make a token of.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
#[prost(skip_debug)]
pub struct TokenizeCardRequest {
    /// The card's number, 12 to 19 digits; spaces and hyphens between them do not matter.
    #[prost(string, tag = "1")]
    pub number: ::prost::alloc::string::String,
    /// The month after which it is no longer good, 1 to 12.
    #[prost(int32, tag = "2")]
    pub exp_month: i32,
    /// The year after which it is no longer good, four digits.
    #[prost(int32, tag = "3")]
    pub exp_year: i32,
    /// The check value on the card, 3 or 4 digits.
    #[prost(string, tag = "4")]
    pub cvc: ::prost::alloc::string::String,
}
/// The token of a card.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct TokenizeCardResponse {
    /// What pays: `pm_…`.
    #[prost(string, tag = "1")]
    pub payment_method: ::prost::alloc::string::String,
    /// What is known of the card.
    #[prost(message, optional, tag = "2")]
    pub card: ::core::option::Option<Card>,
}
/// The payment to make.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct CreatePaymentRequest {
    /// How much, in minor units of the currency.
    #[prost(int64, tag = "1")]
    pub amount_cents: i64,
    /// The currency, three upper-case letters of ISO 4217; left out, it is USD.
    #[prost(string, tag = "2")]
    pub currency_code: ::prost::alloc::string::String,
    /// Which order it pays for, a UUID; may be left out. Only the checkout of the order may name it: from anybody else
    /// FAILED_PRECONDITION `PAYMENT_BELONGS_TO_ORDER`.
    #[prost(string, tag = "3")]
    pub order_id: ::prost::alloc::string::String,
    /// Whose payment it is, the UUID of a user.
    #[prost(string, tag = "4")]
    pub customer_id: ::prost::alloc::string::String,
    /// What to pay with, a token of TokenizeCard: `pm_…`.
    #[prost(string, tag = "5")]
    pub payment_method: ::prost::alloc::string::String,
    /// When the money is taken; left out, with the authorization.
    #[prost(enumeration = "CaptureMethod", tag = "6")]
    pub capture_method: i32,
    /// What it is for, text of up to 200 characters.
    #[prost(string, tag = "7")]
    pub description: ::prost::alloc::string::String,
}
/// The payment that was made.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct CreatePaymentResponse {
    /// The payment.
    #[prost(message, optional, tag = "1")]
    pub payment: ::core::option::Option<Payment>,
}
/// Which payment to show.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct GetPaymentRequest {
    /// The payment's id, a UUID.
    #[prost(string, tag = "1")]
    pub id: ::prost::alloc::string::String,
}
/// The payment.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct GetPaymentResponse {
    /// The payment.
    #[prost(message, optional, tag = "1")]
    pub payment: ::core::option::Option<Payment>,
}
/// Which payments to list.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct ListPaymentsRequest {
    /// Only this user's payments, a UUID; left out, the caller's own, or everybody's for staff.
    #[prost(string, tag = "1")]
    pub customer_id: ::prost::alloc::string::String,
    /// Only payments of this order, a UUID; left out, all.
    #[prost(string, tag = "2")]
    pub order_id: ::prost::alloc::string::String,
    /// Only payments with this status; left out, all.
    #[prost(enumeration = "PaymentStatus", tag = "3")]
    pub status: i32,
    /// How many payments a page has at most; 0 means 50.
    #[prost(int32, tag = "4")]
    pub page_size: i32,
    /// Where the page starts, opaque: `next_page_token` of the page before. Empty for the first page.
    #[prost(string, tag = "5")]
    pub page_token: ::prost::alloc::string::String,
}
/// One page of payments.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct ListPaymentsResponse {
    /// The payments, newest first.
    #[prost(message, repeated, tag = "1")]
    pub payments: ::prost::alloc::vec::Vec<Payment>,
    /// Where the next page starts, opaque; empty on the last page.
    #[prost(string, tag = "2")]
    pub next_page_token: ::prost::alloc::string::String,
}
/// Which payment to capture.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct CapturePaymentRequest {
    /// The payment's id, a UUID.
    #[prost(string, tag = "1")]
    pub id: ::prost::alloc::string::String,
    /// How much, in minor units of its currency, at most what was authorized; 0 means all of it.
    #[prost(int64, tag = "2")]
    pub amount_cents: i64,
}
/// The captured payment.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct CapturePaymentResponse {
    /// The payment.
    #[prost(message, optional, tag = "1")]
    pub payment: ::core::option::Option<Payment>,
}
/// Which payment to void.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct VoidPaymentRequest {
    /// The payment's id, a UUID.
    #[prost(string, tag = "1")]
    pub id: ::prost::alloc::string::String,
}
/// The voided payment.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct VoidPaymentResponse {
    /// The payment.
    #[prost(message, optional, tag = "1")]
    pub payment: ::core::option::Option<Payment>,
}
/// Which payment to refund.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct RefundPaymentRequest {
    /// The payment's id, a UUID.
    #[prost(string, tag = "1")]
    pub id: ::prost::alloc::string::String,
    /// How much, in minor units of its currency; 0 means all that is left.
    #[prost(int64, tag = "2")]
    pub amount_cents: i64,
    /// Why, text of up to 500 characters; may be left out.
    #[prost(string, tag = "3")]
    pub reason: ::prost::alloc::string::String,
}
/// The refund and its payment.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct RefundPaymentResponse {
    /// The payment.
    #[prost(message, optional, tag = "1")]
    pub payment: ::core::option::Option<Payment>,
    /// The refund.
    #[prost(message, optional, tag = "2")]
    pub refund: ::core::option::Option<Refund>,
}
/// Which payment to bring up to date.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct ResolvePaymentRequest {
    /// The payment's id, a UUID.
    #[prost(string, tag = "1")]
    pub id: ::prost::alloc::string::String,
}
/// The payment as it is now.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct ResolvePaymentResponse {
    /// The payment.
    #[prost(message, optional, tag = "1")]
    pub payment: ::core::option::Option<Payment>,
}
/// Which ledger entries to list.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct ListLedgerEntriesRequest {
    /// Only entries of this payment, a UUID; left out, all.
    #[prost(string, tag = "1")]
    pub payment_id: ::prost::alloc::string::String,
    /// How many movements a page has at most, of two entries each; 0 means 50.
    #[prost(int32, tag = "2")]
    pub page_size: i32,
    /// Where the page starts, opaque: `next_page_token` of the page before. Empty for the first page.
    #[prost(string, tag = "3")]
    pub page_token: ::prost::alloc::string::String,
}
/// One side of a movement.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct LedgerEntry {
    /// The movement it is one side of, a UUID; the other side has the same.
    #[prost(string, tag = "1")]
    pub transfer_id: ::prost::alloc::string::String,
    /// Which payment it belongs to, a UUID.
    #[prost(string, tag = "2")]
    pub payment_id: ::prost::alloc::string::String,
    /// Which account it is on: `authorizations` and `authorization_holds` while money is held, `provider_clearing`, `sales`
    /// and `refunds` once it is taken.
    #[prost(string, tag = "3")]
    pub account: ::prost::alloc::string::String,
    /// What was added to the account, in minor units of the currency: positive is a debit, negative a credit.
    #[prost(int64, tag = "4")]
    pub amount_cents: i64,
    /// The currency, three upper-case letters of ISO 4217.
    #[prost(string, tag = "5")]
    pub currency_code: ::prost::alloc::string::String,
    /// When it was booked, in UTC.
    #[prost(message, optional, tag = "6")]
    pub created_at: ::core::option::Option<::prost_types::Timestamp>,
}
/// One page of the ledger.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct ListLedgerEntriesResponse {
    /// The entries, newest first; both sides of a movement beside each other.
    #[prost(message, repeated, tag = "1")]
    pub entries: ::prost::alloc::vec::Vec<LedgerEntry>,
    /// Where the next page starts, opaque; empty on the last page.
    #[prost(string, tag = "2")]
    pub next_page_token: ::prost::alloc::string::String,
}
/// Which charges of the provider to list.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct ListProviderChargesRequest {
    /// How many charges a page has at most; 0 means 50.
    #[prost(int32, tag = "1")]
    pub page_size: i32,
    /// Where the page starts, opaque: `next_page_token` of the page before. Empty for the first page.
    #[prost(string, tag = "2")]
    pub page_token: ::prost::alloc::string::String,
}
/// What the provider has on its books.
#[derive(Clone, PartialEq, Eq, Hash, ::prost::Message)]
pub struct ProviderCharge {
    /// The provider's own id of it.
    #[prost(string, tag = "1")]
    pub id: ::prost::alloc::string::String,
    /// Which payment asked for it, a UUID.
    #[prost(string, tag = "2")]
    pub payment_id: ::prost::alloc::string::String,
    /// What is held or was taken, in minor units of the currency.
    #[prost(int64, tag = "3")]
    pub authorized_cents: i64,
    /// What was taken, in minor units of the currency.
    #[prost(int64, tag = "4")]
    pub captured_cents: i64,
    /// What was given back, in minor units of the currency.
    #[prost(int64, tag = "5")]
    pub refunded_cents: i64,
    /// Whether it was released.
    #[prost(bool, tag = "6")]
    pub voided: bool,
    /// The currency, three upper-case letters of ISO 4217.
    #[prost(string, tag = "7")]
    pub currency_code: ::prost::alloc::string::String,
}
/// One page of the provider's books.
#[derive(Clone, PartialEq, ::prost::Message)]
pub struct ListProviderChargesResponse {
    /// The charges, oldest first.
    #[prost(message, repeated, tag = "1")]
    pub charges: ::prost::alloc::vec::Vec<ProviderCharge>,
    /// Where the next page starts, opaque; empty on the last page.
    #[prost(string, tag = "2")]
    pub next_page_token: ::prost::alloc::string::String,
}
/// Where a payment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, ::prost::Enumeration)]
#[repr(i32)]
pub enum PaymentStatus {
    /// Not said.
    Unspecified = 0,
    /// Recorded; the provider has not said yet whether it authorizes.
    Processing = 1,
    /// Authorized: the money is held and not taken.
    RequiresCapture = 2,
    /// The money has been taken.
    Captured = 3,
    /// A part of what was taken has been given back.
    PartiallyRefunded = 4,
    /// All that was taken has been given back.
    Refunded = 5,
    /// Released; nothing was taken.
    Voided = 6,
    /// The card was refused.
    Declined = 7,
}
impl PaymentStatus {
    /// String value of the enum field names used in the ProtoBuf definition.
    ///
    /// The values are not transformed in any way and thus are considered stable
    /// (if the ProtoBuf definition does not change) and safe for programmatic use.
    pub fn as_str_name(&self) -> &'static str {
        match self {
            Self::Unspecified => "PAYMENT_STATUS_UNSPECIFIED",
            Self::Processing => "PAYMENT_STATUS_PROCESSING",
            Self::RequiresCapture => "PAYMENT_STATUS_REQUIRES_CAPTURE",
            Self::Captured => "PAYMENT_STATUS_CAPTURED",
            Self::PartiallyRefunded => "PAYMENT_STATUS_PARTIALLY_REFUNDED",
            Self::Refunded => "PAYMENT_STATUS_REFUNDED",
            Self::Voided => "PAYMENT_STATUS_VOIDED",
            Self::Declined => "PAYMENT_STATUS_DECLINED",
        }
    }
    /// Creates an enum from field names used in the ProtoBuf definition.
    pub fn from_str_name(value: &str) -> ::core::option::Option<Self> {
        match value {
            "PAYMENT_STATUS_UNSPECIFIED" => Some(Self::Unspecified),
            "PAYMENT_STATUS_PROCESSING" => Some(Self::Processing),
            "PAYMENT_STATUS_REQUIRES_CAPTURE" => Some(Self::RequiresCapture),
            "PAYMENT_STATUS_CAPTURED" => Some(Self::Captured),
            "PAYMENT_STATUS_PARTIALLY_REFUNDED" => Some(Self::PartiallyRefunded),
            "PAYMENT_STATUS_REFUNDED" => Some(Self::Refunded),
            "PAYMENT_STATUS_VOIDED" => Some(Self::Voided),
            "PAYMENT_STATUS_DECLINED" => Some(Self::Declined),
            _ => None,
        }
    }
}
/// When the money of a payment is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, ::prost::Enumeration)]
#[repr(i32)]
pub enum CaptureMethod {
    /// Not said, which is AUTOMATIC.
    Unspecified = 0,
    /// With the authorization.
    Automatic = 1,
    /// Later, by CapturePayment.
    Manual = 2,
}
impl CaptureMethod {
    /// String value of the enum field names used in the ProtoBuf definition.
    ///
    /// The values are not transformed in any way and thus are considered stable
    /// (if the ProtoBuf definition does not change) and safe for programmatic use.
    pub fn as_str_name(&self) -> &'static str {
        match self {
            Self::Unspecified => "CAPTURE_METHOD_UNSPECIFIED",
            Self::Automatic => "CAPTURE_METHOD_AUTOMATIC",
            Self::Manual => "CAPTURE_METHOD_MANUAL",
        }
    }
    /// Creates an enum from field names used in the ProtoBuf definition.
    pub fn from_str_name(value: &str) -> ::core::option::Option<Self> {
        match value {
            "CAPTURE_METHOD_UNSPECIFIED" => Some(Self::Unspecified),
            "CAPTURE_METHOD_AUTOMATIC" => Some(Self::Automatic),
            "CAPTURE_METHOD_MANUAL" => Some(Self::Manual),
            _ => None,
        }
    }
}
/// What the provider was asked and has not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, ::prost::Enumeration)]
#[repr(i32)]
pub enum PendingOperation {
    /// Not said.
    Unspecified = 0,
    /// Nothing.
    None = 1,
    /// To authorize.
    Authorize = 2,
    /// To capture.
    Capture = 3,
    /// To void.
    Void = 4,
}
impl PendingOperation {
    /// String value of the enum field names used in the ProtoBuf definition.
    ///
    /// The values are not transformed in any way and thus are considered stable
    /// (if the ProtoBuf definition does not change) and safe for programmatic use.
    pub fn as_str_name(&self) -> &'static str {
        match self {
            Self::Unspecified => "PENDING_OPERATION_UNSPECIFIED",
            Self::None => "PENDING_OPERATION_NONE",
            Self::Authorize => "PENDING_OPERATION_AUTHORIZE",
            Self::Capture => "PENDING_OPERATION_CAPTURE",
            Self::Void => "PENDING_OPERATION_VOID",
        }
    }
    /// Creates an enum from field names used in the ProtoBuf definition.
    pub fn from_str_name(value: &str) -> ::core::option::Option<Self> {
        match value {
            "PENDING_OPERATION_UNSPECIFIED" => Some(Self::Unspecified),
            "PENDING_OPERATION_NONE" => Some(Self::None),
            "PENDING_OPERATION_AUTHORIZE" => Some(Self::Authorize),
            "PENDING_OPERATION_CAPTURE" => Some(Self::Capture),
            "PENDING_OPERATION_VOID" => Some(Self::Void),
            _ => None,
        }
    }
}
/// Where a refund is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, ::prost::Enumeration)]
#[repr(i32)]
pub enum RefundStatus {
    /// Not said.
    Unspecified = 0,
    /// The provider was asked and has not answered.
    Pending = 1,
    /// The money has been given back.
    Succeeded = 2,
    /// The provider refused; the amount can be refunded anew.
    Failed = 3,
}
impl RefundStatus {
    /// String value of the enum field names used in the ProtoBuf definition.
    ///
    /// The values are not transformed in any way and thus are considered stable
    /// (if the ProtoBuf definition does not change) and safe for programmatic use.
    pub fn as_str_name(&self) -> &'static str {
        match self {
            Self::Unspecified => "REFUND_STATUS_UNSPECIFIED",
            Self::Pending => "REFUND_STATUS_PENDING",
            Self::Succeeded => "REFUND_STATUS_SUCCEEDED",
            Self::Failed => "REFUND_STATUS_FAILED",
        }
    }
    /// Creates an enum from field names used in the ProtoBuf definition.
    pub fn from_str_name(value: &str) -> ::core::option::Option<Self> {
        match value {
            "REFUND_STATUS_UNSPECIFIED" => Some(Self::Unspecified),
            "REFUND_STATUS_PENDING" => Some(Self::Pending),
            "REFUND_STATUS_SUCCEEDED" => Some(Self::Succeeded),
            "REFUND_STATUS_FAILED" => Some(Self::Failed),
            _ => None,
        }
    }
}
/// Generated client implementations.
pub mod payment_service_client {
    #![allow(
        unused_variables,
        dead_code,
        missing_docs,
        clippy::wildcard_imports,
        clippy::let_unit_value,
    )]
    use tonic::codegen::*;
    use tonic::codegen::http::Uri;
    /// Keeps payments. A payment is recorded before the provider is asked, so that no crash loses or repeats a charge.
    ///
    /// An answer that the provider has not given yet is UNAVAILABLE `PAYMENT_PENDING` with RetryInfo and the metadata
    /// `payment_id`: the same key tells the outcome later, and nothing is charged twice.
    #[derive(Debug, Clone)]
    pub struct PaymentServiceClient<T> {
        inner: tonic::client::Grpc<T>,
    }
    impl PaymentServiceClient<tonic::transport::Channel> {
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
    impl<T> PaymentServiceClient<T>
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
        ) -> PaymentServiceClient<InterceptedService<T, F>>
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
            PaymentServiceClient::new(InterceptedService::new(inner, interceptor))
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
        /// Turns a card into a token that pays. The only place where a card number and its CVC ever appear; they are neither
        /// kept nor logged. Only its maker can pay with the token.
        pub async fn tokenize_card(
            &mut self,
            request: impl tonic::IntoRequest<super::TokenizeCardRequest>,
        ) -> std::result::Result<
            tonic::Response<super::TokenizeCardResponse>,
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
                "/payment.v1.PaymentService/TokenizeCard",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("payment.v1.PaymentService", "TokenizeCard"));
            self.inner.unary(req, path, codec).await
        }
        /// Authorizes a payment, and with AUTOMATIC captures it too. A refused card is FAILED_PRECONDITION with the decline as
        /// reason and the metadata `payment_id`; the payment is kept as DECLINED.
        pub async fn create_payment(
            &mut self,
            request: impl tonic::IntoRequest<super::CreatePaymentRequest>,
        ) -> std::result::Result<
            tonic::Response<super::CreatePaymentResponse>,
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
                "/payment.v1.PaymentService/CreatePayment",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("payment.v1.PaymentService", "CreatePayment"));
            self.inner.unary(req, path, codec).await
        }
        /// Shows one payment.
        pub async fn get_payment(
            &mut self,
            request: impl tonic::IntoRequest<super::GetPaymentRequest>,
        ) -> std::result::Result<
            tonic::Response<super::GetPaymentResponse>,
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
                "/payment.v1.PaymentService/GetPayment",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("payment.v1.PaymentService", "GetPayment"));
            self.inner.unary(req, path, codec).await
        }
        /// Lists payments in pages, newest first.
        pub async fn list_payments(
            &mut self,
            request: impl tonic::IntoRequest<super::ListPaymentsRequest>,
        ) -> std::result::Result<
            tonic::Response<super::ListPaymentsResponse>,
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
                "/payment.v1.PaymentService/ListPayments",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("payment.v1.PaymentService", "ListPayments"));
            self.inner.unary(req, path, codec).await
        }
        /// Takes the money of an authorized payment: once, in part or whole; what is left over is released. Refused for good
        /// it is FAILED_PRECONDITION `CAPTURE_REFUSED`. The payment of an order is captured by its checkout only:
        /// FAILED_PRECONDITION `PAYMENT_BELONGS_TO_ORDER`.
        pub async fn capture_payment(
            &mut self,
            request: impl tonic::IntoRequest<super::CapturePaymentRequest>,
        ) -> std::result::Result<
            tonic::Response<super::CapturePaymentResponse>,
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
                "/payment.v1.PaymentService/CapturePayment",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("payment.v1.PaymentService", "CapturePayment"));
            self.inner.unary(req, path, codec).await
        }
        /// Releases an authorized payment; nothing is taken. Voiding again succeeds and changes nothing. A captured one is
        /// FAILED_PRECONDITION `PAYMENT_CAPTURED`. The payment of an order is voided by its checkout only:
        /// FAILED_PRECONDITION `PAYMENT_BELONGS_TO_ORDER`.
        pub async fn void_payment(
            &mut self,
            request: impl tonic::IntoRequest<super::VoidPaymentRequest>,
        ) -> std::result::Result<
            tonic::Response<super::VoidPaymentResponse>,
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
                "/payment.v1.PaymentService/VoidPayment",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("payment.v1.PaymentService", "VoidPayment"));
            self.inner.unary(req, path, codec).await
        }
        /// Gives money back, in part or whole, as often as there is something left of what was captured. More than that is
        /// FAILED_PRECONDITION `REFUND_TOO_LARGE`. One that the provider refuses is FAILED_PRECONDITION `REFUND_REFUSED`, and
        /// is kept as FAILED.
        pub async fn refund_payment(
            &mut self,
            request: impl tonic::IntoRequest<super::RefundPaymentRequest>,
        ) -> std::result::Result<
            tonic::Response<super::RefundPaymentResponse>,
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
                "/payment.v1.PaymentService/RefundPayment",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("payment.v1.PaymentService", "RefundPayment"));
            self.inner.unary(req, path, codec).await
        }
        /// Asks the provider what became of a payment and brings it up to date. Doing it again changes nothing.
        pub async fn resolve_payment(
            &mut self,
            request: impl tonic::IntoRequest<super::ResolvePaymentRequest>,
        ) -> std::result::Result<
            tonic::Response<super::ResolvePaymentResponse>,
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
                "/payment.v1.PaymentService/ResolvePayment",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("payment.v1.PaymentService", "ResolvePayment"));
            self.inner.unary(req, path, codec).await
        }
        /// Lists the ledger in pages, newest first. Every movement is two entries whose sum is nothing.
        pub async fn list_ledger_entries(
            &mut self,
            request: impl tonic::IntoRequest<super::ListLedgerEntriesRequest>,
        ) -> std::result::Result<
            tonic::Response<super::ListLedgerEntriesResponse>,
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
                "/payment.v1.PaymentService/ListLedgerEntries",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(
                    GrpcMethod::new("payment.v1.PaymentService", "ListLedgerEntries"),
                );
            self.inner.unary(req, path, codec).await
        }
        /// Lists what the provider has on its books, in pages, oldest first: what reconciliation compares with.
        pub async fn list_provider_charges(
            &mut self,
            request: impl tonic::IntoRequest<super::ListProviderChargesRequest>,
        ) -> std::result::Result<
            tonic::Response<super::ListProviderChargesResponse>,
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
                "/payment.v1.PaymentService/ListProviderCharges",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(
                    GrpcMethod::new("payment.v1.PaymentService", "ListProviderCharges"),
                );
            self.inner.unary(req, path, codec).await
        }
    }
}
/// Generated server implementations.
pub mod payment_service_server {
    #![allow(
        unused_variables,
        dead_code,
        missing_docs,
        clippy::wildcard_imports,
        clippy::let_unit_value,
    )]
    use tonic::codegen::*;
    /// Generated trait containing gRPC methods that should be implemented for use with PaymentServiceServer.
    #[async_trait]
    pub trait PaymentService: std::marker::Send + std::marker::Sync + 'static {
        /// Turns a card into a token that pays. The only place where a card number and its CVC ever appear; they are neither
        /// kept nor logged. Only its maker can pay with the token.
        async fn tokenize_card(
            &self,
            request: tonic::Request<super::TokenizeCardRequest>,
        ) -> std::result::Result<
            tonic::Response<super::TokenizeCardResponse>,
            tonic::Status,
        >;
        /// Authorizes a payment, and with AUTOMATIC captures it too. A refused card is FAILED_PRECONDITION with the decline as
        /// reason and the metadata `payment_id`; the payment is kept as DECLINED.
        async fn create_payment(
            &self,
            request: tonic::Request<super::CreatePaymentRequest>,
        ) -> std::result::Result<
            tonic::Response<super::CreatePaymentResponse>,
            tonic::Status,
        >;
        /// Shows one payment.
        async fn get_payment(
            &self,
            request: tonic::Request<super::GetPaymentRequest>,
        ) -> std::result::Result<
            tonic::Response<super::GetPaymentResponse>,
            tonic::Status,
        >;
        /// Lists payments in pages, newest first.
        async fn list_payments(
            &self,
            request: tonic::Request<super::ListPaymentsRequest>,
        ) -> std::result::Result<
            tonic::Response<super::ListPaymentsResponse>,
            tonic::Status,
        >;
        /// Takes the money of an authorized payment: once, in part or whole; what is left over is released. Refused for good
        /// it is FAILED_PRECONDITION `CAPTURE_REFUSED`. The payment of an order is captured by its checkout only:
        /// FAILED_PRECONDITION `PAYMENT_BELONGS_TO_ORDER`.
        async fn capture_payment(
            &self,
            request: tonic::Request<super::CapturePaymentRequest>,
        ) -> std::result::Result<
            tonic::Response<super::CapturePaymentResponse>,
            tonic::Status,
        >;
        /// Releases an authorized payment; nothing is taken. Voiding again succeeds and changes nothing. A captured one is
        /// FAILED_PRECONDITION `PAYMENT_CAPTURED`. The payment of an order is voided by its checkout only:
        /// FAILED_PRECONDITION `PAYMENT_BELONGS_TO_ORDER`.
        async fn void_payment(
            &self,
            request: tonic::Request<super::VoidPaymentRequest>,
        ) -> std::result::Result<
            tonic::Response<super::VoidPaymentResponse>,
            tonic::Status,
        >;
        /// Gives money back, in part or whole, as often as there is something left of what was captured. More than that is
        /// FAILED_PRECONDITION `REFUND_TOO_LARGE`. One that the provider refuses is FAILED_PRECONDITION `REFUND_REFUSED`, and
        /// is kept as FAILED.
        async fn refund_payment(
            &self,
            request: tonic::Request<super::RefundPaymentRequest>,
        ) -> std::result::Result<
            tonic::Response<super::RefundPaymentResponse>,
            tonic::Status,
        >;
        /// Asks the provider what became of a payment and brings it up to date. Doing it again changes nothing.
        async fn resolve_payment(
            &self,
            request: tonic::Request<super::ResolvePaymentRequest>,
        ) -> std::result::Result<
            tonic::Response<super::ResolvePaymentResponse>,
            tonic::Status,
        >;
        /// Lists the ledger in pages, newest first. Every movement is two entries whose sum is nothing.
        async fn list_ledger_entries(
            &self,
            request: tonic::Request<super::ListLedgerEntriesRequest>,
        ) -> std::result::Result<
            tonic::Response<super::ListLedgerEntriesResponse>,
            tonic::Status,
        >;
        /// Lists what the provider has on its books, in pages, oldest first: what reconciliation compares with.
        async fn list_provider_charges(
            &self,
            request: tonic::Request<super::ListProviderChargesRequest>,
        ) -> std::result::Result<
            tonic::Response<super::ListProviderChargesResponse>,
            tonic::Status,
        >;
    }
    /// Keeps payments. A payment is recorded before the provider is asked, so that no crash loses or repeats a charge.
    ///
    /// An answer that the provider has not given yet is UNAVAILABLE `PAYMENT_PENDING` with RetryInfo and the metadata
    /// `payment_id`: the same key tells the outcome later, and nothing is charged twice.
    #[derive(Debug)]
    pub struct PaymentServiceServer<T> {
        inner: Arc<T>,
        accept_compression_encodings: EnabledCompressionEncodings,
        send_compression_encodings: EnabledCompressionEncodings,
        max_decoding_message_size: Option<usize>,
        max_encoding_message_size: Option<usize>,
    }
    impl<T> PaymentServiceServer<T> {
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
    impl<T, B> tonic::codegen::Service<http::Request<B>> for PaymentServiceServer<T>
    where
        T: PaymentService,
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
                "/payment.v1.PaymentService/TokenizeCard" => {
                    #[allow(non_camel_case_types)]
                    struct TokenizeCardSvc<T: PaymentService>(pub Arc<T>);
                    impl<
                        T: PaymentService,
                    > tonic::server::UnaryService<super::TokenizeCardRequest>
                    for TokenizeCardSvc<T> {
                        type Response = super::TokenizeCardResponse;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::TokenizeCardRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as PaymentService>::tokenize_card(&inner, request).await
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
                        let method = TokenizeCardSvc(inner);
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
                "/payment.v1.PaymentService/CreatePayment" => {
                    #[allow(non_camel_case_types)]
                    struct CreatePaymentSvc<T: PaymentService>(pub Arc<T>);
                    impl<
                        T: PaymentService,
                    > tonic::server::UnaryService<super::CreatePaymentRequest>
                    for CreatePaymentSvc<T> {
                        type Response = super::CreatePaymentResponse;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::CreatePaymentRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as PaymentService>::create_payment(&inner, request).await
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
                        let method = CreatePaymentSvc(inner);
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
                "/payment.v1.PaymentService/GetPayment" => {
                    #[allow(non_camel_case_types)]
                    struct GetPaymentSvc<T: PaymentService>(pub Arc<T>);
                    impl<
                        T: PaymentService,
                    > tonic::server::UnaryService<super::GetPaymentRequest>
                    for GetPaymentSvc<T> {
                        type Response = super::GetPaymentResponse;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::GetPaymentRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as PaymentService>::get_payment(&inner, request).await
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
                        let method = GetPaymentSvc(inner);
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
                "/payment.v1.PaymentService/ListPayments" => {
                    #[allow(non_camel_case_types)]
                    struct ListPaymentsSvc<T: PaymentService>(pub Arc<T>);
                    impl<
                        T: PaymentService,
                    > tonic::server::UnaryService<super::ListPaymentsRequest>
                    for ListPaymentsSvc<T> {
                        type Response = super::ListPaymentsResponse;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::ListPaymentsRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as PaymentService>::list_payments(&inner, request).await
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
                        let method = ListPaymentsSvc(inner);
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
                "/payment.v1.PaymentService/CapturePayment" => {
                    #[allow(non_camel_case_types)]
                    struct CapturePaymentSvc<T: PaymentService>(pub Arc<T>);
                    impl<
                        T: PaymentService,
                    > tonic::server::UnaryService<super::CapturePaymentRequest>
                    for CapturePaymentSvc<T> {
                        type Response = super::CapturePaymentResponse;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::CapturePaymentRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as PaymentService>::capture_payment(&inner, request)
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
                        let method = CapturePaymentSvc(inner);
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
                "/payment.v1.PaymentService/VoidPayment" => {
                    #[allow(non_camel_case_types)]
                    struct VoidPaymentSvc<T: PaymentService>(pub Arc<T>);
                    impl<
                        T: PaymentService,
                    > tonic::server::UnaryService<super::VoidPaymentRequest>
                    for VoidPaymentSvc<T> {
                        type Response = super::VoidPaymentResponse;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::VoidPaymentRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as PaymentService>::void_payment(&inner, request).await
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
                        let method = VoidPaymentSvc(inner);
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
                "/payment.v1.PaymentService/RefundPayment" => {
                    #[allow(non_camel_case_types)]
                    struct RefundPaymentSvc<T: PaymentService>(pub Arc<T>);
                    impl<
                        T: PaymentService,
                    > tonic::server::UnaryService<super::RefundPaymentRequest>
                    for RefundPaymentSvc<T> {
                        type Response = super::RefundPaymentResponse;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::RefundPaymentRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as PaymentService>::refund_payment(&inner, request).await
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
                        let method = RefundPaymentSvc(inner);
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
                "/payment.v1.PaymentService/ResolvePayment" => {
                    #[allow(non_camel_case_types)]
                    struct ResolvePaymentSvc<T: PaymentService>(pub Arc<T>);
                    impl<
                        T: PaymentService,
                    > tonic::server::UnaryService<super::ResolvePaymentRequest>
                    for ResolvePaymentSvc<T> {
                        type Response = super::ResolvePaymentResponse;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::ResolvePaymentRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as PaymentService>::resolve_payment(&inner, request)
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
                        let method = ResolvePaymentSvc(inner);
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
                "/payment.v1.PaymentService/ListLedgerEntries" => {
                    #[allow(non_camel_case_types)]
                    struct ListLedgerEntriesSvc<T: PaymentService>(pub Arc<T>);
                    impl<
                        T: PaymentService,
                    > tonic::server::UnaryService<super::ListLedgerEntriesRequest>
                    for ListLedgerEntriesSvc<T> {
                        type Response = super::ListLedgerEntriesResponse;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::ListLedgerEntriesRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as PaymentService>::list_ledger_entries(&inner, request)
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
                        let method = ListLedgerEntriesSvc(inner);
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
                "/payment.v1.PaymentService/ListProviderCharges" => {
                    #[allow(non_camel_case_types)]
                    struct ListProviderChargesSvc<T: PaymentService>(pub Arc<T>);
                    impl<
                        T: PaymentService,
                    > tonic::server::UnaryService<super::ListProviderChargesRequest>
                    for ListProviderChargesSvc<T> {
                        type Response = super::ListProviderChargesResponse;
                        type Future = BoxFuture<
                            tonic::Response<Self::Response>,
                            tonic::Status,
                        >;
                        fn call(
                            &mut self,
                            request: tonic::Request<super::ListProviderChargesRequest>,
                        ) -> Self::Future {
                            let inner = Arc::clone(&self.0);
                            let fut = async move {
                                <T as PaymentService>::list_provider_charges(
                                        &inner,
                                        request,
                                    )
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
                        let method = ListProviderChargesSvc(inner);
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
    impl<T> Clone for PaymentServiceServer<T> {
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
    pub const SERVICE_NAME: &str = "payment.v1.PaymentService";
    impl<T> tonic::server::NamedService for PaymentServiceServer<T> {
        const NAME: &'static str = SERVICE_NAME;
    }
}
/// What the contract says of every method of this package.
pub const METHODS: &[::wire::Method] = &[
    ::wire::Method {
        path: "/payment.v1.PaymentService/TokenizeCard",
        kind: ::wire::CallKind::Unary,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Own,
            permission: None,
        }),
        idempotency: ::wire::Idempotency::NeverStored,
    },
    ::wire::Method {
        path: "/payment.v1.PaymentService/CreatePayment",
        kind: ::wire::CallKind::Unary,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Staff,
            permission: Some("payments:write"),
        }),
        idempotency: ::wire::Idempotency::Required,
    },
    ::wire::Method {
        path: "/payment.v1.PaymentService/GetPayment",
        kind: ::wire::CallKind::Unary,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Staff,
            permission: Some("payments:write"),
        }),
        idempotency: ::wire::Idempotency::Read,
    },
    ::wire::Method {
        path: "/payment.v1.PaymentService/ListPayments",
        kind: ::wire::CallKind::Unary,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Own,
            permission: None,
        }),
        idempotency: ::wire::Idempotency::Read,
    },
    ::wire::Method {
        path: "/payment.v1.PaymentService/CapturePayment",
        kind: ::wire::CallKind::Unary,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Staff,
            permission: Some("payments:write"),
        }),
        idempotency: ::wire::Idempotency::Required,
    },
    ::wire::Method {
        path: "/payment.v1.PaymentService/VoidPayment",
        kind: ::wire::CallKind::Unary,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Staff,
            permission: Some("payments:write"),
        }),
        idempotency: ::wire::Idempotency::Optional,
    },
    ::wire::Method {
        path: "/payment.v1.PaymentService/RefundPayment",
        kind: ::wire::CallKind::Unary,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Staff,
            permission: Some("payments:write"),
        }),
        idempotency: ::wire::Idempotency::Required,
    },
    ::wire::Method {
        path: "/payment.v1.PaymentService/ResolvePayment",
        kind: ::wire::CallKind::Unary,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Staff,
            permission: None,
        }),
        idempotency: ::wire::Idempotency::NeverStored,
    },
    ::wire::Method {
        path: "/payment.v1.PaymentService/ListLedgerEntries",
        kind: ::wire::CallKind::Unary,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Staff,
            permission: None,
        }),
        idempotency: ::wire::Idempotency::Read,
    },
    ::wire::Method {
        path: "/payment.v1.PaymentService/ListProviderCharges",
        kind: ::wire::CallKind::Unary,
        access: Some(::wire::Access {
            level: ::wire::AccessLevel::Staff,
            permission: None,
        }),
        idempotency: ::wire::Idempotency::Read,
    },
];
impl ::core::fmt::Debug for TokenizeCardRequest {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("TokenizeCardRequest")
            .field("number", &::core::format_args!("[redacted]"))
            .field("exp_month", &::core::format_args!("[redacted]"))
            .field("exp_year", &::core::format_args!("[redacted]"))
            .field("cvc", &::core::format_args!("[redacted]"))
            .finish()
    }
}
impl ::wire::Validate for Card {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for Refund {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for Payment {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for TokenizeCardRequest {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "number");
            ::wire::rules::printable(&self.number, at, found);
            ::wire::rules::length(&self.number, 12usize, 40usize, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "exp_month");
            ::wire::rules::require(
                (1..=12).contains(&self.exp_month),
                at,
                "must be between 1 and 12",
                found,
            );
        }
        {
            let at = &::wire::Field::Name(at, "exp_year");
            ::wire::rules::require(
                (2000..=2199).contains(&self.exp_year),
                at,
                "must be between 2000 and 2199",
                found,
            );
        }
        {
            let at = &::wire::Field::Name(at, "cvc");
            ::wire::rules::printable(&self.cvc, at, found);
            ::wire::rules::length(&self.cvc, 3usize, 4usize, at, found);
        }
    }
}
impl ::wire::Validate for TokenizeCardResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for CreatePaymentRequest {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "amount_cents");
            ::wire::rules::require(
                self.amount_cents > 0,
                at,
                "must be greater than 0",
                found,
            );
        }
        {
            let at = &::wire::Field::Name(at, "currency_code");
            if !self.currency_code.is_empty() {
                ::wire::rules::printable(&self.currency_code, at, found);
                ::wire::rules::length(&self.currency_code, 3usize, 3usize, at, found);
            }
        }
        {
            let at = &::wire::Field::Name(at, "order_id");
            if !self.order_id.is_empty() {
                ::wire::rules::uuid(&self.order_id, at, found);
            }
        }
        {
            let at = &::wire::Field::Name(at, "customer_id");
            ::wire::rules::uuid(&self.customer_id, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "payment_method");
            ::wire::rules::printable(&self.payment_method, at, found);
            ::wire::rules::length(&self.payment_method, 1usize, 64usize, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "capture_method");
            ::wire::rules::require(
                matches!(self.capture_method, 0..= 2),
                at,
                "must be a value that the contract defines",
                found,
            );
        }
        {
            let at = &::wire::Field::Name(at, "description");
            ::wire::rules::printable(&self.description, at, found);
            ::wire::rules::length(&self.description, 0usize, 200usize, at, found);
        }
    }
}
impl ::wire::Validate for CreatePaymentResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for GetPaymentRequest {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "id");
            ::wire::rules::uuid(&self.id, at, found);
        }
    }
}
impl ::wire::Validate for GetPaymentResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for ListPaymentsRequest {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "customer_id");
            if !self.customer_id.is_empty() {
                ::wire::rules::uuid(&self.customer_id, at, found);
            }
        }
        {
            let at = &::wire::Field::Name(at, "order_id");
            if !self.order_id.is_empty() {
                ::wire::rules::uuid(&self.order_id, at, found);
            }
        }
        {
            let at = &::wire::Field::Name(at, "status");
            ::wire::rules::require(
                matches!(self.status, 0..= 7),
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
    }
}
impl ::wire::Validate for ListPaymentsResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for CapturePaymentRequest {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "id");
            ::wire::rules::uuid(&self.id, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "amount_cents");
            ::wire::rules::require(
                self.amount_cents >= 0,
                at,
                "must be at least 0",
                found,
            );
        }
    }
}
impl ::wire::Validate for CapturePaymentResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for VoidPaymentRequest {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "id");
            ::wire::rules::uuid(&self.id, at, found);
        }
    }
}
impl ::wire::Validate for VoidPaymentResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for RefundPaymentRequest {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "id");
            ::wire::rules::uuid(&self.id, at, found);
        }
        {
            let at = &::wire::Field::Name(at, "amount_cents");
            ::wire::rules::require(
                self.amount_cents >= 0,
                at,
                "must be at least 0",
                found,
            );
        }
        {
            let at = &::wire::Field::Name(at, "reason");
            ::wire::rules::printable(&self.reason, at, found);
            ::wire::rules::length(&self.reason, 0usize, 500usize, at, found);
        }
    }
}
impl ::wire::Validate for RefundPaymentResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for ResolvePaymentRequest {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "id");
            ::wire::rules::uuid(&self.id, at, found);
        }
    }
}
impl ::wire::Validate for ResolvePaymentResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for ListLedgerEntriesRequest {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
        {
            let at = &::wire::Field::Name(at, "payment_id");
            if !self.payment_id.is_empty() {
                ::wire::rules::uuid(&self.payment_id, at, found);
            }
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
impl ::wire::Validate for LedgerEntry {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for ListLedgerEntriesResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for ListProviderChargesRequest {
    fn validate(&self, at: &::wire::Field<'_>, found: &mut Vec<::kernel::Violation>) {
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
impl ::wire::Validate for ProviderCharge {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
impl ::wire::Validate for ListProviderChargesResponse {
    fn validate(&self, _at: &::wire::Field<'_>, _found: &mut Vec<::kernel::Violation>) {}
}
