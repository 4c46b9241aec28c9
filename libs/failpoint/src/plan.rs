use std::sync::atomic::{AtomicU32, Ordering};

/// Where to end: each place with how many more times it is passed until then.
#[derive(Debug)]
pub(crate) struct Plan(Vec<(String, AtomicU32)>);

impl Plan {
    /// Reads `name`, `name=N`, or several separated by commas.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        text.split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(|part| {
                let (name, count) = part.split_once('=').unwrap_or((part, "1"));
                match count.parse() {
                    Ok(count @ 1..) if !name.is_empty() => Ok((name.to_owned(), AtomicU32::new(count))),
                    _ => Err(format!("has `{part}`, expected `name` or `name=N` with N from 1")),
                }
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Counts one hit; whether it is the one that ends the process.
    pub(crate) fn ends_at(&self, name: &str) -> bool {
        self.0
            .iter()
            .filter(|(planned, _)| planned == name)
            .any(|(_, left)| left.fetch_sub(1, Ordering::Relaxed) == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_is_not_named_never_ends() {
        for text in ["", "save.before", "save", "save.after.all"] {
            let plan = Plan::parse(text).unwrap();
            assert!(!plan.ends_at("save.after"), "{text}");
        }
    }

    #[test]
    fn a_name_ends_at_the_first_hit_and_with_a_number_at_that_one() {
        let plan = Plan::parse(" save.before , ask.after=3").unwrap();
        assert!(!plan.ends_at("ask.after"));
        assert!(!plan.ends_at("ask.after"));
        assert!(plan.ends_at("ask.after"));
        assert!(plan.ends_at("save.before"));
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        for text in ["save=", "save=0", "save=-1", "save=x", "=1", "fine,save=x"] {
            let wrong = Plan::parse(text).unwrap_err();
            assert!(wrong.contains("expected `name` or `name=N`"), "{wrong}");
        }
    }
}
