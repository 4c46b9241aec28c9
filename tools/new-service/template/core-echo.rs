//! Echoing a text.

use kernel::{InvalidInput, Violation, text::clean};

const LONGEST: usize = 200;

/// The text as it is sent back.
///
/// # Errors
/// The text breaks a rule of the domain.
pub fn echo(text: &str) -> Result<String, InvalidInput> {
    clean(text, 1, LONGEST).map_err(|error| InvalidInput(vec![Violation::new("text", error.to_string())]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_comes_back_trimmed() {
        assert_eq!(echo("  hello "), Ok("hello".to_owned()));
    }

    #[test]
    fn a_text_of_blanks_is_refused_by_name() {
        let refused = echo("   ").unwrap_err();
        assert_eq!(refused.0[0].field, "text");
    }
}
