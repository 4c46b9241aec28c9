//! The words that orders, payments and the provider use, as they are written in tables and in logs.

use std::{fmt, str::FromStr};

use anyhow::bail;

macro_rules! words {
    ($(#[doc = $doc:literal])* $name:ident { $($(#[doc = $of:literal])* $variant:ident = $text:literal,)* }) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[doc = $of])* #[serde(rename = $text)] $variant,)*
        }

        impl $name {
            /// As it is written.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }

        impl FromStr for $name {
            type Err = anyhow::Error;

            fn from_str(text: &str) -> anyhow::Result<Self> {
                match text {
                    $($text => Ok(Self::$variant),)*
                    _ => bail!(concat!("`{}` is no ", stringify!($name)), text),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// Where an order is.
    Status {
        /// Placed, not paid.
        Pending = "PENDING",
        /// Paid, or nothing to pay.
        Confirmed = "CONFIRMED",
        /// On its way.
        Shipped = "SHIPPED",
        /// Arrived.
        Delivered = "DELIVERED",
        /// Given up.
        Cancelled = "CANCELLED",
    }
}

words! {
    /// How far paying for an order has come.
    CheckoutState {
        /// Nobody has tried to pay.
        None = "NONE",
        /// On its way.
        Running = "RUNNING",
        /// The money has been taken.
        Paid = "PAID",
        /// Refused or given up.
        Failed = "FAILED",
        /// The money is on its way back.
        Refunding = "REFUNDING",
        /// All of the money has been given back.
        Refunded = "REFUNDED",
        /// A part of the money has been given back.
        PartiallyRefunded = "PARTIALLY_REFUNDED",
        /// A person should look.
        NeedsAttention = "NEEDS_ATTENTION",
    }
}

words! {
    /// Where a payment is.
    PaymentStatus {
        /// Recorded; the provider has not answered.
        Processing = "PROCESSING",
        /// Authorized, not taken.
        RequiresCapture = "REQUIRES_CAPTURE",
        /// Taken.
        Captured = "CAPTURED",
        /// A part was given back.
        PartiallyRefunded = "PARTIALLY_REFUNDED",
        /// All was given back.
        Refunded = "REFUNDED",
        /// Released.
        Voided = "VOIDED",
        /// The card was refused.
        Declined = "DECLINED",
    }
}

words! {
    /// What the provider was asked for.
    OperationKind {
        /// To hold money.
        Authorize = "AUTHORIZE",
        /// To take it.
        Capture = "CAPTURE",
        /// To let it go.
        Void = "VOID",
        /// To give it back.
        Refund = "REFUND",
    }
}

words! {
    /// What became of it.
    OperationStatus {
        /// Not known yet.
        Pending = "PENDING",
        /// Done.
        Succeeded = "SUCCEEDED",
        /// Refused for good.
        Refused = "REFUSED",
    }
}

words! {
    /// Where a charge is at the provider.
    ChargeStatus {
        /// Money is held.
        Authorized = "authorized",
        /// Money was taken.
        Captured = "captured",
        /// It was let go.
        Voided = "voided",
        /// The card was refused.
        Declined = "declined",
    }
}

words! {
    /// What kind of thing happened to an order.
    EventKind {
        /// It was placed.
        Created = "CREATED",
        /// Its items, address or metadata changed.
        Updated = "UPDATED",
        /// It moved on.
        StatusChanged = "STATUS_CHANGED",
        /// It was given up.
        Cancelled = "CANCELLED",
        /// It was archived.
        Deleted = "DELETED",
        /// Its checkout moved on.
        CheckoutChanged = "CHECKOUT_CHANGED",
    }
}

impl Status {
    /// Whether an order may come from here to there in one step.
    pub const fn leads_to(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Pending, Self::Confirmed | Self::Cancelled)
                | (Self::Confirmed, Self::Shipped | Self::Cancelled)
                | (Self::Shipped, Self::Delivered)
        )
    }

    /// Whether an order that was here may be there by now.
    pub const fn reaches(self, later: Self) -> bool {
        match (self, later) {
            (Self::Pending, _) => true,
            (Self::Confirmed, later) => !matches!(later, Self::Pending),
            (Self::Shipped, later) => matches!(later, Self::Shipped | Self::Delivered),
            (Self::Delivered, later) => matches!(later, Self::Delivered),
            (Self::Cancelled, later) => matches!(later, Self::Cancelled),
        }
    }
}

impl CheckoutState {
    /// Whether a checkout may come from here to there in one step.
    pub const fn leads_to(self, next: Self) -> bool {
        match self {
            Self::None | Self::Failed => matches!(next, Self::Running),
            Self::Running => matches!(next, Self::Paid | Self::Failed | Self::Refunding | Self::NeedsAttention),
            Self::Paid => matches!(next, Self::Refunding | Self::Refunded | Self::PartiallyRefunded),
            Self::PartiallyRefunded => matches!(next, Self::Refunding | Self::Refunded),
            Self::Refunding => matches!(next, Self::Refunded | Self::NeedsAttention),
            Self::NeedsAttention => matches!(
                next,
                Self::Running | Self::Paid | Self::Failed | Self::Refunding | Self::Refunded
            ),
            Self::Refunded => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_step_never_leads_where_nothing_leads() {
        use Status::{Cancelled, Confirmed, Delivered, Pending, Shipped};
        for from in [Pending, Confirmed, Shipped, Delivered, Cancelled] {
            for to in [Pending, Confirmed, Shipped, Delivered, Cancelled] {
                assert!(!from.leads_to(to) || from.reaches(to), "{from} to {to}");
                assert!(!(from.leads_to(to) && to.reaches(from)), "{from} to {to} and back");
            }
        }
    }

    #[test]
    fn words_are_read_as_they_are_written() {
        for text in ["PENDING", "CANCELLED"] {
            assert_eq!(text.parse::<Status>().unwrap().to_string(), text);
        }
        assert!("pending".parse::<Status>().is_err());
        assert_eq!(serde_json::to_string(&CheckoutState::Paid).unwrap(), "\"PAID\"");
    }
}
