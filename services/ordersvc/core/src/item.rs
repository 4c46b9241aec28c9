use kernel::{Currency, Money, Violation, text};

/// The fewest and the most items an order may have.
pub(crate) const ITEMS: std::ops::RangeInclusive<usize> = 1..=500;

/// One line of an order: so many of one thing at one price.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Item {
    /// What it is, in the words of the catalog; 1 to 64 characters.
    pub sku: String,
    /// What it is, in the words of people; at most 200 characters.
    pub name: String,
    /// How many; at least 1.
    pub quantity: i32,
    /// Price of one, in minor units of the order's currency; not negative.
    pub unit_price_minor: i64,
}

/// Brings items as callers write them into the one kept form and adds them up.
pub(crate) fn checked(drafts: Vec<Item>, currency: Currency, found: &mut Vec<Violation>) -> (Vec<Item>, Money) {
    let nothing = Money::zero(currency);
    if !ITEMS.contains(&drafts.len()) {
        found.push(Violation::new("items", "must have 1 to 500 items"));
        return (Vec::new(), nothing);
    }
    let known = found.len();
    let items: Vec<Item> = drafts
        .into_iter()
        .enumerate()
        .map(|(index, draft)| draft.checked(index, found))
        .collect();
    if found.len() > known {
        return (items, nothing);
    }
    match total(&items, currency) {
        Ok(total) => (items, total),
        Err(error) => {
            found.push(Violation::new("items", error.to_string()));
            (items, nothing)
        }
    }
}

/// What the items cost together.
fn total(items: &[Item], currency: Currency) -> Result<Money, kernel::MoneyError> {
    items.iter().try_fold(Money::zero(currency), |sum, item| {
        sum.checked_add(Money::new(item.unit_price_minor, currency).checked_mul(item.quantity.into())?)
    })
}

impl Item {
    fn checked(self, index: usize, found: &mut Vec<Violation>) -> Self {
        let mut field = |name: &str, raw: &str, min, max| {
            text::clean(raw, min, max).unwrap_or_else(|error| {
                found.push(Violation::new(format!("items[{index}].{name}"), error.to_string()));
                String::new()
            })
        };
        let sku = field("sku", &self.sku, 1, 64);
        let name = field("name", &self.name, 0, 200);
        if self.quantity < 1 {
            found.push(Violation::new(
                format!("items[{index}].quantity"),
                "must be greater than 0",
            ));
        }
        if self.unit_price_minor < 0 {
            found.push(Violation::new(
                format!("items[{index}].unit_price_cents"),
                "must not be negative",
            ));
        }
        Self { sku, name, ..self }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn item(quantity: i32, unit_price_minor: i64) -> Item {
        Item {
            sku: "tea".to_owned(),
            name: String::new(),
            quantity,
            unit_price_minor,
        }
    }

    fn fields(drafts: Vec<Item>) -> Vec<String> {
        let mut found = Vec::new();
        checked(drafts, Currency::USD, &mut found);
        found.into_iter().map(|violation| violation.field).collect()
    }

    #[test]
    fn one_to_five_hundred_items_are_an_order() {
        assert_eq!(fields(vec![item(1, 1); 500]), Vec::<String>::new());
        assert_eq!(fields(vec![]), ["items"]);
        assert_eq!(fields(vec![item(1, 1); 501]), ["items"]);
    }

    #[test]
    fn everything_that_is_wrong_with_the_items_is_told_at_once() {
        let bad = Item {
            sku: " ".to_owned(),
            name: "a\u{0}b".to_owned(),
            quantity: 0,
            unit_price_minor: -1,
        };
        assert_eq!(
            fields(vec![item(1, 0), bad]),
            [
                "items[1].sku",
                "items[1].name",
                "items[1].quantity",
                "items[1].unit_price_cents"
            ]
        );
    }

    #[test]
    fn texts_are_kept_trimmed_and_composed() {
        let draft = Item {
            sku: " te\u{301}a ".to_owned(),
            ..item(1, 1)
        };
        let (items, _) = checked(vec![draft], Currency::USD, &mut Vec::new());
        assert_eq!(items[0].sku, "t\u{e9}a");
    }

    proptest! {
        #[test]
        fn a_total_is_exact_or_refused(lines in prop::collection::vec((1..i32::MAX, 0..i64::MAX), 1..5)) {
            let exact: Option<i64> = lines.iter().try_fold(0_i64, |sum, (quantity, price)| {
                sum.checked_add(price.checked_mul((*quantity).into())?)
            });
            let mut found = Vec::new();
            let drafts = lines.into_iter().map(|(quantity, price)| item(quantity, price)).collect();
            let (_, total) = checked(drafts, Currency::USD, &mut found);
            prop_assert_eq!(exact, found.is_empty().then_some(total.minor()));
        }
    }
}
