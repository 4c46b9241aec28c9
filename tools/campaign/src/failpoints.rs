use serde::Serialize;

/// A program that is played with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Program {
    /// ordersvc.
    Ordersvc,
    /// paymentsvc.
    Paymentsvc,
    /// sandbox-psp.
    #[serde(rename = "sandbox-psp")]
    Sandbox,
}

impl Program {
    /// Every program.
    pub const ALL: [Self; 3] = [Self::Ordersvc, Self::Paymentsvc, Self::Sandbox];

    /// Its package.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ordersvc => "ordersvc",
            Self::Paymentsvc => "paymentsvc",
            Self::Sandbox => "sandbox-psp",
        }
    }

    /// Where its sources are.
    pub const fn sources(self) -> &'static str {
        match self {
            Self::Ordersvc => "services/ordersvc/src",
            Self::Paymentsvc => "services/paymentsvc/src",
            Self::Sandbox => "tools/sandbox-psp/src",
        }
    }

    /// Its places to be killed at, as `FAILPOINT` names them.
    pub fn failpoints(self) -> impl Iterator<Item = &'static str> {
        let own = FAILPOINTS.iter().filter(move |(program, _)| *program == self);
        own.flat_map(|(_, names)| names.iter().copied())
    }

    /// How one of them is told from another program's.
    pub fn place(self, failpoint: &str) -> String {
        format!("{} {failpoint}", self.name())
    }

    /// Every place of every program, told apart.
    pub fn all_places() -> impl Iterator<Item = String> {
        Self::ALL
            .into_iter()
            .flat_map(|program| program.failpoints().map(move |name| program.place(name)))
    }
}

/// Every commit, call to another process and answer of the programs, as they name them. A test holds this to
/// the sources.
pub const FAILPOINTS: &[(Program, &[&str])] = &[
    (
        Program::Ordersvc,
        &[
            "checkout_order.answer.before",
            "checkouts.finish.after",
            "checkouts.finish.before",
            "checkouts.postpone.after",
            "checkouts.postpone.before",
            "checkouts.take.after",
            "checkouts.take.before",
            "orders.insert.after",
            "orders.insert.before",
            "orders.keep.after",
            "orders.keep.before",
            "orders.save.after",
            "orders.save.before",
            "payments.authorize.after",
            "payments.authorize.before",
            "payments.capture.after",
            "payments.capture.before",
            "payments.refund.after",
            "payments.refund.before",
            "payments.void.after",
            "payments.void.before",
        ],
    ),
    (
        Program::Paymentsvc,
        &[
            "capture_payment.answer.before",
            "create_payment.answer.before",
            "payment_methods.insert.after",
            "payment_methods.insert.before",
            "payments.insert.after",
            "payments.insert.before",
            "payments.keep.after",
            "payments.keep.before",
            "payments.postpone.after",
            "payments.postpone.before",
            "payments.record.after",
            "payments.record.before",
            "payments.settle.after",
            "payments.settle.before",
            "payments.take.after",
            "payments.take.before",
            "payments.take_due.after",
            "payments.take_due.before",
            "provider.authorize.after",
            "provider.authorize.before",
            "provider.capture.after",
            "provider.capture.before",
            "provider.refund.after",
            "provider.refund.before",
            "provider.void.after",
            "provider.void.before",
            "refund_payment.answer.before",
            "resolve_payment.answer.before",
            "tokenize_card.answer.before",
            "void_payment.answer.before",
        ],
    ),
    (Program::Sandbox, &["answer.before", "journal.after", "journal.before"]),
];
