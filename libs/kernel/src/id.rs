use uuid::Uuid;

/// Where new identifiers come from: UUIDv7, so that they sort by time of creation.
pub trait IdSource: Send + Sync + 'static {
    /// A new identifier, never given before.
    fn next(&self) -> Uuid;
}

/// UUIDv7 from the machine's clock and random source.
#[derive(Debug, Clone, Copy, Default)]
pub struct UuidV7Source;

impl IdSource for UuidV7Source {
    #[expect(clippy::disallowed_methods, reason = "the one place that makes identifiers")]
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// Text that is not an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a UUID in lower-case hyphenated form")]
pub struct BadId;

impl BadId {
    /// Parses the one accepted spelling: lower-case, hyphenated.
    ///
    /// # Errors
    /// Any other spelling of a UUID, and anything that is none.
    pub fn check(text: &str) -> Result<Uuid, BadId> {
        let id = Uuid::try_parse(text).map_err(|_| BadId)?;
        let mut buffer = Uuid::encode_buffer();
        if id.hyphenated().encode_lower(&mut buffer) == text {
            Ok(id)
        } else {
            Err(BadId)
        }
    }
}

/// Declares a typed identifier: `typed_id!(/// An order. OrderId);`.
#[macro_export]
macro_rules! typed_id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(uuid::Uuid);

        impl $name {
            /// Takes an identifier that is known to be one of these.
            pub const fn new(id: uuid::Uuid) -> Self {
                Self(id)
            }
            /// The bare identifier.
            pub const fn as_uuid(self) -> uuid::Uuid {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::BadId;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::BadId::check(text).map(Self)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_lower_case_hyphenated_spelling_is_an_id() {
        let id = "0190163d-8694-739b-aea5-966c26f8ad91";
        assert!(BadId::check(id).is_ok());
        for bad in [
            id.to_uppercase(),
            id.replace('-', ""),
            format!("{{{id}}}"),
            format!(" {id}"),
            String::new(),
        ] {
            assert_eq!(BadId::check(&bad), Err(BadId), "{bad}");
        }
    }
}
