//! What the provider knows: cards, charges, and what was answered under each key. Pure: deciding changes nothing,
//! an [`Entry`] that was recorded is applied, one that could not be recorded is taken back.

use std::collections::HashMap;

use kernel::IdSource;
use serde::{Deserialize, Serialize};

use crate::{
    card::{self, Behaviour, Decline, Kept},
    charge::{Asked, Charge, LARGEST_AMOUNT, Refusal, Standing, Status},
};

/// What may be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Request {
    /// A token for a card.
    Tokenize(Kept),
    /// A charge.
    Charge { key: String, order: ChargeOrder },
    /// Something with a charge.
    Change { key: String, charge: String, asked: Asked },
}

/// The charge that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChargeOrder {
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) payment_method: String,
    pub(crate) reference: String,
}

/// One thing that happened, as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub(crate) enum Entry {
    /// A card got a token.
    Card {
        id: String,
        #[serde(flatten)]
        kept: Kept,
    },
    /// A charge was made, or declined.
    Charge {
        key: String,
        id: String,
        order: ChargeOrder,
        behaviour: Behaviour,
        declined: Option<Decline>,
    },
    /// Something was done with a charge, or refused.
    Change {
        key: String,
        charge: String,
        asked: Asked,
        refused: Option<Refusal>,
    },
}

/// What is to happen with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decision {
    /// This is to be recorded.
    Record(Entry),
    /// It was answered before.
    Known(Answer),
    /// It cannot be, and leaves nothing behind.
    Rejected(Rejection),
}

/// What is answered; under a key, for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    Card { id: String, kept: Kept },
    Charge(ChargeView),
    Refused { refusal: Refusal, charge: String },
}

/// A charge as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ChargeView {
    pub(crate) id: String,
    pub(crate) reference: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) status: Status,
    pub(crate) captured: i64,
    pub(crate) refunded: i64,
}

/// Why a request was not considered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rejection {
    KeyReused,
    UnknownCharge,
    UnknownPaymentMethod,
}

/// What was done under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Operation {
    charge: usize,
    /// Nothing for the charge itself.
    asked: Option<Asked>,
    outcome: Result<Standing, Refusal>,
}

/// The books.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Books {
    cards: HashMap<String, Kept>,
    /// In the order in which they were recorded, which is that of listings.
    charges: Vec<Charge>,
    by_id: HashMap<String, usize>,
    operations: HashMap<String, Operation>,
}

impl Books {
    /// What is to happen with a request, as things stand.
    pub(crate) fn decide(&self, request: Request, ids: &dyn IdSource, relent: bool) -> Decision {
        match request {
            Request::Tokenize(kept) => Decision::Record(Entry::Card {
                id: format!("card_{}", ids.next().simple()),
                kept,
            }),
            Request::Charge { key, order } => self.decide_charge(key, order, ids),
            Request::Change { key, charge, asked } => self.decide_change(key, charge, asked, relent),
        }
    }

    fn decide_charge(&self, key: String, order: ChargeOrder, ids: &dyn IdSource) -> Decision {
        if let Some(done) = self.operations.get(&key) {
            let charge = &self.charges[done.charge];
            let same = done.asked.is_none()
                && order.amount == charge.amount
                && order.currency == charge.currency
                && order.payment_method == charge.payment_method
                && order.reference == charge.reference;
            return self.known(done, same);
        }
        let Some(behaviour) = self.behaviour_of(&order.payment_method) else {
            return Decision::Rejected(Rejection::UnknownPaymentMethod);
        };
        let declined = match behaviour {
            Behaviour::Refuses(decline) => Some(decline),
            _ if order.amount > LARGEST_AMOUNT => Some(Decline::AmountTooLarge),
            _ => None,
        };
        Decision::Record(Entry::Charge {
            key,
            id: format!("ch_{}", ids.next().simple()),
            order,
            behaviour,
            declined,
        })
    }

    fn decide_change(&self, key: String, charge: String, asked: Asked, relent: bool) -> Decision {
        if let Some(done) = self.operations.get(&key) {
            let same = done.asked == Some(asked) && self.charges[done.charge].id == charge;
            return self.known(done, same);
        }
        let Some(found) = self.charge(&charge) else {
            return Decision::Rejected(Rejection::UnknownCharge);
        };
        let refused = found.after(asked, relent).err();
        Decision::Record(Entry::Change {
            key,
            charge,
            asked,
            refused,
        })
    }

    fn known(&self, done: &Operation, same: bool) -> Decision {
        if same {
            Decision::Known(self.answer(done))
        } else {
            Decision::Rejected(Rejection::KeyReused)
        }
    }

    /// Takes in what was decided from these books. Nothing when the entry does not belong to them, or is known.
    pub(crate) fn apply(&mut self, entry: &Entry) -> Option<Answer> {
        let is_known = match entry {
            Entry::Card { id, .. } => self.cards.contains_key(id),
            Entry::Charge { key, .. } | Entry::Change { key, .. } => self.operations.contains_key(key),
        };
        if is_known {
            return None;
        }
        let (key, operation) = match entry {
            Entry::Card { id, kept } => {
                self.cards.insert(id.clone(), kept.clone());
                return Some(Answer::Card {
                    id: id.clone(),
                    kept: kept.clone(),
                });
            }
            Entry::Charge {
                key,
                id,
                order,
                behaviour,
                declined,
            } => {
                let status = if declined.is_some() {
                    Status::Declined
                } else {
                    Status::Authorized
                };
                let standing = Standing::new(status);
                let place = self.charges.len();
                self.by_id.insert(id.clone(), place);
                self.charges.push(Charge {
                    id: id.clone(),
                    reference: order.reference.clone(),
                    amount: order.amount,
                    currency: order.currency.clone(),
                    payment_method: order.payment_method.clone(),
                    behaviour: *behaviour,
                    standing,
                });
                let outcome = declined.map_or(Ok(standing), |decline| Err(Refusal::Declined(decline)));
                let operation = Operation {
                    charge: place,
                    asked: None,
                    outcome,
                };
                (key, operation)
            }
            Entry::Change {
                key,
                charge,
                asked,
                refused,
            } => {
                let place = *self.by_id.get(charge)?;
                let outcome = match refused {
                    Some(refusal) => Err(*refusal),
                    // It was decided already whether the card relents.
                    None => Ok(self.charges[place].after(*asked, true).ok()?),
                };
                if let Ok(standing) = outcome {
                    self.charges[place].standing = standing;
                }
                let operation = Operation {
                    charge: place,
                    asked: Some(*asked),
                    outcome,
                };
                (key, operation)
            }
        };
        let answer = self.answer(&operation);
        self.operations.insert(key.clone(), operation);
        Some(answer)
    }

    /// Takes back the entry that was applied last.
    pub(crate) fn revert(&mut self, entry: &Entry) {
        match entry {
            Entry::Card { id, .. } => {
                self.cards.remove(id);
            }
            Entry::Charge { key, id, .. } => {
                self.operations.remove(key);
                self.by_id.remove(id);
                self.charges.pop();
            }
            Entry::Change {
                key,
                charge,
                asked,
                refused,
            } => {
                self.operations.remove(key);
                let Some(place) = self.by_id.get(charge) else { return };
                let standing = &mut self.charges[*place].standing;
                *standing = match (refused, asked) {
                    (Some(_), _) => *standing,
                    (None, Asked::Capture(_) | Asked::Void) => Standing::new(Status::Authorized),
                    (None, Asked::Refund(amount)) => Standing {
                        refunded: standing.refunded - amount,
                        ..*standing
                    },
                };
            }
        }
    }

    /// What the card of a token does; nothing for a token that nobody gave out.
    pub(crate) fn behaviour_of(&self, payment_method: &str) -> Option<Behaviour> {
        card::well_known(payment_method).or_else(|| self.cards.get(payment_method).map(|kept| kept.behaviour))
    }

    /// Whether this would be a first charge of a card that takes its time.
    pub(crate) fn takes_its_time(&self, request: &Request) -> bool {
        match request {
            Request::Charge { key, order } => {
                !self.operations.contains_key(key) && self.behaviour_of(&order.payment_method) == Some(Behaviour::Slow)
            }
            Request::Tokenize(_) | Request::Change { .. } => false,
        }
    }

    /// Whether the first answer about this charge gets lost.
    pub(crate) fn loses_replies(&self, answer: &Answer) -> bool {
        let id = match answer {
            Answer::Card { .. } => return false,
            Answer::Charge(view) => &view.id,
            Answer::Refused { charge, .. } => charge,
        };
        self.charge(id)
            .is_some_and(|charge| charge.behaviour == Behaviour::LostReply)
    }

    /// What was asked for under a key, and answered.
    pub(crate) fn operation(&self, key: &str) -> Option<(&'static str, Answer)> {
        let done = self.operations.get(key)?;
        let kind = match done.asked {
            None => "authorize",
            Some(Asked::Capture(_)) => "capture",
            Some(Asked::Void) => "void",
            Some(Asked::Refund(_)) => "refund",
        };
        Some((kind, self.answer(done)))
    }

    /// One charge as it is now.
    pub(crate) fn view(&self, id: &str) -> Option<ChargeView> {
        self.charge(id).map(|charge| view(charge, charge.standing))
    }

    /// Charges as they are now, oldest first, and where the next page starts. Nothing when there is no charge
    /// `after`.
    pub(crate) fn list(&self, after: Option<&str>, limit: usize) -> Option<(Vec<ChargeView>, Option<String>)> {
        let from = match after {
            Some(id) => self.by_id.get(id)? + 1,
            None => 0,
        };
        let rest = self.charges.get(from..).unwrap_or_default();
        let page: Vec<_> = rest
            .iter()
            .take(limit)
            .map(|charge| view(charge, charge.standing))
            .collect();
        let next = page
            .last()
            .filter(|_| rest.len() > page.len())
            .map(|last| last.id.clone());
        Some((page, next))
    }

    fn charge(&self, id: &str) -> Option<&Charge> {
        self.by_id.get(id).map(|place| &self.charges[*place])
    }

    fn answer(&self, operation: &Operation) -> Answer {
        let charge = &self.charges[operation.charge];
        match operation.outcome {
            Ok(standing) => Answer::Charge(view(charge, standing)),
            Err(refusal) => Answer::Refused {
                refusal,
                charge: charge.id.clone(),
            },
        }
    }
}

fn view(charge: &Charge, standing: Standing) -> ChargeView {
    ChargeView {
        id: charge.id.clone(),
        reference: charge.reference.clone(),
        amount: charge.amount,
        currency: charge.currency.clone(),
        status: standing.status,
        captured: standing.captured,
        refunded: standing.refunded,
    }
}

#[cfg(test)]
mod tests;
