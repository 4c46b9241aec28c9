//! One charge and what may become of it.

use serde::{Deserialize, Serialize};

use crate::card::{Behaviour, Decline};

/// The most that is charged at once, in minor units.
pub(crate) const LARGEST_AMOUNT: i64 = 99_999_999;

/// Where a charge is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Authorized,
    Captured,
    Voided,
    Declined,
}

/// Where a charge is and what has been moved. Never `refunded > captured`, nor `captured` more than the charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) status: Status,
    pub(crate) captured: i64,
    pub(crate) refunded: i64,
}

impl Standing {
    /// At the beginning.
    pub(crate) const fn new(status: Status) -> Self {
        Self {
            status,
            captured: 0,
            refunded: 0,
        }
    }
}

/// What can be asked of a charge that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Asked {
    /// To take so much, once; the rest is released.
    Capture(i64),
    /// To release it.
    Void,
    /// To give so much back.
    Refund(i64),
}

/// Why something was not done, for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Refusal {
    /// The card said no.
    Declined(Decline),
    /// The money cannot be taken.
    CaptureRefused,
    /// The money cannot be given back.
    RefundRefused,
    /// The charge is not where that can be done, or has not so much.
    WrongState,
}

/// A charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Charge {
    pub(crate) id: String,
    pub(crate) reference: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) payment_method: String,
    pub(crate) behaviour: Behaviour,
    pub(crate) standing: Standing,
}

impl Charge {
    /// Where the charge is after what is asked. `relent` takes the cards that refuse captures and refunds for
    /// good ones.
    pub(crate) fn after(&self, asked: Asked, relent: bool) -> Result<Standing, Refusal> {
        let now = self.standing;
        match (asked, now.status) {
            (Asked::Capture(amount), Status::Authorized) if (1..=self.amount).contains(&amount) => {
                if self.behaviour == Behaviour::CaptureRefused && !relent {
                    return Err(Refusal::CaptureRefused);
                }
                Ok(Standing {
                    status: Status::Captured,
                    captured: amount,
                    ..now
                })
            }
            (Asked::Void, Status::Authorized) => Ok(Standing::new(Status::Voided)),
            (Asked::Refund(amount), Status::Captured) if (1..=now.captured - now.refunded).contains(&amount) => {
                if self.behaviour == Behaviour::RefundRefused && !relent {
                    return Err(Refusal::RefundRefused);
                }
                Ok(Standing {
                    refunded: now.refunded + amount,
                    ..now
                })
            }
            _ => Err(Refusal::WrongState),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn charge(behaviour: Behaviour) -> Charge {
        Charge {
            id: "ch_1".to_owned(),
            reference: "payment".to_owned(),
            amount: 100,
            currency: "USD".to_owned(),
            payment_method: "pm_card_visa".to_owned(),
            behaviour,
            standing: Standing::new(Status::Authorized),
        }
    }

    fn asked() -> impl Strategy<Value = Asked> {
        prop_oneof![
            (-5_i64..130).prop_map(Asked::Capture),
            Just(Asked::Void),
            (-5_i64..130).prop_map(Asked::Refund),
            Just(Asked::Refund(i64::MAX)),
        ]
    }

    proptest! {
        #[test]
        fn money_given_back_never_exceeds_money_taken(all in prop::collection::vec(asked(), 0..40)) {
            let mut charge = charge(Behaviour::Good);
            let (mut taken, mut returned) = (0, 0);
            for asked in all {
                if let Ok(next) = charge.after(asked, false) {
                    match asked {
                        Asked::Capture(amount) => taken += amount,
                        Asked::Refund(amount) => returned += amount,
                        Asked::Void => {}
                    }
                    charge.standing = next;
                }
                let now = charge.standing;
                prop_assert_eq!((now.captured, now.refunded), (taken, returned));
                prop_assert!(0 <= now.refunded && now.refunded <= now.captured && now.captured <= charge.amount);
                prop_assert!(now.status == Status::Captured || now.captured == 0);
            }
        }
    }

    #[test]
    fn a_capture_in_part_is_the_only_one() {
        let mut charge = charge(Behaviour::Good);
        charge.standing = charge.after(Asked::Capture(60), false).unwrap();
        assert_eq!(charge.after(Asked::Capture(40), false), Err(Refusal::WrongState));
        assert_eq!(charge.after(Asked::Void, false), Err(Refusal::WrongState));
        assert_eq!(charge.after(Asked::Refund(61), false), Err(Refusal::WrongState));
        assert_eq!(charge.after(Asked::Refund(60), false).unwrap().refunded, 60);
    }

    #[test]
    fn cards_that_refuse_do_so_until_told_to_relent() {
        let refuses = charge(Behaviour::CaptureRefused);
        assert_eq!(refuses.after(Asked::Capture(1), false), Err(Refusal::CaptureRefused));
        assert!(refuses.after(Asked::Capture(1), true).is_ok());
        assert!(refuses.after(Asked::Void, false).is_ok());
        let mut keeps = charge(Behaviour::RefundRefused);
        keeps.standing = keeps.after(Asked::Capture(100), false).unwrap();
        assert_eq!(keeps.after(Asked::Refund(1), false), Err(Refusal::RefundRefused));
        assert!(keeps.after(Asked::Refund(1), true).is_ok());
    }
}
