use crate::dice::Dice;

/// What a customer pays with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Card {
    /// A token that the sandbox knows.
    Known(&'static str),
    /// A card of one's own, which is made a token of first.
    Number(&'static str),
}

pub(super) const GOOD: Card = Card::Known("pm_card_visa");

const CARDS: &[(u64, Card)] = &[
    (44, GOOD),
    (6, Card::Number("4242424242424242")),
    (5, Card::Known("pm_card_declined")),
    (2, Card::Number("4000000000000002")),
    (3, Card::Known("pm_card_insufficient_funds")),
    (2, Card::Known("pm_card_expired")),
    (2, Card::Known("pm_card_incorrect_cvc")),
    (2, Card::Known("pm_card_processing_error")),
    (3, Card::Known("pm_card_slow")),
    (16, Card::Known("pm_card_lost_reply")),
    (7, Card::Known("pm_card_capture_refused")),
    (8, Card::Known("pm_card_refund_refused")),
];

impl Card {
    pub(super) fn drawn(dice: &mut Dice) -> Self {
        dice.pick(CARDS).unwrap_or(GOOD)
    }
}
