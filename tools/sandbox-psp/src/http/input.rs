//! What comes in, checked. Nothing of a body is ever quoted: it may be a card.

use bytes::Bytes;
use http::HeaderMap;
use serde::{Deserialize, de::DeserializeOwned};

use super::answer::Problem;
use crate::{
    books::ChargeOrder,
    card::{self, Kept},
};

const IDEMPOTENCY_KEY: &str = "idempotency-key";

pub(super) fn json<T: DeserializeOwned>(body: &Bytes) -> Result<T, Problem> {
    const EXPECTED: Problem = Problem::Invalid("the body must be a JSON object as the API describes it");
    // The parser would take an array for an object whose fields have no names.
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(EXPECTED);
    }
    // Its own words may quote what it found.
    serde_json::from_slice(body).map_err(|_| EXPECTED)
}

/// Has no `Debug`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Card {
    number: String,
    exp_month: u8,
    exp_year: u16,
    cvc: String,
}

pub(super) fn card(body: &Bytes) -> Result<Kept, Problem> {
    let Card {
        number,
        exp_month,
        exp_year,
        cvc,
    } = json(body)?;
    let kept = card::read(&number).ok_or(Problem::InvalidNumber)?;
    if !(1..=12).contains(&exp_month) || !(2000..=2199).contains(&exp_year) {
        return Err(Problem::Invalid("`exp_month` and `exp_year` must be a month of a year"));
    }
    if !(3..=4).contains(&cvc.len()) || !cvc.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Problem::Invalid("`cvc` must be 3 or 4 digits"));
    }
    Ok(kept)
}

pub(super) fn charge(body: &Bytes) -> Result<ChargeOrder, Problem> {
    let order: ChargeOrder = json(body)?;
    if order.amount <= 0 {
        return Err(Problem::Invalid("`amount` must be more than 0"));
    }
    if order.currency.len() != 3 || !order.currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(Problem::Invalid("`currency` must be three upper-case letters"));
    }
    if !(1..=255).contains(&order.reference.len()) {
        return Err(Problem::Invalid("`reference` must be text of 1 to 255 bytes"));
    }
    Ok(order)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Amount {
    amount: i64,
}

pub(super) fn amount(body: &Bytes) -> Result<i64, Problem> {
    let Amount { amount } = json(body)?;
    if amount > 0 {
        Ok(amount)
    } else {
        Err(Problem::Invalid("`amount` must be more than 0"))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

pub(super) fn nothing(body: &Bytes) -> Result<(), Problem> {
    if body.is_empty() {
        return Ok(());
    }
    json(body).map(|Nothing {}| ())
}

/// 1 to 255 visible ASCII characters.
pub(super) fn key(headers: &HeaderMap) -> Result<String, Problem> {
    const EXPECTED: Problem = Problem::Invalid("`Idempotency-Key` must be one, of 1 to 255 visible ASCII characters");
    let mut all = headers.get_all(IDEMPOTENCY_KEY).iter();
    let (Some(value), None) = (all.next(), all.next()) else {
        return Err(EXPECTED);
    };
    let text = value.to_str().map_err(|_| EXPECTED)?;
    let fits = (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { Ok(text.to_owned()) } else { Err(EXPECTED) }
}
