//! Text from callers: one spelling of everything, before anything is compared or kept.

use unicode_normalization::UnicodeNormalization;

/// Why a text was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadText {
    /// Fewer characters than the field needs.
    #[error("must be at least {0} characters long")]
    TooShort(usize),
    /// More characters than the field takes.
    #[error("must be at most {0} characters long")]
    TooLong(usize),
    /// Characters that do not print.
    #[error("must not contain control characters")]
    Control,
    /// Not an e-mail address.
    #[error("must be an e-mail address")]
    NotEmail,
}

/// Trims and composes (NFC), refuses control characters, and holds the length between `min` and `max`
/// characters.
///
/// # Errors
/// The text has control characters or another length.
pub fn clean(raw: &str, min: usize, max: usize) -> Result<String, BadText> {
    let text: String = raw.trim().nfc().collect();
    if text.chars().any(char::is_control) {
        return Err(BadText::Control);
    }
    let length = text.chars().count();
    if length < min {
        Err(BadText::TooShort(min))
    } else if length > max {
        Err(BadText::TooLong(max))
    } else {
        Ok(text)
    }
}

/// Composes (NFC) and nothing else, for text that is never shown, trimmed or kept: passwords.
pub fn compose(raw: &str) -> String {
    raw.nfc().collect()
}

/// An e-mail address, in the one spelling that is kept and compared: NFC, lower case.
///
/// The check is the pragmatic one: something, `@`, a domain with a dot, no spaces, 254 bytes at most
/// (RFC 5321). Whether it can be delivered to is found out by delivering.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

impl Email {
    /// Reads an address as a person typed it.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(raw: &str) -> Result<Self, BadText> {
        let text = clean(raw, 3, 254)?.to_lowercase();
        // Lower-casing can decompose (İ), so compose again.
        let text: String = text.nfc().collect();
        let (local, domain) = text.rsplit_once('@').ok_or(BadText::NotEmail)?;
        let labels_ok = domain.contains('.') && domain.split('.').all(|label| !label.is_empty());
        let local_ok = !local.is_empty() && local.len() <= 64 && !local.contains('@');
        if local_ok && labels_ok && text.len() <= 254 && !text.contains(char::is_whitespace) {
            Ok(Self(text))
        } else {
            Err(BadText::NotEmail)
        }
    }

    /// The kept spelling.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn composed_and_decomposed_addresses_are_one() {
        let composed = Email::parse("Ren\u{e9}@Example.com").unwrap();
        let decomposed = Email::parse("  Rene\u{301}@example.COM ").unwrap();
        assert_eq!(composed, decomposed);
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in [
            "",
            "a",
            "a@",
            "@b.c",
            "a@b",
            "a b@c.d",
            "a@b..c",
            "a@b@c.d",
            "a\u{7}@b.c",
        ] {
            assert!(Email::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn length_is_counted_in_characters_after_trimming() {
        assert_eq!(clean("  \u{e9}\u{e9} ", 2, 2).as_deref(), Ok("\u{e9}\u{e9}"));
        assert_eq!(clean("a", 2, 5), Err(BadText::TooShort(2)));
        assert_eq!(clean("abcdef", 2, 5), Err(BadText::TooLong(5)));
        assert_eq!(clean("a\u{0}b", 0, 5), Err(BadText::Control));
    }
}
