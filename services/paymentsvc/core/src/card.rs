//! Cards, while they are being turned into tokens. Nothing here shows, copies or keeps a number or a CVC.

use std::fmt;

use kernel::{Classify, ErrorKind, InvalidInput, Violation};
use time::OffsetDateTime;

/// A card's number: 12 to 19 digits whose last one fits the others (Luhn). `Debug` hides it.
pub struct CardNumber(String);

/// A card's check value: 3 or 4 digits. `Debug` hides it.
pub struct Cvc(String);

/// The last month in which a card is good.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Expiry {
    year: i32,
    month: u8,
}

/// A card as its holder typed it, checked.
#[derive(Debug)]
pub struct CardDetails {
    /// Its number.
    pub number: CardNumber,
    /// How long it is good.
    pub expiry: Expiry,
    /// Its check value.
    pub cvc: Cvc,
}

/// A card as a caller sent it. Has no `Debug`.
pub struct CardInput<'a> {
    /// Digits; spaces and hyphens between them do not matter.
    pub number: &'a str,
    /// 1 to 12.
    pub exp_month: i32,
    /// Four digits.
    pub exp_year: i32,
    /// 3 or 4 digits.
    pub cvc: &'a str,
}

/// What may be known of a card by everybody who sees its payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Lower case: `visa`; `unknown` when the number does not tell.
    pub brand: String,
    /// The last four digits of its number.
    pub last4: String,
}

/// A card that is none. Tells which field is wrong, never what was in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCard {
    /// The number is no card's; other fields may be wrong too.
    #[error(transparent)]
    Number(InvalidInput),
    /// The number is good, something else is not.
    #[error(transparent)]
    Other(InvalidInput),
}

impl InvalidCard {
    const fn violated(&self) -> &InvalidInput {
        match self {
            InvalidCard::Number(invalid) | InvalidCard::Other(invalid) => invalid,
        }
    }
}

impl Classify for InvalidCard {
    fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidInput
    }
    fn reason(&self) -> &str {
        match self {
            InvalidCard::Number(_) => "INVALID_CARD_NUMBER",
            InvalidCard::Other(invalid) => invalid.reason(),
        }
    }
    fn violations(&self) -> Vec<Violation> {
        self.violated().violations()
    }
}

impl CardDetails {
    /// Checks a card.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(card: &CardInput<'_>, now: OffsetDateTime) -> Result<Self, InvalidCard> {
        let mut found = Vec::new();
        let number = CardNumber::parse(card.number);
        if number.is_none() {
            found.push(Violation::new("number", "must be the number of a card"));
        }
        let expiry = Expiry::try_new(card.exp_month, card.exp_year);
        match expiry {
            None => found.push(Violation::new("exp_month", "must be a month of a year: 1 to 12")),
            Some(expiry) if expiry.is_past(now) => {
                found.push(Violation::new("exp_year", "must not be in the past"));
            }
            Some(_) => {}
        }
        let cvc = Cvc::parse(card.cvc);
        if cvc.is_none() {
            found.push(Violation::new("cvc", "must be 3 or 4 digits"));
        }
        match (number, expiry, cvc) {
            (None, ..) => Err(InvalidCard::Number(InvalidInput(found))),
            (Some(number), Some(expiry), Some(cvc)) if found.is_empty() => Ok(Self { number, expiry, cvc }),
            _ => Err(InvalidCard::Other(InvalidInput(found))),
        }
    }
}

impl CardNumber {
    /// Reads a number in which spaces and hyphens do not matter; `None` when it is no card's.
    pub fn parse(raw: &str) -> Option<Self> {
        let mut digits = String::with_capacity(19);
        for character in raw.trim().chars() {
            match character {
                '0'..='9' if digits.len() < 19 => digits.push(character),
                ' ' | '-' => {}
                _ => return None,
            }
        }
        ((12..=19).contains(&digits.len()) && luhn(&digits)).then_some(Self(digits))
    }

    /// The digits, for the provider only.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The last four digits.
    pub fn last4(&self) -> &str {
        &self.0[self.0.len() - 4..]
    }
}

/// From the right, every second digit counts twice; the sum of all digits ends in 0.
fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(digit - b'0');
            match place % 2 {
                0 => digit,
                _ if digit > 4 => digit * 2 - 9,
                _ => digit * 2,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

impl Cvc {
    /// Reads a check value; `None` when it is not 3 or 4 digits.
    pub fn parse(raw: &str) -> Option<Self> {
        let fits = (3..=4).contains(&raw.len()) && raw.bytes().all(|byte| byte.is_ascii_digit());
        fits.then(|| Self(raw.to_owned()))
    }

    /// The digits, for the provider only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Expiry {
    /// A month of a year; `None` when there is no such month.
    pub fn try_new(month: i32, year: i32) -> Option<Self> {
        let month = u8::try_from(month).ok().filter(|month| (1..=12).contains(month))?;
        (2000..=2199).contains(&year).then_some(Self { year, month })
    }

    /// The month, 1 to 12.
    pub const fn month(self) -> u8 {
        self.month
    }

    /// The year, four digits.
    pub const fn year(self) -> i32 {
        self.year
    }

    /// Whether the month is over.
    pub fn is_past(self, now: OffsetDateTime) -> bool {
        (self.year, self.month) < (now.year(), u8::from(now.month()))
    }
}

impl fmt::Debug for CardNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardNumber([redacted])")
    }
}

impl fmt::Debug for Cvc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cvc([redacted])")
    }
}

impl fmt::Debug for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Expiry([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noon of 1 July 2026.
    fn now() -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(1_782_907_200).unwrap()
    }

    fn card<'a>(number: &'a str, month: i32, year: i32, cvc: &'a str) -> CardInput<'a> {
        CardInput {
            number,
            exp_month: month,
            exp_year: year,
            cvc,
        }
    }

    fn fields(invalid: &InvalidCard) -> Vec<String> {
        invalid.violations().into_iter().map(|found| found.field).collect()
    }

    #[test]
    fn numbers_of_cards_are_taken_with_spaces_and_hyphens() {
        for number in [
            "4242424242424242",
            " 4242 4242-4242 4242 ",
            "378282246310005",
            "6304000000000000000",
        ] {
            assert!(CardNumber::parse(number).is_some(), "{number}");
        }
        assert_eq!(CardNumber::parse("4242 4242 4242 4242").unwrap().last4(), "4242");
    }

    #[test]
    fn what_is_no_number_of_a_card_is_refused() {
        for number in [
            "",
            "4242424242424241",
            "42424242424",
            "00000000000000000000",
            "4242x242424242424",
            "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢",
            "4242\u{a0}4242 4242 4242",
        ] {
            assert!(CardNumber::parse(number).is_none(), "{number}");
        }
    }

    #[test]
    fn one_wrong_digit_or_two_swapped_are_noticed() {
        let good = "4000056655665556";
        for place in 0..good.len() {
            for digit in '0'..='9' {
                let mut other: Vec<char> = good.chars().collect();
                if other[place] == digit {
                    continue;
                }
                other[place] = digit;
                let other: String = other.into_iter().collect();
                assert!(CardNumber::parse(&other).is_none(), "{other}");
            }
        }
    }

    #[test]
    fn everything_wrong_with_a_card_is_told_at_once() {
        let invalid = CardDetails::read(&card("1", 13, 2030, "x"), now()).unwrap_err();
        assert_eq!(invalid.reason(), "INVALID_CARD_NUMBER");
        assert_eq!(fields(&invalid), ["number", "exp_month", "cvc"]);
        let invalid = CardDetails::read(&card("4242424242424242", 6, 2026, "12"), now()).unwrap_err();
        assert_eq!(invalid.reason(), "INVALID_INPUT");
        assert_eq!(fields(&invalid), ["exp_year", "cvc"]);
    }

    #[test]
    fn a_card_is_good_until_its_month_ends() {
        assert!(CardDetails::read(&card("4242424242424242", 7, 2026, "123"), now()).is_ok());
        assert!(CardDetails::read(&card("4242424242424242", 6, 2026, "123"), now()).is_err());
        assert!(CardDetails::read(&card("4242424242424242", 1, 2027, "1234"), now()).is_ok());
    }

    #[test]
    fn nothing_of_a_card_shows() {
        let details = CardDetails::read(&card("4242424242424242", 12, 2033, "987"), now()).unwrap();
        let shown = format!("{details:?} {details:#?}");
        for secret in ["4242", "987", "2033"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
