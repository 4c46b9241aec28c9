//! The contract, as text to compare with.

/// What the contract says. A line is the states it is about (a part of their text, several by `|`) and what
/// becomes of them; the last line is about all others.
pub(super) fn expected(command: &str) -> &'static [(&'static str, &'static str)] {
    const TO_RELEASE: &str = "CANCELLED REFUNDING RELEASE: cancelled, checkout_changed";
    const TO_RELEASE_ANSWERED: &str =
        "CANCELLED REFUNDING RELEASE: cancelled, checkout_changed; answers ORDER_CANCELLED";
    const GIVEN_UP: &str = "CANCELLED FAILED RELEASE: cancelled, checkout_failed; answers ORDER_CANCELLED";
    const NOT_CANCELLABLE: (&str, &str) = ("SHIPPED|DELIVERED", "! ORDER_NOT_CANCELLABLE");
    const NOT_DELETABLE: (&str, &str) = ("CONFIRMED|SHIPPED", "! ORDER_NOT_DELETABLE");
    const ONLY_STAFF: &str = "! CHECKOUT_NEEDS_ATTENTION";
    const DELETED_RUNNING: &str =
        "CANCELLED FAILED RELEASE archived: cancelled, checkout_failed, deleted; answers ORDER_CANCELLED";
    match command {
        "update" => &[
            ("PENDING RUNNING|PENDING NEEDS_ATTENTION", "! CHECKOUT_RUNNING"),
            ("PENDING NONE -", "PENDING NONE -: updated"),
            ("PENDING NONE EXPIRE", "PENDING NONE EXPIRE: updated"),
            ("PENDING FAILED", "PENDING FAILED EXPIRE: updated"),
            ("", "! ORDER_NOT_PENDING"),
        ],
        "start" => &[
            ("PENDING RUNNING", "! CHECKOUT_RUNNING"),
            ("PENDING NEEDS_ATTENTION", ONLY_STAFF),
            ("PENDING", "PENDING RUNNING AUTHORIZE: checkout_changed"),
            ("", "! ORDER_NOT_PENDING"),
        ],
        "cancel" => &[
            NOT_CANCELLABLE,
            ("CANCELLED", "="),
            ("NEEDS_ATTENTION", ONLY_STAFF),
            ("PENDING NONE", "CANCELLED NONE -: cancelled"),
            ("PENDING FAILED", "CANCELLED FAILED -: cancelled"),
            ("PENDING RUNNING", GIVEN_UP),
            ("CONFIRMED RUNNING", TO_RELEASE_ANSWERED),
            ("CONFIRMED REFUNDED", "CANCELLED REFUNDED -: cancelled"),
            ("", TO_RELEASE),
        ],
        "cancel by staff" => &[
            NOT_CANCELLABLE,
            ("CANCELLED", "="),
            ("PENDING NONE", "CANCELLED NONE -: cancelled"),
            ("PENDING FAILED", "CANCELLED FAILED -: cancelled"),
            ("PENDING RUNNING|PENDING NEEDS_ATTENTION", GIVEN_UP),
            ("CONFIRMED RUNNING|CONFIRMED NEEDS_ATTENTION", TO_RELEASE_ANSWERED),
            ("CONFIRMED REFUNDED", "CANCELLED REFUNDED -: cancelled"),
            ("", TO_RELEASE),
        ],
        "delete" => &[
            NOT_DELETABLE,
            ("PENDING NONE", "CANCELLED NONE - archived: cancelled, deleted"),
            ("PENDING FAILED", "CANCELLED FAILED - archived: cancelled, deleted"),
            ("PENDING RUNNING", DELETED_RUNNING),
            ("PENDING NEEDS_ATTENTION", ONLY_STAFF),
            ("", "+ archived: deleted"),
        ],
        "delete by staff" => &[
            NOT_DELETABLE,
            ("PENDING NONE", "CANCELLED NONE - archived: cancelled, deleted"),
            ("PENDING FAILED", "CANCELLED FAILED - archived: cancelled, deleted"),
            ("PENDING RUNNING|PENDING NEEDS_ATTENTION", DELETED_RUNNING),
            ("", "+ archived: deleted"),
        ],
        "ship" => &[
            ("CONFIRMED PAID", "SHIPPED PAID -: shipped"),
            ("CONFIRMED PARTIALLY_REFUNDED", "SHIPPED PARTIALLY_REFUNDED -: shipped"),
            ("PENDING|CONFIRMED", "! PAYMENT_NOT_CAPTURED"),
            ("", "! ILLEGAL_TRANSITION"),
        ],
        "deliver" => &[
            ("SHIPPED PAID", "DELIVERED PAID -: delivered"),
            (
                "SHIPPED PARTIALLY_REFUNDED",
                "DELIVERED PARTIALLY_REFUNDED -: delivered",
            ),
            ("SHIPPED REFUNDED", "DELIVERED REFUNDED -: delivered"),
            ("", "! ILLEGAL_TRANSITION"),
        ],
        "expire" => &[
            ("PENDING NONE EXPIRE", "CANCELLED NONE -: cancelled"),
            ("PENDING FAILED EXPIRE", "CANCELLED FAILED -: cancelled"),
            ("", "="),
        ],
        "authorized" => &[
            ("PENDING RUNNING", "CONFIRMED RUNNING CAPTURE: confirmed"),
            (
                "PENDING NEEDS_ATTENTION",
                "CONFIRMED RUNNING CAPTURE: checkout_changed, confirmed",
            ),
            ("", "="),
        ],
        "authorization refused" => &[
            (
                "PENDING RUNNING|PENDING NEEDS_ATTENTION",
                "PENDING FAILED EXPIRE: checkout_failed; answers CARD_DECLINED",
            ),
            ("", "="),
        ],
        "captured" => &[
            (
                "CONFIRMED RUNNING|CONFIRMED NEEDS_ATTENTION",
                "CONFIRMED PAID -: checkout_changed; answers the order",
            ),
            ("", "="),
        ],
        "capture refused" => &[
            (
                "CONFIRMED RUNNING|CONFIRMED NEEDS_ATTENTION",
                "CANCELLED FAILED RELEASE: cancelled, checkout_failed; answers CAPTURE_FAILED",
            ),
            ("", "="),
        ],
        "released" => &[
            ("CANCELLED FAILED RELEASE", "CANCELLED FAILED -: "),
            (
                "CANCELLED REFUNDING RELEASE|CANCELLED NEEDS_ATTENTION",
                "CANCELLED REFUNDED -: checkout_changed",
            ),
            ("", "="),
        ],
        "refund refused" => &[("RELEASE", "CANCELLED REFUNDING -: checkout_changed"), ("", "=")],
        "needs attention" => &[
            ("PENDING RUNNING", "PENDING NEEDS_ATTENTION AUTHORIZE: checkout_changed"),
            (
                "CONFIRMED RUNNING",
                "CONFIRMED NEEDS_ATTENTION CAPTURE: checkout_changed",
            ),
            (
                "CANCELLED REFUNDING RELEASE",
                "CANCELLED NEEDS_ATTENTION RELEASE: checkout_changed",
            ),
            (
                "CANCELLED FAILED RELEASE",
                "CANCELLED NEEDS_ATTENTION RELEASE: checkout_changed",
            ),
            ("", "="),
        ],
        "follow a part" => &[
            ("CONFIRMED PAID", "CONFIRMED PARTIALLY_REFUNDED -: checkout_changed"),
            ("SHIPPED PAID", "SHIPPED PARTIALLY_REFUNDED -: checkout_changed"),
            ("DELIVERED PAID", "DELIVERED PARTIALLY_REFUNDED -: checkout_changed"),
            ("", "="),
        ],
        "follow all" => &[
            (
                "CONFIRMED PAID|CONFIRMED PARTIALLY_REFUNDED",
                "CONFIRMED REFUNDED -: checkout_changed",
            ),
            (
                "SHIPPED PAID|SHIPPED PARTIALLY_REFUNDED",
                "SHIPPED REFUNDED -: checkout_changed",
            ),
            (
                "DELIVERED PAID|DELIVERED PARTIALLY_REFUNDED",
                "DELIVERED REFUNDED -: checkout_changed",
            ),
            (
                "CANCELLED REFUNDING|CANCELLED NEEDS_ATTENTION",
                "CANCELLED REFUNDED -: checkout_changed",
            ),
            ("", "="),
        ],
        _ => &[("", "=")],
    }
}
