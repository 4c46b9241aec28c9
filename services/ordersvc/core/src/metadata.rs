use std::collections::BTreeMap;

use kernel::{Violation, text};

const PAIRS: usize = 50;
const KEY: usize = 40;
const VALUE: usize = 500;

/// Brings metadata as callers write it into the one kept form.
pub(crate) fn checked(draft: BTreeMap<String, String>, found: &mut Vec<Violation>) -> BTreeMap<String, String> {
    if draft.len() > PAIRS {
        found.push(Violation::new("metadata", format!("must have at most {PAIRS} pairs")));
        return BTreeMap::new();
    }
    let mut kept = BTreeMap::new();
    for (raw_key, raw_value) in draft {
        match (text::clean(&raw_key, 1, KEY), text::clean(&raw_value, 0, VALUE)) {
            (Ok(key), Ok(value)) => {
                if kept.insert(key, value).is_some() {
                    found.push(Violation::new(
                        "metadata",
                        "keys must differ by more than their spelling",
                    ));
                }
            }
            (Err(error), _) => found.push(Violation::new("metadata", format!("a key {error}"))),
            (Ok(key), Err(error)) => found.push(Violation::new(format!("metadata[\"{key}\"]"), error.to_string())),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: impl IntoIterator<Item = (String, String)>) -> Vec<String> {
        let mut found = Vec::new();
        checked(pairs.into_iter().collect(), &mut found);
        found.into_iter().map(|violation| violation.field).collect()
    }

    #[test]
    fn fifty_short_pairs_are_taken_and_nothing_beyond() {
        let pair = |n: usize| (format!("k{n}"), "v".repeat(VALUE));
        assert_eq!(fields((0..50).map(pair)), Vec::<String>::new());
        assert_eq!(fields((0..51).map(pair)), ["metadata"]);
        assert_eq!(fields([("k".repeat(41), String::new())]), ["metadata"]);
        assert_eq!(fields([("k".to_owned(), "v".repeat(501))]), ["metadata[\"k\"]"]);
        assert_eq!(fields([(String::new(), String::new())]), ["metadata"]);
    }

    #[test]
    fn keys_that_are_one_after_cleaning_are_refused() {
        assert_eq!(
            fields([("a".to_owned(), String::new()), (" a".to_owned(), String::new())]),
            ["metadata"]
        );
    }
}
