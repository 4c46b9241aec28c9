//! Which card does what. A card's number decides once, when it is made a token of; nothing of it is kept but the
//! brand and the last four digits.

use serde::{Deserialize, Serialize};

/// What the provider does with a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Behaviour {
    /// Everything goes well.
    Good,
    /// Every charge is refused.
    Refuses(Decline),
    /// A charge takes two seconds.
    Slow,
    /// Whatever is asked is done, but the first answer under each key never arrives.
    LostReply,
    /// Charges are authorized; capturing is refused for good.
    CaptureRefused,
    /// Charges are authorized and captured; refunds are refused.
    RefundRefused,
}

/// Why a charge is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Decline {
    /// No reason given.
    CardDeclined,
    /// Not enough money.
    InsufficientFunds,
    /// No longer good.
    ExpiredCard,
    /// The check value is another.
    IncorrectCvc,
    /// The issuer failed.
    ProcessingError,
    /// More than the provider takes at once.
    AmountTooLarge,
}

impl Decline {
    /// The code that the API answers.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Decline::CardDeclined => "card_declined",
            Decline::InsufficientFunds => "insufficient_funds",
            Decline::ExpiredCard => "expired_card",
            Decline::IncorrectCvc => "incorrect_cvc",
            Decline::ProcessingError => "processing_error",
            Decline::AmountTooLarge => "amount_too_large",
        }
    }

    /// The same for a person.
    pub(crate) const fn message(self) -> &'static str {
        match self {
            Decline::CardDeclined => "the card was declined",
            Decline::InsufficientFunds => "the card has not enough money",
            Decline::ExpiredCard => "the card has expired",
            Decline::IncorrectCvc => "the check value is not that of the card",
            Decline::ProcessingError => "the issuer could not process the charge",
            Decline::AmountTooLarge => "the amount is more than can be charged at once",
        }
    }
}

/// A card that everybody knows.
struct WellKnown {
    token: &'static str,
    /// Those without a number are had by their token only.
    number: Option<&'static str>,
    behaviour: Behaviour,
}

const fn known(token: &'static str, number: Option<&'static str>, behaviour: Behaviour) -> WellKnown {
    WellKnown {
        token,
        number,
        behaviour,
    }
}

const WELL_KNOWN: [WellKnown; 10] = [
    known("pm_card_visa", Some("4242424242424242"), Behaviour::Good),
    known(
        "pm_card_declined",
        Some("4000000000000002"),
        Behaviour::Refuses(Decline::CardDeclined),
    ),
    known(
        "pm_card_insufficient_funds",
        Some("4000000000009995"),
        Behaviour::Refuses(Decline::InsufficientFunds),
    ),
    known(
        "pm_card_expired",
        Some("4000000000000069"),
        Behaviour::Refuses(Decline::ExpiredCard),
    ),
    known(
        "pm_card_incorrect_cvc",
        Some("4000000000000127"),
        Behaviour::Refuses(Decline::IncorrectCvc),
    ),
    known(
        "pm_card_processing_error",
        Some("4000000000000119"),
        Behaviour::Refuses(Decline::ProcessingError),
    ),
    known("pm_card_slow", Some("4000000000000077"), Behaviour::Slow),
    known("pm_card_lost_reply", None, Behaviour::LostReply),
    known("pm_card_capture_refused", None, Behaviour::CaptureRefused),
    known("pm_card_refund_refused", None, Behaviour::RefundRefused),
];

/// What a well-known token does; nothing for any other.
pub(crate) fn well_known(token: &str) -> Option<Behaviour> {
    WELL_KNOWN
        .iter()
        .find(|card| card.token == token)
        .map(|card| card.behaviour)
}

/// What is kept of a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) behaviour: Behaviour,
    pub(crate) brand: String,
    pub(crate) last4: String,
}

/// Reads a number; nothing when it is none: 12 to 19 digits, the last of which checks the others (Luhn). Spaces
/// and hyphens do not matter.
pub(crate) fn read(number: &str) -> Option<Kept> {
    let digits: String = number.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let sound = (12..=19).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !sound || !luhn(&digits) {
        return None;
    }
    let listed = WELL_KNOWN.iter().find(|card| card.number == Some(digits.as_str()));
    Some(Kept {
        behaviour: listed.map_or(Behaviour::Good, |card| card.behaviour),
        brand: brand(&digits).to_owned(),
        last4: digits[digits.len() - 4..].to_owned(),
    })
}

fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0');
            match (place % 2, digit) {
                (0, digit) => digit,
                (_, digit @ 0..=4) => digit * 2,
                (_, digit) => digit * 2 - 9,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

fn brand(digits: &str) -> &'static str {
    let leading = |count: usize| digits[..count].parse::<u32>().unwrap_or(0);
    match (leading(1), leading(2), leading(4)) {
        (4, ..) => "visa",
        (_, 51..=55, _) | (_, _, 2221..=2720) => "mastercard",
        (_, 34 | 37, _) => "amex",
        (_, 65, _) | (_, _, 6011) => "discover",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_number_is_sound_and_does_what_its_token_does() {
        for card in &WELL_KNOWN {
            assert_eq!(well_known(card.token), Some(card.behaviour));
            if let Some(number) = card.number {
                let read = read(number).unwrap();
                assert_eq!(
                    (read.behaviour, read.brand.as_str()),
                    (card.behaviour, "visa"),
                    "{number}"
                );
            }
        }
    }

    #[test]
    fn spaces_and_hyphens_do_not_matter_and_what_is_kept_is_the_end() {
        let read = read("5555-5555 5555-4444").unwrap();
        assert_eq!((read.brand.as_str(), read.last4.as_str()), ("mastercard", "4444"));
        assert_eq!(read.behaviour, Behaviour::Good);
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for bad in [
            "",
            "4242",
            "4242424242424241",
            "42424242424242424242",
            "424242424242424x",
            "４２４２424242424242",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn brands_are_told_by_how_numbers_begin() {
        for (number, expected) in [
            ("378282246310005", "amex"),
            ("6011111111111117", "discover"),
            ("2223003122003222", "mastercard"),
            ("3566002020360505", "unknown"),
        ] {
            assert_eq!(read(number).unwrap().brand, expected, "{number}");
        }
    }
}
