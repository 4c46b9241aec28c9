use kernel::{Secret, text};

/// A password that may be chosen: 12 to 128 characters, composed (NFC), not a common one.
#[derive(Debug, Clone)]
pub struct Password(Secret<String>);

/// Why a password may not be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPassword {
    /// Wrong length.
    #[error("must be 12 to 128 characters long")]
    Length,
    /// Everybody's first guess.
    #[error("must not be one of the passwords that are guessed first")]
    Common,
    /// The address itself.
    #[error("must not be the e-mail address")]
    Address,
}

/// Passwords of at least 12 characters that lists of leaked ones begin with.
const COMMON: &str = include_str!("password/common.txt");
/// Fewer different characters than this are guessed as soon as the length is.
const DISTINCT: usize = 5;

impl Password {
    /// Holds a password that somebody chooses for an address against the rules.
    ///
    /// # Errors
    /// It breaks one.
    pub fn choose(raw: &str, address: &str) -> Result<Self, BadPassword> {
        let text = text::compose(raw);
        if !(12..=128).contains(&text.chars().count()) {
            return Err(BadPassword::Length);
        }
        let lower = text.to_lowercase();
        let distinct = lower.chars().collect::<std::collections::BTreeSet<_>>().len();
        if distinct < DISTINCT || COMMON.lines().any(|common| common == lower) {
            return Err(BadPassword::Common);
        }
        if lower == address.trim().to_lowercase() {
            return Err(BadPassword::Address);
        }
        Ok(Self(Secret::new(text)))
    }

    /// Takes a password that somebody claims to have chosen; no rule but the composition.
    pub fn claimed(raw: &str) -> Self {
        Self(Secret::new(text::compose(raw)))
    }

    /// Shows it to the hasher.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// A hashed password in PHC string format. Secret enough not to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordHash(Secret<String>);

impl PasswordHash {
    /// Takes a PHC string.
    pub fn new(phc: String) -> Self {
        Self(Secret::new(phc))
    }
    /// The PHC string.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_is_counted_in_composed_characters() {
        let address = "ada@example.com";
        assert!(Password::choose("twelve chars", address).is_ok());
        assert_eq!(
            Password::choose("eleven char", address).err(),
            Some(BadPassword::Length)
        );
        let long = "abcdefgh".repeat(16);
        assert!(Password::choose(&long, address).is_ok());
        assert_eq!(
            Password::choose(&format!("{long}i"), address).err(),
            Some(BadPassword::Length)
        );
        let decomposed = "e\u{301}abcdefghij";
        assert_eq!(Password::choose(decomposed, address).err(), Some(BadPassword::Length));
        assert_eq!(
            Password::claimed("e\u{301}").expose(),
            Password::claimed("\u{e9}").expose()
        );
    }

    #[test]
    fn what_is_guessed_first_is_refused() {
        let address = "ada.lovelace@example.com";
        for common in [
            "password1234",
            "PASSWORD1234",
            "aaaaaaaaaaaaaaa",
            "121212121212",
            "qwertyuiop12",
        ] {
            assert_eq!(
                Password::choose(common, address).err(),
                Some(BadPassword::Common),
                "{common}"
            );
        }
        let same = Password::choose("Ada.Lovelace@example.com", address);
        assert_eq!(same.err(), Some(BadPassword::Address));
    }

    #[test]
    fn the_list_is_lower_case_long_enough_and_without_duplicates() {
        let mut seen = std::collections::BTreeSet::new();
        for line in COMMON.lines() {
            assert!(
                line.chars().count() >= 12 && line == line.to_lowercase() && seen.insert(line),
                "{line}"
            );
        }
        assert!(seen.len() > 100);
    }

    #[test]
    fn a_password_never_shows_itself() {
        let shown = format!("{:?}", Password::claimed("twelve chars"));
        assert!(!shown.contains("twelve"), "{shown}");
    }
}
